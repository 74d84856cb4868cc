"""The nominal response model, ability known only as a posterior: which options draw which people."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from waymark.assess.items import Floats

_ROUNDS: Final = 100
_REACH: Final = 3.0  # the longest step of a parameter in a round


@dataclass(frozen=True, slots=True, kw_only=True)
class Nominal:
    """P(k | theta) proportional to exp(slope_k theta + intercept_k), both summing to zero over the K options.

    `slope_error` (K,) are standard errors, `ability` (K,) the mean of theta of the people who chose an option and
    `spread` (K,) its standard deviation.
    """

    slope: Floats
    intercept: Floats
    slope_error: Floats
    ability: Floats
    spread: Floats
    log_likelihood: float
    converged: bool


def fit_nominal(counts: Floats, posterior: Floats, theta: Floats) -> Nominal:
    """Fit one item by marginal maximum likelihood (Bock 1972; Bock & Aitkin 1981).

    `counts` (B, K) are choices of people in B classes, `posterior` (B, Q) the ability of each class over the nodes
    `theta` (Q,), found without this item. Maximises sum n_bk ln sum_q w_bq P_k(theta_q) by Fisher scoring, which has
    the fixed points of EM and gives standard errors on the way. Every option needs somebody who chose it.
    """
    width = counts.shape[1]
    contrast = _make_contrasts(width)
    share = counts.sum(axis=0) / counts.sum()
    point = np.concatenate([np.zeros(width - 1), contrast.T @ np.log(share)])
    level, converged = _find_level(counts, posterior, theta, contrast, point), False
    for _ in range(_ROUNDS):
        gradient, information = _derive(counts, posterior, theta, contrast, point)
        step = np.clip(np.linalg.solve(information, gradient), -_REACH, _REACH)
        after = _find_level(counts, posterior, theta, contrast, point + step)
        while after < level - 1e-9 and np.abs(step).max() > 1e-9:
            step = 0.5 * step
            after = _find_level(counts, posterior, theta, contrast, point + step)
        point, level = point + step, after
        if np.abs(step).max() < 1e-7:
            converged = True
            break
    _, information = _derive(counts, posterior, theta, contrast, point)
    inverse = np.linalg.inv(information)[: width - 1, : width - 1]
    ability, spread = _find_choosers(counts, posterior, theta, _find_curves(point, contrast, theta))
    return Nominal(
        slope=contrast @ point[: width - 1],
        intercept=contrast @ point[width - 1 :],
        slope_error=np.sqrt(np.diag(contrast @ inverse @ contrast.T)),
        ability=ability,
        spread=spread,
        log_likelihood=level,
        converged=converged,
    )


def _make_contrasts(width: int) -> Floats:
    """Return an orthonormal basis (K, K - 1) of the vectors that sum to zero."""
    return np.linalg.qr(np.eye(width) - 1.0 / width)[0][:, : width - 1]


def _find_curves(point: Floats, contrast: Floats, theta: Floats) -> Floats:
    """Return P(k | theta), (K, Q)."""
    free = contrast.shape[1]
    z = np.outer(contrast @ point[:free], theta) + (contrast @ point[free:])[:, None]
    weight = np.exp(z - z.max(axis=0))
    found: Floats = weight / weight.sum(axis=0)
    return found


def _find_level(counts: Floats, posterior: Floats, theta: Floats, contrast: Floats, point: Floats) -> float:
    chance = posterior @ _find_curves(point, contrast, theta).T
    return float((counts * np.log(np.maximum(chance, 1e-300))).sum())


def _derive(counts: Floats, posterior: Floats, theta: Floats, contrast: Floats, point: Floats) -> tuple[Floats, Floats]:
    """Return the gradient and the expected information by contrasts of slopes, then of intercepts."""
    curve = _find_curves(point, contrast, theta)
    width = len(curve)
    moved = curve[:, None, :] * (np.eye(width)[:, :, None] - curve[None, :, :])  # dP_k / dz_m, (K, K, Q)
    by_slope = np.einsum("kmq,bq,q->bkm", moved, posterior, theta, optimize=True) @ contrast
    by_intercept = np.einsum("kmq,bq->bkm", moved, posterior, optimize=True) @ contrast
    jacobian = np.concatenate([by_slope, by_intercept], axis=2)
    chance = np.maximum(posterior @ curve.T, 1e-300)
    gradient = np.einsum("bk,bkp->p", counts / chance, jacobian)
    weight = counts.sum(axis=1)[:, None] / chance
    flat = jacobian.reshape(-1, jacobian.shape[2])
    information = (flat * weight.reshape(-1, 1)).T @ flat
    return gradient, information + 1e-9 * np.eye(len(information))


def _find_choosers(counts: Floats, posterior: Floats, theta: Floats, curve: Floats) -> tuple[Floats, Floats]:
    """Return mean and standard deviation of the ability of those who chose each option."""
    chance = np.maximum(posterior @ curve.T, 1e-300)
    number = np.maximum(counts.sum(axis=0), 1e-300)
    first, second = (
        (counts / chance * (posterior @ (curve * theta**power).T)).sum(axis=0) / number for power in (1, 2)
    )
    return first, np.sqrt(np.maximum(second - first * first, 0.0))
