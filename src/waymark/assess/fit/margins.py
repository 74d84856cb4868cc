"""Margins of the answers to one item and to two items at a time: fit of a whole model (M2)."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import linalg, optimize, special

from waymark.assess.ability.locating import Grid, make_grid
from waymark.assess.curves import logistic
from waymark.assess.fit.misfit import take_complete
from waymark.assess.items import BINARY, Floats, Ints, Items
from waymark.assess.responses import Responses
from waymark.errors import BadInput, TooLarge

MODELS: Final = ("1pl", "2pl", "3pl", "4pl", "known")
MOST: Final = 120
"""Items above which the covariance of all pairs (J^4 / 4 numbers) is refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFit:
    """Fit of a model to univariate and bivariate margins.

    `m2` on `df` with `p`; `rmsea` (RMSEA2) = sqrt(max(M2 - df, 0) / (n df)) with its 90 % interval; `srmsr`, the root
    mean square of the residual correlations between items. Below 0.05 both are called close (Maydeu-Olivares & Joe
    2014). `worst` are the two items with the largest residual correlation `worst_residual`.
    """

    items: int
    n: int
    parameters: int
    m2: float
    df: int
    p: float
    rmsea: float
    rmsea_low: float
    rmsea_high: float
    srmsr: float
    worst: tuple[str, str]
    worst_residual: float


def fit_model(responses: Responses, items: Items, *, model: str = "2pl", grid: Grid | None = None) -> ModelFit:
    """Return M2 of binary items (Maydeu-Olivares & Joe 2005, 2006).

    With e the residuals of the margins of order one and two, Xi their covariance and Delta their derivatives by the
    parameters: M2 = n e' C e, C = Xi^-1 - Xi^-1 Delta (Delta' Xi^-1 Delta)^-1 Delta' Xi^-1, on as many df as margins
    less parameters. `model` says what was estimated: "1pl" (a common slope), "2pl", "3pl" and "4pl" (asymptotes of
    the items that have them), or "known" (nothing). Only people who answered every item count.
    """
    if model not in MODELS:
        raise BadInput(f"no model {model!r}", hint=f"choose one of {', '.join(MODELS)}")
    cells, known = take_complete(responses, items, need="M2")
    if any(kind != BINARY for kind in known.kind):
        raise BadInput("M2 of items with steps", hint="take the binary items; S-X2 tests items with steps")
    if len(known) > MOST:
        raise TooLarge(f"M2 of {len(known)} items", hint=f"take {MOST} items or fewer at a time")
    grid = grid or make_grid()
    chance, slopes = differentiate(known, grid.theta, model=model)
    pairs = np.array(np.triu_indices(len(known), k=1))
    expected = _margin(chance, pairs) @ grid.weight
    residual = _observe(cells, pairs) - expected
    delta = _find_delta(chance, slopes, pairs, grid, common=model == "1pl")
    if len(expected) - delta.shape[1] < 1:
        raise BadInput(
            f"{len(known)} items have {len(expected)} margins, the model {delta.shape[1]} parameters",
            hint="M2 needs more items",
        )
    statistic = len(cells) * _weigh_residuals(residual, find_covariance(chance, pairs, grid), delta)
    return _report(known, cells, expected, pairs, statistic=statistic, spent=delta.shape[1])


def differentiate(items: Items, theta: Floats, *, model: str) -> tuple[Floats, list[tuple[Ints, Floats]]]:
    """Return P(right) (J, Q), and its derivatives: the items of each kind of parameter, with a table (their number, Q).

    By intercept, slope and asymptotes, as the model estimates them.
    """
    s = logistic(items.a[:, None] * (theta - items.b[:, None]))
    c, d = items.c[:, None], items.d[:, None]
    bend = (d - c) * s * (1.0 - s)
    everything = np.arange(len(items))
    found: list[tuple[Ints, Floats]] = []
    if model != "known":
        found += [(everything, bend), (everything, bend * theta)]
    if model in {"3pl", "4pl"}:
        low = np.flatnonzero(items.c > 0)
        found.append((low, 1.0 - s[low]))
    if model == "4pl":
        high = np.flatnonzero(items.d < 1)
        found.append((high, s[high]))
    return c + (d - c) * s, found


def _margin(chance: Floats, pairs: Ints) -> Floats:
    """Return P(right) of every item, then of every pair, given ability: (M, Q)."""
    return np.concatenate([chance, chance[pairs[0]] * chance[pairs[1]]])


def _observe(cells: Ints, pairs: Ints) -> Floats:
    both = cells.T.astype(float) @ cells
    return np.concatenate([np.diag(both), both[pairs[0], pairs[1]]]) / len(cells)


