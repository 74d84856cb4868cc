"""Corpora: the postings that are read, real ones where they are found, else made-up ones of the same length.

As a program: `corpora.py WHERE OUT READ KEPT` lays out in the folder OUT what the measurements read (READ postings as
a table, as text files and as web pages, KEPT as a longer table) and prints where they come from, as JSON.
"""

import html
import json
import sys
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import cycle, islice
from pathlib import Path

import numpy as np
import polars as pl

from waymark.actions.workspace import open_workspace
from waymark.demand.postings import Posting
from waymark.engines.sources import read_sources

CASES = Path(__file__).parents[1] / "tests" / "demand" / "cases"
LENGTH, SPREAD = 3_500, 0.4  # characters of a made-up posting: mean, and standard deviation of its logarithm
LEAST = 2_000  # real postings below which made-up ones stand in
_COLUMNS = ("id", "title", "company", "location", "posted")


@dataclass(frozen=True, slots=True, kw_only=True)
class Corpus:
    """Postings, and what to call them."""

    origin: str
    postings: Sequence[Posting]


def find_corpus(where: str, *, rng: np.random.Generator, count: int) -> Corpus:
    """Return `count` real postings spread evenly over those at `where`, or as many made-up ones."""
    found = [one for one in read_sources([where]) if isinstance(one, Posting)] if where else []
    if len(found) < LEAST:
        return Corpus(
            origin="made up from the texts in tests/demand/cases", postings=tuple(islice(make_up(rng), count))
        )
    picked = np.linspace(0, len(found) - 1, min(count, len(found))).astype(int).tolist()
    return Corpus(origin=f"real, {len(found):,} in all", postings=tuple(found[number] for number in picked))


def make_up(rng: np.random.Generator) -> Iterator[Posting]:
    """Yield made-up postings without end: a case's text, with paragraphs of others until it is long enough."""
    cases = [
        case
        for name in ("roles", "foreign")
        for case in tomllib.loads((CASES / f"{name}.toml").read_text(encoding="utf-8"))["posting"]
    ]
    pool = [part for case in cases for part in case["text"].strip().split("\n\n")]
    number = 0
    while True:
        number += 1
        case = cases[int(rng.integers(len(cases)))]
        wanted = LENGTH * float(np.exp(rng.normal(-(SPREAD**2) / 2, SPREAD)))
        parts = [case["text"].strip()]
        size = len(parts[0])
        while size < wanted - 200:
            parts.append(pool[int(rng.integers(len(pool)))])
            size += len(parts[-1]) + 2
        yield Posting(id=f"made-up-{number}", text="\n\n".join(parts), title=case["title"])


def lay_out(corpus: Corpus, folder: Path, *, kept: int) -> None:
    """Write the corpus as a table, as text files, as pages, and repeated to `kept` postings as a longer table."""
    _write_table(corpus.postings, folder / "postings.parquet")
    repeated = islice(cycle(corpus.postings), kept)
    longer = [replace(posting, id=f"{posting.id}/{number}") for number, posting in enumerate(repeated)]
    _write_table(longer, folder / "longer.parquet")
    for kind in ("texts", "pages"):
        (folder / kind).mkdir()
    for number, posting in enumerate(corpus.postings):
        (folder / "texts" / f"{number:05}.txt").write_text(posting.text, encoding="utf-8")
        (folder / "pages" / f"{number:05}.html").write_text(_page_of(posting), encoding="utf-8")


def _write_table(postings: Sequence[Posting], path: Path) -> None:
    columns = {name: [getattr(posting, name) for posting in postings] for name in _COLUMNS}
    pl.DataFrame(columns | {"description": [posting.text for posting in postings]}).write_parquet(path)


def _page_of(posting: Posting) -> str:
    """Return a page as job boards serve it: the JobPosting in JSON-LD, and once more in the body."""
    body = "".join(f"<p>{html.escape(line)}</p>" for line in posting.text.splitlines() if line.strip())
    data = {
        "@context": "https://schema.org",
        "@type": "JobPosting",
        "title": posting.title,
        "description": body,
    }
    script = json.dumps(data).replace("</", "<\\/")
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{html.escape(posting.title)}</title>'
        f'<script type="application/ld+json">{script}</script></head>'
        f"<body><h1>{html.escape(posting.title)}</h1>{body}</body></html>"
    )


def main(where: str, out: str, count: str, kept: str) -> None:
    """Lay out a corpus and print where it comes from, how many postings it has and how long they are."""
    rng = open_workspace().generator(1)
    corpus = find_corpus(where, rng=rng, count=int(count))
    lay_out(corpus, Path(out), kept=int(kept))
    size = sum(len(posting.text.encode("utf-8", "replace")) for posting in corpus.postings)
    print(json.dumps({"origin": corpus.origin, "postings": len(corpus.postings), "bytes": size}))


if __name__ == "__main__":
    main(*sys.argv[1:])
