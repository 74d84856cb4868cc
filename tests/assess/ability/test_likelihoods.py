import numpy as np
import pytest

from waymark.assess.ability.likelihoods import add_logs, average_curves, match_items, tabulate_curves
from waymark.assess.items import make_items
from waymark.assess.responses import make_responses
from waymark.errors import BadInput

THETA = np.linspace(-3, 3, 7)
ITEMS = make_items(("x", "y", "z"), a=np.array([1.0, 1.5, 0.8]), b=np.array([-1.0, 0.0, 1.0]))
CASE = make_items(ITEMS.ids, a=ITEMS.a, b=ITEMS.b, testlet=np.array([-1, 0, 0]), testlet_sd=np.array([0.8]))


def test_log_likelihoods_by_hand_with_an_answer_missing() -> None:
    found = add_logs(make_responses([[1, -1, 0]], items=ITEMS.ids), tabulate_curves(ITEMS, THETA), THETA)
    likelihood = 1 / (1 + np.exp(-(THETA + 1))) / (1 + np.exp(0.8 * (THETA - 1)))
    np.testing.assert_allclose(found[0], np.log(likelihood), atol=1e-6)


def test_a_testlet_s_own_dimension_is_integrated_out() -> None:
    found = add_logs(make_responses([[1, 1, 0]], items=CASE.ids), tabulate_curves(CASE, THETA), THETA)
    own = np.linspace(-8, 8, 4001)
    density = np.exp(-0.5 * own**2) / np.exp(-0.5 * own**2).sum()
    shifted = THETA[:, None] + 0.8 * own
    both = 1 / (1 + np.exp(-1.5 * shifted)) / (1 + np.exp(0.8 * (shifted - 1)))
    expected = np.log((both * density).sum(axis=1) / (1 + np.exp(-(THETA + 1))))
    np.testing.assert_allclose(found[0], expected, atol=1e-5)


def test_a_testlet_of_no_spread_is_none() -> None:
    flat = make_items(ITEMS.ids, a=ITEMS.a, b=ITEMS.b, testlet=np.array([-1, 0, 0]), testlet_sd=np.array([0.0]))
    responses = make_responses([[1, 1, 0], [0, 0, 1]], items=ITEMS.ids)
    np.testing.assert_array_equal(
        add_logs(responses, tabulate_curves(flat, THETA), THETA),
        add_logs(responses, tabulate_curves(ITEMS, THETA), THETA),
    )


def test_the_curve_of_an_answer_to_come_averages_over_its_case() -> None:
    found = average_curves(CASE, THETA)
    own = np.linspace(-8, 8, 4001)
    density = np.exp(-0.5 * own**2) / np.exp(-0.5 * own**2).sum()
    np.testing.assert_allclose(
        found[3], (density / (1 + np.exp(-1.5 * (THETA[:, None] + 0.8 * own)))).sum(axis=1), atol=1e-5
    )
    np.testing.assert_allclose(found[1], 1 / (1 + np.exp(-(THETA + 1))), atol=1e-12)


def test_an_item_without_parameters_says_nothing_and_has_no_curve() -> None:
    unknown = make_items(ITEMS.ids, a=np.array([1.0, np.nan, 0.8]), b=np.array([-1.0, np.nan, 1.0]))
    tables = tabulate_curves(unknown, THETA)
    seen, unseen = (add_logs(make_responses([row], items=ITEMS.ids), tables, THETA) for row in ([1, 1, 0], [1, -1, 0]))
    np.testing.assert_array_equal(seen, unseen)
    assert np.isnan(average_curves(unknown, THETA)[2:4]).all()


def test_items_follow_the_columns_of_the_responses() -> None:
    found = match_items(ITEMS, make_responses([[1, 0]], items=("z", "x")))
    assert (found.ids, found.b.tolist()) == (("z", "x"), [1.0, -1.0])


def test_a_column_that_is_no_item_is_named() -> None:
    with pytest.raises(BadInput, match="'w'"):
        match_items(ITEMS, make_responses([[1, 0]], items=("x", "w")))
