"""Takers: made-up people who answer as the model says, or as people do who guess, hurry, slip or know the key."""

from dataclasses import dataclass, replace
from math import exp, isnan
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from waymark.assess.chance import ANSWER, LAPSE, TIME, draw_normal, draw_uniform
from waymark.assess.compiling import compiled
from waymark.assess.items import BINARY, GRADED, KINDS, Floats, Ints, Items
from waymark.assess.sitting.banks import Bank
from waymark.errors import BadInput

NONE, GUESSING, CARELESS, SPEEDED, KNOWING = 0, 1, 2, 3, 4
MISFITS: Final = {
    "none": NONE,
    "guessing": GUESSING,
    "careless": CARELESS,
    "speeded": SPEEDED,
    "preknowledge": KNOWING,
}
_BINARY: Final = KINDS.index(BINARY)
_GRADED: Final = KINDS.index(GRADED)
_CHANCE = 0.25  # of a blind guess among four options
_KNOWN = 0.95  # chance of the right answer to a question whose key went round
_HURRY = 0.2  # share of the time that a guess or a known answer takes


class Takers(NamedTuple):
    """N people as a kernel reads them, with the true parameters of J items.

    `theta` (N, K), `pace` (N,) on the log scale of minutes, `misfit` (N,) code, `rate` (N,) share of answers concerned,
    `leaked` (J,), `gamma_sd` (T,); `kind` (J,) as a place in KINDS, `a`, `b`, `c`, `d`, `minutes` (J,), `steps` (J, M),
    `noise` the sd of log time.
    """

    theta: Floats
    pace: Floats
    misfit: Ints
    rate: Floats
    leaked: NDArray[np.uint8]
    kind: Ints
    a: Floats
    b: Floats
    c: Floats
    d: Floats
    steps: Floats
    testlet: Ints
    gamma_sd: Floats
    minutes: Floats
    noise: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Misfit:
    """How some takers depart from the model.

    guessing      each answer is a blind guess with probability `rate`
    careless      each right answer is lost with probability `rate`
    speeded       the last `rate` of the longest possible sitting is guessed in haste
    preknowledge  `rate` of the items are known to the taker: right nearly always, and fast
    `share` of people are concerned.
    """

    kind: str = "none"
    rate: float = 0.2
    share: float = 1.0

    def __post_init__(self) -> None:
        """Refuse what is no misfit; raise BadInput."""
        if self.kind not in MISFITS or not 0 <= self.rate <= 1 or not 0 <= self.share <= 1:
            raise BadInput(
                f"misfit {self.kind!r} with rate {self.rate} and share {self.share}",
                hint=f"one of {', '.join(MISFITS)}, with rate and share in 0 to 1",
            )


def draw_takers(
    bank: Bank,
    people: int,
    *,
    rng: np.random.Generator,
    misfit: Misfit | None = None,
    truth: Items | None = None,
    theta: Floats | None = None,
) -> Takers:
    """Draw people from the bank's population, and where item parameters are uncertain the truth from their posterior.

    `truth` and `theta` (N, K) stand in for what would be drawn. Raise BadInput for no people or where these do not fit.
    """
    if people < 1:
        raise BadInput(f"{people} people", hint="simulate at least one")
    kind = misfit or Misfit()
    items = truth or draw_truth(bank.items, rng=rng)
    shape = (people, len(bank.items.skills))
    if items.ids != bank.items.ids or (theta is not None and (theta.shape != shape or not np.isfinite(theta).all())):
        raise BadInput("truth or theta that does not fit", hint=f"the bank's items, and finite abilities {shape}")
    factor = np.linalg.cholesky(bank.correlation)
    ability = rng.standard_normal((people, len(bank.items.skills))) @ factor.T
    concerned = rng.random(people) < kind.share
    return Takers(
        theta=np.ascontiguousarray(ability if theta is None else theta, dtype=np.float64),
        pace=rng.normal(0.0, 0.25, people),
        misfit=np.where(concerned, MISFITS[kind.kind], NONE).astype(np.int64),
        rate=np.full(people, kind.rate),
        leaked=(rng.random(len(items)) < kind.rate).astype(np.uint8),
        kind=np.array([KINDS.index(one) for one in items.kind], dtype=np.int64),
        a=np.ascontiguousarray(items.a),
        b=np.ascontiguousarray(items.b),
        c=np.ascontiguousarray(items.c),
        d=np.ascontiguousarray(items.d),
        steps=np.ascontiguousarray(items.steps),
        testlet=items.testlet,
        gamma_sd=items.testlet_sd,
        minutes=np.ascontiguousarray(items.minutes),
        noise=0.35,
    )


