"""Scores: abilities with their errors, levels and reliability."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import ndtr

from waymark.assess.items import Floats, Ints
from waymark.framework.scale import CUTS

EAP, MAP, WLE = "eap", "map", "wle"
METHODS: Final = (EAP, MAP, WLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """Abilities of N people in K skills, in logits.

    `sd` is the posterior's standard deviation (EAP), that from the curvature at the mode (MAP), or the standard error
    (WLE); `answers` how many answers bear on it. `level` is that of the estimate, 0 where WLE has no answer to go by;
    `level_probabilities` (N, K, 3) are the posterior's for EAP and normal ones otherwise. `covariance` (N, K, K) is
    there for several skills. `reliability` (K,) as in `find_reliability`.
    """

    method: str
    skills: tuple[str, ...]
    estimate: Floats
    sd: Floats
    answers: Ints
    level: Ints
    level_probabilities: Floats
    reliability: Floats
    covariance: Floats | None = None


def describe(  # noqa: PLR0913  what is known of the estimates
    method: str,
    skills: tuple[str, ...],
    *,
    estimate: Floats,
    sd: Floats,
    answers: Ints,
    below: Floats | None = None,
    covariance: Floats | None = None,
) -> Scores:
    """Add levels and reliability to estimates (N, K); `below` (N, K, cuts) are probabilities at or below the cuts."""
    under = ndtr((np.array(CUTS) - estimate[:, :, None]) / sd[:, :, None]) if below is None else below
    chances = np.empty((*estimate.shape, len(CUTS) + 1))
    chances[..., 0] = under[..., 0]
    np.subtract(under[..., 1:], under[..., :-1], out=chances[..., 1:-1])
    np.subtract(1.0, under[..., -1], out=chances[..., -1])
    np.maximum(chances, 0.0, out=chances)
    return Scores(
        method=method,
        skills=skills,
        estimate=estimate,
        sd=sd,
        answers=answers,
        level=find_levels(estimate),
        level_probabilities=chances,
        reliability=find_reliability(method, estimate, sd),
        covariance=covariance,
    )


def find_levels(estimate: Floats) -> Ints:
    """Return the level, 1 to 3, of abilities; a cut belongs to the level below it. 0 for NaN."""
    level = np.ones(estimate.shape, dtype=np.int64)
    for cut in CUTS:
        level += estimate > cut
    level[np.isnan(estimate)] = 0
    return level


def find_reliability(method: str, estimate: Floats, sd: Floats) -> Floats:
    """Return the share of true variance in each skill's estimates, (K,); NaN for fewer than two people with a score.

    EAP and MAP: var(estimate) / (var(estimate) + mean(sd^2)), since their errors add to the variance of ability
    (Bechger, Maris, Verstralen & Beguin 2003); WLE: 1 - mean(sd^2) / var(estimate).
    """
    found = np.full(estimate.shape[1], np.nan)
    for skill in range(estimate.shape[1]):
        own = np.isfinite(estimate[:, skill])
        if own.sum() < 2:
            continue
        spread, error = estimate[own, skill].var(), np.square(sd[own, skill]).mean()
        whole = spread if method == WLE else spread + error
        if whole > 0:
            found[skill] = 1.0 - error / whole
    return found
