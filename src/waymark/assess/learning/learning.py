"""Learning: simulated sittings one after the other, the bank learning from each before the next begins."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np

from waymark.assess.compiling import compiled
from waymark.assess.items import Floats, Ints
from waymark.assess.learning.anchoring import reanchor
from waymark.assess.learning.gridding import ItemBeliefs
from waymark.assess.learning.refreshing import Cells, make_cells, renew
from waymark.assess.learning.updating import learn_sitting, make_beliefs
from waymark.assess.responses import make_sparse_responses
from waymark.assess.simulation.simulating import Course, Simulation, make_course, run_sittings
from waymark.assess.sitting.banks import Bank, find_exposure
from waymark.assess.sitting.exposing import Exposure
from waymark.assess.sitting.inferring import Belief, Curves, make_belief
from waymark.assess.sitting.rules import Rules, make_policy
from waymark.assess.sitting.selecting import Menu, Policy, Progress
from waymark.assess.sitting.sittings import CASES, make_progress
from waymark.assess.sitting.taking import Misfit, Takers, draw_takers

LAG: Final = 0.1
"""Share by which an item's answers grow before its tables are made anew; what they say in between is true, if wider."""

_BATCH: Final = 100
Track = Callable[[Sequence[Any], str], Iterable[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Learning:
    """What sittings with learning came to.

    `simulation` has the bank as it was before the first sitting; `beliefs` are those after the last; `marks` (T,)
    numbers of people after which (log a, b) were believed to be `means` (T, J, 2) and `sds` (T, J, 2).
    """

    simulation: Simulation
    beliefs: ItemBeliefs
    marks: Ints
    means: Floats
    sds: Floats


@compiled
def run_learning(  # noqa: PLR0913, PLR0917  as `run_sittings`, and what is learned
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
    beliefs: ItemBeliefs,
    cells: Cells,
    told: Ints,
) -> None:
    """Run the sittings of some people, writing what each teaches into `curves` and `menu`; `told` (J,) counts answers.

    The other arguments are those of `run_sittings`.
    """
    first, last, seed, capped = people
    for person in range(first, last):
        one = (person, person + 1, seed, capped)
        run_sittings(one, curves, menu, policy, exposure, belief, progress, prior, takers, course, opened)
        learn_sitting(beliefs, belief, curves)
        for place in range(belief.size[0]):
            item = belief.item[place]
            if beliefs.answers[item] > told[item] * (1.0 + LAG):
                renew(beliefs, item, curves, menu, cells)
                told[item] = beliefs.answers[item]


def simulate_online(  # noqa: PLR0913  every keyword has its own default
    bank: Bank,
    rules: Rules,
    *,
    rng: np.random.Generator,
    people: int = 1_000,
    takers: Takers | None = None,
    misfit: Misfit | None = None,
    marks: Sequence[int] = (),
    anchor_every: int = 0,
    track: Track = lambda items, _: items,
) -> Learning:
    """Send people through a bank one after the other; every sitting teaches about the items that it asked.

    People and the truth about items are drawn as in `simulate`. Beliefs are noted after `marks` people and at the end.
    With `anchor_every`, the bank is anchored anew with all answers so far after every so many people. The shortlists of
    a large bank, which only the choice without exploration reads, stay those of the start.
    """
    there = takers or draw_takers(bank, people, rng=rng, misfit=misfit)
    count, skills = len(there.theta), len(bank.items.skills)
    policy, seed = make_policy(rules, bank.items.skills), int(rng.integers(2**62))
    longest, testlets = min(policy.most_items, len(bank.items)), len(bank.items.testlet_sd)
    course, opened = make_course(count, skills, longest), np.zeros(len(bank.items), dtype=np.int64)
    prior = np.zeros((count, skills)), bank.correlation.copy()
    belief = make_belief(prior[0][0], prior[1], capacity=longest, testlets=testlets, cases=min(testlets, CASES))
    curves, menu = _copy_tables(bank)
    beliefs, told = make_beliefs(bank.items), np.zeros(len(bank.items), dtype=np.int64)
    exposure, progress = find_exposure(bank, rules.exposure_cap), make_progress(bank)
    tables = (curves, menu, policy, exposure, belief, progress, prior, there, course, opened)
    noted, kept = [], {int(mark) for mark in marks} | {count}
    nights = range(anchor_every, count + 1, anchor_every) if anchor_every else range(0)
    for first, last in track(_list_batches(count, (*marks, *nights)), "batches of sittings"):
        window = (first, last, seed, int(rules.exposure_cap is not None))
        run_learning(window, *tables, beliefs, make_cells(), told)
        if last in nights:
            beliefs = _anchor(bank, course, last, beliefs)
            _renew_all(beliefs, curves, menu)
        if last in kept:
            noted.append((last, beliefs.mean.copy(), _spread(beliefs)))
    simulation = Simulation(bank=bank, rules=rules, takers=there, course=course, seed=seed, opened=opened)
    numbers, means, sds = zip(*noted, strict=True)
    return Learning(
        simulation=simulation, beliefs=beliefs, marks=np.array(numbers), means=np.array(means), sds=np.array(sds)
    )


def _anchor(bank: Bank, course: Course, people: int, beliefs: ItemBeliefs) -> ItemBeliefs:
    """Return beliefs from all answers of the first people, the bank before any of them being the prior."""
    person, place = np.nonzero(course.item[:people] >= 0)
    item, score = course.item[person, place], course.score[person, place]
    responses = make_sparse_responses(person, item, score, items=bank.items.ids, people=people)
    return make_beliefs(reanchor(responses, bank).items)._replace(answers=beliefs.answers)


def _renew_all(beliefs: ItemBeliefs, curves: Curves, menu: Menu) -> None:
    cells = make_cells()
    for item in np.flatnonzero(beliefs.learning):
        renew(beliefs, int(item), curves, menu, cells)


def _list_batches(people: int, marks: Sequence[int]) -> list[tuple[int, int]]:
    """Return batches of people (first, last + 1) that end at every mark."""
    inner = {*range(0, people, _BATCH), *(int(mark) for mark in marks if 0 < mark < people)}
    stops = [*sorted(inner), people]
    return list(pairwise(stops))


def _spread(beliefs: ItemBeliefs) -> Floats:
    return np.sqrt(np.diagonal(beliefs.covariance, axis1=1, axis2=2)).copy()


def _copy_tables(bank: Bank) -> tuple[Curves, Menu]:
    """Return tables that may be written to; a bank's own are shared by all who hold it."""
    menu = bank.menu
    curves = bank.curves._replace(curve=bank.curves.curve.copy())
    return curves, menu._replace(
        gain=menu.gain.copy(), log_a=menu.log_a.copy(), b=menu.b.copy(), spread=menu.spread.copy()
    )
