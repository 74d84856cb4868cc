"""Use cases of watching the engine at work: one sitting step by step, whole populations, on made-up people."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from math import sqrt
from pathlib import Path
from typing import Any, Final

import numpy as np

from waymark.actions.assess.rulebooks import load_rules
from waymark.actions.assess.trials import open_shipped_bank
from waymark.actions.workspace import Workspace
from waymark.assess.items import Floats
from waymark.assess.simulation.simulating import Simulation, simulate
from waymark.assess.simulation.summaries import summarise
from waymark.assess.sitting.banks import Bank
from waymark.assess.sitting.rules import Rules
from waymark.assess.sitting.sittings import Answer, Evidence, Sitting, Standing, answer, begin, replay
from waymark.assess.sitting.taking import MISFITS, Misfit, Takers, draw_takers, respond
from waymark.errors import BadInput, UnknownTerm
from waymark.framework.profiles import Profile
from waymark.framework.scale import CUTS
from waymark.report.drawing import Figure
from waymark.report.simulations import draw_simulation
from waymark.report.styling import write_document

LEVELS: Final[Mapping[str, tuple[float, float] | None]] = {
    "random": None,
    "beginning": (-2.4, CUTS[0]),
    "developing": CUTS,
    "accomplished": (CUTS[1], 2.4),
}
"""True levels that a watched taker may have, each with the abilities (logits) that they are drawn from."""

MISFIT_KINDS: Final = tuple(MISFITS)
MOST_PEOPLE: Final = 1_000
MOST_ITEMS: Final = 120
MOST_ANSWERS: Final = 60_000
MOST_SEED: Final = 2**31 - 1
TARGETS: Final = (0.2, 1.0)
RELIABILITY: Final = 0.3  # of the made-up evidence that a warm start begins from
GUESSED: Final = 0.3  # share of a guessing taker's answers


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A sitting to watch: who sits it and under what rules; the same scene gives the same sitting.

    `target_sd` in logits. Raise BadInput for values that no scene has.
    """

    skills: tuple[str, ...]
    level: str = "random"
    target_sd: float = 0.5
    seed: int = 1
    warm_start: bool = False
    guessing: bool = False

    def __post_init__(self) -> None:
        """Refuse what is no scene."""
        _demand(3 <= len(set(self.skills)) == len(self.skills), "choose three to ten skills", "tick at least three")
        _demand(self.level in LEVELS, f"there is no level {self.level!r}", f"levels are {', '.join(LEVELS)}")
        _demand_rules(self.target_sd, self.seed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """A population to simulate: how many, on what skills, under what rules, and how they depart from the model.

    `rate` is the share of answers that a misfit concerns. Raise BadInput for values that no crowd has.
    """

    skills: tuple[str, ...]
    people: int = 1_000
    seed: int = 1
    target_sd: float = 0.5
    most_items: int = 60
    cap: float | None = 0.4
    misfit: str = "none"
    rate: float = 0.2

    def __post_init__(self) -> None:
        """Refuse what is no crowd."""
        _demand(1 <= len(set(self.skills)) == len(self.skills), "choose at least one skill", "tick one or more")
        _demand(2 <= self.people <= MOST_PEOPLE, f"{self.people} people", f"simulate 2 to {MOST_PEOPLE:,}")
        _demand(1 <= self.most_items <= MOST_ITEMS, f"{self.most_items} items", f"allow 1 to {MOST_ITEMS}")
        answers = self.people * self.most_items
        _demand(
            answers <= MOST_ANSWERS,
            f"{answers:,} answers in all",
            f"at most {MOST_ANSWERS:,} here: fewer people, or fewer items; more by the command line",
        )
        _demand(self.cap is None or 0.05 <= self.cap <= 1, f"a cap of {self.cap}", "give a share of 0.05 to 1")
        _demand(0 < self.rate <= 1, f"a rate of {self.rate}", "give a share above 0, at most 1")
        _demand(self.misfit in MISFITS, f"no misfit {self.misfit!r}", f"one of {', '.join(MISFITS)}")
        _demand_rules(self.target_sd, self.seed)


def _demand_rules(target_sd: float, seed: int) -> None:
    low, high = TARGETS
    _demand(low <= target_sd <= high, f"a target of {target_sd} logits", f"give {low} to {high}")
    _demand(0 <= seed <= MOST_SEED, f"{seed} is no seed", f"give a whole number of 0 to {MOST_SEED:,}")


def _demand(holds: bool, fault: str, hint: str) -> None:  # noqa: FBT001  an assertion reads best so
    if not holds:
        raise BadInput(fault, hint=hint)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One answer, and what is believed after it: mean and sd (logits) of each skill, in the order of the profile.

    `gain` is what the engine expected of the item: the fall of the open skills' variances (logit²) a minute.
    """

    item: str
    skill: str
    difficulty: float
    credit: float
    chance: float
    gain: float
    minutes: float
    mean: tuple[float, ...]
    sd: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A sitting as it went: what was believed before it, its steps, its end, and the truth (logits by skill).

    `evidence` has the made-up signals of a warm start, in logits by skill; `items` and `version` are of the bank.
    """

    scene: Scene
    truth: Mapping[str, float]
    prior: Profile
    steps: tuple[Step, ...]
    profile: Profile
    end: str
    minutes: float
    items: int
    version: str
    evidence: Mapping[str, float] = field(default_factory=dict)


def watch_sitting(workspace: Workspace, scene: Scene) -> Watched:
    """Let a made-up taker sit a test of the shipped bank, answer by answer; raise UnknownTerm for an unknown skill."""
    bank = open_bank(workspace, scene.skills)
    rng = workspace.generator(scene.seed)
    theta = draw_truths(scene.level, bank.correlation, rng=rng)
    misfit = Misfit(kind="guessing" if scene.guessing else "none", rate=GUESSED)
    takers = draw_takers(bank, 1, rng=rng, theta=theta[None, :], misfit=misfit)
    evidence = _draw_evidence(bank.items.skills, theta, rng=rng) if scene.warm_start else ()
    rules = _loosen_rules(scene.target_sd, MOST_ITEMS, warm_start=scene.warm_start)
    sitting = begin(bank, rules, rng=rng, skills=scene.skills, evidence=evidence)
    first = standing = replay(bank, sitting)
    steps = []
    while standing.next is not None:
        sitting, standing, step = _take_step(bank, sitting, standing, takers)
        steps.append(step)
    return Watched(
        scene=scene,
        truth=dict(zip(bank.items.skills, theta.tolist(), strict=True)),
        prior=first.profile,
        steps=tuple(steps),
        profile=standing.profile,
        end=standing.end,
        minutes=standing.minutes,
        items=len(bank.items),
        version=bank.version,
        evidence={one.skill: one.value for one in evidence},
    )


def _take_step(bank: Bank, sitting: Sitting, standing: Standing, takers: Takers) -> tuple[Sitting, Standing, Step]:
    name = standing.next or ""
    place = bank.places[name]
    skill = int(bank.items.skill[place])
    gone = len(sitting.answers) / sitting.rules.most_items
    score, minutes = respond(takers, 0, place, skill, sitting.seed, gone)
    after = answer(bank, sitting, Answer(item=name, score=int(score), seconds=60.0 * float(minutes)))
    then = replay(bank, after)
    step = Step(
        item=name,
        skill=bank.items.skills[skill],
        difficulty=float(bank.items.b[place]),
        credit=int(score) / (int(bank.items.categories[place]) - 1),
        chance=then.chances[-1],
        gain=standing.worth,
        minutes=then.minutes,
        mean=then.profile.mean,
        sd=then.profile.sd,
    )
    return after, then, step


def draw_truths(level: str, correlation: Floats, *, rng: np.random.Generator) -> Floats:
    """Draw abilities (K,): of the population for "random", else each within its level, with the same correlation."""
    share = np.linalg.cholesky(correlation) @ rng.standard_normal(len(correlation))
    span = LEVELS[level]
    if span is None:
        return share
    low, high = span
    found: Floats = low + (high - low) / (1.0 + np.exp(-share))
    return found


def _draw_evidence(skills: tuple[str, ...], theta: Floats, *, rng: np.random.Generator) -> tuple[Evidence, ...]:
    noise = sqrt((1.0 - RELIABILITY) / RELIABILITY)
    signals = theta + noise * rng.standard_normal(len(theta))
    return tuple(
        Evidence(skill=skill, value=float(value), reliability=RELIABILITY, source="made up")
        for skill, value in zip(skills, signals, strict=True)
    )


def watch_crowd(workspace: Workspace, crowd: Crowd) -> dict[str, Any]:
    """Simulate the sittings of a population, as plain values.

    `fitting` is the summary of people who answer as the model says; with a misfit, `misfitting` that of the same people
    departing from it, else None. Raise UnknownTerm for an unknown skill.
    """
    fitting = summarise(_simulate(workspace, crowd, kind="none"))
    misfitting = None if crowd.misfit == "none" else summarise(_simulate(workspace, crowd, kind=crowd.misfit))
    return {"fitting": fitting, "misfitting": misfitting}


def _simulate(workspace: Workspace, crowd: Crowd, *, kind: str) -> Simulation:
    bank = open_bank(workspace, crowd.skills)
    rules = replace(_loosen_rules(crowd.target_sd, crowd.most_items), exposure_cap=crowd.cap)
    rng = workspace.generator(crowd.seed)
    return simulate(bank, rules, rng=rng, people=crowd.people, misfit=Misfit(kind=kind, rate=crowd.rate))


def _loosen_rules(target_sd: float, most_items: int, *, warm_start: bool = False) -> Rules:
    """Return the shipped rules with a target of one's own, and no limit on the answers of a single skill."""
    changes = {"target_sd": target_sd, "most_items": most_items, "most_items_per_skill": most_items}
    return load_rules(changes=changes | {"warm_start": warm_start})


def draw_figures(workspace: Workspace, summary: Mapping[str, Any]) -> tuple[Figure, ...]:
    """Draw the four figures of a summary of simulated sittings: information, conditional, exposure, convergence."""
    return draw_simulation(summary, {skill.id: skill.name for skill in workspace.edition.skills.values()})


def save_figures(workspace: Workspace, summary: Mapping[str, Any], folder: Path) -> list[Path]:
    """Write the four figures of a summary of simulated sittings as SVG files into a folder, and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for figure in draw_figures(workspace, summary):
        path = folder / f"{figure.name}.svg"
        path.write_text(write_document(figure), encoding="utf-8")
        paths.append(path)
    return paths


def warm_engine(workspace: Workspace) -> None:
    """Compile what sittings and simulations need: some 25 CPU seconds after an installation, later one."""
    skills = tuple(workspace.edition.skills)[:3]
    watch_sitting(workspace, Scene(skills=skills, target_sd=1.0))
    watch_crowd(workspace, Crowd(skills=skills, people=2, most_items=3))


def open_bank(workspace: Workspace, skills: tuple[str, ...]) -> Bank:
    """Return the shipped bank of some skills, made on first use; raise UnknownTerm for one that is not there."""
    known = tuple(workspace.edition.skills)
    for skill in skills:
        if skill not in known:
            raise UnknownTerm(f"there is no skill {skill!r}", hint=f"skills are {', '.join(known)}")
    return _make_bank(tuple(skill for skill in known if skill in skills))


@lru_cache(maxsize=8)
def _make_bank(skills: tuple[str, ...]) -> Bank:
    return open_shipped_bank(skills=skills)
