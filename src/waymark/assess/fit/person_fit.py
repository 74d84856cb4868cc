"""Person fit: whether one person's answers go together as the model says."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import special

from waymark.assess.ability.locating import check_match, log_likelihoods, make_grid
from waymark.assess.curves import TINY, probabilities
from waymark.assess.items import Floats, Ints, Items, take_items
from waymark.assess.responses import Responses, as_matrix, take_people

FEWEST: Final = 10
"""Answers below which nothing is said of a person."""

_CELLS: Final = 1_000_000  # of a working table: people at a time times categories
_STEP: Final = 1e-4  # of ability, for derivatives by central differences
_SCORING: Final = 20  # rounds, from the best node of a grid 0.2 wide; three do for the 2PL
_CLOSE: Final = 1e-6
_COLUMNS: Final = ("theta", "answers", "lz", "lz_star", "p", "infit", "infit_z", "outfit", "outfit_z")


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonFit:
    """Fit of the answers of each person, arrays of shape (N,); NaN where fewer than `FEWEST` were given.

    `theta` is the mode of the posterior, `answers` how many it rests on. `lz` is the standardised log-likelihood as if
    ability were known, `lz_star` the same with the variance that an estimated ability leaves; low is unlikely, and `p`
    is the lower tail of `lz_star`, its skewness taken into account. `infit` and `outfit` are mean squares around 1,
    `infit_z` and `outfit_z` their standardised forms.
    """

    theta: Floats
    answers: Ints
    lz: Floats
    lz_star: Floats
    p: Floats
    infit: Floats
    infit_z: Floats
    outfit: Floats
    outfit_z: Floats


def fit_people(responses: Responses, items: Items, *, mean: float = 0.0, sd: float = 1.0) -> PersonFit:
    """Return the fit of every person's answers, ability being the mode under a normal population.

    lz: Drasgow, Levine & Williams 1985. lz*: Snijders 2001, for items with steps Sinharay 2016: with ln P_x the log
    probability of the answer given and u = d ln P_x / d theta, W = sum (ln P_x - E ln P) and
    c = sum Cov(ln P, u) / sum Var(u), lz* = (W + c r0) / sqrt(sum Var(ln P - c u)), where r0 = -(theta - mean) / sd^2
    is the prior's part of the equation that the mode solves. Infit and outfit: Wright & Masters 1982.
    """
    check_match(responses, items)
    known = np.isfinite(probabilities(items, np.zeros(1))[items.offsets[:-1], 0])
    size = int(np.clip(_CELLS // items.offsets[-1], 64, 4_096))
    parts = []
    for first in range(0, responses.people, size):
        block = take_people(responses, np.arange(first, min(first + size, responses.people)))
        cells = as_matrix(block)
        columns = np.flatnonzero((cells >= 0).any(axis=0) & known)
        chosen = take_items(items, columns)
        parts.append(_fit_block(np.ascontiguousarray(cells[:, columns]), chosen, mean=mean, sd=sd))
    found = {name: np.concatenate(column) for name, column in zip(_COLUMNS, zip(*parts, strict=True), strict=True)}
    return PersonFit(**found)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    """Some people: answers (J, n), which were seen, and P(category) with its slope at each one's ability (rows, n)."""

    items: Items
    answer: Ints
    seen: NDArray[np.bool_]
    chance: Floats
    slope: Floats

    def over_categories(self, table: Floats) -> Floats:
        """Sum a table (rows, n) over the categories of each item: (J, n)."""
        sums: Floats = np.add.reduceat(table, self.items.offsets[:-1], axis=0)
        return sums

    def over_items(self, table: Floats) -> Floats:
        """Sum a table (J, n) over the items that each person saw: (n,)."""
        sums: Floats = np.where(self.seen, table, 0.0).sum(axis=0)
        return sums

    def widen(self, table: Floats) -> Floats:
        """Repeat a table (J, n) for every category: (rows, n)."""
        return np.repeat(table, self.items.categories, axis=0)

    def take_given(self, table: Floats) -> Floats:
        """Take the rows of the answers given: (rows, n) -> (J, n)."""
        return np.take_along_axis(table, self.items.offsets[:-1, None] + self.answer, axis=0)


def _fit_block(cells: NDArray[np.int8], items: Items, *, mean: float, sd: float) -> tuple[Floats | Ints, ...]:
    """Return the columns of `_COLUMNS` for some people, (n, J) answers."""
    theta = find_modes(cells, items, mean=mean, sd=sd)
    seen = (cells >= 0).T
    answers = seen.sum(axis=0)
    if len(items) == 0:
        return (theta, answers, *[np.full(len(cells), np.nan)] * 7)
    chance, slope = _find_curves(items, theta)
    block = _Block(items=items, answer=np.maximum(cells.T, 0).astype(np.int64), seen=seen, chance=chance, slope=slope)
    enough = np.where(answers >= FEWEST, 1.0, np.nan)
    found = (*_find_surprise(block, -(theta - mean) / (sd * sd)), *_find_squares(block, np.maximum(answers, 1)))
    return (theta, answers, *[column * enough for column in found])


