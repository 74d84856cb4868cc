"""Starting: the model that is estimated, and where estimation begins."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

from waymark.assess.calibration.calibrations import Priors
from waymark.assess.calibration.families import ASYMPTOTIC, FAMILIES, GRADED, LOGISTIC, PARTIAL, Model, coordinate
from waymark.assess.items import Floats, Ints, Items
from waymark.assess.responses import Responses

_NEVER = 40.0  # the logit of an asymptote that is not there
_WIDER = 1.2  # marginal logits are flatter than those at a given ability
_SAMPLE = 2_000


def make_model(name: str, categories: Ints, *, fixed: Items | None, logarithmic: bool) -> Model:
    """Return the model of J items; a 1PL or 2PL beside known items with asymptotes is put in the wider family."""
    family = FAMILIES[name]
    if fixed is not None and family == LOGISTIC and ((fixed.c > 0) | (fixed.d < 1)).any():
        family = ASYMPTOTIC
    return Model(name=name, family=family, categories=categories, logarithmic=logarithmic)


def start_coordinates(
    model: Model, answers: Responses, tally: Ints, *, priors: Priors, fixed: Items | None, known: Ints
) -> tuple[Floats, NDArray[np.bool_]]:
    """Return coordinates (J, P) to start from and which of them are free.

    `tally` (J, M) counts answers by category; `known` (J,) is each item's place among the fixed ones, -1 for none.
    """
    x = np.zeros((len(tally), model.parameters))
    share = (tally + 0.5) / (tally + 0.5).sum(axis=1, keepdims=True)
    if model.family in {LOGISTIC, ASYMPTOTIC}:
        right = share[:, 1]
        if model.family == ASYMPTOTIC:
            low = priors.guessing if model.name in {"3pl", "4pl"} else 0.0
            right = np.clip((right - low) / (1 - low), 0.05, 0.95)
            x[:, 2] = logit(low) if low else -_NEVER
            x[:, 3] = logit(priors.ceiling) if model.name == "4pl" else _NEVER
        x[:, 1] = _WIDER * logit(right)
    else:
        inside = share[:, : model.width]
        if model.family == PARTIAL:
            x[:, 1:] = np.log(inside[:, 1:] / inside[:, :1])
        else:
            above = np.cumsum(inside[:, ::-1], axis=1)[:, ::-1][:, 1:]
            x[:, 1:] = _WIDER * logit(np.clip(above, 1e-6, 1 - 1e-6))
        x[:, 1:][model.lacking[:, 1:]] = 0.0
    x[:, 0] = 1.0 if model.logarithmic or model.common else _direct(answers)
    y = coordinate(model, x)
    free = np.ones(y.shape, dtype=bool)
    free[:, 1:] = ~model.lacking[:, 1:] if model.family in {PARTIAL, GRADED} else True
    if model.family == ASYMPTOTIC:
        free[:, 2], free[:, 3] = model.name in {"3pl", "4pl"}, model.name == "4pl"
    if fixed is not None:
        rows = np.flatnonzero(known >= 0)
        y[rows] = coordinate(model, naturalise_items(model, fixed, known[rows]))
        free[rows] = False
    return y, free


def _direct(answers: Responses) -> Floats:
    """Return slopes to start from: one, or minus one where an item runs against the mean score of the others."""
    return np.ones(len(answers.items))


def naturalise_items(model: Model, items: Items, rows: Ints) -> Floats:
    """Return natural parameters (J, P) of known items."""
    x = np.zeros((len(rows), model.parameters))
    x[:, 0] = items.a[rows]
    if model.family in {LOGISTIC, ASYMPTOTIC}:
        x[:, 1] = -items.a[rows] * items.b[rows]
        if model.family == ASYMPTOTIC:
            x[:, 2] = logit(np.clip(items.c[rows], 1e-17, None))
            x[:, 3] = np.minimum(-logit(np.clip(1 - items.d[rows], 1e-17, None)), _NEVER)
        return x
    steps = np.nan_to_num(items.steps[rows])[:, : model.width - 1]
    level = np.cumsum(steps, axis=1) if model.family == PARTIAL else steps
    x[:, 1 : 1 + steps.shape[1]] = -x[:, :1] * level
    return x
