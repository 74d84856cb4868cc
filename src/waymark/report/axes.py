"""Axes: from values to places, with ticks at round numbers, and the frame that every figure stands in."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Final

from waymark.framework.scale import CUTS, HIGHEST_SCORE, LOWEST_SCORE, score_of_theta
from waymark.report.drawing import Point, draw_line, draw_mark, draw_rule, draw_text

WIDTH: Final = 360.0
LEFT: Final = 40.0
RIGHT: Final = 350.0
TOP: Final = 26.0
LINE: Final = 18.0
SCORE_CUTS: Final = tuple(score_of_theta(cut) for cut in CUTS)
SCORE_TICKS: Final = (LOWEST_SCORE, *SCORE_CUTS, HIGHEST_SCORE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """Values from `low` to `high` on places from `start` to `end`; `start` beyond `end` runs upwards."""

    low: float
    high: float
    start: float
    end: float

    def place(self, value: float) -> float:
        """Return the place of a value, at an end of the axis for one beyond it."""
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plane:
    """Two axes."""

    x: Axis
    y: Axis

    def place(self, x: float, y: float) -> Point:
        """Return the place of a pair of values."""
        return self.x.place(x), self.y.place(y)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line of the key: how it is drawn, and what it means; `shape` "" is a line, "area" a filled band."""

    kind: str
    meaning: str
    shape: str = ""


def choose_ticks(low: float, high: float, *, most: int = 6) -> tuple[float, ...]:
    """Return round numbers from low to high, steps being 1, 2 or 5 times a power of ten.

    >>> choose_ticks(0.0, 0.93), choose_ticks(0, 27)
    ((0.0, 0.2, 0.4, 0.6, 0.8), (0.0, 5.0, 10.0, 15.0, 20.0, 25.0))
    """
    rough = max(high - low, 1e-9) / most
    power = 10.0 ** floor(log10(rough))
    step = next(factor * power for factor in (1.0, 2.0, 5.0, 10.0) if factor * power >= rough * (1 - 1e-9))
    first, last = ceil(low / step - 1e-9), floor(high / step + 1e-9)
    return tuple(round(number * step, 10) + 0.0 for number in range(first, last + 1))


def make_plane(x: tuple[float, float], y: tuple[float, float], *, height: float, left: float = LEFT) -> Plane:
    """Return a plane `height` high, in the place that every figure has for it; `left` of it stands what it measures."""
    return Plane(
        x=Axis(low=x[0], high=x[1], start=left, end=RIGHT), y=Axis(low=y[0], high=y[1], start=TOP + height, end=TOP)
    )


def draw_frame(plane: Plane, ticks: tuple[Sequence[float], Sequence[float]], labels: tuple[str, str]) -> Iterator[str]:
    """Draw grid, ticks and what the axes measure, the upright axis being told above it, where it is easily read."""
    x, y = plane.x, plane.y
    for value in ticks[1]:
        yield draw_rule((x.start, y.place(value)), (x.end, y.place(value)), "grid")
        yield draw_text((x.start - 6, y.place(value) + 4), write_value(value), "tick", anchor="end")
    yield draw_rule((x.start, y.start), (x.end, y.start), "axis")
    for value in ticks[0]:
        place = x.place(value)
        yield draw_rule((place, y.start), (place, y.start + 4), "axis")
        near_end = place > x.end - 6
        yield draw_text(
            (x.end if near_end else place, y.start + LINE),
            write_value(value),
            "tick",
            anchor="end" if near_end else "middle",
        )
    yield draw_text((2, TOP - 12), labels[1], "label")
    yield draw_text((x.end, y.start + 2 * LINE), labels[0], "label", anchor="end")


def write_value(value: float) -> str:
    """Write a value beside an axis, with a true minus sign.

    >>> write_value(0.2), write_value(100.0)
    ('0.2', '100')
    """
    return f"{value:g}".replace("-", "\N{MINUS SIGN}")


def draw_key(entries: Iterable[Entry], *, top: float) -> Iterator[str]:
    """Draw what each kind of mark means, a line each."""
    for number, entry in enumerate(entries):
        y = top + number * LINE
        begin, end = (LEFT, y - 4), (LEFT + 24, y - 4)
        if entry.shape == "area":
            yield f'<rect class="{entry.kind}" x="{LEFT:g}" y="{y - 10:g}" width="24" height="11"/>'
        elif entry.shape:
            yield draw_mark((LEFT + 12, y - 4), entry.shape, entry.kind)
        else:
            yield draw_line((begin, end), entry.kind)
        yield draw_text((LEFT + 32, y), entry.meaning, "label")
