from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from waymark.assess.chance import derive_seed
from waymark.assess.curves import probabilities
from waymark.assess.items import Floats, Items, make_items
from waymark.assess.sitting.banks import Bank, make_bank
from waymark.assess.sitting.taking import (
    MISFITS,
    Misfit,
    Takers,
    count_steps,
    draw_takers,
    draw_truth,
    respond,
    rise,
    score_at,
)
from waymark.errors import BadInput

NAN = np.nan


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)  # noqa: TID251  tests make their own chance


def make_mixed() -> Items:
    return make_items(
        ("two", "four", "credit", "graded", "flat"),
        a=np.array([1.3, 2.0, 1.1, 1.4, 0.0]),
        b=np.array([0.4, 1.0, 0, 0, 0.5]),
        c=np.array([0, 0.15, 0, 0, 0]),
        d=np.array([1, 0.9, 1, 1, 1.0]),
        kind=("binary", "binary", "gpcm", "grm", "binary"),
        steps=np.array([[NAN] * 3] * 2 + [[-1.0, 0.5, 0.2], [-1.5, 0.0, NAN]] + [[NAN] * 3]),
        minutes=np.array([1.0, 2.0, 3.0, 4.0, 5.0]),
    )


def answer_all(bank: Bank, takers: Takers, *, gone: float = 0.0, item: int = 0) -> tuple[Floats, Floats]:
    """Return score and minutes of one item from every taker."""
    found = [
        respond(takers, person, item, int(bank.items.skill[item]), derive_seed(5, person), gone)
        for person in range(len(takers.theta))
    ]
    return np.array([score for score, _ in found], dtype=float), np.array([minutes for _, minutes in found])


def test_a_score_is_the_highest_that_the_uniform_number_reaches() -> None:
    items = make_mixed()
    takers = draw_takers(make_bank(items), 1, rng=rng())
    u = (np.arange(500) + 0.5) / 500
    for theta in (-2.0, 0.0, 1.5):
        table = probabilities(items, np.array([theta]))[:, 0]
        for item in range(5):
            own = table[items.offsets[item] : items.offsets[item + 1]]
            scores = np.array([score_at(takers, item, theta, one) for one in u])
            assert (np.diff(scores) <= 0).all()  # high numbers, low scores
            assert np.bincount(scores, minlength=len(own)) / 500 == pytest.approx(own, abs=0.0045)


def test_answers_of_many_people_come_as_often_as_the_model_says() -> None:
    items = make_mixed()
    bank = make_bank(items)
    takers = draw_takers(bank, 6_000, rng=rng(), theta=np.full((6_000, 1), 0.7))
    table = probabilities(items, np.array([0.7]))[:, 0]
    for item in range(5):
        scores, _ = answer_all(bank, takers, item=item)
        own = table[items.offsets[item] : items.offsets[item + 1]]
        share = np.bincount(scores.astype(int), minlength=len(own)) / 6_000
        assert np.abs(share - own).max() < 4 * 0.5 / np.sqrt(6_000)


def test_an_answer_hangs_on_the_sitting_and_the_item_alone() -> None:
    bank = make_bank(make_mixed())
    takers = draw_takers(bank, 1, rng=rng())
    assert respond(takers, 0, 2, 0, 99, 0.0) == respond(takers, 0, 2, 0, 99, 0.9)
    assert len({respond(takers, 0, 2, 0, seed, 0.0)[1] for seed in range(50)}) == 50


def test_times_are_lognormal_about_the_items_own_and_the_takers_pace() -> None:
    bank = make_bank(make_mixed())
    takers = draw_takers(bank, 4_000, rng=rng())
    _, minutes = answer_all(bank, takers, item=2)
    rest = np.log(minutes / 3.0) + takers.pace
    assert rest.mean() == pytest.approx(0.0, abs=4 * 0.35 / np.sqrt(4_000))
    assert rest.std() == pytest.approx(0.35, rel=0.05)
    assert takers.pace.std() == pytest.approx(0.25, rel=0.05)


