import numpy as np
import pytest

from waymark.assess.ability.predicting import predict, predict_categories
from waymark.assess.items import make_items
from waymark.assess.responses import make_responses

ITEMS = make_items(("w", "x", "y", "z"), a=np.array([1.0, 1.5, 0.8, 2.0]), b=np.array([-1.0, 0.0, 1.0, 0.3]))


def test_a_prediction_is_the_ratio_of_two_marginal_likelihoods() -> None:
    found = predict(make_responses([[1, -1, 0, -1], [-1, -1, -1, -1]], items=ITEMS.ids), ITEMS)
    theta = np.linspace(-10, 10, 20_001)
    prior = np.exp(-0.5 * theta**2)
    curves = 1 / (1 + np.exp(-ITEMS.a[:, None] * (theta - ITEMS.b[:, None])))
    seen = prior * curves[0] * (1 - curves[2])
    np.testing.assert_allclose(found[0], (curves * seen).sum(axis=1) / seen.sum(), atol=1e-6)
    np.testing.assert_allclose(found[1], (curves * prior).sum(axis=1) / prior.sum(), atol=1e-6)


def test_uncertain_items_are_predicted_more_carefully() -> None:
    wide = make_items(ITEMS.ids, a=ITEMS.a, b=ITEMS.b, covariance=np.tile(0.6 * np.eye(2), (4, 1, 1)))
    responses = make_responses([[1, 1, 1, -1], [0, 0, 0, -1]], items=ITEMS.ids)
    known, unsure = predict(responses, ITEMS)[:, 3], predict(responses, wide)[:, 3]
    assert known[0] > unsure[0] > unsure[1] > known[1]


def test_categories_sum_to_one_and_their_mean_is_the_expected_score() -> None:
    steps = np.array([[-1.0, 0.5, np.nan], [-0.5, 0.0, 1.0], [0.0, np.nan, np.nan]])
    items = make_items(("x", "y", "z"), kind=("gpcm", "grm", "binary"), steps=steps)
    responses = make_responses([[2, 1, -1], [0, -1, 1]], items=items.ids)
    chances = predict_categories(responses, items)
    sums = np.add.reduceat(chances, items.offsets[:-1], axis=1)
    np.testing.assert_allclose(sums, 1.0, atol=1e-9)
    np.testing.assert_allclose(predict(responses, items)[:, 0], chances[:, 1] + 2 * chances[:, 2], atol=1e-12)


def test_another_skill_s_answers_tell_by_the_correlation() -> None:
    items = make_items(ITEMS.ids, a=ITEMS.a, b=ITEMS.b, skills=("one", "two"), skill=np.array([0, 0, 0, 1]))
    responses = make_responses([[1, 1, 1, -1], [0, 0, 0, -1]], items=ITEMS.ids)
    spreads = [
        float(-np.diff(predict(responses, items, correlation=np.array([[1.0, r], [r, 1.0]]))[:, 3])[0])
        for r in (0.0, 0.5, 0.9)
    ]
    assert spreads[0] == pytest.approx(0.0, abs=1e-6)
    assert spreads[0] < spreads[1] < spreads[2]


def test_an_item_that_was_not_estimated_is_not_predicted() -> None:
    items = make_items(ITEMS.ids, a=np.array([1.0, np.nan, 1.0, 1.0]), b=np.array([0.0, np.nan, 0.0, 0.0]))
    found = predict(make_responses([[1, 1, 0, -1]], items=ITEMS.ids), items)
    assert np.isnan(found[0]).tolist() == [False, True, False, False]
