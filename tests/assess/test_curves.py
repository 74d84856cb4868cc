import numpy as np
import pytest
from scipy.special import expit

from waymark.assess.curves import expected_scores, information, logistic, probabilities
from waymark.assess.items import Floats, Items, make_items

GRID = np.linspace(-6.0, 6.0, 49)
NAN = np.nan


def mixed() -> Items:
    return make_items(
        ("two", "three", "four", "credit", "graded", "flat", "against"),
        a=np.array([1.3, 0.8, 2.0, 1.1, 1.4, 0.0, -0.9]),
        b=np.array([0.4, -1.0, 1.0, 0, 0, 0.5, 0.2]),
        c=np.array([0, 0.25, 0.1, 0, 0, 0, 0]),
        d=np.array([1, 1, 0.95, 1, 1, 1, 1.0]),
        kind=("binary", "binary", "binary", "gpcm", "grm", "binary", "binary"),
        steps=np.array([[NAN] * 3] * 3 + [[-1.0, 0.5, 0.2], [-1.5, 0.0, NAN]] + [[NAN] * 3] * 2),
    )


def differentiate(items: Items, step: float = 1e-5) -> Floats:
    return (probabilities(items, GRID + step) - probabilities(items, GRID - step)) / (2 * step)


def test_the_logistic_is_that_of_scipy_and_never_overflows() -> None:
    x = np.array([-1e308, -800.0, -30, -1, 0, 1, 30, 800, 1e308])
    assert logistic(x) == pytest.approx(expit(x), rel=1e-15, abs=0)


def test_answers_of_every_item_have_probabilities_that_sum_to_one() -> None:
    items = mixed()
    sums = np.add.reduceat(probabilities(items, GRID), items.offsets[:-1], axis=0)
    assert sums == pytest.approx(np.ones((7, 49)), abs=3e-12)


def test_binary_items_follow_the_four_parameter_model() -> None:
    items = mixed()
    right = probabilities(items, GRID)[items.offsets[:-1] + 1]
    for row in (0, 1, 2, 5, 6):
        a, b, c, d = items.a[row], items.b[row], items.c[row], items.d[row]
        assert right[row] == pytest.approx(c + (d - c) / (1 + np.exp(-a * (GRID - b))), rel=1e-13)


def test_partial_credit_follows_muraki() -> None:
    items = mixed()
    first = items.offsets[3]
    weight = np.stack(
        [np.exp(sum((1.1 * (GRID - step) for step in items.steps[3, :k]), np.zeros_like(GRID))) for k in range(4)]
    )
    assert probabilities(items, GRID)[first : first + 4] == pytest.approx(weight / weight.sum(axis=0), rel=1e-12)


def test_graded_answers_follow_samejima() -> None:
    items = mixed()
    first = items.offsets[4]
    above = expit(1.4 * (GRID - np.array([[-1.5], [0.0]])))
    expected = [1 - above[0], above[0] - above[1], above[1]]
    assert probabilities(items, GRID)[first : first + 3] == pytest.approx(np.array(expected), rel=1e-9)


@pytest.mark.parametrize("kind", ["gpcm", "grm"])
def test_an_item_with_one_step_is_a_binary_item(kind: str) -> None:
    binary = make_items(("x",), a=1.7, b=0.3)
    stepped = make_items(("x",), a=1.7, kind=kind, steps=np.array([[0.3]]))
    assert probabilities(stepped, GRID) == pytest.approx(probabilities(binary, GRID), rel=1e-12)
    assert information(stepped, GRID) == pytest.approx(information(binary, GRID), rel=1e-5)


def test_easy_items_keep_all_digits_of_the_wrong_answer() -> None:
    table = probabilities(make_items(("x",), a=2.0, b=-20.0), np.array([5.0]))
    assert table[0, 0] == pytest.approx(np.exp(-50.0), rel=1e-12)


def test_expected_scores_weigh_the_categories_by_their_number() -> None:
    items = mixed()
    table = probabilities(items, GRID)
    expected = [
        sum(k * table[items.offsets[row] + k] for k in range(items.categories[row])) for row in range(len(items))
    ]
    assert expected_scores(items, GRID) == pytest.approx(np.array(expected), rel=1e-12)


def test_information_is_the_squared_slope_over_the_probability_summed_over_answers() -> None:
    items = mixed()
    parts = differentiate(items) ** 2 / probabilities(items, GRID)
    expected = np.add.reduceat(parts, items.offsets[:-1], axis=0)
    assert information(items, GRID) == pytest.approx(expected, rel=1e-4, abs=1e-9)


def test_information_of_the_two_and_three_parameter_models_is_birnbaums() -> None:
    items = mixed()
    p = probabilities(items, GRID)[items.offsets[:-1] + 1]
    found = information(items, GRID)
    assert found[0] == pytest.approx(1.3**2 * p[0] * (1 - p[0]), rel=1e-9)
    assert found[1] == pytest.approx(0.8**2 * (1 - p[1]) / p[1] * ((p[1] - 0.25) / 0.75) ** 2, rel=1e-9)
    assert not found[5].any()


def test_items_that_were_not_estimated_say_nothing_and_leave_the_others_alone() -> None:
    items = make_items(("x", "y"), a=np.array([NAN, 1.0]), b=np.array([NAN, 0.0]))
    table = probabilities(items, GRID)
    assert np.isnan(table[:2]).all()
    assert table[3] == pytest.approx(expit(GRID))
