"""The posterior of a sitting: expectation propagation over the skill vector, one site an answer.

The prior is N(mean, covariance) over K skills, plus one dimension for each case (testlet) that has begun. An answer
to item j bears on the projection u = theta_skill (+ gamma_testlet) through the item's response curve, whatever its
model; item-parameter uncertainty is already averaged into the curve. Each answer keeps a Gaussian site (precision
tau, precision times mean nu) on its projection (Minka 2001; sites on projections as in Segall 1996's MCAT setting).
"""

from math import ceil, exp, floor, sqrt
from typing import Final, NamedTuple

import numpy as np

from waymark.assess.compiling import compiled
from waymark.assess.items import Floats, Ints

LOWEST: Final = -8.0
SPACING: Final = 0.125
NODES: Final = 129
SWEPT: Final = 255  # keeps the cost of an answer bounded; older sites have long settled
REACH: Final = 5.5  # standard deviations of the cavity that the rule spans
_NARROW: Final = 0.0121  # variance below which the grid is too coarse


class Curves(NamedTuple):
    """What inference needs of a bank of J items: `curve` (rows, NODES) with the rows of item j from `offset[j]` on.

    `skill` (J,), `testlet` (J,) with -1 for none, `testlet_variance` (T,).
    """

    curve: Floats
    offset: Ints
    skill: Ints
    testlet: Ints
    testlet_variance: Floats


class Belief(NamedTuple):
    """What a sitting knows, as arrays that kernels write: D = K + places for testlets, n at most the capacity.

    `mean` (D,), `covariance` (D, D); by answer `tau`, `nu`, `item`, `score`; `case` (T,) is the dimension of each
    testlet that has begun, -1 for the others; `size` is [number of answers, number of dimensions in use]; `along`
    (D,) is room for a column of the covariance.
    """

    mean: Floats
    covariance: Floats
    tau: Floats
    nu: Floats
    item: Ints
    score: Ints
    case: Ints
    size: Ints
    along: Floats


def make_belief(mean: Floats, covariance: Floats, *, capacity: int, testlets: int, cases: int = 0) -> Belief:
    """Make the belief before any answer: prior `mean` (K,) and `covariance` (K, K), room for `capacity` answers.

    `testlets` is the number of testlets of the bank, `cases` how many of them one sitting may begin.
    """
    skills = len(mean)
    dims = skills + cases
    belief = Belief(
        mean=np.zeros(dims),
        covariance=np.zeros((dims, dims)),
        tau=np.zeros(capacity),
        nu=np.zeros(capacity),
        item=np.full(capacity, -1, dtype=np.int64),
        score=np.zeros(capacity, dtype=np.int64),
        case=np.full(testlets, -1, dtype=np.int64),
        size=np.array([0, skills], dtype=np.int64),
        along=np.zeros(dims),
    )
    belief.mean[:skills] = mean
    belief.covariance[:skills, :skills] = covariance
    return belief


@compiled
def tilt(curve: Floats, mean: float, variance: float) -> tuple[float, float, float]:
    """Return (Z, mean, variance) of N(mean, variance) times a response curve, by the rectangle rule on its grid.

    Z is the probability of the answer. `curve` (NODES,) holds P(answer | u) at LOWEST + SPACING * k; beyond it is flat.
    On equal spacing the rule errs by exp(-2 pi^2 variance / SPACING^2): 3e-6 at a standard deviation of 0.1. Narrower
    distributions get nodes of their own.
    """
    if abs(mean) - REACH * sqrt(variance) > -LOWEST:
        return float(curve[0 if mean < 0.0 else NODES - 1]), mean, variance
    if variance < _NARROW:
        base, zeroth, once, twice = stroll(curve, mean, variance)
    else:
        centre = floor((mean - LOWEST) / SPACING + 0.5)
        away = LOWEST + SPACING * centre - mean
        base = exp(-away * away / (2.0 * variance))
        zeroth = base * curve[min(max(centre, 0), NODES - 1)]
        once, twice = zeroth * away, zeroth * away * away
        for step in (1, -1):
            more, part, first, second = walk(curve, mean, variance, centre, step)
            base += more
            zeroth += part
            once += first
            twice += second
    if not zeroth > 0.0:  # an answer that the curve calls impossible teaches nothing
        return 1e-300, mean, variance
    shift = once / zeroth
    return zeroth / base, mean + shift, max(twice / zeroth - shift * shift, 1e-3 * variance)


