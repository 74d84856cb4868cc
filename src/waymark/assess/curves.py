"""Response curves: the probability of every answer at every ability, and the information in it."""

from typing import Final

import numpy as np

from waymark.assess.items import BINARY, GRADED, PARTIAL_CREDIT, Floats, Ints, Items

TINY: Final = 1e-12


def logistic(x: Floats) -> Floats:
    """Return 1 / (1 + exp(-x)), without overflow at any x."""
    small = np.exp(-np.abs(x))
    return np.where(x >= 0, 1.0, small) / (1.0 + small)


def probabilities(items: Items, theta: Floats) -> Floats:
    """Return P(category | theta) of every item, shape (rows, Q) with rows as in `Items.offsets`.

    `theta` (Q,) is the ability of each item's own skill, in logits. Items that were not estimated give NaN.
    """
    table = np.empty((int(items.offsets[-1]), len(theta)))
    offsets, kinds = items.offsets, np.array(items.kind, dtype=str)
    for kind, fill in ((BINARY, _binary), (PARTIAL_CREDIT, _partial_credit), (GRADED, _graded)):
        for width in np.unique(items.categories[kinds == kind]):
            rows = np.flatnonzero((kinds == kind) & (items.categories == width))
            table[offsets[rows, None] + np.arange(width)] = fill(items, rows, theta)
    return table


def _binary(items: Items, rows: Ints, theta: Floats) -> Floats:
    c, d = items.c[rows, None], items.d[rows, None]
    z = items.a[rows, None] * (theta - items.b[rows, None])
    right = c + (d - c) * logistic(z)
    wrong = (1.0 - d) + (d - c) * logistic(-z)  # not 1 - right, which loses all digits for easy items
    return np.stack([wrong, right], axis=1)


def _partial_credit(items: Items, rows: Ints, theta: Floats) -> Floats:
    width = int(items.categories[rows[0]])
    steps = items.steps[rows, : width - 1]
    gains = items.a[rows, None, None] * (theta - steps[:, :, None])
    level = np.concatenate([np.zeros((len(rows), 1, len(theta))), np.cumsum(gains, axis=1)], axis=1)
    level -= level.max(axis=1, keepdims=True)
    weight = np.exp(level)
    found: Floats = weight / weight.sum(axis=1, keepdims=True)
    return found


def _graded(items: Items, rows: Ints, theta: Floats) -> Floats:
    width = int(items.categories[rows[0]])
    z = items.a[rows, None, None] * (theta - items.steps[rows, : width - 1, None])
    one = np.ones((len(rows), 1, len(theta)))
    at_least = np.concatenate([one, logistic(z), 0 * one], axis=1)
    found: Floats = np.maximum(at_least[:, :-1] - at_least[:, 1:], TINY)
    return found


def expected_scores(items: Items, theta: Floats) -> Floats:
    """Return the expected score of every item at every ability, shape (J, Q)."""
    scored = probabilities(items, theta) * _credit(items)[:, None]
    found: Floats = np.add.reduceat(scored, items.offsets[:-1], axis=0)
    return found


def information(items: Items, theta: Floats, *, step: float = 1e-4) -> Floats:
    """Return the Fisher information of every item at every ability, shape (J, Q), in 1 / logit^2.

    I = sum_k P_k'(theta)^2 / P_k(theta), with P' in closed form for binary items and by central differences of
    width `step` for the others.
    """
    table = probabilities(items, theta)
    slope = (probabilities(items, theta + step) - probabilities(items, theta - step)) / (2 * step)
    parts = slope * slope / np.maximum(table, TINY)
    found = np.add.reduceat(parts, items.offsets[:-1], axis=0)
    binary = np.flatnonzero(np.array(items.kind, dtype=str) == BINARY)
    if len(binary):
        c, d, a = items.c[binary, None], items.d[binary, None], items.a[binary, None]
        z = a * (theta - items.b[binary, None])
        own = a * (d - c) * logistic(z) * logistic(-z)
        rows = items.offsets[binary]
        found[binary] = own * own / np.maximum(table[rows] * table[rows + 1], TINY)
    return found


def _credit(items: Items) -> Floats:
    """Return the score of every row of the table: 0, 1, ... within each item."""
    return np.concatenate([np.arange(width) for width in items.categories]).astype(float)
