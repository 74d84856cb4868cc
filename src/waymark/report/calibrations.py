"""Calibrations: the characteristic curve of each item, small enough to see many side by side."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from waymark.framework.scale import HIGHEST_SCORE, LOWEST_SCORE
from waymark.report.axes import LINE, SCORE_CUTS, Axis, Plane, write_value
from waymark.report.drawing import Figure, draw_area, draw_line, draw_mark, draw_rule, draw_text, shorten

_WIDTH: Final = 168.0
_HEIGHT: Final = 90.0
_TOP: Final = 22.0


def draw_item(name: str, item: str, *, curve: Mapping[str, Sequence[Any]], said: str) -> Figure:
    """Draw the expected share of an item's highest score by score of ability.

    `curve` has `score` and `share`; `low` and `high`, the edges of a band, and `seen`, pairs of score and observed
    share, where there are any. `said` describes the item in words.
    """
    plane = Plane(
        x=Axis(low=LOWEST_SCORE, high=HIGHEST_SCORE, start=30, end=_WIDTH - 6),
        y=Axis(low=0, high=1, start=_TOP + _HEIGHT, end=_TOP),
    )
    return Figure(
        name=name,
        title=f"Item {item}: expected share of its points by score",
        description=said,
        width=_WIDTH,
        height=_TOP + _HEIGHT + LINE + 4,
        marks=(draw_text((30, 13), shorten(item, 18)), *_draw_curve(plane, curve)),
    )


def _draw_curve(plane: Plane, curve: Mapping[str, Sequence[Any]]) -> Iterator[str]:
    x, y = plane.x, plane.y
    for share in (0.0, 0.5, 1.0):
        yield draw_rule((x.start, y.place(share)), (x.end, y.place(share)), "grid" if share else "axis")
        yield draw_text((x.start - 4, y.place(share) + 4), write_value(share), "tick", anchor="end")
    for cut in SCORE_CUTS:
        yield draw_rule((x.place(cut), y.start), (x.place(cut), y.end), "grid")
        yield draw_text((x.place(cut), y.start + LINE - 2), write_value(cut), "tick", anchor="middle")
    if "low" in curve:
        edges = [
            [plane.place(score, share) for score, share in zip(curve["score"], curve[side], strict=True)]
            for side in ("low", "high")
        ]
        yield draw_area(edges[0], edges[1], "band")
    yield draw_line([plane.place(*pair) for pair in zip(curve["score"], curve["share"], strict=True)], "line")
    for score, share in curve.get("seen", ()):
        yield draw_mark(plane.place(score, share), "dot", "right")