@compiled
def walk(curve: Floats, mean: float, variance: float, centre: int, step: int) -> tuple[float, float, float, float]:
    """Sum a Gaussian, and its product with a curve about the mean (orders 0 to 2), on one side of the node `centre`.

    The Gaussian is stepped from node to node by two multiplications instead of an exponential.
    """
    reach = REACH * sqrt(variance)
    last = floor((mean + reach - LOWEST) / SPACING)
    if step < 0:
        last = ceil((mean - reach - LOWEST) / SPACING)
    away = LOWEST + SPACING * centre - mean
    weight = exp(-away * away / (2.0 * variance))
    ratio = exp(-(2.0 * away * SPACING * step + SPACING * SPACING) / (2.0 * variance))
    shrink = exp(-SPACING * SPACING / variance)
    base, zeroth, once, twice = 0.0, 0.0, 0.0, 0.0
    for node in range(centre + step, last + step, step):
        weight *= ratio
        ratio *= shrink
        distance = LOWEST + SPACING * node - mean
        density = weight * curve[min(max(node, 0), NODES - 1)]
        base += weight
        zeroth += density
        once += density * distance
        twice += density * distance * distance
    return base, zeroth, once, twice


@compiled
def stroll(curve: Floats, mean: float, variance: float) -> tuple[float, float, float, float]:
    """Sum as `walk` does, to both sides, on 23 nodes half a standard deviation apart and a cubic through the curve."""
    sd = sqrt(variance)
    base, zeroth, once, twice = 0.0, 0.0, 0.0, 0.0
    for node in range(-11, 12):
        distance = 0.5 * node * sd
        place = min(max((mean + distance - LOWEST) / SPACING, 0.0), NODES - 1.0)
        first = min(max(floor(place) - 1, 0), NODES - 4)
        x = place - first  # Lagrange's cubic through nodes 0 to 3
        inner = x * (x - 3.0)
        outer = (x - 1.0) * (x - 2.0)
        value = (curve[first + 3] * x - curve[first] * (x - 3.0)) * outer / 6.0
        value += (curve[first + 1] * (x - 2.0) - curve[first + 2] * (x - 1.0)) * inner / 2.0
        weight = exp(-0.125 * node * node)
        density = weight * max(value, 0.0)
        base += weight
        zeroth += density
        once += density * distance
        twice += density * distance * distance
    return base, zeroth, once, twice


@compiled
def reset(belief: Belief, mean: Floats, covariance: Floats) -> None:
    """Forget all answers and begin anew from a prior of `mean` (K,) and `covariance` (K, K)."""
    skills = mean.shape[0]
    belief.mean[:] = 0.0
    belief.covariance[:, :] = 0.0
    belief.tau[:] = 0.0
    belief.nu[:] = 0.0
    belief.case[:] = -1
    belief.size[0], belief.size[1] = 0, skills
    for row in range(skills):
        belief.mean[row] = mean[row]
        for column in range(skills):
            belief.covariance[row, column] = covariance[row, column]


@compiled
def project(mean: Floats, covariance: Floats, skill: int, case: int) -> tuple[float, float]:
    """Return mean and variance of the projection theta_skill (+ gamma of dimension `case`, where that is not -1)."""
    centre, variance = mean[skill], covariance[skill, skill]
    if case >= 0:
        centre += mean[case]
        variance += covariance[case, case] + 2.0 * covariance[skill, case]
    return centre, variance


