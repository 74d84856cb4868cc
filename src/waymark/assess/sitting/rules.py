"""Rules: what a sitting is for, when it ends, and what it may ask."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from scipy.special import ndtri

from waymark.assess.items import Floats
from waymark.assess.sitting.selecting import DECISIONS, GREEDY, PILOTED, PRECISION, SAMPLED, Policy
from waymark.errors import BadInput
from waymark.framework.scale import CUTS

GOALS: Final = ("precision", "levels", "decisions")
EXPLORATIONS: Final = {"none": GREEDY, "thompson": SAMPLED, "pilot": PILOTED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A question about a person that a sitting is to settle: whether sum_k weights[k] theta_k lies above the cut."""

    name: str
    weights: Mapping[str, float]
    cut: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """When a sitting ends and how it chooses.

    goal           "precision": every skill's sd at most `target_sd` (logits; one number, or by skill);
                   "levels": on which side of each level cut every skill lies, each with chance `confidence` at least;
                   "decisions": the same for `decisions`, linear functions of the skills
    least_items,   answers a skill gets at least, and at most
    most_items_per_skill
    most_items, most_minutes    caps on the whole sitting
    least_gain     ends when no item is expected to bring this fall of variance (or of error) per minute
    per_minute     choose by gain per minute rather than per item
    exposure_cap   no item goes to more than this share of sittings (see `exposing`); None for no cap
    temperature    scale of Gumbel noise on the log of the criterion; 0 always takes the best
    exploration    "none", "thompson" (parameters drawn from their posterior), "pilot" (each `pilot_every`-th answer
                   goes to the least known item that fits)
    warm_start     whether evidence about the person enters the prior

    Raise BadInput for values that make no rule.
    """

    goal: str = "precision"
    target_sd: float | Mapping[str, float] = 0.3
    confidence: float = 0.9
    decisions: Sequence[Decision] = ()
    weights: Mapping[str, float] = field(default_factory=dict)
    least_items: int = 0
    most_items_per_skill: int = 100
    most_items: int = 200
    most_minutes: float = float("inf")
    least_gain: float = 0.0
    per_minute: bool = True
    exposure_cap: float | None = None
    temperature: float = 0.0
    exploration: str = "none"
    pilot_every: int = 5
    warm_start: bool = True

    def __post_init__(self) -> None:
        """Refuse what is no rule."""
        targets = self.target_sd.values() if isinstance(self.target_sd, Mapping) else (self.target_sd,)
        sound = {
            f"goal {self.goal!r} is not one of {', '.join(GOALS)}": self.goal in GOALS,
            f"exploration {self.exploration!r} is not one of {', '.join(EXPLORATIONS)}": self.exploration
            in EXPLORATIONS,
            "a target sd that is not above 0": all(target > 0 for target in targets),
            "a confidence outside 0.5 to 1": 0.5 < self.confidence < 1,
            "a weight, or a decision's weight or cut, that is not finite, or a weight below 0": _are_finite(self),
            "a goal of decisions without decisions": self.goal != "decisions" or bool(self.decisions),
            "most_items below 1": self.most_items >= 1,
            "most_items_per_skill below 1": self.most_items_per_skill >= 1,
            "least_items below 0 or above most_items_per_skill": 0 <= self.least_items <= self.most_items_per_skill,
            "most_minutes that is not above 0": self.most_minutes > 0,
            "an exposure cap outside (0, 1]": self.exposure_cap is None or 0 < self.exposure_cap <= 1,
            "a temperature or least gain below 0 or infinite": 0 <= self.temperature < np.inf
            and 0 <= self.least_gain < np.inf,
            "pilot_every below 2": self.pilot_every >= 2,
        }
        for fault, holds in sound.items():
            if not holds:
                raise BadInput(f"the rules have {fault}", hint="mend the rules")


def _are_finite(rules: Rules) -> bool:
    numbers = [value for one in rules.decisions for value in (one.cut, *one.weights.values())]
    return bool(np.isfinite(numbers).all()) and all(0 <= weight < np.inf for weight in rules.weights.values())


def make_policy(rules: Rules, skills: Sequence[str], *, wanted: Sequence[str] = ()) -> Policy:
    """Write rules as numbers for the skills of a bank; only `wanted` skills (default: all) get answers.

    Raise BadInput for skills that the bank does not measure.
    """
    asked = set(wanted or skills)
    named = asked | set(rules.weights) | {name for one in rules.decisions for name in one.weights}
    named |= set(rules.target_sd) if isinstance(rules.target_sd, Mapping) else set()
    for name in sorted(named - set(skills)):
        raise BadInput(f"the bank does not measure {name!r}", hint=f"it measures {', '.join(skills)}")
    direction, cut = _directions(rules, skills, asked)
    by_skill = rules.target_sd if isinstance(rules.target_sd, Mapping) else {}
    common = 0.3 if isinstance(rules.target_sd, Mapping) else float(rules.target_sd)
    open_to = np.array([name in asked for name in skills])
    return Policy(
        mode=PRECISION if rules.goal == "precision" else DECISIONS,
        target=np.array([by_skill.get(name, common) for name in skills], dtype=float),
        weight=np.array([rules.weights.get(name, 1.0) for name in skills], dtype=float),
        least=np.where(open_to, int(rules.least_items), 0),
        most=np.where(open_to, int(rules.most_items_per_skill), 0),
        direction=direction,
        cut=cut,
        tolerance=np.full(len(cut), float(ndtri(rules.confidence))),
        most_items=int(rules.most_items),
        most_minutes=float(rules.most_minutes),
        least_gain=float(rules.least_gain),
        per_minute=int(rules.per_minute),
        temperature=float(rules.temperature),
        exploration=EXPLORATIONS[rules.exploration],
        pilot_every=int(rules.pilot_every),
    )


def _directions(rules: Rules, skills: Sequence[str], asked: set[str]) -> tuple[Floats, Floats]:
    if rules.goal == "levels":
        rows = [row for row, name in zip(np.eye(len(skills)), skills, strict=True) if name in asked for _ in CUTS]
        return np.array(rows).reshape(-1, len(skills)), np.tile(np.array(CUTS), len(asked))
    if rules.goal == "decisions":
        weights = [[one.weights.get(name, 0.0) for name in skills] for one in rules.decisions]
        return np.array(weights, dtype=float), np.array([one.cut for one in rules.decisions], dtype=float)
    return np.zeros((0, len(skills))), np.zeros(0)
