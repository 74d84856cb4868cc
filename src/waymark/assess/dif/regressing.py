"""Regressing answers on ability and group: the proportional-odds model for all items at once.

P(at least k) = 1 / (1 + exp(-(alpha_k + x' beta))), McCullagh 1980; with two answers it is logistic regression. Data
are counts (J, R, C): people of each of R cells (a level of ability in one group) who gave each of C answers.
"""

from dataclasses import dataclass

import numpy as np
from scipy import special

from waymark.assess.curves import logistic
from waymark.assess.dif.mantel import divide
from waymark.assess.items import Floats, Ints

_ROUNDS = 40
_FLOOR = 1e-10
_RUNAWAY = 12.0  # a slope in logits a standard deviation that only a separated table gives


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """Maximum likelihood by item: `log_likelihood` (J,), `beta` and `error` (J, P); NaN where there is no maximum."""

    log_likelihood: Floats
    beta: Floats
    error: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Regression:
    """Swaminathan & Rogers (1990) tests of every item, arrays of shape (J,); minus is against the focal group.

    `log_odds` is the group's coefficient in the model with a common slope, `slope_change` the focal group's slope less
    the reference group's, per standard deviation of the criterion. Chi-squares are twice the gain in log-likelihood:
    uniform, a shift that is the same at all abilities (1 df); nonuniform, different slopes beyond a shift (1 df);
    joint, both together (2 df). `r2_...` is the gain in Nagelkerke's (1991) R2.
    """

    people: Ints
    log_odds: Floats
    log_odds_error: Floats
    slope_change: Floats
    slope_change_error: Floats
    chi_square_uniform: Floats
    chi_square_nonuniform: Floats
    chi_square_joint: Floats
    p_uniform: Floats
    p_nonuniform: Floats
    p_joint: Floats
    r2_uniform: Floats
    r2_joint: Floats


def tail(chi_square: Floats, df: int) -> Floats:
    """Return the upper tail of chi-square, NaN for NaN."""
    found: Floats = special.chdtrc(df, chi_square)
    return found


def regress_groups(reference: Floats, focal: Floats, value: Floats) -> Regression:
    """Fit ability; ability and group; ability, group and their product, to tables (L, J, C) of two groups.

    `value` (L,) is the criterion at each level.
    """
    counts = np.concatenate([reference, focal]).transpose(1, 0, 2)
    x = np.concatenate([value, value])
    weight = counts.sum(axis=(0, 2))
    mean = np.average(x, weights=weight)
    sd = np.sqrt(np.average((x - mean) ** 2, weights=weight))
    x = (x - mean) / (sd or 1.0)
    group = np.repeat([0.0, 1.0], len(value))
    design = np.stack([x, group, x * group], axis=1)
    null = fit_cumulative(counts, design[:, :0])
    fits = [fit_cumulative(counts, design[:, :terms]) for terms in (1, 2, 3)]
    people = counts.sum(axis=(1, 2))
    level = [fit.log_likelihood for fit in fits]
    r2 = [_nagelkerke(one, null.log_likelihood, people) for one in level]
    gain = [np.maximum(2.0 * (level[k] - level[j]), 0.0) for j, k in ((0, 1), (1, 2), (0, 2))]
    return Regression(
        people=people.astype(np.int64),
        log_odds=fits[1].beta[:, 1],
        log_odds_error=fits[1].error[:, 1],
        slope_change=fits[2].beta[:, 2],
        slope_change_error=fits[2].error[:, 2],
        chi_square_uniform=gain[0],
        chi_square_nonuniform=gain[1],
        chi_square_joint=gain[2],
        p_uniform=tail(gain[0], 1),
        p_nonuniform=tail(gain[1], 1),
        p_joint=tail(gain[2], 2),
        r2_uniform=np.maximum(r2[1] - r2[0], 0.0),
        r2_joint=np.maximum(r2[2] - r2[0], 0.0),
    )


def _nagelkerke(fitted: Floats, null: Floats, people: Floats) -> Floats:
    size = np.maximum(people, 1.0)
    found: Floats = divide(1.0 - np.exp(2.0 * (null - fitted) / size), 1.0 - np.exp(2.0 * null / size))
    return found


def fit_cumulative(counts: Floats, design: Floats) -> Fit:
    """Fit the proportional-odds model to every item of `counts` (J, R, C) with one `design` (R, P).

    Answers that nobody gave are left out of an item; where fewer than two are left, or groups are separated so that
    a coefficient runs off, the item gets NaN.
    """
    size, terms = len(counts), design.shape[1]
    fit = Fit(
        log_likelihood=np.full(size, np.nan), beta=np.full((size, terms), np.nan), error=np.full((size, terms), np.nan)
    )
    used = counts.sum(axis=1) > 0
    for width in range(2, counts.shape[2] + 1):
        rows = np.flatnonzero(used.sum(axis=1) == width)
        if len(rows) == 0:
            continue
        kept = np.argsort(~used[rows], axis=1, kind="stable")[:, :width]
        part = np.take_along_axis(counts[rows], kept[:, None, :], axis=2)
        for first in range(0, len(rows), 256):
            piece = slice(first, first + 256)
            level, beta, error = _maximise(part[piece], design)
            fit.log_likelihood[rows[piece]], fit.beta[rows[piece]], fit.error[rows[piece]] = level, beta, error
    return fit


