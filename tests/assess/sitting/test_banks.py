from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from waymark.assess.items import Items, make_items
from waymark.assess.sitting.banks import GRID, MARGIN, SHORTLIST, find_exposure, list_cells, make_bank, make_errors
from waymark.assess.sitting.selecting import CELLS
from waymark.assess.softening import soften
from waymark.errors import BadInput

NAN = np.nan


def draw_items(size: int = 12, *, skills: int = 2) -> Items:
    rng = np.random.default_rng(1)  # noqa: TID251  tests make their own chance
    return make_items(
        tuple(f"i{row}" for row in range(size)),
        a=rng.lognormal(0, 0.3, size),
        b=rng.normal(size=size),
        c=0.1,
        d=0.98,
        skills=tuple(f"s{skill}" for skill in range(skills)),
        skill=np.arange(size) % skills,
        covariance=np.tile(np.diag([0.05, 0.1]), (size, 1, 1)),
        testlet=np.where(np.arange(size) < 2, 0, -1),
        testlet_sd=np.array([0.5]),
        minutes=rng.lognormal(0, 0.5, size),
    )


PLAIN: dict[str, Any] = {
    "correlation": 0.4,
    "topic": tuple("xy" * 6),
    "quotas": {"x": 3},
    "enemies": [["i0", "i5"]],
    "rates": np.full(11, 0.5),
    "cap": 0.3,
}


def test_a_bank_holds_curves_averaged_over_what_is_not_known_of_its_items() -> None:
    items = draw_items()
    bank = make_bank(items)
    assert np.array_equal(bank.curves.curve, soften(items, GRID))
    assert bank.curves.testlet_variance.tolist() == [0.25]
    assert bank.places["i7"] == 7
    assert bank.correlation.tolist() == [[1, 0], [0, 1]]


def test_the_same_bank_has_the_same_version_and_any_change_that_matters_another() -> None:
    items = draw_items()
    plain = make_bank(items, **PLAIN).version
    assert make_bank(draw_items(), **PLAIN).version == plain
    arrays = ("a", "b", "c", "d", "minutes")
    changed = [
        replace(items, **{name: getattr(items, name) * np.where(np.arange(12) == 5, 0.99, 1)}) for name in arrays
    ]
    changed += [
        replace(items, ids=(*items.ids[:-1], "other")),
        replace(items, skills=("s0", "other")),
        replace(items, skill=(np.arange(12) + 1) % 2),
        replace(items, covariance=items.covariance * 1.01),
        replace(items, testlet=np.full(12, -1)),
        replace(items, testlet_sd=np.array([0.6])),
    ]
    versions = [
        make_bank(one, **PLAIN | {"rates": np.full(11 if one.testlet.max() == 0 else 12, 0.5)}).version
        for one in changed
    ]
    variants = (
        {"correlation": 0.41}, {"topic": tuple("yx" * 6)}, {"quotas": {"x": 4}}, {"enemies": [["i0", "i6"]]},
        {"rates": np.full(11, 0.49)}, {"cap": 0.31},
    )  # fmt: skip
    versions += [make_bank(items, **(PLAIN | one)).version for one in variants]
    assert len({plain, *versions}) == 1 + len(versions)
    assert len(plain) == 16


def test_the_shortlist_holds_the_best_items_of_a_skill_in_every_cell_per_minute() -> None:
    items = draw_items(240)
    menu = make_bank(items).menu
    share = menu.gain.astype(float)
    share[:, :2] /= 1 + share[:, :2] * 0.25 / list_cells()[1][:, None] ** 2  # the two items of the case
    value = share / items.minutes
    for skill in (0, 1):
        own = np.flatnonzero(items.skill == skill)
        for cell in range(0, CELLS, 41):
            best = np.sort(value[cell, own])[::-1][:SHORTLIST]
            assert value[cell, menu.shortlist[skill, cell]] == pytest.approx(best)


def test_a_small_bank_needs_no_shortlist() -> None:
    assert (make_bank(draw_items(2 * SHORTLIST)).menu.shortlist == -1).all()


def test_items_are_ordered_by_skill() -> None:
    menu = make_bank(draw_items()).menu
    assert menu.order.tolist() == [0, 2, 4, 6, 8, 10, 1, 3, 5, 7, 9, 11]
    assert menu.first.tolist() == [0, 6, 12]


def test_enemies_are_noted_on_both_sides() -> None:
    menu = make_bank(draw_items(), enemies=[["i0", "i3"], ["i3", "i4", "i3"]]).menu
    foes = [menu.enemy[menu.enemy_first[row] : menu.enemy_first[row + 1]].tolist() for row in range(5)]
    assert foes == [[3], [], [], [0, 4], [3]]


