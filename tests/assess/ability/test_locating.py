import numpy as np
import pytest

from waymark.assess.ability.locating import find_posteriors, log_likelihoods, make_grid, summarise
from waymark.assess.items import make_items
from waymark.assess.responses import make_responses
from waymark.errors import BadInput

ITEMS = make_items(("x", "y", "z"), a=np.array([1.0, 1.5, 0.8]), b=np.array([-1.0, 0.0, 1.0]))


def test_the_grid_has_the_moments_of_its_population() -> None:
    grid = make_grid(mean=0.5, sd=1.5)
    mean, sd = summarise(grid.weight[None, :], grid.theta)
    assert (mean[0], sd[0]) == pytest.approx((0.5, 1.5), abs=1e-6)


def test_posteriors_by_hand_with_an_answer_missing() -> None:
    grid = make_grid()
    found = find_posteriors(make_responses([[1, -1, 0]], items=ITEMS.ids), ITEMS, grid=grid)
    likelihood = 1 / (1 + np.exp(-(grid.theta + 1))) * (1 - 1 / (1 + np.exp(-0.8 * (grid.theta - 1))))
    weight = likelihood * grid.weight
    np.testing.assert_allclose(found[0], weight / weight.sum(), atol=1e-6)


def test_who_saw_nothing_keeps_the_prior() -> None:
    grid = make_grid()
    found = find_posteriors(make_responses([[-1, -1, -1], [1, 0, 1]], items=ITEMS.ids), ITEMS, grid=grid)
    np.testing.assert_allclose(found[0], grid.weight, atol=1e-12)


def test_an_item_without_parameters_says_nothing() -> None:
    unknown = make_items(ITEMS.ids, a=np.array([1.0, np.nan, 0.8]), b=np.array([-1.0, np.nan, 1.0]))
    seen, unseen = (make_responses([row], items=ITEMS.ids) for row in ([1, 1, 0], [1, -1, 0]))
    np.testing.assert_array_equal(
        log_likelihoods(seen, unknown, make_grid().theta), log_likelihoods(unseen, unknown, make_grid().theta)
    )


def test_parameters_of_other_items_are_refused() -> None:
    with pytest.raises(BadInput, match="another order"):
        log_likelihoods(make_responses([[1, 0, 1]], items=("y", "x", "z")), ITEMS, make_grid().theta)


def test_several_skills_at_once_are_refused() -> None:
    two = make_items(("x", "y"), skills=("one", "two"), skill=np.array([0, 1]))
    with pytest.raises(BadInput, match="several skills"):
        log_likelihoods(make_responses([[1, 0]], items=two.ids), two, make_grid().theta)


def test_a_grid_of_nothing_is_refused() -> None:
    with pytest.raises(BadInput, match="a grid of"):
        make_grid(nodes=1)
