"""Dependence between items beyond ability: correlations of residuals (Q3)."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from waymark.assess.ability.locating import Grid, find_posteriors, make_grid, summarise
from waymark.assess.curves import expected_scores, probabilities
from waymark.assess.items import Floats, Items
from waymark.assess.responses import MISSING, Responses, as_matrix
from waymark.errors import BadInput, TooLarge

USUAL: Final = 0.2  # above the mean of all pairs; Christensen, Makransky & Horton 2017
FEWEST: Final = 50
MOST: Final = 2_000
_BLOCK: Final = 8_192
_Z95: Final = 1.959963984540054


@dataclass(frozen=True, slots=True, kw_only=True)
class PairDependence:
    """Q3 of two items, from `n` people who answered both, with its 95 % interval, and its excess over the mean."""

    first: str
    second: str
    n: int
    q3: float
    low: float
    high: float
    excess: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependence:
    """Q3 of all pairs (J, J), NaN on the diagonal and where too few answered both; `mean` and `maximum` of them.

    `q3_star` = maximum - mean is judged against `critical`: the 95th percentile of Q3* in data simulated under the
    model when chance was given, with its `p`; else 0.2, with p NaN. `flagged` are the pairs whose excess over the
    mean is above `critical`, the largest first.
    """

    q3: Floats
    mean: float
    maximum: float
    q3_star: float
    critical: float
    p: float
    replicates: int
    flagged: tuple[PairDependence, ...]


def find_dependence(
    responses: Responses,
    items: Items,
    *,
    grid: Grid | None = None,
    rng: np.random.Generator | None = None,
    replicates: int = 100,
) -> Dependence:
    """Correlate the residuals x - E(x | EAP) of every two items (Yen 1984), and flag the dependent pairs.

    With `rng`, `replicates` data sets of the same size and gaps are simulated under the model, as Christensen,
    Makransky & Horton (2017) advise; without it, their rule of thumb (0.2 above the mean) judges.
    """
    if len(items) > MOST:
        raise TooLarge(f"residual correlations of {len(items)} items", hint=f"take {MOST} items or fewer at a time")
    grid = grid or make_grid(nodes=41, reach=5.0)
    cells = as_matrix(responses)
    q3, n = _correlate(cells, _find_residuals(responses, items, grid))
    if not np.isfinite(q3).any():
        raise BadInput(f"no two items that {FEWEST} people answered both", hint="collect more answers")
    mean, maximum = float(np.nanmean(q3)), float(np.nanmax(q3))
    stars = np.array([_simulate(cells, items, grid, rng) for _ in range(replicates)]) if rng is not None else None
    critical = USUAL if stars is None else float(np.quantile(stars, 0.95))
    return Dependence(
        q3=q3,
        mean=mean,
        maximum=maximum,
        q3_star=maximum - mean,
        critical=critical,
        p=np.nan if stars is None else float((1 + (stars >= maximum - mean).sum()) / (1 + len(stars))),
        replicates=0 if stars is None else len(stars),
        flagged=_flag(items.ids, q3, n, mean=mean, critical=critical),
    )


def _find_residuals(responses: Responses, items: Items, grid: Grid) -> Floats:
    """Return score less expected score at the EAP, (N, J); zero where an item was not seen or has no parameters."""
    theta = summarise(find_posteriors(responses, items, grid=grid), grid.theta)[0]
    cells = as_matrix(responses)
    residual = np.zeros(cells.shape)
    for first in range(0, len(cells), _BLOCK):
        block = slice(first, first + _BLOCK)
        gap = cells[block] - expected_scores(items, theta[block]).T
        residual[block] = np.where((cells[block] >= 0) & np.isfinite(gap), gap, 0.0)
    return residual


def _correlate(cells: NDArray[np.int8], residual: Floats) -> tuple[Floats, Floats]:
    """Return correlations over the people who answered both items, and how many these are."""
    if (cells >= 0).all():
        n = np.full((cells.shape[1], cells.shape[1]), float(len(cells)))
        total = np.broadcast_to(residual.sum(axis=0)[:, None], n.shape)
        square = np.broadcast_to((residual * residual).sum(axis=0)[:, None], n.shape)
    else:
        seen = (cells >= 0).astype(float)
        n, total, square = seen.T @ seen, residual.T @ seen, (residual * residual).T @ seen
    size = np.maximum(n, 1.0)
    spread = square - total * total / size
    product = residual.T @ residual - total * total.T / size
    variance = spread * spread.T
    known = (n >= FEWEST) & (variance > 1e-12) & ~np.eye(len(n), dtype=bool)
    q3 = np.divide(product, np.sqrt(np.where(known, variance, 1.0)), out=np.full(n.shape, np.nan), where=known)
    return q3, n


def _simulate(cells: NDArray[np.int8], items: Items, grid: Grid, rng: np.random.Generator) -> float:
    """Return Q3* of one data set drawn from the model, with the gaps of the real one."""
    node = rng.choice(len(grid.theta), size=len(cells), p=grid.weight)
    width = (grid.theta[1] - grid.theta[0]) if len(grid.theta) > 1 else 0.0
    theta = grid.theta[node] + width * (rng.random(len(cells)) - 0.5)
    drawn = np.full(cells.shape, MISSING, dtype=np.int8)
    for first in range(0, len(cells), _BLOCK):
        block = slice(first, first + _BLOCK)
        table = np.nan_to_num(probabilities(items, theta[block]))
        luck = rng.random(cells[block].shape)
        for item, (start, end) in enumerate(zip(items.offsets[:-1], items.offsets[1:], strict=True)):
            above = np.cumsum(table[start : end - 1], axis=0) < luck[:, item]
            drawn[block, item] = above.sum(axis=0)
    drawn = np.where(cells >= 0, drawn, MISSING).astype(np.int8)
    replica = Responses(items=items.ids, people=len(cells), matrix=drawn)
    q3 = _correlate(drawn, _find_residuals(replica, items, grid))[0]
    return float(np.nanmax(q3) - np.nanmean(q3))


def _flag(names: tuple[str, ...], q3: Floats, n: Floats, *, mean: float, critical: float) -> tuple[PairDependence, ...]:
    excess = np.nan_to_num(q3 - mean, nan=-np.inf)
    first, second = np.nonzero(np.triu(excess > critical, k=1))
    order = np.argsort(-excess[first, second], kind="stable")
    found = []
    for one, other in zip(first[order], second[order], strict=True):
        z, reach = np.arctanh(q3[one, other]), _Z95 / np.sqrt(n[one, other] - 3)
        found.append(
            PairDependence(
                first=names[one],
                second=names[other],
                n=int(n[one, other]),
                q3=float(q3[one, other]),
                low=float(np.tanh(z - reach)),
                high=float(np.tanh(z + reach)),
                excess=float(excess[one, other]),
            )
        )
    return tuple(found)
