"""Assembling: what was estimated, put back in the order and the form in which items were given."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from waymark.assess.calibration.calibrations import STEP_MODELS, Note
from waymark.assess.calibration.families import ASYMPTOTIC, PARTIAL, Model
from waymark.assess.curves import logistic
from waymark.assess.items import BINARY, Floats, Ints, Items, check_items

_STEEP: Final = 10.0
_FAR: Final = 8.0
_NEVER: Final = 30.0  # a logit beyond which an asymptote is not there


def read_parameters(model: Model, x: Floats) -> dict[str, Floats]:
    """Return a, b, c, d (J,) and steps (J, M) as `Items` names them, from natural parameters x (J, P)."""
    size, slope = len(x), x[:, 0]
    safe = np.where(slope == 0, np.nan, slope)
    steps = np.full((size, 0), np.nan)
    low, high, place = np.zeros(size), np.ones(size), -x[:, 1] / safe
    if model.name in STEP_MODELS:
        level = -x[:, 1:] / safe[:, None]
        steps = np.diff(level, axis=1, prepend=0.0) if model.family == PARTIAL else level
        place = np.where(model.lacking[:, 1:], 0.0, steps).sum(axis=1) / (model.categories - 1)
        steps = np.where(model.lacking[:, 1:], np.nan, steps)
    if model.family == ASYMPTOTIC:
        low = np.where(x[:, 2] > -_NEVER, logistic(x[:, 2]), 0.0)
        high = np.where(x[:, 3] < _NEVER, logistic(x[:, 3]), 1.0)
    return {"a": slope, "b": place, "c": low, "d": high, "steps": steps}


def read_errors(model: Model, found: dict[str, Floats], covariance: Floats) -> dict[str, Floats]:
    """Return se_a, se_b, se_c, se_d (J,), se_steps (J, M) and the covariance (J, 2, 2) of (log |a|, b).

    `covariance` (J, P, P) is that of (log |a|, places, logits of asymptotes).
    """
    variance = np.maximum(np.diagonal(covariance, axis1=1, axis2=2), 0.0)
    spread = np.sqrt(variance)
    nothing = np.full(len(spread), np.nan)
    errors = {
        "a": np.abs(found["a"]) * spread[:, 0],
        "c": nothing,
        "d": nothing,
        "steps": np.full((len(spread), 0), np.nan),
    }
    both = covariance[:, :2, :2]
    if model.name in STEP_MODELS:
        share = ~model.lacking[:, 1:] / (model.categories - 1)[:, None]
        both = np.empty((len(spread), 2, 2))
        both[:, 0, 0] = covariance[:, 0, 0]
        both[:, 0, 1] = both[:, 1, 0] = np.einsum("jp,jp->j", covariance[:, 0, 1:], share)
        both[:, 1, 1] = np.einsum("jp,jpr,jr->j", share, covariance[:, 1:, 1:], share)
        errors["steps"] = np.where(model.lacking[:, 1:], np.nan, spread[:, 1:])
    elif model.family == ASYMPTOTIC:
        errors["c"] = found["c"] * (1 - found["c"]) * spread[:, 2]
        errors["d"] = found["d"] * (1 - found["d"]) * spread[:, 3]
    errors["b"] = np.sqrt(np.maximum(both[:, 1, 1], 0.0))
    errors["covariance"] = both
    return errors


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """All items as they were given: which were estimated, `kept`, which are copies, `twin` (J,), which are fixed."""

    ids: tuple[str, ...]
    skill: str
    kept: Ints
    twin: Ints
    fixed: Items | None
    known: Ints


def fill_frame(frame: Frame, values: Floats, *, fixed: Floats | None = None) -> Floats:
    """Return values of the kept items in the places of all: copies as twins, `fixed` ones as they were, else NaN."""
    size = len(frame.ids)
    found = np.full((size, *values.shape[1:]), np.nan)
    found[frame.kept] = values
    copies = np.flatnonzero(frame.twin >= 0)
    found[copies] = found[frame.twin[copies]]
    rows = np.flatnonzero(frame.known >= 0)
    if fixed is None:
        found[rows] = np.nan
    elif found.ndim == 2 and fixed.ndim == 2:  # steps, of which fixed items may have fewer
        width = min(found.shape[1], fixed.shape[1])
        found[rows] = np.nan
        found[rows, :width] = fixed[frame.known[rows], :width]
    else:
        found[rows] = fixed[frame.known[rows]]
    return found


def assemble_items(frame: Frame, model: Model, found: dict[str, Floats], covariance: Floats) -> Items:
    """Return all items; those that were not estimated have NaN, and asymptotes that say nothing."""
    size, fixed = len(frame.ids), frame.fixed
    full = {
        name: fill_frame(frame, found[name], fixed=None if fixed is None else getattr(fixed, name)) for name in found
    }
    spread = fill_frame(frame, covariance, fixed=None if fixed is None else fixed.covariance)
    items = Items(
        ids=frame.ids,
        skills=(frame.skill,),
        skill=np.zeros(size, dtype=np.int64),
        a=full["a"],
        b=full["b"],
        c=np.nan_to_num(full["c"], nan=0.0),
        d=np.nan_to_num(full["d"], nan=1.0),
        kind=(model.name if model.name in STEP_MODELS else BINARY,) * size,
        steps=full["steps"],
        covariance=np.where(np.isnan(full["a"])[:, None, None], 0.0, spread),
        testlet=np.full(size, -1, dtype=np.int64),
        minutes=np.ones(size),
    )
    check_items(items)
    return items


def note_extremes(ids: tuple[str, ...], a: Floats, b: Floats) -> list[Note]:
    """Return remarks on items that run against the scale or whose estimates run off."""
    notes = []
    for name, slope, place in zip(ids, a, b, strict=True):
        if slope < 0:
            notes.append(Note(kind="reversed", item=name, message="runs against the scale: check the key"))
        if abs(slope) >= _STEEP or abs(place) >= _FAR:
            words = f"the estimate runs off (a {slope:.3g}, b {place:.3g}): too little is known of it"
            notes.append(Note(kind="extreme", item=name, message=words))
    return notes
