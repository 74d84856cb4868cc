import numpy as np
import pytest

from waymark.assess.items import Items, make_items
from waymark.assess.learning.departures import MisfitSign, find_signs
from waymark.assess.learning.recording import make_record

SIZE = 50


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)  # noqa: TID251  tests make their own chance


def make_many(*, unsure: bool = False) -> Items:
    covariance = np.tile(np.diag([0.05, 0.2]), (SIZE, 1, 1)) if unsure else None
    return make_items(tuple(f"i{row}" for row in range(SIZE)), covariance=covariance)


def look(
    *,
    count: int = 6_000,
    late: float = 0.0,
    known: float = 0.0,
    shifts: bool = False,
    unsure: bool = False,
    seed: int = 2,
) -> dict[str, MisfitSign]:
    """Find the signs in answers that are right with the stated chance, but for late ones and for known keys."""
    own = rng(seed)
    item, place, chance = own.integers(0, SIZE, count), own.integers(0, 30, count), own.uniform(0.1, 0.9, count)
    gap = own.normal(0, 0.4, count)
    moved = own.normal(0, 0.12, SIZE)[item] if shifts else 0.0
    real = np.clip(chance + moved - late * (place >= 24), 0.0, 1.0)
    knows = own.random(count) < known
    right = np.where(knows, 1, own.random(count) < real).astype(np.int64)
    record = make_record(item, right, chance, place=place, gap=np.where(knows, gap - 1.6, gap), gap_sd=0.4)
    return {sign.kind: sign for sign in find_signs(record, make_many(unsure=unsure), longest=30)}


def test_the_level_is_the_standardised_sum_of_residuals() -> None:
    record = make_record(np.array([0, 1, 2]), np.array([1, 0, 1]), np.array([0.5, 0.8, 0.4]))
    sign = next(one for one in find_signs(record, make_many(), longest=10) if one.kind == "level")
    assert sign.z == pytest.approx(0.3 / np.sqrt(0.25 + 0.16 + 0.24))
    assert sign.size == pytest.approx(0.1)
    assert sign.answers == 3
    assert not sign.found


def test_where_all_is_as_foretold_no_sign_is_found() -> None:
    signs = look()
    assert not any(sign.found for sign in signs.values())
    assert signs["speededness"].message == "late answers go as foretold"


def test_late_answers_that_go_worse_are_speededness_of_that_size() -> None:
    sign = look(late=0.1)["speededness"]
    assert sign.found
    assert sign.size == pytest.approx(0.1, abs=0.03)
    assert "as where time is short" in sign.message


def test_fast_and_right_answers_are_preknowledge() -> None:
    assert look(known=0.1)["preknowledge"].found


def test_a_sign_without_answers_says_so() -> None:
    record = make_record(np.array([0, 1]), np.array([1, 0]), np.array([0.5, 0.5]))
    sign = next(one for one in find_signs(record, make_many(), longest=10) if one.kind == "preknowledge")
    assert (sign.answers, sign.found) == (0, False)
    assert np.isnan(sign.p)


def test_items_that_the_bank_is_not_sure_of_are_no_misfit() -> None:
    """Items lie elsewhere than stated: with items said to be known that is misfit, else it is not."""
    sure = [look(count=20_000, shifts=True, seed=seed)["level"] for seed in range(30)]
    unsure = [look(count=20_000, shifts=True, unsure=True, seed=seed)["level"] for seed in range(30)]
    assert sum(sign.found for sign in sure) >= 5
    assert sum(sign.found for sign in unsure) <= 1
