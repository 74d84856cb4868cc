from itertools import product

import numpy as np
import pytest
from scipy import linalg, stats

from waymark.assess.ability.locating import make_grid
from waymark.assess.fit.margins import MOST, differentiate, find_covariance, find_rmsea_interval, fit_model
from waymark.assess.items import Items, make_items
from waymark.assess.responses import Responses, make_responses
from waymark.errors import BadInput, TooLarge

# Bock & Lieberman 1970: people by pattern, from 00000, 00001, ... to 11111
LSAT6 = [
    3,
    6,
    2,
    11,
    1,
    1,
    3,
    4,
    1,
    8,
    0,
    16,
    0,
    3,
    2,
    15,
    10,
    29,
    14,
    81,
    3,
    28,
    15,
    80,
    16,
    56,
    21,
    173,
    11,
    61,
    28,
    298,
]
NAMES = ("one", "two", "three", "four", "five")


def read_lsat6() -> Responses:
    return make_responses(np.repeat(list(product((0, 1), repeat=5)), LSAT6, axis=0), items=NAMES)


def make_rasch() -> Items:
    slope = np.sqrt(0.57)
    return make_items(NAMES, a=np.full(5, slope), b=-np.array([2.730, 0.999, 0.240, 1.306, 2.099]) / slope)


def test_m2_of_the_rasch_model_of_lsat6_is_the_published_one() -> None:
    fit = fit_model(read_lsat6(), make_rasch(), model="1pl")
    assert fit.m2 == pytest.approx(5.2926, abs=0.005)
    assert (fit.df, fit.parameters, fit.n) == (9, 6, 1000)
    assert fit.p == pytest.approx(stats.chi2.sf(5.2926, 9), abs=1e-3)
    assert (fit.rmsea, fit.rmsea_low) == (0.0, 0.0)
    assert 0.015 < fit.rmsea_high < 0.03
    assert 0.02 < fit.srmsr < 0.025


def test_the_covariance_of_the_margins_equals_that_over_all_patterns() -> None:
    items = make_items(
        tuple("abcd"), a=np.array([0.7, 1.0, 1.4, 2.0]), b=np.array([-1.0, 0, 0.5, 1]), c=np.full(4, 0.1)
    )
    grid = make_grid()
    chance, _ = differentiate(items, grid.theta, model="2pl")
    pairs = np.array(np.triu_indices(4, k=1))
    patterns = np.array(list(product((0, 1), repeat=4)))
    share = np.array(
        [np.prod(np.where(row[:, None] == 1, chance, 1 - chance), axis=0) @ grid.weight for row in patterns]
    )
    margins = np.concatenate([patterns, patterns[:, pairs[0]] * patterns[:, pairs[1]]], axis=1)
    centred = margins - share @ margins
    np.testing.assert_allclose(find_covariance(chance, pairs, grid), (centred.T * share) @ centred, atol=1e-12)


