"""Marginal steps: the E- and M-step of binary item response models whose difficulties may be tied to features.

P(1) = 1 / (1 + exp(-a_j (theta - b_j))), theta ~ N(0, 1), by the EM algorithm of Bock & Aitkin (1981) on a grid with
equal spacing. The M-step is Fisher scoring over all items at once; a design ties b = X beta (Fischer 1973) and the
1PL ties the slopes, each by its share of the same normal equations.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from waymark.assess.curves import logistic
from waymark.assess.items import Floats
from waymark.assess.responses import Incidence, Responses, as_matrix, make_incidence, take_people

REACH: Final = 6.0
_CYCLES: Final = 500
_CHUNK: Final = 2_000_000  # cells of a block of people by items
_LARGEST: Final = 1.0  # step of an M-step, in logits


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What stays while a model is fitted: the answers, the grid `theta` (Q,) with log-weights, and the model.

    `design` (J, P) ties the difficulties to b = design @ beta; None leaves every item its own. `common` ties slopes.
    """

    responses: Responses
    incidence: Incidence
    theta: Floats
    log_weight: Floats
    common: bool
    design: Floats | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """Slopes and difficulties (J,) with the marginal log-likelihood; `cycles` of the EM and whether they settled."""

    a: Floats
    b: Floats
    log_likelihood: float
    cycles: int
    converged: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Expected numbers of answers at each ability: `seen` and `right` (J, Q); `posterior` (N, Q) of the people."""

    log_likelihood: float
    seen: Floats
    right: Floats
    posterior: Floats


def make_frame(responses: Responses, *, common: bool, design: Floats | None, nodes: int) -> Frame:
    """Make the frame of a model. Raise BadInput, naming the item, for scores that are not 0 or 1."""
    theta = np.linspace(-REACH, REACH, nodes)
    log_weight = -0.5 * theta**2
    size = len(responses.items)
    return Frame(
        responses=responses,
        incidence=make_incidence(responses, categories=np.full(size, 2, dtype=np.int64)),
        theta=theta,
        log_weight=log_weight - np.log(np.exp(log_weight).sum()),
        common=common,
        design=design,
    )


def expect(frame: Frame, a: Floats, b: Floats) -> Counts:
    """Take the E-step at slopes and difficulties (J,)."""
    z = a[:, None] * (frame.theta - b[:, None])
    table = np.stack([-np.logaddexp(0.0, z), -np.logaddexp(0.0, -z)], axis=1).reshape(-1, len(frame.theta))
    joint = frame.incidence.gather(table) + frame.log_weight
    peak = joint.max(axis=1, keepdims=True)
    posterior = np.exp(joint - peak)
    mass = posterior.sum(axis=1, keepdims=True)
    posterior /= mass
    rows = frame.incidence.spread(posterior)
    return Counts(
        log_likelihood=float(np.sum(peak + np.log(mass))),
        seen=rows[0::2] + rows[1::2],
        right=rows[1::2],
        posterior=posterior,
    )


def maximise(frame: Frame, a: Floats, b: Floats, counts: Counts) -> tuple[Floats, Floats]:
    """Take one step of Fisher scoring on the expected log-likelihood; return the new slopes and difficulties."""
    away = frame.theta - b[:, None]
    right = logistic(a[:, None] * away)
    left = counts.right - counts.seen * right
    weight = counts.seen * right * (1.0 - right)
    slope, place = np.sum(left * away, axis=1), -a * left.sum(axis=1)
    steep = np.sum(weight * away * away, axis=1)
    both = -a * np.sum(weight * away, axis=1)
    level = a * a * weight.sum(axis=1)
    if frame.common:
        moved, pulled = _locate(frame, level, place), _locate(frame, level, both)
        gain = (slope.sum() - both @ moved) / (steep.sum() - both @ pulled)
        rise, shift = np.full(len(a), gain), moved - gain * pulled
    else:
        shift = _locate(frame, level - both**2 / steep, place - both * slope / steep)
        rise = (slope - both * shift) / steep
    largest = max(float(np.abs(rise).max()), float(np.abs(shift).max()), _LARGEST) / _LARGEST
    return a + rise / largest, b + shift / largest


def turn(frame: Frame, a: Floats, b: Floats, counts: Counts) -> Floats:
    """Take one step of Fisher scoring on the slopes alone; return the new slopes."""
    away = frame.theta - b[:, None]
    right = logistic(a[:, None] * away)
    slope = np.sum((counts.right - counts.seen * right) * away, axis=1)
    steep = np.sum(counts.seen * right * (1.0 - right) * away * away, axis=1)
    rise = np.full(len(a), slope.sum() / steep.sum()) if frame.common else slope / steep
    found: Floats = a + np.clip(rise, -_LARGEST, _LARGEST)
    return found


def _locate(frame: Frame, level: Floats, force: Floats) -> Floats:
    """Return the step of b, within the span of the design, at which `level` times the step meets the force."""
    if frame.design is None:
        return force / level
    normal = frame.design.T @ (level[:, None] * frame.design)
    found: Floats = frame.design @ np.linalg.solve(normal, frame.design.T @ force)
    return found


def climb(frame: Frame, a: Floats, b: Floats, *, settle: float = 1e-6) -> Fitted:
    """Climb to the marginal maximum by EM with squared extrapolation (SQUAREM, Varadhan & Roland 2008).

    An extrapolation that lowers the likelihood is dropped. Ends when an EM step moves no parameter by `settle`.
    """
    size = len(a)
    now, best = np.concatenate([a, b]), -np.inf
    fallback = now
    for cycle in range(1, _CYCLES + 1):
        counts = expect(frame, now[:size], now[size:])
        if counts.log_likelihood < best - 1e-7 * abs(best) and fallback is not now:
            now = fallback
            counts = expect(frame, now[:size], now[size:])
        best = max(best, counts.log_likelihood)
        first = np.concatenate(maximise(frame, now[:size], now[size:], counts))
        once = first - now
        if np.abs(once).max() < settle:
            return Fitted(
                a=now[:size], b=now[size:], log_likelihood=counts.log_likelihood, cycles=cycle, converged=True
            )
        second = np.concatenate(maximise(frame, first[:size], first[size:], expect(frame, first[:size], first[size:])))
        twice = second - first - once
        stretch = -np.sqrt((once @ once) / max(float(twice @ twice), 1e-300))
        fallback = second
        now = now - 2 * stretch * once + stretch**2 * twice if -1e3 < stretch < -1.0 else second
    last = expect(frame, now[:size], now[size:])
    return Fitted(a=now[:size], b=now[size:], log_likelihood=last.log_likelihood, cycles=_CYCLES, converged=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    """Some people: which items they saw and had right, and posterior means of t = theta - b, P and P t, all (n, J)."""

    seen: Floats
    right: Floats
    away: Floats
    chance: Floats
    both: Floats


def _blocks(frame: Frame, a: Floats, b: Floats, posterior: Floats) -> Iterator[_Block]:
    away = frame.theta - b[:, None]
    chance = logistic(a[:, None] * away)
    people = max(1, _CHUNK // len(a))
    for first in range(0, frame.responses.people, people):
        rows = np.arange(first, min(first + people, frame.responses.people))
        cells = as_matrix(take_people(frame.responses, rows))
        weight = posterior[rows]
        yield _Block(
            seen=(cells >= 0).astype(float),
            right=(cells > 0).astype(float),
            away=(weight @ frame.theta)[:, None] - b,
            chance=weight @ chance.T,
            both=weight @ (chance * away).T,
        )


def cross_scores(frame: Frame, a: Floats, b: Floats, posterior: Floats) -> Floats:
    """Return the sum over people of the cross products of their scores: slope or slopes first, then the design's beta.

    A person's score is the posterior mean of the complete-data score (Louis 1982), so this estimates the information
    (Berndt, Hall, Hall & Hausman 1974).
    """
    design = np.eye(len(a)) if frame.design is None else frame.design
    size = design.shape[1] + (1 if frame.common else len(a))
    total = np.zeros((size, size))
    for block in _blocks(frame, a, b, posterior):
        slopes = block.right * block.away - block.seen * block.both
        places = -a * (block.right - block.seen * block.chance) @ design
        scores = np.hstack([slopes.sum(axis=1, keepdims=True) if frame.common else slopes, places])
        total += scores.T @ scores
    return total


def weigh_items(frame: Frame, a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """Return each item's score (J, 2) and observed information (J, 2, 2) on (a, b), the other items taken as known.

    Information by Louis (1982): that of the complete data less the posterior variance of its score.
    """
    counts = expect(frame, a, b)
    away = frame.theta - b[:, None]
    chance = logistic(a[:, None] * away)
    left = counts.right - counts.seen * chance
    weight = counts.seen * chance * (1.0 - chance)
    seen_twice, right_once = counts.seen * chance**2, counts.right * away
    slope_var = (right_once * away - 2 * right_once * away * chance + seen_twice * away**2).sum(axis=1)
    cross_var = (seen_twice * away - right_once * chance).sum(axis=1)
    place_var = seen_twice.sum(axis=1)
    for block in _blocks(frame, a, b, counts.posterior):
        right = block.right * block.away
        slope_var -= np.sum(right * block.away - 2 * right * block.both + block.seen * block.both**2, axis=0)
        cross_var -= np.sum(block.seen * block.both * block.chance - right * block.chance, axis=0)
        place_var -= np.sum(block.seen * block.chance**2, axis=0)
    cross = left.sum(axis=1) - a * np.sum(weight * away, axis=1) + a * cross_var
    slope = np.sum(weight * away**2, axis=1) - slope_var
    place = a**2 * (weight.sum(axis=1) - place_var)
    information = np.stack([slope, cross, cross, place], axis=1).reshape(-1, 2, 2)
    return np.stack([np.sum(left * away, axis=1), -a * left.sum(axis=1)], axis=1), information
