import os
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from math import inf, nan
from typing import Any

import numpy as np
import pytest

from waymark.assess.chance import draw_uniform
from waymark.assess.compiling import COMPILED
from waymark.assess.items import Floats, Items, make_items
from waymark.assess.sitting.banks import Bank, make_bank
from waymark.assess.sitting.rules import Rules
from waymark.assess.sitting.sittings import (
    ENDS,
    Answer,
    Evidence,
    Sitting,
    Standing,
    answer,
    begin,
    find_prior,
    make_profile,
    replay,
)
from waymark.errors import BadInput, Conflict

RULES = Rules(target_sd=0.5, most_items=25)


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)  # noqa: TID251  tests make their own chance


def draw_items(size: int = 90, *, skills: int = 3) -> Items:
    own = rng(2)
    steps = np.sort(own.normal(size=(size, 2)), axis=1)
    kind = tuple("gpcm" if row % 7 == 0 else "binary" for row in range(size))
    steps[np.array(kind) == "binary"] = nan
    return make_items(
        tuple(f"i{row}" for row in range(size)),
        a=own.lognormal(0, 0.3, size),
        b=own.normal(size=size),
        kind=kind,
        steps=steps,
        skills=tuple(f"s{skill}" for skill in range(skills)),
        skill=np.arange(size) % skills,
        testlet=np.where(np.arange(size) < 12, np.arange(size) // 4, -1),
        testlet_sd=np.full(3, 0.6),
        minutes=own.lognormal(0, 0.4, size),
    )


def make_small_bank(**more: Any) -> Bank:
    return make_bank(draw_items(), correlation=0.5, **more)


def play(bank: Bank, sitting: Sitting, *, seconds: float = nan) -> tuple[Sitting, list[Standing]]:
    """Answer what is asked, by chance of the seed alone, to the end; return all standings, the first included."""
    standings = [replay(bank, sitting)]
    while (name := standings[-1].next) is not None:
        place = bank.places[name]
        top = int(bank.items.categories[place]) - 1
        score = round(top * draw_uniform(77, 1, place))
        sitting = answer(bank, sitting, Answer(item=name, score=score, seconds=seconds))
        standings.append(replay(bank, sitting))
    return sitting, standings


def test_a_sitting_is_replayed_from_its_seed_and_answers_alone() -> None:
    bank = make_small_bank()
    sitting, standings = play(bank, begin(bank, RULES, rng=rng()))
    assert replay(bank, sitting) == standings[-1] == replay(make_small_bank(), sitting)
    for count, standing in enumerate(standings):
        assert replay(bank, replace(sitting, answers=sitting.answers[:count])) == standing
    assert standings[-1].end == "goal reached"
    assert standings[-1].next is None


def test_replaying_leaves_sitting_and_bank_as_they_were() -> None:
    bank = make_small_bank()
    sitting, _ = play(bank, begin(bank, RULES, rng=rng()))
    before = [np.asarray(one).copy() for one in (*bank.menu, *bank.curves)]
    told = repr(sitting)
    replay(bank, sitting)
    assert repr(sitting) == told
    for one, other in zip(before, (*bank.menu, *bank.curves), strict=True):
        assert np.array_equal(one, np.asarray(other))


def test_each_answer_adds_to_what_is_told() -> None:
    bank = make_small_bank()
    sitting, standings = play(bank, begin(bank, RULES, rng=rng()), seconds=30.0)
    for count, (earlier, later) in enumerate(pairwise(standings)):
        assert later.chances[:count] == earlier.chances
        assert sum(later.answered.values()) == count + 1
        assert later.minutes == pytest.approx(0.5 * (count + 1))
        assert earlier.end == "unfinished"
        assert earlier.worth > 0
    given = {name: sum(bank.items.skill[bank.places[one.item]] == k for one in sitting.answers)
             for k, name in enumerate(bank.items.skills)}  # fmt: skip
    assert standings[-1].answered == given
    assert all(0 < chance < 1 for chance in standings[-1].chances)
    assert max(standings[-1].profile.sd) <= 0.5


def test_without_seconds_an_answer_counts_with_the_minutes_of_its_item() -> None:
    bank = make_small_bank()
    sitting, standings = play(bank, begin(bank, RULES, rng=rng()))
    expected = sum(bank.items.minutes[bank.places[one.item]] for one in sitting.answers)
    assert standings[-1].minutes == pytest.approx(expected)


def test_minutes_really_spent_count_against_the_cap() -> None:
    bank = make_small_bank()
    rules = replace(RULES, target_sd=0.1, most_minutes=3.0)
    _, standings = play(bank, begin(bank, rules, rng=rng()), seconds=60.0)
    assert len(standings) == 4
    assert standings[-1].end == "minutes spent"


def test_a_sitting_may_be_over_before_it_begins() -> None:
    bank = make_small_bank()
    standing = replay(bank, begin(bank, Rules(target_sd=1.0), rng=rng()))
    assert (standing.next, standing.end, standing.worth) == (None, "goal reached", 0.0)
    assert standing.profile.mean == (0.0, 0.0, 0.0)
    assert standing.profile.sd == (1.0, 1.0, 1.0)


def test_a_bank_of_one_item_gives_it_and_has_no_more() -> None:
    bank = make_bank(make_items(("only",)))
    sitting, standings = play(bank, begin(bank, RULES, rng=rng()))
    assert [one.item for one in sitting.answers] == ["only"]
    assert standings[-1].end == "no item left"


def test_the_profile_is_that_of_the_posterior_over_skills_and_no_further_dimension() -> None:
    covariance = np.array([[0.5, 0.1, 0.3], [0.1, 0.2, 0.0], [0.3, 0.0, 1.0]])
    profile = make_profile(("s", "t"), np.array([1.0, -1.0, 9.0]), covariance)
    assert profile.mean == (1.0, -1.0)
    assert profile.sd == pytest.approx((0.5**0.5, 0.2**0.5))
    assert profile.correlation is not None
    assert profile.correlation[0][1] == pytest.approx(0.1 / 0.1**0.5)


def test_only_wanted_skills_are_asked_and_all_are_told() -> None:
    bank = make_bank(take_untied(), correlation=0.8)
    sitting, standings = play(bank, begin(bank, RULES, rng=rng(), skills=("s1",)))
    assert {bank.items.skill[bank.places[one.item]] for one in sitting.answers} == {1}
    sd = standings[-1].profile.sd
    assert sd[1] < sd[0] < 1.0


def take_untied() -> Items:
    return replace(draw_items(), testlet=np.full(90, -1))


@pytest.mark.parametrize("correlation", [0.0, 0.7])
def test_a_warm_start_is_the_kalman_update_by_all_signals_at_once(correlation: float) -> None:
    bank = make_bank(take_untied(), correlation=correlation)
    evidence = (
        Evidence(skill="s2", value=1.2, reliability=0.4),
        Evidence(skill="s0", value=-0.5, reliability=0.7, source="test"),
        Evidence(skill="s2", value=0.3, reliability=0.2),
        Evidence(skill="s1", value=3.0, reliability=0.0),
    )
    seen = np.array([[0, 0, 1.0], [1, 0, 0], [0, 0, 1]])
    noise = np.diag([(1 - r) / r for r in (0.4, 0.7, 0.2)])
    gain = bank.correlation @ seen.T @ np.linalg.inv(seen @ bank.correlation @ seen.T + noise)
    mean, covariance = find_prior(bank, begin(bank, RULES, rng=rng(), evidence=evidence))
    assert mean == pytest.approx(gain @ [1.2, -0.5, 0.3])
    assert covariance == pytest.approx(bank.correlation - gain @ seen @ bank.correlation, abs=1e-12)
    first = replay(bank, begin(bank, RULES, rng=rng(), evidence=evidence)).profile
    assert first.mean == pytest.approx(mean.tolist())


def test_a_warm_start_can_be_switched_off() -> None:
    bank = make_small_bank()
    evidence = (Evidence(skill="s0", value=2.0, reliability=0.9),)
    cold = begin(bank, replace(RULES, warm_start=False), rng=rng(), evidence=evidence)
    assert replay(bank, cold) == replay(bank, begin(bank, RULES, rng=rng()))
    assert replay(bank, cold) != replay(bank, begin(bank, RULES, rng=rng(), evidence=evidence))


def test_reliability_is_the_share_of_a_signals_variance_that_is_ability() -> None:
    bank = make_bank(make_items(("x",)))
    sitting = begin(bank, RULES, rng=rng(), evidence=(Evidence(skill="ability", value=2.0, reliability=0.3),))
    mean, covariance = find_prior(bank, sitting)
    assert mean[0] == pytest.approx(0.3 * 2.0)
    assert covariance[0, 0] == pytest.approx(1 - 0.3)


def test_seed_and_number_are_drawn_where_none_is_given() -> None:
    bank = make_small_bank()
    first, same, other = (begin(bank, RULES, rng=rng(seed)) for seed in (1, 1, 2))
    assert first == same
    assert first.seed != other.seed
    assert first.number != other.number
    assert 0 <= first.seed < 2**62
    assert begin(bank, RULES, rng=rng(), number=5).number == 5
    assert begin(bank, RULES, rng=rng()).bank == bank.version


def test_under_a_cap_items_are_open_by_the_number_of_the_sitting() -> None:
    bank = make_small_bank()
    capped = replace(RULES, exposure_cap=0.2)
    first = [replay(bank, begin(bank, capped, rng=rng(), number=number)).next for number in range(60)]
    assert len(set(first)) > 3
    free = replay(bank, begin(bank, RULES, rng=rng())).next
    assert first.count(free) <= 0.3 * 60
    assert first == [replay(bank, begin(bank, capped, rng=rng(9), number=number)).next for number in range(60)]


def test_answers_far_beyond_what_a_sitting_asks_are_still_taken() -> None:
    size = 5_000
    bank = make_bank(make_items(tuple(f"i{row}" for row in range(size)), b=np.linspace(-2, 2, size)))
    right = rng(4).random(size) < 1 / (1 + np.exp(-(0.5 - bank.items.b)))
    answers = tuple(Answer(item=name, score=int(one)) for name, one in zip(bank.items.ids, right, strict=True))
    standing = replay(bank, replace(begin(bank, Rules(target_sd=0.001), rng=rng()), answers=answers))
    theta = np.linspace(0.3, 0.7, 801)
    curve = 1 / (1 + np.exp(-(theta - bank.items.b[:, None])))
    told = np.where(right[:, None], np.log(curve), np.log1p(-curve)).sum(axis=0) - theta**2 / 2
    weight = np.exp(told - told.max())
    mean = float((weight * theta).sum() / weight.sum())
    sd = float(np.sqrt((weight * (theta - mean) ** 2).sum() / weight.sum()))
    assert standing.profile.mean[0] == pytest.approx(mean, abs=0.1 * sd)
    assert standing.profile.sd[0] == pytest.approx(sd, rel=0.02)
    assert standing.end == "items spent"


def tell(sitting: Sitting, given: Answer) -> Sitting:
    return replace(sitting, answers=(given,))


WRONG = [
    (Answer(item="zz", score=1), "the bank has no item 'zz'"),
    (Answer(item="i1", score=2), "item 'i1' has no score 2"),
    (Answer(item="i0", score=3), "item 'i0' has no score 3"),
    (Answer(item="i1", score=-1), "item 'i1' has no score -1"),
    (Answer(item="i1", score=nan), "item 'i1' has no score nan"),  # type: ignore[arg-type]
    (Answer(item="i1", score=0.5), "item 'i1' has no score 0.5"),  # type: ignore[arg-type]
    (Answer(item="i1", score="1"), "item 'i1' has no score 1"),  # type: ignore[arg-type]
    (Answer(item="i1", score=None), "item 'i1' has no score None"),  # type: ignore[arg-type]
    (Answer(item="i1", score=1, seconds=-1.0), "an answer after -1.0 seconds"),
    (Answer(item="i1", score=1, seconds=inf), "an answer after inf seconds"),
]


@pytest.mark.parametrize(("given", "message"), WRONG)
def test_answers_that_cannot_be_are_refused_when_given_and_when_kept(given: Answer, message: str) -> None:
    bank = make_small_bank()
    sitting = begin(bank, RULES, rng=rng())
    for use in (answer, lambda bank, sitting, given: replay(bank, tell(sitting, given))):
        with pytest.raises(BadInput, match=message) as caught:
            use(bank, sitting, given)
        assert caught.value.hint


def test_an_item_is_answered_once() -> None:
    bank = make_small_bank()
    sitting = answer(bank, begin(bank, RULES, rng=rng()), Answer(item="i1", score=1))
    with pytest.raises(Conflict, match="item 'i1' was answered before") as caught:
        answer(bank, sitting, Answer(item="i1", score=0))
    assert caught.value.hint == "the first answer counts"
    with pytest.raises(Conflict, match="an item has two answers"):
        replay(bank, replace(sitting, answers=sitting.answers * 2))


def test_a_sitting_of_another_version_of_the_bank_is_refused() -> None:
    bank, other = make_small_bank(), make_bank(draw_items(), correlation=0.4)
    with pytest.raises(Conflict, match=f"belongs to bank version {other.version}, not {bank.version}") as caught:
        replay(bank, begin(other, RULES, rng=rng()))
    assert caught.value.hint == "open the version that it names"


@pytest.mark.parametrize("change", [{"seed": -1}, {"seed": 2**62}, {"number": -1}, {"number": 2**70}])
def test_seeds_and_numbers_out_of_range_are_refused(change: dict[str, int]) -> None:
    bank = make_small_bank()
    with pytest.raises(BadInput, match="a seed or number outside 0 to 2\\^62"):
        replay(bank, replace(begin(bank, RULES, rng=rng()), **change))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "evidence",
    [
        Evidence(skill="zz", value=0.0, reliability=0.5),
        Evidence(skill="s0", value=nan, reliability=0.5),
        Evidence(skill="s0", value=inf, reliability=0.5),
        Evidence(skill="s0", value=0.0, reliability=1.0),
        Evidence(skill="s0", value=0.0, reliability=-0.1),
        Evidence(skill="s0", value=0.0, reliability=nan),
    ],
)
def test_evidence_that_is_none_is_refused_at_the_beginning(evidence: Evidence) -> None:
    with pytest.raises(BadInput, match=f"evidence on '{evidence.skill}' with reliability") as caught:
        begin(make_small_bank(), RULES, rng=rng(), evidence=(evidence,))
    assert "a reliability in [0, 1)" in caught.value.hint


