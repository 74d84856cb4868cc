"""Families of response models as estimation sees them: log probabilities and their slopes in the parameters.

Natural parameters x (J, P) are slope and intercepts, for which likelihoods are closest to quadratic:
    logistic     (a, d)                      z = a theta + d                              1PL, 2PL
    asymptotic   (a, d, logit c, logit u)    c + (u - c) / (1 + exp(-z))                  3PL, 4PL
    partial      (a, d_1 .. d_m)             P(k) ~ exp(k a theta + d_k)                  GPCM
    graded       (a, d_1 .. d_m)             P(at least k) = 1 / (1 + exp(-a theta - d_k))  GRM
Tables have shape (J, M, Q), M the largest number of categories; categories that an item lacks hold zeros.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from waymark.assess.curves import TINY, logistic
from waymark.assess.items import Floats, Ints

LOGISTIC, ASYMPTOTIC, PARTIAL, GRADED = "logistic", "asymptotic", "partial", "graded"
FAMILIES: Final = {
    "1pl": LOGISTIC,
    "2pl": LOGISTIC,
    "3pl": ASYMPTOTIC,
    "4pl": ASYMPTOTIC,
    "gpcm": PARTIAL,
    "grm": GRADED,
}
FAR: Final = -1e30  # the log weight of a category that an item lacks


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A response model for J items with the given numbers of categories, shape (J,).

    `family` is mostly that of `FAMILIES`; a 2PL beside known items with asymptotes is of the wider one. With
    `logarithmic`, items are estimated on (log a, b) or (log a, steps) instead of the natural parameters, which is
    where the priors live. `widest` may ask for more categories than any item has.
    """

    name: str
    family: str
    categories: Ints
    logarithmic: bool = False
    widest: int = 0

    @property
    def common(self) -> bool:
        """Whether all items share one slope."""
        return self.name == "1pl"

    @property
    def width(self) -> int:
        """Largest number of categories."""
        return max(int(self.categories.max()), self.widest)

    @property
    def parameters(self) -> int:
        """Number of columns of a table of parameters."""
        return {LOGISTIC: 2, ASYMPTOTIC: 4}.get(self.family, self.width)

    @property
    def lacking(self) -> NDArray[np.bool_]:
        """Places (J, M) of categories that an item lacks."""
        found: NDArray[np.bool_] = np.arange(self.width) >= self.categories[:, None]
        return found


def take_model(model: Model, rows: slice) -> Model:
    """Return the model of some of the items, as wide as that of all."""
    return replace(model, categories=model.categories[rows], widest=model.width)


def log_probabilities(model: Model, x: Floats, theta: Floats) -> Floats:
    """Return log P(category | theta), shape (J, M, Q), of natural parameters x (J, P) at abilities theta (Q,)."""
    if model.family == LOGISTIC:
        z = x[:, :1] * theta + x[:, 1:2]
        soft = np.log1p(np.exp(-np.abs(z)))
        return np.stack([-np.maximum(z, 0.0) - soft, np.minimum(z, 0.0) - soft], axis=1)
    if model.family == PARTIAL:
        level = _levels(model, x, theta)
        level -= level.max(axis=1, keepdims=True)
        found: Floats = level - np.log(np.exp(level).sum(axis=1, keepdims=True))
    else:
        found = np.log(_chances(model, x, theta))
    found[model.lacking] = 0.0
    return found


def _levels(model: Model, x: Floats, theta: Floats) -> Floats:
    intercept = np.concatenate([np.zeros((len(x), 1)), x[:, 1:]], axis=1)
    level: Floats = np.arange(model.width)[:, None] * (x[:, :1, None] * theta) + intercept[:, :, None]
    level[model.lacking] = FAR
    return level


def _chances(model: Model, x: Floats, theta: Floats) -> Floats:
    """Return P(category | theta), never below a tiny number, of the families that have no simple logarithm."""
    if model.family == ASYMPTOTIC:
        z = x[:, :1] * theta + x[:, 1:2]
        low, high = logistic(x[:, 2:3]), logistic(x[:, 3:4])
        up, down = logistic(z), logistic(-z)
        return np.maximum(np.stack([(1 - high) + (high - low) * down, low + (high - low) * up], axis=1), TINY)
    edge = _edges(model, x, theta)
    return np.maximum(edge[:, :-1] - edge[:, 1:], TINY)


def _edges(model: Model, x: Floats, theta: Floats) -> Floats:
    """Return P(at least k | theta) for k = 0 .. M, shape (J, M + 1, Q)."""
    one = np.ones((len(x), 1, len(theta)))
    inner = logistic(x[:, :1, None] * theta + x[:, 1:, None])
    inner[model.lacking[:, 1:]] = 0.0
    return np.concatenate([one, inner, 0 * one], axis=1)


def slopes(model: Model, x: Floats, theta: Floats) -> Floats:
    """Return the derivatives of log P in the natural parameters, shape (J, P, M, Q)."""
    if model.family == LOGISTIC:
        up = logistic(x[:, :1] * theta + x[:, 1:2])
        residual = np.stack([-up, 1.0 - up], axis=1)
        return np.stack([residual * theta, residual], axis=1)
    if model.family == PARTIAL:
        return _partial_slopes(model, x, theta)
    moved = _asymptotic_moves(x, theta) if model.family == ASYMPTOTIC else _graded_moves(model, x, theta)
    found: Floats = moved / _chances(model, x, theta)[:, None]
    found[np.broadcast_to(model.lacking[:, None], found.shape[:3])] = 0.0
    return found


