"""Populations: the nodes that ability is summed over, and how people are spread on them."""

from typing import Final

import numpy as np

from waymark.assess.items import Floats

REACH: Final = 6.0  # standard deviations; 2e-9 of a normal population lies beyond
_NARROWEST: Final = 0.05


def make_nodes(nodes: int, *, mean: Floats, sd: Floats) -> Floats:
    """Return evenly spaced abilities (Q,): `nodes` of them on -6 to 6, more at that distance where groups lie wide.

    The number is odd, so that 0 is a node.

    On smooth functions that vanish at the ends the rectangle rule converges faster than any power of the distance
    (Trefethen & Weideman 2014), so that the nodes need no weights.
    """
    low, high = min(-REACH, float((mean - REACH * sd).min())), max(REACH, float((mean + REACH * sd).max()))
    gap = 2 * REACH / ((nodes | 1) - 1)
    first, last = int(np.floor(low / gap + 1e-9)), int(np.ceil(high / gap - 1e-9))
    return gap * np.arange(first, last + 1, dtype=np.float64)


def spread_normal(theta: Floats, *, mean: Floats, sd: Floats) -> Floats:
    """Return log weights of normal populations on the nodes, shape (G, Q) for means and sds (G,); rows sum to one."""
    level = -0.5 * ((theta - mean[:, None]) / sd[:, None]) ** 2
    level -= level.max(axis=1, keepdims=True)
    found: Floats = level - np.log(np.exp(level).sum(axis=1, keepdims=True))
    return found


def describe_spread(density: Floats, theta: Floats) -> tuple[Floats, Floats]:
    """Return means and sds (G,) of densities (G, Q) on the nodes; an sd is never below a twentieth, for tiny groups."""
    total = density.sum(axis=1)
    mean = (density * theta).sum(axis=1) / total
    variance = (density * (theta - mean[:, None]) ** 2).sum(axis=1) / total
    return mean, np.maximum(np.sqrt(variance), _NARROWEST)
