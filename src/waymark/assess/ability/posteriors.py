"""Posteriors of one skill: each person's distribution over a grid of abilities, fine and wide enough for everybody."""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import sici

from waymark.assess.ability.likelihoods import add_logs, tabulate_curves
from waymark.assess.grids import FINENESS, NODES, plan_grids
from waymark.assess.items import Floats, Ints, Items
from waymark.assess.responses import Responses, take_people
from waymark.errors import BadInput
from waymark.framework.scale import CUTS

_CELLS: Final = 1 << 19  # people times nodes held at a time


class Posterior(NamedTuple):
    """Posterior of some people: their numbers (n,), the grid (Q,), weights (n, Q) that sum to 1, log evidence (n,)."""

    people: Ints
    theta: Floats
    weights: Floats
    evidence: Floats


class Moments(NamedTuple):
    """Mean and sd of ability, and the probability of lying at or below each cut: (n,), (n,), (n, cuts)."""

    mean: Floats
    sd: Floats
    below: Floats


def lay_posteriors(
    responses: Responses,
    items: Items,
    *,
    mean: ArrayLike = 0.0,
    sd: ArrayLike = 1.0,
    nodes: int = NODES,
    fineness: float = FINENESS,
) -> Iterator[Posterior]:
    """Yield the posteriors of all people, each person once, in blocks.

    The prior is N(mean, sd^2), one for all or one a person. Equal spacing is halved for the people whose posterior sd
    is below `fineness` spacings: the trapezoid rule errs by exp(-2 pi^2 (sd / spacing)^2), 3e-9 at one spacing.
    People whose posterior runs into an end of the grid get one of twice the reach.
    """
    means, sds = fit_prior(mean, responses.people), fit_prior(sd, responses.people)
    if not (np.isfinite(means).all() and np.isfinite(sds).all() and (sds > 0).all()):
        raise BadInput("a prior that is no distribution", hint="give a finite mean and an sd above 0")
    for grid in plan_grids(means, sds, nodes=nodes, size=_CELLS):
        tables = tabulate_curves(items, grid.theta)
        for people in grid.blocks():
            logs = add_logs(take_people(responses, people), tables, grid.theta)
            found = weigh(people, grid.theta, logs, mean=means[people], sd=sds[people])
            ends = found.weights[:, [0, -1]].max(axis=1)
            fit = grid.judge(people, ends=ends, sd=find_spread(found.weights, found.theta) / fineness)
            if fit.any():
                yield _take(found, fit)


def fit_prior(value: ArrayLike, people: int) -> Floats:
    """Return a prior's mean or sd as one number a person, shape (N,)."""
    given = np.asarray(value, dtype=float)
    if given.ndim > 1 or (given.ndim == 1 and len(given) not in {1, people}):
        raise BadInput(f"a prior of shape {given.shape} for {people} people", hint="give one number, or one a person")
    return np.broadcast_to(given, (people,))


def weigh(people: Ints, theta: Floats, logs: Floats, *, mean: Floats, sd: Floats) -> Posterior:
    """Return the posterior of log-likelihoods (n, Q), which it overwrites, under priors N(mean, sd^2), each (n,)."""
    away = (theta - mean[:, None]) / sd[:, None]
    logs -= 0.5 * away * away
    top = logs.max(axis=1, keepdims=True)
    logs -= top
    weights = np.exp(logs, out=logs)
    weights[:, [0, -1]] *= 0.5
    total = weights.sum(axis=1, keepdims=True)
    weights /= total
    evidence = (top + np.log(total))[:, 0] - np.log(sd) + np.log((theta[1] - theta[0]) / np.sqrt(2 * np.pi))
    return Posterior(people, theta, weights, evidence)


def _take(posterior: Posterior, rows: NDArray[np.bool_]) -> Posterior:
    if rows.all():
        return posterior
    return Posterior(posterior.people[rows], posterior.theta, posterior.weights[rows], posterior.evidence[rows])


def find_spread(weights: Floats, theta: Floats) -> Floats:
    """Return the sd of distributions (n, Q) over the nodes."""
    return _root(weights @ np.stack([theta, theta * theta], axis=1))


def _root(raw: NDArray[Any]) -> Floats:
    found: Floats = np.sqrt(np.maximum(raw[:, 1] - raw[:, 0] ** 2, 0.0))
    return found


def summarise(posterior: Posterior) -> Moments:
    """Return mean, sd and probabilities below the cuts of the people of a block."""
    theta = posterior.theta
    raw = posterior.weights @ np.column_stack([theta, theta * theta, count_below(theta)])
    return Moments(raw[:, 0], _root(raw), np.clip(raw[:, 2:], 0.0, 1.0))


def count_below(theta: Floats, cuts: tuple[float, ...] = CUTS) -> Floats:
    """Return the part of every node's weight that lies at or below each cut, shape (Q, cuts).

    A density sampled on equal spacing h is the sum of w sin(pi x) / (pi x), x = (t - theta) / h, as closely as the
    rectangle rule gives its moments; integrated up to a cut that is 1/2 + Si(pi (cut - theta) / h) / pi.
    """
    away = (np.array(cuts) - theta[:, None]) / (theta[1] - theta[0])
    found: Floats = 0.5 + sici(np.pi * away)[0] / np.pi
    return found
