"""Sittings: how what is known of one skill narrows with every answer."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from waymark.framework.scale import HIGHEST_SCORE, LEVEL_NAMES, LOWEST_SCORE
from waymark.report.axes import (
    LINE,
    SCORE_CUTS,
    SCORE_TICKS,
    TOP,
    WIDTH,
    Entry,
    Plane,
    choose_ticks,
    draw_frame,
    draw_key,
    make_plane,
)
from waymark.report.drawing import Figure, draw_area, draw_line, draw_mark, draw_rule, draw_text

HEIGHT: Final = 190.0
_LEFT: Final = 98.0  # room for the names of the levels
_KEY: Final = (
    Entry(kind="line", meaning="what is believed of the score"),
    Entry(kind="band", meaning="where it lies with a probability of 90%", shape="area"),
    Entry(kind="truth", meaning="the true score, which the engine is not told"),
    Entry(kind="right", meaning="an item of this skill, answered right", shape="dot"),
    Entry(kind="partly", meaning="answered in part", shape="diamond"),
    Entry(kind="wrong", meaning="answered wrong (height: its difficulty)", shape="cross"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """What is known of one skill after some answers, as scores; with the item just answered, if it was of this skill.

    `credit` is the share of the item's highest score that the answer got.
    """

    low: float
    mean: float
    high: float
    difficulty: float | None = None
    credit: float = 0.0


def draw_skill(name: str, title: str, *, moments: Sequence[Moment], truth: float) -> Figure:
    """Draw one skill of a sitting: the first moment is before any answer."""
    plane = make_plane((0, max(len(moments) - 1, 1)), (LOWEST_SCORE, HIGHEST_SCORE), height=HEIGHT, left=_LEFT)
    return Figure(
        name=name,
        title=f"{title}: score after each answer",
        description=describe_skill(moments, truth=truth),
        width=WIDTH,
        height=TOP + HEIGHT + 2 * LINE + 6,
        marks=tuple(_draw_course(plane, moments, truth)),
    )


def _draw_course(plane: Plane, moments: Sequence[Moment], truth: float) -> Iterator[str]:
    low = [plane.place(number, moment.low) for number, moment in enumerate(moments)]
    high = [plane.place(number, moment.high) for number, moment in enumerate(moments)]
    yield draw_area(low, high, "band")
    yield draw_line(low, "edge")
    yield draw_line(high, "edge")
    ticks = choose_ticks(0, plane.x.high)
    yield from draw_frame(plane, (ticks, SCORE_TICKS), ("answers given, of all skills", "score"))
    yield from _draw_levels(plane)
    yield draw_rule(plane.place(0, truth), plane.place(plane.x.high, truth), "truth")
    yield draw_line([plane.place(number, moment.mean) for number, moment in enumerate(moments)], "line")
    for number, moment in enumerate(moments):
        if moment.difficulty is not None:
            shape, kind = tell_answer(moment.credit)
            yield draw_mark(plane.place(number, moment.difficulty), shape, kind)


def _draw_levels(plane: Plane) -> Iterator[str]:
    """Name each level beside its band."""
    edges = (LOWEST_SCORE, *SCORE_CUTS, HIGHEST_SCORE)
    for level, (bottom, top) in zip(LEVEL_NAMES[1:], pairwise(edges), strict=True):
        middle = (plane.y.place(bottom) + plane.y.place(top)) / 2
        yield draw_text((plane.x.start - 6, middle + 4), level, "tick", anchor="end")


def tell_answer(credit: float) -> tuple[str, str]:
    """Return shape and kind of the mark of an answer.

    >>> tell_answer(1.0), tell_answer(0.0), tell_answer(0.5)
    (('dot', 'right'), ('cross', 'wrong'), ('diamond', 'partly'))
    """
    if credit >= 1:
        return "dot", "right"
    return ("diamond", "partly") if credit > 0 else ("cross", "wrong")


def describe_skill(moments: Sequence[Moment], *, truth: float) -> str:
    """Say in words what the figure shows."""
    first, last = moments[0], moments[-1]
    own = [moment for moment in moments if moment.difficulty is not None]
    right = sum(moment.credit >= 1 for moment in own)
    return (
        f"Before the first answer {_say(first)}; after answer {len(moments) - 1} {_say(last)}. "
        f"The true score is {truth:.0f}. {len(own)} items of this skill were given, {right} answered right."
    )


def _say(moment: Moment) -> str:
    return f"{moment.mean:.0f}, between {moment.low:.0f} and {moment.high:.0f} with a probability of 90%"


def draw_sitting_key(name: str) -> Figure:
    """Draw the key that the figures of a sitting share."""
    return Figure(
        name=name,
        title="Key to the figures",
        description="; ".join(f"{entry.shape or 'line'}: {entry.meaning}" for entry in _KEY),
        width=WIDTH,
        height=len(_KEY) * LINE + 6,
        marks=tuple(draw_key(_KEY, top=LINE - 4)),
    )
