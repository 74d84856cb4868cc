"""Refitting: slopes and locations of items from a batch of answers, each item with a normal prior of its own.

Posterior modes of (log a, b) by EM (Bock & Aitkin 1981; Mislevy 1986), whatever the kinds of the items: steps move
with their location, c and d count as known, items whose covariance is zero stay. Everything but the nodes is as in
`estimating`, which learns common priors and every parameter; here the prior of an item is what was known of it before.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from waymark.assess.calibration.accelerating import find_fixed_point
from waymark.assess.calibration.expecting import Crowd, choose_prior, make_crowd, weigh
from waymark.assess.calibration.populations import describe_spread, make_nodes, spread_normal
from waymark.assess.curves import TINY, probabilities
from waymark.assess.grouping import Groups
from waymark.assess.items import Floats, Items
from waymark.assess.responses import Responses, as_list
from waymark.assess.softening import find_uncertain

JOINT: Final = 3_000  # parameters up to which the information is inverted whole
_STEP: Final = 1e-4
_LARGEST: Final = 0.7  # of a Newton step
_CHUNK: Final = 100_000  # answers at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Refit:
    """Items at the mode, with the inverse information there as covariance.

    `information` (J, 2, 2) and `gradient` (J, 2) are what the answers alone say of (log a, b), other items and people
    as they are; `mean` and `sd` (G,) are those of the groups. `shared` (J, 2, 2) is the part of the covariance that
    comes from other items' errors; it is zero without `joint`, where items are too many to be inverted together.
    """

    items: Items
    information: Floats
    gradient: Floats
    shared: Floats
    mean: Floats
    sd: Floats
    log_likelihood: float
    iterations: int
    converged: bool
    joint: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """Items, `free` (J, 2) of whose parameters move, their prior `precision` (J, 2, 2), and the people."""

    items: Items
    free: NDArray[np.bool_]
    precision: Floats
    crowd: Crowd
    groups: Groups
    theta: Floats
    lacking: NDArray[np.bool_]

    @property
    def start(self) -> Floats:
        """Prior means (J, 2)."""
        return np.stack([np.log(np.where(self.items.a > 0, self.items.a, 1.0)), self.items.b], axis=1)


def refit(responses: Responses, items: Items, groups: Groups, *, nodes: int = 61) -> Refit:
    """Return the items' posterior modes after the answers, their stated posteriors being the prior.

    `items` are those of `responses`, in the same order; groups that are `moving` have a mean and sd of their own.
    """
    free = find_uncertain(items)[:, None] & (np.diagonal(items.covariance, axis1=1, axis2=2) > 0)
    count = len(groups.names)
    task = _Task(
        items=items,
        free=free,
        precision=_invert(items.covariance, free),
        crowd=make_crowd(responses, categories=items.categories, group=groups.number, nodes=nodes),
        groups=groups,
        theta=make_nodes(nodes, mean=np.zeros(count), sd=np.ones(count)),
        lacking=np.arange(int(items.categories.max())) >= items.categories[:, None],
    )
    point = find_fixed_point(
        lambda packed: _advance(task, packed), _pack(task, task.start, np.zeros(count), np.ones(count))
    )
    y, mean, sd = _unpack(task, point.point)
    log_prior = spread_normal(task.theta, mean=mean, sd=sd)
    scores = _score(task, responses, y, log_prior)
    information = _own_blocks(scores)
    joint = int(free.sum()) <= JOINT
    own = _invert(information + task.precision, free, inverted=True)
    covariance = _invert_jointly(task, scores) if joint else own
    return Refit(
        items=replace(
            _move(task, y),
            covariance=np.where(np.asarray(free.any(axis=1)).reshape(-1, 1, 1), covariance, items.covariance),
        ),
        information=information,
        gradient=np.asarray(scores.sum(axis=0)).reshape(-1, 2),
        shared=covariance - own,
        mean=mean,
        sd=sd,
        log_likelihood=_expect(task, _tabulate(task, y), log_prior)[2],
        iterations=point.iterations,
        converged=point.converged,
        joint=joint,
    )


def _invert(matrices: Floats, free: NDArray[np.bool_], *, inverted: bool = False) -> Floats:
    """Return inverses (J, 2, 2) of the free blocks, zero elsewhere."""
    both = free[:, :, None] & free[:, None, :]
    full = np.where(both, matrices, np.eye(2))
    if not inverted:  # a covariance may lack a direction: give every direction some width
        full = full + 1e-12 * np.eye(2)
    return np.where(both, np.linalg.inv(full), 0.0)


def _pack(task: _Task, y: Floats, mean: Floats, sd: Floats) -> Floats:
    moving = task.groups.moving
    return np.concatenate([y[task.free], mean[moving], np.log(sd[moving])])


def _unpack(task: _Task, packed: Floats) -> tuple[Floats, Floats, Floats]:
    y, moving = task.start, task.groups.moving
    size, count = int(task.free.sum()), int(moving.sum())
    y[task.free] = packed[:size]
    mean, sd = np.zeros(len(moving)), np.ones(len(moving))
    mean[moving], sd[moving] = packed[size : size + count], np.exp(packed[size + count :])
    return y, mean, sd


def _move(task: _Task, y: Floats) -> Items:
    """Return the items at coordinates y (J, 2); what lies at the start keeps its bits."""
    items = task.items
    moved = np.not_equal(y, task.start)
    return replace(
        items,
        a=np.where(moved[:, 0], np.exp(y[:, 0]), items.a),
        b=np.where(moved[:, 1], y[:, 1], items.b),
        steps=items.steps + (y[:, 1] - items.b)[:, None],
    )


def _tabulate(task: _Task, y: Floats) -> Floats:
    """Return log probabilities (J, M, Q), zero for categories that an item lacks."""
    table = np.zeros((*task.lacking.shape, len(task.theta)))
    table[~task.lacking] = np.log(np.maximum(probabilities(_move(task, y), task.theta), TINY))
    return table


def _slope(task: _Task, y: Floats) -> Floats:
    """Return the derivatives of the log probabilities in (log a, b), shape (2, J, M, Q), by central differences."""
    found = np.zeros((2, *task.lacking.shape, len(task.theta)))
    for axis in range(2):
        step = _STEP * np.eye(2)[axis]
        found[axis] = (_tabulate(task, y + step) - _tabulate(task, y - step)) / (2 * _STEP)
    return found


def _advance(task: _Task, packed: Floats) -> tuple[Floats, float]:
    """Take one step of EM; return the next point and the log posterior density at the one given."""
    y, mean, sd = _unpack(task, packed)
    log_prior = spread_normal(task.theta, mean=mean, sd=sd)
    counts, density, value = _expect(task, _tabulate(task, y), log_prior)
    off = y - task.start
    value -= 0.5 * float(np.einsum("jp,jpr,jr->", off, task.precision, off))
    people = counts.sum(axis=1, keepdims=True)
    for _ in range(2):
        slope = _slope(task, y)
        expected = people * np.where(task.lacking[:, :, None], 0.0, np.exp(_tabulate(task, y)))
        gradient = np.einsum("pjmq,jmq->jp", slope, counts) - np.einsum("jpr,jr->jp", task.precision, y - task.start)
        information = np.einsum("pjmq,jmq,rjmq->jpr", slope, expected, slope) + task.precision
        y = y + np.clip(
            np.einsum("jpr,jr->jp", _invert(information, task.free, inverted=True), gradient), -_LARGEST, _LARGEST
        )
    found = describe_spread(density, task.theta)
    moving = task.groups.moving
    return _pack(task, y, np.where(moving, found[0], mean), np.where(moving, found[1], sd)), value


def _expect(task: _Task, table: Floats, log_prior: Floats) -> tuple[Floats, Floats, float]:
    """Return expected counts (J, M, Q), people by group and node (G, Q), and the log-likelihood."""
    crowd = task.crowd
    counts = np.zeros((task.lacking.size, len(task.theta)))
    density, value = np.zeros((len(task.groups.names), len(task.theta))), 0.0
    for number, block in enumerate(crowd.blocks):
        weight, level = weigh(block, table, choose_prior(crowd, log_prior, number))
        counts += block.spread(weight)
        group = crowd.group[int(crowd.starts[number]) : int(crowd.starts[number + 1])]
        for one in range(len(density)):
            density[one] += weight[group == one].sum(axis=0)
        value += float(level.sum())
    return counts.reshape(*task.lacking.shape, -1), density, value


def _score(task: _Task, responses: Responses, y: Floats, log_prior: Floats) -> sparse.csr_array:
    """Return the derivatives of every person's log-likelihood, (N, 2 J): posterior means of those given ability."""
    table, slope = _tabulate(task, y), _slope(task, y)
    person, item, score = as_list(responses)
    found = np.empty((len(person), 2))
    for number, block in enumerate(task.crowd.blocks):
        first, last = int(task.crowd.starts[number]), int(task.crowd.starts[number + 1])
        weight, _ = weigh(block, table, choose_prior(task.crowd, log_prior, number))
        begin, end = np.searchsorted(person, [first, last])
        for start in range(int(begin), int(end), _CHUNK):
            rows = slice(start, min(start + _CHUNK, int(end)))
            own = weight[person[rows] - first]
            for axis in range(2):
                found[rows, axis] = np.einsum("nq,nq->n", own, slope[axis][item[rows], score[rows]])
    column = np.stack([2 * item, 2 * item + 1], axis=1)
    shape = (responses.people, 2 * len(task.items))
    return sparse.csr_array((found.ravel(), (np.repeat(person, 2), column.ravel())), shape=shape)


