import numpy as np
import pytest

from waymark.assess.calibration.families import (
    FAMILIES,
    GRADED,
    PARTIAL,
    Model,
    coordinate,
    derive,
    jacobian,
    log_probabilities,
    naturalise,
    score_coordinates,
    slopes,
)
from waymark.assess.calibration.starting import naturalise_items
from waymark.assess.curves import probabilities
from waymark.assess.items import Floats

from .drawing import draw_items, make_rng

THETA = np.linspace(-3, 3, 13)
STEP = 1e-5


def make(name: str, *, logarithmic: bool = False) -> tuple[Model, Floats]:
    """Return a model of four items, the last of the polytomous ones with a category less, and natural parameters."""
    items = draw_items(name, size=4, seed=3)
    family = FAMILIES[name]
    categories = items.categories.copy()
    if family in {PARTIAL, GRADED}:
        categories[-1] -= 1
    model = Model(name=name, family=family, categories=categories, logarithmic=logarithmic)
    x = naturalise_items(model, items, np.arange(4))
    if family in {PARTIAL, GRADED}:
        x[-1, -1] = 0.0
    return model, x


@pytest.mark.parametrize("name", FAMILIES)
def test_probabilities_are_those_of_the_items(name: str) -> None:
    model, x = make(name)
    items = draw_items(name, size=4, seed=3)
    expected = probabilities(items, THETA).reshape(4, -1, len(THETA))
    rows = slice(0, 3) if model.family in {PARTIAL, GRADED} else slice(0, 4)
    np.testing.assert_allclose(np.exp(log_probabilities(model, x, THETA))[rows], expected[rows], atol=1e-11)


@pytest.mark.parametrize("name", FAMILIES)
def test_probabilities_of_the_categories_that_an_item_has_sum_to_one(name: str) -> None:
    model, x = make(name)
    chance = np.where(model.lacking[:, :, None], 0.0, np.exp(log_probabilities(model, x, THETA)))
    np.testing.assert_allclose(chance.sum(axis=1), 1.0, atol=1e-9)


@pytest.mark.parametrize("name", FAMILIES)
def test_slopes_are_the_derivatives_of_log_probabilities(name: str) -> None:
    model, x = make(name)
    found = slopes(model, x, THETA)
    for one in range(model.parameters):
        if name == "3pl" and one == 3:
            continue  # there is no upper asymptote to move
        step = np.zeros(model.parameters)
        step[one] = STEP
        up, down = log_probabilities(model, x + step, THETA), log_probabilities(model, x - step, THETA)
        np.testing.assert_allclose(found[:, one], (up - down) / (2 * STEP), atol=1e-6)


@pytest.mark.parametrize("name", FAMILIES)
def test_the_gradient_is_that_of_the_value_and_the_information_its_expected_bend(name: str) -> None:
    model, x = make(name)
    people = make_rng(1).random((4, 1, len(THETA)))
    counts = people * np.where(model.lacking[:, :, None], 0.0, np.exp(log_probabilities(model, x, THETA)))
    _, gradient, information = derive(model, x, counts, THETA)
    np.testing.assert_allclose(gradient, 0.0, atol=1e-9)  # the counts are as expected
    for one in range(model.parameters):
        if name == "3pl" and one == 3:
            continue
        step = np.zeros(model.parameters)
        step[one] = STEP
        bend = (derive(model, x - step, counts, THETA)[1] - derive(model, x + step, counts, THETA)[1]) / (2 * STEP)
        np.testing.assert_allclose(information[:, :, one], bend, atol=1e-6)


@pytest.mark.parametrize("name", FAMILIES)
def test_coordinates_lead_back_to_natural_parameters(name: str) -> None:
    model, x = make(name, logarithmic=True)
    np.testing.assert_allclose(naturalise(model, coordinate(model, x)), x, atol=1e-12)


@pytest.mark.parametrize("name", FAMILIES)
def test_the_jacobian_is_the_derivative_of_natural_parameters(name: str) -> None:
    model, x = make(name, logarithmic=True)
    y, found = coordinate(model, x), jacobian(model, x)
    for one in range(model.parameters):
        step = np.zeros(model.parameters)
        step[one] = STEP
        moved = (naturalise(model, y + step) - naturalise(model, y - step)) / (2 * STEP)
        own = ~np.concatenate([np.zeros((4, 1), dtype=bool), model.lacking[:, 1:]], axis=1)
        if model.family in {PARTIAL, GRADED}:
            np.testing.assert_allclose(np.where(own, found[:, :, one] - moved, 0.0), 0.0, atol=1e-8)
        else:
            np.testing.assert_allclose(found[:, :, one], moved, atol=1e-8)


@pytest.mark.parametrize("name", ["2pl", "gpcm", "grm"])
def test_scores_are_derivatives_in_the_coordinates_of_estimation(name: str) -> None:
    model, x = make(name, logarithmic=True)
    y, found = coordinate(model, x), score_coordinates(model, x, THETA)
    step = np.zeros(model.parameters)
    step[0] = STEP
    up, down = (log_probabilities(model, naturalise(model, y + side * step), THETA) for side in (1, -1))
    np.testing.assert_allclose(found[:, 0], (up - down) / (2 * STEP), atol=1e-6)


def test_probabilities_hold_far_out() -> None:
    model, x = make("2pl")
    far = log_probabilities(model, x, np.array([-500.0, 500.0]))
    assert np.isfinite(far).all()
    assert (far <= 0).all()
