import numpy as np
import pytest

from waymark.assess.ability.posteriors import lay_posteriors, summarise
from waymark.assess.ability.weighted_scores import add_weights, has_weighted_score, look_up
from waymark.assess.items import Floats, Items, make_items
from waymark.assess.responses import make_responses

IDS = ("x", "y", "z")


def draw(size: int, *, people: int, seed: int) -> tuple[Items, Floats]:
    rng = np.random.Generator(np.random.PCG64(seed))
    a, b = np.exp(rng.normal(0, 0.3, size)), rng.normal(size=size)
    items = make_items(tuple(f"i{number}" for number in range(size)), a=a, b=b)
    matrix = (rng.random((people, size)) < 1 / (1 + np.exp(-a * (rng.normal(size=(people, 1)) - b)))).astype(float)
    matrix[0], matrix[1] = 0, 1
    return items, matrix


@pytest.mark.parametrize(("size", "mean", "sd"), [(3, 0.0, 1.0), (50, 0.0, 1.0), (50, 0.7, 1.6), (400, 0.0, 1.0)])
def test_the_table_agrees_with_everybody_s_own_posterior(size: int, mean: float, sd: float) -> None:
    items, matrix = draw(size, people=300, seed=size)
    total = add_weights(matrix, items.a)
    assert total is not None
    found = look_up(total, items, mean=mean, sd=sd)
    for block in lay_posteriors(make_responses(matrix, items=items.ids), items, mean=mean, sd=sd):
        own = summarise(block)
        np.testing.assert_allclose(found.mean[block.people], own.mean, atol=2e-5)
        np.testing.assert_allclose(found.sd[block.people], own.sd, atol=5e-5)
        np.testing.assert_allclose(found.below[block.people], own.below, atol=2e-5)


def test_estimates_are_within_a_hundred_thousandth_of_a_fine_grid() -> None:
    items, matrix = draw(50, people=2_000, seed=1)
    theta = np.linspace(-6, 6, 401)
    z = items.a[:, None] * (theta - items.b[:, None])
    level = matrix @ z - np.logaddexp(0, z).sum(axis=0) - 0.5 * theta**2
    weight = np.exp(level - level.max(axis=1, keepdims=True))
    weight /= weight.sum(axis=1, keepdims=True)
    mean = weight @ theta
    total = add_weights(matrix, items.a)
    assert total is not None
    found = look_up(total, items, mean=0.0, sd=1.0)
    np.testing.assert_allclose(found.mean, mean, atol=1e-6)
    np.testing.assert_allclose(found.sd, np.sqrt(weight @ theta**2 - mean**2), atol=1e-6)


@pytest.mark.parametrize("kind", [np.int8, np.uint8, np.bool_, np.float64])
def test_sums_have_the_same_bits_from_every_type_and_order(kind: type) -> None:
    items, matrix = draw(50, people=3_000, seed=2)
    total, turned = add_weights(matrix.astype(kind), items.a), add_weights(matrix[:, ::-1].astype(kind), items.a[::-1])
    assert total is not None
    assert turned is not None
    np.testing.assert_array_equal(total, turned)
    np.testing.assert_allclose(total, matrix @ items.a, atol=1e-5)


@pytest.mark.parametrize("cell", [np.nan, -1.0, 2.0, 0.5])
def test_what_is_not_0_or_1_is_noticed(cell: float) -> None:
    _, matrix = draw(5, people=4, seed=3)
    matrix[3, 4] = cell
    assert add_weights(matrix, np.ones(5)) is None


@pytest.mark.parametrize("cell", [-1, 2])
def test_whole_numbers_that_are_not_0_or_1_are_noticed(cell: int) -> None:
    _, matrix = draw(5, people=4, seed=3)
    whole = matrix.astype(np.int8)
    whole[3, 4] = cell
    assert add_weights(whole, np.ones(5)) is None


def test_items_with_other_curves_have_no_weighted_score() -> None:
    assert has_weighted_score(make_items(IDS, a=np.array([1.0, -0.5, 2.0])))
    assert not has_weighted_score(make_items(IDS, c=np.array([0.0, 0.2, 0.0])))
    assert not has_weighted_score(make_items(IDS, d=0.95))
    assert not has_weighted_score(make_items(IDS, a=np.array([1.0, np.nan, 1.0])))
    assert not has_weighted_score(make_items(IDS, covariance=0.1 * np.eye(2) * np.ones((3, 1, 1))))
    assert not has_weighted_score(make_items(IDS, testlet=np.array([-1, 0, 0]), testlet_sd=np.array([0.5])))
    assert not has_weighted_score(make_items(IDS, kind="gpcm", steps=np.zeros((3, 2))))


def test_items_that_run_against_the_scale_are_summed_too() -> None:
    items = make_items(IDS, a=np.array([1.0, -0.8, 1.5]), b=np.array([-1.0, 0.0, 1.0]))
    matrix = np.array([[1, 0, 1], [0, 1, 0], [1, 1, 0]], dtype=np.int8)
    total = add_weights(matrix, items.a)
    assert total is not None
    (block,) = lay_posteriors(make_responses(matrix, items=IDS), items)
    np.testing.assert_allclose(look_up(total, items, mean=0.0, sd=1.0).mean, summarise(block).mean, atol=1e-6)
