"""Gridding: the posterior of an item's parameters as weights on a grid, learned from every answer as it comes.

Each item's (log a, b) has a grid of posterior weights. An answer by a person with cavity density N(m, v), which is
that person's posterior on the item's projection with the item's own answer divided out, multiplies the weight of
(a, b) by

    integral of P(answer | u, a, b) N(u; m, v) du

(assumed-density filtering, Minka 2001: items and people count as independent given what is kept of them). Guessing c
and the upper asymptote d count as known. Of items with steps only the location moves: all steps together, the slope
and the distances between steps staying what they were. When a posterior has become narrow for its grid, or has left
its middle, a new grid is laid about it, so that no precision is lost to the first one.
"""

from math import exp, floor, log, sqrt
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from waymark.assess.compiling import compiled
from waymark.assess.items import Floats, Ints
from waymark.assess.sitting.inferring import LOWEST, SPACING
from waymark.assess.sitting.inferring import NODES as CURVE_NODES
from waymark.assess.softening import gauss_hermite

SLOPES: Final = 7
PLACES: Final = 33
MIDDLE_SLOPE: Final = SLOPES // 2
MIDDLE_PLACE: Final = PLACES // 2
SLOPE_STEP: Final = 1.0  # posterior standard deviations from one slope to the next: the grid spans 3 to either side,
PLACE_STEP: Final = 0.25  # and 4 for the place
KNOWN, BOTH, PLACE_ONLY = 0, 1, 2
_NODES, _WEIGHTS = gauss_hermite(9)
_NARROW: Final = 0.72  # of the sd that a grid was laid for: the rectangle rule then errs by 4e-5 (see `inferring.tilt`)
_WIDE: Final = 1.3
_OFF: Final = 0.6  # standard deviations that the mean may lie off the middle
_BEND: Final = 3.0  # the most by which log density is taken to differ from its normal approximation
_LEAST: Final = 1e-290


class ItemBeliefs(NamedTuple):
    """Posteriors of J items on grids of (log a, b), as arrays that kernels write.

    Point (i, k) of item j lies at `centre[j] + step[j] * (i - 3, k - 16)` and has the weight `weight[j, i, k]`, which
    sum to one; `mean` (J, 2) and `covariance` (J, 2, 2) are their moments; `answers` (J,) were taken in. `learning`
    (J,) is KNOWN where nothing is learned, BOTH for binary items, PLACE_ONLY for those with steps. `low`, `high` (J,)
    are c and d. `curve` holds the response curves of items with steps at location `origin` (J,), the rows of item j
    from `row[j]`. `room` (SLOPES, PLACES) and `line` (PLACES,) are scratch.
    """

    centre: Floats
    step: Floats
    weight: Floats
    mean: Floats
    covariance: Floats
    answers: Ints
    learning: NDArray[np.uint8]
    low: Floats
    high: Floats
    curve: Floats
    origin: Floats
    row: Ints
    room: Floats
    line: Floats


def weigh_normal(covariance: Floats, step: Floats) -> Floats:
    """Return weights (J, SLOPES, PLACES) of normal distributions about the middle of their grids."""
    spread = step / [SLOPE_STEP, PLACE_STEP]
    both = spread[:, 0] * spread[:, 1]
    tie = np.divide(covariance[:, 0, 1], both, out=np.zeros(len(both)), where=both > 0)[:, None, None]
    tie = np.clip(tie, -0.99, 0.99)
    slope = (SLOPE_STEP * (np.arange(SLOPES) - MIDDLE_SLOPE))[:, None]
    place = PLACE_STEP * (np.arange(PLACES) - MIDDLE_PLACE)
    weight = np.exp(-0.5 * (slope**2 - 2.0 * tie * slope * place + place**2) / (1.0 - tie**2))
    found: Floats = weight / weight.sum(axis=(1, 2), keepdims=True)
    return found


