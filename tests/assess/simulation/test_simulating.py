from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from waymark.assess.chance import derive_seed
from waymark.assess.items import Items, make_items
from waymark.assess.simulation.simulating import Simulation, simulate
from waymark.assess.sitting.banks import Bank, make_bank
from waymark.assess.sitting.rules import Decision, Rules
from waymark.assess.sitting.sittings import Answer, Sitting, replay
from waymark.assess.sitting.taking import Misfit, draw_takers
from waymark.errors import BadInput

RULES = Rules(target_sd=0.45, most_items=20)


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)  # noqa: TID251  tests make their own chance


def draw_items(size: int = 120, *, skills: int = 2, testlets: int = 4, unsure: bool = True) -> Items:
    own = rng(3)
    return make_items(
        tuple(f"i{row}" for row in range(size)),
        a=own.lognormal(0, 0.3, size),
        b=own.normal(size=size),
        skills=tuple(f"s{skill}" for skill in range(skills)),
        skill=np.arange(size) % skills,
        covariance=np.tile(np.diag([0.05, 0.1]), (size, 1, 1)) if unsure else None,
        testlet=np.where(np.arange(size) < 5 * testlets, np.arange(size) // 5, -1),
        testlet_sd=np.full(testlets, 0.5),
        minutes=own.lognormal(0, 0.4, size),
    )


def make_small_bank(**more: Any) -> Bank:
    return make_bank(draw_items(), correlation=0.5, **more)


ALL = [
    RULES,
    replace(RULES, exploration="thompson"),
    replace(RULES, exploration="pilot", temperature=0.1, per_minute=False),
    replace(RULES, goal="levels", confidence=0.8, least_items=2),
    Rules(goal="decisions", decisions=(Decision(name="d", weights={"s0": 1.0, "s1": 0.5}, cut=0.3),), most_items=9),
    replace(RULES, least_gain=0.02),
]


@pytest.mark.parametrize("rules", ALL)
def test_a_simulated_sitting_is_what_a_real_one_with_the_same_answers_would_be(rules: Rules) -> None:
    bank = make_small_bank(enemies=[["i30", "i31"]], topic=tuple("xyz" * 40), quotas={"x": 4})
    found = simulate(bank, rules, rng=rng(), people=12)
    course = found.course
    for person in range(12):
        count = int((course.item[person] >= 0).sum())
        sitting = Sitting(bank=bank.version, rules=rules, seed=derive_seed(found.seed, person), number=person)
        for place in range(count):
            standing = replay(bank, sitting)
            assert standing.next == bank.items.ids[course.item[person, place]]
            given = Answer(item=str(standing.next), score=int(course.score[person, place]))
            sitting = replace(sitting, answers=(*sitting.answers, given))
        standing = replay(bank, sitting)
        assert np.array(standing.profile.mean).tobytes() == course.mean[person].tobytes()
        assert np.array(standing.profile.sd).tobytes() == course.sd[person].tobytes()
        assert np.array(standing.chances, dtype=np.float32) == pytest.approx(course.chance[person, :count])
        assert list(standing.answered.values()) == course.answers[person].tolist()


def test_the_same_generator_gives_the_same_bits_and_another_one_others() -> None:
    bank = make_small_bank()
    first, same, other = (simulate(bank, ALL[1], rng=rng(seed), people=40) for seed in (4, 4, 5))
    for name in first.course._fields:
        assert getattr(first.course, name).tobytes() == getattr(same.course, name).tobytes()
    assert first.course.mean.tobytes() != other.course.mean.tobytes()
    assert np.array_equal(first.takers.theta, same.takers.theta)


def test_people_come_in_batches_that_leave_no_trace() -> None:
    bank = make_bank(draw_items(40, testlets=0, unsure=False))
    takers = draw_takers(bank, 300, rng=rng())
    whole = simulate(bank, RULES, rng=rng(7), takers=takers)
    part = simulate(bank, RULES, rng=rng(7), takers=takers._replace(theta=takers.theta[:100]))
    assert np.array_equal(whole.course.item[:100], part.course.item)
    told: list[tuple[list[Any], str]] = []

    def track(items: Sequence[Any], what: str) -> Iterable[Any]:
        told.append((list(items), what))
        return items

    tracked = simulate(bank, RULES, rng=rng(7), takers=takers, track=track)
    assert told == [([0, 256], "sittings")]
    assert np.array_equal(tracked.course.item, whole.course.item)


def test_an_answer_does_not_change_when_other_items_come_before_it() -> None:
    bank = make_bank(draw_items(40, testlets=0, unsure=False))
    takers = draw_takers(bank, 50, rng=rng())
    scores = []
    for rules in (RULES, replace(RULES, weights={"s1": 5.0}), replace(RULES, temperature=1.0)):
        course = simulate(bank, rules, rng=rng(2), takers=takers).course
        seen = np.full((50, 40), -1)
        person, place = np.nonzero(course.item >= 0)
        seen[person, course.item[person, place]] = course.score[person, place]
        scores.append(seen)
    for other in scores[1:]:
        both = (scores[0] >= 0) & (other >= 0)
        assert both.sum() > 100
        assert (scores[0][both] == other[both]).all()


def used(simulation: Simulation) -> list[list[int]]:
    return [[int(item) for item in row if item >= 0] for row in simulation.course.item]


def test_courses_keep_the_rules() -> None:
    groups = [[f"i{row}", f"i{row + 1}"] for row in range(40, 80, 2)]
    bank = make_small_bank(enemies=groups)
    rules = replace(RULES, target_sd=0.2, most_items=30, most_items_per_skill=18, least_items=3)
    found = simulate(bank, rules, rng=rng(), people=200)
    foes = [{bank.places[name] for name in group} for group in groups]
    case = bank.items.testlet
    for items, answers in zip(used(found), found.course.answers, strict=True):
        assert len(set(items)) == len(items) <= 30
        assert (np.bincount(bank.items.skill[items], minlength=2) == answers).all()
        assert answers.min() >= 3
        assert answers.max() <= 18 + 4  # a case that was begun is finished
        assert all(len(pair & set(items)) < 2 for pair in foes)
        for number in set(case[items].tolist()) - {-1}:
            places = [place for place, item in enumerate(items) if case[item] == number]
            assert places == list(range(places[0], places[0] + len(places)))
            assert len(places) == 5 or places[-1] == len(items) - 1


def test_minutes_spent_end_a_sitting_with_the_answer_that_spends_them() -> None:
    found = simulate(make_small_bank(), replace(RULES, target_sd=0.2, most_minutes=6.0), rng=rng(), people=100)
    spent = found.course.minutes
    assert (spent[found.course.end == 4] >= 6.0).all()
    assert (spent[found.course.end != 4] < 6.0).all()
    assert (found.course.end == 4).mean() > 0.9
    assert spent.max() < 6.0 + 12.0


def test_what_is_not_reached_stays_empty() -> None:
    course = simulate(make_small_bank(), RULES, rng=rng(), people=50).course
    after = course.item < 0
    assert (np.diff(after.astype(int), axis=1) >= 0).all()
    assert (course.score[after] == -1).all()
    assert np.isnan(course.chance[after]).all()
    assert np.isnan(course.width[after]).all()
    assert (course.width[~after] > 0).all()
    last = np.array([row[~np.isnan(row)][-1] for row in course.width])
    assert last == pytest.approx(course.sd.mean(axis=1), rel=1e-6)


def test_evidence_narrows_the_start_and_can_be_switched_off() -> None:
    bank = make_bank(draw_items(testlets=0), correlation=0.5)
    lengths = [
        simulate(bank, rules, rng=rng(3), people=400, evidence=evidence).course.answers.sum(axis=1).mean()
        for rules, evidence in ((RULES, 0.0), (RULES, 0.5), (replace(RULES, warm_start=False), 0.5))
    ]
    assert lengths[1] < lengths[0] - 3
    assert lengths[2] == pytest.approx(lengths[0], abs=0.01)


def test_a_signal_of_the_said_reliability_leaves_the_said_variance() -> None:
    bank = make_bank(draw_items(testlets=0), correlation=0.6)
    course = simulate(bank, Rules(target_sd=5.0), rng=rng(4), people=20_000, evidence=0.3)
    noise = 0.7 / 0.3
    left = bank.correlation - bank.correlation @ np.linalg.inv(bank.correlation + noise * np.eye(2)) @ bank.correlation
    error = course.course.mean - course.takers.theta
    assert course.course.sd[0] ** 2 == pytest.approx(np.diag(left))
    assert np.cov(error.T) == pytest.approx(left, abs=0.02)


def test_under_a_cap_no_item_goes_to_more_than_its_share_of_sittings() -> None:
    bank = make_bank(draw_items(200, testlets=6), correlation=0.5)
    for cap in (0.1, 0.25):
        found = simulate(bank, replace(RULES, exposure_cap=cap), rng=rng(6), people=2_000)
        given = np.bincount(np.concatenate(used(found)), minlength=200)
        assert given.max() <= cap * 2_000
        assert (given <= found.opened).all()
        assert np.abs(found.opened / 2_000 - max(cap - 0.004, 0.9 * cap)).max() < 0.0041
    free = simulate(bank, RULES, rng=rng(6), people=500)
    assert (free.opened == 500).all()
    assert np.bincount(np.concatenate(used(free))).max() > 250


def test_misfit_reaches_the_answers() -> None:
    bank = make_bank(draw_items(testlets=0, unsure=False))
    plain, guessing = (
        simulate(bank, RULES, rng=rng(2), people=600, misfit=Misfit(kind=kind, rate=0.9))
        for kind in ("none", "guessing")
    )
    assert np.corrcoef(plain.course.mean[:, 0], plain.takers.theta[:, 0])[0, 1] > 0.8
    assert np.corrcoef(guessing.course.mean[:, 0], guessing.takers.theta[:, 0])[0, 1] < 0.4


def test_only_wanted_skills_get_answers() -> None:
    course = simulate(make_bank(draw_items(testlets=0)), RULES, rng=rng(), people=20, skills=("s1",)).course
    assert (course.answers[:, 0] == 0).all()
    assert (course.answers[:, 1] > 0).all()


def test_a_bank_without_enough_items_ends_as_a_real_sitting_does() -> None:
    bank = make_bank(make_items(tuple("xyz")))
    course = simulate(bank, Rules(target_sd=0.1), rng=rng(), people=5).course
    assert (course.end == 5).all()
    assert course.item.shape == (5, 3)


@pytest.mark.parametrize(
    ("run", "message"),
    [
        (lambda bank: simulate(bank, RULES, rng=rng(), people=0), "0 people"),
        (lambda bank: simulate(bank, RULES, rng=rng(), people=2, evidence=1.0), "evidence of reliability 1.0"),
        (lambda bank: simulate(bank, RULES, rng=rng(), people=2, evidence=float("nan")), "evidence of reliability nan"),
        (lambda bank: simulate(bank, RULES, rng=rng(), people=2, skills=("zz",)), "does not measure 'zz'"),
        (lambda bank: simulate(bank, RULES, rng=rng(), takers=draw_takers(make_bank(make_items(("x",))), 2, rng=rng())),
         "takers of another bank"),
    ],
)  # fmt: skip
def test_what_cannot_be_simulated_is_refused(run: Callable[[Bank], object], message: str) -> None:
    with pytest.raises(BadInput, match=message) as caught:
        run(make_small_bank())
    assert caught.value.hint
