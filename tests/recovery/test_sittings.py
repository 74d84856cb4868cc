"""What sittings state is true of simulated people: intervals hold the truth, decisions are right, targets are met."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from waymark.assess.curves import information
from waymark.assess.items import Floats, Items, make_items
from waymark.assess.simulation.simulating import Simulation, simulate
from waymark.assess.sitting.banks import Bank, make_bank
from waymark.assess.sitting.rules import Decision, Rules
from waymark.assess.sitting.taking import draw_takers
from waymark.framework.scale import CUTS

NAN = np.nan


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)  # noqa: TID251  tests make their own chance


def draw_items(size: int, *, skills: int = 1, kind: str = "binary", testlets: int = 0, unsure: float = 0.0) -> Items:
    own = rng(8)
    steps = np.sort(own.normal(size=(size, 3)), axis=1)
    return make_items(
        tuple(f"i{row}" for row in range(size)),
        a=own.lognormal(0, 0.3, size),
        b=own.normal(size=size),
        c=np.where(own.random(size) < 0.3, 0.2, 0.0) if kind == "binary" else 0.0,
        kind=kind,
        steps=None if kind == "binary" else steps,
        skills=tuple(f"s{skill}" for skill in range(skills)),
        skill=np.arange(size) % skills,
        covariance=np.tile(np.diag([0.3, 2.0]) * unsure, (size, 1, 1)),
        testlet=np.where(np.arange(size) < 4 * testlets, np.arange(size) // 4, -1),
        testlet_sd=np.full(testlets, 0.8),
    )


def cover(simulation: Simulation, level: float = 0.95) -> float:
    """Return the share of stated central intervals that hold the truth."""
    error = np.abs(simulation.course.mean - simulation.takers.theta)
    return float((error <= norm.ppf(0.5 + level / 2) * simulation.course.sd).mean())


def ratio(simulation: Simulation) -> float:
    """Return the root mean square of the errors over that of the stated standard deviations."""
    error = simulation.course.mean - simulation.takers.theta
    return float(np.sqrt((error**2).mean() / (simulation.course.sd**2).mean()))


@pytest.mark.parametrize(
    ("bank", "people"),
    [
        (make_bank(draw_items(300)), 5_000),
        (make_bank(draw_items(400, skills=4), correlation=0.6), 1_500),
        (make_bank(draw_items(160, skills=2, kind="gpcm"), correlation=0.4), 2_500),
        (make_bank(draw_items(160, skills=2, kind="grm"), correlation=0.4), 2_500),
        (make_bank(draw_items(240, skills=2, testlets=60), correlation=0.5), 1_500),
    ],
    ids=["one skill", "four skills", "partial credit", "graded", "cases"],
)
def test_intervals_hold_the_truth_as_often_as_they_say(bank: Bank, people: int) -> None:
    found = simulate(bank, Rules(target_sd=0.35, most_items=60), rng=rng(2), people=people)
    assert cover(found) == pytest.approx(0.95, abs=0.01)
    assert cover(found, 0.8) == pytest.approx(0.8, abs=0.02)
    assert ratio(found) == pytest.approx(1.0, abs=0.03)
    error = found.course.mean - found.takers.theta
    assert np.abs(error.mean(axis=0)).max() < 4 * 0.4 / np.sqrt(people)


@pytest.mark.parametrize(
    "change", [{"exposure_cap": 0.2}, {"exploration": "thompson"}, {"exploration": "pilot"}, {"temperature": 0.3}]
)
def test_what_steers_the_choice_leaves_the_intervals_true(change: dict[str, float | str]) -> None:
    bank = make_bank(draw_items(160, skills=2, unsure=0.1), correlation=0.5)
    found = [
        simulate(bank, replace(Rules(target_sd=0.45, most_items=40), **change), rng=rng(seed), people=150)  # type: ignore[arg-type]
        for seed in range(12)  # each with item parameters of its own
    ]
    assert np.mean([cover(one) for one in found]) == pytest.approx(0.95, abs=0.01)
    assert np.mean([ratio(one) for one in found]) == pytest.approx(1.0, abs=0.03)


def test_uncertain_items_taken_for_known_would_state_too_much() -> None:
    items = draw_items(300, unsure=0.3)
    carried, ignored = make_bank(items), make_bank(replace(items, covariance=np.zeros_like(items.covariance)))
    rules = Rules(target_sd=0.05, most_items=25)
    shares: list[tuple[float, float]] = []
    for seed in range(24):  # the same parameters go to all takers of a run, so it takes many runs
        takers = draw_takers(carried, 160, rng=rng(seed))
        runs = [simulate(bank, rules, rng=rng(seed), takers=takers) for bank in (carried, ignored)]
        shares.append((cover(runs[0]), cover(runs[1])))
    with_it, without = np.mean(shares, axis=0)
    assert with_it == pytest.approx(0.95, abs=0.01)
    assert without < 0.91


def test_every_target_is_met_by_its_stated_sd_and_in_truth() -> None:
    bank = make_bank(draw_items(400, skills=2), correlation=0.3)
    found = simulate(bank, Rules(target_sd={"s0": 0.3, "s1": 0.5}), rng=rng(3), people=3_000)
    assert (found.course.end == 1).mean() > 0.95
    reached = found.course.end == 1
    assert (found.course.sd[reached] <= [0.3, 0.5]).all()
    error = found.course.mean[reached] - found.takers.theta[reached]
    assert (np.sqrt((error**2).mean(axis=0)) < np.array([0.3, 0.5]) * 1.03).all()


@pytest.mark.parametrize("confidence", [0.86, 0.9, 0.95])
def test_levels_are_right_with_the_stated_confidence(confidence: float) -> None:
    bank = make_bank(draw_items(400, skills=2), correlation=0.5)
    rules = Rules(goal="levels", confidence=confidence, most_items=60)
    found = simulate(bank, rules, rng=rng(4), people=2_000)
    reached = found.course.end == 1
    assert reached.mean() > 0.4
    for cut in CUTS:
        distance = np.abs(found.course.mean - cut) / found.course.sd
        stated = norm.cdf(distance)
        right = (found.course.mean > cut) == (found.takers.theta > cut)
        assert (stated[reached] >= confidence - 1e-9).all()
        assert right[reached].mean() >= confidence
        assert right.mean() == pytest.approx(stated.mean(), abs=0.012)


@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_decisions_are_right_with_the_stated_confidence_and_cost_no_more_answers_than_they_need(
    confidence: float,
) -> None:
    bank = make_bank(draw_items(400, skills=3), correlation=0.4)
    decision = Decision(name="fit", weights={"s0": 0.7, "s1": 0.3}, cut=0.5)
    rules = Rules(goal="decisions", decisions=(decision,), confidence=confidence, most_items=80)
    found = simulate(bank, rules, rng=rng(5), people=3_000)
    reached = found.course.end == 1
    assert reached.mean() > 0.7
    direction = np.array([0.7, 0.3, 0.0])
    right = (found.course.mean @ direction > 0.5) == (found.takers.theta @ direction > 0.5)
    assert right[reached].mean() >= confidence
    assert right[reached].mean() < confidence + 0.5 * (1 - confidence) + 0.08
    assert found.course.answers[:, 2].mean() < 0.1 * found.course.answers.sum(axis=1).mean()
    fine = simulate(bank, Rules(target_sd=0.35, most_items=80), rng=rng(5), people=500)
    assert found.course.answers.sum(axis=1).mean() < 0.6 * fine.course.answers.sum(axis=1).mean()


def test_the_chances_given_to_answers_are_those_with_which_they_come() -> None:
    found = simulate(make_bank(draw_items(200, skills=2), correlation=0.5), Rules(), rng=rng(6), people=1_000)
    there = found.course.item >= 0
    right = found.course.score[there] == 1
    chance = np.where(right, found.course.chance[there], 1 - found.course.chance[there].astype(float))
    part = np.digitize(chance, [0.2, 0.35, 0.5, 0.65, 0.8])
    for number in range(6):
        own = part == number
        if own.sum() > 500:
            bound = 4 * 0.5 / np.sqrt(own.sum())
            assert right[own].mean() == pytest.approx(chance[own].mean(), abs=bound)


@pytest.mark.parametrize("evidence", [0.3, 0.7])
def test_a_warm_start_saves_answers_and_leaves_the_intervals_true(evidence: float) -> None:
    bank = make_bank(draw_items(400, skills=3), correlation=0.5)
    rules = Rules(target_sd=0.4, most_items=90)
    cold, warm = (simulate(bank, rules, rng=rng(7), people=1_500, evidence=one) for one in (0.0, evidence))
    lengths = [one.course.answers.sum(axis=1).mean() for one in (cold, warm)]
    assert lengths[1] < lengths[0] * (0.93 if evidence < 0.5 else 0.75)
    assert cover(warm) == pytest.approx(0.95, abs=0.012)
    assert ratio(warm) == pytest.approx(1.0, abs=0.035)


def test_correlated_skills_lend_one_another_precision() -> None:
    items = draw_items(400, skills=4)
    lengths = []
    for correlation in (0.0, 0.6, 0.85):
        bank = make_bank(items, correlation=correlation)
        found = simulate(bank, Rules(target_sd=0.4, most_items=120), rng=rng(8), people=500)
        lengths.append(found.course.answers.sum(axis=1).mean())
    assert lengths[1] < 0.88 * lengths[0]
    assert lengths[2] < 0.65 * lengths[0]


def count_needed(items: Items, theta: Floats, target: float) -> Floats:
    """Return how many items one who knew the ability would need: the best at it, until the information is there."""
    best = -np.sort(-information(items, theta), axis=0)
    found: Floats = 1.0 + (np.cumsum(best, axis=0) < 1 / target**2 - 1).sum(axis=0)
    return found


def test_sittings_are_little_longer_than_with_the_ability_known() -> None:
    items = make_items(
        tuple(f"i{row}" for row in range(500)), a=rng(1).lognormal(0, 0.3, 500), b=rng(2).normal(size=500)
    )
    found = simulate(make_bank(items), Rules(target_sd=0.3, most_items=60), rng=rng(9), people=1_000)
    needed = count_needed(items, found.takers.theta[:, 0], 0.3)
    usual = np.abs(found.takers.theta[:, 0]) < 2
    assert found.course.answers[usual].mean() < needed[usual].mean() + 2.0
