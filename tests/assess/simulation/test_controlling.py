from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pytest

from waymark.assess.items import Items, make_items
from waymark.assess.simulation.controlling import control_exposure, count_units
from waymark.assess.simulation.simulating import simulate
from waymark.assess.simulation.summaries import share_given
from waymark.assess.sitting.banks import Bank, make_bank
from waymark.assess.sitting.rules import Rules
from waymark.errors import BadInput

RULES = Rules(target_sd=0.45, most_items=12, exposure_cap=0.25)


def draw_items(size: int = 80, *, testlets: bool = False) -> Items:
    rng = np.random.default_rng(2)  # noqa: TID251  tests make their own chance
    return make_items(
        tuple(f"i{row}" for row in range(size)),
        a=rng.lognormal(0, 0.3, size),
        b=rng.normal(size=size),
        testlet=np.where(np.arange(size) < 12, np.arange(size) // 3, -1) if testlets else None,
        testlet_sd=np.full(4, 0.3) if testlets else None,
    )


def rng(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)  # noqa: TID251  tests make their own chance


def test_fitted_rates_keep_every_item_below_the_cap_and_cost_fewer_answers_than_the_cap_for_all() -> None:
    items = draw_items()
    control = control_exposure(make_bank(items), RULES, rng=rng(1), people=1_000, rounds=3)
    fitted = make_bank(items, rates=control.rates, cap=control.cap)
    free, flat, found = (
        simulate(bank, rules, rng=rng(7), people=2_500)
        for bank, rules in ((make_bank(items), Rules(target_sd=0.45, most_items=12)), (make_bank(items), RULES),
                            (fitted, RULES))
    )  # fmt: skip
    assert share_given(free).max() > 0.5
    assert share_given(found).max() <= 0.25 + 0.009  # a standard error of a share of 2,500
    assert share_given(flat).max() <= 0.25
    lengths = [one.course.answers.sum(axis=1).mean() for one in (free, found, flat)]
    assert lengths[0] < lengths[1] < lengths[2]
    assert (control.rates >= 0.9 * 0.25).all()
    assert (control.rates <= 1).all()
    assert control.rates.max() > 0.8
    assert (control.cap, control.people) == (0.25, 1_000)
    assert control.highest == pytest.approx(0.25, abs=0.05)


def test_the_same_seed_fits_the_same_rates_and_progress_is_told() -> None:
    seen: list[tuple[list[Any], str]] = []

    def track(items: Sequence[Any], what: str) -> Iterable[Any]:
        seen.append((list(items), what))
        return items

    bank = make_bank(draw_items(30))
    first = control_exposure(bank, RULES, rng=rng(4), people=60, rounds=2, track=track)
    second = control_exposure(bank, RULES, rng=rng(4), people=60, rounds=2)
    assert first.rates.tobytes() == second.rates.tobytes()
    assert seen == [([0, 1, 2], "exposure")]


def test_a_case_counts_once_a_sitting_however_many_of_its_items_were_given() -> None:
    bank = make_bank(draw_items(testlets=True))
    simulation = simulate(bank, RULES, rng=rng(3), people=300)
    given, opened = count_units(simulation)
    unit = bank.exposure.unit
    counted = np.zeros(len(given), dtype=int)
    for row in simulation.course.item:
        for one in {int(unit[item]) for item in row if item >= 0}:
            counted[one] += 1
    assert given.tolist() == counted.tolist()
    assert (given <= opened).all()
    assert opened.sum() > 0


def test_rules_without_a_cap_have_nothing_to_control() -> None:
    bank: Bank = make_bank(draw_items(10))
    with pytest.raises(BadInput, match="the rules have no exposure cap") as caught:
        control_exposure(bank, Rules(), rng=rng(1))
    assert caught.value.hint == "set exposure_cap, 0.25 say"
