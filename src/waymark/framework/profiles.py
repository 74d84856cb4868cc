"""Profiles: the one currency. What a person has, a role needs, a posting asks, a team covers."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite, sqrt
from typing import TypeAlias

from waymark.errors import BadInput
from waymark.framework.scale import POINTS_PER_LOGIT, score_of_theta, theta_of_score
from waymark.framework.terms import Need

Matrix: TypeAlias = tuple[tuple[float, ...], ...]

RANGE_IN_SDS = 2 * 1.6448536269514722
"""Width in standard deviations of a central 90% interval, as which the range of a need is read."""

TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A normal distribution over skills, in logits; without `correlation` the skills are independent.

    Raises `BadInput` for repeated skills, lengths that differ, values that are not finite, a negative sd, or
    a correlation that is not symmetric, not 1 on its diagonal or not positive semi-definite.
    """

    skills: tuple[str, ...]
    mean: tuple[float, ...]
    sd: tuple[float, ...]
    correlation: Matrix | None = None

    def __post_init__(self) -> None:
        """Refuse what is no distribution."""
        size = len(self.skills)
        _demand("names a skill twice", holds=len(set(self.skills)) == size)
        _demand("has not one mean and one sd a skill", holds=len(self.mean) == len(self.sd) == size)
        _demand("has a value that is not finite", holds=all(map(isfinite, (*self.mean, *self.sd))))
        _demand("has a negative sd", holds=all(sd >= 0 for sd in self.sd))
        if self.correlation is not None:
            _check_correlation(self.correlation, size)

    def theta(self, skill: str) -> tuple[float, float]:
        """Return mean and sd of one skill in logits; raises `BadInput` for a skill that is not there."""
        if skill not in self.skills:
            raise BadInput(f"the profile has no skill {skill!r}", hint=f"it has {', '.join(self.skills)}")
        place = self.skills.index(skill)
        return self.mean[place], self.sd[place]

    def scores(self) -> dict[str, tuple[float, float]]:
        """Speak the profile: score (1 to 300) and sd in score points by skill.

        >>> Profile(skills=("research",), mean=(1.0,), sd=(0.2,)).scores()
        {'research': (200.0, 10.0)}
        """
        rows = zip(self.skills, self.mean, self.sd, strict=True)
        return {skill: (score_of_theta(mean), POINTS_PER_LOGIT * sd) for skill, mean, sd in rows}

    def covariance(self) -> Matrix:
        """Return the covariance of the skills, in squared logits."""
        places = range(len(self.skills))
        rho = self.correlation or tuple(tuple(float(i == j) for j in places) for i in places)
        return tuple(tuple(rho[i][j] * self.sd[i] * self.sd[j] for j in places) for i in places)


def profile_of_scores(scores: Mapping[str, tuple[float, float]]) -> Profile:
    """Read score (0 to 300) and sd in score points by skill as a profile.

    >>> profile_of_scores({"research": (200, 10)}).theta("research")
    (1.0, 0.2)
    """
    return Profile(
        skills=tuple(scores),
        mean=tuple(theta_of_score(score) for score, _ in scores.values()),
        sd=tuple(sd / POINTS_PER_LOGIT for _, sd in scores.values()),
    )


def profile_of_needs(needs: Mapping[str, Need]) -> Profile:
    """Read needs as a profile: the score is the mean, the range a central 90% interval.

    A skill that is not required has the score 0, so its mean is -3 logits, below any ability that is spoken.
    """
    rows = {skill: (float(need.score), (need.range[1] - need.range[0]) / RANGE_IN_SDS) for skill, need in needs.items()}
    return profile_of_scores(rows)


def subtract(minuend: Profile, subtrahend: Profile) -> Profile:
    """Return the distribution of the difference of two independent profiles over the same skills.

    Means subtract and covariances add. Raises `BadInput` when the skills or their order differ.

    >>> has = profile_of_scores({"research": (200, 30)})
    >>> gap = subtract(has, profile_of_scores({"research": (150, 40)}))
    >>> gap.theta("research")
    (1.0, 1.0)
    """
    if minuend.skills != subtrahend.skills:
        raise BadInput(
            "profiles over different skills cannot be compared", hint="give both the same skills in one order"
        )
    mean = tuple(a - b for a, b in zip(minuend.mean, subtrahend.mean, strict=True))
    if minuend.correlation is None and subtrahend.correlation is None:
        sd = tuple(sqrt(a * a + b * b) for a, b in zip(minuend.sd, subtrahend.sd, strict=True))
        return Profile(skills=minuend.skills, mean=mean, sd=sd)
    rows = zip(minuend.covariance(), subtrahend.covariance(), strict=True)
    covariance = tuple(tuple(a + b for a, b in zip(one, other, strict=True)) for one, other in rows)
    sd = tuple(sqrt(covariance[i][i]) for i in range(len(mean)))
    return Profile(skills=minuend.skills, mean=mean, sd=sd, correlation=_correlate(covariance, sd))


def _correlate(covariance: Matrix, sd: tuple[float, ...]) -> Matrix:
    places = range(len(sd))
    return tuple(
        tuple(1.0 if i == j else covariance[i][j] / (sd[i] * sd[j]) if sd[i] and sd[j] else 0.0 for j in places)
        for i in places
    )


def _check_correlation(correlation: Matrix, size: int) -> None:
    places = range(size)
    square = len(correlation) == size and all(len(row) == size for row in correlation)
    _demand("has a correlation of another size", holds=square)
    _demand(
        "has a correlation that is not finite",
        holds=all(isfinite(value) for row in correlation for value in row),
    )
    symmetric = all(abs(correlation[i][j] - correlation[j][i]) <= TOLERANCE for i in places for j in places)
    _demand("has a correlation that is not symmetric", holds=symmetric)
    _demand(
        "has a correlation without ones on its diagonal",
        holds=all(abs(correlation[i][i] - 1) <= TOLERANCE for i in places),
    )
    _demand("has a correlation that is not positive semi-definite", holds=_is_positive_semidefinite(correlation))


def _is_positive_semidefinite(matrix: Matrix) -> bool:
    """Eliminate by Gauss with symmetric pivots; a negative pivot, or a zero one with a rest, says no."""
    rest = [list(row) for row in matrix]
    while rest:
        best = max(range(len(rest)), key=lambda i: rest[i][i])
        pivot = rest[best][best]
        if pivot <= TOLERANCE:
            return all(abs(value) <= sqrt(TOLERANCE) for row in rest for value in row) and pivot >= -TOLERANCE
        others = [i for i in range(len(rest)) if i != best]
        rest = [[rest[i][j] - rest[i][best] * rest[best][j] / pivot for j in others] for i in others]
    return True


def _demand(what: str, *, holds: bool) -> None:
    if not holds:
        raise BadInput(f"the profile {what}", hint="a profile is one mean and one sd >= 0 a skill, in logits")
