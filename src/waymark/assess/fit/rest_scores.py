"""Rest scores: how the choice of each option goes with the share right of the other items."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from waymark.assess.items import Floats, Ints

FEWEST: Final = 10
"""People who took an option, and who did not, below which nothing is said of it."""

_Z95: Final = 1.959963984540054


@dataclass(frozen=True, slots=True, kw_only=True)
class RestCorrelations:
    """Point-biserial correlations (J, W) of an item's options with the rest score, with 95% intervals; NaN for none."""

    value: Floats
    low: Floats
    high: Floats


def correlate_rest(choices: Ints, key: Ints, *, width: int) -> RestCorrelations:
    """Correlate having taken each option with the share right of the other items, among those who answered the item.

    `choices` (N, J) are option numbers, -1 for none, `key` (J,) the right ones. The item itself is left out of the
    score (Henrysson 1963); intervals are Fisher's (1915).
    """
    seen, right = choices >= 0, choices == key
    found = np.full((3, choices.shape[1], width), np.nan)
    for item in range(choices.shape[1]):
        others = seen.sum(axis=1) - seen[:, item]
        rows = np.flatnonzero(seen[:, item] & (others > 0))
        rest = (right[rows].sum(axis=1) - right[rows, item]) / np.maximum(others[rows], 1)
        for option in range(width):
            found[:, item, option] = _correlate(choices[rows, item] == option, rest)
    return RestCorrelations(value=found[0], low=found[1], high=found[2])


def _correlate(taken: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], rest: Floats) -> tuple[float, float, float]:
    """Return a correlation with its interval."""
    n = len(taken)
    if min(int(taken.sum()), n - int(taken.sum())) < FEWEST or np.ptp(rest) == 0:
        return np.nan, np.nan, np.nan
    value = float(np.corrcoef(taken, rest)[0, 1])
    z, reach = float(np.arctanh(np.clip(value, -1 + 1e-12, 1 - 1e-12))), _Z95 / float(np.sqrt(n - 3))
    return value, float(np.tanh(z - reach)), float(np.tanh(z + reach))
