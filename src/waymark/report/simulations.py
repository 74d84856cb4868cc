"""Simulations: the four figures of simulated sittings, from the plain values of their summary."""

from collections.abc import Iterator, Mapping, Sequence
from math import sqrt
from typing import Any, Final

from waymark.framework.scale import CENTRE, HIGHEST_SCORE, LOWEST_SCORE, POINTS_PER_LOGIT
from waymark.report.axes import (
    LEFT,
    LINE,
    RIGHT,
    SCORE_CUTS,
    SCORE_TICKS,
    TOP,
    WIDTH,
    Axis,
    Entry,
    Plane,
    choose_ticks,
    draw_frame,
    draw_key,
    make_plane,
    write_value,
)
from waymark.report.drawing import Figure, Point, draw_area, draw_line, draw_mark, draw_rule, draw_text, shorten

HEIGHT: Final = 190.0
_PANEL: Final = 74.0
_COLUMNS: Final = ((LEFT, 184.0), (206.0, RIGHT))
_Z95: Final = 1.959963984540054
_UNDER: Final = TOP + HEIGHT + 3 * LINE + 4  # where a key begins, below ticks and label
_ERRORS: Final = (
    Entry(kind="line", meaning="stated error (root mean square)", shape=""),
    Entry(kind="right", meaning="real error (root mean square)", shape="dot"),
    Entry(kind="partly", meaning="bias, with its 95% interval", shape="diamond"),
)
_EXPOSURE: Final = (
    Entry(kind="bars", meaning="share of sittings that saw the item", shape="area"),
    Entry(kind="truth", meaning="the cap"),
)
_NARROWING: Final = (
    Entry(kind="line", meaning="stated error, mean over sittings and skills"),
    Entry(kind="band", meaning="the middle 80% of sittings", shape="area"),
)


def draw_simulation(summary: Mapping[str, Any], names: Mapping[str, str]) -> tuple[Figure, ...]:
    """Draw the four figures of a summary of simulated sittings; `names` has the name of each skill by id."""
    figures = summary["figures"]
    return (
        draw_information(figures["information"], names),
        draw_conditional(figures["conditional"]),
        draw_exposure(figures["exposure"]),
        draw_convergence(figures["convergence"]),
    )


def score_at(theta: float) -> float:
    """Return the score of an ability without clipping, for an axis."""
    return CENTRE + POINTS_PER_LOGIT * theta


def draw_information(rows: Sequence[Mapping[str, Any]], names: Mapping[str, str]) -> Figure:
    """Draw the information of all items of each skill by ability, a panel a skill on one common scale."""
    highest = max(max(row["information"]) for row in rows) * 1.05
    parts = [f"{names.get(row['skill'], row['skill'])}: {_peak(row)}" for row in rows]
    return Figure(
        name="information",
        title="Test information by score",
        description=f"Information of all items of a skill, in 1/logit². {'; '.join(parts)}.",
        width=WIDTH,
        height=_find_bottom(len(rows)) + LINE,
        marks=tuple(_draw_panels(rows, names, highest)),
    )


def _peak(row: Mapping[str, Any]) -> str:
    best = max(range(len(row["theta"])), key=row["information"].__getitem__)
    return f"at most {row['information'][best]:.1f}, at a score of {score_at(row['theta'][best]):.0f}"


def _find_bottom(panels: int) -> float:
    return TOP + (panels + 1) // 2 * (_PANEL + 3 * LINE)


def _draw_panels(rows: Sequence[Mapping[str, Any]], names: Mapping[str, str], highest: float) -> Iterator[str]:
    yield draw_text((2, 14), "information, 1/logit²")
    end = RIGHT
    for number, row in enumerate(rows):
        start, end = _COLUMNS[number % 2] if len(rows) > 1 else (LEFT, RIGHT)
        top = _find_bottom(number - number % 2) + LINE
        plane = Plane(
            x=Axis(low=LOWEST_SCORE, high=HIGHEST_SCORE, start=start, end=end),
            y=Axis(low=0, high=highest, start=top + _PANEL, end=top),
        )
        yield draw_text((start, top - 5), shorten(names.get(row["skill"], row["skill"]), 22), "label")
        yield from _draw_panel(plane, row)
    yield draw_text((end, _find_bottom(len(rows)) + 8), "true score", "label", anchor="end")


def _draw_panel(plane: Plane, row: Mapping[str, Any]) -> Iterator[str]:
    x, y = plane.x, plane.y
    for value in choose_ticks(0, y.high, most=3):
        yield draw_rule((x.start, y.place(value)), (x.end, y.place(value)), "grid")
        yield draw_text((x.start - 4, y.place(value) + 4), write_value(value), "tick", anchor="end")
    for cut in SCORE_CUTS:
        yield draw_rule((x.place(cut), y.start), (x.place(cut), y.end), "grid")
        yield draw_text((x.place(cut), y.start + LINE - 2), write_value(cut), "tick", anchor="middle")
    pairs = zip(row["theta"], row["information"], strict=True)
    inside = [(score_at(theta), own) for theta, own in pairs if LOWEST_SCORE <= score_at(theta) <= HIGHEST_SCORE]
    places = [plane.place(score, own) for score, own in inside]
    yield draw_area([(place[0], y.start) for place in places], places, "bars")
    yield draw_line(places, "line")
    yield draw_rule((x.start, y.start), (x.end, y.start), "axis")


