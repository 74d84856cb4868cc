"""Drawing: the geometry of the pictures. The templates write the SVG."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, pi, sin

from waymark.framework import Edition
from waymark.framework.scale import HIGHEST_SCORE, LOWEST_SCORE

INTERVAL_90 = 1.6448536269514722
"""Half-width, in standard deviations, of a central 90% interval."""

WIDTH = 360.0
NODE = (124.0, 46.0)
CENTRE = (180.0, 116.0)
RADII = (128.0, 84.0)
BAR = (12.0, 262.0, 336.0, 46.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """A score with its interval, on the axis 0 to 300."""

    low: float
    mean: float
    high: float

    @property
    def width(self) -> float:
        """Return the length of the interval, at least what can be seen."""
        return max(self.high - self.low, 2.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A task in the loop: its box and the lines of its name."""

    task: str
    x: float
    y: float
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrow:
    """An arrowhead on the loop, turned by `angle` degrees."""

    x: float
    y: float
    angle: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    """The life cycle: tasks around a ring, and under them the ones that carry all of it."""

    nodes: tuple[Node, ...]
    arrows: tuple[Arrow, ...]
    bars: tuple[Node, ...]
    height: float


def draw_range(mean: float, sd: float) -> Range:
    """Return the 90% interval of a score, clipped to the scale.

    >>> draw_range(280, 20)
    Range(low=247.1, mean=280, high=300)
    """
    low = max(mean - INTERVAL_90 * sd, LOWEST_SCORE)
    return Range(low=round(low, 1), mean=mean, high=round(min(mean + INTERVAL_90 * sd, HIGHEST_SCORE), 1))


def draw_loop(edition: Edition) -> Loop:
    """Place the tasks of an edition: the cycle on a ring, cross-cutting ones as bars below."""
    ring = [task for task in edition.tasks.values() if not task.cross_cutting]
    below = [task for task in edition.tasks.values() if task.cross_cutting]
    angles = [-3 * pi / 4 + 2 * pi * place / len(ring) for place in range(len(ring))]
    half = pi / len(ring) if ring else 0.0
    nodes = [_place_node(task.id, task.name, angle=angle) for task, angle in zip(ring, angles, strict=True)]
    bars = [
        Node(task=task.id, x=BAR[0], y=BAR[1] + place * (BAR[3] + 8), lines=(task.name,))
        for place, task in enumerate(below)
    ]
    return Loop(
        nodes=tuple(nodes),
        arrows=tuple(_place_arrow(angle + half) for angle in angles),
        bars=tuple(bars),
        height=BAR[1] + len(below) * (BAR[3] + 8) + 4,
    )


def _place_node(task: str, name: str, *, angle: float) -> Node:
    x = CENTRE[0] + RADII[0] * cos(angle) - NODE[0] / 2
    y = CENTRE[1] + RADII[1] * sin(angle) - NODE[1] / 2
    return Node(task=task, x=round(x, 1), y=round(y, 1), lines=_break_lines(name.split()))


def _place_arrow(angle: float) -> Arrow:
    x, y = CENTRE[0] + RADII[0] * cos(angle), CENTRE[1] + RADII[1] * sin(angle)
    return Arrow(x=round(x, 1), y=round(y, 1), angle=round(angle * 180 / pi + 90, 1))


def _break_lines(words: Sequence[str]) -> tuple[str, ...]:
    middle = (len(words) + 1) // 2
    return tuple(" ".join(part) for part in (words[:middle], words[middle:]) if part)
