"""Maximising: the M-step, the parameters under which the expected counts are most likely."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from waymark.assess.calibration.families import LOGISTIC, Model, derive, jacobian, naturalise, take_model
from waymark.assess.items import Floats

STEEPEST: Final = 20.0  # largest slope and
FARTHEST: Final = 100.0  # largest intercept that an estimate may take
_LARGE: Final = 1.0
_SMALL: Final = 1e-3
_CELLS: Final = 1 << 17


@dataclass(frozen=True, slots=True, kw_only=True)
class Prior:
    """Normal priors on the coordinates of J items, means and precisions (J, P); precision zero says nothing."""

    mean: Floats
    precision: Floats


def maximise(  # noqa: PLR0913  what there is to maximise, and how long
    model: Model,
    y: Floats,
    counts: Floats,
    theta: Floats,
    *,
    prior: Prior,
    free: NDArray[np.bool_],
    rounds: int = 6,
) -> tuple[Floats, Floats]:
    """Return coordinates (J, P) nearer the maximum of sum counts log P + log prior, and the information (J, P, P).

    Guarded Fisher scoring; it stops when no coordinate moves by more than a thousandth, since a step of EM needs no
    more (Lange 1995). `free` (J, P) is true where a parameter may move. Items are taken some at a time, for the cache.
    """
    size = len(y) if model.common else max(1, _CELLS // counts[0].size)
    found, bend = np.empty_like(y), np.empty((*y.shape, y.shape[1]))
    for first in range(0, len(y), size):
        rows = slice(first, first + size)
        own = Prior(mean=prior.mean[rows], precision=prior.precision[rows])
        part = take_model(model, rows)
        found[rows], bend[rows] = _climb(part, y[rows], counts[rows], theta, prior=own, free=free[rows], rounds=rounds)
    return found, bend


def _climb(  # noqa: PLR0913  as `maximise`
    model: Model,
    y: Floats,
    counts: Floats,
    theta: Floats,
    *,
    prior: Prior,
    free: NDArray[np.bool_],
    rounds: int,
) -> tuple[Floats, Floats]:
    kept, step, best = y, np.zeros_like(y), np.full(len(y), -np.inf)
    for _ in range(rounds):
        value, gradient, information = differentiate(model, kept + step, counts, theta, prior=prior)
        if model.common:
            value = np.full(len(y), value.sum())
        worse = value < best - 1e-9 * np.abs(best)
        kept = np.where(worse[:, None], kept, kept + step)
        best = np.where(worse, best, value)
        newton = _solve(model, gradient, information, free)
        size = np.abs(newton).max(axis=None if model.common else 1, keepdims=True)
        newton *= _LARGE / np.maximum(size, _LARGE)
        step = np.where(worse[:, None], 0.25 * step, newton)
        if np.abs(step).max(initial=0.0) < _SMALL:
            break
    return bound(model, np.where(worse[:, None], kept, kept + step)), information


def differentiate(
    model: Model, y: Floats, counts: Floats, theta: Floats, *, prior: Prior
) -> tuple[Floats, Floats, Floats]:
    """Return value (J,), gradient (J, P) and expected information (J, P, P) of counts and prior, in coordinates y."""
    x = naturalise(model, y)
    value, gradient, information = derive(model, x, counts, theta)
    if model.logarithmic:
        turn = jacobian(model, x)
        gradient = np.einsum("jp,jpr->jr", gradient, turn)
        information = np.einsum("jpr,jps,jst->jrt", turn, information, turn)
    off = y - prior.mean
    value = value - 0.5 * (prior.precision * off * off).sum(axis=1)
    gradient = gradient - prior.precision * off
    information = information + prior.precision[:, :, None] * np.eye(y.shape[1])
    return value, gradient, information


def _solve(model: Model, gradient: Floats, information: Floats, free: NDArray[np.bool_]) -> Floats:
    """Return Newton steps, zero where a parameter is not free."""
    slope = np.where(free, gradient, 0.0)
    both = free[:, :, None] & free[:, None, :]
    bent = np.where(both, information, 0.0) + np.where(free, 1e-9, 1.0)[:, :, None] * np.eye(free.shape[1])
    if model.common:
        return _solve_common(slope, bent, free)
    if model.family == LOGISTIC:
        determinant = bent[:, 0, 0] * bent[:, 1, 1] - bent[:, 0, 1] ** 2
        first = bent[:, 1, 1] * slope[:, 0] - bent[:, 0, 1] * slope[:, 1]
        second = bent[:, 0, 0] * slope[:, 1] - bent[:, 0, 1] * slope[:, 0]
        return np.stack([first, second], axis=1) / np.maximum(determinant, 1e-18)[:, None]
    return np.asarray(np.linalg.solve(bent, slope[:, :, None])[:, :, 0], dtype=np.float64)


def _solve_common(gradient: Floats, information: Floats, free: NDArray[np.bool_]) -> Floats:
    """Solve for one slope shared by the free items and an intercept each (an arrow matrix, by its Schur complement)."""
    moving = free[:, 0]
    own, cross = information[:, 1, 1], information[:, 0, 1]
    reduced = (information[moving, 0, 0] - cross[moving] ** 2 / own[moving]).sum()
    shared = (gradient[moving, 0] - cross[moving] * gradient[moving, 1] / own[moving]).sum() / max(reduced, 1e-12)
    slope = np.where(moving, shared, 0.0)
    return np.stack([slope, (gradient[:, 1] - cross * slope) / own], axis=1)


def bound(model: Model, y: Floats) -> Floats:
    """Keep estimates that run off to infinity at a large number."""
    kept = y.copy()
    if model.logarithmic:
        kept[:, 0] = np.clip(y[:, 0], -np.log(STEEPEST), np.log(STEEPEST))
        kept[:, 1:] = np.clip(y[:, 1:], -FARTHEST, FARTHEST)
    else:
        kept[:, 0] = np.clip(y[:, 0], -STEEPEST, STEEPEST)
        kept[:, 1:] = np.clip(y[:, 1:], -FARTHEST, FARTHEST)
    return kept
