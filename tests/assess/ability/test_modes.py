import numpy as np
import pytest
from scipy.optimize import brentq, minimize

from waymark.assess.ability.joints import make_prior
from waymark.assess.ability.modes import find_maxima, find_unbiased
from waymark.assess.curves import information, probabilities
from waymark.assess.items import Floats, Items, make_items
from waymark.assess.responses import make_responses

RASCH = make_items(tuple(f"i{number}" for number in range(10)), b=np.linspace(-2, 2, 10))
GUESSED = make_items(RASCH.ids, a=np.linspace(0.6, 1.8, 10), b=RASCH.b, c=0.2)
STEPPED = make_items(("x", "y", "z"), a=np.array([1.0, 1.5, 0.7]), kind="gpcm", steps=np.array([[-1.0, 0.5]] * 3))
GRADED = make_items(STEPPED.ids, a=STEPPED.a, kind="grm", steps=STEPPED.steps)
ROWS = np.array([[1] * 10, [0] * 10, [1, 1, 1, 0, 1, 0, 1, 0, 0, 0], [0, 0, 1, 0, 1, 1, 0, 1, 1, 1]], dtype=np.int8)
SCORES = np.array([[2, 2, 2], [0, 0, 0], [1, 2, 0], [0, 1, 1]], dtype=np.int8)


def log_likelihood(items: Items, row: Floats, theta: float) -> float:
    table = np.log(probabilities(items, np.array([theta]))[:, 0])
    return float(sum(table[items.offsets[item] + score] for item, score in enumerate(row) if score >= 0))


@pytest.mark.parametrize(
    ("items", "rows"),
    [(RASCH, ROWS), (GUESSED, ROWS), (STEPPED, SCORES), (GRADED, SCORES)],
    ids=["rasch", "3pl", "gpcm", "grm"],
)
def test_the_maximum_is_where_the_posterior_peaks(items: Items, rows: Floats) -> None:
    prior = make_prior(0.3, 1.2, None, people=4, skills=1)
    found = find_maxima(make_responses(rows, items=items.ids), items, prior=prior)

    def posterior(theta: float, row: Floats) -> float:
        return log_likelihood(items, row, theta) - 0.5 * ((theta - 0.3) / 1.2) ** 2

    for row, estimate, variance in zip(rows, found.estimate[:, 0], found.covariance[:, 0, 0], strict=True):
        best = minimize(lambda x, row=row: -posterior(float(x[0]), row), [0.0], tol=1e-10)
        assert estimate == pytest.approx(best.x[0], abs=1e-4)
        bend = (
            -(posterior(estimate + 1e-3, row) - 2 * posterior(estimate, row) + posterior(estimate - 1e-3, row)) / 1e-6
        )
        assert variance == pytest.approx(1 / bend, rel=1e-3)


def test_several_skills_lend_each_other_strength() -> None:
    skills = np.arange(10) % 2
    items = make_items(RASCH.ids, b=RASCH.b, skills=("one", "two"), skill=skills)
    related = np.array([[1.0, 0.7], [0.7, 1.0]])
    rows = np.where(skills == 0, ROWS, -1).astype(np.int8)  # nothing seen of the second skill
    prior = make_prior(0.0, 1.0, related, people=4, skills=2)
    found = find_maxima(make_responses(rows, items=items.ids), items, prior=prior)
    np.testing.assert_allclose(found.estimate[:, 1], 0.7 * found.estimate[:, 0], atol=1e-7)
    np.testing.assert_allclose(found.covariance[:, 1, 1], 0.51 + 0.49 * found.covariance[:, 0, 0], atol=1e-7)


@pytest.mark.parametrize(("items", "rows"), [(RASCH, ROWS), (STEPPED, SCORES)], ids=["rasch", "gpcm"])
def test_warm_s_estimate_is_the_mode_under_jeffreys_prior(items: Items, rows: Floats) -> None:
    # for exponential families J / 2I is the derivative of log sqrt(information): Warm 1989
    found = find_unbiased(make_responses(rows, items=items.ids), items)

    def weighted(theta: float, row: Floats) -> float:
        return log_likelihood(items, row, theta) + 0.5 * float(np.log(information(items, np.array([theta])).sum()))

    for row, estimate in zip(rows, found.estimate[:, 0], strict=True):
        slope = brentq(lambda t, row=row: weighted(t + 1e-4, row) - weighted(t - 1e-4, row), -9, 9, xtol=1e-9)
        assert estimate == pytest.approx(slope, abs=1e-5)


@pytest.mark.parametrize(("items", "rows"), [(GUESSED, ROWS), (GRADED, SCORES)], ids=["3pl", "grm"])
def test_warm_s_estimate_is_finite_for_all_right_and_all_wrong(items: Items, rows: Floats) -> None:
    found = find_unbiased(make_responses(rows, items=items.ids), items)
    assert np.isfinite(found.estimate).all()
    assert found.estimate[0, 0] > found.estimate[2:, 0].max()
    assert found.estimate[1, 0] < found.estimate[2:, 0].min()
    expected = 1 / information(items, found.estimate[:, 0]).sum(axis=0)
    np.testing.assert_allclose(found.covariance[:, 0, 0], expected, rtol=1e-4)


def test_warm_s_estimate_of_nothing_is_none() -> None:
    found = find_unbiased(make_responses([[-1] * 10, [1] * 10], items=RASCH.ids), RASCH)
    assert np.isnan(found.estimate[0, 0])
    assert found.covariance[0, 0, 0] == np.inf


def test_lists_and_matrices_agree_and_items_without_parameters_are_passed_over() -> None:
    cells = np.full((4, 50), -1, dtype=np.int8)
    cells[:, :10] = ROWS
    wide = make_items(
        tuple(f"i{number}" for number in range(50)),
        a=np.r_[np.ones(10), np.full(40, np.nan)],
        b=np.r_[RASCH.b, np.zeros(40)],
    )
    cells[:, 20] = 1  # answers to an item that was not estimated
    listed = make_responses(cells, items=wide.ids)
    assert listed.matrix is None
    for found, own in (
        (find_unbiased(listed, wide), find_unbiased(make_responses(ROWS, items=RASCH.ids), RASCH)),
        (
            find_maxima(listed, wide, prior=make_prior(0.0, 1.0, None, people=4, skills=1)),
            find_maxima(make_responses(ROWS, items=RASCH.ids), RASCH, prior=make_prior(0, 1, None, people=4, skills=1)),
        ),
    ):
        np.testing.assert_allclose(found.estimate, own.estimate, atol=1e-7)