@pytest.mark.parametrize(("model", "spent"), [("known", 0), ("1pl", 6), ("2pl", 10), ("3pl", 12), ("4pl", 13)])
def test_m2_equals_the_formula_with_derivatives_by_differences(model: str, spent: int) -> None:
    c, d = np.array([0.2, 0.1, 0, 0, 0]), np.array([1, 0.95, 1, 1, 1])
    a, b = np.array([0.9, 1.1, 1.0, 1.3, 0.8]), np.array([-1.5, -1.0, -0.3, -1.0, -2.0])
    items = make_items(NAMES, a=a, b=b, c=c, d=d)
    grid, pairs = make_grid(), np.array(np.triu_indices(5, k=1))

    def margin(point: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> list[float]:
        slope = point[5:10] if model != "1pl" else a + point[5]
        low, high = c.copy(), d.copy()
        if model in {"3pl", "4pl"}:
            low[:2] = point[10:12]
        if model == "4pl":
            high[1] = point[12]
        s = 1 / (1 + np.exp(-(slope[:, None] * grid.theta + point[:5, None])))
        chance = low[:, None] + (high - low)[:, None] * s
        return [*(chance @ grid.weight), *((chance[pairs[0]] * chance[pairs[1]]) @ grid.weight)]

    point = np.concatenate([-a * b, [0.0] if model == "1pl" else a, c[:2], d[[1]]])
    delta = np.array(
        [(np.array(margin(point + h)) - margin(point - h)) / 2e-5 for h in 1e-5 * np.eye(len(point))[:spent]]
    )
    delta = delta.T.reshape(15, spent)
    responses = read_lsat6()
    assert responses.matrix is not None
    cells = responses.matrix.astype(float)
    observed = np.concatenate([cells, cells[:, pairs[0]] * cells[:, pairs[1]]], axis=1).mean(axis=0)
    e = observed - margin(point)
    xi = find_covariance(differentiate(items, grid.theta, model="2pl")[0], pairs, grid)
    inverse = np.linalg.inv(xi)
    middle = inverse - inverse @ delta @ np.linalg.pinv(delta.T @ inverse @ delta) @ delta.T @ inverse
    fit = fit_model(responses, items, model=model)
    assert fit.m2 == pytest.approx(1000 * e @ middle @ e, rel=1e-5)
    assert fit.df == 15 - spent
    complement = linalg.null_space(delta.T)
    assert fit.m2 == pytest.approx(
        1000 * e @ complement @ np.linalg.solve(complement.T @ xi @ complement, complement.T @ e), rel=1e-5
    )


def test_the_interval_of_rmsea_puts_the_statistic_at_its_quantiles() -> None:
    low, high = find_rmsea_interval(60.0, 20, 400)
    assert stats.ncx2.cdf(60.0, 20, low**2 * 400 * 20) == pytest.approx(0.95, abs=1e-6)
    assert stats.ncx2.cdf(60.0, 20, high**2 * 400 * 20) == pytest.approx(0.05, abs=1e-6)
    assert find_rmsea_interval(5.0, 20, 400) == (0.0, 0.0)


def test_a_second_skill_shows_in_the_pair_that_shares_it() -> None:
    rng = np.random.Generator(np.random.PCG64(2))
    items = make_items(tuple("abcdefgh"), b=np.linspace(-1, 1, 8))
    own = np.zeros((2000, 8))
    own[:, [2, 5]] = 1.5 * rng.normal(size=(2000, 1))
    right = rng.random((2000, 8)) < 1 / (1 + np.exp(-(rng.normal(size=(2000, 1)) + own - items.b)))
    fit = fit_model(make_responses(right, items=items.ids), items)
    assert fit.worst == ("c", "f")
    assert fit.worst_residual > 0.1
    assert fit.p < 0.001
    assert 0 < fit.rmsea_low < fit.rmsea < fit.rmsea_high


def test_what_m2_cannot_be_had_of_is_refused() -> None:
    with pytest.raises(BadInput, match="no model 'rasch'"):
        fit_model(read_lsat6(), make_rasch(), model="rasch")
    stepped = make_items(NAMES, kind="gpcm", steps=np.tile([-0.5, 0.5], (5, 1)))
    with pytest.raises(BadInput, match="items with steps"):
        fit_model(read_lsat6(), stepped)
    three = make_items(NAMES[:3])
    with pytest.raises(BadInput, match="6 margins, the model 6 parameters"):
        fit_model(make_responses(np.eye(3, dtype=int).repeat(40, axis=0), items=NAMES[:3]), three)
    names = tuple(f"i{number}" for number in range(MOST + 1))
    with pytest.raises(TooLarge, match="M2 of 121 items"):
        fit_model(make_responses(np.ones((60, MOST + 1), dtype=int), items=names), make_items(names))


def test_items_that_all_get_right_are_named_as_the_fault() -> None:
    certain = make_items(NAMES, b=np.array([0.0, 0, 0, 0, -60.0]))
    with pytest.raises(BadInput, match="depend on one another"):
        fit_model(read_lsat6(), certain)
