"""Accelerating: fixed points of slow iterations, by Anderson's mixing."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from waymark.assess.items import Floats

_WINDOW: Final = 6
_GROWTH: Final = 1.0
_RISE: Final = 1e-10  # of the value, in one step
_PATIENCE: Final = 12  # steps
_TRIES: Final = 8  # extrapolations taken back, after each further one of which there is a rest
_REST: Final = 20  # plain steps
_FARTHEST: Final = 2.0  # an extrapolation by more than this in any coordinate is not believed


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedPoint:
    """Where an iteration came to rest: the point, the steps taken and whether they ended small."""

    point: Floats
    iterations: int
    converged: bool


def find_fixed_point(
    step: Callable[[Floats], tuple[Floats, float | None]],
    start: Floats,
    *,
    tolerance: float = 1e-7,
    iterations: int = 500,
) -> FixedPoint:
    """Iterate x -> step(x), which returns the next point and the value to be raised at x itself, if there is one.

    Anderson 1965 in the form of Walker & Ni 2011, type II, window 6. An extrapolated point is taken back where the
    value falls, or without a value where steps grow, and the iteration goes on plainly from there; for a while where
    that happens again and again, as beside a saddle, to which extrapolating leads back. It also ends when the value has
    not risen for long: then what still moves makes no difference.
    """
    point, plain, best, least, risen, taken, rest = start, start, -np.inf, np.inf, 0, 0, 0
    steps: list[Floats] = []
    bends: list[Floats] = []
    before: tuple[Floats, Floats] | None = None
    for number in range(1, iterations + 1):
        image, value = step(point)
        residual = image - point
        length = float(np.sqrt(np.einsum("i,i->", residual, residual)))
        if point is not plain and _is_worse(value, best, length, least):
            point, before = plain, None
            steps.clear()
            bends.clear()
            taken += 1
            rest = _REST if taken > _TRIES else 0
            continue
        if np.abs(residual).max(initial=0.0) < tolerance:
            return FixedPoint(point=point, iterations=number, converged=True)
        if before is not None:
            steps.append(point - before[0])
            bends.append(residual - before[1])
            del steps[:-_WINDOW], bends[:-_WINDOW]
        before, plain, least = (point, residual), image, length
        if value is None or value > best + _RISE * abs(best):
            risen = number
        elif number > risen + _PATIENCE:
            return FixedPoint(point=image, iterations=number, converged=True)
        best = best if value is None else max(best, value)
        point, rest = (image, rest - 1) if rest else (_extrapolate(image, residual, steps, bends), 0)
    return FixedPoint(point=point, iterations=iterations, converged=False)


def _is_worse(value: float | None, best: float, length: float, least: float) -> bool:
    if value is None:
        return length > _GROWTH * least
    return value < best - 1e-9 * abs(best)


def _extrapolate(image: Floats, residual: Floats, steps: list[Floats], bends: list[Floats]) -> Floats:
    if not steps:
        return image
    bent = np.array(bends)
    gram = np.einsum("ik,jk->ij", bent, bent)
    gram[np.diag_indices_from(gram)] *= 1.0 + 1e-10
    gram[np.diag_indices_from(gram)] += 1e-30
    share = np.linalg.solve(gram, np.einsum("ik,k->i", bent, residual))
    moved = np.einsum("i,ik->k", share, np.array(steps) + bent)
    if not np.isfinite(moved).all() or np.abs(moved).max() > _FARTHEST:
        return image
    found: Floats = image - moved
    return found