def _maximise(counts: Floats, design: Floats) -> tuple[Floats, Floats, Floats]:
    """Climb by Fisher scoring, halving the steps of items that would fall."""
    cuts = counts.shape[2] - 1
    share = np.cumsum(counts.sum(axis=1)[:, ::-1], axis=1)[:, ::-1]
    alpha = special.logit(share[:, 1:] / share[:, :1])
    point = np.concatenate([alpha, np.zeros((len(counts), design.shape[1]))], axis=1)
    level = _log_likelihood(counts, point, design)
    moving = np.ones(len(counts), dtype=bool)
    for _ in range(_ROUNDS):
        rows = np.flatnonzero(moving)
        if len(rows) == 0:
            break
        slope, information = _derive(counts[rows], point[rows], design)
        whole = np.asarray(np.linalg.solve(information, slope[:, :, None])[:, :, 0], dtype=np.float64)
        steps, after = _shorten(counts[rows], point[rows], whole, design, level[rows])
        point[rows] += steps
        moving[rows] = (np.abs(steps).max(axis=1) > 1e-7) & (after - level[rows] > 1e-11)
        level[rows] = after
    lost = moving | (np.abs(point[:, cuts:]).max(axis=1, initial=0.0) > _RUNAWAY)
    _, information = _derive(counts, point, design)
    error = np.sqrt(np.diagonal(np.linalg.inv(information), axis1=1, axis2=2))[:, cuts:]
    blank = np.where(lost, np.nan, 1.0)
    return level * blank, point[:, cuts:] * blank[:, None], error * blank[:, None]


def _shorten(counts: Floats, point: Floats, step: Floats, design: Floats, level: Floats) -> tuple[Floats, Floats]:
    """Return steps that do not lower the likelihood, and the likelihood after them."""
    after = _log_likelihood(counts, point + step, design)
    for _ in range(12):
        worse = ~(after >= level - 1e-9)
        if not worse.any():
            break
        step = np.where(worse[:, None], 0.5 * step, step)
        after = np.where(worse, _log_likelihood(counts, point + step, design), after)
    held = ~(after >= level - 1e-9)
    return np.where(held[:, None], 0.0, step), np.where(held, level, after)


def _curves(point: Floats, design: Floats, cuts: int) -> tuple[Floats, Floats]:
    """Return P(category) (J, R, C) and the slopes (J, R, C + 1) of P(at least k), zero at both ends."""
    z = point[:, None, :cuts] + (point[:, cuts:] @ design.T)[:, :, None]
    at_least = logistic(z)
    edge = np.ones((*z.shape[:2], 1))
    padded = np.concatenate([edge, at_least, 0 * edge], axis=2)
    slope = np.concatenate([0 * edge, at_least * logistic(-z), 0 * edge], axis=2)
    return np.maximum(padded[:, :, :-1] - padded[:, :, 1:], _FLOOR), slope


def _log_likelihood(counts: Floats, point: Floats, design: Floats) -> Floats:
    cuts = counts.shape[2] - 1
    ordered = (np.diff(point[:, :cuts], axis=1) < 0).all(axis=1)
    found = (counts * np.log(_curves(point, design, cuts)[0])).sum(axis=(1, 2))
    return np.where(ordered, found, -np.inf)


def _derive(counts: Floats, point: Floats, design: Floats) -> tuple[Floats, Floats]:
    """Return the gradient (J, P) and the expected information (J, P, P) over thresholds and coefficients."""
    cuts = counts.shape[2] - 1
    chance, slope = _curves(point, design, cuts)
    jacobian = np.zeros((*chance.shape, cuts + design.shape[1]))  # of P(category) by parameter
    for cut in range(cuts):
        jacobian[:, :, cut + 1, cut] = slope[:, :, cut + 1]
        jacobian[:, :, cut, cut] = -slope[:, :, cut + 1]
    jacobian[:, :, :, cuts:] = (slope[:, :, :-1] - slope[:, :, 1:])[..., None] * design[None, :, None, :]
    gradient = np.einsum("jrc,jrcp->jp", counts / chance, jacobian)
    weight = counts.sum(axis=2)[:, :, None] / chance
    flat = jacobian.reshape(len(counts), -1, jacobian.shape[3])
    information = (flat * weight.reshape(len(counts), -1, 1)).transpose(0, 2, 1) @ flat
    return gradient, information + 1e-10 * np.eye(information.shape[1])
