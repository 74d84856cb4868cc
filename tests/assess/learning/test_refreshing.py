from dataclasses import replace

import numpy as np
import pytest

from waymark.assess.items import Items, make_items, take_items
from waymark.assess.learning.refreshing import make_cells, renew
from waymark.assess.learning.updating import make_beliefs
from waymark.assess.sitting.banks import Bank, make_bank, refresh
from waymark.errors import BadInput


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)  # noqa: TID251  tests make their own chance


def draw_items(size: int = 90) -> Items:
    own = rng()
    covariance = np.tile(np.array([[0.09, 0.05], [0.05, 0.4]]), (size, 1, 1))
    covariance[::4] = 0.0
    kind = tuple("gpcm" if row % 9 == 8 else "binary" for row in range(size))
    steps = np.where(np.array(kind)[:, None] == "gpcm", own.normal(size=(size, 3)), np.nan)
    return make_items(
        tuple(f"i{row}" for row in range(size)),
        a=own.lognormal(0, 0.3, size),
        b=own.normal(size=size),
        c=np.where(np.arange(size) % 3 == 1, 0.2, 0.0),
        kind=kind,
        steps=steps,
        skills=("x", "y"),
        skill=np.arange(size) % 2,
        covariance=covariance,
        testlet=np.where(np.arange(size) < 6, 0, -1),
        testlet_sd=np.array([0.5]),
        minutes=own.lognormal(0, 0.3, size),
    )


def build(items: Items) -> Bank:
    return make_bank(
        items,
        correlation=0.4,
        topic=["even", "odd"] * (len(items) // 2),
        quotas={"odd": 5},
        enemies=[("i3", "i8")],
    )


def test_a_refreshed_bank_is_to_the_bit_one_made_of_the_new_items() -> None:
    items = draw_items()
    changed = np.array([5, 8, 17, 40])
    b, steps, covariance = items.b.copy(), items.steps.copy(), items.covariance.copy()
    b[changed] += 0.3
    steps[changed] += 0.3
    covariance[changed] *= 0.5
    after = replace(items, b=b, steps=steps, covariance=covariance)
    found, wanted = refresh(build(items), after), build(after)
    assert found.version == wanted.version != build(items).version
    for table in ("curves", "menu", "exposure"):
        for one, other in zip(getattr(found, table), getattr(wanted, table), strict=True):
            assert np.array_equal(one, other), table
    assert found.places == wanted.places


def test_refreshing_leaves_the_bank_before_as_it_was() -> None:
    items = draw_items()
    bank, twin = build(items), build(items)
    refresh(bank, replace(items, b=items.b + 0.1))
    assert all(
        np.array_equal(np.asarray(one), np.asarray(other)) for one, other in zip(bank.menu, twin.menu, strict=True)
    )
    assert np.array_equal(bank.curves.curve, twin.curves.curve)


def test_a_bank_cannot_be_refreshed_with_other_items() -> None:
    items = draw_items()
    with pytest.raises(BadInput, match="items other than those of the bank"):
        refresh(build(items), take_items(items, np.arange(10)))


def test_tables_that_are_renewed_item_by_item_are_those_of_a_bank_made_whole() -> None:
    items = draw_items()
    bank = build(items)
    beliefs, cells = make_beliefs(items), make_cells()
    curves = bank.curves._replace(curve=bank.curves.curve.copy())
    menu = bank.menu._replace(
        gain=bank.menu.gain.copy(), log_a=bank.menu.log_a.copy(), b=bank.menu.b.copy(), spread=bank.menu.spread.copy()
    )
    unsure = np.flatnonzero(beliefs.learning)
    stepped = np.array([kind == "gpcm" for kind in items.kind])
    for item in unsure:
        rows = slice(curves.offset[item], curves.offset[item + 1])
        curves.curve[rows] = np.nan
        menu.gain[:, item], menu.b[item] = np.nan, np.nan
        renew(beliefs, int(item), curves, menu, cells)
        if not stepped[item]:
            assert curves.curve[rows] == pytest.approx(bank.curves.curve[rows], abs=1e-12)
        assert curves.curve[rows].sum(axis=0) == pytest.approx(np.ones(129), abs=1e-6)
    binary = unsure[~stepped[unsure]]
    assert np.abs(menu.gain - bank.menu.gain)[:, binary].max() < 1e-4
    assert np.abs(menu.gain - bank.menu.gain)[:, unsure].max() < 0.05  # the bank averages slopes too
    assert menu.b == pytest.approx(bank.menu.b)
    assert menu.spread[binary] == pytest.approx(bank.menu.spread[binary])
