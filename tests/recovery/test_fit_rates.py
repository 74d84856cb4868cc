"""How often models that are true are called wrong, with known and with estimated parameters, and wrong ones found."""

import numpy as np

from waymark.assess.ability.locating import make_grid, weigh
from waymark.assess.curves import logistic
from waymark.assess.fit.dependence import find_dependence
from waymark.assess.fit.margins import fit_model
from waymark.assess.fit.misfit import ItemFit, fit_items
from waymark.assess.items import Floats, Items, make_items
from waymark.assess.responses import make_responses


def calibrate(cells: Floats, names: tuple[str, ...]) -> Items:
    """Return 2PL items by plain EM, enough for a test."""
    grid = make_grid(nodes=31, reach=5.0)
    a, d = np.ones(cells.shape[1]), np.log(cells.mean(axis=0) / (1 - cells.mean(axis=0)))
    for _ in range(60):
        z = a[:, None] * grid.theta + d[:, None]
        weight = weigh(cells @ np.log(logistic(z)) + (1 - cells) @ np.log(logistic(-z)), grid)
        n, right = weight.sum(axis=0), cells.T @ weight
        chance = logistic(z)
        gap, spread = right - n * chance, n * chance * (1 - chance)
        h = [spread @ grid.theta**power for power in (0, 1, 2)]
        up_d, up_a = gap.sum(axis=1), gap @ grid.theta
        determinant = h[0] * h[2] - h[1] ** 2
        d, a = d + (h[2] * up_d - h[1] * up_a) / determinant, a + (h[0] * up_a - h[1] * up_d) / determinant
    return make_items(names, a=a, b=-d / a)


def draw(rng: np.random.Generator, *, people: int, size: int) -> tuple[Floats, Items]:
    names = tuple(f"i{number}" for number in range(size))
    items = make_items(names, a=np.exp(rng.normal(0, 0.25, size)), b=rng.normal(size=size))
    right = rng.random((people, size)) < logistic(items.a * (rng.normal(size=(people, 1)) - items.b))
    return right.astype(float), items


def test_true_models_are_called_wrong_five_times_in_a_hundred() -> None:
    rng = np.random.Generator(np.random.PCG64(31))
    known: list[ItemFit] = []
    fitted: list[ItemFit] = []
    m2_known, m2_fitted = [], []
    for _ in range(40):
        cells, items = draw(rng, people=800, size=12)
        responses, estimated = make_responses(cells, items=items.ids), calibrate(cells, items.ids)
        known += fit_items(responses, items, parameters=0)
        fitted += fit_items(responses, estimated)
        m2_known.append(fit_model(responses, items, model="known").p)
        m2_fitted.append(fit_model(responses, estimated, model="2pl").p)
    for fits in (known, fitted):
        p = np.array([fit.p for fit in fits])
        assert abs((p < 0.05).mean() - 0.05) < 3.5 * np.sqrt(0.05 * 0.95 / len(p))
        assert abs(p.mean() - 0.5) < 3.5 * np.sqrt(1 / 12 / len(p))
    for tests in (m2_known, m2_fitted):
        assert np.mean(np.array(tests) < 0.05) < 0.18
        assert abs(np.mean(tests) - 0.5) < 3.5 * np.sqrt(1 / 12 / len(tests))


def test_the_simulated_bound_of_q3_holds_five_times_in_a_hundred() -> None:
    rng = np.random.Generator(np.random.PCG64(32))
    flagged = []
    for _ in range(40):
        cells, items = draw(rng, people=200, size=8)
        found = find_dependence(make_responses(cells, items=items.ids), items, rng=rng, replicates=30)
        flagged.append(bool(found.flagged))
    assert np.mean(flagged) < 0.05 + 3.5 * np.sqrt(0.05 * 0.95 / 40) + 0.02


def test_guessing_at_hard_items_is_seen_in_a_model_without_it() -> None:
    rng = np.random.Generator(np.random.PCG64(33))
    theta = rng.normal(size=(3000, 1))
    b, c = np.r_[0.5, 1.2, 1.5, 1.8, np.linspace(-1.5, 1.5, 16)], np.r_[np.full(4, 0.3), np.zeros(16)]
    cells = (rng.random((3000, 20)) < c + (1 - c) * logistic(1.8 * (theta - b))).astype(float)
    responses = make_responses(cells)
    estimated = calibrate(cells, responses.items)
    p = np.array([fit.p for fit in fit_items(responses, estimated)])
    assert (p[:4] < 0.05).mean() >= 0.5
    assert (p[4:] < 0.05).mean() <= 0.25
    assert fit_model(responses, estimated).p < 0.01
