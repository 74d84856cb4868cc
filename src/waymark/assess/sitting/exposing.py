"""Exposure: which items are open to a sitting, so that no item goes to more people than it may, by construction.

A unit (an item, or a whole case) is open to a sitting with probability `rate`, drawn before anything else. Then
P(given) = rate * P(given | open) <= rate, whatever the items, the rules or the people. Units of like skill and
difficulty are drawn together by systematic sampling (Madow 1949), which keeps each unit's probability exact and leaves
every sitting an even spread of difficulties; numbered sittings share the draws out evenly, so that counts stay much
closer to the rates than independent draws would.
"""

from math import floor
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta

from waymark.assess.chance import ELIGIBLE, draw_evenly
from waymark.assess.compiling import compiled
from waymark.assess.items import Floats, Ints, Items
from waymark.errors import BadInput

STRATUM: Final = 12


class Exposure(NamedTuple):
    """The chance of every unit to be open.

    `rate` (units,), `unit` (J,) of each item, `ranked` (units,) by skill and difficulty, `total` (units + 1,) the
    running sum of the rates in that order.
    """

    rate: Floats
    unit: Ints
    ranked: Ints
    total: Floats


def make_exposure(items: Items) -> Exposure:
    """Give every item or case its number as a unit of exposure, all of them always open."""
    unit = _number_units(items)
    first = np.unique(unit, return_index=True)[1]
    ranked: Ints = np.lexsort((items.a[first], items.b[first], items.skill[first]))
    return set_rates(Exposure(rate=np.ones(len(first)), unit=unit, ranked=ranked, total=np.zeros(0)), 1.0)


def set_rates(exposure: Exposure, rates: Floats | float) -> Exposure:
    """Give every unit its rate, one number for all or (units,); raise BadInput for numbers outside (0, 1]."""
    units = len(exposure.ranked)
    rate = np.full(units, rates, dtype=float) if np.ndim(rates) == 0 else np.asarray(rates, dtype=float)
    if len(rate) != units or not ((rate > 0) & (rate <= 1)).all():
        raise BadInput(f"exposure rates that are not numbers in (0, 1] for {units} units", hint="1 is always open")
    return exposure._replace(rate=rate, total=np.concatenate(([0.0], np.cumsum(rate[exposure.ranked]))))


def _number_units(items: Items) -> Ints:
    units = np.arange(len(items))
    for testlet in np.unique(items.testlet[items.testlet >= 0]):
        rows = np.flatnonzero(items.testlet == testlet)
        units[rows] = rows[0]
    return np.unique(units, return_inverse=True)[1].astype(np.int64)


@compiled
def close_units(exposure: Exposure, seed: int, number: int, blocked: NDArray[np.uint8]) -> None:
    """Block the items (J,) of the units that are not open to sitting `number`; each is open with exactly its rate."""
    rate, ranked, total = exposure.rate, exposure.ranked, exposure.total
    is_open = np.ones(rate.shape[0], dtype=np.uint8)
    for place in range(ranked.shape[0]):
        if rate[ranked[place]] < 1.0:
            stratum = place // STRATUM
            start = draw_evenly(seed, ELIGIBLE, stratum, number) - total[stratum * STRATUM]
            is_open[ranked[place]] = 1 if floor(total[place + 1] + start) > floor(total[place] + start) else 0
    for item in range(blocked.shape[0]):
        if not is_open[exposure.unit[item]]:
            blocked[item] = 1


def bound_rates(given: Ints, opened: Ints, *, cap: float, alpha: float = 0.001) -> Floats:
    """Return rates under which no unit is given to more than `cap` of people like those observed.

    `given` and `opened` (units,) count the sittings that gave a unit and those that it was open to. The rate is
    cap / u, at most 1, with u the upper Clopper-Pearson bound of P(given | open) at level alpha / units, so that all
    bounds hold together with probability 1 - alpha (Bonferroni); where a unit was never open, the rate is the cap.
    """
    level = 1.0 - alpha / len(given)
    upper = np.where(given >= opened, 1.0, beta.ppf(level, given + 1.0, np.maximum(opened - given, 1e-9)))
    return np.minimum(1.0, cap / np.maximum(upper, cap))