def draw_conditional(rows: Sequence[Mapping[str, Any]]) -> Figure:
    """Draw stated error, real error and bias by true ability, in points of score."""
    points = [
        {name: POINTS_PER_LOGIT * row[name] for name in ("se", "rmse", "bias")}
        | {"score": score_at(row["theta"]), "half": POINTS_PER_LOGIT * measure_bias(row)}
        for row in rows
    ]
    lowest = min(0.0, *(point["bias"] - point["half"] for point in points))
    highest = max(max(point["se"], point["rmse"], point["bias"] + point["half"]) for point in points)
    plane = make_plane((LOWEST_SCORE, HIGHEST_SCORE), (lowest * 1.05, highest * 1.05), height=HEIGHT)
    ends = ", ".join(f"{point['bias']:+.0f} points at {point['score']:.0f}" for point in (points[0], points[-1]))
    return Figure(
        name="conditional",
        title="Error and bias by true score",
        description=f"Stated and real error by band of true score, and the bias: {ends}.",
        width=WIDTH,
        height=_UNDER + len(_ERRORS) * LINE,
        marks=tuple(_draw_errors(plane, points)),
    )


def measure_bias(row: Mapping[str, Any]) -> float:
    """Return half the 95% interval of the bias of a band: Var(error) = rmse² - bias², over its n cases."""
    return _Z95 * sqrt(max(row["rmse"] ** 2 - row["bias"] ** 2, 0.0) / row["n"])


def _draw_errors(plane: Plane, points: Sequence[Mapping[str, float]]) -> Iterator[str]:
    ticks = choose_ticks(plane.y.low, plane.y.high)
    yield from draw_frame(plane, (SCORE_TICKS, ticks), ("true score", "points of score"))
    yield draw_rule(plane.place(plane.x.low, 0), plane.place(plane.x.high, 0), "axis")
    yield draw_line([plane.place(point["score"], point["se"]) for point in points], "line")
    for point in points:
        low, high = point["bias"] - point["half"], point["bias"] + point["half"]
        yield draw_rule(plane.place(point["score"], low), plane.place(point["score"], high), "whisker")
        yield draw_mark(plane.place(point["score"], point["bias"]), "diamond", "partly")
        yield draw_mark(plane.place(point["score"], point["rmse"]), "dot", "right")
    yield from draw_key(_ERRORS, top=_UNDER)


def draw_exposure(exposure: Mapping[str, Any]) -> Figure:
    """Draw the share of sittings that saw each item, items in falling order, and the cap."""
    shares, cap = exposure["shares"], exposure["cap"]
    highest = max(shares[0], cap or 0.0) * 1.08 or 1.0
    plane = make_plane((0, len(shares)), (0, highest), height=HEIGHT)
    told = "no cap is set" if cap is None else f"the cap is {cap:.0%}"
    return Figure(
        name="exposure",
        title="Exposure of the items",
        description=f"The most shown of {len(shares)} items came up in {shares[0]:.0%} of {exposure['n']} sittings, "
        f"{exposure['never_given']} items in none; {told}.",
        width=WIDTH,
        height=_UNDER + len(_EXPOSURE) * LINE,
        marks=tuple(_draw_shares(plane, shares, cap)),
    )


def _draw_shares(plane: Plane, shares: Sequence[float], cap: float | None) -> Iterator[str]:
    ticks = (choose_ticks(0, plane.x.high), choose_ticks(0, plane.y.high))
    yield from draw_frame(plane, ticks, ("items, most shown first", "share of sittings"))
    edges = [plane.place(rank, share) for rank, share in trace_steps(shares)]
    yield draw_area([(x, plane.y.start) for x, _ in edges], edges, "bars")
    yield draw_line(edges, "edge")
    if cap is not None:
        yield draw_rule(plane.place(0, cap), plane.place(plane.x.high, cap), "truth")
    yield from draw_key(_EXPOSURE if cap is not None else _EXPOSURE[:1], top=_UNDER)


def trace_steps(shares: Sequence[float]) -> list[Point]:
    """Return the corners of a staircase over ranks, without those where nothing changes.

    >>> trace_steps([0.4, 0.4, 0.1])
    [(0, 0.4), (2, 0.4), (2, 0.1), (3, 0.1)]
    """
    corners: list[Point] = []
    for rank, share in enumerate(shares):
        if not corners or share != corners[-1][1]:
            corners += [(rank, corners[-1][1])] if corners else []
            corners.append((rank, share))
    return [*corners, (len(shares), corners[-1][1])]


def draw_convergence(rows: Sequence[Mapping[str, Any]]) -> Figure:
    """Draw the mean stated error after each answer with the middle 80 per cent of sittings, in points of score."""
    scaled = [(row["answers"], *(POINTS_PER_LOGIT * row[name] for name in ("low", "sd", "high"))) for row in rows]
    plane = make_plane((1, max(len(rows), 2)), (0, max(row[3] for row in scaled) * 1.05), height=HEIGHT)
    first, last = scaled[0], scaled[-1]
    return Figure(
        name="convergence",
        title="Stated error by number of answers",
        description=f"Mean stated error: {first[2]:.0f} points after the first answer, {last[2]:.0f} after answer "
        f"{last[0]}, which {rows[-1]['n']} of {rows[0]['n']} sittings reached.",
        width=WIDTH,
        height=_UNDER + len(_NARROWING) * LINE,
        marks=tuple(_draw_narrowing(plane, scaled)),
    )


def _draw_narrowing(plane: Plane, rows: Sequence[tuple[float, ...]]) -> Iterator[str]:
    low = [plane.place(row[0], row[1]) for row in rows]
    high = [plane.place(row[0], row[3]) for row in rows]
    yield draw_area(low, high, "band")
    yield draw_line(low, "edge")
    yield draw_line(high, "edge")
    ticks = (choose_ticks(1, plane.x.high), choose_ticks(0, plane.y.high))
    yield from draw_frame(plane, ticks, ("answers given", "points of score"))
    yield draw_line([plane.place(row[0], row[2]) for row in rows], "line")
    yield from draw_key(_NARROWING, top=_UNDER)
