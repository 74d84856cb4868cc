"""Responses drawn from difficulties that features make up, exactly or with residuals: what the LLTM says of them."""

from functools import cache

import numpy as np
import pytest
from scipy.special import expit

from waymark.assess.difficulty.lltm import Lltm, fit_lltm
from waymark.assess.items import Floats
from waymark.assess.responses import make_responses

NAMES = ("steps", "words", "code")
BETA = np.array([0.6, -0.4, 0.0])
ITEMS, PEOPLE, RUNS = 24, 300, 30


@cache
def fit_runs(residual: float) -> tuple[tuple[Lltm, Floats], ...]:
    """Return the fits with the true coefficients of the standardised features."""
    found = []
    for seed in range(RUNS):
        rng = np.random.default_rng(seed)  # noqa: TID251
        features = rng.normal(size=(ITEMS, 3))
        b = 0.2 + features @ BETA + residual * rng.normal(size=ITEMS)
        right = rng.random((PEOPLE, ITEMS)) < expit(1.2 * (rng.normal(size=(PEOPLE, 1)) - b))
        fitted = fit_lltm(make_responses(right), features=features, names=NAMES)
        found.append((fitted, np.array([0.2 + BETA @ fitted.centre, *(BETA * fitted.scale)])))
    return tuple(found)


def test_plain_intervals_cover_where_there_are_no_residuals() -> None:
    held = [np.abs(fitted.beta - truth) < 1.96 * fitted.sd for fitted, truth in fit_runs(0.0)]
    assert 0.9 < np.mean(held) < 0.995


def test_the_ratio_test_keeps_its_level_where_there_are_no_residuals() -> None:
    assert np.mean([fitted.p < 0.05 for fitted, _ in fit_runs(0.0)]) <= 0.15
    assert 0.3 < np.mean([fitted.p for fitted, _ in fit_runs(0.0)]) < 0.7


def test_plain_intervals_fail_where_there_are_residuals_and_those_with_residuals_cover() -> None:
    plain = [np.abs(fitted.beta - truth) < 1.96 * fitted.sd for fitted, truth in fit_runs(0.4)]
    honest = [np.abs(fitted.residual.beta - truth) < 1.96 * fitted.residual_sds for fitted, truth in fit_runs(0.4)]
    assert np.mean(plain) < 0.75
    assert 0.9 < np.mean(honest) < 0.995
    assert all(fitted.p < 1e-6 for fitted, _ in fit_runs(0.4))


def test_the_residual_is_recovered() -> None:
    found = [fitted.residual.residual_sd for fitted, _ in fit_runs(0.4)]
    assert np.mean([one.value for one in found]) == pytest.approx(0.4, abs=0.04)
    assert np.mean([one.low <= 0.4 <= one.high for one in found]) >= 0.83
    assert np.mean([fitted.residual.residual_sd.value for fitted, _ in fit_runs(0.0)]) < 0.06


def test_every_fit_converged() -> None:
    assert all(fitted.converged for residual in (0.0, 0.4) for fitted, _ in fit_runs(residual))
