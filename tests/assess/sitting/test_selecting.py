from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pytest
from scipy.special import ndtri
from scipy.stats import norm

from waymark.assess.items import Floats, Ints, Items, make_items, take_items
from waymark.assess.sitting.banks import SHORTLIST, Bank, list_cells, make_bank, make_errors
from waymark.assess.sitting.inferring import Belief, absorb, make_belief
from waymark.assess.sitting.rules import Decision, Rules, make_policy
from waymark.assess.sitting.selecting import (
    ITEMS_SPENT,
    MINUTES_SPENT,
    NOT_WORTH_IT,
    NOTHING_LEFT,
    REACHED,
    UNFINISHED,
    Policy,
    Progress,
    advance,
    choose,
    expect_error,
    find_best,
    find_cell,
    list_open,
    read_share,
    use,
    use_all,
)
from waymark.assess.sitting.sittings import make_progress
from waymark.assess.softening import soften

NAN = np.nan


class Seat(NamedTuple):
    """A sitting as kernels see it."""

    bank: Bank
    belief: Belief
    policy: Policy
    progress: Progress

    def step(self, seed: int = 0) -> tuple[int, float, int]:
        return advance(self.belief, self.bank.curves, self.bank.menu, self.policy, self.progress, seed)

    def answer(self, item: int, score: int = 1, minutes: float = 1.0) -> None:
        absorb(self.belief, self.bank.curves, item, score)
        use(self.bank.curves, self.bank.menu, self.progress, item, minutes)

    def play(self, scores: Ints, *, seed: int = 0) -> tuple[list[int], int]:
        """Answer what is asked until the end; return the items and the end."""
        asked: list[int] = []
        while True:
            item, _, end = self.step(seed)
            if item < 0:
                return asked, end
            asked.append(item)
            self.answer(item, int(scores[item]))


def seat(bank: Bank, rules: Rules, *, wanted: Sequence[str] = (), mean: Sequence[float] | None = None) -> Seat:
    skills, testlets = len(bank.items.skills), len(bank.items.testlet_sd)
    prior = np.zeros(skills) if mean is None else np.array(mean)
    belief = make_belief(prior, bank.correlation, capacity=len(bank.items), testlets=testlets, cases=testlets)
    return Seat(bank, belief, make_policy(rules, bank.items.skills, wanted=wanted), make_progress(bank))


def draw_items(
    size: int,
    *,
    skills: int = 1,
    seed: int = 1,
    minutes: bool = False,
    covariance: Floats | None = None,
    testlet: Ints | None = None,
    testlet_sd: Floats | None = None,
) -> Items:
    rng = np.random.default_rng(seed)  # noqa: TID251  tests make their own chance
    return make_items(
        tuple(f"i{row}" for row in range(size)),
        a=rng.lognormal(0, 0.3, size),
        b=rng.normal(size=size),
        c=np.where(rng.random(size) < 0.3, 0.2, 0.0),
        skills=tuple(f"s{skill}" for skill in range(skills)),
        skill=np.arange(size) % skills,
        minutes=rng.lognormal(0, 0.6, size) if minutes else 1.0,
        covariance=covariance,
        testlet=testlet,
        testlet_sd=testlet_sd,
    )


def draw_scores(size: int, seed: int = 9) -> Ints:
    return np.random.default_rng(seed).integers(0, 2, size)  # noqa: TID251  tests make their own chance


def find_share(items: Items, mean: float, sd: float) -> Floats:
    """Return by brute force the share of variance that each item is expected to remove, shape (J,)."""
    x = mean + sd * np.linspace(-8, 8, 2_001)
    weight = np.exp(-0.5 * ((x - mean) / sd) ** 2)
    weight /= weight.sum()
    table = soften(items, x)
    chance = table @ weight
    tilted = (table @ (weight * x)) / chance
    left = chance * ((table @ (weight * x**2)) / chance - tilted**2)
    found: Floats = 1.0 - np.add.reduceat(left, items.offsets[:-1]) / sd**2
    return found


def make_mixed() -> Items:
    steps = np.array([[NAN] * 3] * 3 + [[-1.0, 0.3, 1.2], [-1.0, 0.8, NAN]])
    covariance = np.zeros((5, 2, 2))
    covariance[1] = [[0.1, 0.03], [0.03, 0.3]]
    return make_items(
        tuple("vwxyz"),
        a=np.array([1.0, 1.5, 1.2, 0.9, 1.6]),
        b=np.array([0.0, 0.5, -0.5, 0, 0]),
        c=np.array([0, 0, 0.25, 0, 0]),
        kind=("binary", "binary", "binary", "gpcm", "grm"),
        steps=steps,
        covariance=covariance,
    )