@compiled
def column_of(covariance: Floats, skill: int, case: int, along: Floats, dims: int) -> None:
    """Write the covariance of every dimension with the projection into `along`."""
    for row in range(dims):
        along[row] = covariance[row, skill]
        if case >= 0:
            along[row] += covariance[row, case]


@compiled
def move(mean: Floats, covariance: Floats, along: Floats, dims: int, gain: float, loss: float) -> None:
    """Shift the mean by gain times `along`, and take loss times its outer product from the covariance."""
    for row in range(dims):
        mean[row] += along[row] * gain
        for column in range(dims):
            covariance[row, column] -= along[row] * along[column] * loss


@compiled
def refine_sites(belief: Belief, curves: Curves, first: int, last: int) -> float:
    """Fit the sites of the answers `first` to `last` - 1 anew by moment matching, one after the other.

    Each site is divided out (the cavity), the true curve put in its place, and the product's mean and variance kept.
    Return the probability that the cavity gave to the last of the answers.
    """
    mean, covariance, along, tau, nu = belief.mean, belief.covariance, belief.along, belief.tau, belief.nu
    item, score, dims = (
        belief.item,
        belief.score,
        belief.size[1],
    )  # read once: reaching into a tuple is dear inside a loop
    curve, offset, skill, testlet, case = curves.curve, curves.offset, curves.skill, curves.testlet, belief.case
    chance = 1.0
    for place in range(first, last):
        j = item[place]
        own = case[testlet[j]] if testlet[j] >= 0 else -1
        extra = curves.testlet_variance[testlet[j]] if testlet[j] >= 0 and own < 0 else 0.0
        centre, variance = project(mean, covariance, skill[j], own)
        precision = 1.0 / variance - tau[place]
        if precision <= 1e-9:  # the other answers alone make no distribution: wait for the next sweep
            continue
        cavity = (centre / variance - nu[place]) / precision
        chance, tilted, width = tilt(curve[offset[j] + score[place]], cavity, 1.0 / precision + extra)
        if extra > 0.0:  # a case without a dimension: its effect counts as the answer's own
            back = 1.0 / (1.0 + extra * precision)
            tilted = cavity + back * (tilted - cavity)
            width = (1.0 - back) / precision + back * back * width
        more = 1.0 / width - precision - tau[place]
        shift = tilted / width - cavity * precision - nu[place]
        scale = 1.0 + more * variance
        if scale <= 0.05:  # a site that would undo nearly all that is known waits too
            continue
        column_of(covariance, skill[j], own, along, dims)
        move(mean, covariance, along, dims, (shift - more * centre) / scale, more / scale)
        tau[place] += more
        nu[place] += shift
    return chance


@compiled
def absorb(belief: Belief, curves: Curves, item: int, score: int) -> float:
    """Take in one answer, then refine the sites once, of the last SWEPT answers in a sitting longer than that.

    Return the probability that was given to the answer.
    """
    testlet = curves.testlet[item]
    room = belief.size[1] < belief.mean.shape[0]
    if testlet >= 0 and belief.case[testlet] < 0 and room:  # its own dimension begins, independent of all others
        belief.case[testlet] = belief.size[1]
        belief.covariance[belief.size[1], belief.size[1]] = curves.testlet_variance[testlet]
        belief.size[1] += 1
    place = belief.size[0]
    belief.item[place], belief.score[place] = item, score
    belief.size[0] += 1
    chance = refine_sites(belief, curves, place, place + 1)
    refine_sites(belief, curves, max(0, place - SWEPT), place + 1)
    return chance


@compiled
def absorb_all(belief: Belief, curves: Curves, items: Ints, scores: Ints, chances: Floats) -> None:
    """Take in answers in their order, writing into `chances` the probability that each had before it came."""
    for place in range(items.shape[0]):
        chances[place] = absorb(belief, curves, items[place], scores[place])
