import numpy as np
import pytest

from waymark.assess.calibration.families import FAMILIES, Model, coordinate, derive, log_probabilities, naturalise
from waymark.assess.calibration.maximising import FARTHEST, STEEPEST, Prior, differentiate, maximise
from waymark.assess.calibration.starting import naturalise_items
from waymark.assess.items import Floats

from .drawing import draw_items

THETA = np.linspace(-6, 6, 61)
ITEMS = 6


def make(name: str, *, logarithmic: bool = False) -> tuple[Model, Floats, Floats]:
    """Return a model, its natural parameters and the counts of a thousand people that fit them exactly."""
    items = draw_items(name, size=ITEMS, seed=9)
    model = Model(name=name, family=FAMILIES[name], categories=items.categories, logarithmic=logarithmic)
    x = naturalise_items(model, items, np.arange(ITEMS))
    weight = np.exp(-0.5 * THETA**2)
    return model, x, 1_000 * weight / weight.sum() * np.exp(log_probabilities(model, x, THETA))


def say_nothing(x: Floats) -> Prior:
    return Prior(mean=np.zeros(x.shape), precision=np.zeros(x.shape))


@pytest.mark.parametrize("logarithmic", [False, True], ids=["natural", "logarithmic"])
@pytest.mark.parametrize("name", ["1pl", "2pl", "gpcm", "grm"])
def test_counts_that_fit_lead_back_to_their_parameters(name: str, logarithmic: bool) -> None:  # noqa: FBT001  pytest gives it
    model, x, counts = make(name, logarithmic=logarithmic)
    y = coordinate(model, x)
    start = y + np.linspace(-0.4, 0.4, ITEMS)[:, None] * (np.arange(y.shape[1]) > 0)
    for _ in range(3):
        start, _ = maximise(model, start, counts, THETA, prior=say_nothing(x), free=np.ones(x.shape, dtype=bool))
    np.testing.assert_allclose(start, y, atol=1e-5)


def test_asymptotes_are_found_where_they_are_free() -> None:
    model, x, counts = make("3pl")
    free = np.ones(x.shape, dtype=bool)
    free[:, 3] = False
    y = x + np.array([0.2, -0.3, 0.5, 0.0])
    for _ in range(10):
        y, _ = maximise(model, y, counts, THETA, prior=say_nothing(x), free=free)
    np.testing.assert_allclose(y, x, atol=1e-4)


@pytest.mark.parametrize("name", FAMILIES)
def test_the_value_never_falls(name: str) -> None:
    model, x, counts = make(name)
    y = x + np.array([1.5, -2.0, 1.0, 0.0])[: x.shape[1]]
    if model.family == "graded":
        y[:, 1:] = np.sort(y[:, 1:], axis=1)[:, ::-1]
    free = np.ones(x.shape, dtype=bool)
    if name == "3pl":
        free[:, 3] = False
    before = -np.inf
    for _ in range(5):
        y, _ = maximise(model, y, counts, THETA, prior=say_nothing(x), free=free)
        value = float(derive(model, naturalise(model, y), counts, THETA)[0].sum())
        assert value >= before - 1e-6
        before = value


def test_what_is_not_free_stays() -> None:
    model, x, counts = make("2pl")
    free = np.ones(x.shape, dtype=bool)
    free[2] = False
    y, _ = maximise(model, x + 0.3, counts, THETA, prior=say_nothing(x), free=free)
    assert np.array_equal(y[2], x[2] + 0.3)
    assert not np.isclose(y[0], x[0] + 0.3).any()


def test_priors_draw_estimates_towards_their_means() -> None:
    model, x, counts = make("2pl", logarithmic=True)
    firm = Prior(mean=np.ones(x.shape), precision=np.full(x.shape, 1e7))
    y = coordinate(model, x)
    for _ in range(5):
        y, _ = maximise(model, y, counts, THETA, prior=firm, free=np.ones(x.shape, dtype=bool))
    np.testing.assert_allclose(y, 1.0, atol=1e-3)


def test_the_gradient_holds_the_prior() -> None:
    model, x, counts = make("2pl", logarithmic=True)
    y = coordinate(model, x) + 0.1
    prior = Prior(mean=np.zeros(x.shape), precision=np.full(x.shape, 3.0))
    _, gradient, _ = differentiate(model, y, counts, THETA, prior=prior)
    step = np.array([1e-5, 0.0])
    up, down = (differentiate(model, y + side * step, counts, THETA, prior=prior)[0] for side in (1, -1))
    np.testing.assert_allclose(gradient[:, 0], (up - down) / 2e-5, rtol=1e-5, atol=1e-4)


def test_a_perfect_item_is_stopped_on_its_way_to_infinity() -> None:
    model, x, counts = make("2pl")
    counts[0, 1], counts[0, 0] = np.where(THETA > 0, 50.0, 0.0), np.where(THETA > 0, 0.0, 50.0)
    y = x
    for _ in range(60):
        y, _ = maximise(model, y, counts, THETA, prior=say_nothing(x), free=np.ones(x.shape, dtype=bool))
    assert y[0, 0] == STEEPEST
    assert np.abs(y).max() <= FARTHEST
