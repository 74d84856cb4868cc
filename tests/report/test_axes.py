from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waymark.report.axes import LEFT, RIGHT, SCORE_CUTS, TOP, Axis, choose_ticks, draw_frame, make_plane, write_value
from waymark.report.drawing import Figure

from .places import lies_within

ENDS = st.floats(-1e4, 1e4).map(lambda value: round(value, 3))


@given(ENDS, st.floats(1e-2, 1e4), st.integers(2, 10))
def test_ticks_are_evenly_spaced_within_the_axis_and_not_too_many(low: float, length: float, most: int) -> None:
    ticks = choose_ticks(low, low + length, most=most)
    assert len(ticks) <= most + 1
    assert all(low - 1e-6 * length <= tick <= low + length * (1 + 1e-6) for tick in ticks)
    gaps = [after - before for before, after in pairwise(ticks)]
    assert all(gap == pytest.approx(gaps[0]) for gap in gaps)


@given(st.floats(-1e3, 1e3), st.floats(0.1, 1e3))
def test_zero_is_a_tick_of_an_axis_that_holds_it(low: float, length: float) -> None:
    if low < 0 < low + length:
        assert 0.0 in choose_ticks(low, low + length)


@given(st.floats(-1e6, 1e6))
def test_no_value_is_placed_outside_its_axis(value: float) -> None:
    axis = Axis(low=0, high=10, start=40, end=350)
    assert 40 <= axis.place(value) <= 350


def test_an_axis_may_run_upwards() -> None:
    axis = Axis(low=0, high=10, start=200, end=20)
    assert (axis.place(0), axis.place(5), axis.place(10)) == (200, 110, 20)


def test_a_plane_leaves_room_for_what_its_axes_say() -> None:
    plane = make_plane((0, 10), (0, 1), height=100)
    assert plane.place(0, 0) == (LEFT, TOP + 100)
    assert plane.place(10, 1) == (RIGHT, TOP)


def test_a_frame_with_its_words_lies_within_the_figure() -> None:
    plane = make_plane((0, 27), (1, 300), height=100)
    marks = tuple(draw_frame(plane, (choose_ticks(0, 27), (1, 100, 200, 300)), ("answers", "score")))
    assert lies_within(Figure(name="f", title="t", description="d", width=360, height=TOP + 140, marks=marks))


def test_a_negative_value_has_a_true_minus_sign() -> None:
    assert write_value(-1.5) == "\N{MINUS SIGN}1.5"


def test_levels_part_at_100_and_200() -> None:
    assert SCORE_CUTS == (100.0, 200.0)
