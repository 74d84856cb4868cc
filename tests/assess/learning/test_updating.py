from dataclasses import replace

import numpy as np
import pytest

from waymark.assess.items import make_items
from waymark.assess.learning.updating import find_cavity, make_beliefs, moments, revise, update
from waymark.assess.sitting.banks import Bank, make_bank
from waymark.assess.sitting.inferring import absorb_all, make_belief
from waymark.assess.sitting.rules import Rules
from waymark.assess.sitting.sittings import Answer, Sitting, answer, begin, find_prior
from waymark.errors import Conflict


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)  # noqa: TID251  tests make their own chance


def make_small_bank(*, testlets: bool = False) -> Bank:
    own, size = rng(), 12
    covariance = np.tile(np.diag([0.05, 0.3]), (size, 1, 1))
    covariance[0] = 0.0
    kind = ("binary",) * 9 + ("gpcm",) * 3
    steps = np.full((size, 2), np.nan)
    steps[9:] = [-0.5, 0.7]
    items = make_items(
        tuple(f"i{row}" for row in range(size)),
        a=own.lognormal(0, 0.2, size),
        b=own.normal(size=size),
        kind=kind,
        steps=steps,
        skills=("x", "y"),
        skill=np.arange(size) % 2,
        covariance=covariance,
        testlet=np.where(np.arange(size) < 4, 0, -1) if testlets else None,
        testlet_sd=np.array([0.6]) if testlets else None,
    )
    return make_bank(items, correlation=0.5)


def sit(bank: Bank) -> Sitting:
    sitting = begin(bank, Rules(), rng=rng(2))
    for name, score in (("i0", 1), ("i1", 0), ("i4", 1), ("i7", 1), ("i10", 2)):
        sitting = answer(bank, sitting, Answer(item=name, score=score))
    return sitting


def test_a_sitting_teaches_about_the_items_that_it_asked_and_no_others() -> None:
    bank = make_small_bank()
    before = make_beliefs(bank.items)
    after = update(before, bank, sit(bank))
    mean, covariance, answers = moments(after)
    assert answers.tolist() == [0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0]
    moved = np.flatnonzero(mean[:, 1] != before.mean[:, 1])
    assert moved.tolist() == [1, 4, 7, 10]
    assert mean[1, 1] > before.mean[1, 1]  # wrong answers make harder
    assert mean[4, 1] < before.mean[4, 1]
    assert (covariance[moved, 1, 1] < 0.3).all()


def test_the_beliefs_before_stay_as_they_are() -> None:
    bank = make_small_bank()
    before = make_beliefs(bank.items)
    update(before, bank, sit(bank))
    fresh = make_beliefs(bank.items)
    assert all(np.array_equal(np.asarray(one), np.asarray(other)) for one, other in zip(before, fresh, strict=True))


def test_a_sitting_of_another_version_is_refused() -> None:
    bank = make_small_bank()
    with pytest.raises(Conflict, match="belongs to bank version elsewhere"):
        update(make_beliefs(bank.items), bank, replace(sit(bank), bank="elsewhere"))


@pytest.mark.parametrize("testlets", [False, True])
def test_a_cavity_is_the_posterior_without_the_answer(*, testlets: bool) -> None:
    bank = make_small_bank(testlets=testlets)
    mean, covariance = find_prior(bank, sit(bank))
    items, scores = np.array([1, 4, 7, 3, 6]), np.array([0, 1, 1, 1, 0])
    whole, rest = (make_belief(mean, covariance, capacity=9, testlets=int(testlets), cases=1) for _ in range(2))
    absorb_all(whole, bank.curves, items, scores, np.zeros(5))
    absorb_all(rest, bank.curves, items[:-1], scores[:-1], np.zeros(4))
    centre, variance = find_cavity(whole, bank.curves, 4)
    assert centre == pytest.approx(rest.mean[0], abs=0.01)
    assert variance == pytest.approx(rest.covariance[0, 0], rel=0.02)  # other sites have been refined since


def test_items_are_revised_to_what_is_believed_of_them() -> None:
    bank = make_small_bank()
    after = update(make_beliefs(bank.items), bank, sit(bank))
    items = revise(bank.items, after)
    mean, covariance, _ = moments(after)
    learned = np.arange(1, 12)
    assert np.array_equal(np.log(items.a[1:]).round(12), mean[learned, 0].round(12))
    assert np.array_equal(items.b[1:], mean[learned, 1])
    assert np.array_equal(items.covariance[1:], covariance[1:])
    assert items.a[0] == bank.items.a[0]
    assert items.steps[10] - bank.items.steps[10] == pytest.approx(np.full(2, items.b[10] - bank.items.b[10]))
    assert items.ids == bank.items.ids