def _find_delta(chance: Floats, slopes: list[tuple[Ints, Floats]], pairs: Ints, grid: Grid, *, common: bool) -> Floats:
    """Return the derivatives of the margins by the parameters, (M, P); one slope for all items when `common`."""
    size = len(chance)
    columns: list[Floats] = []
    for kind, (rows, table) in enumerate(slopes):
        part = np.zeros((size + pairs.shape[1], len(rows)))
        part[rows, np.arange(len(rows))] = table @ grid.weight
        with_other = (table * grid.weight) @ chance.T  # (rows, J)
        for column, row in enumerate(rows):
            for one, other in (pairs, pairs[::-1]):
                here = np.flatnonzero(one == row)
                part[size + here, column] = with_other[column, other[here]]
        columns.append(part.sum(axis=1, keepdims=True) if common and kind == 1 else part)
    return np.concatenate(columns, axis=1) if columns else np.zeros((size + pairs.shape[1], 0))


def find_covariance(chance: Floats, pairs: Ints, grid: Grid) -> Floats:
    """Return Xi, the covariance of the margins of one person, (M, M).

    Cov = Cov over ability of the conditional means + mean over ability of the conditional covariances. Given ability,
    margins x_i v and x_i w that share item i covary by P_i (1 - P_i) v w, others not at all: only the overlapping
    margins need a correction, item by item.
    """
    size = len(chance)
    margin = _margin(chance, pairs)
    mean = margin @ grid.weight
    xi: Floats = (margin * grid.weight) @ margin.T - np.outer(mean, mean)
    place = np.zeros((size, size), dtype=np.int64)
    place[pairs[0], pairs[1]] = place[pairs[1], pairs[0]] = size + np.arange(pairs.shape[1])
    place[np.arange(size), np.arange(size)] = np.arange(size)
    for item in range(size):
        partner = chance.copy()
        partner[item] = 1.0
        noise = grid.weight * chance[item] * (1.0 - chance[item])
        xi[np.ix_(place[item], place[item])] += (partner * noise) @ partner.T
    xi[np.arange(len(xi)), np.arange(len(xi))] = mean * (1.0 - mean)
    return xi


def _weigh_residuals(residual: Floats, xi: Floats, delta: Floats) -> float:
    """Return e' C e, as the residual sum of squares of the whitened e regressed on the whitened Delta."""
    try:
        factor = linalg.cholesky(xi, lower=True, check_finite=False)
    except linalg.LinAlgError:
        raise BadInput(
            "margins that depend on one another", hint="leave out copies of items and items that all get right or wrong"
        ) from None
    white = linalg.solve_triangular(factor, np.column_stack([residual, delta]), lower=True, check_finite=False)
    basis = linalg.qr(white[:, 1:], mode="economic")[0]
    left = white[:, 0] - basis @ (basis.T @ white[:, 0])
    return float(left @ left)


def _report(items: Items, cells: Ints, expected: Floats, pairs: Ints, *, statistic: float, spent: int) -> ModelFit:
    n, size = len(cells), len(items)
    df = len(expected) - spent
    mean = expected[:size]
    sd = np.sqrt(mean * (1.0 - mean))
    implied = (expected[size:] - mean[pairs[0]] * mean[pairs[1]]) / (sd[pairs[0]] * sd[pairs[1]])
    constant = cells.std(axis=0) == 0
    centred = (cells - cells.mean(axis=0)) / np.where(constant, 1.0, cells.std(axis=0))
    gap = np.where(constant[pairs].any(axis=0), 0.0, (centred.T @ centred / n)[pairs[0], pairs[1]] - implied)
    worst = int(np.argmax(np.abs(gap)))
    low, high = find_rmsea_interval(statistic, df, n)
    return ModelFit(
        items=size,
        n=n,
        parameters=spent,
        m2=statistic,
        df=df,
        p=float(special.chdtrc(df, statistic)),
        rmsea=float(np.sqrt(max(statistic - df, 0.0) / (n * df))),
        rmsea_low=low,
        rmsea_high=high,
        srmsr=float(np.sqrt(np.mean(gap * gap))),
        worst=(items.ids[pairs[0, worst]], items.ids[pairs[1, worst]]),
        worst_residual=float(gap[worst]),
    )


def find_rmsea_interval(statistic: float, df: int, n: int, *, level: float = 0.90) -> tuple[float, float]:
    """Return the interval of RMSEA from the noncentral chi-square that puts the statistic at its quantiles.

    Browne & Cudeck 1993; Maydeu-Olivares & Joe 2014.
    """
    ends = []
    for quantile in (0.5 + level / 2, 0.5 - level / 2):
        if special.chdtr(df, statistic) <= quantile:  # even without misfit the statistic is not that high
            ends.append(0.0)
            continue
        top = max(statistic, 1.0)
        while special.chndtr(statistic, df, top) > quantile:
            top *= 2.0
        shift = optimize.brentq(lambda nc, q=quantile: special.chndtr(statistic, df, nc) - q, 0.0, top)
        ends.append(float(np.sqrt(shift / (n * df))))
    return ends[0], ends[1]
