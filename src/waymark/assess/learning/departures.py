"""Departures: signs that a whole population answers otherwise than the model foretells, and in what way.

Before an answer came, its probability p was foretold from all earlier ones. Whatever is decided before the answer, as
the weight w of what follows, the sum of w (x - p) has expectation 0 while the model holds, and the variance
sum w^2 p (1 - p), although items are chosen and sittings are ended by what was answered (a martingale). Each sign is
one choice of w.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import stats

from waymark.assess.items import Floats, Items
from waymark.assess.learning.recording import Record, read_course
from waymark.assess.simulation.simulating import Simulation
from waymark.assess.softening import find_uncertain

LATE: Final = 0.8  # share of the longest sitting after which an answer is late
FAST: Final = -1.6448536269514722  # standard deviations of log time below which an answer is fast
EASY: Final = 0.65  # foretold chance above which a question is easy for the person


@dataclass(frozen=True, slots=True, kw_only=True)
class MisfitSign:
    """One sign of misfit: `z` is the statistic, `p` that of the test, Bonferroni-adjusted over the signs.

    `size` is what the `answers` that it looks at gained or lost by it on average: right answers each beyond those
    foretold; of "guessing", the share by which the logit of p should be shrunk. `found` is p below alpha. NaN where
    there are no such answers.
    """

    kind: str
    answers: int
    size: float
    z: float
    p: float
    found: bool
    message: str


def detect_misfit(simulation: Simulation, *, alpha: float = 0.01) -> tuple[MisfitSign, ...]:
    """Look for signs of misfit in simulated sittings; with none, one is found with probability `alpha` at most.

    Items that the bank is not sure of are allowed for: answers to one item then hang together.
    """
    longest = simulation.course.item.shape[1]
    return find_signs(read_course(simulation), simulation.bank.items, longest=longest, alpha=alpha)


def find_signs(record: Record, items: Items, *, longest: int, alpha: float = 0.01) -> tuple[MisfitSign, ...]:
    """Look for signs of misfit in answers to items; `longest` is the number of answers of the longest possible sitting.

    level         more or fewer right answers than foretold: also of another population than that of the prior
    guessing      right and wrong answers follow ability less than they should: guessing, carelessness or wrong slopes
    carelessness  easy questions are missed
    speededness   the last fifth of the longest sitting goes worse than foretold
    preknowledge  fast answers are right more often than foretold
    """
    p = np.clip(record.chance, 1e-9, 1.0 - 1e-9)
    z = np.where(np.isfinite(record.gap), record.gap / record.gap_sd, 0.0)
    logit = np.log(p / (1.0 - p))
    weights = {
        "level": (np.ones(len(p)), 0),
        "guessing": (-logit, 1),
        "carelessness": (-1.0 * (p > EASY), 1),
        "speededness": (-1.0 * (record.place >= LATE * longest), 1),
        "preknowledge": (1.0 * (z < FAST), 1),
    }
    unsure = bool(find_uncertain(items).any())
    return tuple(
        _judge(kind, weight, side, record, p, unsure=unsure, tests=len(weights), alpha=alpha)
        for kind, (weight, side) in weights.items()
    )


def _judge(  # noqa: PLR0913  one row of the table
    kind: str, weight: Floats, side: int, record: Record, p: Floats, *, unsure: bool, tests: int, alpha: float
) -> MisfitSign:
    """Test one sum of weighted residuals; `side` 1 looks for a sum above 0, `side` 0 to both sides."""
    seen = weight != 0
    if not seen.any():
        nothing = "no answers that could tell"
        return MisfitSign(kind=kind, answers=0, size=np.nan, z=np.nan, p=np.nan, found=False, message=nothing)
    off, spread = weight * (record.right - p), weight**2 * p * (1.0 - p)
    variance, freedom = float(spread.sum()), np.inf
    if unsure:
        variance, freedom = _cluster(off, record)
    z = float(off.sum() / np.sqrt(variance))
    tail = float(stats.t.sf(z, freedom)) if side else 2.0 * float(stats.t.sf(abs(z), freedom))
    adjusted = min(1.0, tests * tail)
    size = float(off.sum() / (spread.sum() if kind == "guessing" else seen.sum()))
    words = _say(kind, size, found=adjusted < alpha)
    return MisfitSign(
        kind=kind, answers=int(seen.sum()), size=size, z=z, p=adjusted, found=adjusted < alpha, message=words
    )


def _cluster(off: Floats, record: Record) -> tuple[float, float]:
    """Return the variance of a sum whose parts hang together within items, and its degrees of freedom."""
    by_item = np.bincount(record.item, weights=off)
    squares = by_item[by_item != 0] ** 2
    total = float(squares.sum())
    return total, max(1.0, total**2 / float((squares**2).sum()) - 1.0)


def _say(kind: str, size: float, *, found: bool) -> str:
    many = f"{abs(size):.3f}"
    sentences = {
        "level": f"people give {many} {'more' if size > 0 else 'fewer'} right answers a question than foretold",
        "guessing": f"answers follow ability less than foretold (logits too wide by {many}), as where people guess",
        "carelessness": f"questions that should be easy are missed {many} times a question more than foretold",
        "speededness": f"late answers lose {many} a question against what was foretold, as where time is short",
        "preknowledge": f"fast answers are right {many} times a question more than foretold, as where keys are known",
    }
    fine = {
        "level": "people give as many right answers as foretold",
        "guessing": "answers follow ability as foretold",
        "carelessness": "easy questions are answered as foretold",
        "speededness": "late answers go as foretold",
        "preknowledge": "fast answers are right as often as foretold",
    }
    return sentences[kind] if found else fine[kind]
