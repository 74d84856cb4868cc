"""Splatting: the E-step of complete answers to 1PL and 2PL items, at a cost of people x items whatever the nodes.

Under these models the likelihood of a person depends on ability only through his weighted score T = sum a_j x_j
(Birnbaum 1968): log L(theta) = theta T + sum x_j d_j - K(theta), K(theta) = sum log(1 + exp(a_j theta + d_j)). So
people are shared out between the two nearest of a few thousand scores, in proportion to nearness, and the posterior
is needed at those scores only. All sums over people are of whole numbers, hence the same on every way to compute them.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from waymark.assess.calibration.expecting import Expected
from waymark.assess.compiling import COMPILED, compiled
from waymark.assess.curves import logistic
from waymark.assess.items import Floats, Ints
from waymark.assess.responses import round_binary

_RANGE: Final = 30  # bits of a weighted score
_WHOLE: Final = 30  # bits of the shares of a block of people
_BLOCK: Final = 1 << 16  # people at a time
_CACHED: Final = 1 << 13
_FEW: Final = 1 << 12  # people that are as many as bins


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """Weighted scores as whole numbers: T = (number + lowest) / scale, in bins of 2^shift."""

    slopes: Ints
    scale: float
    lowest: int
    shift: int

    @property
    def width(self) -> float:
        """Width of a bin."""
        return float(1 << self.shift) / self.scale

    @property
    def bins(self) -> Floats:
        """Scores T at the edges of the bins."""
        count = np.arange((1 << (_RANGE - self.shift)) + 2, dtype=np.float64)
        return (count * float(1 << self.shift) + self.lowest) / self.scale


@dataclass(frozen=True, slots=True, kw_only=True)
class Splats:
    """People by bin, `people` (B,), and their right answers by bin and item, `right` (B, J); both may be fractions.

    `bend` (B,) sums u (1 - u) over people that lie the part u of a bin above its edge: linear interpolation of a
    function f is too high by about width^2 / 2 sum f'' bend.
    """

    people: Floats
    right: Floats
    bend: Floats


def scale_scores(slopes: Floats) -> Scores:
    """Return slopes (J,) as whole numbers such that no score needs more than 30 bits, and bins fine enough.

    Sharing a person out between bins of width h adds about h^2 Var(theta | T) / 6 to the variance of his posterior,
    relative to it; Var(theta | T) falls with the range of T. The width is chosen to keep this below 1e-4 of a part.
    """
    total = float(np.abs(slopes).sum())
    scale = ((1 << _RANGE) - 2 * len(slopes)) / max(total, 1e-3)
    whole = np.rint(slopes * scale).astype(np.int64)
    bits = int(np.clip(np.rint(np.log2(220.0 * np.sqrt(max(total, 1e-3)))), 11, 14))
    return Scores(slopes=whole, scale=scale, lowest=int(np.minimum(whole, 0).sum()), shift=_RANGE - bits)


def splat(matrix: NDArray[np.int8], scores: Scores, *, kernel: bool = COMPILED) -> Splats:
    """Share people of complete 0/1 answers (N, J) out to the bins; compiled or not, the numbers are the same.

    Shares are whole numbers of 2^-fine, as fine as leaves the sums of a block below 2^31.
    """
    bins, items = (1 << (_RANGE - scores.shift)) + 2, matrix.shape[1]
    fine = min(scores.shift, _WHOLE - min(len(matrix), _BLOCK).bit_length())
    tally, right = np.zeros((2, bins)), np.zeros((bins, items))
    share = _splat_compiled if kernel else _splat_plainly
    for first in range(0, len(matrix), _BLOCK):
        counted, table = share(matrix[first : first + _BLOCK], scores, bins, fine)
        tally += counted
        right += table
    one = 2.0**-fine
    return Splats(people=tally[0] * one, right=right * one, bend=tally[1] * one)


def _splat_compiled(
    matrix: NDArray[np.int8], scores: Scores, bins: int, fine: int
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    tally, table = np.zeros((2, bins), dtype=np.int32), np.zeros((bins, matrix.shape[1]), dtype=np.int32)
    _share_out(matrix, scores.slopes.astype(np.int32), (scores.lowest, scores.shift, fine), tally, table)
    return tally, table


@compiled
def _share_out(
    matrix: NDArray[np.int8],
    slopes: NDArray[np.int32],
    scale: tuple[int, int, int],
    tally: NDArray[np.int32],
    table: NDArray[np.int32],
) -> None:
    """Add the people of a block to `tally` (2, B), people and bends, and to `table` (B, J)."""
    lowest, shift, fine = scale
    people, items = matrix.shape
    one, inside, drop = 1 << fine, (1 << shift) - 1, shift - fine
    for person in range(people):
        row = matrix[person]
        score = -lowest
        for item in range(items):
            score += slopes[item] * row[item]
        place = score >> shift
        upper = (score & inside) >> drop
        lower = one - upper
        tally[0, place] += lower
        tally[0, place + 1] += upper
        tally[1, place] += (lower * upper) >> fine
        below, above = table[place], table[place + 1]
        for item in range(items):
            below[item] += lower * row[item]
            above[item] += upper * row[item]


def _splat_plainly(matrix: NDArray[np.int8], scores: Scores, bins: int, fine: int) -> tuple[Floats, Floats]:
    tally, table = np.zeros((2, bins)), np.zeros((bins, matrix.shape[1]))
    for first in range(0, len(matrix), _CACHED):
        block = matrix[first : first + _CACHED].astype(float)
        score = (block @ scores.slopes.astype(float)).astype(np.int64) - scores.lowest
        place = score >> scores.shift
        upper = (score & ((1 << scores.shift) - 1)) >> (scores.shift - fine)
        lower = (1 << fine) - upper
        places, start = np.stack([place, place + 1], axis=1), np.arange(0, 2 * len(block) + 1, 2)
        shares = np.stack([lower, upper], axis=1).astype(float)
        sharing = sparse.csr_array((shares.ravel(), places.ravel(), start), shape=(len(block), bins))
        tally[0] += sharing.sum(axis=0)
        tally[1] += np.bincount(place, weights=(lower * upper) >> fine, minlength=bins)
        table += sharing.T @ block
    return tally, table


def score_exactly(matrix: NDArray[np.int8], scores: Scores) -> Floats:
    """Return the weighted score T of every person, shape (N,)."""
    slopes = scores.slopes.astype(float)
    parts = [matrix[first : first + _CACHED].astype(float) @ slopes for first in range(0, len(matrix), _CACHED)]
    found: Floats = np.concatenate(parts) / scores.scale
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Posteriors:
    """Posteriors given each of B scores, `weight` (B, Q), and the log of the marginal likelihood, `level` (B,)."""

    weight: Floats
    level: Floats


def weigh_scores(scores: Floats, x: Floats, theta: Floats, log_prior: Floats) -> Posteriors:
    """Return posteriors given each score (B,), for natural parameters x (J, 2), nodes and log weights of nodes (Q,)."""
    z = x[:, :1] * theta + x[:, 1:2]
    total = (np.maximum(z, 0.0) + np.log1p(np.exp(-np.abs(z)))).sum(axis=0)
    level = scores[:, None] * theta + (log_prior - total)
    top = level.max(axis=1)
    weight = np.exp(level - top[:, None])
    mass = weight.sum(axis=1)
    return Posteriors(weight=weight / mass[:, None], level=top + np.log(mass))


def expect_splats(matrices: tuple[NDArray[np.int8], ...], x: Floats, theta: Floats, log_prior: Floats) -> Expected:
    """Return expected counts of complete 0/1 answers, one matrix (N, J) a group, with log weights (G, Q).

    A few thousand people are not shared out at all. The log-likelihood of more is right to the third power of the
    width of a bin: `sum_exactly` has the exact one.
    """
    scores = scale_scores(x[:, 0])
    rounded = _round(scores, x)
    counts, density = np.zeros((len(x), 2, len(theta))), np.zeros((len(matrices), len(theta)))
    doubt, value = np.zeros((len(x), 2)), 0.0
    for group, matrix in enumerate(matrices):
        place, shared, bits = _share(matrix, scores)
        post = weigh_scores(place, rounded, theta, log_prior[group])
        weight = round_binary(post.weight, bits=bits)
        mean = np.einsum("bq,q->b", weight, theta)
        variance = np.einsum("bq,q->b", weight, theta * theta) - mean * mean
        density[group] = np.einsum("b,bq->q", shared.people, weight)
        counts[:, 1] += shared.right.T @ weight
        doubt[:, 1] += np.einsum("b,bj->j", variance, shared.right)
        doubt[:, 0] += (shared.people * variance).sum()
        value += float((shared.people * post.level).sum() + (shared.right.sum(axis=0) * x[:, 1]).sum())
        value -= float(0.5 * scores.width**2 * (variance * shared.bend).sum())
    counts[:, 0] = density.sum(axis=0) - counts[:, 1]
    doubt[:, 0] -= doubt[:, 1]
    return Expected(counts=np.maximum(counts, 0.0), density=density, log_likelihood=value, doubt=doubt)


def _share(matrix: NDArray[np.int8], scores: Scores) -> tuple[Floats, Splats, int]:
    """Return scores (B,), the people there, and how many bits of their posteriors keep the sums exact."""
    if len(matrix) <= _FEW:
        own = score_exactly(matrix, scores)
        return own, Splats(people=np.ones(len(own)), right=matrix.astype(float), bend=np.zeros(len(own))), 40
    shared = splat(matrix, scores)
    used = np.flatnonzero(shared.people > 0)
    some = Splats(people=shared.people[used], right=shared.right[used], bend=shared.bend[used])
    return scores.bins[used], some, 52 - _WHOLE


def _round(scores: Scores, x: Floats) -> Floats:
    """Return the parameters (J, 2) with slopes as they are in whole numbers."""
    return np.stack([scores.slopes / scores.scale, x[:, 1]], axis=1)


def sum_exactly(matrices: tuple[NDArray[np.int8], ...], x: Floats, theta: Floats, log_prior: Floats) -> float:
    """Return the log-likelihood, from each person's own score by cubic interpolation between the bins.

    The derivative of the log of the marginal likelihood in T is the posterior mean, so Hermite's cubic is at hand; its
    error is of the fourth power of the width of a bin.
    """
    scores = scale_scores(x[:, 0])
    width, total = scores.width, 0.0
    for group, matrix in enumerate(matrices):
        own = score_exactly(matrix, scores)
        place = np.floor((own - scores.bins[0]) / width).astype(np.int64)
        used, number = np.unique(np.concatenate([place, place + 1]), return_inverse=True)
        post = weigh_scores(scores.bins[used], _round(scores, x), theta, log_prior[group])
        mean = np.einsum("bq,q->b", post.weight, theta)
        low, high = number[: len(place)], number[len(place) :]
        t = (own - scores.bins[used][low]) / width
        rise = post.level[high] - post.level[low]
        left, right = width * mean[low] - rise, rise - width * mean[high]
        level = (1 - t) * post.level[low] + t * post.level[high] + t * (1 - t) * ((1 - t) * left + t * right)
        total += float(level.sum()) + float((matrix.sum(axis=0, dtype=np.int64) * x[:, 1]).sum())
    return total


def miss_splats(matrix: NDArray[np.int8], x: Floats, theta: Floats, log_prior: Floats) -> Floats:
    """Return the missing information of (a, d), shape (J, 2, J, 2): the sum over people of Cov(score | answers).

    The score of item j is (x_j - P_j(theta)) (theta, 1), so covariances given T come from tables by bin, but for
    x_j x_k Var(theta | T), a Gram matrix of the answers.
    """
    scores = scale_scores(x[:, 0])
    shared, size = splat(matrix, scores), len(x)
    used = np.flatnonzero(shared.people > 0)
    post = weigh_scores(scores.bins[used], x, theta, log_prior)
    people, right = shared.people[used], shared.right[used]
    curve = logistic(x[:, :1] * theta + x[:, 1:2])
    both = np.concatenate([curve * theta, curve])
    mean, place = post.weight @ both.T, np.einsum("bq,q->b", post.weight, theta)
    variance = np.einsum("bq,bq->b", post.weight, (theta - place[:, None]) ** 2)
    found = (both * np.einsum("b,bq->q", people, post.weight)) @ both.T - (mean * people[:, None]).T @ mean
    mixed = right.T @ ((post.weight * theta) @ both.T - place[:, None] * mean)
    found[:size] -= mixed
    found[:, :size] -= mixed.T
    own = np.interp(score_exactly(matrix, scores), scores.bins[used], variance)
    for first in range(0, len(matrix), _CACHED):
        block = matrix[first : first + _CACHED].astype(float)
        found[:size, :size] += block.T @ (block * own[first : first + _CACHED, None])
    return np.ascontiguousarray(found.reshape(2, size, 2, size).transpose(1, 0, 3, 2))