@compiled
def weigh_binary(beliefs: ItemBeliefs, item: int, mean: float, variance: float) -> None:
    """Write the logistic-normal integral for every (log a, b) into `room`, by Gauss and Hermite.

    exp(-a (u - b)) is a product of a factor by node and one by place, so that no exponential is taken in the loop.
    """
    room, line, centre, step = beliefs.room, beliefs.line, beliefs.centre[item], beliefs.step[item]
    first, sd = centre[1] - step[1] * MIDDLE_PLACE, sqrt(variance)
    for row in range(SLOPES):
        a = exp(centre[0] + step[0] * (row - MIDDLE_SLOPE))
        ratio = exp(a * step[1])
        line[0] = exp(a * (first - mean))
        for column in range(1, PLACES):
            line[column] = line[column - 1] * ratio
        room[row, :] = 0.0
        for node in range(_NODES.shape[0]):
            factor, weight = exp(-a * sd * _NODES[node]), _WEIGHTS[node]
            for column in range(PLACES):
                room[row, column] += weight / (1.0 + factor * line[column])


@compiled
def read_curve(curve: Floats, u: float) -> float:
    """Return a curve tabulated on the nodes of inference at any ability, by cubic interpolation (Lagrange)."""
    at = (u - LOWEST) / SPACING
    left = min(max(floor(at), 1), CURVE_NODES - 3)
    t = min(max(at - left, -1.0), 2.0)
    low = -t * (t - 1.0) * (t - 2.0) / 6.0 * curve[left - 1] + (t + 1.0) * (t - 1.0) * (t - 2.0) / 2.0 * curve[left]
    high = -(t + 1.0) * t * (t - 2.0) / 2.0 * curve[left + 1] + (t + 1.0) * t * (t - 1.0) / 6.0 * curve[left + 2]
    return float(max(low + high, 0.0))


@compiled
def weigh_steps(beliefs: ItemBeliefs, item: int, score: int, mean: float, variance: float) -> None:
    """Write the integral of the score's curve, moved to every place, into all rows of `room`."""
    room, curve = beliefs.room, beliefs.curve[beliefs.row[item] + score]
    sd, step = sqrt(variance), beliefs.step[item, 1]
    first = beliefs.centre[item, 1] - beliefs.origin[item] - step * MIDDLE_PLACE
    for column in range(PLACES):
        moved, total = first + step * column, 0.0
        for node in range(_NODES.shape[0]):
            total += _WEIGHTS[node] * read_curve(curve, mean + sd * _NODES[node] - moved)
        for row in range(SLOPES):
            room[row, column] = total


@compiled
def learn_answer(beliefs: ItemBeliefs, item: int, score: int, mean: float, variance: float) -> None:
    """Take in one answer to an item by a person with cavity N(mean, variance); known items stay as they are."""
    kind = beliefs.learning[item]
    if kind == KNOWN or not variance > 0.0:
        return
    start, scale = 0.0, 1.0
    if kind == PLACE_ONLY:
        weigh_steps(beliefs, item, score, mean, variance)
    else:
        weigh_binary(beliefs, item, mean, variance)
        low, high = beliefs.low[item], beliefs.high[item]
        start, scale = (low, high - low) if score == 1 else (1.0 - low, low - high)
    if multiply(beliefs.weight[item], beliefs.room, start, scale):
        beliefs.answers[item] += 1
        measure(beliefs, item)
        if is_off(beliefs, item):
            lay_anew(beliefs, item)


@compiled
def multiply(weight: Floats, room: Floats, start: float, scale: float) -> bool:
    """Multiply weights by start + scale * room and let them sum to one; False for an answer that nothing allows."""
    total = 0.0
    for row in range(SLOPES):
        for column in range(PLACES):
            room[row, column] = weight[row, column] * (start + scale * room[row, column])
            total += room[row, column]
    if not total > _LEAST:
        return False
    for row in range(SLOPES):
        for column in range(PLACES):
            weight[row, column] = room[row, column] / total
    return True


@compiled
def measure(beliefs: ItemBeliefs, item: int) -> None:
    """Write the moments of an item's weights; of an item with steps the slope's stay."""
    weight, step, covariance = beliefs.weight[item], beliefs.step[item], beliefs.covariance[item]
    one, two, square, cross, other = 0.0, 0.0, 0.0, 0.0, 0.0
    for row in range(SLOPES):
        i = float(row - MIDDLE_SLOPE)
        for column in range(PLACES):
            k, w = float(column - MIDDLE_PLACE), weight[row, column]
            one += w * i
            two += w * k
            square += w * i * i
            cross += w * i * k
            other += w * k * k
    beliefs.mean[item, 1] = beliefs.centre[item, 1] + step[1] * two
    covariance[1, 1] = step[1] * step[1] * max(other - two * two, 1e-6)
    if beliefs.learning[item] == BOTH:
        beliefs.mean[item, 0] = beliefs.centre[item, 0] + step[0] * one
        covariance[0, 0] = step[0] * step[0] * max(square - one * one, 1e-6)
        covariance[0, 1] = step[0] * step[1] * (cross - one * two)
        covariance[1, 0] = covariance[0, 1]


