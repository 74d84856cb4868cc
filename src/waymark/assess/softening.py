"""Softening: response curves averaged over what is not known about an item's parameters."""

from dataclasses import replace
from typing import Final

import numpy as np

from waymark.assess.curves import probabilities
from waymark.assess.items import Floats, Items, take_items

SLOPE_NODES: Final = 5
PLACE_NODES: Final = 15
_WIDEST: Final = 1e6  # sd beyond which nothing changes: the curve is 0 or 1 at every node but the middle one
_FARTHEST: Final = 20.0  # of log a from where it was estimated: an item that nobody knows has no curve beyond


def soften(items: Items, theta: Floats) -> Floats:
    """Return E[P(category | theta)] over each item's posterior, shape (rows, Q) with rows as in `Items.offsets`.

    (log a, b) ~ N((log a, b), covariance), steps moving along with b; Gauss-Hermite in both directions. With items
    that are uncertain independently of one another the product of these curves is the exact marginal likelihood of
    one person. An item whose covariance is zero, or was not estimated, keeps its own curve.
    """
    table = probabilities(items, theta)
    rows = np.flatnonzero(find_uncertain(items))
    if len(rows):
        offsets, widths = items.offsets, items.categories
        places = np.concatenate([np.arange(offsets[row], offsets[row] + widths[row]) for row in rows])
        table[places] = _average(take_items(items, rows), theta)
    return table


def find_uncertain(items: Items) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return which items carry a posterior covariance, shape (J,)."""
    variances = np.diagonal(items.covariance, axis1=1, axis2=2)
    found: np.ndarray[tuple[int], np.dtype[np.bool_]] = (
        np.isfinite(items.covariance).all(axis=(1, 2)) & (variances > 0).any(axis=1) & np.isfinite(items.a + items.b)
    )
    return found


def _average(items: Items, theta: Floats) -> Floats:
    """Average over b, and over log a given b: covariance = [[va, cab], [cab, vb]]."""
    place_sd = np.minimum(np.sqrt(items.covariance[:, 1, 1]), _WIDEST)
    shared = np.zeros(len(items))
    with np.errstate(over="ignore"):
        np.divide(items.covariance[:, 0, 1], place_sd, out=shared, where=place_sd > 0)
    shared = np.clip(shared, -_WIDEST, _WIDEST)
    slope_sd = np.sqrt(np.clip(items.covariance[:, 0, 0] - shared**2, 0.0, _WIDEST**2))
    total = np.zeros((int(items.offsets[-1]), len(theta)))
    for place, place_weight in zip(*gauss_hermite(PLACE_NODES), strict=True):
        for slope, slope_weight in zip(*gauss_hermite(SLOPE_NODES), strict=True):
            moved = replace(
                items,
                a=items.a * np.exp(np.clip(shared * place + slope_sd * slope, -_FARTHEST, _FARTHEST)),
                b=items.b + place_sd * place,
                steps=items.steps + (place_sd * place)[:, None],
            )
            total += place_weight * slope_weight * probabilities(moved, theta)
    return total


def gauss_hermite(count: int) -> tuple[Floats, Floats]:
    """Return nodes and weights, each (count,), with sum(w f(x)) the mean of f over a standard normal."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(count)
    return nodes, weights / weights.sum()
