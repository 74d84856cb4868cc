"""Classification: how often the levels that a test gives are right, and how often a second test would give the same."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from waymark.assess.ability.scores import WLE, Scores
from waymark.assess.items import Floats
from waymark.errors import BadInput
from waymark.framework.scale import CUTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A mean over people with its interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Classification:
    """How well people are classified in one skill.

    `accuracy` is the expected share whose true level is the one they were given (Rudner 2001, 2005), `consistency`
    that of people whom a parallel test would give the same level (Lee 2010), `kappa` the latter freed of chance.
    """

    skill: str
    people: int
    accuracy: Share
    consistency: Share
    kappa: float


def judge_levels(
    scores: Scores, *, mean: float = 0.0, sd: float = 1.0, confidence: float = 0.95
) -> tuple[Classification, ...]:
    """Return accuracy and consistency of the levels of each skill, averaged over the people who have one.

    Accuracy of a person is the posterior probability of the level given. For consistency the estimate from a parallel
    test is taken as normal: given theta, an EAP has mean `mean` + r (theta - `mean`) and variance r s^2, where s is
    the posterior sd and r = 1 - s^2 / `sd`^2 the reliability at that person, and theta has the posterior; a WLE has
    variance s^2 around theta. `mean` and `sd` are those of the prior. Intervals are normal ones over people.
    Raise BadInput for fewer than two people.
    """
    found = []
    for number, skill in enumerate(scores.skills):
        level = scores.level[:, number]
        rows = np.flatnonzero(level > 0)
        if len(rows) < 2:
            raise BadInput(f"levels of {len(rows)} people in {skill!r}", hint="give at least two people with answers")
        given = level[rows] - 1
        own = scores.level_probabilities[rows, number, given]
        again = _repeat(scores, rows, number, mean=mean, sd=sd)
        same = again[np.arange(len(rows)), given]
        chance = float((np.bincount(given, minlength=len(CUTS) + 1) / len(rows)) @ again.mean(axis=0))
        found.append(
            Classification(
                skill=skill,
                people=len(rows),
                accuracy=_average(own, confidence),
                consistency=_average(same, confidence),
                kappa=(float(same.mean()) - chance) / (1.0 - chance) if chance < 1.0 else float("nan"),
            )
        )
    return tuple(found)


def _repeat(scores: Scores, rows: np.ndarray, number: int, *, mean: float, sd: float) -> Floats:
    """Return the probabilities of the levels that a parallel test would give, (n, 3)."""
    estimate, spread = scores.estimate[rows, number], scores.sd[rows, number]
    share = 1.0 if scores.method == WLE else np.clip(1.0 - (spread / sd) ** 2, 1e-9, 1.0)
    centre = mean + share * (estimate - mean)
    width = spread * np.sqrt(share * (share + 1.0))
    below = ndtr((np.array(CUTS) - centre[:, None]) / width[:, None])
    found: Floats = np.diff(below, axis=1, prepend=0.0, append=1.0)
    return found


def _average(values: Floats, confidence: float) -> Share:
    value = float(values.mean())
    error = float(ndtri(0.5 + confidence / 2) * values.std(ddof=1) / np.sqrt(len(values)))
    return Share(value=value, low=max(value - error, 0.0), high=min(value + error, 1.0))