def test_skills_that_the_bank_has_not_are_refused_at_the_beginning() -> None:
    with pytest.raises(BadInput, match="the bank does not measure 'zz'"):
        begin(make_small_bank(), RULES, rng=rng(), skills=("zz",))


def test_strong_evidence_far_out_is_believed_and_a_few_answers_pull_back() -> None:
    bank = make_bank(make_items(tuple("uvwxyz"), a=1.2))
    for value in (-6.0, 6.0):
        start = begin(bank, RULES, rng=rng(), evidence=(Evidence(skill="ability", value=value, reliability=0.95),))
        told = replay(bank, start).profile
        assert told.mean[0] == pytest.approx(0.95 * value)
        against = tuple(Answer(item=name, score=int(value < 0)) for name in bank.items.ids)
        after = replay(bank, replace(start, answers=against)).profile
        assert abs(told.mean[0]) - 1.0 < abs(after.mean[0]) < abs(told.mean[0])


def test_ten_skills_are_no_other_matter_than_one() -> None:
    bank = make_bank(replace(draw_items(200, skills=10), testlet=np.full(200, -1)), correlation=0.6)
    _, standings = play(bank, begin(bank, replace(RULES, target_sd=0.8), rng=rng()))
    assert standings[-1].end == "goal reached"
    assert max(standings[-1].profile.sd) <= 0.8


