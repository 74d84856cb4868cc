"""Detecting that a whole population does not answer as the model says, so that its intervals cannot be trusted."""

from dataclasses import asdict, dataclass
from math import erfc, sqrt
from typing import Any, Final

import numpy as np

from waymark.assess.items import BINARY, Floats, Ints
from waymark.assess.simulation.simulating import Simulation

ALPHA: Final = 0.01
LATE: Final = 0.25  # of the longest sitting
LEAST_ITEMS: Final = 15  # sums over fewer items are no normal numbers
LEAST_ANSWERS: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class MisfitSign:
    """One way in which answers may depart from their predictions.

    `z` is standard normal where the model holds, `p` its two-sided probability adjusted for the number of signs
    (Bonferroni), `found` whether p is below 0.01, `n` the answers looked at. `words` says it plainly.
    """

    kind: str
    z: float
    p: float
    n: int
    found: bool
    words: str


_WORDS: Final = {
    "flat": (
        "Answers depend less on ability than the items say: people guess, slip, or the discriminations are too high.",
        "Answers depend more on ability than the items say: the discriminations are too low.",
    ),
    "late": (
        "Late answers are worse than predicted: people hurry or tire.",
        "Late answers are better than predicted: people learn during the sitting.",
    ),
    "level": (
        "Answers are worse than predicted all along: the items are harder than believed.",
        "Answers are better than predicted all along: the items are easier than believed, or their keys are known.",
    ),
}


def detect_misfit(simulation: Simulation) -> tuple[MisfitSign, ...]:
    """Hold every answer to a binary item against the probability that it had before it came.

    Given what came before, x - p has mean 0 where the model holds, so any weighted sum of such residuals, with weights
    known beforehand, has mean 0 too. Sums are taken by item and the items' sums compared with their own spread, since
    one wrong difficulty moves everybody's answers to that item: z = sum_j r_j / root(sum_j r_j^2) (a cluster-robust
    score test, Liang & Zeger 1986). Without enough answers there is no sign at all.
    """
    answers = _list_answers(simulation)
    if len(answers.item) < LEAST_ANSWERS or len(np.unique(answers.item)) < LEAST_ITEMS:
        return ()
    late = answers.place >= (1.0 - LATE) * answers.place.max()
    weights = {
        "flat": answers.p - 0.5,
        "late": np.where(late, 1.0 / max(late.mean(), 1e-9), -1.0 / max((~late).mean(), 1e-9)),
        "level": np.ones(len(answers.p)),
    }
    return tuple(_judge(kind, weight, answers) for kind, weight in weights.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answers:
    """Binary answers: `x`, the probability `p` of a right one before it came, `item`, and `place` in the sitting."""

    x: Floats
    p: Floats
    item: Ints
    place: Ints


def _list_answers(simulation: Simulation) -> _Answers:
    course = simulation.course
    binary = np.array(simulation.bank.items.kind, dtype=str) == BINARY
    person, place = np.nonzero((course.item >= 0) & binary[course.item])
    x = course.score[person, place].astype(float)
    chance = course.chance[person, place].astype(float)
    return _Answers(
        x=x, p=np.where(x > 0, chance, 1.0 - chance), item=course.item[person, place].astype(np.int64), place=place
    )


def _judge(kind: str, weight: Floats, answers: _Answers) -> MisfitSign:
    sums = np.bincount(answers.item, weights=weight * (answers.x - answers.p))
    spread = sqrt(float((sums**2).sum()))
    z = float(sums.sum()) / spread if spread > 0 else 0.0
    p = min(1.0, len(_WORDS) * erfc(abs(z) / sqrt(2.0)))
    below, above = _WORDS[kind]
    found = p < ALPHA
    words = (below if z < 0 else above) if found else "As the model says."
    return MisfitSign(kind=kind, z=z, p=p, n=len(answers.x), found=found, words=words)


def describe_misfit(simulation: Simulation) -> dict[str, Any]:
    """Return the signs as plain values, and whether any was found (None where answers are too few to say)."""
    signs = detect_misfit(simulation)
    return {"found": any(sign.found for sign in signs) if signs else None, "signs": [asdict(sign) for sign in signs]}
