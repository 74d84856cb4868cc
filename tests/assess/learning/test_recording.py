from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from waymark.assess.items import make_items
from waymark.assess.learning.recording import NOISE_SD, SPEED_SD, find_minutes, foresee_times, make_record, read_course
from waymark.assess.simulation.simulating import simulate
from waymark.assess.sitting.banks import Bank, make_bank
from waymark.assess.sitting.rules import Rules
from waymark.assess.sitting.taking import Misfit
from waymark.errors import BadInput


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)  # noqa: TID251  tests make their own chance


def make_small_bank() -> Bank:
    own, size = rng(), 40
    kind = tuple("gpcm" if row % 8 == 0 else "binary" for row in range(size))
    steps = np.where(np.array(kind)[:, None] == "gpcm", [-0.4, 0.6], np.nan)
    return make_bank(
        make_items(
            tuple(f"i{row}" for row in range(size)),
            a=own.lognormal(0, 0.2, size),
            b=own.normal(size=size),
            kind=kind,
            steps=steps,
            minutes=own.lognormal(0, 0.3, size),
        )
    )


def test_a_course_is_read_person_by_person_without_items_with_steps() -> None:
    bank = make_small_bank()
    sat = simulate(bank, Rules(target_sd=0.4, most_items=10), rng=rng(2), people=30)
    record = read_course(sat, groups=[0, 1] * 15)
    stepped = np.array(bank.items.kind) == "gpcm"
    assert stepped[sat.course.item[sat.course.item >= 0]].any()
    assert not stepped[record.item].any()
    assert np.array_equal(np.lexsort((record.place, record.person)), np.arange(len(record)))
    own = sat.course.item[record.person, record.place]
    assert np.array_equal(own, record.item)
    came = sat.course.chance[record.person, record.place]
    assert np.where(record.right == 1, record.chance, 1 - record.chance) == pytest.approx(came)
    assert (record.spread[record.place == 0] == 1.0).all()
    later = record.place > 0
    assert record.spread[later] == pytest.approx(sat.course.width[record.person[later], record.place[later] - 1])
    assert np.array_equal(record.group, record.person % 2)


def test_minutes_are_those_of_the_sittings() -> None:
    bank = make_small_bank()
    rules = Rules(target_sd=0.3, most_items=12)
    for misfit in ("none", "speeded", "preknowledge"):
        sat = simulate(bank, rules, rng=rng(2), people=20, misfit=Misfit(kind=misfit))
        assert np.nansum(find_minutes(sat), axis=1) == pytest.approx(sat.course.minutes)


def test_times_are_foretold_from_the_earlier_ones_of_the_same_person() -> None:
    own = rng(3)
    excess = own.normal(0, SPEED_SD, (4_000, 1)) + own.normal(0, NOISE_SD, (4_000, 6))
    excess[:, 2] = np.nan
    gap, sd = foresee_times(excess)
    assert np.isnan(gap[:, 2]).all()
    assert gap[:, 0] == pytest.approx(excess[:, 0])
    z = np.delete(gap / sd, 2, axis=1)
    assert z.std(axis=0) == pytest.approx(np.ones(5), abs=0.04)
    assert np.abs(np.corrcoef(z.T) - np.eye(5)).max() < 0.06
    assert (np.diff(sd[0]) <= 0).all()
    assert sd[0, 3] == sd[0, 2] < sd[0, 1]  # the missing time taught nothing


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        ("right", np.array([0, 2]), "neither right"),
        ("chance", np.array([0.5, 1.5]), "chances outside 0 to 1"),
        ("chance", np.array([0.5]), "chance of shape"),
    ],
)
def test_columns_that_make_no_record_are_refused(column: str, value: NDArray[Any], told: str) -> None:
    given: dict[str, NDArray[Any]] = {
        "item": np.array([0, 1]),
        "right": np.array([0, 1]),
        "chance": np.array([0.5, 0.5]),
    } | {column: value}
    with pytest.raises(BadInput, match=told):
        make_record(given["item"], given["right"], given["chance"])
