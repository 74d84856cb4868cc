"""Updating: what is known of a bank's items after every sitting, and the items as they are now believed to be."""

from dataclasses import replace

import numpy as np

from waymark.assess.compiling import compiled
from waymark.assess.curves import probabilities
from waymark.assess.items import BINARY, Floats, Ints, Items, take_items
from waymark.assess.learning.gridding import (
    BOTH,
    KNOWN,
    PLACE_ONLY,
    PLACE_STEP,
    PLACES,
    SLOPE_STEP,
    SLOPES,
    ItemBeliefs,
    learn_answer,
    weigh_normal,
)
from waymark.assess.sitting.banks import GRID, Bank
from waymark.assess.sitting.inferring import NODES, Belief, Curves, absorb_all, make_belief, project
from waymark.assess.sitting.sittings import CASES, Sitting, find_prior
from waymark.assess.softening import find_uncertain
from waymark.errors import BadInput, Conflict


def make_beliefs(items: Items) -> ItemBeliefs:
    """Lay grids about the items' stated posteriors N((log a, b), covariance); where that is zero nothing is learned.

    Of an item with steps only the location is learned. Raise BadInput for an uncertain item whose slope is not above
    zero.
    """
    size, uncertain = len(items), find_uncertain(items)
    backward = np.flatnonzero(uncertain & ~(items.a > 0))
    if len(backward):
        name = items.ids[int(backward[0])]
        raise BadInput(f"item {name!r} has no slope above zero to learn about", hint="check its key first")
    stepped = uncertain & (np.array(items.kind, dtype=str) != BINARY)
    covariance = np.where(uncertain[:, None, None], items.covariance, 0.0)
    covariance[stepped, 0, 1] = covariance[stepped, 1, 0] = 0.0
    mean = np.stack([np.log(np.where(uncertain, items.a, 1.0)), np.where(uncertain, items.b, 0.0)], axis=1)
    step = np.sqrt(np.diagonal(covariance, axis1=1, axis2=2)) * [SLOPE_STEP, PLACE_STEP]
    step[stepped, 0] = 0.0
    curve, row = _tabulate_steps(items, np.flatnonzero(stepped))
    return ItemBeliefs(
        centre=mean.copy(),
        step=step,
        weight=weigh_normal(covariance, step),
        mean=mean,
        covariance=covariance,
        answers=np.zeros(size, dtype=np.int64),
        learning=np.where(stepped, PLACE_ONLY, np.where(uncertain, BOTH, KNOWN)).astype(np.uint8),
        low=items.c.copy(),
        high=items.d.copy(),
        curve=curve,
        origin=mean[:, 1].copy(),
        row=row,
        room=np.zeros((SLOPES, PLACES)),
        line=np.zeros(PLACES),
    )


def _tabulate_steps(items: Items, rows: Ints) -> tuple[Floats, Ints]:
    """Return the curves of the items of `rows` at their stated location, and where each item's begin (-1 for none)."""
    place = np.full(len(items), -1, dtype=np.int64)
    if not len(rows):
        return np.zeros((1, NODES)), place
    some = take_items(items, rows)
    place[rows] = some.offsets[:-1]
    return probabilities(some, GRID), place


def update(beliefs: ItemBeliefs, bank: Bank, sitting: Sitting) -> ItemBeliefs:
    """Return what is believed of items after a sitting that has ended, the beliefs before staying as they are.

    `bank` is the version that the sitting names; raise Conflict for another one.
    """
    if sitting.bank != bank.version:
        raise Conflict(
            f"the sitting belongs to bank version {sitting.bank}, not {bank.version}",
            hint="open the version that it names",
        )
    mean, covariance = find_prior(bank, sitting)
    testlets, count = len(bank.items.testlet_sd), len(sitting.answers)
    belief = make_belief(mean, covariance, capacity=count, testlets=testlets, cases=min(testlets, CASES))
    places = np.array([bank.places[one.item] for one in sitting.answers], dtype=np.int64)
    scores = np.array([one.score for one in sitting.answers], dtype=np.int64)
    absorb_all(belief, bank.curves, places, scores, np.zeros(count))
    learned = _copy(beliefs)
    learn_sitting(learned, belief, bank.curves)
    return learned


def _copy(beliefs: ItemBeliefs) -> ItemBeliefs:
    return beliefs._replace(
        centre=beliefs.centre.copy(),
        step=beliefs.step.copy(),
        weight=beliefs.weight.copy(),
        mean=beliefs.mean.copy(),
        covariance=beliefs.covariance.copy(),
        answers=beliefs.answers.copy(),
        room=beliefs.room.copy(),
        line=beliefs.line.copy(),
    )


def moments(beliefs: ItemBeliefs) -> tuple[Floats, Floats, Ints]:
    """Return means (J, 2) and covariances (J, 2, 2) of (log a, b), and how many answers each item has learned from."""
    return beliefs.mean.copy(), beliefs.covariance.copy(), beliefs.answers.copy()


def revise(items: Items, beliefs: ItemBeliefs) -> Items:
    """Return items with parameters as now believed, for `banks.refresh`; those that count as known stay as they are."""
    learned = beliefs.learning != KNOWN
    shift = np.where(learned, beliefs.mean[:, 1] - items.b, 0.0)
    return replace(
        items,
        a=np.where(learned, np.exp(beliefs.mean[:, 0]), items.a),
        b=np.where(learned, beliefs.mean[:, 1], items.b),
        steps=items.steps + shift[:, None],
        covariance=np.where(learned[:, None, None], beliefs.covariance, items.covariance),
    )


@compiled
def find_cavity(belief: Belief, curves: Curves, place: int) -> tuple[float, float]:
    """Return mean and variance of the projection that answer `place` bears on, its own site divided out.

    A variance of zero means that the other answers make no distribution, which expectation propagation may come to.
    """
    item = belief.item[place]
    testlet = curves.testlet[item]
    own = belief.case[testlet] if testlet >= 0 else -1
    centre, variance = project(belief.mean, belief.covariance, curves.skill[item], own)
    precision = 1.0 / variance - belief.tau[place]
    if precision <= 1e-9:
        return centre, 0.0
    return (centre / variance - belief.nu[place]) / precision, 1.0 / precision


@compiled
def learn_sitting(beliefs: ItemBeliefs, belief: Belief, curves: Curves) -> None:
    """Take in all answers of a sitting that has ended; `curves` are those under which `belief` came about."""
    for place in range(belief.size[0]):
        mean, variance = find_cavity(belief, curves, place)
        learn_answer(beliefs, belief.item[place], belief.score[place], mean, variance)
