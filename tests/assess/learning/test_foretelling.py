import numpy as np
import pytest

from waymark.assess.ability.predicting import predict
from waymark.assess.items import make_items
from waymark.assess.learning.foretelling import foretell
from waymark.assess.responses import make_responses
from waymark.assess.sitting.banks import Bank, make_bank
from waymark.errors import BadInput


def make_small_bank() -> Bank:
    items = make_items(
        ("x", "y", "z"),
        a=np.array([1.0, 1.5, 0.8]),
        b=np.array([-0.5, 0.0, 0.5]),
        skills=("s", "t"),
        skill=np.array([0, 0, 1]),
    )
    return make_bank(items, correlation=0.6)


def test_every_answer_is_foretold_from_those_of_the_same_person_before() -> None:
    bank = make_small_bank()
    person, item, score = np.array([0, 1, 0, 0, 1]), np.array([0, 1, 1, 2, 0]), np.array([1, 0, 1, 1, 1])
    told = foretell(bank, person=person, item=item, score=score)
    seen = make_responses(np.array([[1, 1, -1], [-1, 0, -1], [-1, -1, -1]]), items=bank.items.ids)
    expected = predict(seen, bank.items, correlation=bank.correlation)
    assert told.chance[0] == pytest.approx(expected[2, 0], abs=1e-3)  # nothing was known
    assert told.chance[1] == pytest.approx(1 - expected[2, 1], abs=1e-3)
    assert told.chance[3] == pytest.approx(expected[0, 2], abs=5e-3)  # another skill, by the correlation
    assert told.chance[4] == pytest.approx(expected[1, 0], abs=5e-3)
    assert told.spread[0] == told.spread[1] == 1.0
    assert told.spread[2] < 1.0 > told.spread[4]


def test_the_order_of_people_does_not_matter() -> None:
    bank, own = make_small_bank(), np.random.default_rng(1)  # noqa: TID251  tests make their own chance
    person, item = np.repeat(np.arange(30), 3), np.tile(np.arange(3), 30)
    score = own.integers(0, 2, 90)
    turn = np.argsort(item, kind="stable")
    whole = foretell(bank, person=person, item=item, score=score)
    mixed = foretell(bank, person=person[turn], item=item[turn], score=score[turn])
    assert np.array_equal(whole.chance[turn], mixed.chance)
    assert np.array_equal(whole.spread[turn], mixed.spread)


def test_what_the_bank_does_not_have_is_refused() -> None:
    bank, one = make_small_bank(), np.array([0])
    with pytest.raises(BadInput, match="item that the bank does not have"):
        foretell(bank, person=one, item=np.array([3]), score=one)
    with pytest.raises(BadInput, match="a score that its item cannot have"):
        foretell(bank, person=one, item=one, score=np.array([2]))