def test_people_are_drawn_from_the_population_of_the_bank() -> None:
    items = make_items(("x", "y"), skills=("s", "t"), skill=np.array([0, 1]))
    takers = draw_takers(make_bank(items, correlation=0.7), 20_000, rng=rng())
    assert takers.theta.mean(axis=0) == pytest.approx([0, 0], abs=0.03)
    assert np.cov(takers.theta.T) == pytest.approx(np.array([[1, 0.7], [0.7, 1]]), abs=0.03)
    assert (takers.misfit == MISFITS["none"]).all()


def test_the_truth_of_uncertain_items_is_drawn_from_their_posterior_and_then_known() -> None:
    covariance = np.array([[0.09, 0.06], [0.06, 0.25]])
    steps = np.tile([[-1.0, 1.0]], (4_000, 1))
    items = make_items(
        tuple(f"i{row}" for row in range(4_000)),
        a=1.2,
        kind="gpcm",
        steps=steps,
        covariance=np.tile(covariance, (4_000, 1, 1)),
    )
    truth = draw_truth(items, rng=rng())
    found = np.cov(np.log(truth.a / 1.2), truth.b)
    assert found == pytest.approx(covariance, abs=0.02)
    assert not truth.covariance.any()
    assert truth.steps - steps == pytest.approx(np.tile(truth.b[:, None], 2))
    known = make_mixed()
    assert np.array_equal(draw_truth(known, rng=rng()).a, known.a)


def test_items_of_one_case_share_a_taker_s_own_effect_and_other_cases_have_others() -> None:
    items = make_items(tuple("uvwx"), a=2.0, testlet=np.array([0, 0, 1, -1]), testlet_sd=np.array([2.0, 2.0]))
    bank = make_bank(items)
    takers = draw_takers(bank, 6_000, rng=rng(), theta=np.zeros((6_000, 1)))
    scores = np.array([answer_all(bank, takers, item=item)[0] for item in range(4)])
    between = np.asarray(np.corrcoef(scores))
    assert between[0, 1] > 0.3
    assert np.abs(between[[0, 0, 2], [2, 3, 3]]).max() < 0.06


def test_guessers_answer_blindly_as_often_as_said() -> None:
    bank = make_bank(make_items(("x", "y"), a=2.0, b=-9.0, c=np.array([0.0, 0.4])))
    for item, chance in ((0, 0.25), (1, 0.4)):
        takers = draw_takers(bank, 5_000, rng=rng(), misfit=Misfit(kind="guessing", rate=0.6))
        scores, minutes = answer_all(bank, takers, item=item)
        assert scores.mean() == pytest.approx(0.4 + 0.6 * chance, abs=0.03)
        assert np.exp(np.log(minutes).mean()) == pytest.approx(1.0, rel=0.05)


def test_the_careless_lose_right_answers_and_win_none() -> None:
    bank = make_bank(make_items(("x", "y"), a=2.0, b=np.array([-9.0, 9.0])))
    takers = draw_takers(bank, 5_000, rng=rng(), misfit=Misfit(kind="careless", rate=0.3))
    assert answer_all(bank, takers, item=0)[0].mean() == pytest.approx(0.7, abs=0.03)
    assert answer_all(bank, takers, item=1)[0].mean() == 0.0


@pytest.mark.parametrize(
    ("rate", "gone", "hurried"),
    [(0.2, 0.0, False), (0.2, 0.79, False), (0.2, 0.8, True), (0.2, 0.9, True), (0.1, 0.9, True), (1.0, 0.0, True),
     (0.0, 0.99, False)],
)  # fmt: skip
def test_the_speeded_guess_in_haste_through_the_last_part_of_the_sitting(
    rate: float,
    gone: float,
    hurried: bool,  # noqa: FBT001
) -> None:
    bank = make_bank(make_items(("x",), a=2.0, b=-9.0))
    takers = draw_takers(bank, 2_000, rng=rng(), misfit=Misfit(kind="speeded", rate=rate))
    scores, minutes = answer_all(bank, takers, gone=gone)
    assert scores.mean() == pytest.approx(0.25 if hurried else 1.0, abs=0.05)
    assert np.exp(np.log(minutes).mean()) == pytest.approx(0.2 if hurried else 1.0, rel=0.06)


