"""The sitting: an immutable value from which everything else can be computed again."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf, isnan, nan
from typing import Final

import numpy as np

from waymark.assess.items import Floats
from waymark.assess.sitting.banks import Bank, find_exposure
from waymark.assess.sitting.exposing import close_units
from waymark.assess.sitting.inferring import Belief, absorb_all, make_belief
from waymark.assess.sitting.rules import Rules, make_policy
from waymark.assess.sitting.selecting import Progress, advance, use_all
from waymark.errors import BadInput, Conflict
from waymark.framework.profiles import Profile

ENDS: Final = (
    "unfinished",
    "goal reached",
    "no item worth its time",
    "items spent",
    "minutes spent",
    "no item left",
)
"""How a sitting stands, in words, by the number that selection gives."""

CASES: Final = 64  # testlets that one sitting may carry a dimension for


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A signal about one skill from outside the test, `value` in logits of ability, with its measured reliability.

    value = theta + error, where reliability = Var(theta) / Var(value) in the population; 0 says nothing.
    """

    skill: str
    value: float
    reliability: float
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The score (0, 1, ...) that an item got, and the seconds it took (NaN where nobody looked at the clock)."""

    item: str
    score: int
    seconds: float = nan


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitting:
    """One person's test: the bank's version, the rules, the seed, the evidence before it, the answers so far.

    `number` counts the sittings of a bank, so that items are opened to them in even turns. Nothing is kept that can be
    computed from these; `replay` does so.
    """

    bank: str
    rules: Rules
    seed: int
    number: int = 0
    skills: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    answers: tuple[Answer, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a sitting stands: the profile, the item to ask next (None at the end), and how it stands in words.

    `worth` is the expected fall of the open skills' variances (or of the open decisions' errors) per minute of the next
    item; `chances` has the probability that each answer had before it came; `answered` the answers by skill.
    """

    profile: Profile
    next: str | None
    end: str
    worth: float
    minutes: float
    answered: dict[str, int]
    chances: tuple[float, ...]


def begin(
    bank: Bank,
    rules: Rules,
    *,
    rng: np.random.Generator,
    skills: Sequence[str] = (),
    evidence: Sequence[Evidence] = (),
    number: int | None = None,
) -> Sitting:
    """Begin a sitting on the wanted skills (default: all of the bank); raise BadInput for what the bank has not.

    `number` counts the sittings of the bank; without one it is drawn.
    """
    make_policy(rules, bank.items.skills, wanted=skills)
    sitting = Sitting(
        bank=bank.version,
        rules=rules,
        seed=int(rng.integers(2**62)),
        number=int(rng.integers(2**32)) if number is None else number,
        skills=tuple(skills),
        evidence=tuple(evidence),
    )
    find_prior(bank, sitting)
    return sitting


def answer(bank: Bank, sitting: Sitting, given: Answer) -> Sitting:
    """Return the sitting with one more answer.

    Raise BadInput for an item or score that the bank does not know or a time below 0, Conflict for an item that was
    answered before.
    """
    if any(earlier.item == given.item for earlier in sitting.answers):
        raise Conflict(f"item {given.item!r} was answered before", hint="the first answer counts")
    _place(bank, given)
    return replace(sitting, answers=(*sitting.answers, given))


def replay(bank: Bank, sitting: Sitting) -> Standing:
    """Compute a sitting from its seed and answers: the posterior, the next item, whether it ends.

    The same bank version and sitting give the same bits. Raise Conflict for a sitting of another bank version or with
    two answers to an item, BadInput for answers that `answer` would refuse or a seed or number out of range.
    """
    if sitting.bank != bank.version:
        raise Conflict(
            f"the sitting belongs to bank version {sitting.bank}, not {bank.version}",
            hint="open the version that it names",
        )
    if not 0 <= sitting.seed < 2**62 or not 0 <= sitting.number < 2**62:
        raise BadInput("a seed or number outside 0 to 2^62", hint="keep those that the sitting began with")
    policy = make_policy(sitting.rules, bank.items.skills, wanted=sitting.skills)
    belief, progress, chances = _retrace(bank, sitting)
    item, worth, end = advance(belief, bank.curves, bank.menu, policy, progress, sitting.seed)
    return Standing(
        profile=make_profile(bank.items.skills, belief.mean, belief.covariance),
        next=bank.items.ids[item] if item >= 0 else None,
        end=ENDS[end],
        worth=float(worth),
        minutes=float(progress.minutes[0]),
        answered=dict(zip(bank.items.skills, progress.skills.tolist(), strict=True)),
        chances=tuple(chances.tolist()),
    )


