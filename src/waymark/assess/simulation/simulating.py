"""Simulated sittings: whole populations through a bank and its rules, as sittings would really go."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from waymark.assess.chance import derive_seed
from waymark.assess.compiling import compiled
from waymark.assess.items import Floats, Ints
from waymark.assess.sitting.banks import Bank, find_exposure
from waymark.assess.sitting.exposing import Exposure, close_units
from waymark.assess.sitting.inferring import Belief, Curves, absorb, make_belief, reset
from waymark.assess.sitting.rules import Rules, make_policy
from waymark.assess.sitting.selecting import Menu, Policy, Progress, advance, use
from waymark.assess.sitting.sittings import CASES, make_progress
from waymark.assess.sitting.taking import Misfit, Takers, draw_takers, respond
from waymark.errors import BadInput

_BATCH = 256
Track = Callable[[Sequence[Any], str], Iterable[Any]]


class Course(NamedTuple):
    """What N sittings of at most M answers came to, as a kernel writes it.

    `mean`, `sd`, `answers` (N, K); `minutes`, `end` (N,); `item` (N, M) with -1 after the end, `score`, `chance` (the
    probability of the score before it came) and `width` (mean sd of the asked skills after the answer), each (N, M).
    """

    mean: Floats
    sd: Floats
    answers: Ints
    minutes: Floats
    end: Ints
    item: NDArray[np.int32]
    score: NDArray[np.int8]
    chance: NDArray[np.float32]
    width: NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """A simulated population: who they were, and what their sittings came to; `opened` (J,) counts open sittings."""

    bank: Bank
    rules: Rules
    takers: Takers
    course: Course
    seed: int
    opened: Ints


@compiled
def run_sittings(  # noqa: PLR0913, PLR0917  kernels share arrays by name; a tuple of tuples would be unpacked again
    people: tuple[int, int, int, int],
    curves: Curves,
    menu: Menu,
    policy: Policy,
    exposure: Exposure,
    belief: Belief,
    progress: Progress,
    prior: tuple[Floats, Floats],
    takers: Takers,
    course: Course,
    opened: Ints,
) -> None:
    """Run the sittings of some people; `people` is (first, last + 1, seed of the run, whether exposure is capped).

    `prior` is (mean (N, K), covariance (K, K)).
    """
    first, last, seed, capped = people
    longest = course.item.shape[1]
    for person in range(first, last):
        own = derive_seed(seed, person)
        reset(belief, prior[0][person], prior[1])
        clear(progress)
        if capped == 1:
            close_units(exposure, seed, person, progress.blocked)
        for item in range(opened.shape[0]):
            opened[item] += 1 - progress.blocked[item]
        end = 0
        while end == 0:
            item, _, end = advance(belief, curves, menu, policy, progress, own)
            if end != 0:
                break
            place = belief.size[0]
            gone = max(place / longest, progress.minutes[0] / policy.most_minutes)
            score, minutes = respond(takers, person, item, curves.skill[item], own, gone)
            course.chance[person, place] = absorb(belief, curves, item, score)
            use(curves, menu, progress, item, minutes)
            course.item[person, place], course.score[person, place] = item, score
            course.width[person, place] = measure_width(belief, policy)
        note(belief, progress, course, person)
        course.end[person] = end


@compiled
def clear(progress: Progress) -> None:
    """Forget what the sitting before has used."""
    progress.blocked[:] = 0
    progress.topics[:] = 0
    progress.skills[:] = 0
    progress.minutes[0] = 0.0
    progress.testlet[0] = -1


@compiled
def measure_width(belief: Belief, policy: Policy) -> float:
    """Return the mean standard deviation of the skills that may be asked."""
    total, count = 0.0, 0
    for skill in range(policy.most.shape[0]):
        if policy.most[skill] > 0:
            total += np.sqrt(belief.covariance[skill, skill])
            count += 1
    return total / max(count, 1)


@compiled
def note(belief: Belief, progress: Progress, course: Course, person: int) -> None:
    """Write the end of a sitting."""
    for skill in range(course.mean.shape[1]):
        course.mean[person, skill] = belief.mean[skill]
        course.sd[person, skill] = np.sqrt(belief.covariance[skill, skill])
        course.answers[person, skill] = progress.skills[skill]
    course.minutes[person] = progress.minutes[0]


def simulate(  # noqa: PLR0913  every keyword has its own default
    bank: Bank,
    rules: Rules,
    *,
    rng: np.random.Generator,
    people: int = 1_000,
    takers: Takers | None = None,
    misfit: Misfit | None = None,
    skills: Sequence[str] = (),
    evidence: float = 0.0,
    track: Track = lambda items, _: items,
) -> Simulation:
    """Send people through a bank under rules; the same generator state gives the same bits.

    `takers` stand in for people drawn from the bank's population; `evidence` is the reliability of one signal about
    each skill that every sitting starts from (with `rules.warm_start`). Raise BadInput for values out of range.
    """
    if not 0 <= evidence < 1:
        raise BadInput(f"evidence of reliability {evidence}", hint="give a reliability in [0, 1)")
    there = takers or draw_takers(bank, people, rng=rng, misfit=misfit)
    if len(there.a) != len(bank.items) or there.theta.shape[1] != len(bank.items.skills):
        raise BadInput("takers of another bank", hint="draw them with draw_takers from this bank")
    policy = make_policy(rules, bank.items.skills, wanted=skills)
    prior = _draw_priors(bank, there.theta, evidence if rules.warm_start else 0.0, rng=rng)
    seed = int(rng.integers(2**62))
    count, longest = len(there.theta), min(policy.most_items, len(bank.items))
    course = make_course(count, len(bank.items.skills), longest)
    testlets = len(bank.items.testlet_sd)
    belief = make_belief(prior[0][0], prior[1], capacity=longest, testlets=testlets, cases=min(testlets, CASES))
    progress, opened = make_progress(bank), np.zeros(len(bank.items), dtype=np.int64)
    capped, exposure = int(rules.exposure_cap is not None), find_exposure(bank, rules.exposure_cap)
    tables = (bank.curves, bank.menu, policy, exposure, belief, progress, prior, there, course, opened)
    for first in track(range(0, count, _BATCH), "sittings"):
        run_sittings((first, min(first + _BATCH, count), seed, capped), *tables)
    return Simulation(bank=bank, rules=rules, takers=there, course=course, seed=seed, opened=opened)


def make_course(people: int, skills: int, longest: int) -> Course:
    """Make room for the course of sittings of at most `longest` answers."""
    return Course(
        mean=np.zeros((people, skills)),
        sd=np.zeros((people, skills)),
        answers=np.zeros((people, skills), dtype=np.int64),
        minutes=np.zeros(people),
        end=np.zeros(people, dtype=np.int64),
        item=np.full((people, longest), -1, dtype=np.int32),
        score=np.full((people, longest), -1, dtype=np.int8),
        chance=np.full((people, longest), np.nan, dtype=np.float32),
        width=np.full((people, longest), np.nan, dtype=np.float32),
    )


def _draw_priors(bank: Bank, theta: Floats, reliability: float, *, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return prior means (N, K) and their common covariance, after one signal of the given reliability a skill."""
    covariance = bank.correlation
    if reliability == 0:
        return np.zeros_like(theta), covariance.copy()
    noise = (1.0 - reliability) / reliability
    signal = theta + np.sqrt(noise) * rng.standard_normal(theta.shape)
    gain = np.linalg.solve(covariance + noise * np.eye(len(covariance)), covariance)
    left = covariance - covariance @ gain
    return signal @ gain, (left + left.T) / 2.0
