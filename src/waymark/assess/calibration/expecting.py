"""Expecting: the E-step, how many people of each ability gave each answer."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from scipy import sparse

from waymark.assess.calibration.families import Model, log_probabilities
from waymark.assess.items import Floats, Ints
from waymark.assess.responses import Incidence, Responses, make_incidence

_CELLS: Final = 1_000_000  # posterior weights at a time: 8 MB
_FINER: Final = 256.0  # log probabilities are kept to 2^-32 where `gather` rounds to 2^-24


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """The answers of N people as operators on blocks of people, with the group (N,) of each."""

    people: int
    group: Ints
    blocks: tuple[Incidence, ...]
    starts: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """Expected numbers of people: `counts` (J, M, Q) by item, category and node, `density` (G, Q) by group and node.

    `log_likelihood` is that of the parameters which they were expected under. `doubt` (J, M), where it was asked for,
    sums the posterior variances of the people in each category.
    """

    counts: Floats
    density: Floats
    log_likelihood: float
    doubt: Floats | None = None


def make_crowd(responses: Responses, *, categories: Ints, group: Ints | None = None, nodes: int = 61) -> Crowd:
    """Cut people into blocks whose posteriors on `nodes` nodes fit the cache.

    All items are given as many rows as the largest of `categories` (J,), so that tables are of shape (J, M, Q).
    """
    wide = np.full(len(categories), categories.max())
    whole = make_incidence(responses, categories=wide)
    size = max(1, _CELLS // nodes, whole.rows)  # no block is smaller than the table that each goes through
    starts: Ints = np.arange(0, responses.people, size)
    blocks = tuple(cut(whole, int(first), int(min(first + size, responses.people))) for first in starts)
    groups = np.zeros(responses.people, dtype=np.int64) if group is None else group
    return Crowd(people=responses.people, group=groups, blocks=blocks, starts=np.append(starts, responses.people))


def cut(whole: Incidence, first: int, last: int) -> Incidence:
    """Return the operator of the people from `first` to `last`."""
    if whole.matrix is not None:
        return replace(whole, people=last - first, matrix=whole.matrix[first:last])
    held, start = whole.table, whole.table.indptr
    part = slice(start[first], start[last])
    parts = (held.data[part], held.indices[part], start[first : last + 1] - start[first])  # views, not copies
    return replace(whole, people=last - first, table=sparse.csr_array(parts, shape=(last - first, held.shape[1])))


def weigh(block: Incidence, table: Floats, log_prior: Floats) -> tuple[Floats, Floats]:
    """Return posterior weights (N, Q) of the people of a block and the log-likelihood (N,) of each.

    `table` (J, M, Q) are log probabilities, `log_prior` (Q,) or (N, Q) log weights of the nodes.
    """
    return _weigh_finely(block, table * _FINER, log_prior)


def _weigh_finely(block: Incidence, table: Floats, log_prior: Floats) -> tuple[Floats, Floats]:
    """Do as `weigh` with a table that was multiplied beforehand."""
    level = block.gather(table.reshape(-1, table.shape[-1]))
    level *= 1.0 / _FINER
    level += log_prior
    top = level.max(axis=1)
    level -= top[:, None]
    weight = np.exp(level, out=level)
    total = weight.sum(axis=1)
    weight /= total[:, None]
    return weight, top + np.log(total)


def choose_prior(crowd: Crowd, log_prior: Floats, number: int) -> Floats:
    """Return the log prior of the people of a block, from one a person (N, Q), a group (G, Q) or for all (Q,)."""
    people = slice(int(crowd.starts[number]), int(crowd.starts[number + 1]))
    if log_prior.ndim == 1:
        return log_prior
    if len(log_prior) == crowd.people and len(log_prior) > 1:
        return log_prior[people]
    if len(log_prior) == 1:
        return np.asarray(log_prior[0])
    return np.asarray(log_prior[crowd.group[people]])


def expect(
    crowd: Crowd, model: Model, x: Floats, theta: Floats, log_prior: Floats, *, doubts: bool = False
) -> Expected:
    """Return expected counts under natural parameters x (J, P) and log weights of the nodes.

    `log_prior` has shape (Q,), (G, Q) for groups or (N, Q) for priors of each person's own. With `doubts`, sum people's
    posterior variances too.
    """
    table = log_probabilities(model, x, theta)
    table *= _FINER
    counts, doubt = np.zeros((table[:, :, 0].size, len(theta))), np.zeros((table[:, :, 0].size, 1))
    density = np.zeros((int(crowd.group.max()) + 1, len(theta)))
    found = np.empty(crowd.people)
    for number, block in enumerate(crowd.blocks):
        people = slice(int(crowd.starts[number]), int(crowd.starts[number + 1]))
        weight, found[people] = _weigh_finely(block, table, choose_prior(crowd, log_prior, number))
        counts += block.spread(weight)
        if doubts:
            mean = np.einsum("nq,q->n", weight, theta)
            doubt += block.spread((np.einsum("nq,q->n", weight, theta * theta) - mean * mean)[:, None])
        group = crowd.group[people]
        for one in range(len(density)):
            density[one] += weight.sum(axis=0) if len(density) == 1 else weight[group == one].sum(axis=0)
    return Expected(
        counts=counts.reshape(table.shape),
        density=density,
        log_likelihood=float(found.sum()),
        doubt=doubt.reshape(table.shape[:2]) if doubts else None,
    )
