import numpy as np
import pytest

from waymark.assess.ability.locating import find_posteriors, make_grid, summarise
from waymark.assess.curves import logistic
from waymark.assess.fit.dependence import MOST, find_dependence
from waymark.assess.items import Floats, make_items
from waymark.assess.responses import Responses, make_responses
from waymark.errors import BadInput, TooLarge

ITEMS = make_items(tuple("abcdefghij"), a=np.linspace(0.8, 1.4, 10), b=np.linspace(-1.2, 1.2, 10))


def draw(shared: float, *, people: int = 1500, missing: float = 0.0) -> Responses:
    """Return answers; items b and g share a case of the given standard deviation."""
    rng = np.random.Generator(np.random.PCG64(5))
    own: Floats = np.zeros((people, 10))
    own[:, [1, 6]] = shared * rng.normal(size=(people, 1))
    right = rng.random((people, 10)) < logistic(ITEMS.a * (rng.normal(size=(people, 1)) + own - ITEMS.b))
    return make_responses(np.where(rng.random((people, 10)) < missing, -1, right), items=ITEMS.ids)


def test_q3_is_the_correlation_of_the_residuals_over_those_who_answered_both() -> None:
    responses = draw(0.0, missing=0.2)
    found = find_dependence(responses, ITEMS, grid=make_grid())
    theta = summarise(find_posteriors(responses, ITEMS, grid=make_grid()), make_grid().theta)[0]
    assert responses.matrix is not None
    residual = responses.matrix - logistic(ITEMS.a * (theta[:, None] - ITEMS.b))
    both = (responses.matrix[:, [2, 7]] >= 0).all(axis=1)
    first, second = residual[both, 2], residual[both, 7]
    direct = np.mean((first - first.mean()) * (second - second.mean())) / (first.std() * second.std())
    assert found.q3[2, 7] == pytest.approx(direct)
    np.testing.assert_array_equal(found.q3, found.q3.T)
    assert np.isnan(np.diag(found.q3)).all()


def test_complete_answers_go_the_short_way_to_the_same_correlations() -> None:
    responses = draw(0.0)
    theta = summarise(find_posteriors(responses, ITEMS, grid=make_grid()), make_grid().theta)[0]
    assert responses.matrix is not None
    direct = np.array(np.corrcoef((responses.matrix - logistic(ITEMS.a * (theta[:, None] - ITEMS.b))).T))
    np.fill_diagonal(direct, np.nan)
    np.testing.assert_allclose(find_dependence(responses, ITEMS, grid=make_grid()).q3, direct, atol=1e-10)


def test_the_pair_of_one_case_is_flagged_with_its_interval() -> None:
    found = find_dependence(draw(1.8), ITEMS)
    assert (found.critical, found.replicates) == (0.2, 0)
    assert np.isnan(found.p)
    (pair,) = found.flagged
    assert (pair.first, pair.second, pair.n) == ("b", "g", 1500)
    assert pair.low < pair.q3 < pair.high
    assert pair.excess == pytest.approx(found.q3_star) == found.maximum - found.mean


def test_simulated_data_give_a_sharper_bound() -> None:
    found = find_dependence(draw(1.0), ITEMS, rng=np.random.Generator(np.random.PCG64(1)), replicates=40)
    assert found.critical < 0.15
    assert found.p == pytest.approx(1 / 41)
    assert (found.flagged[0].first, found.flagged[0].second) == ("b", "g")
    assert find_dependence(draw(1.0), ITEMS).flagged == ()


def test_chance_comes_from_the_generator() -> None:
    stars = [
        find_dependence(draw(0.0), ITEMS, rng=np.random.Generator(np.random.PCG64(1)), replicates=5).critical
        for _ in range(2)
    ]
    assert stars[0] == stars[1]


def test_pairs_that_few_answered_are_not_judged() -> None:
    responses = draw(0.0, people=200)
    assert responses.matrix is not None
    cells = responses.matrix.copy()
    cells[:160, 3] = -1
    found = find_dependence(make_responses(cells, items=ITEMS.ids), ITEMS)
    assert np.isnan(found.q3[3]).all()
    with pytest.raises(BadInput, match="no two items"):
        find_dependence(draw(0.0, people=40), ITEMS)


def test_too_many_items_are_refused() -> None:
    names = tuple(f"i{number}" for number in range(MOST + 1))
    with pytest.raises(TooLarge, match="2001 items"):
        find_dependence(make_responses(np.ones((2, MOST + 1)), items=names), make_items(names))