def test_the_table_of_gains_is_the_expected_fall_of_the_variance_for_every_kind_of_item() -> None:
    items = make_mixed()
    gain = make_bank(items).menu.gain
    means, sds = list_cells()
    for cell in range(0, len(means), 13):
        if abs(means[cell]) + 5 * sds[cell] < 8:  # the tails lie on the grid
            assert gain[cell] == pytest.approx(find_share(items, means[cell], sds[cell]), rel=1e-3, abs=2e-6)


def test_between_cells_the_share_is_read_off_closely() -> None:
    rng = np.random.default_rng(3)  # noqa: TID251  tests make their own chance
    items = make_mixed()
    menu = make_bank(items).menu
    for mean, sd in zip(rng.normal(size=60), rng.uniform(0.05, 1.25, 60), strict=True):
        expected = find_share(items, mean, sd)
        found = [read_share(menu, item, mean, sd * sd) for item in range(5)]
        assert found == pytest.approx(expected, rel=0.05, abs=1e-4)


def test_cells_are_found_by_their_own_mean_and_sd_and_the_nearest_beyond_the_table() -> None:
    means, sds = list_cells()
    assert [find_cell(mean, sd * sd) for mean, sd in zip(means, sds, strict=True)] == list(range(len(means)))
    assert find_cell(-99.0, 100.0) == 0
    assert find_cell(99.0, 1e-9) == len(means) - 1


def test_the_expected_error_equals_simulation() -> None:
    rng = np.random.default_rng(6)  # noqa: TID251  tests make their own chance
    table = make_errors()
    x, noise = rng.normal(size=(2, 500_000))
    for z in (0.0, 0.3, 1.0, 2.2):
        for share in (0.06, 0.3, 0.7):
            told = np.sqrt(share) * (np.sqrt(share) * x + np.sqrt(1 - share) * noise)  # the mean after the answer
            wrong = np.mean((z + told > 0) != (z + x > 0))
            assert expect_error(table, z, share) == pytest.approx(wrong, abs=0.003)
            assert expect_error(table, -z, share) == expect_error(table, z, share)
        assert expect_error(table, z, 0.0) == pytest.approx(norm.cdf(-z), abs=1e-3)
        assert expect_error(table, z, 1.0) == pytest.approx(0.0, abs=1e-6)


def test_an_answer_never_makes_errors_likelier_and_always_promises_something() -> None:
    table = make_errors()
    assert (np.diff(table, axis=1) < 0).all()
    assert expect_error(table, 40.0, 0.3) < 1e-6
    assert expect_error(table, 0.37, 0.131) == pytest.approx(expect_error(table, 0.4, 0.14), abs=0.01)


