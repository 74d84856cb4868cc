"""Pacing: what the times of one person's answers say beside the answers themselves."""

from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse, special

from waymark.assess.ability.locating import check_match, log_probabilities, make_grid, weigh
from waymark.assess.curves import probabilities
from waymark.assess.fit.sum_scores import find_sums
from waymark.assess.fit.timing import TimeModel, Times
from waymark.assess.items import BINARY, Floats, Ints, Items
from waymark.assess.responses import Responses, as_list, take_people
from waymark.errors import BadInput

RAPID: Final = 0.01
"""Share of answers, under the model, that count as fast when guessing is looked for."""
FAST: Final = 0.05
"""The same when foreknowledge is looked for, which hurries people less."""
USUAL_CHANCE: Final = 0.25
"""Chance of a right guess, for items whose c is zero."""

_TUNING: Final = 4.685  # of Tukey's biweight, 95 % efficient for normal residuals
_ROUNDS: Final = 20
_SETTLED: Final = 1e-3  # of the spread of speed
_ABOVE_CHANCE: Final = 0.05
_POSSIBLE: Final = 0.1  # people whose times are likelier than this need no look at their accuracy
_REMEMBERED: Final = 1_000
_BLOCK: Final = 8_192


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """The times of each person, arrays of shape (N,); every p is of a test of the model against one departure from it.

    `answers` counts the times. `speed` is robust: answers far off the others count little or nothing. `chi_square` on
    `answers` - 1 df is the residual chi-square, `p_times` its upper tail. `fast` counts the answers far below the
    person's and the item's expected time, `p_rapid` is of guessing on them (fast and no better than chance),
    `p_foreknown` of knowing them beforehand (fast and righter than the other answers foretell). `drift` is the change
    of the log time by position, in standard errors; `p_speeded` is of a speeding up. NaN where there is no time.
    """

    answers: Ints
    speed: Floats
    chi_square: Floats
    p_times: Floats
    fast: Ints
    p_rapid: Floats
    p_foreknown: Floats
    drift: Floats
    p_speeded: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answers:
    """Every answer with a time, ordered by person: who, which item, log time less beta, alpha^2, score (-1: none)."""

    people: int
    person: Ints
    item: Ints
    gap: Floats
    weight: Floats
    score: Ints

    def add(self, values: Floats) -> Floats:
        """Sum over each person's answers."""
        return np.bincount(self.person, weights=values, minlength=self.people).astype(np.float64)

    def take(self, kept: NDArray[np.bool_]) -> "_Answers":
        """Keep some of the answers."""
        return _Answers(
            people=self.people,
            person=self.person[kept],
            item=self.item[kept],
            gap=self.gap[kept],
            weight=self.weight[kept],
            score=self.score[kept],
        )


def check_pace(
    responses: Responses,
    times: Times,
    items: Items,
    model: TimeModel,
    *,
    position: Ints | None = None,
    chance: Floats | None = None,
) -> Pace:
    """Test the times of every person, and the answers that were fast.

    Residual chi-square: sum alpha^2 (ln t - beta + tau)^2 with tau by weighted least squares is chi-square on n - 1
    df (van der Linden 2007; van der Linden & Guo 2008). Fast answers: below the 1 % quantile (5 % when foreknowledge
    is looked for) given a robust tau, found from the population's mean, so that somebody who rushes through
    everything is not taken for quick. Their number is compared with the binomial, or the speed itself with the
    population, whichever is rarer, at twice its p. Their accuracy is compared with the ability that the other answers
    show. Under the model times and accuracy are independent. Guessing: Fisher's (1932) product of both p, and none
    (p = 1) where the accuracy is above that of guesses at 5 %. Foreknowledge needs both to be rare:
    p = max(p of times, p of accuracy)^2. `position` (N, J) numbers the answers in the order given, the order of the
    columns by default. `chance` (J,) is that of a right guess, c or 1/4 by default.
    """
    check_match(responses, items)
    if not responses.items == times.items == model.items or responses.people != times.people:
        raise BadInput("answers and times of other people or items", hint="bring both to the same rows and columns")
    tables = _Tables(items, _read_chance(items, chance))
    parts = []
    for first in range(0, responses.people, _BLOCK):
        rows = np.arange(first, min(first + _BLOCK, responses.people))
        some = Times(items=times.items, seen=times.seen[rows], level=times.level[rows])
        given = _gather(take_people(responses, rows), some, model)
        place = _find_places(given, None if position is None else np.asarray(position)[rows])
        parts.append(_check_block(given, take_people(responses, rows), tables, place, speed_sd=model.speed_sd))
    return Pace(**{field.name: np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Pace)})


