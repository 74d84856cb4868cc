"""Polishing: items of several correlated skills estimated together, from where one skill at a time led.

EM in which the posterior of each skill is that of expectation propagation: what the other skills say of a person is
his own normal prior (the cavity), under which each skill takes a step of its own; the correlation is that of the joint
posterior. Each step also refits the sites once. With maximum likelihood the population is let free and rescaled to
the standard one after each step (parameter-expanded EM; Liu, Rubin & Wu 1998); Anderson's mixing speeds the rest.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Final, NamedTuple

import numpy as np

from waymark.assess.ability.propagation import Sites, propagate
from waymark.assess.calibration.accelerating import find_fixed_point
from waymark.assess.calibration.believing import make_prior
from waymark.assess.calibration.estimating import Solution, State, Task, Track, pack, unpack
from waymark.assess.calibration.expecting import Crowd, expect, make_crowd
from waymark.assess.calibration.families import (
    PARTIAL,
    Model,
    coordinate,
    log_probabilities,
    naturalise,
    score_coordinates,
)
from waymark.assess.calibration.maximising import maximise
from waymark.assess.calibration.missing_information import Evidence, lay_out, miss_by_item, multiply_scores
from waymark.assess.calibration.observed_information import (
    BY_ITEM,
    PRODUCTS,
    Ending,
    Errors,
    choose_method,
    complete_information,
    fill,
    settle,
    settle_by_item,
)
from waymark.assess.calibration.populations import spread_normal
from waymark.assess.calibration.preparing import Study
from waymark.assess.items import Floats

TOLERANCE: Final = 1e-4
ITERATIONS: Final = 300
SETTLED: Final = 1e-5  # change of a mean within a step; sites are kept from step to step
_CLOSEST: Final = 0.995  # correlations beyond are taken back: the prior would be singular


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One skill: its task and its answers."""

    task: Task
    crowd: Crowd


@dataclass(frozen=True, slots=True, kw_only=True)
class Polished:
    """The end of a joint estimation: states of the skills, correlation (K, K), and what others say of each (N, K)."""

    states: tuple[State, ...]
    correlation: Floats
    theta: Floats
    cavity_mean: Floats
    cavity_variance: Floats
    log_likelihood: float
    iterations: int
    converged: bool


class _Expected(NamedTuple):
    """What one E-step gives: counts K x (J, M, Q), moments of abilities, cavities (N, K), log-likelihood."""

    counts: tuple[Floats, ...]
    mean: Floats
    covariance: Floats
    cavity_mean: Floats
    cavity_variance: Floats
    log_likelihood: float


def polish(studies: Sequence[Study], solutions: Sequence[Solution], *, track: Track | None = None) -> Polished:
    """Estimate all skills together; beliefs about items stay as they were learned skill by skill."""
    theta = max((solution.theta for solution in solutions), key=len)
    states = tuple(
        State(y=one.state.y, mean=one.state.mean, sd=one.state.sd, beliefs=one.state.beliefs) for one in solutions
    )
    parts = [_make_part(study, nodes=2 * len(theta) * len(studies)) for study in studies]
    sites, correlation = begin_sites(parts, states, theta)
    number = count(1)
    reached: list[tuple[Floats, _Expected]] = []

    def step(packed: Floats) -> tuple[Floats, float]:
        following, value, expected = _advance(parts, packed, states, theta, sites)
        reached[:] = [(packed, expected)]
        if track is not None:
            track(next(number), value)
        return following, value

    start = _pack(parts, states, correlation)
    point = find_fixed_point(step, start, tolerance=TOLERANCE, iterations=ITERATIONS)
    found, correlation = _unpack(parts, point.point, states)
    packed, last = reached[0]
    if not np.array_equal(packed, point.point):  # the last step was taken back
        last = _expect(parts, found, correlation, theta, sites, tolerance=SETTLED)
    return Polished(
        states=found,
        correlation=correlation,
        theta=theta,
        cavity_mean=last.cavity_mean,
        cavity_variance=last.cavity_variance,
        log_likelihood=last.log_likelihood,
        iterations=point.iterations,
        converged=point.converged,
    )


def _make_part(study: Study, *, nodes: int) -> Part:
    task = replace(study.task, priors=replace(study.task.priors, learn=False))
    return Part(task=task, crowd=make_crowd(study.answers, categories=task.model.categories, nodes=nodes))