def test_those_who_know_the_key_are_right_and_fast_on_leaked_items_alone() -> None:
    size = 400
    bank = make_bank(make_items(tuple(f"i{row}" for row in range(size)), a=2.0, b=9.0))
    takers = draw_takers(bank, 30, rng=rng(), misfit=Misfit(kind="preknowledge", rate=0.3))
    leaked = takers.leaked.astype(bool)
    assert leaked.mean() == pytest.approx(0.3, abs=0.08)
    found = [answer_all(bank, takers, item=item) for item in range(size)]
    scores, minutes = (np.array([row[part] for row in found]) for part in (0, 1))
    assert scores[leaked].mean() == pytest.approx(0.95, abs=0.015)
    assert scores[~leaked].mean() == 0.0
    fast = np.log(minutes[leaked][scores[leaked] == 1]).mean() - np.log(minutes[~leaked]).mean()
    assert np.exp(fast) == pytest.approx(0.2, rel=0.05)


def test_who_knows_the_key_has_the_highest_score_of_an_item_with_steps() -> None:
    bank = make_bank(make_mixed())
    takers = draw_takers(bank, 1, rng=rng(), misfit=Misfit(kind="preknowledge", rate=1.0))
    assert [count_steps(takers, item) for item in range(5)] == [1, 1, 3, 2, 1]
    assert max(respond(takers, 0, 2, 0, seed, 0.0)[0] for seed in range(9)) == 3


def test_only_a_share_of_people_misfits() -> None:
    takers = draw_takers(make_bank(make_mixed()), 4_000, rng=rng(), misfit=Misfit(kind="careless", share=0.25))
    assert (takers.misfit == MISFITS["careless"]).mean() == pytest.approx(0.25, abs=0.03)


def test_extreme_items_and_people_have_answers_all_the_same() -> None:
    items = make_items(
        tuple("vwxyz"),
        a=np.array([1.0, 1.0, 50.0, 50.0, 50.0]),
        b=np.array([900.0, -900.0, 0, 0, 0]),
        kind=("binary", "binary", "gpcm", "grm", "gpcm"),
        steps=np.array([[NAN, NAN]] * 2 + [[-90.0, -80.0], [-90.0, 90.0], [80.0, 90.0]]),
    )
    takers = draw_takers(make_bank(items), 1, rng=rng(), theta=np.zeros((1, 1)))
    assert [score_at(takers, item, 0.0, 0.5) for item in range(5)] == [0, 1, 2, 1, 0]
    assert (rise(1e9), rise(-1e9), rise(0.0)) == (1.0, 0.0, 0.5)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Misfit(kind="lazy"), "misfit 'lazy' with rate 0.2 and share 1.0"),
        (lambda: Misfit(rate=1.2), "with rate 1.2"),
        (lambda: Misfit(rate=NAN), "with rate nan"),
        (lambda: Misfit(share=-0.1), "and share -0.1"),
        (lambda: draw_takers(make_bank(make_mixed()), 0, rng=rng()), "0 people"),
        (lambda: draw_takers(make_bank(make_mixed()), 2, rng=rng(), theta=np.zeros((3, 1))), "does not fit"),
        (lambda: draw_takers(make_bank(make_mixed()), 2, rng=rng(), theta=np.zeros((2, 2))), "does not fit"),
        (lambda: draw_takers(make_bank(make_mixed()), 2, rng=rng(), theta=np.full((2, 1), NAN)), "does not fit"),
        (lambda: draw_takers(make_bank(make_mixed()), 2, rng=rng(), truth=make_items(("x",))), "does not fit"),
    ],
)
def test_what_makes_no_takers_is_refused(make: Callable[[], object], message: str) -> None:
    with pytest.raises(BadInput, match=message) as caught:
        make()
    assert caught.value.hint


def test_another_truth_may_stand_in_for_what_the_bank_believes() -> None:
    items = make_mixed()
    harder = replace(items, b=items.b + 5.0)
    takers = draw_takers(make_bank(items), 2_000, rng=rng(), truth=harder, theta=np.zeros((2_000, 1)))
    assert answer_all(make_bank(items), takers, item=0)[0].mean() < 0.01