def draw_truth(items: Items, *, rng: np.random.Generator) -> Items:
    """Return items with parameters drawn from their posterior (Items.covariance), which then count as known."""
    z = rng.standard_normal((len(items), 2))
    first = np.sqrt(items.covariance[:, 0, 0])
    cross = np.divide(items.covariance[:, 1, 0], first, out=np.zeros_like(first), where=first > 0)
    rest = np.sqrt(np.maximum(items.covariance[:, 1, 1] - cross**2, 0.0))
    moved = cross * z[:, 0] + rest * z[:, 1]
    return replace(
        items,
        a=items.a * np.exp(first * z[:, 0]),
        b=items.b + moved,
        steps=items.steps + moved[:, None],
        covariance=np.zeros_like(items.covariance),
    )


@compiled
def respond(takers: Takers, person: int, item: int, skill: int, seed: int, progress: float) -> tuple[int, float]:
    """Return score and minutes of one taker's answer; `progress` is the share of the longest sitting gone by.

    Each (seed, item) has its own draws, so an answer does not depend on when or after what the item was given.
    """
    z = draw_normal(seed, TIME, item)
    minutes = takers.minutes[item] * exp(takers.noise * z - takers.pace[person])
    misfit, rate = takers.misfit[person], takers.rate[person]
    u, lapse = draw_uniform(seed, ANSWER, item), draw_uniform(seed, LAPSE, item)
    if misfit == KNOWING and takers.leaked[item] == 1 and lapse < _KNOWN:
        return count_steps(takers, item), minutes * _HURRY
    if (misfit == GUESSING and lapse < rate) or (misfit == SPEEDED and progress >= 1.0 - rate):
        return (1 if u < max(takers.c[item], _CHANCE) else 0), minutes * (_HURRY if misfit == SPEEDED else 1.0)
    place = takers.theta[person, skill]
    if takers.testlet[item] >= 0:
        place += takers.gamma_sd[takers.testlet[item]] * draw_normal(seed, ANSWER, -1 - takers.testlet[item])
    score = score_at(takers, item, place, u)
    if misfit == CARELESS and lapse < rate:
        score = 0
    return score, minutes


@compiled
def count_steps(takers: Takers, item: int) -> int:
    """Return the highest score of an item."""
    if takers.kind[item] == _BINARY:
        return 1
    best = 0
    for step in range(takers.steps.shape[1]):
        if not isnan(takers.steps[item, step]):
            best = step + 1
    return best


@compiled
def rise(z: float) -> float:
    """Return 1 / (1 + exp(-z)), without overflow at any z."""
    small = exp(-abs(z))
    return (1.0 if z >= 0.0 else small) / (1.0 + small)


@compiled
def score_at(takers: Takers, item: int, theta: float, u: float) -> int:
    """Return the score at an ability: the highest k with P(score at least k) above the uniform number u."""
    a, kind = takers.a[item], takers.kind[item]
    if kind == _BINARY:
        right = takers.c[item] + (takers.d[item] - takers.c[item]) * rise(a * (theta - takers.b[item]))
        return 1 if u < right else 0
    best = count_steps(takers, item)
    if kind == _GRADED:
        for step in range(best, 0, -1):
            if u < rise(a * (theta - takers.steps[item, step - 1])):
                return step
        return 0
    return climb(takers, item, theta, u)


@compiled
def climb(takers: Takers, item: int, theta: float, u: float) -> int:
    """Return the score on a partial-credit item, as `score_at` does."""
    a, best = takers.a[item], count_steps(takers, item)
    level, highest = 0.0, 0.0
    for step in range(best):
        level += a * (theta - takers.steps[item, step])
        highest = max(highest, level)
    place, total = level, 0.0
    for step in range(best, -1, -1):
        total += exp(place - highest)
        if step > 0:
            place -= a * (theta - takers.steps[item, step - 1])
    above = 0.0
    for step in range(best, 0, -1):
        above += exp(level - highest) / total
        if u < above:
            return step
        level -= a * (theta - takers.steps[item, step - 1])
    return 0
