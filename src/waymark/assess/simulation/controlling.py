"""Controlling exposure: rates as high as a cap allows, found by simulated sittings and checked by fresh ones."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from waymark.assess.items import Floats, Ints
from waymark.assess.simulation.simulating import Simulation, simulate
from waymark.assess.sitting.banks import MARGIN, Bank
from waymark.assess.sitting.exposing import bound_rates, set_rates
from waymark.assess.sitting.rules import Rules
from waymark.errors import BadInput

Track = Callable[[Sequence[Any], str], Iterable[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """Rates (units,) for a cap, and the largest share of fresh simulated sittings that a unit went to."""

    rates: Floats
    cap: float
    highest: float
    people: int


def control_exposure(
    bank: Bank,
    rules: Rules,
    *,
    rng: np.random.Generator,
    people: int = 4_000,
    rounds: int = 6,
    track: Track = lambda items, _: items,
) -> Control:
    """Find rates under which no unit goes to more than `rules.exposure_cap` of people drawn from the bank's population.

    After Sympson & Hetter (1985) and van der Linden & Veldkamp (2004): a unit that is given whenever it is open gets
    the cap as its rate, one that is given less often a higher one. Opening one unit takes sittings from others, so it
    is done in rounds that go half of the way (in logs), and the last word has `bound_rates`, with the upper bound of
    P(given | open) from fresh sittings. The cap itself as everybody's rate needs no simulation and no such people.
    Raise BadInput where the rules have no cap.
    """
    if rules.exposure_cap is None:
        raise BadInput("the rules have no exposure cap", hint="set exposure_cap, 0.25 say")
    cap = max(rules.exposure_cap - MARGIN, 0.9 * rules.exposure_cap)
    rates = np.full(len(bank.exposure.ranked), cap)
    for number in track(range(rounds + 1), "exposure"):
        given, opened = count_units(_try(bank, rules, rates, people, rng=rng))
        if number < rounds:
            wanted = np.clip(cap / np.maximum(given / np.maximum(opened, 1), cap), cap, 1.0)
            rates = np.where(opened > 0, np.sqrt(rates * wanted), rates)
        else:
            rates = np.minimum(rates, bound_rates(given, opened, cap=cap))
    given, _ = count_units(_try(bank, rules, rates, people, rng=rng))
    return Control(rates=rates, cap=rules.exposure_cap, highest=float(given.max() / people), people=people)


def _try(bank: Bank, rules: Rules, rates: Floats, people: int, *, rng: np.random.Generator) -> Simulation:
    trial = replace(bank, exposure=set_rates(bank.exposure, rates), cap=rules.exposure_cap)
    return simulate(trial, rules, rng=rng, people=people)


def count_units(simulation: Simulation) -> tuple[Ints, Ints]:
    """Return how many sittings gave each unit and how many it was open to, each of shape (units,)."""
    unit = simulation.bank.exposure.unit
    person, place = np.nonzero(simulation.course.item >= 0)
    pairs = np.unique(np.stack([person, unit[simulation.course.item[person, place]]]), axis=1)
    opened = np.zeros(len(simulation.bank.exposure.ranked), dtype=np.int64)
    opened[unit] = simulation.opened
    return np.bincount(pairs[1], minlength=len(opened)), opened
