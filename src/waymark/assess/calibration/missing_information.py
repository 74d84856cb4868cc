"""Missing information: what is lost since abilities are not seen, the sum over people of Cov(score | answers).

Louis 1982: observed information = expected complete information - missing information, where the score is the
derivative of the complete-data log-likelihood. Scores depend on ability smoothly, so a person's covariance is the sum
of squares of their first few coefficients on polynomials orthonormal under his posterior (Parseval); the coefficient on
the constant is the expected score itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from waymark.assess.calibration.expecting import Crowd, choose_prior, cut, weigh
from waymark.assess.calibration.families import Model
from waymark.assess.items import Floats, Ints
from waymark.assess.responses import Incidence

_CELLS: Final = 4_000_000
_FEW_CELLS: Final = 1 << 20
_DEGREES: Final = 20
_NEGLIGIBLE: Final = 1e-8


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where parameters stand: `number` (J, P) is the place of each in the information matrix, -1 where it is known.

    A common slope has one place for all items. Mean and log sd of each of the `groups` follow the items.
    """

    number: Ints
    shared: bool
    first_group: int
    groups: Ints

    @property
    def size(self) -> int:
        """Number of parameters."""
        return self.first_group + 2 * len(self.groups)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that is known of people at the end: `table` (J, M, Q) of log probabilities, `log_prior` of the nodes.

    `score` (J, P, M, Q) is the derivative of log P in each parameter, `group_score` (G, 2, Q) that of a group's
    density in its mean and log sd.
    """

    crowd: Crowd
    table: Floats
    score: Floats
    theta: Floats
    log_prior: Floats
    group_score: Floats


def lay_out(model: Model, free: NDArray[np.bool_], *, moving: NDArray[np.bool_]) -> Layout:
    """Give a number to the free parameters (J, P), then to mean and log sd of every group that is moving (G,)."""
    number = np.full(free.shape, -1, dtype=np.int64)
    own = free.copy()
    shared = model.common and bool(free[:, 0].any())
    if shared:
        number[free[:, 0], 0] = 0
        own[:, 0] = False
    number[own] = int(shared) + np.arange(int(own.sum()))
    first = int(shared) + int(own.sum())
    return Layout(number=number, shared=shared, first_group=first, groups=np.flatnonzero(moving))


def multiply_scores(evidence: Evidence, layout: Layout, *, expected: bool) -> Floats:
    """Return the missing information (size, size), or with `expected` the sum of products of expected scores.

    The latter estimates the observed information itself where people are many beside parameters.
    """
    total = np.zeros((layout.size, layout.size))
    for _, block, group, weight in _walk(evidence, layout.size):
        for degree, part in enumerate(_polynomials(weight, evidence.theta)):
            if (degree == 0) != expected:
                if expected:
                    break
                continue
            found = _project(evidence, layout, block, part, group)
            product = found.T @ found
            total += product
            if expected or (np.diag(product) <= _NEGLIGIBLE * np.diag(total)).all():
                break
    return total


def _walk(evidence: Evidence, size: int) -> Iterator[tuple[slice, Incidence, Ints, Floats]]:
    """Yield people in blocks with their operator, groups and posteriors, few enough for `size` numbers a person."""
    crowd = evidence.crowd
    for number, whole in enumerate(crowd.blocks):
        weight, _ = weigh(whole, evidence.table, choose_prior(crowd, evidence.log_prior, number))
        start, few = int(crowd.starts[number]), max(1, _CELLS // max(size, 1))
        for first in range(0, whole.people, few):
            last = min(first + few, whole.people)
            people = slice(start + first, start + last)
            yield people, cut(whole, first, last), crowd.group[people], weight[first:last]


def _polynomials(weight: Floats, theta: Floats) -> Iterator[Floats]:
    """Yield weight x polynomial of degree 0, 1, ..., orthonormal under each row of weights (Stieltjes' recurrence)."""
    before, now = np.zeros_like(weight), np.ones_like(weight)
    last = np.zeros((len(weight), 1))
    for _ in range(min(_DEGREES, len(theta))):
        part = weight * now
        yield part
        centre = np.einsum("nq,nq,q->n", part, now, theta)[:, None]
        following = (theta - centre) * now - last * before
        last = np.sqrt(np.einsum("nq,nq,nq->n", weight, following, following))[:, None]
        before, now = now, np.where(last > 1e-10, following / np.maximum(last, 1e-10), 0.0)


def _project(evidence: Evidence, layout: Layout, block: Incidence, part: Floats, group: Ints) -> Floats:
    """Return sum_q part_q score_q of every person and parameter, shape (N, size)."""
    item, parameter = np.nonzero(layout.number >= 0)
    own = np.zeros((block.people, len(item)))
    for category in range(evidence.table.shape[1]):
        seen = list_seen(block, category, evidence.table.shape[1])
        own += (part @ evidence.score[item, parameter, category].T) * seen[:, item]
    found = np.zeros((block.people, layout.size))
    place = layout.number[item, parameter]
    if layout.shared:
        found[:, 0] = own[:, place == 0].sum(axis=1)
        found[:, place[place > 0]] = own[:, place > 0]
    else:
        found[:, place] = own
    for number, one in enumerate(layout.groups):
        rows = group == one
        first = layout.first_group + 2 * number
        found[rows, first : first + 2] = part[rows] @ evidence.group_score[one].T
    return found


def list_seen(block: Incidence, category: int, width: int) -> NDArray[np.bool_]:
    """Return who answered which item in the category, shape (N, J)."""
    if block.matrix is not None:
        there: NDArray[np.bool_] = block.matrix == category
        return there
    found: NDArray[np.bool_] = block.table[:, category::width].toarray() > 0
    return found


def miss_by_item(evidence: Evidence, counts: Floats) -> Floats:
    """Return the missing information of each item alone, shape (J, P, P), the others being taken as known."""
    score = evidence.score
    size, width = score.shape[1:3]
    total = np.empty((len(score), size, size))
    for one, other in np.ndindex(size, size):
        total[:, one, other] = np.einsum("jmq,jmq,jmq->j", counts, score[:, one], score[:, other])
    step = max(1, _FEW_CELLS // (size * len(evidence.theta)))
    for _, block, _, weight in _walk(evidence, 1):
        person, row = _list_answers(block)
        for first in range(0, len(row), step):
            who, item, category = person[first : first + step], *np.divmod(row[first : first + step], width)
            told = np.einsum("nq,npq->np", weight[who], score[item, :, category])
            for one, other in np.ndindex(size, size):
                product = told[:, one] * told[:, other]
                total[:, one, other] -= np.bincount(item, weights=product, minlength=len(score))
    return total


def _list_answers(block: Incidence) -> tuple[Ints, Ints]:
    """Return person and row of the table of every answer of a block."""
    if block.matrix is None:
        return np.repeat(np.arange(block.people), np.diff(block.table.indptr)), block.table.indices
    person, item = np.nonzero(block.matrix >= 0)
    return person, item * int(block.categories[0]) + block.matrix[person, item]
