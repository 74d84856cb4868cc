"""Modes: where the posterior of K skills peaks (MAP), and Warm's weighted likelihood skill by skill (WLE)."""

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from waymark.assess.ability.joints import Prior, take_prior
from waymark.assess.derivatives import Slopes, differentiate_answers, differentiate_matrix
from waymark.assess.items import BINARY, Floats, Ints, Items, take_items
from waymark.assess.responses import Responses, as_list, take_columns, take_people

TOLERANCE: Final = 1e-8
ROUNDS: Final = 100
FARTHEST: Final = 30.0  # logits; no test tells abilities apart beyond
_CELLS: Final = 1 << 16  # answers at a time, so that they stay in the cache


class Peaks(NamedTuple):
    """Estimates (N, K) and their covariance (N, K, K)."""

    estimate: Floats
    covariance: Floats


def find_maxima(responses: Responses, items: Items, *, prior: Prior) -> Peaks:
    """Return the maximum of the posterior of each person.

    Fisher scoring with steps of at most one logit; the covariance returned is the inverse of the curvature there,
    with expected in place of observed information where the latter does not bend downwards.
    """
    estimate = prior.mean.copy()
    skills = estimate.shape[1]
    covariance, corner = np.empty((*estimate.shape, skills)), np.arange(skills)
    for people, own, known in _cut(responses, items):
        before = take_prior(prior, people)
        precision = np.linalg.inv(before.covariance).astype(float)
        estimate[people] = _climb(own, known, before, precision)
        slopes = _sum_slopes(own, known, estimate[people])
        curvature = np.broadcast_to(precision, covariance[people].shape).copy()
        curvature[:, corner, corner] += np.where(slopes.second < 0, -slopes.second, slopes.information)
        covariance[people] = np.linalg.inv(curvature)
    return Peaks(estimate, covariance)


def _climb(responses: Responses, items: Items, prior: Prior, precision: Floats) -> Floats:
    theta, corner = prior.mean.copy(), np.arange(prior.mean.shape[1])
    active = np.arange(len(theta))
    for _ in range(ROUNDS):
        slopes = _sum_slopes(take_people(responses, active), items, theta[active])
        own = precision if precision.ndim == 2 else precision[active]
        gradient = slopes.first - (own @ (theta[active] - prior.mean[active])[:, :, None])[:, :, 0]
        curvature = np.broadcast_to(own, (len(active), *own.shape[-2:])).copy()
        curvature[:, corner, corner] += slopes.information
        step = np.clip(np.linalg.solve(curvature, gradient[:, :, None])[:, :, 0], -1.0, 1.0)
        theta[active] += step
        active = active[np.abs(step).max(axis=1) >= TOLERANCE]
        if not len(active):
            break
    return theta


def find_unbiased(responses: Responses, items: Items) -> Peaks:
    """Return Warm's weighted likelihood estimate of each skill of each person, with 1 / information as variance.

    The root of l'(theta) + J(theta) / (2 I(theta)) (Warm 1989; Magis 2015 for items with steps): finite for people
    who have all right or all wrong. NaN, with infinite variance, where a skill has no answer.
    """
    shape = (responses.people, len(items.skills))
    estimate, variance = np.full(shape, np.nan), np.full(shape, np.inf)
    for people, own, known in _cut(responses, items):
        theta = _solve(own, known)
        information = _sum_slopes(own, known, theta).information
        there = information > 0
        estimate[people] = np.where(there, theta, np.nan)
        variance[people] = np.divide(1.0, information, out=np.full(theta.shape, np.inf), where=there)
    covariance = np.zeros((*shape, shape[1]))
    covariance[:, np.arange(shape[1]), np.arange(shape[1])] = variance
    return Peaks(estimate, covariance)


def _solve(responses: Responses, items: Items) -> Floats:
    """Find the root by secant steps, kept inside a bracket that every step narrows."""
    theta = np.zeros((responses.people, len(items.skills)))
    low, high = np.full(theta.shape, -FARTHEST), np.full(theta.shape, FARTHEST)
    before, rate = np.full(theta.shape, np.nan), np.zeros(theta.shape)
    active = np.arange(responses.people)
    for number in range(ROUNDS):
        now = theta[active]
        slopes = _sum_slopes(take_people(responses, active), items, now)
        information = np.maximum(slopes.information, 1e-12)
        pull = slopes.first + slopes.bend / (2 * information)
        low[active] = np.where(pull > 0, now, low[active])
        high[active] = np.where(pull > 0, high[active], now)
        steep = information if number == 0 else _fall(before[active], pull, rate[active], information)
        new = now + np.clip(pull / steep, -1.0, 1.0)
        inside = (new > low[active]) & (new < high[active])
        new = np.where(pull == 0, now, np.where(inside, new, (low[active] + high[active]) / 2))
        before[active], rate[active], theta[active] = pull, new - now, new
        active = active[(np.abs(new - now) * (slopes.information > 0)).max(axis=1) >= TOLERANCE]
        if not len(active):
            break
    return theta


def _fall(before: Floats, pull: Floats, step: Floats, information: Floats) -> Floats:
    """Return how fast the pull fell over the last step, or the information where that says nothing."""
    fall = np.divide(before - pull, step, out=np.zeros(step.shape), where=step != 0)
    return np.where(fall > 0.1 * information, fall, information)


def _sum_slopes(responses: Responses, items: Items, theta: Floats) -> Slopes:
    """Return the sums of the derivatives over each person's answers to each skill, (N, K) each."""
    people, skills = theta.shape
    if responses.matrix is not None and all(kind == BINARY for kind in items.kind):
        member = (items.skill[:, None] == np.arange(skills)).astype(float)
        return Slopes(*(part @ member for part in differentiate_matrix(items, responses.matrix, theta @ member.T)))
    person, item, score = as_list(responses)
    place = person * skills + items.skill[item]
    each = differentiate_answers(items, item, score, theta.ravel()[place])
    sums = [np.bincount(place, part, minlength=people * skills).astype(float).reshape(theta.shape) for part in each]
    return Slopes(*sums)


def _cut(responses: Responses, items: Items) -> Iterator[tuple[Ints, Responses, Items]]:
    """Yield blocks of people with their answers to the items that were estimated."""
    known: NDArray[np.bool_] = np.isfinite(items.a) & np.isfinite(items.b)
    columns = np.flatnonzero(known)
    kept = responses if known.all() else take_columns(responses, columns)
    own = items if known.all() else take_items(items, columns)
    size = max(1, _CELLS * responses.people // max(responses.seen, 1))
    for first in range(0, responses.people, size):
        people = np.arange(first, min(first + size, responses.people))
        yield people, take_people(kept, people), own