@pytest.mark.parametrize("testlet", [np.full(30, -1), np.arange(30) // 3, np.where(np.arange(30) < 5, -1, 0)])
def test_the_worth_is_the_fall_of_all_open_variances_that_the_answers_bring(testlet: Ints) -> None:
    bank = make_bank(draw_items(30, skills=3, seed=4, testlet=testlet, testlet_sd=np.full(10, 0.9)), correlation=0.6)
    sat = seat(bank, Rules(target_sd=0.01, per_minute=False))
    for item, score in ((0, 1), (1, 0), (2, 1), (4, 1)):  # the second case is left under way
        sat.answer(item, score)
    item, worth, end = sat.step()
    assert end == UNFINISHED
    before = np.diag(sat.belief.covariance)[:3].sum()
    expected = 0.0
    for score in (0, 1):
        copy = sat.belief._replace(**{name: array.copy() for name, array in sat.belief._asdict().items()})
        chance = absorb(copy, bank.curves, item, score)
        expected += chance * (before - np.diag(copy.covariance)[:3].sum())
    assert worth == pytest.approx(expected, rel=0.05)


def brute_best(sat: Seat, skill: int, places: Ints) -> int:
    cell = find_cell(sat.belief.mean[skill], sat.belief.covariance[skill, skill])
    value = sat.bank.menu.gain[cell].astype(float)
    if sat.policy.per_minute:
        value = value / sat.bank.menu.minutes
    free = [place for place in places if not sat.progress.blocked[place]]
    return int(free[int(np.argmax(value[free]))]) if free else -1


@pytest.mark.parametrize("per_minute", [True, False])
def test_the_shortlist_gives_the_choice_of_a_full_scan(per_minute: bool) -> None:  # noqa: FBT001
    rng = np.random.default_rng(8)  # noqa: TID251  tests make their own chance
    items = draw_items(600, skills=2, minutes=True)
    bank = make_bank(items, correlation=0.5)
    for trial in range(60):
        sat = seat(bank, Rules(per_minute=per_minute), mean=rng.normal(size=2).tolist())
        sat.belief.covariance[0, 0] = rng.uniform(0.03, 1.2)
        sat.progress.blocked[:] = rng.random(600) < rng.choice([0.0, 0.5, 0.95])
        for skill in (0, 1):
            found = find_best(sat.belief, bank.menu, sat.policy, sat.progress, skill, trial)
            assert found == brute_best(sat, skill, np.arange(skill, 600, 2))


def test_of_equals_the_first_is_chosen_with_and_without_a_shortlist() -> None:
    size = 3 * SHORTLIST
    bank = make_bank(make_items(tuple(f"i{row}" for row in range(size)), a=1.3))
    asked, _ = seat(bank, Rules(target_sd=0.05, most_items_per_skill=size)).play(draw_scores(size))
    assert asked == list(range(size))


def test_between_skills_the_larger_worth_decides() -> None:
    items = draw_items(80, skills=4, minutes=True)
    bank = make_bank(items, correlation=0.4)
    sat = seat(bank, Rules(target_sd=0.2))
    scores = draw_scores(80)
    for _ in range(25):
        item, worth, end = sat.step()
        assert end == UNFINISHED
        variance = np.diag(sat.belief.covariance)
        best = []
        for skill in range(4):
            own = brute_best(sat, skill, np.arange(skill, 80, 4))
            share = read_share(bank.menu, own, sat.belief.mean[skill], variance[skill])
            fall = sat.belief.covariance[skill] ** 2 * share / variance[skill]
            best.append((float(np.minimum(fall, variance - 0.04).sum() / items.minutes[own]), own))
        assert item == max(best)[1]
        assert worth == pytest.approx(max(best)[0], rel=1e-9)
        sat.answer(item, int(scores[item]))


def test_weights_turn_the_choice_to_the_skill_that_matters() -> None:
    bank = make_bank(draw_items(60, skills=2))
    asked, _ = seat(bank, Rules(target_sd=0.1, most_items=10, weights={"s0": 9.0})).play(draw_scores(60))
    assert sum(item % 2 == 0 for item in asked) >= 8


def test_only_wanted_skills_get_answers() -> None:
    bank = make_bank(draw_items(60, skills=3), correlation=0.5)
    asked, _ = seat(bank, Rules(target_sd=0.1, most_items=12), wanted=("s1",)).play(draw_scores(60))
    assert {item % 3 for item in asked} == {1}
    assert len(asked) == 12


def test_a_sitting_ends_when_every_target_is_met_and_not_before() -> None:
    bank = make_bank(draw_items(200, skills=2), correlation=0.3)
    sat = seat(bank, Rules(target_sd={"s0": 0.6, "s1": 0.45}))
    scores = draw_scores(200)
    while True:
        item, _, end = sat.step()
        met = np.sqrt(np.diag(sat.belief.covariance)) <= [0.6, 0.45]
        assert (end == REACHED) == met.all()
        if item < 0:
            break
        assert not met[item % 2]  # a skill that is done gets no more answers of its own
        sat.answer(item, int(scores[item]))


@pytest.mark.parametrize("goal", ["precision", "levels"])
def test_caps_on_all_answers_on_those_of_a_skill_and_on_minutes_end_a_sitting(goal: str) -> None:
    bank = make_bank(draw_items(90, skills=3))
    rules = Rules(goal=goal, target_sd=0.01, confidence=0.999999, most_items=7)
    asked, end = seat(bank, rules).play(draw_scores(90))
    assert (len(asked), end) == (7, ITEMS_SPENT)
    asked, end = seat(bank, replace(rules, most_items=99, most_items_per_skill=4)).play(draw_scores(90))
    assert (np.bincount([item % 3 for item in asked]).tolist(), end) == ([4, 4, 4], ITEMS_SPENT)
    asked, end = seat(bank, replace(rules, most_items=99, most_minutes=5.0)).play(draw_scores(90))
    assert (len(asked), end) == (5, MINUTES_SPENT)


def test_a_sitting_ends_when_no_item_is_left() -> None:
    asked, end = seat(make_bank(draw_items(5)), Rules(target_sd=0.01)).play(draw_scores(5))
    assert (sorted(asked), end) == ([0, 1, 2, 3, 4], NOTHING_LEFT)


def test_a_sitting_ends_when_no_item_is_worth_its_time() -> None:
    bank = make_bank(draw_items(100, minutes=True))
    sat = seat(bank, Rules(target_sd=0.01, least_gain=0.02))
    scores = draw_scores(100)
    worths = []
    while True:
        item, worth, end = sat.step()
        worths.append(worth)
        if item < 0:
            break
        sat.answer(item, int(scores[item]))
    assert end == NOT_WORTH_IT
    assert min(worths[:-1]) >= 0.02 > worths[-1] > 0


def test_a_sitting_ends_rather_than_ask_what_cannot_settle_what_is_pending() -> None:
    """Skills are independent, and the pending one has no items: nothing about it can be learned."""
    items = make_items(tuple("uvwxyz"), skills=("s", "t"), skill=np.ones(6, dtype=np.int64))
    rules = Rules(goal="decisions", decisions=(Decision(name="fit", weights={"s": 1.0}, cut=0.0),))
    asked, end = seat(make_bank(items), rules).play(np.ones(6, dtype=np.int64))
    assert (asked, end) == ([], NOT_WORTH_IT)


@pytest.mark.parametrize("goal", ["precision", "levels"])
def test_answers_that_the_rules_ask_for_come_first_whatever_they_are_worth(goal: str) -> None:
    bank = make_bank(draw_items(90, skills=3), correlation=0.8)
    rules = Rules(goal=goal, target_sd=0.99, confidence=0.501, least_items=4, least_gain=0.5)
    asked, _ = seat(bank, rules, mean=[0.0, 0.0, 3.0]).play(np.ones(90, dtype=np.int64))
    assert np.bincount([item % 3 for item in asked[:12]]).tolist() == [4, 4, 4]
    assert len(asked) == 12


def test_a_decision_is_settled_when_the_chance_of_a_wrong_one_is_small_enough() -> None:
    bank = make_bank(draw_items(300, skills=2), correlation=0.5)
    rules = Rules(
        goal="decisions", confidence=0.95, decisions=(Decision(name="fit", weights={"s0": 0.6, "s1": 0.4}, cut=0.2),)
    )
    sat = seat(bank, rules)
    scores = np.random.default_rng(1).integers(0, 10, 300) < 7  # noqa: TID251  tests make their own chance
    direction = np.array([0.6, 0.4])
    while True:
        item, worth, end = sat.step()
        sd = np.sqrt(direction @ sat.belief.covariance @ direction)
        z = abs(direction @ sat.belief.mean - 0.2) / sd
        assert (end == REACHED) == (z >= ndtri(0.95))
        if item < 0:
            break
        assert worth > 0
        sat.answer(item, int(scores[item]))
    assert sat.belief.size[0] > 3


def test_what_a_decision_does_not_weigh_gets_no_answers() -> None:
    bank = make_bank(draw_items(90, skills=3))
    rules = Rules(
        goal="decisions",
        confidence=0.99,
        decisions=(Decision(name="fit", weights={"s0": 1.0, "s2": 0.1}, cut=0.0),),
        most_items=12,
    )
    asked, _ = seat(bank, rules).play(draw_scores(90))
    counts = np.bincount([item % 3 for item in asked], minlength=3)
    assert counts[1] == 0
    assert counts[0] > counts[2]


def test_enemies_are_never_asked_together() -> None:
    groups = [[f"i{row}", f"i{row + 1}", f"i{row + 2}"] for row in range(0, 60, 3)]
    bank = make_bank(draw_items(60, skills=2), enemies=groups)
    asked, end = seat(bank, Rules(target_sd=0.01)).play(draw_scores(60))
    assert end == NOTHING_LEFT
    assert sorted(item // 3 for item in asked) == list(range(20))


def test_the_items_of_a_case_come_together_and_none_is_left_out() -> None:
    items = draw_items(
        60, skills=2, seed=5, testlet=np.where(np.arange(60) < 40, np.arange(60) % 10, -1), testlet_sd=np.full(10, 0.6)
    )
    bank = make_bank(items, correlation=0.3)
    sat = seat(bank, Rules(target_sd=0.01, most_items=200))
    asked, end = sat.play(draw_scores(60))
    assert (len(asked), end) == (60, NOTHING_LEFT)
    cases = [int(items.testlet[item]) for item in asked]
    for case in range(10):
        places = [place for place, one in enumerate(cases) if one == case]
        assert places == list(range(places[0], places[0] + 4))


def test_a_case_is_worth_less_than_items_alone_of_the_same_curves() -> None:
    single = make_items(tuple(f"i{row}" for row in range(60)), a=1.2, b=np.tile(np.linspace(-1, 1, 30), 2))
    testlet = np.where(np.arange(60) < 30, np.arange(60) // 3, -1)
    items = replace(single, testlet=testlet, testlet_sd=np.full(10, 1.0))
    asked, _ = seat(make_bank(items), Rules(target_sd=0.01, most_items=10)).play(draw_scores(60))
    assert min(asked) >= 30


def test_topics_get_no_more_than_their_quota_while_others_have_room() -> None:
    topic = tuple("xyz"[row % 3] for row in range(90))
    items = draw_items(90)
    quotas = {"x": 2, "y": 3, "z": 100}
    asked, _ = seat(make_bank(items, topic=topic, quotas=quotas), Rules(target_sd=0.01, most_items=20)).play(
        draw_scores(90)
    )
    counts = np.bincount([item % 3 for item in asked])
    assert (counts <= [2, 3, 100]).all()
    free, _ = seat(make_bank(items, topic=topic), Rules(target_sd=0.01, most_items=20)).play(draw_scores(90))
    assert (np.bincount([item % 3 for item in free]) > [2, 3, 0]).all()


def test_topics_without_a_quota_are_free() -> None:
    items, topic = draw_items(60), tuple("xy"[row % 2] for row in range(60))
    plain, _ = seat(make_bank(items), Rules(target_sd=0.01, most_items=15)).play(draw_scores(60))
    found, _ = seat(make_bank(items, topic=topic, quotas={"x": 0}), Rules(target_sd=0.01, most_items=15)).play(
        draw_scores(60)
    )
    assert found == plain


def test_every_fifth_answer_goes_to_an_item_that_is_little_known() -> None:
    covariance = np.zeros((100, 2, 2))
    covariance[::4] = np.diag([0.1, 0.5])
    bank = make_bank(draw_items(100, covariance=covariance))
    asked, _ = seat(bank, Rules(target_sd=0.01, most_items=25, exploration="pilot")).play(draw_scores(100))
    assert all(item % 4 == 0 for item in asked[4::5])
    greedy, _ = seat(bank, Rules(target_sd=0.01, most_items=25)).play(draw_scores(100))
    assert sum(item % 4 == 0 for item in greedy) < sum(item % 4 == 0 for item in asked)


@pytest.mark.parametrize("covariance", [np.diag([0.2, 0.6]), np.diag([0.2, 0.0]), np.diag([0.0, 0.6])])
def test_thompson_tries_other_items_for_other_seeds_and_the_same_for_the_same(covariance: Floats) -> None:
    bank = make_bank(draw_items(100, covariance=np.tile(covariance, (100, 1, 1))))
    rules = Rules(target_sd=0.01, most_items=5, exploration="thompson")
    runs = [seat(bank, rules).play(draw_scores(100), seed=seed)[0] for seed in range(40)]
    assert len({tuple(run) for run in runs}) > 30
    assert seat(bank, rules).play(draw_scores(100), seed=3)[0] == runs[3]


def test_thompson_leaves_known_items_to_their_own_worth() -> None:
    bank = make_bank(draw_items(100))
    greedy = seat(bank, Rules(target_sd=0.01, most_items=9)).play(draw_scores(100))
    assert (
        seat(bank, Rules(target_sd=0.01, most_items=9, exploration="thompson")).play(draw_scores(100), seed=4) == greedy
    )


def test_temperature_spreads_the_choice_and_zero_takes_the_best() -> None:
    bank = make_bank(draw_items(200))
    first = [
        [seat(bank, Rules(temperature=temperature)).step(seed)[0] for seed in range(100)]
        for temperature in (0.0, 0.1, 1.0)
    ]
    assert len(set(first[0])) == 1
    assert len(set(first[0])) < len(set(first[1])) < len(set(first[2]))
    assert first[1].count(first[0][0]) > 10


def test_what_was_used_is_counted() -> None:
    items = take_items(draw_items(8, skills=2), np.arange(8))
    bank = make_bank(items, topic=tuple("xxyyxxyy"), quotas={"x": 3}, enemies=[["i0", "i5"]])
    progress = make_progress(bank)
    use_all(bank.curves, bank.menu, progress, np.array([0, 3]), np.array([1.5, 2.0]))
    assert progress.blocked.tolist() == [1, 0, 0, 1, 0, 1, 0, 0]
    assert progress.skills.tolist() == [1, 1]
    assert progress.topics.tolist() == [1, 1]
    assert progress.minutes[0] == 3.5
    assert progress.testlet[0] == -1


def test_an_empty_choice_is_told() -> None:
    bank = make_bank(draw_items(4))
    sat = seat(bank, Rules())
    sat.progress.blocked[:] = 1
    list_open(sat.belief, sat.policy, sat.progress)
    assert choose(sat.belief, bank.curves, bank.menu, sat.policy, sat.progress, 0) == (-1, 0.0)
