import numpy as np
import pytest
from scipy import optimize, special

from waymark.assess.curves import logistic
from waymark.assess.dif.regressing import fit_cumulative, regress_groups, tail
from waymark.assess.items import Floats


def draw(width: int, *, people: int = 600) -> tuple[Floats, Floats]:
    """Return counts (1, 10, width) in ten cells and their design."""
    rng = np.random.Generator(np.random.PCG64(width))
    design = np.stack([np.tile(np.linspace(-1.5, 1.5, 5), 2), np.repeat([0.0, 1.0], 5)], axis=1)
    cell = rng.integers(0, 10, people)
    z = design[cell] @ [1.1, -0.6] + rng.logistic(size=people)
    answer = np.digitize(z, np.linspace(-1, 1, width - 1) if width > 2 else [0.2])
    counts = np.zeros((1, 10, width))
    np.add.at(counts[0], (cell, answer), 1.0)
    return counts, design


def minus_log_likelihood(point: Floats, counts: Floats, design: Floats) -> float:
    cuts = counts.shape[1] - 1
    at_least = special.expit(point[:cuts] + (design @ point[cuts:])[:, None])
    edge = np.ones((len(design), 1))
    chance = -np.diff(np.concatenate([edge, at_least, 0 * edge], axis=1), axis=1)
    return -float((counts * np.log(np.maximum(chance, 1e-300))).sum())


def bend(point: Floats, counts: Floats, design: Floats, *, step: float = 1e-3) -> Floats:
    """Return the Hessian by differences."""
    moves = step * np.eye(len(point))
    corners = [
        [
            sum(
                s * t * minus_log_likelihood(point + s * one + t * other, counts, design)
                for s in (1, -1)
                for t in (1, -1)
            )
            for other in moves
        ]
        for one in moves
    ]
    return np.array(corners) / (4 * step * step)


@pytest.mark.parametrize("width", [2, 3, 5])
def test_the_maximum_is_the_one_that_a_general_optimiser_finds(width: int) -> None:
    counts, design = draw(width)
    start = np.concatenate([np.linspace(1, -1, width - 1), [0.5, 0.0]])
    best = optimize.minimize(minus_log_likelihood, start, args=(counts[0], design), method="BFGS", tol=1e-9)
    fit = fit_cumulative(counts, design)
    assert fit.log_likelihood[0] == pytest.approx(-best.fun, abs=1e-6)
    np.testing.assert_allclose(fit.beta[0], best.x[width - 1 :], atol=1e-4)
    curvature = bend(best.x, counts[0], design)
    np.testing.assert_allclose(fit.error[0], np.sqrt(np.diag(np.linalg.inv(curvature)))[width - 1 :], rtol=0.05)


def test_an_answer_that_nobody_gave_is_left_out() -> None:
    counts, design = draw(3)
    with_empty = np.insert(counts, 1, 0.0, axis=2)
    np.testing.assert_allclose(fit_cumulative(with_empty, design).beta, fit_cumulative(counts, design).beta)


def test_items_without_a_maximum_get_nan() -> None:
    counts, design = draw(2)
    constant, separated = counts.copy(), counts.copy()
    constant[:, :, 0] = 0.0
    separated[0, :5, 1], separated[0, 5:, 0] = 0.0, 0.0
    fit = fit_cumulative(np.concatenate([constant, separated, counts]), design)
    assert np.isnan(fit.log_likelihood[:2]).all()
    assert np.isfinite(fit.log_likelihood[2])


def test_gains_are_those_of_the_three_nested_models() -> None:
    rng = np.random.Generator(np.random.PCG64(5))
    value = np.arange(6.0)
    table = rng.integers(5, 60, (2, 6, 1, 2)).astype(float)
    found = regress_groups(table[0], table[1], value)
    counts = np.concatenate([table[0], table[1]])[:, 0]
    x, group = np.tile(value, 2), np.repeat([0.0, 1.0], 6)
    best = [
        -optimize.minimize(
            minus_log_likelihood, np.zeros(1 + design.shape[1]), args=(counts, design), method="BFGS"
        ).fun
        for design in (
            np.zeros((12, 0)),
            x[:, None] / 3,
            np.stack([x / 3, group], axis=1),
            np.stack([x / 3, group, x / 3 * group], axis=1),
        )
    ]
    assert found.chi_square_uniform[0] == pytest.approx(2 * (best[2] - best[1]), abs=1e-5)
    assert found.chi_square_nonuniform[0] == pytest.approx(2 * (best[3] - best[2]), abs=1e-5)
    assert found.chi_square_joint[0] == pytest.approx(2 * (best[3] - best[1]), abs=1e-5)
    n = counts.sum()
    r2 = [(1 - np.exp(2 * (best[0] - one) / n)) / (1 - np.exp(2 * best[0] / n)) for one in best]
    assert found.r2_joint[0] == pytest.approx(r2[3] - r2[1], abs=1e-8)
    assert found.r2_uniform[0] == pytest.approx(r2[2] - r2[1], abs=1e-8)


def test_the_coefficients_are_against_the_focal_group_when_below_zero() -> None:
    value = np.linspace(-2, 2, 9)
    easy, hard = logistic(value), logistic(0.5 * value - 1.0)
    tables = [np.stack([1 - p, p], axis=1)[:, None, :] * 500 for p in (easy, hard)]
    found = regress_groups(tables[0], tables[1], value)
    assert found.log_odds[0] < -0.8
    assert found.slope_change[0] == pytest.approx(-0.5 * value.std(), abs=1e-4)
    assert (found.p_joint[0], found.p_uniform[0], found.p_nonuniform[0]) < (1e-6, 1e-6, 1e-6)


def test_the_tail_of_nan_is_nan() -> None:
    np.testing.assert_allclose(tail(np.array([np.nan, 3.841459]), 1), [np.nan, 0.05], atol=1e-6)
