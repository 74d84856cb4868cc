"""Observed information: standard errors of all that was estimated."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from waymark.assess.calibration.expecting import Crowd, Expected, expect
from waymark.assess.calibration.families import Model, jacobian, log_probabilities, naturalise, score_coordinates
from waymark.assess.calibration.maximising import FARTHEST, STEEPEST, Prior, differentiate
from waymark.assess.calibration.missing_information import Evidence, Layout, lay_out, miss_by_item, multiply_scores
from waymark.assess.calibration.populations import spread_normal
from waymark.assess.calibration.splatting import expect_splats, miss_splats
from waymark.assess.items import Floats

EXACT, PRODUCTS, BY_ITEM, NONE = "exact (Louis)", "products of scores", "item by item", "none"
MOST_AT_ONCE: Final = 3_000
"""Parameters whose information is inverted as a whole; the cost is of their third power."""
_WORK: Final = 1e11
_STEP: Final = 1e-4


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """Where estimation ended: coordinates y (J, P), groups' means and sds (G,), the nodes and the priors."""

    model: Model
    y: Floats
    free: NDArray[np.bool_]
    mean: Floats
    sd: Floats
    moving: NDArray[np.bool_]
    theta: Floats
    prior: Prior


@dataclass(frozen=True, slots=True, kw_only=True)
class Errors:
    """Covariances (J, P, P) of (log |a|, places, logits) of each item, standard errors (G,) of means and sds."""

    covariance: Floats
    se_mean: Floats
    se_sd: Floats
    method: str


def estimate_errors(ending: Ending, crowd: Crowd) -> Errors:
    """Return errors from the observed information, by the most exact of three ways that is affordable.

    Exact: Louis's formula over all parameters at once. Products of expected scores: the same in expectation, for many
    people. Item by item: the exact formula for each item with the others taken as known, for very many items.
    """
    log_prior = spread_normal(ending.theta, mean=ending.mean, sd=ending.sd)
    x = naturalise(ending.model, ending.y)
    found = expect(crowd, ending.model, x, ending.theta, log_prior)
    layout = lay_out(ending.model, ending.free, moving=ending.moving)
    evidence = Evidence(
        crowd=crowd,
        table=log_probabilities(ending.model, x, ending.theta),
        score=score_coordinates(ending.model, x, ending.theta),
        theta=ending.theta,
        log_prior=log_prior,
        group_score=_score_groups(ending),
    )
    complete = complete_information(ending, found.counts)
    method = choose_method(layout.size, crowd.people)
    if method == BY_ITEM:
        return settle_by_item(ending, complete - miss_by_item(evidence, found.counts))
    if method == PRODUCTS:
        whole = multiply_scores(evidence, layout, expected=True) + fill(layout, _precision(ending.prior), None)
    else:
        whole = fill(layout, complete, _complete_groups(ending, found)) - multiply_scores(
            evidence, layout, expected=False
        )
    return settle(ending, layout, whole, method)


def estimate_errors_of_complete(ending: Ending, matrix: NDArray[np.int8]) -> Errors:
    """Return exact errors of complete 0/1 answers (N, J) to a 1PL or 2PL, all people being of one known population."""
    log_prior = spread_normal(ending.theta, mean=ending.mean, sd=ending.sd)
    x = naturalise(ending.model, ending.y)
    counts = expect_splats((matrix,), x, ending.theta, log_prior).counts
    missing = miss_splats(matrix, x, ending.theta, log_prior[0])
    if ending.model.logarithmic:
        turn = jacobian(ending.model, x)
        missing = np.einsum("jpkr,jps,krt->jskt", missing, turn, turn, optimize=True)
    layout = lay_out(ending.model, ending.free, moving=ending.moving)
    whole = fill(layout, complete_information(ending, counts), None) - _select(layout, missing)
    return settle(ending, layout, whole, EXACT)


def _select(layout: Layout, products: Floats) -> Floats:
    """Return the matrix (size, size) of products (J, P, J, P) of parameters; those of a shared place are summed."""
    item, one = np.nonzero(layout.number >= 0)
    place = layout.number[item, one]
    whole = np.zeros((layout.size, layout.size))
    np.add.at(whole, (place[:, None], place), products[item, one][:, item, one])
    return whole


def choose_method(size: int, people: int) -> str:
    """Return the most exact way that is affordable for the number of parameters and of people."""
    if 4.0 * people * size**2 <= _WORK and size <= MOST_AT_ONCE:
        return EXACT
    if float(people) * size**2 <= _WORK and size <= MOST_AT_ONCE and people >= 5 * size:
        return PRODUCTS
    return BY_ITEM


def complete_information(ending: Ending, counts: Floats) -> Floats:
    """Return minus the second derivatives (J, P, P) of counts and prior at the end, by central differences."""
    size = ending.y.shape[1]
    found = np.zeros((len(ending.y), size, size))
    for one in range(size):
        step = np.zeros(size)
        step[one] = _STEP
        _, up, _ = differentiate(ending.model, ending.y + step, counts, ending.theta, prior=ending.prior)
        _, down, _ = differentiate(ending.model, ending.y - step, counts, ending.theta, prior=ending.prior)
        found[:, :, one] = (down - up) / (2 * _STEP)
    return 0.5 * (found + np.swapaxes(found, 1, 2))


def _precision(prior: Prior) -> Floats:
    return prior.precision[:, :, None] * np.eye(prior.precision.shape[1])