def _check_block(given: _Answers, responses: Responses, tables: "_Tables", place: Floats, *, speed_sd: float) -> Pace:
    count = given.add(np.ones(len(given.person))).astype(np.int64)
    mean = given.add(given.weight * given.gap) / np.maximum(given.add(given.weight), 1e-12)
    residual = given.gap - mean[given.person]
    chi_square = given.add(given.weight * residual * residual)
    speed, variance, z = _find_speed(given, speed_sd)
    extreme = speed / np.sqrt(speed_sd * speed_sd + variance)
    number, p_time, fast = _choose_fast(given, z, extreme, share=RAPID)
    p_low, _, p_guessed = _compare_all(given, responses, tables, p_time, fast)
    product = np.maximum(p_time * p_low, 1e-300)
    p_rapid = np.where(p_guessed > _ABOVE_CHANCE, product * (1.0 - np.log(product)), 1.0)
    _, p_time, fast = _choose_fast(given, z, extreme, share=FAST)
    p_high = _compare_all(given, responses, tables, p_time, fast)[1]
    drift = _find_drift(given, place)
    timed = np.where(count > 1, 1.0, np.nan)
    return Pace(
        answers=count,
        speed=speed * np.where(count > 0, 1.0, np.nan),
        chi_square=chi_square * timed,
        p_times=special.chdtrc(np.maximum(count - 1, 1), chi_square) * timed,
        fast=number,
        p_rapid=p_rapid * timed,
        p_foreknown=np.maximum(p_time, p_high) ** 2 * timed,
        drift=drift,
        p_speeded=special.ndtr(drift),
    )


def _read_chance(items: Items, chance: Floats | None) -> Floats:
    guess = np.where(items.c > 0, items.c, USUAL_CHANCE) if chance is None else np.asarray(chance, dtype=float)
    if guess.shape != (len(items),) or not ((guess >= 0) & (guess < 1)).all():
        raise BadInput("chances of a right guess outside 0 to 1", hint="one an item, zero for open questions")
    return guess


def _gather(responses: Responses, times: Times, model: TimeModel) -> _Answers:
    person, item, level = _list_times(times)
    kept = np.isfinite(model.beta[item])
    person, item, level = person[kept], item[kept], level[kept]
    who, what, score = as_list(responses)
    size = len(responses.items)
    place = np.searchsorted(who * size + what, person * size + item)
    place = np.minimum(place, max(len(who) - 1, 0))
    same = (who[place] == person) & (what[place] == item) if len(who) else np.zeros(len(person), dtype=bool)
    return _Answers(
        people=responses.people,
        person=person,
        item=item,
        gap=level - model.beta[item],
        weight=model.alpha[item] ** 2,
        score=np.where(same, score[place] if len(who) else -1, -1),
    )


def _list_times(times: Times) -> tuple[Any, Any, Any]:
    """Return person, item and log time of every time, ordered by person and item."""
    if not sparse.issparse(times.seen):
        person, item = np.nonzero(times.seen)
        return person, item, times.level[person, item]
    seen, level = times.seen.tocoo(), times.level.tocsr()
    order = np.lexsort((seen.col, seen.row))
    person, item = seen.row[order].astype(np.int64), seen.col[order].astype(np.int64)
    return person, item, np.asarray(level[person, item]).ravel()


def _find_speed(given: _Answers, speed_sd: float) -> tuple[Floats, Floats, Floats]:
    """Return a robust speed (N,), its variance (N,), and the residuals of the answers in standard deviations."""
    prior = 1.0 / (speed_sd * speed_sd)
    speed, part = np.zeros(given.people), given
    sd = np.sqrt(1.0 / given.weight + speed_sd * speed_sd)  # nothing is known of the person yet
    for _ in range(_ROUNDS):
        trust = _trust(part.gap + speed[part.person], sd) * part.weight
        after = -part.add(trust * part.gap) / (prior + part.add(trust))
        moving = np.zeros(given.people, dtype=bool)
        moving[part.person] = np.abs(after - speed)[part.person] > _SETTLED * speed_sd
        speed = np.where(moving | (part is given), after, speed)
        part = part.take(moving[part.person])
        if len(part.person) == 0:
            break
        sd = 1.0 / np.sqrt(part.weight)
    residual = given.gap + speed[given.person]
    trust = _trust(residual, 1.0 / np.sqrt(given.weight))
    variance = 1.0 / (prior + given.add(trust * given.weight))
    # an answer that counts fully draws the speed to itself, one that counts nothing does not
    spread = 1.0 / given.weight + variance[given.person] * (1.0 - 2.0 * trust)
    return speed, variance, residual / np.sqrt(spread)