def begin_sites(parts: list[Part], states: tuple[State, ...], theta: Floats) -> tuple[Sites, Floats]:
    """Return sites from each skill on its own, and the correlation of abilities freed of error (Spearman 1904)."""
    people, skills = parts[0].crowd.people, len(parts)
    sites = Sites(np.zeros((people, skills)), np.zeros((people, skills)))
    _expect(parts, states, np.eye(skills), theta, sites, tolerance=np.inf)
    variance = np.array([state.sd[0] ** 2 for state in states])
    precision = sites.tau + 1.0 / variance
    estimate = (sites.nu + np.array([state.mean[0] for state in states]) / variance) / precision
    share = np.clip(1.0 - (1.0 / precision).mean(axis=0) / variance, 0.05, 1.0)
    shrunk = share * np.sqrt(variance)
    related = np.cov(estimate.T) / np.outer(shrunk, shrunk)
    np.fill_diagonal(related, 1.0)
    return sites, mend_correlation(related)


def mend_correlation(related: Floats) -> Floats:
    """Return a correlation near the one given: entries inside -1 to 1, eigenvalues above zero, a diagonal of ones."""
    bounded = np.clip(related, -_CLOSEST, _CLOSEST)
    np.fill_diagonal(bounded, 1.0)
    values, vectors = np.linalg.eigh(bounded)
    least = 1.0 - _CLOSEST
    if values[0] >= least:
        return bounded
    found = (vectors * np.maximum(values, least)) @ vectors.T
    scale = np.sqrt(np.diag(found))
    mended: Floats = found / np.outer(scale, scale)
    return mended


def _pack(parts: list[Part], states: tuple[State, ...], correlation: Floats) -> Floats:
    own = [pack(part.task, state) for part, state in zip(parts, states, strict=True)]
    return np.concatenate([*own, np.arctanh(correlation[np.triu_indices(len(parts), 1)])])


def _unpack(parts: list[Part], packed: Floats, like: tuple[State, ...]) -> tuple[tuple[State, ...], Floats]:
    states, first = [], 0
    for part, state in zip(parts, like, strict=True):
        size = len(pack(part.task, state))
        states.append(unpack(part.task, packed[first : first + size], state))
        first += size
    correlation = np.eye(len(parts))
    upper = np.triu_indices(len(parts), 1)
    correlation[upper] = np.tanh(packed[first:])
    return tuple(states), mend_correlation(correlation + correlation.T - np.eye(len(parts)))


def _advance(
    parts: list[Part], packed: Floats, like: tuple[State, ...], theta: Floats, sites: Sites
) -> tuple[Floats, float, _Expected]:
    """Take one step of EM from a packed state; return the next, and objective and expectations at the one given."""
    states, correlation = _unpack(parts, packed, like)
    found = _expect(parts, states, correlation, theta, sites, tolerance=SETTLED)
    spread = np.sqrt(np.diag(found.covariance))
    value, following = found.log_likelihood, []
    for skill, (part, state) in enumerate(zip(parts, states, strict=True)):
        stepped, log_prior = _maximise(part.task, state, found.counts[skill], theta)
        value += log_prior
        following.append(_rescale(part.task, stepped, float(found.mean[skill]), float(spread[skill])))
    related = mend_correlation(found.covariance / np.outer(spread, spread))
    return _pack(parts, tuple(following), related), value, found