def _score_groups(ending: Ending) -> Floats:
    away = (ending.theta - ending.mean[:, None]) / ending.sd[:, None]
    return np.stack([away / ending.sd[:, None], away**2 - 1.0], axis=1)


def _complete_groups(ending: Ending, found: Expected) -> Floats:
    """Return minus the second derivatives (G, 2, 2) of the groups' densities in mean and log sd."""
    away = (ending.theta - ending.mean[:, None]) / ending.sd[:, None]
    people = found.density.sum(axis=1)
    mixed = (2.0 * away * found.density).sum(axis=1) / ending.sd
    last = (2.0 * away**2 * found.density).sum(axis=1)
    first = people / ending.sd**2
    return np.stack([np.stack([first, mixed], axis=1), np.stack([mixed, last], axis=1)], axis=1)


def fill(layout: Layout, items: Floats, groups: Floats | None) -> Floats:
    """Return the matrix (size, size) of blocks of items (J, P, P) and groups (G, 2, 2); shared places are summed."""
    whole = np.zeros((layout.size, layout.size))
    item, one, other = np.nonzero((layout.number[:, :, None] >= 0) & (layout.number[:, None, :] >= 0))
    np.add.at(whole, (layout.number[item, one], layout.number[item, other]), items[item, one, other])
    if groups is not None:
        for number, group in enumerate(layout.groups):
            first = layout.first_group + 2 * number
            whole[first : first + 2, first : first + 2] = groups[group]
    return whole


def settle(ending: Ending, layout: Layout, whole: Floats, method: str) -> Errors:
    """Return errors from the information matrix; NaN for parameters that the answers leave open."""
    inverse = invert(whole, _find_runaways(ending, layout))
    at = np.maximum(layout.number, 0)
    known = (layout.number[:, :, None] < 0) | (layout.number[:, None, :] < 0)
    covariance = np.where(known, 0.0, inverse[at[:, :, None], at[:, None, :]]) if layout.size else np.zeros(known.shape)
    places = layout.first_group + 2 * np.arange(len(layout.groups))
    spread = np.sqrt(np.maximum(np.diag(inverse), 0.0))
    se_mean, se_sd = np.zeros((2, len(ending.mean)))
    se_mean[layout.groups] = spread[places]
    se_sd[layout.groups] = spread[places + 1] * ending.sd[layout.groups]
    return Errors(covariance=_turn(ending, covariance), se_mean=se_mean, se_sd=se_sd, method=method)


def _find_runaways(ending: Ending, layout: Layout) -> NDArray[np.bool_]:
    """Return which parameters (size,) belong to items whose estimates were stopped on their way to infinity."""
    bound = np.log(STEEPEST) if ending.model.logarithmic else STEEPEST
    far = (np.abs(ending.y[:, 1:]) >= FARTHEST) & ending.free[:, 1:]
    items = (np.abs(ending.y[:, 0]) >= bound) | far.any(axis=1)
    numbers = layout.number[items]
    found = np.zeros(layout.size, dtype=bool)
    found[numbers[numbers >= 0]] = True
    return found


def invert(whole: Floats, runaway: NDArray[np.bool_] | None = None) -> Floats:
    """Return the inverse of an information matrix, NaN on rows and columns of parameters without information.

    Those of `runaway` (size,), if any, count as known for the others.
    """
    told = (np.diag(whole) > 0) & ~(np.zeros(len(whole), dtype=bool) if runaway is None else runaway)
    scale = np.where(told, 1.0 / np.sqrt(np.where(told, np.diag(whole), 1.0)), 0.0)
    values, vectors = np.linalg.eigh(whole * scale[:, None] * scale + np.diag(np.where(told, 0.0, 1.0)))
    kept = values > 1e-10
    inverse = (vectors[:, kept] / values[kept]) @ vectors[:, kept].T
    lost = ~told | ((vectors[:, ~kept] ** 2).sum(axis=1) > 1e-6)
    found: Floats = inverse * scale[:, None] * scale
    found[lost] = np.nan
    found[:, lost] = np.nan
    return found


def settle_by_item(ending: Ending, blocks: Floats) -> Errors:
    """Return errors from the observed information of each item alone, shape (J, P, P)."""
    free = ending.free
    both = free[:, :, None] & free[:, None, :]
    whole = np.where(both, blocks, 0.0) + np.where(free, 0.0, 1.0)[:, :, None] * np.eye(free.shape[1])
    values = np.linalg.eigvalsh(whole)
    sound = values[:, 0] > 1e-10 * np.maximum(values[:, -1], 1e-10)
    inverse = np.full(whole.shape, np.nan)
    inverse[sound] = np.linalg.inv(whole[sound])
    open_ = np.where(ending.moving, np.nan, 0.0)
    covariance = np.where(both, inverse, 0.0)
    return Errors(covariance=_turn(ending, covariance), se_mean=open_, se_sd=open_, method=BY_ITEM)


def _turn(ending: Ending, covariance: Floats) -> Floats:
    """Return the covariance in (log |a|, places, logits), by the delta method where estimation was on intercepts."""
    if ending.model.logarithmic:
        return covariance
    x = ending.y.copy()
    flat = np.abs(x[:, 0]) < 1e-6
    x[flat, 0] = 1.0
    back = np.linalg.inv(jacobian(replace(ending.model, logarithmic=True), x))
    found: Floats = np.einsum("jpr,jrs,jts->jpt", back, covariance, back)
    found[flat] = np.nan
    return found
