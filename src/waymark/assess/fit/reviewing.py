"""Reviewing people: what speaks against taking a score at its word, and how often it would speak so of anybody.

A review never rejects anyone. It says where a person should look again.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from waymark.assess.fit.pacing import Pace
from waymark.assess.fit.person_fit import FEWEST, PersonFit
from waymark.assess.items import Floats
from waymark.assess.multiplicity import adjust_p
from waymark.errors import BadInput

CONSISTENT: Final = "consistent"
LOOK_AGAIN: Final = "look again"
TOO_LITTLE: Final = "too little evidence"
REASONS: Final = {
    "answers": "right and wrong answers do not go together as the model says",
    "times": "times do not go together as the model says",
    "rapid guessing": "fast answers that are no better than chance",
    "speededness": "answers get faster towards the end",
    "foreknowledge": "fast answers that are righter than the others foretell",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """One test of every person, arrays of shape (N,).

    `raised` where `p` is below `level`, which is the rate of false alarms among people whom the model describes (a
    bound, for counts). `p_adjusted` is for the false discovery rate over all people. p is NaN where there is too
    little evidence.
    """

    kind: str
    level: float
    p: Floats
    p_adjusted: Floats
    raised: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """The flags, and a verdict for each of N people: "consistent", "look again" or "too little evidence".

    A person that the model describes is asked to be looked at again with probability `alpha` at most: each of k tests
    has the level alpha / k (Bonferroni). `expected` is how many of the people judged would be looked at again if all
    of them were as the model says, `found` how many are.
    """

    alpha: float
    flags: tuple[Flag, ...]
    verdicts: tuple[str, ...]
    expected: float
    found: int


def review_people(fit: PersonFit | None = None, pace: Pace | None = None, *, alpha: float = 0.01) -> Review:
    """Join the tests of answers and times; either may be missing. Fewer than ten answers or times are no evidence."""
    if not 0 < alpha < 1:
        raise BadInput(f"a rate of false alarms of {alpha}", hint="give a number between 0 and 1")
    tests: dict[str, Floats] = {}
    if fit is not None:
        tests["answers"] = fit.p
    if pace is not None:
        enough = np.where(pace.answers >= FEWEST, 1.0, np.nan)
        tests |= {
            "times": pace.p_times * enough,
            "rapid guessing": pace.p_rapid * enough,
            "speededness": pace.p_speeded * enough,
            "foreknowledge": pace.p_foreknown * enough,
        }
    if not tests or len({len(p) for p in tests.values()}) > 1:
        raise BadInput("nothing to review, or answers and times of other people", hint="give fit, pace or both")
    level = alpha / len(tests)
    flags = tuple(
        Flag(kind=kind, level=level, p=p, p_adjusted=adjust_p(p), raised=np.nan_to_num(p, nan=1.0) < level)
        for kind, p in tests.items()
    )
    judged = np.any([np.isfinite(flag.p) for flag in flags], axis=0)
    raised = np.any([flag.raised for flag in flags], axis=0)
    verdicts = np.where(raised, LOOK_AGAIN, np.where(judged, CONSISTENT, TOO_LITTLE))
    return Review(
        alpha=alpha,
        flags=flags,
        verdicts=tuple(str(verdict) for verdict in verdicts),
        expected=alpha * float(judged.sum()),
        found=int(raised.sum()),
    )


def list_reasons(review: Review, person: int) -> tuple[str, ...]:
    """Return what was raised of one person, the rarest first, in words, with its p and the rate of false alarms."""
    raised = sorted((flag for flag in review.flags if flag.raised[person]), key=lambda flag: float(flag.p[person]))
    rate = "{:.2%} of people whom the model describes"
    return tuple(
        f"{flag.kind}: {REASONS[flag.kind]} (p = {flag.p[person]:.2g}; {rate.format(flag.level)})" for flag in raised
    )