def _expect(
    parts: list[Part], states: tuple[State, ...], correlation: Floats, theta: Floats, sites: Sites, *, tolerance: float
) -> _Expected:
    """Return expected counts under the joint posterior of everybody, refitting the sites."""
    people, skills = sites.tau.shape
    mean, sd = (np.array([getattr(state, name)[0] for state in states]) for name in ("mean", "sd"))
    covariance = correlation * np.outer(sd, sd)
    tables = [
        log_probabilities(part.task.model, naturalise(part.task.model, state.y), theta)
        for part, state in zip(parts, states, strict=True)
    ]
    rows = [table.reshape(-1, len(theta)) for table in tables]
    counts = [np.zeros(part.shape) for part in rows]
    cavities = np.empty((2, people, skills))
    total, products, value = np.zeros(skills), np.zeros((skills, skills)), 0.0
    for number in range(len(parts[0].crowd.blocks)):
        some = slice(int(parts[0].crowd.starts[number]), int(parts[0].crowd.starts[number + 1]))
        logs = [part.crowd.blocks[number].gather(table) for part, table in zip(parts, rows, strict=True)]
        own = Sites(sites.tau[some], sites.nu[some])
        before = np.broadcast_to(mean, own.tau.shape)
        joint = propagate(logs, theta, mean=before, covariance=covariance, sites=own, tolerance=tolerance)
        for skill, part in enumerate(parts):
            counts[skill] += part.crowd.blocks[number].spread(joint.marginals[skill])
        cavities[0, some], cavities[1, some] = joint.cavity_mean, joint.cavity_variance
        total += joint.mean.sum(axis=0)
        products += joint.covariance.sum(axis=0) + joint.mean.T @ joint.mean
        value += float(joint.evidence.sum())
    centre = total / people
    return _Expected(
        tuple(part.reshape(table.shape) for part, table in zip(counts, tables, strict=True)),
        centre,
        products / people - np.outer(centre, centre),
        cavities[0],
        cavities[1],
        value,
    )


def _maximise(task: Task, state: State, counts: Floats, theta: Floats) -> tuple[State, float]:
    """Return the state after the M-step of one skill, and the log prior at the state before."""
    prior = make_prior(task.model, state.beliefs, priors=task.priors, design=task.design)
    y, _ = maximise(task.model, state.y, counts, theta, prior=prior, free=task.free)
    told = task.free & (prior.precision > 0)
    off = (state.y - prior.mean)[told]
    return replace(state, y=y), float((-0.5 * prior.precision[told] * off * off).sum())


def _rescale(task: Task, state: State, mean: float, sd: float) -> State:
    """Give the population's mean and sd to the group where they are estimated, else to the items under ML."""
    if task.moving[0]:
        return replace(state, mean=np.array([mean]), sd=np.array([sd]))
    if state.beliefs is not None or not task.free[:, :2].all():
        return state
    return replace(state, y=coordinate(task.model, move_scale(task.model, naturalise(task.model, state.y), mean, sd)))


def move_scale(model: Model, x: Floats, mean: float, sd: float) -> Floats:
    """Return natural parameters (J, P) for abilities (theta - mean) / sd in place of theta."""
    found = x.copy()
    steps = np.arange(1, model.width) if model.family == PARTIAL else np.ones(model.width - 1)
    last = model.width
    found[:, 1:last] += np.where(model.lacking[:, 1:], 0.0, x[:, :1] * mean * steps)
    found[:, 0] *= sd
    return found


def find_joint_errors(study: Study, polished: Polished, skill: int) -> Errors:
    """Return the standard errors of one skill's items: observed information (Louis 1982) under everybody's cavity.

    What the other skills say of a person counts as known, so that errors of other skills' items and of the correlation
    do not carry over.
    """
    task, state, theta = study.task, polished.states[skill], polished.theta
    model, x = task.model, naturalise(task.model, state.y)
    still = np.zeros(1, dtype=bool)
    prior = make_prior(model, state.beliefs, priors=task.priors, design=task.design)
    ending = Ending(
        model=model, y=state.y, free=task.free, mean=state.mean, sd=state.sd, moving=still, theta=theta, prior=prior
    )
    crowd = make_crowd(study.answers, categories=model.categories, nodes=len(theta))
    mean, variance = polished.cavity_mean[:, skill], polished.cavity_variance[:, skill]
    log_prior = spread_normal(theta, mean=mean, sd=np.sqrt(variance))
    evidence = Evidence(
        crowd=crowd,
        table=log_probabilities(model, x, theta),
        score=score_coordinates(model, x, theta),
        theta=theta,
        log_prior=log_prior,
        group_score=np.zeros((1, 2, len(theta))),
    )
    counts = expect(crowd, model, x, theta, log_prior).counts
    complete, layout = complete_information(ending, counts), lay_out(model, task.free, moving=still)
    method = choose_method(layout.size, crowd.people)
    if method == BY_ITEM:
        return settle_by_item(ending, complete - miss_by_item(evidence, counts))
    if method == PRODUCTS:
        precision = prior.precision[:, :, None] * np.eye(model.parameters)
        whole = multiply_scores(evidence, layout, expected=True) + fill(layout, precision, None)
    else:
        whole = fill(layout, complete, None) - multiply_scores(evidence, layout, expected=False)
    return settle(ending, layout, whole, method)