@compiled
def is_off(beliefs: ItemBeliefs, item: int) -> bool:
    """Tell whether an item's posterior is too narrow or too wide for its grid, or has left its middle."""
    for axis in range(2):
        laid = beliefs.step[item, axis] / (SLOPE_STEP if axis == 0 else PLACE_STEP)
        if laid > 0.0 and (axis == 1 or beliefs.learning[item] == BOTH):
            sd = sqrt(beliefs.covariance[item, axis, axis])
            shift = abs(beliefs.mean[item, axis] - beliefs.centre[item, axis])
            if sd < _NARROW * laid or sd > _WIDE * laid or shift > _OFF * laid:
                return True
    return False


@compiled
def lay_anew(beliefs: ItemBeliefs, item: int) -> None:
    """Lay a grid about an item's mean, as wide as its standard deviations ask.

    The density is carried over as its normal approximation times what it departs from that, which is smooth, read off
    the old grid between its points.
    """
    weight, centre, step = beliefs.weight[item], beliefs.centre[item], beliefs.step[item]
    first, second, across, along = centre[0], centre[1], step[0], step[1]
    bend = np.empty((SLOPES, PLACES))
    for row in range(SLOPES):
        for column in range(PLACES):
            a, b = first + across * (row - MIDDLE_SLOPE), second + along * (column - MIDDLE_PLACE)
            bend[row, column] = log(weight[row, column] + 1e-300) - approximate(beliefs, item, a, b)
    peak = bend[MIDDLE_SLOPE, MIDDLE_PLACE]
    centre[1], step[1] = beliefs.mean[item, 1], PLACE_STEP * sqrt(beliefs.covariance[item, 1, 1])
    if beliefs.learning[item] == BOTH:
        centre[0], step[0] = beliefs.mean[item, 0], SLOPE_STEP * sqrt(beliefs.covariance[item, 0, 0])
    total = 0.0
    for row in range(SLOPES):
        for column in range(PLACES):
            a, b = centre[0] + step[0] * (row - MIDDLE_SLOPE), centre[1] + step[1] * (column - MIDDLE_PLACE)
            place = (a - first) / across + MIDDLE_SLOPE if across > 0.0 else float(row)
            more = read_between(bend, place, (b - second) / along + MIDDLE_PLACE) - peak
            weight[row, column] = exp(approximate(beliefs, item, a, b) + min(max(more, -_BEND), _BEND))
            total += weight[row, column]
    for row in range(SLOPES):
        for column in range(PLACES):
            weight[row, column] /= total


@compiled
def approximate(beliefs: ItemBeliefs, item: int, a: float, b: float) -> float:
    """Return the logarithm of the normal density with an item's moments, less its constant, at (log a, b)."""
    first, second = beliefs.covariance[item, 0, 0], beliefs.covariance[item, 1, 1]
    z = (b - beliefs.mean[item, 1]) / sqrt(second)
    if beliefs.learning[item] == PLACE_ONLY or not first > 0.0:
        return float(-0.5 * z * z)
    tie = beliefs.covariance[item, 0, 1] / sqrt(first * second)
    y = (a - beliefs.mean[item, 0]) / sqrt(first)
    return float(-0.5 * (y * y - 2.0 * tie * y * z + z * z) / max(1.0 - tie * tie, 0.01))


@compiled
def read_between(table: Floats, row: float, column: float) -> float:
    """Return a table at fractional places, the nearest where outside.

    Parabolas along slopes, which are few, and straight lines along places.
    """
    i = min(max(floor(row + 0.5), 1), SLOPES - 2)
    k = min(max(floor(column), 0), PLACES - 2)
    t, right = min(max(row - i, -1.0), 1.0), min(max(column - k, 0.0), 1.0)
    upper = table[i - 1, k] * (1.0 - right) + table[i - 1, k + 1] * right
    middle = table[i, k] * (1.0 - right) + table[i, k + 1] * right
    lower = table[i + 1, k] * (1.0 - right) + table[i + 1, k + 1] * right
    return float(middle + 0.5 * t * (lower - upper) + 0.5 * t * t * (lower + upper - 2.0 * middle))
