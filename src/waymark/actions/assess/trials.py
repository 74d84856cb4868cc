"""Trials: made-up people sent through a bank under rules, before real ones are."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from waymark.actions.assess.rulebooks import describe_rules, load_rules
from waymark.actions.workspace import Workspace
from waymark.assess.compiling import is_warm
from waymark.assess.difficulty.priors import load_blueprint, load_difficulty_model
from waymark.assess.items import Floats, take_items
from waymark.assess.learning.learning import Learning, simulate_online
from waymark.assess.simulation.controlling import Control, control_exposure
from waymark.assess.simulation.simulating import Simulation, run_sittings
from waymark.assess.simulation.simulating import simulate as run
from waymark.assess.simulation.summaries import summarise
from waymark.assess.sitting.banks import Bank, make_bank
from waymark.assess.sitting.taking import Misfit
from waymark.assess.templates.shelves import load_templates
from waymark.assess.templates.stocking import stock_items
from waymark.engines.frames import Table
from waymark.engines.item_tables import read_items
from waymark.errors import BadInput

Track = Callable[[Sequence[Any], str], Iterable[Any]]
MAX_PEOPLE: Final = 1_000_000
EXPECTED_CORRELATION: Final = 0.6  # of any two skills, until people have been measured
UNTRIED: Final = (
    "no item has been calibrated with people yet: parameters are what is expected of a template by its band,"
    " and made-up people answer by them"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What to try. `changes` are rules laid over those of the file; `correlation` None is that of the bank.

    `evidence` is the reliability of one signal about every skill before the test; with `control` rates of exposure are
    fitted first on that many other made-up people; with `learn` every sitting teaches the bank about its items.
    """

    people: int = 1_000
    seed: int = 1
    skills: Sequence[str] = ()
    bank: Table | None = None
    rules: Path | None = None
    changes: Mapping[str, Any] = field(default_factory=dict)
    correlation: float | None = None
    misfit: Misfit = field(default_factory=Misfit)
    evidence: float = 0.0
    control: int = 0
    learn: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A simulation, how exposure was controlled for it, and remarks."""

    trial: Trial
    simulation: Simulation
    control: Control | None
    learning: Learning | None
    notes: tuple[str, ...]


def simulate(workspace: Workspace, trial: Trial, *, track: Track = lambda items, _: items) -> Tried:
    """Send people drawn from the bank's population through it; the same trial gives the same bits.

    Raise MissingInput, TooLarge or BadInput for a bank, rules or numbers that cannot be tried.
    """
    if not 1 <= trial.people <= MAX_PEOPLE:
        raise BadInput(f"{trial.people:,} people", hint=f"simulate 1 to {MAX_PEOPLE:,}")
    if trial.seed < 0:
        raise BadInput(f"seed {trial.seed}", hint="give a whole number from 0")
    rules = load_rules(trial.rules, changes=trial.changes)
    bank, notes = open_bank(trial.bank, correlation=trial.correlation)
    rng = workspace.generator(trial.seed)
    control = None
    if trial.control:
        control = control_exposure(bank, rules, rng=rng, people=trial.control, track=track)
        bank = _restrain(bank, control)
    if trial.learn:
        if trial.skills or trial.evidence:
            raise BadInput("learning with chosen skills or evidence", hint="let the bank learn over all its skills")
        taught = simulate_online(bank, rules, rng=rng, people=trial.people, misfit=trial.misfit, track=track)
        return Tried(trial=trial, simulation=taught.simulation, control=control, learning=taught, notes=notes)
    simulation = run(
        bank,
        rules,
        rng=rng,
        people=trial.people,
        misfit=trial.misfit,
        skills=trial.skills,
        evidence=trial.evidence,
        track=track,
    )
    return Tried(trial=trial, simulation=simulation, control=control, learning=None, notes=notes)


def _restrain(bank: Bank, control: Control) -> Bank:
    """Return the bank with fitted rates of exposure."""
    topic = [bank.topics[place] for place in bank.topic] if bank.topics else ()
    return make_bank(bank.items, correlation=bank.correlation, topic=topic, rates=control.rates, cap=control.cap)


def open_bank(table: Table | None = None, *, correlation: float | None = None) -> tuple[Bank, tuple[str, ...]]:
    """Make a bank of a table of items, leaving out those without parameters, or of the shipped templates; with remarks.

    Raise MissingInput, TooLarge or BadInput for a table that is none of items.
    """
    if table is None:
        return open_shipped_bank(correlation=correlation), (UNTRIED,)
    given = read_items(table)
    items = given.items
    usable = np.isfinite(items.a) & np.isfinite(items.b) & (items.a > 0)
    lost = [name for name, use in zip(items.ids, usable, strict=True) if not use]
    notes = (f"left out, since they have no parameters to go by: {', '.join(lost[:5])}",) if lost else ()
    if not usable.any():
        raise BadInput(f"{table.name} has no item with parameters", hint="calibrate the items first")
    own = take_items(items, np.flatnonzero(usable))
    return make_bank(own, correlation=given.correlation if correlation is None else correlation), given.notes + notes


def open_shipped_bank(*, skills: Sequence[str] = (), correlation: float | None = None) -> Bank:
    """Make the bank of the shipped templates, every one with what is expected of it before any answer."""
    model, templates = load_difficulty_model(), load_templates()
    items = stock_items(list(templates.values()), model=model, skills=tuple(skills) or tuple(load_blueprint().minutes))
    enemies = [(name, foe) for name in items.ids for foe in templates[name].enemies if foe in items.ids]
    return make_bank(
        items,
        topic=[templates[name].topic for name in items.ids],
        enemies=enemies,
        correlation=EXPECTED_CORRELATION if correlation is None else correlation,
    )


def is_compiled() -> bool:
    """Return whether the kernels of sittings need no compiling: they were run before, or run interpreted."""
    return is_warm(run_sittings)


def describe_trial(done: Tried, *, figures: bool = False) -> dict[str, Any]:
    """Return what sittings came to as plain values; `figures` adds the data of the four figures."""
    told = summarise(done.simulation)
    if not figures:
        del told["figures"]
    trial, bank = done.trial, done.simulation.bank
    source = "shipped" if trial.bank is None else trial.bank.name
    return {
        "people": told.pop("people"),
        "seed": trial.seed,
        "bank": {"source": source, **told.pop("bank"), "correlation": bank.correlation.tolist()},
        "rules": describe_rules(done.simulation.rules),
        "misfit": {"kind": trial.misfit.kind, "rate": trial.misfit.rate, "share": trial.misfit.share},
        "evidence": trial.evidence,
        "control": None if done.control is None else {"people": done.control.people, "highest": done.control.highest},
        "learning": None if done.learning is None else _describe_learning(done.learning),
        **told,
        "notes": list(done.notes),
    }


def _describe_learning(found: Learning) -> dict[str, Any]:
    """Return how far difficulties were off before and after, and how far they were believed to be, in logits."""
    items, truth = found.simulation.bank.items, found.simulation.takers
    asked = found.beliefs.answers > 0
    before, after = items.b - truth.b, found.means[-1][:, 1] - truth.b
    return {
        "items_asked": int(asked.sum()),
        "rmse_b": {"before": _root(before), "after": _root(after), "of_items_asked": _root(after[asked])},
        "sd_b": {"before": _root(np.sqrt(items.covariance[:, 1, 1])), "after": _root(found.sds[-1][:, 1])},
    }


def _root(errors: Floats) -> float | None:
    return float(np.sqrt(np.mean(errors**2))) if len(errors) else None
