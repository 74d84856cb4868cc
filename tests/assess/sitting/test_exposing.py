import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import binom

from waymark.assess.chance import EVEN
from waymark.assess.items import Floats, Items, make_items
from waymark.assess.sitting.exposing import STRATUM, Exposure, bound_rates, close_units, make_exposure, set_rates
from waymark.errors import BadInput

SEED = 2**59 + 77


def draw_items(size: int = 60) -> Items:
    rng = np.random.default_rng(1)  # noqa: TID251  tests make their own chance
    return make_items(
        tuple(f"i{row}" for row in range(size)),
        b=rng.normal(size=size),
        skills=("s", "t"),
        skill=np.arange(size) % 2,
        testlet=np.where(np.arange(size) < 9, np.arange(size) // 3, -1),
        testlet_sd=np.full(3, 0.5),
    )


def open_items(exposure: Exposure, numbers: range, seed: int = SEED) -> NDArray[np.bool_]:
    """Return which items are open to each numbered sitting, shape (sittings, J)."""
    rows = []
    for number in numbers:
        blocked = np.zeros(len(exposure.unit), dtype=np.uint8)
        close_units(exposure, seed, number, blocked)
        rows.append(blocked == 0)
    return np.array(rows)


def draw_rates(exposure: Exposure) -> Floats:
    return np.random.default_rng(5).uniform(0.05, 1.0, len(exposure.ranked))  # noqa: TID251  tests make their own chance


def test_a_case_is_one_unit_and_every_other_item_one_of_its_own() -> None:
    exposure = make_exposure(draw_items())
    assert exposure.unit[:9].tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    assert sorted(exposure.unit[9:].tolist()) == list(range(3, 54))
    assert sorted(exposure.ranked.tolist()) == list(range(54))
    assert (exposure.rate == 1).all()


def test_units_of_like_skill_and_difficulty_stand_together() -> None:
    items = make_items(
        tuple("uvwxyz"), b=np.array([3.0, 1, 2, 6, 4, 5]), skills=("s", "t"), skill=np.array([1, 1, 1, 0, 0, 0])
    )
    assert make_exposure(items).ranked.tolist() == [4, 5, 3, 1, 2, 0]


def test_each_unit_is_open_to_exactly_its_share_of_a_block_of_sittings() -> None:
    exposure = make_exposure(draw_items())
    exposure = set_rates(exposure, draw_rates(exposure))
    for first in (0, 3 * EVEN):
        share = open_items(exposure, range(first, first + EVEN)).mean(axis=0)
        assert np.abs(share - exposure.rate[exposure.unit]).max() <= 2.0 / EVEN


def test_each_unit_is_open_with_its_rate_over_seeds() -> None:
    exposure = make_exposure(draw_items())
    exposure = set_rates(exposure, draw_rates(exposure))
    opened = sum(open_items(exposure, range(11, 12), seed=2**60 + 977 * seed)[0].astype(int) for seed in range(3_000))
    rate = exposure.rate[exposure.unit]
    z = (np.asarray(opened) - 3_000 * rate) / np.sqrt(3_000 * rate * (1 - rate) + 1e-9)
    assert np.abs(z).max() < 4.2


def test_units_with_rate_one_are_always_open() -> None:
    exposure = make_exposure(draw_items())
    rates = np.where(np.arange(54) % 3 == 0, 1.0, 0.2)
    found = open_items(set_rates(exposure, rates), range(300))
    assert found[:, (rates == 1)[exposure.unit]].all()


def test_the_items_of_a_case_open_and_close_together() -> None:
    found = open_items(set_rates(make_exposure(draw_items()), 0.4), range(200))
    for case in range(3):
        assert (found[:, 3 * case : 3 * case + 3].sum(axis=1) % 3 == 0).all()
    assert 0 < found[:, 0].mean() < 1


def test_every_sitting_sees_an_even_spread_of_difficulties() -> None:
    items = make_items(tuple(f"i{row}" for row in range(10 * STRATUM)), b=np.linspace(-3, 3, 10 * STRATUM))
    found = open_items(set_rates(make_exposure(items), 0.25), range(400))
    per_stratum = found.reshape(400, 10, STRATUM).sum(axis=2)
    assert per_stratum.min() == per_stratum.max() == 3


def test_sittings_differ_and_the_same_sitting_is_the_same_again() -> None:
    exposure = set_rates(make_exposure(draw_items()), 0.5)
    found = open_items(exposure, range(100))
    assert len({row.tobytes() for row in found}) > 25  # a stratum has but two ways to be half open
    assert np.array_equal(open_items(exposure, range(100)), found)
    assert not np.array_equal(open_items(exposure, range(100), seed=SEED + 1), found)


def test_closing_leaves_closed_what_was_closed() -> None:
    exposure = set_rates(make_exposure(draw_items()), 1.0)
    blocked = np.ones(60, dtype=np.uint8)
    close_units(exposure, SEED, 0, blocked)
    assert blocked.all()


@pytest.mark.parametrize("rates", [0.0, 1.01, np.nan, np.full(53, 0.5), np.full(54, -1.0)])
def test_rates_that_are_none_are_refused(rates: Floats | float) -> None:
    with pytest.raises(BadInput, match=r"exposure rates that are not numbers in \(0, 1\] for 54 units") as caught:
        set_rates(make_exposure(draw_items()), rates)
    assert caught.value.hint == "1 is always open"


def test_bounds_are_those_of_clopper_and_pearson_for_all_units_together() -> None:
    given, opened = np.array([0, 5, 80, 100, 0]), np.array([100, 100, 100, 100, 0])
    rates = bound_rates(given, opened, cap=0.2, alpha=0.01)
    for k, n, rate in zip(given[1:3], opened[1:3], rates[1:3], strict=True):
        if rate < 1:
            assert binom.cdf(k, n, 0.2 / rate) == pytest.approx(0.01 / 5, rel=1e-6)
    assert rates[0] == 1.0  # so rarely given that it may always be open
    assert rates[1] == 1.0
    assert rates[3] == rates[4] == 0.2  # always given, or never tried
    assert ((rates >= 0.2) & (rates <= 1)).all()


def test_bounds_hold_for_all_units_together_as_often_as_they_say() -> None:
    rng = np.random.default_rng(3)  # noqa: TID251  tests make their own chance
    chance = rng.uniform(0.05, 1.0, 40)
    opened = np.full(40, 400)
    broken = sum(
        bool((chance * bound_rates(rng.binomial(opened, chance), opened, cap=0.2, alpha=0.05) > 0.2 + 1e-12).any())
        for _ in range(400)
    )
    assert broken <= binom.ppf(0.999, 400, 0.05)
    assert broken > 0  # else the bound were needlessly wide
