"""Misfit of items: the answers at each number of points, against what the model expects (S-X2)."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import special

from waymark.assess.ability.locating import Grid, check_match, make_grid
from waymark.assess.curves import probabilities
from waymark.assess.fit.sum_scores import add_item, leave_each_out
from waymark.assess.items import BINARY, Floats, Ints, Items, take_items
from waymark.assess.multiplicity import adjust_p
from waymark.assess.responses import Responses, as_matrix, take_columns
from waymark.errors import BadInput

FEWEST: Final = 50
"""People below which fit is not tested."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFit:
    """Fit of one item.

    `chi_square` on `df` with `p`, `p_adjusted` for the false discovery rate over all items; `rmsea` =
    sqrt(max(chi2 - df, 0) / (n df)) is the size of the misfit, free of n. `residual` is the largest distance between
    the shares of an answer observed and expected over the groups of points, `residual_error` its standard error.
    NaN where there are no cells to test.
    """

    item: str
    n: int
    groups: int
    chi_square: float
    df: int
    p: float
    p_adjusted: float
    rmsea: float
    residual: float
    residual_error: float


def count_parameters(items: Items) -> Ints:
    """Return how many parameters of each item a calibration estimates: a, b (or a and steps), c and d where used."""
    binary = np.array(items.kind, dtype=str) == BINARY
    extra = (items.c > 0).astype(np.int64) + (items.d < 1)
    return np.where(binary, 2 + extra, items.categories)


def take_complete(responses: Responses, items: Items, *, need: str) -> tuple[Ints, Items]:
    """Return the cells of the people who answered every estimated item, and these items.

    Raise BadInput when they are too few: `need` names the statistic that asks for them.
    """
    check_match(responses, items)
    known = np.flatnonzero(np.isfinite(probabilities(items, np.zeros(1))[items.offsets[:-1], 0]))
    if len(known) < 3:
        raise BadInput(f"{len(known)} calibrated items for {need}", hint="three are the fewest")
    cells = as_matrix(take_columns(responses, known))
    cells = cells[(cells >= 0).all(axis=1)]
    if len(cells) < FEWEST:
        raise BadInput(
            f"{need} needs people who answered every item: there are {len(cells)}",
            hint=f"take the columns of one form, answered in full by {FEWEST} people or more",
        )
    return cells.astype(np.int64), take_items(items, known)


def fit_items(
    responses: Responses, items: Items, *, parameters: Ints | int | None = None, grid: Grid | None = None
) -> tuple[ItemFit, ...]:
    """Return S-X2 of every calibrated item (Orlando & Thissen 2000, 2003; Kang & Chen 2008).

    People are grouped by their points. In a group of n people, with shares O_z observed and E_z expected of answer z,
    chi2 = sum n (O_z - E_z)^2 / E_z, E_z = int P_z(t) S(points - z | t) g(t) dt / int S*(points | t) g(t) dt, with S
    the points on the other items. Neighbouring groups, then answers, are collapsed until every cell expects one
    person. df = free cells - `parameters` estimated of the item (those of its model by default; give 1 for the 1PL, 0
    for known items). Only people who answered every item count. `grid` is the population, standard normal by default.
    """
    cells, known = take_complete(responses, items, need="S-X2")
    grid = grid or make_grid()
    spent = np.broadcast_to(count_parameters(known) if parameters is None else parameters, len(known))
    table = np.split(probabilities(known, grid.theta), known.offsets[1:-1])
    points = cells.sum(axis=1)
    found: list[tuple[float, int, int, float, float]] = [(np.nan, 0, 0, np.nan, np.nan)] * len(known)
    for item, others in leave_each_out(table):
        expected = _expect(table[item], others, grid)
        observed = np.zeros_like(expected)
        np.add.at(observed, (points, cells[:, item]), 1.0)
        people = observed.sum(axis=1, keepdims=True)
        found[item] = _test_cells(*_collapse(observed, expected * people), spent=int(spent[item]))
    return _report(known.ids, len(cells), found)


def _expect(item: Floats, others: Floats, grid: Grid) -> Floats:
    """Return P(answer | points), shape (S, C), NaN-free: zero where an answer cannot go with the points."""
    joint = np.zeros((len(item) + len(others) - 1, len(item)))
    for answer, share in enumerate(item):
        joint[answer : answer + len(others), answer] = (others * share) @ grid.weight
    total = add_item(others, item) @ grid.weight
    found: Floats = joint / np.maximum(total, np.finfo(float).tiny)[:, None]
    return found


def _collapse(observed: Floats, expected: Floats) -> tuple[list[Floats], list[Floats]]:
    """Join neighbouring groups of points, then neighbouring answers, until every cell expects one person."""
    groups: list[list[Floats]] = []
    gathered = np.zeros((2, observed.shape[1]))
    # the lowest and highest points go with one answer to every item: nothing to test there
    for pair in zip(observed[1:-1], expected[1:-1], strict=True):
        gathered = gathered + np.stack(pair)
        joined = _join_answers(gathered)
        if joined.shape[1] > 1:
            groups.append([gathered, joined])
            gathered = np.zeros_like(gathered)
    if groups and gathered.any():
        groups[-1] = [groups[-1][0] + gathered, _join_answers(groups[-1][0] + gathered)]
    return [joined[0] for _, joined in groups], [joined[1] for _, joined in groups]


def _join_answers(cells: Floats) -> Floats:
    """Join neighbouring answers, lowest first, until each expects one person: (2, C) -> (2, fewer)."""
    kept: list[Floats] = []
    gathered = np.zeros(2)
    for column in cells.T:
        gathered = gathered + column
        if gathered[1] >= 1.0:
            kept.append(gathered)
            gathered = np.zeros(2)
    if kept:
        kept[-1] = kept[-1] + gathered
    return np.array(kept).T.reshape(2, -1)


def _test_cells(observed: list[Floats], expected: list[Floats], *, spent: int) -> tuple[float, int, int, float, float]:
    """Return chi-square, df, groups, and the largest residual share with its standard error."""
    df = sum(len(row) - 1 for row in observed) - spent
    if df < 1:
        return np.nan, 0, len(observed), np.nan, np.nan
    gaps = [got - due for got, due in zip(observed, expected, strict=True)]
    chi_square = sum(float((gap * gap / due).sum()) for gap, due in zip(gaps, expected, strict=True))
    people = np.concatenate([np.full(len(due), due.sum()) for due in expected])
    share = np.concatenate(expected) / people
    residual = np.concatenate(gaps) / people
    error = np.sqrt(share * (1 - share) / people)
    worst = int(np.argmax(np.abs(residual) / error))
    return chi_square, df, len(observed), float(residual[worst]), float(error[worst])


def _report(names: tuple[str, ...], n: int, found: list[tuple[float, int, int, float, float]]) -> tuple[ItemFit, ...]:
    chi_square, df = np.array([row[0] for row in found]), np.array([row[1] for row in found])
    p = np.where(df > 0, special.chdtrc(np.maximum(df, 1), chi_square), np.nan)
    adjusted = adjust_p(p)
    size = np.sqrt(np.maximum(chi_square - df, 0.0) / np.maximum(n * df, 1))
    return tuple(
        ItemFit(
            item=name,
            n=n,
            groups=found[row][2],
            chi_square=float(chi_square[row]),
            df=int(df[row]),
            p=float(p[row]),
            p_adjusted=float(adjusted[row]),
            rmsea=float(size[row]),
            residual=found[row][3],
            residual_error=found[row][4],
        )
        for row, name in enumerate(names)
    )