def _trust(residual: Floats, sd: Floats) -> Floats:
    """Return Tukey's biweight of residuals (Beaton & Tukey 1974)."""
    ratio = residual / (_TUNING * sd)
    found: Floats = np.maximum(1.0 - ratio * ratio, 0.0) ** 2
    return found


def _choose_fast(
    given: _Answers, z: Floats, extreme: Floats, *, share: float
) -> tuple[Ints, Floats, NDArray[np.bool_]]:
    """Return how many answers of each person are among the fastest `share`, the p of it, and the answers meant.

    Those are the fast ones; or all, where the speed itself is the rarer thing.
    """
    fast = z < special.ndtri(share)
    number = given.add(fast.astype(float))
    count = np.maximum(given.add(np.ones(len(z))), 1.0)
    p_number = np.where(number > 0, special.bdtrc(number - 1, count.astype(np.int64), share), 1.0)
    p_speed = special.ndtr(-extreme)
    everything = (p_speed < p_number)[given.person]
    return number.astype(np.int64), np.minimum(2.0 * np.minimum(p_number, p_speed), 1.0), fast | everything


def _compare_all(
    given: _Answers, responses: Responses, tables: "_Tables", p_time: Floats, fast: NDArray[np.bool_]
) -> tuple[Floats, Floats, Floats]:
    """Return each person's p of so few, so many, and so many guessed points on the fast answers; 1 if not fast."""
    found = np.ones((3, given.people))
    who, what, score = as_list(responses)
    start = np.searchsorted(who, np.arange(given.people + 1))
    begin = np.searchsorted(given.person, np.arange(given.people + 1))
    for person in np.flatnonzero(p_time < _POSSIBLE):
        own = slice(begin[person], begin[person + 1])
        picked = given.item[own][fast[own] & (given.score[own] >= 0)]
        answers = slice(start[person], start[person + 1])
        found[:, person] = tables.compare(what[answers], score[answers], picked)
    return found[0], found[1], found[2]


class _Tables:
    """The items' curves on a grid, to compare some of a person's answers with the others."""

    def __init__(self, items: Items, guess: Floats) -> None:
        """Keep what every person needs."""
        self.grid = make_grid(nodes=31, reach=4.5)
        self.level = log_probabilities(items, self.grid.theta)
        self.chance = np.split(probabilities(items, self.grid.theta), items.offsets[1:-1])
        self.known = np.array([bool(np.isfinite(one).all()) for one in self.chance])
        self.guess = [
            np.array([[1.0 - g], [g]]) if kind == BINARY else np.eye(int(width))[:, :1]
            for g, kind, width in zip(guess, items.kind, items.categories, strict=True)
        ]
        self.first = items.offsets[:-1]
        self.sums: dict[bytes, tuple[Floats, Floats]] = {}  # of sets of items; whole forms come again and again

    def compare(self, item: Ints, score: Ints, picked: Ints) -> tuple[float, float, float]:
        """Return p of so few points on the picked items, of so many, and of so many by guessing.

        The first two given the ability that the person's other answers show (the population's, if there are none).
        """
        inside = np.isin(item, picked[self.known[picked]])
        if not inside.any():
            return 1.0, 1.0, 1.0
        points = int(score[inside].sum())
        others = self.level[self.first[item[~inside]] + score[~inside]].sum(axis=0)
        chance, lucky = self.add_points(item[inside])
        sums = chance @ weigh(others[None, :], self.grid)[0]
        return float(sums[: points + 1].sum()), float(sums[points:].sum()), float(lucky[points:].sum())

    def add_points(self, picked: Ints) -> tuple[Floats, Floats]:
        """Return the distribution of the points on some items, given ability (S, Q) and when guessed (S,)."""
        key = picked.tobytes()
        if key not in self.sums:
            if len(self.sums) >= _REMEMBERED:
                self.sums.clear()
            guessed = find_sums([self.guess[one] for one in picked])[:, 0]
            self.sums[key] = (find_sums([self.chance[one] for one in picked]), guessed)
        return self.sums[key]


def _find_places(given: _Answers, position: Ints | None) -> Floats:
    if position is not None:
        return np.asarray(position, dtype=float)[given.person, given.item]
    first = np.searchsorted(given.person, np.arange(given.people))
    return (np.arange(len(given.person)) - first[given.person]).astype(float)


def _find_drift(given: _Answers, place: Floats) -> Floats:
    """Return the slope of the residual log time on position, in standard errors: normal under the model."""
    centre = given.add(given.weight * place) / np.maximum(given.add(given.weight), 1e-12)
    away = place - centre[given.person]
    spread = given.add(given.weight * away * away)
    slope = given.add(given.weight * away * given.gap)
    found: Floats = np.full(given.people, np.nan)
    np.divide(slope, np.sqrt(spread), out=found, where=spread > 1e-9)
    return found
