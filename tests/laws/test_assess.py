"""Laws of sittings that hold for any items, rules and answers."""

from dataclasses import replace
from functools import cache
from math import isfinite, nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from waymark.assess.chance import derive_seed, draw_evenly, draw_normal, draw_uniform
from waymark.assess.curves import expected_scores, information, probabilities
from waymark.assess.items import Items, make_items
from waymark.assess.responses import as_matrix, make_responses
from waymark.assess.sitting.banks import Bank, make_bank
from waymark.assess.sitting.exposing import bound_rates
from waymark.assess.sitting.inferring import tilt
from waymark.assess.sitting.rules import Decision, Rules
from waymark.assess.sitting.sittings import Answer, Evidence, Sitting, answer, begin, replay
from waymark.errors import WaymarkError

LAWS = settings(deadline=None, max_examples=50, derandomize=True)
GRID = np.linspace(-8.0, 8.0, 129)
SIZE = 24

numbers = st.floats(-4.0, 4.0)
slopes = st.floats(0.2, 3.0)
seeds = st.integers(0, 2**62 - 1)


@st.composite
def items(draw: st.DrawFn) -> Items:
    """Draw a few items of any kind."""
    size = draw(st.integers(1, 6))
    kind = tuple(draw(st.sampled_from(["binary", "gpcm", "grm"])) for _ in range(size))
    steps = np.full((size, 3), nan)
    for row in range(size):
        if kind[row] != "binary":
            own = sorted(draw(st.lists(numbers, min_size=1, max_size=3, unique=True)))
            steps[row, : len(own)] = own
    low = draw(st.lists(st.floats(0.0, 0.5), min_size=size, max_size=size))
    return make_items(
        tuple(f"i{row}" for row in range(size)),
        a=np.array(draw(st.lists(slopes, min_size=size, max_size=size))),
        b=np.array(draw(st.lists(numbers, min_size=size, max_size=size))),
        c=np.array(low),
        kind=kind,
        steps=steps,
    )


