"""Use cases of demand: read postings, fit a reader."""

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from waymark.actions.workspace import Workspace
from waymark.demand.batching import make_batches
from waymark.demand.cues import SECTIONS
from waymark.demand.fitting import Lessons, fit
from waymark.demand.labels import Label, parse_labels, parse_sentence_labels
from waymark.demand.models import encode_model
from waymark.demand.parsing import scrub
from waymark.demand.phrasing import load_cues, load_lexicon
from waymark.demand.postings import Posting
from waymark.demand.reader import Reader, make_schema, read_batch
from waymark.demand.readings import Reading, describe
from waymark.demand.scoring import Figure, score_roles, score_skills, score_tasks
from waymark.demand.stages import HeldOut, Schema
from waymark.engines.sources import Failure, read_sources
from waymark.errors import BadInput, MissingInput, TooLarge
from waymark.framework.tables import open_data

MAX_CHARACTERS = 200_000
MAX_TOGETHER = 1_000_000  # characters of all the postings that one document from a stranger may hold
Track = Callable[[Sequence[Any], str], Iterable[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """One posting with what was read in it."""

    posting: Posting
    reading: Reading


def read_all(workspace: Workspace, inputs: Iterable[str], *, blind: bool = False) -> Iterator[Read | Failure]:
    """Read every posting of the inputs, in order; an input that cannot be read comes out as a Failure in its place."""
    reader = workspace.reader()
    year = workspace.clock().year
    stream = read_sources(inputs)
    with _few_collections():
        for items in make_batches(stream, size_of=_size):
            yield from _read_items(items, reader, year=year, blind=blind)


def _size(item: Posting | Failure) -> int:
    return len(item.text) if isinstance(item, Posting) else 0


def read_posting(
    workspace: Workspace, data: bytes, *, name: str = "posting", title: str = "", blind: bool = False
) -> list[dict[str, Any]]:
    """Read what a stranger sent: parsed in a confined child, then read here; a dict a posting found.

    Each has the shape of `waymark demand read --json`, and `text`, the text that its offsets count in. A given
    `title` stands in where the posting brings none. Raise BadInput, TooLarge or Unavailable.
    """
    found_there = workspace.confinement.parse(data, name=name)
    _refuse_crowds(found_there)
    postings = [_scrubbed(replace(posting, title=posting.title or title)) for posting in found_there]
    year = workspace.clock().year
    reader = workspace.reader()
    found = []
    for batch in make_batches(postings, size_of=_size):
        readings = read_batch(batch, reader, year=year, blind=blind)
        found += [describe(reading) | {"text": p.text} for p, reading in zip(batch, readings, strict=True)]
    return found


def _refuse_crowds(postings: Sequence[Posting]) -> None:
    sizes = [len(posting.text) for posting in postings]
    if max(sizes) > MAX_CHARACTERS:
        raise TooLarge(f"{max(sizes):,} characters are more than a posting has", hint="give the posting alone")
    if sum(sizes) > MAX_TOGETHER:
        raise TooLarge(
            f"{len(sizes):,} postings with {sum(sizes):,} characters are too much at once",
            hint=f"send at most {MAX_TOGETHER:,} characters at a time",
        )


def _scrubbed(posting: Posting) -> Posting:
    """Replace lone surrogates in all that is shown of a posting: no encoder would take them."""
    return replace(
        posting,
        id=scrub(posting.id),
        text=scrub(posting.text),
        title=scrub(posting.title),
        company=scrub(posting.company),
        location=scrub(posting.location),
    )


def _read_items(
    items: Sequence[Posting | Failure], reader: Reader, *, year: int, blind: bool
) -> Iterator[Read | Failure]:
    postings = [_checked(item) for item in items]
    sound = [_scrubbed(item) for item in postings if isinstance(item, Posting)]
    readings = iter(read_batch(sound, reader, year=year, blind=blind) if sound else ())
    kept = iter(sound)
    for item in postings:
        yield item if isinstance(item, Failure) else Read(posting=next(kept), reading=next(readings))


def _checked(item: Posting | Failure) -> Posting | Failure:
    if isinstance(item, Posting) and len(item.text) > MAX_CHARACTERS:
        error = TooLarge(f"{len(item.text):,} characters are more than a posting has", hint="split it")
        return Failure(name=item.id, error=error)
    return item


@contextmanager
def _few_collections() -> Iterator[None]:
    """Keep the collector from walking the reader's tables again and again: it took a sixth of the time."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """A fitted reader as bytes, and how it did on postings held out of each fold: figures by part and name."""

    model: bytes
    figures: Mapping[str, Mapping[str, Figure]]
    about: Mapping[str, Any]


def fit_reader(
    workspace: Workspace,
    corpus: Iterable[str],
    *,
    labels: Path | None = None,
    seed: int = 1,
    track: Track = lambda items, _: items,
) -> Fit:
    """Fit a reader to a corpus of postings and labels by reading (default: the shipped labels, by posting id).

    Raise BadInput where a part of the corpus cannot be read or too few postings have a label.
    """
    postings = _load_corpus(corpus)
    taught = _load_labels(labels)
    lessons = Lessons(labels=taught, sentences=_load_sentences(), foreign=_load_foreign())
    schema = make_schema(workspace.edition)
    import sklearn  # noqa: F401, PLC0415  its libraries must be loaded before their threads can be limited
    from threadpoolctl import threadpool_limits  # noqa: PLC0415

    with threadpool_limits(1):  # small products gain nothing from threads, and sums keep one order
        model, held_out = fit(
            postings,
            lessons,
            schema=schema,
            phrases=(load_lexicon(), load_cues()),
            rng=workspace.generator(seed),
            track=track,
        )
    figures = _score(held_out, schema, workspace, seed)
    about = {
        "edition": workspace.edition.about.id,
        "seed": seed,
        "postings": len(postings),
        "labelled": len(held_out.labels),
        "corpus_sha256": _digest(postings),
        "figures": {part: {name: asdict(figure) for name, figure in own.items()} for part, own in figures.items()},
    }
    return Fit(model=encode_model(replace(model, about=about)), figures=figures, about=about)


def _load_corpus(corpus: Iterable[str]) -> list[Posting]:
    postings: dict[str, Posting] = {}
    for item in read_sources(corpus):
        if isinstance(item, Failure):
            raise BadInput(f"{item.name}: {item.error.message}", hint=item.error.hint)
        posting = _scrubbed(item)
        postings[posting.id] = posting
    if not postings:
        raise MissingInput("the corpus holds no postings", hint="name tables with id, title and description")
    return [postings[name] for name in sorted(postings)]


def _load_labels(path: Path | None) -> dict[str, Label]:
    if path is not None and not path.is_file():
        raise MissingInput(f"{path}: no such file", hint="name a table of labels")
    name = "labels/postings.tsv" if path is None else str(path)
    try:
        source = (open_data(name) if path is None else path).read_text(encoding="utf-8")
    except (UnicodeDecodeError, OSError) as error:
        raise BadInput(f"{name} cannot be read as text", hint="save the table of labels as UTF-8") from error
    return {label.id: label for label in parse_labels(source, name=name)}


def _load_sentences() -> Mapping[str, Sequence[Any]]:
    name = "labels/sentences.tsv"
    return parse_sentence_labels(open_data(name).read_text(encoding="utf-8"), name=name, sections=SECTIONS)


def _load_foreign() -> list[Posting]:
    lines = open_data("labels/foreign.tsv").read_text(encoding="utf-8").splitlines()[1:]
    cells = [line.split("\t") for line in lines]
    return [Posting(id=soc, text=f"{title}. {description}") for soc, title, description in cells]


def _score(held_out: HeldOut, schema: Schema, workspace: Workspace, seed: int) -> dict[str, dict[str, Figure]]:
    """Score the out-of-fold answers on the postings drawn at random within titles and sources."""
    rows = [number for number, label in enumerate(held_out.labels) if label.drawn == "stratified"]
    rows = rows or list(range(len(held_out.labels)))
    labels = [held_out.labels[row] for row in rows]
    rng = workspace.generator(seed)
    return {
        "role, blind": score_roles(held_out.role[rows], labels, schema, rng=rng),
        "role, with title": score_roles(held_out.role_with_title[rows], labels, schema, rng=rng),
        "tasks": score_tasks(held_out.tasks[rows], labels, schema, rng=rng),
        "skills": score_skills(held_out.skills[rows], labels, rng=rng),
    }


def _digest(postings: Sequence[Posting]) -> str:
    digest = sha256()
    for posting in postings:
        digest.update(f"{posting.id}\t{posting.title}\t{posting.text}\n".encode("utf-8", "replace"))
    return digest.hexdigest()
