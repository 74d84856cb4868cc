"""Highlighting: a posting's text cut into pieces, each with the evidence that covers it."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import escape

from waymark.web.wording import replace_controls

KINDS = ("role", "subtask", "finding", "skill", "tool")
"""The kinds of evidence, outermost mark first; each has its own line under the text."""

SHOWN_CHARACTERS = 20_000
SHOWN_BYTES = 36_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """One piece of evidence: code points `start` to `end`, its place in the list, and what it says."""

    start: int
    end: int
    place: int
    kind: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A stretch of text with one set of evidence; `anchors` are the spans that begin here."""

    text: str
    kinds: tuple[str, ...] = ()
    anchors: tuple[int, ...] = ()
    note: str = ""


def cut_window(text: str, *, share: int = 1) -> str:
    """Return as much of a text as a page may show: 20,000 characters and 36 kB once escaped.

    `share` is how many texts divide one page.
    """
    window = text[: SHOWN_CHARACTERS // share]
    while len(str(escape(window)).encode("utf-8", "replace")) > SHOWN_BYTES // share:
        window = window[: len(window) * 3 // 4]
    return window


def cut_pieces(text: str, spans: Sequence[Span]) -> tuple[Piece, ...]:
    """Cut a text at every edge of a span, so that no two pieces overlap and joined they are the text.

    >>> span = Span(start=4, end=7, place=0, kind="skill", note="Skill: SQL")
    >>> [(piece.text, piece.kinds) for piece in cut_pieces("Use SQL.", [span])]
    [('Use ', ()), ('SQL', ('skill',)), ('.', ())]
    """
    sound = sorted(
        (span for span in spans if 0 <= span.start < span.end and span.start < len(text)),
        key=lambda span: (span.start, -span.end),
    )
    edges = sorted({0, len(text), *(edge for span in sound for edge in (span.start, min(span.end, len(text))))})
    pieces: list[Piece] = []
    active: list[Span] = []
    upcoming = 0
    for start, end in pairwise(edges):
        active = [span for span in active if span.end > start]
        while upcoming < len(sound) and sound[upcoming].start == start:
            active.append(sound[upcoming])
            upcoming += 1
        pieces.append(_make_piece(text[start:end], active, start=start))
    return tuple(pieces)


def _make_piece(text: str, active: Sequence[Span], *, start: int) -> Piece:
    present = {span.kind for span in active}
    return Piece(
        text=replace_controls(text),
        kinds=tuple(kind for kind in KINDS if kind in present),
        anchors=tuple(span.place for span in active if span.start == start),
        note="; ".join(dict.fromkeys(span.note for span in active)),
    )
