"""Refreshing: a bank's tables made anew for the items whose parameters have changed."""

from math import exp, sqrt
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from waymark.assess.compiling import compiled
from waymark.assess.items import Floats, Ints
from waymark.assess.learning.gridding import PLACE_ONLY, ItemBeliefs, read_curve
from waymark.assess.sitting.banks import GRID
from waymark.assess.sitting.inferring import LOWEST, NODES, SPACING, Curves
from waymark.assess.sitting.selecting import LEAST_MEAN, LEVELS, MEANS, NARROWING, WIDEST, Menu
from waymark.assess.softening import PLACE_NODES, SLOPE_NODES, gauss_hermite

REACH: Final = 4.5  # standard deviations of a cell that its sums span
_SLOPE, _SLOPE_WEIGHT = gauss_hermite(SLOPE_NODES)
_PLACE, _PLACE_WEIGHT = gauss_hermite(PLACE_NODES)
_FIRST: Final = int(
    (LEAST_MEAN - LOWEST) / SPACING
)  # the node of the first cell: cells and nodes are equally far apart


class Cells(NamedTuple):
    """The normal distributions of the cells of `Menu.gain` as sums over nodes, by level and mean.

    `kernel` (LEVELS, NODES) is the weight 0, 1, ... nodes away, `width` (LEVELS,) how many nodes count to either side;
    `mass`, `centre`, `variance` (LEVELS, MEANS) are the sums, cut at the ends of the grid. `sums` (2, MEANS) is room.
    """

    kernel: Floats
    width: Ints
    mass: Floats
    centre: Floats
    variance: Floats
    sums: Floats


def make_cells() -> Cells:
    """Tabulate the cells."""
    distance = SPACING * np.arange(NODES)
    sd = WIDEST * NARROWING ** np.arange(LEVELS)
    kernel = np.exp(-0.5 * (distance / sd[:, None]) ** 2)
    mean = GRID[_FIRST : _FIRST + MEANS]
    away = GRID[:, None] - mean
    weight = np.exp(-0.5 * (away / sd[:, None, None]) ** 2)
    mass = weight.sum(axis=1)
    centre = (weight * away).sum(axis=1) / mass
    return Cells(
        kernel=kernel,
        width=np.minimum(np.ceil(REACH * sd / SPACING), NODES - 1).astype(np.int64),
        mass=mass,
        centre=centre,
        variance=(weight * away**2).sum(axis=1) / mass - centre**2,
        sums=np.zeros((2, MEANS)),
    )


@compiled
def soften_item(beliefs: ItemBeliefs, item: int, curves: Curves) -> None:
    """Write an item's curves averaged over the normal approximation of its posterior, as `soften` does for many."""
    first, second = beliefs.covariance[item, 0, 0], beliefs.covariance[item, 1, 1]
    place_sd = sqrt(second)
    shared = beliefs.covariance[item, 0, 1] / place_sd if place_sd > 0.0 else 0.0
    slope_sd = sqrt(max(first - shared * shared, 0.0))
    wrong, right = curves.curve[curves.offset[item]], curves.curve[curves.offset[item] + 1]
    low, width = beliefs.low[item], beliefs.high[item] - beliefs.low[item]
    right[:] = 0.0
    for place in range(PLACE_NODES):
        b = beliefs.mean[item, 1] + place_sd * _PLACE[place]
        for slope in range(SLOPE_NODES):
            a = exp(beliefs.mean[item, 0] + shared * _PLACE[place] + slope_sd * _SLOPE[slope])
            weight, far, ratio = _PLACE_WEIGHT[place] * _SLOPE_WEIGHT[slope], exp(-a * (LOWEST - b)), exp(-a * SPACING)
            for node in range(NODES):
                right[node] += weight / (1.0 + far)
                far *= ratio
    for node in range(NODES):
        wrong[node] = (1.0 - low) - width * right[node]
        right[node] = low + width * right[node]


@compiled
def tabulate_item(curves: Curves, item: int, cells: Cells, gain: NDArray[np.float32]) -> None:
    """Write an item's column of `Menu.gain`, as `tabulate_gains` does for many but for tails beyond `REACH`.

    The sums of the first category are what those of the others leave.
    """
    begin, end = curves.offset[item], curves.offset[item + 1]
    for level in range(LEVELS):
        mass, centre, variance = cells.mass[level], cells.centre[level], cells.variance[level]
        left, turned, shares = np.ones(MEANS), np.zeros(MEANS), np.zeros(MEANS)
        for category in range(begin + 1, end):
            sum_nodes(curves.curve[category], cells, level)
            for column in range(MEANS):
                chance = cells.sums[0, column] / mass[column]
                first = cells.sums[1, column] / mass[column] - centre[column] * chance
                shares[column] += first * first / max(chance, 1e-12)
                left[column] -= chance
                turned[column] -= first
        for column in range(MEANS):
            shares[column] += turned[column] * turned[column] / max(left[column], 1e-12)
            gain[level * MEANS + column, item] = shares[column] / variance[column]


@compiled
def sum_nodes(curve: Floats, cells: Cells, level: int) -> None:
    """Write sums of a curve, and of the curve times the distance from the mean, under the cells of a level."""
    sums, kernel = cells.sums, cells.kernel[level]
    sums[:, :] = 0.0
    for step in range(-cells.width[level], cells.width[level] + 1):
        weight = kernel[abs(step)]
        tilted = weight * step * SPACING
        for column in range(max(0, -step - _FIRST), min(MEANS, NODES - _FIRST - step)):
            value = curve[_FIRST + column + step]
            sums[0, column] += weight * value
            sums[1, column] += tilted * value


@compiled
def soften_steps(beliefs: ItemBeliefs, item: int, curves: Curves) -> None:
    """Write the curves of an item with steps, averaged over where it may lie."""
    sd, begin = sqrt(beliefs.covariance[item, 1, 1]), curves.offset[item]
    moved = beliefs.mean[item, 1] - beliefs.origin[item]
    for category in range(curves.offset[item + 1] - begin):
        base, found = beliefs.curve[beliefs.row[item] + category], curves.curve[begin + category]
        for node in range(NODES):
            u, total = LOWEST + SPACING * node - moved, 0.0
            for place in range(PLACE_NODES):
                total += _PLACE_WEIGHT[place] * read_curve(base, u - sd * _PLACE[place])
            found[node] = total


@compiled
def renew(beliefs: ItemBeliefs, item: int, curves: Curves, menu: Menu, cells: Cells) -> None:
    """Write what is now believed of an item into the tables of a bank, which must be private copies."""
    if beliefs.learning[item] == PLACE_ONLY:
        soften_steps(beliefs, item, curves)
    else:
        soften_item(beliefs, item, curves)
    tabulate_item(curves, item, cells, menu.gain)
    menu.log_a[item], menu.b[item] = beliefs.mean[item, 0], beliefs.mean[item, 1]
    first, second = sqrt(beliefs.covariance[item, 0, 0]), beliefs.covariance[item, 1, 1]
    cross = beliefs.covariance[item, 0, 1] / first if first > 0.0 else 0.0
    menu.spread[item, 0], menu.spread[item, 1] = first, cross
    menu.spread[item, 2] = sqrt(max(second - cross * cross, 0.0))