def _retrace(bank: Bank, sitting: Sitting) -> tuple[Belief, Progress, Floats]:
    mean, covariance = find_prior(bank, sitting)
    testlets, count = len(bank.items.testlet_sd), len(sitting.answers)
    belief = make_belief(mean, covariance, capacity=count, testlets=testlets, cases=min(testlets, CASES))
    progress = make_progress(bank)
    if sitting.rules.exposure_cap is not None:
        exposure = find_exposure(bank, sitting.rules.exposure_cap)
        close_units(exposure, int(bank.version[:15], 16), sitting.number, progress.blocked)
    places = np.array([_place(bank, one) for one in sitting.answers], dtype=np.int64)
    if len(set(places.tolist())) < count:
        raise Conflict("an item has two answers", hint="the first answer counts")
    scores = np.array([one.score for one in sitting.answers], dtype=np.int64)
    chances = np.zeros(len(places))
    absorb_all(belief, bank.curves, places, scores, chances)
    minutes = np.array([one.seconds for one in sitting.answers]) / 60.0
    use_all(bank.curves, bank.menu, progress, places, np.where(np.isnan(minutes), bank.items.minutes[places], minutes))
    return belief, progress, chances


def make_progress(bank: Bank) -> Progress:
    """Make the record of a sitting that has used nothing yet."""
    return Progress(
        blocked=np.zeros(len(bank.items), dtype=np.uint8),
        topics=np.zeros(max(len(bank.topics), 1), dtype=np.int64),
        skills=np.zeros(len(bank.items.skills), dtype=np.int64),
        minutes=np.zeros(1),
        testlet=np.full(1, -1, dtype=np.int64),
        open=np.zeros(len(bank.items.skills), dtype=np.uint8),
    )


def find_prior(bank: Bank, sitting: Sitting) -> tuple[Floats, Floats]:
    """Return mean (K,) and covariance (K, K) before the first answer: the population, moved by the evidence.

    Each signal has the error variance (1 - r) / r at reliability r in a population of variance 1; errors of different
    signals count as independent. Raise BadInput for a skill that the bank does not measure or a reliability not in
    [0, 1).
    """
    skills = bank.items.skills
    mean, covariance = np.zeros(len(skills)), bank.correlation.copy()
    for one in sitting.evidence if sitting.rules.warm_start else ():
        if one.skill not in skills or not 0 <= one.reliability < 1 or not np.isfinite(one.value):
            raise BadInput(
                f"evidence on {one.skill!r} with reliability {one.reliability} and value {one.value}",
                hint="name a skill of the bank, a finite value in logits and a reliability in [0, 1)",
            )
        if one.reliability > 0:
            row = covariance[skills.index(one.skill)].copy()
            spread = row[skills.index(one.skill)] + (1.0 - one.reliability) / one.reliability
            mean = mean + row * ((one.value - mean[skills.index(one.skill)]) / spread)
            covariance = covariance - np.outer(row, row) / spread
    return mean, covariance


def make_profile(skills: Sequence[str], mean: Floats, covariance: Floats) -> Profile:
    """Return the profile (logits) of a posterior over the skills; further dimensions are left out."""
    size = len(skills)
    block = covariance[:size, :size]
    sd = np.sqrt(np.diag(block))
    correlation = block / np.outer(sd, sd)
    np.fill_diagonal(correlation, 1.0)
    rows = tuple(tuple(row) for row in ((correlation + correlation.T) / 2.0).tolist())
    return Profile(skills=tuple(skills), mean=tuple(mean[:size].tolist()), sd=tuple(sd.tolist()), correlation=rows)


def _place(bank: Bank, given: Answer) -> int:
    place = bank.places.get(given.item)
    if place is None:
        raise BadInput(f"the bank has no item {given.item!r}", hint="name an item of the bank's version")
    width = int(bank.curves.offset[place + 1] - bank.curves.offset[place])
    if given.score not in range(width):
        raise BadInput(f"item {given.item!r} has no score {given.score}", hint=f"its scores are 0 to {width - 1}")
    if not isnan(given.seconds) and not 0 <= given.seconds < inf:
        raise BadInput(f"an answer after {given.seconds} seconds", hint="give seconds from 0, or NaN where unknown")
    return place
