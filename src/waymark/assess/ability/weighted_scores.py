"""Weighted scores: where a person's posterior hangs on one number, table it once and look everybody up.

With complete binary answers to items without asymptotes the likelihood is exp(theta T - sum_j log(1 + exp(a_j (theta
- b_j)))) with T = sum_j a_j x_j (Birnbaum 1968): T is sufficient, and the posterior mean, variance and distribution
function are smooth functions of T whose derivatives are the next moments.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from waymark.assess.ability.posteriors import Moments, count_below
from waymark.assess.grids import CLIPPED, FINENESS, REACH, WIDEST
from waymark.assess.items import BINARY, Floats, Items
from waymark.assess.responses import round_binary
from waymark.assess.softening import find_uncertain

_NODES: Final = 401
_PEOPLE: Final = 2_048  # rows at a time, so that they stay in the cache
_CELL: Final = 0.1  # of T, in prior standard deviations: cubic steps then err by less than 1e-7
_CELLS: Final = (64, 4_096)


def has_weighted_score(items: Items) -> bool:
    """Tell whether T = sum of a over the right answers is sufficient: known 1PL or 2PL items without testlets."""
    return bool(
        all(kind == BINARY for kind in items.kind)
        and (items.c == 0).all()
        and (items.d == 1).all()
        and np.isfinite(items.a + items.b).all()
        and not find_uncertain(items).any()
        and (items.testlet < 0).all()
    )


def add_weights(matrix: NDArray[Any], weights: Floats) -> Floats | None:
    """Return T (N,) of a complete 0/1 matrix, or None where a cell is something else.

    The weights are rounded to 2^-24, so that T is exact in whatever order it is added.
    """
    exact = round_binary(weights)
    if matrix.dtype not in (np.int8, np.uint8, np.bool_, np.float64):
        return None
    if matrix.dtype.itemsize == 1 and matrix.view(np.uint8).max() > 1:
        return None
    total = np.empty(len(matrix))
    for first in range(0, len(matrix), _PEOPLE):
        block = matrix[first : first + _PEOPLE]
        if block.dtype == np.float64 and not ((block == 0) | (block == 1)).all():
            return None
        np.dot(block.astype(float, copy=False), exact, out=total[first : first + _PEOPLE])
    return total


def look_up(total: Floats, items: Items, *, mean: float, sd: float) -> Moments:
    """Return the posterior's moments at each T (N,) under the prior N(mean, sd^2), by cubic Hermite steps."""
    slopes = round_binary(items.a)
    low, high = float(np.minimum(slopes, 0).sum()), float(np.maximum(slopes, 0).sum())
    cells = int(np.clip(np.ceil((high - low) * sd / _CELL), *_CELLS))
    scores = np.linspace(low, high, cells + 1)
    values, rates = _tabulate(scores, items, mean=mean, sd=sd)
    step = (high - low) / cells
    place = (total - low) / step if step > 0 else np.zeros(len(total))
    cell = np.minimum(place.astype(np.int64), cells - 1)
    found = _interpolate(place - cell, cell, values, rates * step)
    return Moments(found[0], np.sqrt(np.maximum(found[1], 0.0)), np.clip(found[2:].T, 0.0, 1.0))


def _tabulate(scores: Floats, items: Items, *, mean: float, sd: float) -> tuple[Floats, Floats]:
    """Return mean, variance, distribution function at the cuts, and their derivatives by T: each (4, cells + 1)."""
    nodes, reach = _NODES, REACH
    while True:
        theta = np.linspace(mean - reach * sd, mean + reach * sd, nodes)
        weights = _weigh(scores, items, theta, prior=-0.5 * ((theta - mean) / sd) ** 2)
        first = weights @ theta
        away = theta - first[:, None]
        square = weights * away
        variance = np.einsum("mq,mq->m", square, away)
        clipped = bool((weights[:, [0, -1]] > CLIPPED).any()) and reach < WIDEST
        if not clipped and variance.min() >= (FINENESS * (theta[1] - theta[0])) ** 2:
            third, below = np.einsum("mq,mq,mq->m", square, away, away), count_below(theta)
            values = np.column_stack([first, variance, weights @ below]).T
            return values, np.column_stack([variance, third, square @ below]).T
        nodes, reach = 2 * nodes - 1, 2 * reach if clipped else reach


def _weigh(scores: Floats, items: Items, theta: Floats, *, prior: Floats) -> Floats:
    logs = scores[:, None] * theta + (prior - _add_normalisers(items, theta))
    logs -= logs.max(axis=1, keepdims=True)
    weights = np.exp(logs, out=logs)
    weights /= weights.sum(axis=1, keepdims=True)
    return weights


def _add_normalisers(items: Items, theta: Floats) -> Floats:
    z = items.a[:, None] * (theta - items.b[:, None])
    found: Floats = (np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))).sum(axis=0)
    return found


def _interpolate(part: Floats, cell: NDArray[np.int64], values: Floats, rates: Floats) -> Floats:
    """Return cubic Hermite values, (functions, N): `values` and `rates` are (functions, cells + 1), rates by cell."""
    rise = np.diff(values, axis=1)
    left, right = rates[:, :-1], rates[:, 1:]
    found = np.empty((len(values), len(part)))
    for row in range(len(values)):
        cubic, square = left[row] + right[row] - 2 * rise[row], 3 * rise[row] - 2 * left[row] - right[row]
        total = cubic[cell] * part
        total += square[cell]
        total *= part
        total += left[row][cell]
        total *= part
        total += values[row][cell]
        found[row] = total
    return found
