"""Derivatives of response curves at the ability of whoever answered: what Newton steps for a person need."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from waymark.assess.curves import TINY, logistic
from waymark.assess.items import BINARY, GRADED, PARTIAL_CREDIT, Floats, Ints, Items


class Slopes(NamedTuple):
    """Of every answer, each (n,): first and second derivative of log P(answer | theta), and sums over categories.

    `information` is sum_k P_k'^2 / P_k and `bend` sum_k P_k' P_k'' / P_k, J of Warm 1989 (for steps: Magis 2015).
    """

    first: Floats
    second: Floats
    information: Floats
    bend: Floats


def differentiate_answers(items: Items, item: Ints, score: Ints, theta: Floats) -> Slopes:
    """Return the derivatives of n answers: item number, score, and ability of the person who gave it, each (n,)."""
    found = Slopes(*(np.zeros(len(item)) for _ in Slopes._fields))
    kinds, widths = np.array(items.kind, dtype=str), items.categories
    for kind, curve in ((BINARY, _bend_binary), (PARTIAL_CREDIT, _bend_partial_credit), (GRADED, _bend_graded)):
        for width in np.unique(widths[kinds == kind]):
            rows = np.flatnonzero((kinds[item] == kind) & (widths[item] == width))
            own = _reduce(*curve(items, item[rows], theta[rows], int(width)), score[rows])
            for total, part in zip(found, own, strict=True):
                total[rows] = part
    return found


def differentiate_matrix(items: Items, scores: NDArray[np.int8], theta: Floats) -> Slopes:
    """Return the same for binary items as a matrix: scores and abilities (n, J), zeros where a score is negative."""
    a, c, d = items.a, items.c, items.d
    z = a * (theta - items.b)
    small = np.exp(-np.abs(z))
    up = np.where(z >= 0, 1.0, small) / (1.0 + small)
    down = np.where(z >= 0, small, 1.0) / (1.0 + small)
    first = ((d - c) * a) * (up * down)
    second = first * (a * (down - up))
    right, wrong = np.maximum(c + (d - c) * up, TINY), np.maximum((1 - d) + (d - c) * down, TINY)
    seen = (scores >= 0) / (right * wrong)
    slope = np.where(scores > 0, wrong, -right) * (first * seen)
    return Slopes(
        slope,
        np.where(scores > 0, wrong, -right) * (second * seen) - slope * slope,
        first * first * seen,
        first * second * seen,
    )


def _reduce(chance: Floats, first: Floats, second: Floats, score: Ints) -> Slopes:
    chance = np.maximum(chance, TINY)
    relative = first / chance
    own = (np.arange(len(score)), score)
    slope = relative[own]
    return Slopes(
        slope,
        second[own] / chance[own] - slope**2,
        (relative * first).sum(axis=1),
        (relative * second).sum(axis=1),
    )


def _bend_binary(items: Items, item: Ints, theta: Floats, width: int) -> tuple[Floats, Floats, Floats]:
    del width
    a, c, d = items.a[item], items.c[item], items.d[item]
    z = a * (theta - items.b[item])
    up, down = logistic(z), logistic(-z)
    first = (d - c) * a * up * down
    second = first * a * (down - up)
    chance = np.stack([(1 - d) + (d - c) * down, c + (d - c) * up], axis=1)
    return chance, np.stack([-first, first], axis=1), np.stack([-second, second], axis=1)


def _bend_partial_credit(items: Items, item: Ints, theta: Floats, width: int) -> tuple[Floats, Floats, Floats]:
    a = items.a[item, None]
    gains = a * (theta[:, None] - items.steps[item, : width - 1])
    level = np.concatenate([np.zeros((len(item), 1)), np.cumsum(gains, axis=1)], axis=1)
    weight = np.exp(level - level.max(axis=1, keepdims=True))
    chance = weight / weight.sum(axis=1, keepdims=True)
    number = np.arange(width)
    away = number - (chance * number).sum(axis=1, keepdims=True)
    variance = (chance * away * away).sum(axis=1, keepdims=True)
    return chance, chance * a * away, chance * a * a * (away * away - variance)


def _bend_graded(items: Items, item: Ints, theta: Floats, width: int) -> tuple[Floats, Floats, Floats]:
    a = items.a[item, None]
    z = a * (theta[:, None] - items.steps[item, : width - 1])
    up, down = logistic(z), logistic(-z)
    first = a * up * down
    second = first * a * (down - up)
    none = np.zeros((len(item), 1))
    edges = (np.concatenate([none + 1, up, none], axis=1), *(_frame(part, none) for part in (first, second)))
    chance, once, twice = (edge[:, :-1] - edge[:, 1:] for edge in edges)
    return chance, once, twice


def _frame(part: Floats, none: Floats) -> Floats:
    return np.concatenate([none, part, none], axis=1)
