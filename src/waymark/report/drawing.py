"""Drawing: figures as SVG, made of a few kinds of marks; what they look like is told by class, never in the mark."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final, TypeAlias

Point: TypeAlias = tuple[float, float]

REACH: Final = 4.2  # half the width of a mark, in units of the figure
_SHAPES: Final = {
    "square": "M{0} {0}H{1}V{1}H{0}z",
    "diamond": "M0 {0}L{1} 0 0 {1} {0} 0z",
    "triangle": "M0 {0}L{1} {1}H{0}z",
    "cross": "M{0} {0}L{1} {1}M{0} {1}L{1} {0}",
}
_CONTROLS: Final = dict.fromkeys(
    (*range(9), 11, 12, *range(14, 32), *range(127, 160), *range(0xD800, 0xE000)), "\ufffd"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure: `name` is its id in a page and its file's name, `title` says what it shows, `description` what is seen.

    `marks` are SVG, escaped already; `width` and `height` are those of the view box.
    """

    name: str
    title: str
    description: str
    width: float
    height: float
    marks: tuple[str, ...]

    def __html__(self) -> str:
        """Return the figure as an element of a page, which templates take as it is."""
        ids = f'aria-labelledby="{self.name}-title" aria-describedby="{self.name}-desc"'
        return (
            f'<svg class="figure" id="{self.name}" viewBox="0 0 {write_number(self.width)} {write_number(self.height)}"'
            f' role="img" {ids} focusable="false">'
            f'<title id="{self.name}-title">{write_text(self.title)}</title>'
            f'<desc id="{self.name}-desc">{write_text(self.description)}</desc>{"".join(self.marks)}</svg>'
        )


def write_number(value: float) -> str:
    """Write a place in at most one decimal.

    >>> write_number(12.04), write_number(-0.01), write_number(3.25)
    ('12', '0', '3.2')
    """
    return f"{round(value, 1) + 0.0:g}"


def write_text(text: str) -> str:
    """Escape a text; characters that XML has no place for are replaced.

    >>> write_text("a<b & c")
    'a&lt;b &amp; c'
    """
    return escape(text.translate(_CONTROLS))


def draw_line(points: Iterable[Point], kind: str) -> str:
    """Draw a line through points."""
    return f'<polyline class="{kind}" points="{_join(points)}"/>'


def draw_area(low: Sequence[Point], high: Sequence[Point], kind: str) -> str:
    """Draw the area between two lines that share their abscissae."""
    return f'<polygon class="{kind}" points="{_join([*low, *reversed(high)])}"/>'


def draw_rule(begin: Point, end: Point, kind: str) -> str:
    """Draw a straight line."""
    x1, y1, x2, y2 = map(write_number, (*begin, *end))
    return f'<line class="{kind}" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"/>'


def draw_box(corner: Point, size: Point, kind: str) -> str:
    """Draw a rectangle by its upper left corner and its size."""
    x, y, width, height = map(write_number, (*corner, *(max(side, 0.0) for side in size)))
    return f'<rect class="{kind}" x="{x}" y="{y}" width="{width}" height="{height}"/>'


def draw_text(place: Point, text: str, kind: str = "label", *, anchor: str = "start") -> str:
    """Draw a text; `anchor` is start, middle or end."""
    x, y = map(write_number, place)
    aligned = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return f'<text class="{kind}" x="{x}" y="{y}"{aligned}>{write_text(text)}</text>'


def draw_mark(place: Point, shape: str, kind: str) -> str:
    """Draw a mark: dot, square, diamond, triangle or cross."""
    x, y = map(write_number, place)
    if shape == "dot":
        return f'<circle class="{kind}" cx="{x}" cy="{y}" r="{write_number(REACH)}"/>'
    reach = REACH * (1.3 if shape == "diamond" else 1.0)  # so that all shapes look of one size
    path = _SHAPES[shape].format(write_number(-reach), write_number(reach))
    return f'<path class="{kind}" d="{path}" transform="translate({x} {y})"/>'


def shorten(text: str, most: int) -> str:
    """Cut a text to a number of characters, with an ellipsis where something is lost.

    >>> shorten("Query and other languages", 12), shorten("Research", 12)
    ('Query and o…', 'Research')
    """
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def _join(points: Iterable[Point]) -> str:
    return " ".join(f"{write_number(x)},{write_number(y)}" for x, y in points)
