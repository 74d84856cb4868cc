"""Joint posteriors of several skills: blocks of people, on grids fine and wide enough for everybody in the block."""

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from waymark.assess.ability.likelihoods import add_logs, tabulate_curves
from waymark.assess.ability.posteriors import lay_posteriors
from waymark.assess.ability.propagation import Joint, propagate
from waymark.assess.grids import FINENESS, NODES, plan_grids
from waymark.assess.items import Floats, Ints, Items, take_items
from waymark.assess.responses import Responses, take_columns, take_people
from waymark.errors import BadInput

_CELLS: Final = 1 << 19  # people times skills times nodes held at a time


class Prior(NamedTuple):
    """What is believed of N people before any answer: mean (N, K), covariance (K, K) or one a person (N, K, K)."""

    mean: Floats
    covariance: Floats


class Block(NamedTuple):
    """Some people: their numbers (n,), the grid (Q,), log-likelihoods of K skills (n, Q), prior and joint posterior."""

    people: Ints
    theta: Floats
    logs: tuple[Floats, ...]
    prior: Prior
    joint: Joint


def make_prior(mean: ArrayLike, sd: ArrayLike, correlation: Floats | None, *, people: int, skills: int) -> Prior:
    """Make the prior of N people on K skills.

    `mean` and `sd` are one number, one a skill (K,), one a person (N,) where there is one skill, or (N, K).
    Raise BadInput for shapes that do not fit, or what is no distribution.
    """
    means, sds = _fit(mean, "mean", people, skills), _fit(sd, "sd", people, skills)
    related = np.eye(skills) if correlation is None else np.asarray(correlation, dtype=float)
    if related.shape != (skills, skills):
        raise BadInput(f"a correlation of shape {related.shape} for {skills} skills", hint="give one row a skill")
    right = np.isfinite(means).all() and np.isfinite(sds).all() and (sds > 0).all() and np.isfinite(related).all()
    if not right or not np.allclose(related, related.T) or np.linalg.eigvalsh(related)[0] <= 0:
        raise BadInput(
            "a prior that is no distribution",
            hint="give finite means, sds above 0 and a positive definite correlation",
        )
    one = sds[:1] if (sds == sds[:1]).all() else sds
    covariance = one[:, :, None] * related * one[:, None, :]
    return Prior(means, covariance[0] if len(one) == 1 else covariance)


def _fit(value: ArrayLike, name: str, people: int, skills: int) -> Floats:
    given = np.asarray(value, dtype=float)
    if skills == 1 and given.shape == (people,):
        given = given[:, None]
    if given.shape not in {(), (1,), (skills,), (people, skills)}:
        raise BadInput(
            f"a prior {name} of shape {given.shape} for {people} people and {skills} skills",
            hint="give one number, one a skill, or a row a person",
        )
    return np.broadcast_to(given, (people, skills))


def take_prior(prior: Prior, people: Ints) -> Prior:
    """Return the prior of some of the people."""
    return Prior(prior.mean[people], prior.covariance if prior.covariance.ndim == 2 else prior.covariance[people])


def spread_of(prior: Prior) -> Floats:
    """Return the prior sds, (N, K)."""
    found: Floats = np.sqrt(np.diagonal(prior.covariance, axis1=-2, axis2=-1))
    return np.broadcast_to(found, prior.mean.shape)


def lay_joints(
    responses: Responses, items: Items, *, prior: Prior, nodes: int = NODES, fineness: float = FINENESS
) -> Iterator[Block]:
    """Yield the joint posteriors of all people, each person once, in blocks, on grids as of `lay_posteriors`."""
    columns = tuple(np.flatnonzero(items.skill == skill) for skill in range(len(items.skills)))
    for grid in plan_grids(prior.mean, spread_of(prior), nodes=nodes, size=_CELLS // len(columns)):
        tables = [tabulate_curves(take_items(items, part), grid.theta) for part in columns]
        for people in grid.blocks():
            own = take_people(responses, people)
            logs = tuple(
                add_logs(take_columns(own, part), table, grid.theta)
                for part, table in zip(columns, tables, strict=True)
            )
            before = take_prior(prior, people)
            joint = propagate(logs, grid.theta, mean=before.mean, covariance=before.covariance)
            ends = np.max([part[:, [0, -1]] for part in joint.marginals], axis=(0, 2))
            sds = np.sqrt(np.diagonal(joint.covariance, axis1=1, axis2=2)).min(axis=1)
            fit = grid.judge(people, ends=ends, sd=sds / fineness)
            if fit.any():
                found = Block(people, grid.theta, logs, before, joint)
                yield found if fit.all() else take_block(found, np.flatnonzero(fit))


def lay_marginals(
    responses: Responses, items: Items, *, prior: Prior, nodes: int = NODES
) -> Iterator[tuple[Ints, Floats, tuple[Floats, ...]]]:
    """Yield people (n,), nodes (Q,) and each skill's posterior weights (n, Q), exact where there is one skill."""
    if len(items.skills) == 1:
        means, sds = prior.mean[:, 0], spread_of(prior)[:, 0]
        for one in lay_posteriors(responses, items, mean=means, sd=sds, nodes=nodes):
            yield one.people, one.theta, (one.weights,)
    else:
        for block in lay_joints(responses, items, prior=prior, nodes=nodes):
            yield block.people, block.theta, block.joint.marginals


def take_block(block: Block, rows: Ints) -> Block:
    """Return the people of the given rows of a block, in that order."""
    joint = block.joint
    return Block(
        block.people[rows],
        block.theta,
        tuple(part[rows] for part in block.logs),
        take_prior(block.prior, rows),
        Joint(
            joint.mean[rows],
            joint.covariance[rows],
            joint.cavity_mean[rows],
            joint.cavity_variance[rows],
            joint.evidence[rows],
            tuple(part[rows] for part in joint.marginals),
        ),
    )