def _partial_slopes(model: Model, x: Floats, theta: Floats) -> Floats:
    level = _levels(model, x, theta)
    weight = np.exp(level - level.max(axis=1, keepdims=True))
    chance = weight / weight.sum(axis=1, keepdims=True)
    number = np.arange(model.width)[:, None]
    mean = (number * chance).sum(axis=1, keepdims=True)
    steps = np.eye(model.width)[1:, :, None] - chance[:, 1:, None, :]
    found = np.concatenate([((number - mean) * theta)[:, None], steps], axis=1)
    found[np.broadcast_to(model.lacking[:, None], found.shape[:3])] = 0.0
    return found


def _asymptotic_moves(x: Floats, theta: Floats) -> Floats:
    """Return the derivatives of P, shape (J, 4, 2, Q)."""
    z = x[:, :1] * theta + x[:, 1:2]
    low, high = logistic(x[:, 2:3]), logistic(x[:, 3:4])
    up, down = logistic(z), logistic(-z)
    bend = (high - low) * up * down
    right = np.stack([bend * theta, bend, low * (1 - low) * down, high * (1 - high) * up], axis=1)
    return np.stack([-right, right], axis=2)


def _graded_moves(model: Model, x: Floats, theta: Floats) -> Floats:
    edge = _edges(model, x, theta)
    bend = edge * (1.0 - edge)
    found = np.zeros((len(x), model.width, model.width, len(theta)))
    found[:, 0] = (bend[:, :-1] - bend[:, 1:]) * theta
    for step in range(1, model.width):
        found[:, step, step] = bend[:, step]
        found[:, step, step - 1] = -bend[:, step]
    return found


def derive(model: Model, x: Floats, counts: Floats, theta: Floats) -> tuple[Floats, Floats, Floats]:
    """Return value (J,), gradient (J, P) and expected information (J, P, P) of sum counts log P, in natural parameters.

    `counts` (J, M, Q) are expected numbers of people by category and node.
    """
    if model.family == LOGISTIC:
        return _derive_logistic(x, counts, theta)
    table, slope = log_probabilities(model, x, theta), slopes(model, x, theta)
    value = np.einsum("jmq,jmq->j", counts, table)
    flat = slope.reshape(*slope.shape[:2], -1)
    gradient = np.einsum("jr,jpr->jp", counts.reshape(len(x), -1), flat)
    people = counts.sum(axis=1, keepdims=True) * np.where(model.lacking[:, :, None], 0.0, np.exp(table))
    information = np.einsum("jpr,jsr->jps", flat * people.reshape(len(x), 1, -1), flat)
    return value, gradient, information


def _derive_logistic(x: Floats, counts: Floats, theta: Floats) -> tuple[Floats, Floats, Floats]:
    z = x[:, :1] * theta + x[:, 1:2]
    small = np.exp(-np.abs(z))
    up = np.where(z >= 0, 1.0, small) / (1.0 + small)
    people = counts[:, 0] + counts[:, 1]
    value = (counts[:, 1] * z - people * (np.maximum(z, 0.0) + np.log1p(small))).sum(axis=1)
    residual = counts[:, 1] - people * up
    gradient = np.stack([(residual * theta).sum(axis=1), residual.sum(axis=1)], axis=1)
    weight = people * up * (1.0 - up)
    tilted = weight * theta
    first, cross = weight.sum(axis=1), tilted.sum(axis=1)
    information = np.stack(
        [np.stack([(tilted * theta).sum(axis=1), cross], axis=1), np.stack([cross, first], axis=1)], axis=1
    )
    return value, gradient, information


def naturalise(model: Model, y: Floats) -> Floats:
    """Return natural parameters from the coordinates that items are estimated on, both of shape (J, P)."""
    if not model.logarithmic:
        return y
    x = y.copy()
    x[:, 0] = np.exp(y[:, 0])
    if model.family == PARTIAL:
        x[:, 1:] = -x[:, :1] * np.cumsum(y[:, 1:], axis=1)
        x[:, 1:][model.lacking[:, 1:]] = 0.0
    else:
        last = 2 if model.family in {LOGISTIC, ASYMPTOTIC} else model.width
        x[:, 1:last] = -x[:, :1] * y[:, 1:last]
    return x


def coordinate(model: Model, x: Floats) -> Floats:
    """Return the coordinates that items are estimated on, from natural parameters; the inverse of `naturalise`."""
    if not model.logarithmic:
        return x
    y = x.copy()
    y[:, 0] = np.log(x[:, 0])
    if model.family == PARTIAL:
        level = -x[:, 1:] / x[:, :1]
        y[:, 1:] = np.diff(level, axis=1, prepend=0.0)
        y[:, 1:][model.lacking[:, 1:]] = 0.0
    else:
        last = 2 if model.family in {LOGISTIC, ASYMPTOTIC} else model.width
        y[:, 1:last] = -x[:, 1:last] / x[:, :1]
    return y


def jacobian(model: Model, x: Floats) -> Floats:
    """Return dx / d(log a, places, logits), shape (J, P, P), whatever coordinates are in use."""
    size = x.shape[1]
    found = np.tile(np.eye(size), (len(x), 1, 1))
    found[:, 0, 0] = x[:, 0]
    last = 2 if model.family in {LOGISTIC, ASYMPTOTIC} else model.width
    found[:, 1:last, 0] = x[:, 1:last]
    below = np.tril(np.ones((last - 1, last - 1))) if model.family == PARTIAL else np.eye(last - 1)
    found[:, 1:last, 1:last] = -x[:, :1, None] * below
    return found


def score_coordinates(model: Model, x: Floats, theta: Floats) -> Floats:
    """Return the derivatives of log P in the coordinates that items are estimated on, shape (J, P, M, Q)."""
    natural = slopes(model, x, theta)
    if not model.logarithmic:
        return natural
    found: Floats = np.einsum("jpmq,jpr->jrmq", natural, jacobian(model, x))
    return found
