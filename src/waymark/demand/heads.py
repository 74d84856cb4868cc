"""The heads of the reader: convex fits of roles, tasks, skills and subtasks, and their out-of-fold answers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

Array = NDArray[np.floating[Any]]
Rows = NDArray[np.int64]

ITERATIONS = 2000
_BALANCE = 0.5  # power of a class's inverse share that its rows weigh
_FREQUENT = 25  # marks from which a subtask gets weights of its own


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A linear map: scores = x @ weights + bias, with a column an output."""

    weights: Array
    bias: Array

    def score(self, x: csr_matrix | Array) -> Array:
        """Return raw scores (N, outputs)."""
        return np.asarray(x @ self.weights) + self.bias


def balance(role: Rows, roles: int, *, power: float = _BALANCE) -> Array:
    """Return a weight a row that lifts rare roles: (mean count / own count) ** power."""
    counts = np.bincount(role, minlength=roles)
    weights: Array = (len(role) / roles / np.maximum(counts, 1)) ** power
    return weights[role]


def fit_roles(x: csr_matrix | Array, soft: Array, row_weights: Array, *, strength: float) -> Head:
    """Fit a multinomial logistic regression to shares (N, R): a row counts once a role, by its share."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415  heavy, and only fitting needs it

    count, roles = soft.shape
    weights = (soft * row_weights[:, None]).ravel()
    kept = weights > 0
    rows, target = np.repeat(np.arange(count), roles)[kept], np.tile(np.arange(roles), count)[kept]
    fitted = LogisticRegression(C=strength, max_iter=ITERATIONS, tol=1e-5).fit(
        x[rows], target, sample_weight=weights[kept]
    )
    head = Head(weights=np.zeros((x.shape[1], roles)), bias=np.full(roles, -20.0))
    head.weights[:, fitted.classes_] = fitted.coef_.T
    head.bias[fitted.classes_] = fitted.intercept_
    return head


def fit_flags(x: csr_matrix | Array, flags: Array, *, strength: float) -> Head:
    """Fit a logistic regression a column of flags (N, T); a column without both values gets its base rate."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415  heavy, and only fitting needs it

    weights, bias = np.zeros((x.shape[1], flags.shape[1])), np.zeros(flags.shape[1])
    for column in range(flags.shape[1]):
        target = flags[:, column] > 0
        if target.all() or not target.any():
            bias[column] = np.log((target.sum() + 0.5) / ((~target).sum() + 0.5))
            continue
        fitted = LogisticRegression(C=strength, max_iter=ITERATIONS, tol=1e-5).fit(x, target)
        weights[:, column], bias[column] = fitted.coef_[0], fitted.intercept_[0]
    return Head(weights=weights, bias=bias)


def fit_levels(x: csr_matrix, levels: Array, *, ridge: float) -> Head:
    """Fit a ridge regression of levels 0-3 (N, K)."""
    from sklearn.linear_model import Ridge  # noqa: PLC0415  heavy, and only fitting needs it

    fitted = Ridge(alpha=ridge, solver="sparse_cg", tol=1e-8, max_iter=ITERATIONS).fit(x, levels)
    return Head(weights=fitted.coef_.T, bias=fitted.intercept_)


def fit_subtasks(
    x: csr_matrix, mentions: Array, task_scores: Array, marks: Array, *, strength: float
) -> tuple[Head, Array]:
    """Fit the subtasks (N, S) on the words, their own mentions and their task's score (both N, S).

    Return the head over `x` and two own weights a subtask. Subtasks marked fewer than 25 times share one pair of
    own weights and keep only a base rate of their own.
    """
    if not len(marks):  # no label marks subtasks: they follow their mentions and their task alone
        return (
            Head(weights=np.zeros((x.shape[1], marks.shape[1])), bias=np.full(marks.shape[1], _UNTAUGHT_BIAS)),
            np.tile(_OWN_SCALE, (marks.shape[1], 1)),
        )
    own = np.stack([np.log1p(mentions), task_scores], axis=-1)
    pooled = _fit_pooled(own, marks)
    weights = np.zeros((x.shape[1], marks.shape[1]))
    bias, own_weights = pooled.bias.copy(), np.tile(pooled.weights[:, 0], (marks.shape[1], 1))
    for column in np.flatnonzero(marks.sum(axis=0) >= _FREQUENT).tolist():
        both = csr_matrix(np.asarray(own[:, column])).multiply(_OWN_SCALE).tocsr()
        joint = fit_flags(_beside(x, both), marks[:, [column]], strength=strength)
        weights[:, column] = joint.weights[:-2, 0]
        own_weights[column] = joint.weights[-2:, 0] * _OWN_SCALE
        bias[column] = joint.bias[0]
    return Head(weights=weights, bias=bias), own_weights


_UNTAUGHT_BIAS = -1.5
_OWN_SCALE = np.array([2.0, 0.3])  # how freely the own mentions and the task's score are weighed beside the words


def _fit_pooled(own: Array, marks: Array) -> Head:
    """Fit one pair of own weights for all subtasks, and a base rate each."""
    count, subtasks = marks.shape
    flat = own.reshape(-1, 2)
    which = csr_matrix((np.ones(count * subtasks), (np.arange(count * subtasks), np.tile(np.arange(subtasks), count))))
    fitted = fit_flags(_beside(which, csr_matrix(flat)), marks.reshape(-1, 1), strength=1.0)
    return Head(weights=fitted.weights[-2:], bias=fitted.weights[:-2, 0] + fitted.bias[0])


def _beside(left: csr_matrix, right: csr_matrix) -> csr_matrix:
    from scipy.sparse import hstack  # noqa: PLC0415

    return hstack([left, right], format="csr")


def folds(role: Rows, *, count: int, rng: np.random.Generator) -> Iterator[tuple[Rows, Rows]]:
    """Yield (fit, held out) row numbers of `count` folds, stratified by role."""
    fold = np.empty(len(role), int)
    for value in np.unique(role):
        rows = np.flatnonzero(role == value)
        fold[rng.permutation(rows)] = np.arange(len(rows)) % count
    for number in range(count):
        yield np.flatnonzero(fold != number), np.flatnonzero(fold == number)


def logit(probability: Array) -> Array:
    """Return ln(p / (1 - p)), kept finite."""
    kept = np.clip(probability, 1e-6, 1 - 1e-6)
    return np.log(kept / (1 - kept))


def fit_temperature(scores: Array, role: Rows, *, candidates: Sequence[float]) -> float:
    """Return the temperature among the candidates with the least log-loss."""

    def loss(temperature: float) -> float:
        scaled = scores / temperature
        scaled = scaled - scaled.max(axis=1, keepdims=True)
        return float(np.mean(np.log(np.exp(scaled).sum(axis=1)) - scaled[np.arange(len(role)), role]))

    return min(candidates, key=loss)
