"""Foretelling: what a bank gave to every answer of a stream before it came, from the person's earlier answers."""

from math import sqrt
from typing import NamedTuple

import numpy as np

from waymark.assess.compiling import compiled
from waymark.assess.items import Floats, Ints
from waymark.assess.sitting.banks import Bank
from waymark.assess.sitting.inferring import Belief, Curves, absorb, make_belief, reset
from waymark.assess.sitting.sittings import CASES
from waymark.errors import BadInput


class Foretold(NamedTuple):
    """By answer: `chance` (n,) of the score that was given, before it was, and `spread` (n,) the sd of ability then."""

    chance: Floats
    spread: Floats


def foretell(bank: Bank, *, person: Ints, item: Ints, score: Ints) -> Foretold:
    """Go through answers (n,) in their order, whoever gave them: people by number, items by their place in the bank.

    Every person begins from the bank's population; what has been answered before, on any skill, is what is known.
    Raise BadInput for items or scores that the bank does not have.
    """
    size = len(bank.items)
    if len(item) and (item.min() < 0 or item.max() >= size):
        raise BadInput("an answer to an item that the bank does not have", hint="number items as in the bank")
    if (score < 0).any() or (score >= bank.items.categories[item]).any():
        raise BadInput("a score that its item cannot have", hint="score answers from 0 as the items were calibrated")
    order = np.argsort(person, kind="stable")
    count = np.bincount(person)
    start = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
    skills, testlets = len(bank.items.skills), len(bank.items.testlet_sd)
    longest = int(count.max(initial=1))
    prior = np.zeros(skills), bank.correlation.copy()
    belief = make_belief(*prior, capacity=longest, testlets=testlets, cases=min(testlets, CASES))
    found = np.empty((2, len(item)))
    told = np.empty((2, len(item)))
    replay_all(belief, bank.curves, (start, item[order], score[order]), prior, told)
    found[:, order] = told
    return Foretold(chance=found[0], spread=found[1])


@compiled
def replay_all(
    belief: Belief, curves: Curves, answers: tuple[Ints, Ints, Ints], prior: tuple[Floats, Floats], told: Floats
) -> None:
    """Take in whole sittings, `answers` being (start (N + 1,), item, score) by person, and write chance and spread."""
    start, item, score = answers
    mean, covariance = prior
    for person in range(start.shape[0] - 1):
        reset(belief, mean, covariance)
        for place in range(start[person], start[person + 1]):
            skill = curves.skill[item[place]]
            told[1, place] = sqrt(belief.covariance[skill, skill])
            told[0, place] = absorb(belief, curves, item[place], score[place])
