from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waymark.framework import Edition
from waymark.web.drawing import WIDTH, draw_loop, draw_range


@given(st.floats(1, 300), st.floats(0, 200))
def test_a_range_stays_on_the_scale_and_holds_its_mean(mean: float, sd: float) -> None:
    drawn = draw_range(mean, sd)
    assert 1 <= drawn.low <= drawn.high <= 300
    assert drawn.low - 0.05 <= mean <= drawn.high + 0.05


def test_a_wider_uncertainty_makes_a_wider_range() -> None:
    narrow, wide = draw_range(150, 10), draw_range(150, 30)
    assert wide.low < narrow.low < narrow.high < wide.high


def test_the_loop_goes_round_in_order_with_infrastructure_below(edition: Edition) -> None:
    loop = draw_loop(edition)
    assert [node.task for node in loop.nodes] == [
        "data_engineering",
        "modeling",
        "deployment",
        "business_analysis",
    ]
    assert [bar.task for bar in loop.bars] == ["ai_infrastructure"]
    assert all(bar.y > node.y for bar in loop.bars for node in loop.nodes)


def test_the_loop_stays_within_its_frame(edition: Edition) -> None:
    loop = draw_loop(edition)
    assert all(0 <= node.x <= WIDTH - 124 and 0 <= node.y <= loop.height - 46 for node in loop.nodes)


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_any_number_of_tasks_can_be_drawn(edition: Edition, count: int) -> None:
    task = edition.tasks["modeling"]
    tasks = {f"t{n}": replace(task, id=f"t{n}") for n in range(count)}
    loop = draw_loop(replace(edition, tasks=tasks))
    assert len(loop.nodes) == len(loop.arrows) == count
    assert loop.bars == ()
