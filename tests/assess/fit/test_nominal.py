import numpy as np
import pytest
from scipy import optimize

from waymark.assess.ability.locating import make_grid
from waymark.assess.fit.nominal import fit_nominal
from waymark.assess.items import Floats

GRID = make_grid(nodes=21, reach=4.0)


def draw() -> tuple[Floats, Floats]:
    """Return choices (30, 3) of classes of people, and the posteriors (30, 21) of the classes."""
    rng = np.random.Generator(np.random.PCG64(1))
    middle = np.linspace(-2, 2, 30)
    posterior = np.exp(-0.5 * ((GRID.theta - middle[:, None]) / 0.5) ** 2)
    posterior /= posterior.sum(axis=1, keepdims=True)
    z = np.stack([0.9 * GRID.theta + 0.3, -0.2 * GRID.theta, -0.7 * GRID.theta - 0.3])
    curve = np.exp(z) / np.exp(z).sum(axis=0)
    return np.array([rng.multinomial(40, p) for p in posterior @ curve.T], dtype=float), posterior


def test_the_maximum_is_the_one_that_a_general_optimiser_finds() -> None:
    counts, posterior = draw()

    def minus_log_likelihood(point: Floats) -> float:
        z = np.concatenate([np.zeros((1, 21)), np.outer(point[:2], GRID.theta) + point[2:, None]])
        curve = np.exp(z) / np.exp(z).sum(axis=0)
        return -float((counts * np.log(posterior @ curve.T)).sum())

    best = optimize.minimize(minus_log_likelihood, np.zeros(4), method="BFGS", options={"gtol": 1e-7})
    found = fit_nominal(counts, posterior, GRID.theta)
    assert found.converged
    assert found.log_likelihood == pytest.approx(-best.fun, abs=1e-6)
    np.testing.assert_allclose(found.slope[1:] - found.slope[0], best.x[:2], atol=1e-4)
    np.testing.assert_allclose(found.intercept[1:] - found.intercept[0], best.x[2:], atol=1e-4)
    assert found.slope.sum() == pytest.approx(0, abs=1e-12)
    h = 1e-3 * np.eye(4)
    curvature = np.array(
        [
            [
                sum(s * t * minus_log_likelihood(best.x + s * one + t * other) for s in (1, -1) for t in (1, -1)) / 4e-6
                for other in h
            ]
            for one in h
        ]
    )
    to_sum_zero = np.array([[-1, -1], [2, -1], [-1, 2]]) / 3
    covariance = to_sum_zero @ np.linalg.inv(curvature)[:2, :2] @ to_sum_zero.T
    np.testing.assert_allclose(found.slope_error, np.sqrt(np.diag(covariance)), rtol=0.05)


def test_the_ability_of_the_choosers_is_bayes() -> None:
    counts, posterior = draw()
    found = fit_nominal(counts, posterior, GRID.theta)
    z = np.outer(found.slope, GRID.theta) + found.intercept[:, None]
    curve = np.exp(z) / np.exp(z).sum(axis=0)
    for option in range(3):
        weight = posterior * curve[option]
        weight *= (counts[:, option] / weight.sum(axis=1))[:, None]
        mean = (weight @ GRID.theta).sum() / weight.sum()
        assert found.ability[option] == pytest.approx(mean)
        assert found.spread[option] == pytest.approx(np.sqrt((weight @ (GRID.theta - mean) ** 2).sum() / weight.sum()))
    whole = counts.sum(axis=0) @ found.ability / counts.sum()
    assert whole == pytest.approx((counts.sum(axis=1) @ posterior @ GRID.theta) / counts.sum(), abs=0.02)
