"""Whether intervals around scores hold what they say, on people whose abilities are known."""

import numpy as np
import pytest

from waymark.assess.ability.plausible_values import draw_plausible
from waymark.assess.ability.predicting import predict
from waymark.assess.ability.scores import Scores
from waymark.assess.ability.scoring import score
from waymark.assess.items import Floats, Items, make_items
from waymark.assess.responses import make_responses


def make_rng(seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(seed))


def make_test(size: int, *, seed: int, skills: int = 1) -> Items:
    rng = make_rng(seed)
    names = tuple(f"i{number}" for number in range(size))
    a, b = np.exp(rng.normal(0.1, 0.3, size)), rng.normal(size=size)
    return make_items(names, a=a, b=b, skills=tuple("wxyz"[:skills]), skill=np.arange(size) % skills)


def answer(items: Items, meets: Floats, rng: np.random.Generator) -> Floats:
    """Draw answers of people whose ability at each item is `meets`, (N, J) or (N, 1)."""
    chance = 1 / (1 + np.exp(-items.a * (meets - items.b)))
    return (rng.random(chance.shape) < chance).astype(np.int8)


def cover(found: Scores, theta: Floats) -> float:
    return float((np.abs(found.estimate - theta) < 1.959964 * found.sd).mean())


@pytest.mark.parametrize(("size", "method"), [(10, "eap"), (40, "eap"), (40, "map"), (40, "wle")])
def test_intervals_of_one_skill_cover(size: int, method: str) -> None:
    items, rng = make_test(size, seed=1), make_rng(2)
    theta = rng.normal(size=(6_000, 1))
    found = score(answer(items, theta, rng), items, method=method)
    assert cover(found, theta) == pytest.approx(0.95, abs=0.012)
    truth = 1 + (theta > -1).astype(int) + (theta > 1)
    given = np.take_along_axis(found.level_probabilities, (truth - 1)[:, :, None], axis=2).mean()
    if method == "eap":  # the probability given to the true level is that of being right twice
        assert given == pytest.approx(float(np.square(found.level_probabilities).sum(axis=2).mean()), abs=0.01)


def test_intervals_of_four_correlated_skills_cover_and_are_shorter_than_alone() -> None:
    items, rng = make_test(40, seed=3, skills=4), make_rng(4)
    related = np.full((4, 4), 0.7) + 0.3 * np.eye(4)
    theta = rng.multivariate_normal(np.zeros(4), related, 3_000)
    matrix = answer(items, theta[:, items.skill], rng)
    joint, alone = score(matrix, items, correlation=related), score(matrix, items)
    assert cover(joint, theta) == pytest.approx(0.95, abs=0.01)
    assert np.mean(joint.sd / alone.sd) < 0.9
    assert np.mean((joint.estimate - theta) ** 2) < 0.85 * np.mean((alone.estimate - theta) ** 2)
    assert joint.covariance is not None
    off = joint.estimate - theta
    distance = np.einsum("nk,nkl,nl->n", off, np.linalg.inv(joint.covariance), off)
    assert (distance < 9.488).mean() == pytest.approx(0.95, abs=0.015)  # chi squared on 4 degrees


def test_items_known_roughly_need_their_uncertainty_carried() -> None:
    rng, covered = make_rng(5), []
    truth = make_test(20, seed=6)
    for _ in range(40):  # every group of people meets its own errors of calibration
        spread = np.tile(np.diag([0.15, 0.5]), (20, 1, 1))
        drawn = np.stack([rng.normal(0, np.sqrt(0.15), 20), rng.normal(0, np.sqrt(0.5), 20)])
        a, b = np.exp(np.log(truth.a) + drawn[0]), truth.b + drawn[1]
        met = make_items(truth.ids, a=a, b=b)
        theta = rng.normal(size=(250, 1))
        matrix = answer(met, theta, rng)
        plugged = make_items(truth.ids, a=truth.a, b=truth.b)
        carried = make_items(truth.ids, a=truth.a, b=truth.b, covariance=spread)
        covered.append([cover(score(matrix, one), theta) for one in (plugged, carried)])
    plugged_in, averaged = np.mean(covered, axis=0)
    assert plugged_in < 0.93
    assert averaged == pytest.approx(0.95, abs=0.012)


def test_cases_that_are_overlooked_make_intervals_too_short() -> None:
    rng = make_rng(7)
    plain = make_test(30, seed=8)
    case = np.repeat(np.arange(6), 5)
    items = make_items(plain.ids, a=plain.a, b=plain.b, testlet=case, testlet_sd=np.full(6, 1.0))
    theta = rng.normal(size=(4_000, 1))
    matrix = answer(items, theta + rng.normal(size=(4_000, 6))[:, case], rng)
    assert cover(score(matrix, items), theta) == pytest.approx(0.95, abs=0.012)
    assert cover(score(matrix, plain), theta) < 0.9


def test_plausible_values_recover_the_population() -> None:
    items, rng = make_test(12, seed=9, skills=2), make_rng(10)
    related = np.array([[1.0, 0.6], [0.6, 1.0]])
    theta = rng.multivariate_normal(np.zeros(2), related, 4_000)
    responses = make_responses(answer(items, theta[:, items.skill], rng), items=items.ids)
    drawn = draw_plausible(responses, items, draws=3, rng=rng, correlation=related)
    np.testing.assert_allclose([np.cov(one.T) for one in drawn], np.tile(related, (3, 1, 1)), atol=0.07)
    found = score(responses, items, correlation=related)
    assert found.estimate.var() < 0.75  # estimates alone would understate the spread


def test_predictions_are_as_often_right_as_they_say() -> None:
    items, rng = make_test(25, seed=11), make_rng(12)
    theta = rng.normal(size=(3_000, 1))
    matrix = answer(items, theta, rng)
    hidden = rng.random(matrix.shape) < 0.2
    chance = predict(make_responses(np.where(hidden, -1, matrix), items=items.ids), items)[hidden]
    for low in np.arange(0.05, 0.95, 0.1):
        some = (chance >= low) & (chance < low + 0.1)
        error = np.sqrt(0.25 / some.sum())
        assert matrix[hidden][some].mean() == pytest.approx(chance[some].mean(), abs=3.5 * error)
