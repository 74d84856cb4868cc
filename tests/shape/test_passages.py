"""No passage of the postings that the reader was fitted to stands in the repository: they are not ours to publish."""

import re
from collections.abc import Iterator
from os import environ  # noqa: TID251  where the corpus lies is a setting of the tests alone
from pathlib import Path

import polars as pl
import pytest

from .trees import ROOT, read_texts

CORPUS = Path(environ.get("WAYMARK_CORPUS") or ROOT.parent / "shared" / "data" / "postings")
WORDS = 12
LEGAL = frozenset(
    re.findall(
        r"\w+",
        "we are an equal opportunity employer and do not discriminate on the basis of race color religion sex gender"
        " identity expression national origin age disability veteran status sexual orientation or any other protected"
        " by law",
    )
)
"""Words of the formula that anti-discrimination law itself dictates; a run of these alone is no one's passage."""

_WORD = re.compile(r"[^\W\d_]+")


def list_runs(text: str) -> Iterator[tuple[str, ...]]:
    """Yield every run of words that is long enough to be a passage."""
    words = _WORD.findall(text.lower())
    for start in range(len(words) - WORDS + 1):
        run = tuple(words[start : start + WORDS])
        if not LEGAL.issuperset(run):
            yield run


def test_a_run_is_found_whatever_stands_between_its_words() -> None:
    told = "One two, three\n- four; five (six) seven? Eight nine 10 ten eleven twelve."
    assert len(list(list_runs(told))) == 1
    assert list(list_runs("race, color, religion, sex, age, disability, veteran status or any other status")) == []


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of postings is not here (WAYMARK_CORPUS names it)")
def test_no_passage_of_a_posting_is_in_the_repository() -> None:
    ours: dict[int, Path] = {}
    for path, text in read_texts().items():
        ours.update(dict.fromkeys(map(hash, list_runs(text)), path))
    texts = pl.read_parquet(sorted(CORPUS.glob("*.parquet")), columns=["description"])["description"].drop_nulls()
    found = {
        f"{ours[hash(run)].relative_to(ROOT)}: {' '.join(run)}"
        for text in texts
        for run in list_runs(text)
        if hash(run) in ours
    }
    assert sorted(found) == []
