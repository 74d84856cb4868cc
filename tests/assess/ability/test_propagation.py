import numpy as np
import pytest

from waymark.assess.ability.propagation import Sites, propagate
from waymark.assess.items import Floats

THETA = np.linspace(-6, 6, 121)


def draw(size: int, *, people: int, correlation: float, seed: int) -> tuple[list[Floats], Floats]:
    """Return log-likelihoods of two skills with `size` items each, and their correlation."""
    rng = np.random.Generator(np.random.PCG64(seed))
    related = np.array([[1.0, correlation], [correlation, 1.0]])
    ability = rng.multivariate_normal(np.zeros(2), related, people)
    logs: list[Floats] = []
    for skill in range(2):
        a, b = np.exp(rng.normal(0, 0.3, size)), rng.normal(size=size)
        right = rng.random((people, size)) < 1 / (1 + np.exp(-a * (ability[:, skill, None] - b)))
        z = a[:, None] * (THETA - b[:, None])
        logs.append(right @ z - np.logaddexp(0, z).sum(axis=0))
    return logs, related


def integrate(logs: list[Floats], related: Floats, mean: Floats) -> tuple[Floats, Floats, Floats]:
    """Return means, covariances and log evidence on the square of all pairs of nodes."""
    precision = np.linalg.inv(related)
    first, second = THETA[:, None] - mean[0], THETA - mean[1]
    away = precision[0, 0] * first**2 + 2 * precision[0, 1] * first * second + precision[1, 1] * second**2
    level = logs[0][:, :, None] + logs[1][:, None, :] - 0.5 * away
    weight = np.exp(level) * 0.1**2 / (2 * np.pi * np.sqrt(np.linalg.det(related)))
    evidence = weight.sum(axis=(1, 2))
    weight /= evidence[:, None, None]
    once = np.stack([weight.sum(axis=2) @ THETA, weight.sum(axis=1) @ THETA], axis=1)
    twice = np.einsum(
        "nqr,aqr->na",
        weight,
        np.stack([THETA[:, None] ** 2 + 0 * THETA, THETA[:, None] * THETA, 0 * THETA[:, None] + THETA**2]),
    )
    covariance = twice[:, [[0, 1], [1, 2]]] - once[:, :, None] * once[:, None, :]
    return once, covariance, np.log(evidence)


@pytest.mark.parametrize(("size", "correlation"), [(3, 0.6), (10, 0.8), (10, -0.5), (25, 0.95)])
def test_the_joint_posterior_agrees_with_a_two_dimensional_grid(size: int, correlation: float) -> None:
    logs, related = draw(size, people=100, correlation=correlation, seed=size)
    mean = np.array([0.4, -0.2])
    found = propagate(logs, THETA, mean=np.broadcast_to(mean, (100, 2)), covariance=related)
    middle, covariance, evidence = integrate(logs, related, mean)
    np.testing.assert_allclose(found.mean, middle, atol=1e-3)
    np.testing.assert_allclose(found.covariance, covariance, atol=6e-3)
    np.testing.assert_allclose(found.evidence, evidence, atol=5e-3)


def test_independent_skills_are_exact() -> None:
    logs, _ = draw(4, people=50, correlation=0.5, seed=1)
    found = propagate(logs, THETA, mean=np.zeros((50, 2)), covariance=np.eye(2))
    middle, covariance, evidence = integrate(logs, np.eye(2), np.zeros(2))
    np.testing.assert_allclose(found.mean, middle, atol=1e-7)
    np.testing.assert_allclose(found.covariance, covariance, atol=1e-7)
    np.testing.assert_allclose(found.evidence, evidence, atol=1e-7)


def test_a_skill_without_answers_follows_the_others() -> None:
    logs, related = draw(8, people=20, correlation=0.7, seed=2)
    found = propagate([logs[0], np.zeros_like(logs[0])], THETA, mean=np.zeros((20, 2)), covariance=related)
    np.testing.assert_allclose(found.mean[:, 1], 0.7 * found.mean[:, 0], atol=1e-7)
    np.testing.assert_allclose(found.cavity_variance[:, 0], 1.0, atol=1e-6)
    np.testing.assert_allclose(found.covariance[:, 1, 1], 0.51 + 0.49 * found.covariance[:, 0, 0], atol=1e-6)


def test_a_likelihood_that_widens_a_distribution_does_no_harm() -> None:
    logs = [np.log(0.02 + np.exp(-0.5 * ((THETA - place) / 0.3) ** 2))[None] for place in (3.5, -3.5)]
    related = np.array([[1.0, 0.9], [0.9, 1.0]])
    found = propagate(logs, THETA, mean=np.zeros((1, 2)), covariance=related)
    assert np.isfinite(found.mean).all()
    assert np.linalg.eigvalsh(found.covariance[0])[0] > 0


def test_sites_are_begun_from_where_they_were_left() -> None:
    logs, related = draw(6, people=30, correlation=0.6, seed=3)
    sites = Sites(np.zeros((30, 2)), np.zeros((30, 2)))
    first = propagate(logs, THETA, mean=np.zeros((30, 2)), covariance=related, sites=sites, tolerance=1e-9)
    kept = sites.tau.copy()
    again = propagate(logs, THETA, mean=np.zeros((30, 2)), covariance=related, sites=sites, tolerance=np.inf)
    assert (sites.tau > 0).all()
    np.testing.assert_allclose(sites.tau, kept, atol=1e-7)
    np.testing.assert_allclose(again.mean, first.mean, atol=1e-8)


def test_priors_may_be_each_person_s_own() -> None:
    logs, related = draw(6, people=2, correlation=0.6, seed=4)
    wide = np.stack([related, 4 * related])
    both = propagate(logs, THETA, mean=np.zeros((2, 2)), covariance=wide)
    alone = propagate([part[1:] for part in logs], THETA, mean=np.zeros((1, 2)), covariance=4 * related)
    np.testing.assert_allclose(both.mean[1], alone.mean[0], atol=1e-6)
    np.testing.assert_allclose(both.evidence[1], alone.evidence[0], atol=1e-6)
