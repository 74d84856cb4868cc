import numpy as np
import pytest
from scipy import optimize, special

from waymark.assess.fit.person_fit import FEWEST, find_modes, fit_people
from waymark.assess.items import Floats, Items, make_items
from waymark.assess.responses import as_list, make_responses, make_sparse_responses

BINARY = make_items(
    tuple(f"b{number}" for number in range(12)),
    a=np.linspace(0.7, 1.8, 12),
    b=np.linspace(-1.5, 1.5, 12),
    c=np.linspace(0.0, 0.25, 12),
)


def curve(theta: float, items: Items) -> Floats:
    chance: Floats = items.c + (1 - items.c) * special.expit(items.a * (theta - items.b))
    return chance


def draw(people: int, *, seed: int = 1) -> Floats:
    rng = np.random.Generator(np.random.PCG64(seed))
    theta = rng.normal(size=people)
    return np.array([rng.random(12) < curve(float(one), BINARY) for one in theta], dtype=float)


def test_the_mode_is_where_the_posterior_is_highest() -> None:
    cells = draw(20).astype(np.int8)
    cells[3, 4] = -1
    found = find_modes(cells, BINARY, mean=0.2, sd=0.9)
    for row, theta in zip(cells, found, strict=True):

        def minus_log_posterior(t: float, row: Floats = row) -> float:
            p = curve(t, BINARY)
            level = np.where(row == 1, np.log(p), np.where(row == 0, np.log(1 - p), 0.0)).sum()
            return float(0.5 * ((t - 0.2) / 0.9) ** 2 - level)

        best = optimize.minimize_scalar(minus_log_posterior, bounds=(-6, 6), method="bounded", options={"xatol": 1e-9})
        assert theta == pytest.approx(best.x, abs=1e-5)


def test_lz_star_equals_snijders_formula_for_binary_items() -> None:
    cells = draw(6)
    found = fit_people(make_responses(cells, items=BINARY.ids), BINARY)
    for row, theta, lz, lz_star in zip(cells, found.theta, found.lz, found.lz_star, strict=True):
        p = curve(theta, BINARY)
        s = special.expit(BINARY.a * (theta - BINARY.b))
        slope = BINARY.a * (1 - BINARY.c) * s * (1 - s)
        r = slope / (p * (1 - p))
        w = special.logit(p)
        assert (r * (row - p)).sum() - theta == pytest.approx(0, abs=1e-5)
        c = (slope * w).sum() / (slope * r).sum()
        left = w - c * r
        assert lz == pytest.approx(((row - p) * w).sum() / np.sqrt((p * (1 - p) * w * w).sum()), abs=1e-5)
        snijders = (((row - p) * w).sum() + c * -theta) / np.sqrt((left**2 * p * (1 - p)).sum())
        assert lz_star == pytest.approx(snijders, abs=1e-5)


def test_infit_and_outfit_by_hand() -> None:
    cells = draw(3)
    found = fit_people(make_responses(cells, items=BINARY.ids), BINARY)
    p = curve(float(found.theta[1]), BINARY)
    variance = p * (1 - p)
    gap = (cells[1] - p) ** 2
    assert found.outfit[1] == pytest.approx((gap / variance).mean(), abs=1e-6)
    assert found.infit[1] == pytest.approx(gap.sum() / variance.sum(), abs=1e-6)
    q = np.sqrt((1 / variance - 4).sum()) / 12  # Wright & Masters 1982 for two answers
    assert found.outfit_z[1] == pytest.approx((found.outfit[1] ** (1 / 3) - 1) * 3 / q + q / 3, abs=1e-5)


def test_two_steps_that_are_one_make_a_binary_item() -> None:
    cells = draw(10)
    rasch = make_items(BINARY.ids, a=BINARY.a, b=BINARY.b)
    as_steps = make_items(BINARY.ids, a=BINARY.a, kind="gpcm", steps=BINARY.b[:, None])
    graded = make_items(BINARY.ids, a=BINARY.a, kind="grm", steps=BINARY.b[:, None])
    one, two, three = (
        fit_people(make_responses(cells, items=BINARY.ids), items) for items in (rasch, as_steps, graded)
    )
    for name in ("theta", "lz", "lz_star", "infit_z", "outfit_z", "p"):
        np.testing.assert_allclose(getattr(two, name), getattr(one, name), atol=1e-5)
        np.testing.assert_allclose(getattr(three, name), getattr(one, name), atol=1e-5)


def test_the_unlikely_pattern_stands_out() -> None:
    rasch = make_items(BINARY.ids, a=1.5, b=BINARY.b)
    likely, unlikely = [1.0] * 6 + [0.0] * 6, [0.0] * 6 + [1.0] * 6
    found = fit_people(make_responses([likely, unlikely], items=BINARY.ids), rasch)
    assert found.theta[0] == pytest.approx(found.theta[1])
    assert found.p[0] > 0.5
    assert found.p[1] < 1e-4
    assert found.outfit[0] < 1 < found.outfit[1]


def test_few_answers_say_nothing() -> None:
    cells = draw(3)
    cells[1, FEWEST - 1 :] = np.nan
    cells[2] = np.nan
    found = fit_people(make_responses(cells, items=BINARY.ids), BINARY)
    np.testing.assert_array_equal(found.answers, [12, FEWEST - 1, 0])
    np.testing.assert_array_equal(np.isfinite(found.p), [True, False, False])
    np.testing.assert_array_equal(np.isnan(found.infit), np.isnan(found.p))
    assert found.theta[2] == 0.0


def test_items_that_were_not_estimated_are_passed_over() -> None:
    cells = draw(5)
    b = BINARY.b.copy()
    b[0] = np.nan
    unknown = make_items(BINARY.ids, a=BINARY.a, b=b, c=BINARY.c)
    blank = cells.copy()
    blank[:, 0] = np.nan
    one, two = (fit_people(make_responses(x, items=BINARY.ids), y) for x, y in ((cells, unknown), (blank, BINARY)))
    np.testing.assert_allclose(one.lz_star, two.lz_star)


def test_lists_of_answers_are_read_as_tables() -> None:
    cells = draw(70)
    cells[np.arange(70), np.arange(70) % 12] = np.nan
    table = make_responses(cells, items=BINARY.ids)
    person, item, score = as_list(table)
    listed = make_sparse_responses(person, item, score, items=BINARY.ids, people=70)
    np.testing.assert_allclose(fit_people(listed, BINARY).p, fit_people(table, BINARY).p)


def test_nothing_at_all_is_no_fault() -> None:
    unknown = make_items(BINARY.ids, b=np.nan)
    found = fit_people(make_responses(draw(4), items=BINARY.ids), unknown, mean=0.5)
    assert np.isnan(found.p).all()
    np.testing.assert_array_equal(found.theta, 0.5)
