"""Grids of abilities: equally spaced nodes, fine and wide enough for the posterior of every single person."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from waymark.assess.items import Floats, Ints

NODES: Final = 61
REACH: Final = 6.0  # standard deviations of the prior that a grid spans to either side
WIDEST: Final = 24.0
CLIPPED: Final = 1e-5  # weight of an end node above which a grid cuts a posterior off
FINENESS: Final = 1.5  # posterior sds a spacing: moments then err by 1e-19 of a part, shares below a cut by 1e-5
MOST_NODES: Final = 8_192


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Nodes (Q,) for some people, who are taken `size` at a time; those whom it does not fit are noted."""

    theta: Floats
    people: Ints
    size: int
    reach: float
    clipped: list[Ints] = field(default_factory=list)
    narrow: list[Ints] = field(default_factory=list)

    def blocks(self) -> Iterator[Ints]:
        """Yield the people in blocks; a grid too coarse for most of the first is not tried on the others."""
        for first in range(0, len(self.people), self.size):
            yield self.people[first : first + self.size]
            if first == 0 and 2 * sum(len(part) for part in self.narrow) > self.size:
                self.narrow.append(self.people[self.size :])
                return

    def judge(self, people: Ints, *, ends: Floats, sd: Floats) -> NDArray[np.bool_]:
        """Tell whom the grid fits, from the weight of the heavier end and the posterior sd, each (n,)."""
        cut = (ends > CLIPPED) & (self.reach < WIDEST)
        thin = ~cut & (sd < self.theta[1] - self.theta[0]) & (len(self.theta) < MOST_NODES)
        self.clipped.append(people[cut])
        self.narrow.append(people[thin])
        fits: NDArray[np.bool_] = ~(cut | thin)
        return fits


def plan_grids(mean: Floats, sd: Floats, *, nodes: int, size: int) -> Iterator[Grid]:
    """Yield grids until everybody has one that fits; a caller has all blocks of each judged before the next is laid.

    `mean` and `sd` (N,) or (N, K) are those of the priors; `size` bounds people times nodes of a block.
    """
    work = [(np.arange(len(mean)), nodes, REACH)]
    while work:
        people, count, reach = work.pop(0)
        theta = np.linspace(float((mean - reach * sd).min()), float((mean + reach * sd).max()), count)
        grid = Grid(theta=theta, people=people, size=max(1, size // count), reach=reach)
        yield grid
        for rest, further in ((grid.clipped, 2 * reach), (grid.narrow, reach)):
            left = np.concatenate(rest) if rest else people[:0]
            if len(left):
                work.append((left, 2 * count - 1, further))
