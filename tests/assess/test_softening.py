import numpy as np
import pytest

from waymark.assess.curves import probabilities
from waymark.assess.items import make_items
from waymark.assess.softening import gauss_hermite, soften

THETA = np.linspace(-3, 3, 13)


def test_items_that_are_known_keep_their_curves() -> None:
    items = make_items(("x", "y"), a=np.array([1.2, 0.7]), b=np.array([0.3, -1.0]), c=np.array([0.2, 0.0]))
    np.testing.assert_array_equal(soften(items, THETA), probabilities(items, THETA))


def test_a_curve_is_the_mean_over_the_item_s_posterior() -> None:
    covariance = np.array([[[0.09, 0.06], [0.06, 0.64]]])
    items = make_items(("x",), a=np.array([1.5]), b=np.array([0.4]), covariance=covariance)
    rng = np.random.Generator(np.random.PCG64(1))
    drawn = rng.multivariate_normal([np.log(1.5), 0.4], covariance[0], 200_000)
    mean = np.mean(1 / (1 + np.exp(-np.exp(drawn[:, :1]) * (THETA - drawn[:, 1:]))), axis=0)
    np.testing.assert_allclose(soften(items, THETA)[1], mean, atol=0.003)


@pytest.mark.parametrize("kind", ["gpcm", "grm"])
def test_items_with_steps_are_softened_and_still_sum_to_one(kind: str) -> None:
    steps = np.array([[-1.0, 0.5, np.nan], [-0.5, 0.0, 1.0]])
    items = make_items(("x", "y"), kind=kind, steps=steps, covariance=np.full((2, 2, 2), 0.2) + 0.3 * np.eye(2))
    table = soften(items, THETA)
    np.testing.assert_allclose([table[:3].sum(axis=0), table[3:].sum(axis=0)], 1.0, atol=1e-9)
    assert np.abs(table - probabilities(items, THETA)).max() > 0.02


def test_an_item_whose_errors_are_not_known_counts_as_known() -> None:
    items = make_items(("x",), covariance=np.full((1, 2, 2), np.nan))
    np.testing.assert_array_equal(soften(items, THETA), probabilities(items, THETA))


def test_the_rule_has_the_moments_of_a_normal() -> None:
    nodes, weights = gauss_hermite(7)
    assert [float(weights @ nodes**power) for power in (0, 1, 2, 4, 6)] == pytest.approx([1, 0, 1, 3, 15])


@pytest.mark.parametrize("kind", ["binary", "gpcm", "grm"])
@pytest.mark.parametrize("size", [1e13, 1e150, 1e300, 1.7e308])
def test_a_huge_covariance_overflows_nothing(kind: str, size: float) -> None:
    steps = None if kind == "binary" else np.array([[-1.0, 0.5]])
    tiny = 1e-15 / size  # whose root divides what rounding left of a covariance
    for covariance in ([[size, 0.0], [0.0, size]], [[size, 0.9 * size], [0.9 * size, size]], [[1, 3e-8], [3e-8, tiny]]):
        items = make_items(("x",), kind=kind, steps=steps, covariance=np.array([covariance]))
        table = soften(items, THETA)
        np.testing.assert_allclose(table.sum(axis=0), 1.0, atol=1e-9)
        assert (table >= 0).all()
