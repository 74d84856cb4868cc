"""Coverages: whether people lie where their profiles said, by answers that the profiles had not seen.

A profile stated a skill as N(mean, sd^2). Later answers of the same person are a likelihood L(theta) of that skill, so

    e(k) = integral of L(theta) N(theta; mean, k^2 sd^2) dtheta, over the same with k = 1

has expectation 1 while the stated sd is right, whatever was asked next and when it ended. Products of e(k) over people
are e-processes (Ville 1939; Ramdas et al. 2023): then P(one ever reaches 1 / alpha) <= alpha. Averaged over k above 1
they say that stated uncertainty is too small, over k below 1 that it is too large; and the k under which all that came
later is most likely says by how much.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from waymark.assess.items import Floats, Items
from waymark.assess.responses import Responses, make_incidence
from waymark.assess.softening import soften
from waymark.errors import BadInput

TOO_SMALL: Final = np.array([1.15, 1.35, 1.7, 2.4])
TOO_LARGE: Final = np.array([0.85, 0.7, 0.5, 0.35])
FACTORS: Final = np.round(np.exp(np.linspace(np.log(0.25), np.log(4.0), 81)), 6)
_SPACING: Final = 0.0625
_REACH: Final = 10.0
_BLOCK: Final = 2_000  # people at a time
_DROP: Final = 1.920729410347062  # of the log-likelihood at the ends of a 95% interval, half the quantile of chi-square


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What later answers said of the stated intervals so far: a value that can be kept and gone on with.

    `small` (4,) and `large` (4,) are the log e-values of the factors in TOO_SMALL and TOO_LARGE, `peaks` the highest of
    their averages so far; `level` has the log-likelihood of every factor in FACTORS, `people` how many profiles.
    """

    small: Floats
    large: Floats
    peaks: tuple[float, float]
    level: Floats
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How stated uncertainty stands: real sds are the stated ones times `factor`, between `low` and `high` (95%).

    `e_small` and `e_large` are the evidence now that stated sds are too small or too large; `too_small` and `too_large`
    tell whether it ever reached 1 / alpha. `message` says it in a sentence.
    """

    people: int
    factor: float
    low: float
    high: float
    e_small: float
    e_large: float
    too_small: bool
    too_large: bool
    message: str


def open_coverage() -> Coverage:
    """Open a check of stated intervals."""
    return Coverage(
        small=np.zeros(len(TOO_SMALL)),
        large=np.zeros(len(TOO_LARGE)),
        peaks=(0.0, 0.0),
        level=np.zeros(len(FACTORS)),
        people=0,
    )


def check_profiles(coverage: Coverage, items: Items, *, mean: Floats, sd: Floats, later: Responses) -> Coverage:
    """Return the check after further people, in their order.

    `mean` and `sd` (N,) are the profiles of one skill as stated, `later` the answers that came after, to `items` of
    that skill in the same order, whose uncertainty is allowed for. Raise BadInput for lengths or items that differ.
    """
    if len(mean) != later.people or len(sd) != later.people or not (np.asarray(sd) > 0).all():
        raise BadInput(
            f"{len(mean)} profiles for {later.people} people", hint="state a mean and an sd above 0 for each"
        )
    if later.items != items.ids:
        raise BadInput("answers to other items than those given", hint="give items and answers in the same order")
    factors = np.concatenate([[1.0], TOO_SMALL, TOO_LARGE, FACTORS])
    table = _weigh(items, mean, sd, later, factors)
    ratios = np.cumsum(table[:, 1:] - table[:, :1], axis=0)
    split = len(TOO_SMALL), len(TOO_SMALL) + len(TOO_LARGE)
    small, large = coverage.small + ratios[:, : split[0]], coverage.large + ratios[:, split[0] : split[1]]
    peaks = (
        max(coverage.peaks[0], _average(small).max(initial=0.0)),
        max(coverage.peaks[1], _average(large).max(initial=0.0)),
    )
    return Coverage(
        small=small[-1],
        large=large[-1],
        peaks=(float(peaks[0]), float(peaks[1])),
        level=coverage.level + table[:, 1 + split[1] :].sum(axis=0),
        people=coverage.people + later.people,
    )


def _weigh(items: Items, mean: Floats, sd: Floats, later: Responses, factors: Floats) -> Floats:
    """Return the log-likelihood of each person's later answers under every factor, (N, F)."""
    theta = np.arange(-_REACH, _REACH + _SPACING / 2, _SPACING)
    level = make_incidence(later, categories=items.categories).gather(np.log(np.maximum(soften(items, theta), 1e-300)))
    top = level.max(axis=1, keepdims=True)
    found = np.empty((later.people, len(factors)))
    for first in range(0, later.people, _BLOCK):
        rows = slice(first, first + _BLOCK)
        likely = np.exp(level[rows] - top[rows])
        for place, factor in enumerate(factors):
            wide = np.maximum(factor * sd[rows, None], _SPACING)
            weight = np.exp(-0.5 * ((theta - mean[rows, None]) / wide) ** 2)
            total = (likely * weight).sum(axis=1) / weight.sum(axis=1)
            found[rows, place] = np.log(np.maximum(total, 1e-300)) + top[rows, 0]
    return found


def _average(logs: Floats) -> Floats:
    """Return the log of the mean of e-values given as logs (..., C)."""
    top = logs.max(axis=-1, keepdims=True)
    found: Floats = np.log(np.exp(logs - top).mean(axis=-1)) + top[..., 0]
    return found


def judge_coverage(coverage: Coverage, *, alpha: float = 0.01) -> Verdict:
    """Say whether stated uncertainty is right, with false alarms at a rate of `alpha` to either side at any time."""
    best = int(np.argmax(coverage.level))
    within = np.flatnonzero(coverage.level >= coverage.level[best] - _DROP)
    factor, low, high = FACTORS[best], FACTORS[within[0]], FACTORS[within[-1]]
    too_small, too_large = (peak >= -np.log(alpha) for peak in coverage.peaks)
    words = "stated uncertainty agrees with later answers"
    if too_small or too_large:
        words = f"stated uncertainty is too {'small' if too_small else 'large'}"
    return Verdict(
        people=coverage.people,
        factor=float(factor),
        low=float(low),
        high=float(high),
        e_small=float(np.exp(_average(coverage.small))),
        e_large=float(np.exp(_average(coverage.large))),
        too_small=bool(too_small),
        too_large=bool(too_large),
        message=f"{words}: real sds are {factor:.2f} ({low:.2f} to {high:.2f}) times the stated ones, "
        f"by {coverage.people} people",
    )