def test_every_end_has_its_words() -> None:
    assert len(ENDS) == len(set(ENDS)) == 6


SCRIPT = """
import numpy as np
from waymark.assess.sitting.banks import make_bank
from waymark.assess.compiling import COMPILED
from waymark.assess.items import make_items
from waymark.assess.sitting.rules import Decision, Rules
from waymark.assess.simulation.simulating import simulate
from waymark.assess.sitting.sittings import Answer, Evidence, answer, begin, replay
from waymark.assess.sitting.taking import Misfit

rng = np.random.default_rng(6)
size = 36
steps = np.sort(rng.normal(size=(size, 2)), axis=1)
kind = tuple(("binary", "binary", "gpcm", "grm")[row % 4] for row in range(size))
steps[np.array(kind) == "binary"] = np.nan
items = make_items(
    tuple(f"i{row}" for row in range(size)), a=rng.lognormal(0, 0.3, size), b=rng.normal(size=size), c=0.1, kind=kind,
    steps=steps, skills=("s", "t"), skill=np.arange(size) % 2, testlet=np.where(np.arange(size) < 6, 0, -1),
    testlet_sd=np.array([0.7]), minutes=rng.lognormal(0, 0.4, size),
    covariance=np.tile([[0.08, 0.02], [0.02, 0.2]], (size, 1, 1)),
)
bank = make_bank(items, correlation=0.6, topic=tuple("xyz" * 12), quotas={"x": 2}, enemies=[["i7", "i9"]])
tuned = Rules(target_sd=0.4, most_items=6, exposure_cap=0.6, exploration="thompson")
others = (
    Rules(target_sd=0.4, most_items=6, exploration="pilot", pilot_every=2, temperature=0.2, per_minute=False),
    Rules(goal="levels", most_items=5),
    Rules(goal="decisions", decisions=(Decision(name="d", weights={"s": 0.4, "t": 0.6}, cut=0.2),), most_items=4),
)
told = []
sitting = begin(bank, tuned, rng=rng, evidence=(Evidence(skill="s", value=0.7, reliability=0.99),))
while (standing := replay(bank, sitting)).next is not None:
    sitting = answer(bank, sitting, Answer(item=standing.next, score=len(sitting.answers) % 2, seconds=33.3))
    told.append(repr(standing))
told.append(repr(standing))
for rules, misfit in zip((tuned, *others), ("none", "speeded", "guessing", "preknowledge")):
    found = simulate(bank, rules, rng=rng, people=4, misfit=Misfit(kind=misfit), evidence=0.2)
    told += [array.tobytes().hex() for array in found.course] + [found.opened.tobytes().hex()]
print(COMPILED)
print(bank.version, bank.menu.gain.tobytes().hex()[:2000], *told)
"""


