from dataclasses import replace

import numpy as np
import pytest

from waymark.assess.ability.classification import judge_levels
from waymark.assess.ability.scores import describe
from waymark.assess.ability.scoring import score
from waymark.assess.items import make_items
from waymark.errors import BadInput


def test_certain_people_are_classified_for_certain() -> None:
    found = describe(
        "eap",
        ("skill",),
        estimate=np.array([[-2.0], [0.0], [2.0]]),
        sd=np.full((3, 1), 1e-4),
        answers=np.ones((3, 1), dtype=np.int64),
    )
    (judged,) = judge_levels(found)
    assert (judged.accuracy.value, judged.consistency.value, judged.kappa) == pytest.approx((1.0, 1.0, 1.0))


def test_accuracy_is_the_mean_probability_of_the_level_given() -> None:
    found = describe(
        "wle",
        ("skill",),
        estimate=np.array([[1.0], [0.0], [np.nan]]),
        sd=np.array([[0.5], [1.0], [np.inf]]),
        answers=np.array([[9], [5], [0]]),
    )
    (judged,) = judge_levels(found)
    at_the_cut, in_the_middle = 0.5 - 3.2e-5, 0.6826895  # Phi(0) - Phi(-4); Phi(1) - Phi(-1)
    assert judged.people == 2
    assert judged.accuracy.value == pytest.approx((at_the_cut + in_the_middle) / 2, abs=1e-5)
    spread = abs(in_the_middle - at_the_cut) / np.sqrt(2) / np.sqrt(2) * 1.959964
    assert judged.accuracy.high - judged.accuracy.value == pytest.approx(spread, rel=1e-4)


@pytest.mark.parametrize("method", ["eap", "wle"])
@pytest.mark.parametrize("size", [12, 60])
def test_both_agree_with_what_happens_to_simulated_people(method: str, size: int) -> None:
    rng = np.random.Generator(np.random.PCG64(size))
    items = make_items(tuple(f"i{number}" for number in range(size)), a=1.3, b=rng.normal(size=size))
    theta = rng.normal(size=(4_000, 1))
    chance = 1 / (1 + np.exp(-items.a * (theta - items.b)))
    first, second = (score(rng.random(chance.shape) < chance, items, method=method) for _ in range(2))
    true = 1 + (theta > -1).astype(int) + (theta > 1)
    (judged,) = judge_levels(first)
    assert judged.consistency.value == pytest.approx((first.level == second.level).mean(), abs=0.03)
    if method == "eap":  # a WLE knows no prior, so that its probabilities are not those of these people
        assert judged.accuracy.value == pytest.approx((first.level == true).mean(), abs=0.02)
        assert judged.accuracy.low < (first.level == true).mean() < judged.accuracy.high + 0.015


def test_too_few_people_are_refused() -> None:
    items = make_items(("x", "y"))
    with pytest.raises(BadInput, match="1 people"):
        judge_levels(score(np.array([[1, 0]]), items))
    both = score(np.array([[1, 0], [1, 1]]), items)
    with pytest.raises(BadInput, match="0 people"):
        judge_levels(replace(both, level=np.zeros((2, 1), dtype=np.int64)))