def _own_blocks(scores: sparse.csr_array) -> Floats:
    """Return the cross-products of the scores of each item's own two parameters, (J, 2, 2)."""
    even, odd = scores[:, ::2], scores[:, 1::2]
    first, second = even.multiply(even).sum(axis=0), odd.multiply(odd).sum(axis=0)
    cross = even.multiply(odd).sum(axis=0)
    return np.stack([np.stack([first, cross], axis=1), np.stack([cross, second], axis=1)], axis=1)


def _invert_jointly(task: _Task, scores: sparse.csr_array) -> Floats:
    """Return blocks (J, 2, 2) of the inverse of cross-products of scores (Berndt et al. 1974) plus prior precisions."""
    free = np.flatnonzero(task.free.ravel())
    size = task.free.size
    whole = np.zeros((size, size))
    whole[:] = (scores.T @ scores).toarray()
    rows = np.arange(len(task.items))
    for one in range(2):
        for other in range(2):
            whole[2 * rows + one, 2 * rows + other] += task.precision[:, one, other]
    inverse = np.zeros((size, size))
    inverse[np.ix_(free, free)] = np.linalg.inv(whole[np.ix_(free, free)])
    return np.stack(
        [np.stack([inverse[2 * rows + one, 2 * rows + other] for other in range(2)], axis=1) for one in range(2)],
        axis=1,
    )
