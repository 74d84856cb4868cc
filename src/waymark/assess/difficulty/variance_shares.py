"""Shares of variance: what the features of a mixed model explain, as fitted and in groups that were left out."""

from dataclasses import dataclass
from math import inf, sqrt
from typing import Final

import numpy as np
from scipy import stats

from waymark.assess.difficulty.mixed_models import (
    FEATURES,
    GROUPS,
    VALUES,
    Z95,
    Cells,
    Fit,
    Solution,
    drop_groups,
    leave_groups_out,
    solve,
)
from waymark.assess.items import Floats

_PARTS: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A figure with its 95% interval."""

    value: float
    low: float
    high: float


def measure_shares(cells: Cells, done: Fit) -> tuple[Estimate, Estimate]:
    """Return marginal and conditional R2; intervals by recovered variances (MOVER, Donner & Zou 2012) on the log."""
    signal, signal_sd = _signal(cells, done.solution)
    between, within = done.solution.variances[[GROUPS, VALUES]]
    error = done.covariance
    bottom, top = np.nan_to_num(done.intervals[:, 0]), np.nan_to_num(done.intervals[:, 1], posinf=1e12)
    largest = _signal(cells, solve(cells, np.array([top[FEATURES], between, within])))[0]
    explained = _bracket(signal, signal_sd, least=0.0 if bottom[FEATURES] == 0 else None, most=largest)
    rest = _bracket(between + within, sqrt(max(error[GROUPS:, GROUPS:].sum(), 0.0)), most=top[GROUPS] + top[VALUES])
    known = _bracket(signal + between, sqrt(signal_sd**2 + error[GROUPS, GROUPS]), most=largest + top[GROUPS])
    own = _bracket(within, sqrt(error[VALUES, VALUES]), most=top[VALUES])
    return _share(explained, rest), _share(known, own)


def _signal(cells: Cells, solution: Solution) -> tuple[float, float]:
    """Return posterior mean and sd of the variance of x'beta over the items."""
    standard, beta, covariance = cells.design[:, 1:], solution.beta[1:], solution.covariance[1:, 1:]
    cross = standard.T @ standard / len(standard)
    spread = cross @ covariance
    mean = float(beta @ cross @ beta + np.trace(spread))
    return mean, sqrt(max(float(2 * np.sum(spread * spread.T) + 4 * beta @ spread @ cross @ beta), 0.0))


def _bracket(value: float, sd: float, *, most: float, least: float | None = None) -> Estimate:
    """Return the log-normal interval of a variance, or `least` to `most` where the estimate is zero."""
    if value <= 0:
        return Estimate(value=0.0, low=0.0, high=most)
    reach = float(np.exp(min(Z95 * sd / value, 50.0)))
    return Estimate(value=value, low=value / reach if least is None else least, high=value * reach)


def _share(part: Estimate, rest: Estimate) -> Estimate:
    """Return part / (part + rest)."""
    if part.value == 0:
        return Estimate(value=0.0, low=0.0, high=part.high / (part.high + rest.value + 1e-300))
    if rest.value == 0:
        return Estimate(value=1.0, low=part.value / (part.value + rest.high), high=1.0)
    odds = part.value / rest.value
    down = np.hypot(np.log(part.value / part.low), np.log(rest.high / rest.value)) if part.low > 0 else inf
    up = np.hypot(np.log(part.high / part.value), np.log(rest.value / rest.low))
    low, high = odds * float(np.exp(-down)), odds * float(np.exp(up))
    return Estimate(value=odds / (1 + odds), low=low / (1 + low), high=high / (1 + high))


def cross_validate(cells: Cells, variances: Floats) -> Estimate:
    """Return 1 - (error of the features) / (error of the mean), both on templates left out and less sampling error.

    The variances stay those of all templates. The interval is by the delete-a-group jackknife: a template after the
    other, or a fiftieth of them at a time, is taken away and the figure computed anew (Kott 2001).
    """
    value = _skill_of(cells, variances)
    groups = len(cells.start)
    parts = min(groups, _PARTS)
    kept = [_skill_of(drop_groups(cells, np.arange(part, groups, parts)), variances) for part in range(parts)]
    reach = float(stats.t.ppf(0.975, parts - 1)) * sqrt(float(np.var(kept)) * (parts - 1))
    return Estimate(value=value, low=value - reach, high=min(value + reach, 1.0))


def _skill_of(cells: Cells, variances: Floats) -> float:
    share = 1.0 / (variances[GROUPS] + variances[VALUES] + cells.noise + 1e-12)
    sums, masses = cells.add(share * cells.y), cells.add(share)
    mean = ((sums.sum() - sums) / (masses.sum() - masses))[cells.group]
    missed = share @ (leave_groups_out(cells, solve(cells, variances)) ** 2 - cells.noise)
    spread = share @ ((cells.y - mean) ** 2 - cells.noise)
    return 1.0 - float(missed / spread) if spread > 0 else 0.0