def test_parameters_in_any_memory_layout_make_the_same_arrays_for_kernels() -> None:
    items = draw_items()
    table = np.stack([items.b, items.minutes], axis=1)
    odd = make_bank(replace(items, b=table[:, 0], minutes=table[:, 1]))
    plain = make_bank(items)
    assert odd.version == plain.version
    for one, other in zip((*odd.menu, *odd.curves), (*plain.menu, *plain.curves), strict=True):
        assert isinstance(one, np.ndarray)
        assert isinstance(other, np.ndarray)
        assert one.flags.c_contiguous
        assert one.dtype == other.dtype


def test_the_errors_fall_with_distance_and_with_what_an_answer_tells() -> None:
    table = make_errors()
    assert table[0, 0] == pytest.approx(0.5, abs=1e-3)
    assert (np.diff(table, axis=0) <= 1e-12).all()
    assert (table[:, -1] == 0).all()


def test_fitted_rates_serve_the_cap_they_were_fitted_for_and_any_higher_one() -> None:
    items = draw_items()
    rates = np.linspace(0.3, 0.9, 11)
    bank = make_bank(items, rates=rates, cap=0.25)
    assert find_exposure(bank, 0.25).rate.tolist() == rates.tolist()
    assert find_exposure(bank, 0.4).rate.tolist() == rates.tolist()
    assert find_exposure(bank, 0.2).rate.tolist() == [0.2 - MARGIN] * 11
    assert find_exposure(bank, 0.01).rate.tolist() == [0.9 * 0.01] * 11
    assert find_exposure(make_bank(items), 0.25).rate.tolist() == [0.25 - MARGIN] * 11


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: make_bank(make_items(())), "a bank without items"),
        (lambda: make_bank(make_items(("x", "y"), a=np.array([1, NAN]))), "item 'y' has no parameters"),
        (lambda: make_bank(make_items(("x", "y"), b=np.array([NAN, 0]))), "item 'x' has no parameters"),
        (lambda: make_bank(make_items(("x",), covariance=np.full((1, 2, 2), NAN))), "item 'x' has no covariance"),
        (lambda: make_bank(draw_items(), correlation=NAN), "no correlation of 2 skills"),
        (lambda: make_bank(draw_items(), correlation=np.eye(3)), "no correlation of 2 skills"),
        (lambda: make_bank(draw_items(), correlation=np.array([[1, 0.3], [0.2, 1]])), "no correlation of 2 skills"),
        (lambda: make_bank(draw_items(), correlation=2 * np.eye(2)), "no correlation of 2 skills"),
        (lambda: make_bank(draw_items(), correlation=1.0), "not positive definite"),
        (lambda: make_bank(draw_items(skills=3), correlation=-0.6), "not positive definite"),
        (lambda: make_bank(draw_items(), topic=("x",)), "1 topics for 12 items"),
        (lambda: make_bank(draw_items(), topic=tuple("xy" * 6), quotas={"z": 3}), "a quota of 3 for topic 'z'"),
        (lambda: make_bank(draw_items(), quotas={"x": 3}), "a quota of 3 for topic 'x'"),
        (lambda: make_bank(draw_items(), topic=tuple("xy" * 6), quotas={"x": -1}), "a quota of -1 for topic 'x'"),
        (lambda: make_bank(draw_items(), topic=tuple("xy" * 6), quotas={"x": NAN}), "a quota of nan for topic 'x'"),
        (lambda: make_bank(draw_items(), enemies=[["i0", "z"]]), "item 'z' is an enemy of others but not in the bank"),
        (lambda: make_bank(draw_items(), rates=np.full(11, 0.5)), "exposure rates fitted for the cap None"),
        (lambda: make_bank(draw_items(), cap=0.5), "exposure rates fitted for the cap 0.5"),
        (lambda: make_bank(draw_items(), rates=np.full(11, 0.5), cap=NAN), "exposure rates fitted for the cap nan"),
        (lambda: make_bank(draw_items(), rates=np.full(12, 0.5), cap=0.5), "not numbers in .0, 1. for 11 units"),
        (lambda: make_bank(draw_items(), rates=np.full(11, 0.0), cap=0.5), "not numbers in .0, 1. for 11 units"),
    ],
)
def test_what_makes_no_bank_is_refused(make: Callable[[], object], message: str) -> None:
    with pytest.raises(BadInput, match=message) as caught:
        make()
    assert caught.value.hint


def test_a_bank_of_one_item_is_a_bank() -> None:
    assert make_bank(make_items(("x",))).menu.gain.shape == (CELLS, 1)
