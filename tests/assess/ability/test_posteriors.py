from typing import Any

import numpy as np
import pytest
from scipy.integrate import simpson

from waymark.assess.ability.posteriors import count_below, lay_posteriors, summarise
from waymark.assess.items import Floats, Items, make_items
from waymark.assess.responses import Responses, make_responses
from waymark.errors import BadInput


def draw(size: int, *, people: int, seed: int, spread: float = 1.0) -> tuple[Items, Responses]:
    rng = np.random.Generator(np.random.PCG64(seed))
    a, b = np.exp(rng.normal(0, 0.3, size)), rng.normal(0, spread, size)
    items = make_items(tuple(f"i{number}" for number in range(size)), a=a, b=b)
    theta = rng.normal(size=(people, 1))
    return items, make_responses(rng.random((people, size)) < 1 / (1 + np.exp(-a * (theta - b))), items=items.ids)


def integrate(items: Items, row: Floats, *, mean: float = 0.0, sd: float = 1.0) -> tuple[float, float, float]:
    """Return mean, sd and P(theta <= -1) by brute force."""
    theta = np.linspace(-9, 9, 4_501)
    z = items.a * (theta[:, None] - items.b)
    level = -np.logaddexp(0, np.where(row == 1, -z, z)).sum(axis=1) - 0.5 * ((theta - mean) / sd) ** 2
    weight = np.exp(level - level.max())
    weight /= weight.sum()
    centre = float(weight @ theta)
    below = float(simpson(weight[:2_001]))  # up to -1
    return centre, float(np.sqrt(weight @ (theta - centre) ** 2)), below


def collect(responses: Responses, items: Items, **prior: Any) -> Floats:
    found = np.full((responses.people, 3), np.nan)
    for block in lay_posteriors(responses, items, **prior):
        moments = summarise(block)
        found[block.people] = np.column_stack([moments.mean, moments.sd, moments.below[:, 0]])
    return found


@pytest.mark.parametrize("size", [5, 60, 300, 1200])
def test_moments_and_levels_are_right_for_short_and_very_long_tests(size: int) -> None:
    items, responses = draw(size, people=3, seed=size)
    found = collect(responses, items)
    assert responses.matrix is not None
    expected = [integrate(items, row) for row in responses.matrix]
    np.testing.assert_allclose(found, expected, atol=2e-5)


def test_a_person_far_out_gets_a_wider_grid() -> None:
    items = make_items(tuple(f"i{number}" for number in range(300)), a=2.0, b=3.0)
    responses = make_responses(np.ones((1, 300), dtype=np.int8), items=items.ids)
    found = collect(responses, items)
    np.testing.assert_allclose(found[0, :2], integrate(items, np.ones(300))[:2], atol=1e-6)


def test_priors_may_be_each_person_s_own() -> None:
    items, responses = draw(20, people=2, seed=3)
    found = collect(responses, items, mean=np.array([-1.0, 2.0]), sd=np.array([0.5, 1.5]))
    assert responses.matrix is not None
    for row, mean, sd, one in zip(responses.matrix, (-1.0, 2.0), (0.5, 1.5), found, strict=True):
        np.testing.assert_allclose(one, integrate(items, row, mean=mean, sd=sd), atol=2e-5)


def test_the_evidence_is_the_marginal_likelihood() -> None:
    items, responses = draw(8, people=1, seed=4)
    theta = np.linspace(-10, 10, 40_001)
    assert responses.matrix is not None
    z = items.a * (theta[:, None] - items.b)
    likelihood = np.exp(-np.logaddexp(0, np.where(responses.matrix[0] == 1, -z, z)).sum(axis=1))
    expected = np.log((likelihood * np.exp(-0.5 * theta**2)).sum() * (theta[1] - theta[0]) / np.sqrt(2 * np.pi))
    (block,) = lay_posteriors(responses, items)
    assert block.evidence[0] == pytest.approx(expected, abs=1e-6)


def test_who_saw_nothing_keeps_the_prior() -> None:
    items, _ = draw(4, people=1, seed=5)
    responses = make_responses([[-1, -1, -1, -1], [1, 0, 1, 1]], items=items.ids)
    np.testing.assert_allclose(collect(responses, items)[0], [0.0, 1.0, 0.158655], atol=1e-5)


def test_lists_and_matrices_give_the_same_bits() -> None:
    items, responses = draw(40, people=50, seed=6)
    rng = np.random.Generator(np.random.PCG64(7))
    assert responses.matrix is not None
    cells = np.where(rng.random((50, 40)) < 0.8, -1, responses.matrix)
    listed = make_responses(cells, items=items.ids)
    assert listed.matrix is None
    whole = Responses(items=items.ids, people=50, matrix=cells.astype(np.int8))
    np.testing.assert_array_equal(collect(listed, items), collect(whole, items))


def test_a_person_s_result_does_not_hang_on_who_else_is_there() -> None:
    items, responses = draw(300, people=40, seed=8)
    assert responses.matrix is not None
    alone = make_responses(responses.matrix[7:8], items=items.ids)
    np.testing.assert_allclose(collect(alone, items)[0], collect(responses, items)[7], rtol=0, atol=1e-12)


def test_the_part_of_a_distribution_below_a_cut_needs_no_node_there() -> None:
    theta = np.linspace(-6, 6, 47)
    weight = np.exp(-0.5 * ((theta - 0.3) / 0.4) ** 2)
    below = (weight / weight.sum()) @ count_below(theta, (0.5,))
    assert below[0] == pytest.approx(0.69146, abs=1e-5)


@pytest.mark.parametrize("prior", [{"sd": 0.0}, {"mean": np.nan}])
def test_a_prior_that_is_none_is_refused(prior: dict[str, float]) -> None:
    items, responses = draw(4, people=2, seed=9)
    with pytest.raises(BadInput, match="no distribution"):
        collect(responses, items, **prior)


def test_a_prior_of_another_number_of_people_is_refused() -> None:
    items, responses = draw(4, people=2, seed=10)
    with pytest.raises(BadInput, match="2 people"):
        collect(responses, items, mean=np.zeros(3))
