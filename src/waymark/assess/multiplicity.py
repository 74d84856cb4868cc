"""Many tests at once."""

import numpy as np

from waymark.assess.items import Floats


def adjust_p(p: Floats) -> Floats:
    """Return p-values adjusted for the false discovery rate (Benjamini & Hochberg 1995); NaN is no test and stays NaN.

    p_(i) becomes min over j >= i of m p_(j) / j, with m the number of tests.
    """
    adjusted = np.full(np.shape(p), np.nan)
    rows = np.flatnonzero(np.isfinite(p))
    if len(rows) == 0:
        return adjusted
    order = rows[np.argsort(p[rows], kind="stable")]
    scaled = p[order] * len(rows) / np.arange(1, len(rows) + 1)
    adjusted[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return adjusted