def run(**switches: str) -> tuple[str, str]:
    found = subprocess.run(  # noqa: S603  our own interpreter and code
        [sys.executable, "-c", SCRIPT],
        env={**os.environ, **switches},  # noqa: TID251  the switch lives there
        capture_output=True,
        text=True,
        check=True,
    )
    first, rest = found.stdout.split("\n", 1)
    return first, rest


@pytest.mark.skipif(not COMPILED, reason="needs numba, and it switched on")
def test_the_same_seed_gives_the_same_bytes_compiled_and_interpreted() -> None:
    compiled, interpreted = run(NUMBA_DISABLE_JIT="0"), run(NUMBA_DISABLE_JIT="1")
    assert (compiled[0], interpreted[0]) == ("True", "False")
    assert compiled[1] == interpreted[1]
    assert len(compiled[1]) > 5_000


def test_posteriors_are_plain_numbers() -> None:
    bank = make_small_bank()
    standing = replay(bank, begin(bank, RULES, rng=rng()))
    values: list[Any] = [*standing.profile.mean, *standing.profile.sd, standing.worth, standing.minutes]
    assert {type(one) for one in values} == {float}
    assert {type(one) for one in standing.answered.values()} == {int}
    empty: Floats = np.zeros(0)
    assert standing.chances == tuple(empty.tolist())
