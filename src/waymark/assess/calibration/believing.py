"""Believing: what items have in common, learned from all of them (empirical Bayes)."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

from waymark.assess.calibration.calibrations import Priors
from waymark.assess.calibration.expecting import Expected
from waymark.assess.calibration.families import ASYMPTOTIC, Model, score_coordinates, take_model
from waymark.assess.calibration.maximising import Prior
from waymark.assess.items import Floats, Ints

_STEP: Final = 1e-3
_CELLS: Final = 1 << 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """Standardised features of J items with a leading one, `columns` (J, F + 1), and the ridge estimator (F + 1, J)."""

    columns: Floats
    estimator: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Beliefs:
    """Difficulties are normal about columns @ `weights` with `difficulty_sd`, log slopes with `log_slope_sd`."""

    weights: Floats
    difficulty_sd: float
    log_slope_sd: float


def make_design(features: Floats | None, *, items: int, priors: Priors) -> Design:
    """Standardise features (J, F) and prepare their ridge regression; the constant is not penalised."""
    given = np.zeros((items, 0)) if features is None else features
    centre, spread = given.mean(axis=0), given.std(axis=0)
    columns = np.concatenate([np.ones((items, 1)), (given - centre) / np.where(spread > 0, spread, 1.0)], axis=1)
    penalty = np.full(columns.shape[1], priors.ridge)
    penalty[0] = 0.0
    return Design(columns=columns, estimator=np.linalg.solve(columns.T @ columns + np.diag(penalty), columns.T))


def begin_beliefs(priors: Priors, design: Design) -> Beliefs:
    """Return the beliefs that priors state before any answer."""
    weights = np.zeros(design.columns.shape[1])
    weights[0] = priors.difficulty
    return Beliefs(
        weights=weights,
        difficulty_sd=priors.difficulty_sd,
        log_slope_sd=priors.log_slope_sd,
    )


def pack_beliefs(beliefs: Beliefs) -> Floats:
    """Return beliefs as one vector without bounds."""
    rest = [np.log(beliefs.difficulty_sd), np.log(beliefs.log_slope_sd)]
    return np.concatenate([beliefs.weights, rest])


def unpack_beliefs(packed: Floats) -> Beliefs:
    """Return the beliefs of a vector from `pack_beliefs`."""
    return Beliefs(
        weights=packed[:-2],
        difficulty_sd=float(np.exp(packed[-2])),
        log_slope_sd=float(np.exp(packed[-1])),
    )


def make_prior(model: Model, beliefs: Beliefs | None, *, priors: Priors, design: Design) -> Prior:
    """Return the normal prior of every coordinate (J, P): all of them with beliefs, asymptotes alone without."""
    mean, precision = np.zeros((2, len(model.categories), model.parameters))
    if model.family == ASYMPTOTIC:
        mean[:, 2:] = logit(priors.guessing), logit(priors.ceiling)
        precision[:, 2:] = priors.guessing_sd**-2.0, priors.ceiling_sd**-2.0
    if beliefs is not None:
        places = slice(1, 2) if model.family == ASYMPTOTIC else slice(1, None)
        mean[:, places] = (design.columns @ beliefs.weights)[:, None]
        precision[:, places] = beliefs.difficulty_sd**-2.0
        if not model.common:
            mean[:, 0] = priors.log_slope
            precision[:, 0] = beliefs.log_slope_sd**-2.0
    return Prior(mean=mean, precision=precision)


def miss_roughly(model: Model, x: Floats, expected: Expected, theta: Floats) -> Floats:
    """Return about the missing information of each item (J, P, P), in its coordinates.

    To first order the covariance of a score given the answers is its slope in ability squared times the variance of
    ability, here the mean variance of those who gave the answer.
    """
    found = np.zeros((len(x), x.shape[1], x.shape[1]))
    if expected.doubt is None:
        return found
    people = expected.counts.sum(axis=2)
    variance = expected.doubt / np.maximum(people, 1e-9)
    size = max(1, _CELLS // (expected.counts[0].size * x.shape[1]))
    for first in range(0, len(x), size):
        rows = slice(first, first + size)
        part = take_model(model, rows)
        up = score_coordinates(part, x[rows], theta + _STEP)
        bend = (up - score_coordinates(part, x[rows], theta - _STEP)) / (2 * _STEP)
        flat = bend.reshape(*bend.shape[:2], -1)
        weight = (expected.counts[rows] * variance[rows, :, None]).reshape(len(bend), 1, -1)
        found[rows] = (flat * weight) @ np.swapaxes(flat, 1, 2)
    return found


def doubt_items(information: Floats, missing: Floats, free: NDArray[np.bool_]) -> Floats:
    """Return posterior covariances (J, P, P) of free parameters, the others being known.

    The inverse of complete less missing information, of which never less than a twentieth is taken to be left.
    """
    both = free[:, :, None] & free[:, None, :]
    values, vectors = np.linalg.eigh(np.where(both, information, np.eye(free.shape[1])))
    root = vectors / np.sqrt(np.maximum(values, 1e-9))[:, None, :]
    lost = np.swapaxes(root, 1, 2) @ np.where(both, missing, 0.0) @ root
    left, turned = np.linalg.eigh(np.eye(free.shape[1]) - lost)
    whole = root @ turned
    found: Floats = (whole / np.maximum(left, 0.05)[:, None, :]) @ np.swapaxes(whole, 1, 2)
    return np.where(both, found, 0.0)


def learn(model: Model, y: Floats, covariance: Floats, *, priors: Priors, design: Design, rows: Ints) -> Beliefs:
    """Return the beliefs that make coordinates y (J, P) with posterior covariances (J, P, P) most likely.

    One step of EM: the variance of a parameter about its mean is that of its estimate plus the estimate's own (Bock &
    Aitkin 1981 for abilities, here for items). Only the items of `rows` are learned from. The mean log slope is not
    learned: with ability's sd it sets the scale, modes of slopes lie above their means, and where each person is given
    items of his level hardly anything else holds the scale, so that learning makes it drift away.
    """
    place = y[:, 1] if model.width == 2 else _mean_step(model, y)
    weights = design.estimator @ place
    off = place - design.columns @ weights
    within = covariance[:, 1, 1] + _spread_of_steps(model, y, place)
    difficulty = _pool((off**2 + within)[rows], priors.difficulty_sd, priors)
    slope = _pool(((y[:, 0] - priors.log_slope) ** 2 + covariance[:, 0, 0])[rows], priors.log_slope_sd, priors)
    return Beliefs(weights=weights, difficulty_sd=difficulty, log_slope_sd=slope)


def _pool(squares: Floats, sd: float, priors: Priors) -> float:
    return float(np.sqrt((priors.weight * sd**2 + squares.sum()) / (priors.weight + len(squares))))


def _mean_step(model: Model, y: Floats) -> Floats:
    there = ~model.lacking[:, 1:]
    found: Floats = (y[:, 1:] * there).sum(axis=1) / there.sum(axis=1)
    return found


def _spread_of_steps(model: Model, y: Floats, place: Floats) -> Floats:
    if model.width == 2:
        return np.zeros(len(y))
    there = ~model.lacking[:, 1:]
    found: Floats = (((y[:, 1:] - place[:, None]) ** 2) * there).sum(axis=1) / there.sum(axis=1)
    return found
