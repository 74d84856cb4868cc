"""Samples: the made-up postings that the front page offers to try."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A made-up posting; its file is the title, the place, an empty line and the text."""

    id: str
    title: str
    place: str
    text: str


@cache
def load_samples() -> dict[str, Sample]:
    """Return the samples by id, in alphabetical order."""
    folder = files("waymark") / "data" / "demo"
    found = sorted((file for file in folder.iterdir() if file.name.endswith(".txt")), key=lambda file: file.name)
    samples = [_parse_sample(file.name.removesuffix(".txt"), file.read_text(encoding="utf-8")) for file in found]
    return {sample.id: sample for sample in samples}


def _parse_sample(name: str, text: str) -> Sample:
    head, _, body = text.partition("\n\n")
    title, _, place = head.partition("\n")
    return Sample(id=name, title=title, place=place, text=body.strip())