def _find_surprise(block: _Block, prior: Floats) -> tuple[Floats, Floats, Floats]:
    """Return lz, lz* and its lower tail; `prior` is r0."""
    chance, slope, level = block.chance, block.slope, np.log(block.chance)
    expected = block.over_categories(chance * level)
    surprise = block.over_items(block.take_given(level) - expected)
    spread = block.over_items(block.over_categories(chance * level * level) - expected * expected)
    shared = block.over_items(block.over_categories(slope * level))
    information = np.maximum(block.over_items(block.over_categories(slope * slope / chance)), TINY)
    left = np.maximum(spread - shared * shared / information, TINY)
    rest = level - block.widen(expected) - shared / information * slope / chance
    skew = block.over_items(block.over_categories(chance * rest**3)) / left**1.5
    lz_star = (surprise + prior * shared / information) / np.sqrt(left)
    return surprise / np.sqrt(np.maximum(spread, TINY)), lz_star, _find_tail(lz_star, skew)


def _find_squares(block: _Block, count: Ints) -> tuple[Floats, Floats, Floats, Floats]:
    """Return infit, its standard form, outfit and its standard form."""
    chance = block.chance
    score = np.concatenate([np.arange(width) for width in block.items.categories])[:, None]
    centre = block.over_categories(chance * score)
    from_centre = score - block.widen(centre)
    variance = np.maximum(block.over_categories(chance * from_centre**2), TINY)
    fourth = block.over_categories(chance * from_centre**4)
    gap = (block.answer - centre) ** 2
    whole = np.maximum(block.over_items(variance), TINY)
    infit, outfit = block.over_items(gap) / whole, block.over_items(gap / variance) / count
    infit_q = np.sqrt(np.maximum(block.over_items(fourth - variance**2), TINY)) / whole
    outfit_q = np.sqrt(np.maximum(block.over_items(fourth / variance**2) / count - 1.0, TINY) / count)
    return infit, _cube_root(infit, infit_q), outfit, _cube_root(outfit, outfit_q)


def _find_tail(z: Floats, skew: Floats) -> Floats:
    """Return the lower tail of a nearly normal statistic by the first term of Edgeworth's series.

    Log-likelihoods are skewed to the left: the plain normal tail flags two to five times too many at 1 in 1,000.
    """
    density = np.exp(-0.5 * z * z) / np.sqrt(2 * np.pi)
    found: Floats = np.clip(special.ndtr(z) - density * skew / 6.0 * (z * z - 1.0), 1e-12, 1.0)
    return found


def _cube_root(mean_square: Floats, q: Floats) -> Floats:
    """Return the standard form of a mean square with standard deviation q (Wright & Masters 1982, p. 101)."""
    found: Floats = (np.cbrt(mean_square) - 1.0) * 3.0 / np.maximum(q, TINY) + q / 3.0
    return found


def _find_curves(items: Items, theta: Floats) -> tuple[Floats, Floats]:
    """Return P(category) and its derivative at each person's ability, (rows, n)."""
    chance = np.maximum(probabilities(items, theta), TINY)
    slope = (probabilities(items, theta + _STEP) - probabilities(items, theta - _STEP)) / (2 * _STEP)
    return chance, slope


def find_modes(cells: NDArray[np.int8], items: Items, *, mean: float, sd: float) -> Floats:
    """Return each person's mode of the posterior under a normal population: (n, J) answers to (n,)."""
    if len(items) == 0:
        return np.full(len(cells), mean)
    grid = make_grid(mean=mean, sd=sd)
    block = Responses(items=items.ids, people=len(cells), matrix=cells)
    level = log_likelihoods(block, items, grid.theta) - 0.5 * ((grid.theta - mean) / sd) ** 2
    theta: Floats = grid.theta[np.argmax(level, axis=1)]
    seen = (cells >= 0).T
    row = items.offsets[:-1, None] + np.maximum(cells.T, 0)
    for _ in range(_SCORING):
        chance, slope = _find_curves(items, theta)
        gradient = np.where(seen, np.take_along_axis(slope / chance, row, axis=0), 0.0).sum(axis=0)
        information = np.add.reduceat(slope * slope / chance, items.offsets[:-1], axis=0)
        whole = np.where(seen, information, 0.0).sum(axis=0) + 1.0 / (sd * sd)
        step = np.clip((gradient - (theta - mean) / (sd * sd)) / whole, -0.5, 0.5)
        theta = theta + step
        if np.abs(step).max() < _CLOSE:
            break
    return theta
