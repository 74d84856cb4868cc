"""Expectation propagation: the joint posterior of K correlated skills that are each measured by items of their own.

Each skill's exact likelihood on a grid is one site (Minka 2001): a Gaussian exp(nu theta - tau theta^2 / 2) stands for
it in the joint posterior, fitted so that the skill's marginal, cavity times exact likelihood, has the same mean and
variance. All arrays run over people first: N people, K skills, Q nodes.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from waymark.assess.items import Floats

SWEEPS: Final = 50
TOLERANCE: Final = 1e-6  # change of a mean, in logits
_LEAST: Final = 1e-12
_UNDOING: Final = 0.9  # share of the prior's least precision that sites may take away


class Joint(NamedTuple):
    """Joint posterior: mean (N, K), covariance (N, K, K), cavities (N, K), log evidence (N,), marginals K x (N, Q).

    The cavity of a skill is what the prior and the other skills say of it; the marginals, cavity times exact
    likelihood, are weights over the nodes.
    """

    mean: Floats
    covariance: Floats
    cavity_mean: Floats
    cavity_variance: Floats
    evidence: Floats
    marginals: tuple[Floats, ...]


class Sites(NamedTuple):
    """Gaussian stand-ins for the likelihood of each skill: precisions and shifts (N, K), refitted in place."""

    tau: Floats
    nu: Floats


class Tilted(NamedTuple):
    """A Gaussian times a likelihood: weights over the nodes (N, Q), mean, variance and log normaliser, each (N,)."""

    weights: Floats
    mean: Floats
    variance: Floats
    evidence: Floats


def tilt(logs: Floats, theta: Floats, *, mean: Floats, variance: Floats) -> Tilted:
    """Multiply log-likelihoods (N, Q) by Gaussians N(mean, variance), each (N,), on equally spaced nodes."""
    level = theta - mean[:, None]
    level *= level
    level *= (-0.5 / variance)[:, None]
    level += logs
    top = level.max(axis=1)
    level -= top[:, None]
    weights = np.exp(level, out=level)
    total = weights.sum(axis=1)
    weights /= total[:, None]
    raw = weights @ np.stack([theta, theta * theta], axis=1)
    spread = np.maximum(raw[:, 1] - raw[:, 0] ** 2, _LEAST)
    evidence = top + np.log(total * ((theta[1] - theta[0]) / np.sqrt(2 * np.pi))) - 0.5 * np.log(variance)
    return Tilted(weights, raw[:, 0], spread, evidence)


def propagate(
    logs: Sequence[Floats],
    theta: Floats,
    *,
    mean: Floats,
    covariance: Floats,
    sites: Sites | None = None,
    tolerance: float = TOLERANCE,
) -> Joint:
    """Return the joint posterior of N people under the prior N(mean (N, K), covariance (K, K) or (N, K, K)).

    `logs` holds K log-likelihoods (N, Q), a skill each, on the nodes `theta` (Q,). `sites`, where given, are begun
    from and refitted in place; each in turn by a rank-one update, until no mean moves by more than `tolerance`.
    """
    people, skills = mean.shape
    own = Sites(np.zeros((people, skills)), np.zeros((people, skills))) if sites is None else sites
    middle, spread = combine(own, mean=mean, covariance=covariance)
    away_mean, away_variance, log_normaliser = (np.empty((people, skills)) for _ in range(3))
    marginals = [np.zeros(0)] * skills
    floor = -_UNDOING / np.linalg.eigvalsh(covariance)[..., -1].astype(float)
    for _ in range(SWEEPS):
        moved = 0.0
        for skill in range(skills):
            before = middle[:, skill].copy()
            away = find_cavity(middle, spread, own, skill)
            found = tilt(logs[skill], theta, mean=away[0], variance=away[1])
            tau, nu = fit_site(found, *away, floor=floor)
            _update(middle, spread, skill, tau - own.tau[:, skill], nu - own.nu[:, skill])
            own.tau[:, skill], own.nu[:, skill] = tau, nu
            away_mean[:, skill], away_variance[:, skill] = away
            marginals[skill], log_normaliser[:, skill] = found.weights, found.evidence
            moved = max(moved, float(np.abs(middle[:, skill] - before).max(initial=0.0)))
        if moved < tolerance:
            break
    joint = Joint(middle, spread, away_mean, away_variance, np.zeros(people), tuple(marginals))
    return joint._replace(evidence=weigh_evidence(joint, own.nu, log_normaliser, mean=mean, covariance=covariance))


def combine(sites: Sites, *, mean: Floats, covariance: Floats) -> tuple[Floats, Floats]:
    """Return mean (N, K) and covariance (N, K, K) of prior times sites."""
    precision, skills = np.linalg.inv(covariance), mean.shape[1]
    if not sites.tau.any():
        return mean.copy(), np.broadcast_to(covariance, (*mean.shape, skills)).copy()
    spread = np.linalg.inv(precision + sites.tau[:, :, None] * np.eye(skills)).astype(float)
    shift = sites.nu + (precision @ mean[:, :, None])[:, :, 0]
    return (spread @ shift[:, :, None])[:, :, 0], spread


def find_cavity(middle: Floats, spread: Floats, sites: Sites, skill: int) -> tuple[Floats, Floats]:
    """Return mean and variance (N,) of a skill without its own site."""
    variance = spread[:, skill, skill]
    away = 1.0 / np.maximum(1.0 / variance - sites.tau[:, skill], _LEAST)
    return (middle[:, skill] / variance - sites.nu[:, skill]) * away, away


def fit_site(found: Tilted, mean: Floats, variance: Floats, *, floor: Floats) -> tuple[Floats, Floats]:
    """Return the precision and shift (N,) of the Gaussian that turns a cavity into its tilted moments.

    A likelihood that is not log-concave may widen a distribution: precisions go down to `floor`, at which the prior
    still holds all sites together.
    """
    tau = np.maximum(1.0 / found.variance - 1.0 / variance, floor)
    return tau, found.mean * (tau + 1.0 / variance) - mean / variance


def _update(middle: Floats, spread: Floats, skill: int, tau: Floats, nu: Floats) -> None:
    """Add tau and nu to the precision and shift of a skill, in place (Sherman & Morrison 1950)."""
    along = spread[:, :, skill].copy()
    scale = 1.0 / (1.0 + tau * along[:, skill])
    middle += along * ((nu - tau * middle[:, skill]) * scale)[:, None]
    spread -= (along * (tau * scale)[:, None])[:, :, None] * along[:, None, :]


def weigh_evidence(joint: Joint, nu: Floats, log_normaliser: Floats, *, mean: Floats, covariance: Floats) -> Floats:
    """Return EP's log evidence (N,): Phi(posterior) - Phi(prior) + sum_k log Z_k + Phi(cavity_k) - Phi(marginal_k).

    Phi(m, V) = m' V^-1 m / 2 + log |V| / 2 (Rasmussen & Williams 2006, ch. 3); `log_normaliser` (N, K) holds log Z_k.
    """
    prior_shift = (np.linalg.inv(covariance) @ mean[:, :, None])[:, :, 0]
    whole = 0.5 * ((prior_shift + nu) * joint.mean).sum(axis=1) + 0.5 * np.linalg.slogdet(joint.covariance)[1]
    prior = 0.5 * (prior_shift * mean).sum(axis=1) + 0.5 * np.linalg.slogdet(covariance)[1]
    variance = np.diagonal(joint.covariance, axis1=1, axis2=2)
    cavity = joint.cavity_mean**2 / joint.cavity_variance + np.log(joint.cavity_variance)
    marginal = joint.mean**2 / variance + np.log(variance)
    found: Floats = whole - prior + (log_normaliser + 0.5 * (cavity - marginal)).sum(axis=1)
    return found