@cache
def make_shared_bank() -> Bank:
    """Make one bank for all; no fixture, since Hypothesis prints the arguments of a failing example."""
    rng = np.random.default_rng(5)  # noqa: TID251  tests make their own chance
    steps = np.sort(rng.normal(size=(SIZE, 2)), axis=1)
    kind = tuple(("binary", "gpcm", "grm")[row % 3] for row in range(SIZE))
    steps[np.array(kind) == "binary"] = nan
    found = make_items(
        tuple(f"i{row}" for row in range(SIZE)),
        a=rng.lognormal(0, 0.4, SIZE),
        b=rng.normal(size=SIZE),
        kind=kind,
        steps=steps,
        skills=("s", "t"),
        skill=np.arange(SIZE) % 2,
        covariance=np.tile(np.diag([0.05, 0.2]), (SIZE, 1, 1)),
        testlet=np.where(np.arange(SIZE) < 6, np.arange(SIZE) // 3, -1),
        testlet_sd=np.array([0.5, 1.0]),
        minutes=rng.lognormal(0, 0.5, SIZE),
    )
    return make_bank(found, correlation=0.5, enemies=[["i7", "i9", "i11"], ["i20", "i21"]])


rules = st.builds(
    Rules,
    goal=st.sampled_from(["precision", "levels", "decisions"]),
    target_sd=st.floats(0.05, 1.2),
    confidence=st.floats(0.55, 0.99),
    decisions=st.just((Decision(name="d", weights={"s": 1.0, "t": -0.5}, cut=0.2),)),
    weights=st.dictionaries(st.sampled_from(["s", "t"]), st.floats(0.0, 5.0)),
    least_items=st.integers(0, 3),
    most_items_per_skill=st.integers(3, 20),
    most_items=st.integers(1, 30),
    most_minutes=st.floats(0.5, 60.0),
    least_gain=st.sampled_from([0.0, 0.001, 0.1]),
    per_minute=st.booleans(),
    exposure_cap=st.sampled_from([None, 0.3, 0.9]),
    temperature=st.sampled_from([0.0, 0.2, 3.0]),
    exploration=st.sampled_from(["none", "thompson", "pilot"]),
    pilot_every=st.integers(2, 5),
    warm_start=st.booleans(),
)
signals = st.lists(
    st.builds(Evidence, skill=st.sampled_from(["s", "t"]), value=numbers, reliability=st.floats(0.0, 0.99)), max_size=3
)
given_answers = st.lists(
    st.tuples(st.integers(0, SIZE - 1), st.integers(0, 2)), max_size=SIZE, unique_by=lambda one: one[0]
)


def answered(sitting: Sitting, marks: list[tuple[int, int]]) -> Sitting:
    """Return the sitting with answers whose scores are cut to what the items know."""
    bank = make_shared_bank()
    for item, score in marks:
        top = int(bank.items.categories[item]) - 1
        sitting = answer(bank, sitting, Answer(item=f"i{item}", score=min(score, top)))
    return sitting


@LAWS
@given(some=items())
def test_curves_are_probabilities_and_scores_rise(some: Items) -> None:
    table = probabilities(some, GRID)
    assert (table >= 0).all()
    assert np.add.reduceat(table, some.offsets[:-1], axis=0) == pytest.approx(np.ones((len(some), 129)), abs=1e-9)
    assert (np.diff(expected_scores(some, GRID), axis=1) > -1e-9).all()
    assert (information(some, GRID) >= 0).all()


@LAWS
@given(some=items(), mean=st.floats(-12.0, 12.0), sd=st.floats(1e-3, 3.0))
def test_tilting_gives_a_distribution_and_the_chances_of_all_answers_sum_to_one(
    some: Items, mean: float, sd: float
) -> None:
    curve, offsets = probabilities(some, GRID), some.offsets
    for row in range(len(some)):
        found = [tilt(curve[place], mean, sd * sd) for place in range(offsets[row], offsets[row + 1])]
        assert sum(chance for chance, _, _ in found) == pytest.approx(1.0, abs=1e-6)
        expected = sum(chance * tilted for chance, tilted, _ in found)
        assert expected == pytest.approx(mean, abs=2e-3 * sd)  # what is expected of the mean is the mean
        assert all(variance > 0 and isfinite(tilted) for _, tilted, variance in found)


@LAWS
@given(rule=rules, evidence=signals, marks=given_answers, seed=st.integers(0, 2**30))
def test_any_answers_leave_a_sitting_that_replays_to_the_same_standing(
    rule: Rules, evidence: list[Evidence], marks: list[tuple[int, int]], seed: int
) -> None:
    bank = make_shared_bank()
    rng = np.random.default_rng(seed)  # noqa: TID251  tests make their own chance
    sitting = answered(begin(bank, rule, rng=rng, evidence=evidence), marks)
    standing = replay(bank, sitting)
    assert replay(bank, sitting) == standing
    assert (standing.next is None) == (standing.end != "unfinished")
    assert standing.next not in {one.item for one in sitting.answers}
    assert all(0 < sd <= 1 + 1e-6 for sd in standing.profile.sd)
    assert all(isfinite(mean) for mean in standing.profile.mean)
    assert all(0 < chance <= 1 + 1e-9 for chance in standing.chances)
    assert sum(standing.answered.values()) == len(marks)


@LAWS
@given(
    rule=rules, number=st.integers(0, 5_000), seed=seeds, marks=st.lists(st.integers(0, 2), min_size=30, max_size=30)
)
def test_a_sitting_that_follows_its_rules_keeps_them(rule: Rules, number: int, seed: int, marks: list[int]) -> None:
    bank = make_shared_bank()
    sitting = Sitting(bank=bank.version, rules=rule, seed=seed, number=number)
    standing = replay(bank, sitting)
    while standing.next is not None:
        top = int(bank.items.categories[bank.places[standing.next]]) - 1
        assert standing.minutes < rule.most_minutes
        sitting = answer(bank, sitting, Answer(item=standing.next, score=min(marks[len(sitting.answers)], top)))
        standing = replay(bank, sitting)
    rows = [bank.places[one.item] for one in sitting.answers]
    assert len(rows) == len(set(rows)) <= rule.most_items
    assert len({7, 9, 11} & set(rows)) < 2
    assert len({20, 21} & set(rows)) < 2
    assert max(standing.answered.values()) <= rule.most_items_per_skill + 2  # a case that was begun is finished
    for case in (0, 1):
        places = [place for place, row in enumerate(rows) if bank.items.testlet[row] == case]
        assert places == list(range(places[0], places[0] + len(places))) if places else True
        assert len(places) in {0, 3} or places[-1] == len(rows) - 1
    if standing.end in {"goal reached", "no item worth its time"}:
        left = [sum(bank.items.skill == skill) for skill in (0, 1)]
        counts = standing.answered.values()
        assert all(count >= min(rule.least_items, many) for count, many in zip(counts, left, strict=True))
    if standing.end == "goal reached" and rule.goal == "precision":
        assert max(standing.profile.sd) <= rule.target_sd + 1e-12  # type: ignore[operator]


@LAWS
@given(marks=given_answers, data=st.data())
def test_the_order_of_answers_hardly_matters(marks: list[tuple[int, int]], data: st.DataObject) -> None:
    bank = make_shared_bank()
    turned = data.draw(st.permutations(marks))
    rng = np.random.default_rng(1)  # noqa: TID251  tests make their own chance
    sitting = begin(bank, Rules(), rng=rng)
    first, other = (replay(bank, answered(sitting, list(one))).profile for one in (marks, turned))
    for skill in (0, 1):
        assert other.mean[skill] == pytest.approx(first.mean[skill], abs=0.05 * first.sd[skill])
        assert other.sd[skill] == pytest.approx(first.sd[skill], rel=0.03)


@LAWS
@given(marks=given_answers, item=st.integers(0, SIZE - 1))
def test_a_better_score_never_lowers_the_skill_that_it_is_about(marks: list[tuple[int, int]], item: int) -> None:
    bank = make_shared_bank()
    rng = np.random.default_rng(1)  # noqa: TID251  tests make their own chance
    before = answered(begin(bank, Rules(), rng=rng), [one for one in marks if one[0] != item])
    top = int(bank.items.categories[item]) - 1
    low, high = (replay(bank, answered(before, [(item, score)])).profile for score in (0, top))
    skill = int(bank.items.skill[item])  # another skill may lose: a case's own effect explains its earlier answers
    assert high.mean[skill] > low.mean[skill]


@LAWS
@given(seed=seeds, end=st.integers(1, 7), place=st.integers(0, 2**40), number=st.integers(0, 2**33))
def test_draws_lie_where_they_should_for_any_seed(seed: int, end: int, place: int, number: int) -> None:
    assert 0.0 < draw_uniform(seed, end, place) < 1.0
    assert abs(draw_normal(seed, end, place)) < 9.0
    assert 0.0 < draw_evenly(seed, end, place % 2**20, number) < 1.0
    assert 0 <= derive_seed(seed, number) < 2**62


@LAWS
@given(
    pairs=st.lists(st.tuples(st.integers(0, 500), st.integers(0, 500)), min_size=1, max_size=9),
    cap=st.floats(0.01, 1.0),
)
def test_bounded_rates_never_fall_below_the_cap_nor_rise_above_what_was_seen(
    pairs: list[tuple[int, int]], cap: float
) -> None:
    given_, opened = (np.array(part) for part in zip(*[(min(pair), max(pair)) for pair in pairs], strict=True))
    rates = bound_rates(given_, opened, cap=cap)
    assert ((rates >= cap * (1 - 1e-12)) & (rates <= 1)).all()
    assert (rates * given_ <= cap * np.maximum(opened, 1) * (1 + 1e-9)).all()


cells = st.one_of(st.integers(-3, 200), st.floats(), st.booleans(), st.none(), st.text(max_size=2))


@LAWS
@given(table=st.lists(st.lists(cells, min_size=2, max_size=2), max_size=4))
def test_any_table_is_read_or_refused_in_words(table: list[list[object]]) -> None:
    hint = "read"
    try:
        assert as_matrix(make_responses(np.array(table))).min() >= -1
    except WaymarkError as error:
        hint = error.hint
    assert hint


@LAWS
@given(
    score=st.one_of(st.integers(-2, 4), st.floats(), st.none(), st.text(max_size=2), st.booleans()),
    seconds=st.floats(),
    item=st.one_of(st.text(max_size=3), st.sampled_from(["i0", "i1", "i2"])),
)
def test_any_answer_is_taken_or_refused_in_words(score: object, seconds: float, item: str) -> None:
    bank = make_shared_bank()
    rng = np.random.default_rng(1)  # noqa: TID251  tests make their own chance
    sitting = begin(bank, Rules(), rng=rng)
    hostile = Answer(item=item, score=score, seconds=seconds)  # type: ignore[arg-type]
    told = []
    for keep in (answer, lambda _, sitting, hostile: replace(sitting, answers=(hostile,))):  # asked, or stored unasked
        try:
            standing = replay(bank, keep(bank, sitting, hostile))
            assert all(map(isfinite, (*standing.profile.mean, standing.minutes)))
            told.append("taken")
        except WaymarkError as error:
            told.append(error.hint)
    assert told[0] == told[1] != ""
