"""The linear logistic test model: difficulties from features by the responses themselves, with and without residuals.

Plain (Fischer 1973): b = X beta exactly. Where items differ beyond their features, and they always do, its fit is
rejected and its standard errors are far too small, as they know only the sampling of people. With residuals (Janssen,
Schepers & Peres 2004; De Boeck 2008): b_j = x_j'beta + u_template + e_j, fitted by marginal likelihood over people and
items, the items' part in the normal approximation of Laplace.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

import numpy as np
from scipy import stats

from waymark.assess.difficulty.explaining import Explanation, explain, shrink_values
from waymark.assess.difficulty.marginal_steps import (
    Fitted,
    Frame,
    climb,
    cross_scores,
    expect,
    make_frame,
    turn,
    weigh_items,
)
from waymark.assess.items import Floats, Items, make_items
from waymark.assess.responses import Responses, as_list, take_columns
from waymark.errors import BadInput

Model: TypeAlias = Literal["1pl", "2pl"]

_ROUNDS: Final = 50
_SETTLED: Final = 1e-3  # logits; a tenth of the standard error of a very well known difficulty


@dataclass(frozen=True, slots=True, kw_only=True)
class Lltm:
    """Both models side by side, on the scale on which ability is N(0, 1).

    `beta` (F + 1,) is the plain model's intercept and the effect of one standard deviation of each feature,
    standardised by `centre` and `scale`; its `sd` comes from the cross products of people's scores (Berndt et al.
    1974, with the factor (n - p - 1) / n of Hartlap et al. 2007) and is right only if there are no residuals.
    `residual` is the model with residuals, its `residual_sd` says by how much items differ beyond features (and
    templates). `residual_sds` (F + 1,) are the standard deviations of its `beta` to report: its own, with those that
    the sampling of people adds. `inflation` (F + 1,) is by how much the plain sd is too small.

    `statistic` is the likelihood-ratio test of the plain model against free difficulties, chi-square with `df`.
    `items` are those of the free model with the covariance of (log a, b), other items taken as known; `slope` is the
    plain model's common slope, or NaN for 2PL, where every item keeps its own.
    """

    features: tuple[str, ...]
    model: Model
    centre: Floats
    scale: Floats
    beta: Floats
    sd: Floats
    slope: float
    residual: Explanation
    residual_sds: Floats
    items: Items
    log_likelihood: float
    free_log_likelihood: float
    statistic: float
    df: int
    p: float
    people: int
    answers: int
    converged: bool
    notes: tuple[str, ...]

    @property
    def inflation(self) -> Floats:
        """Standard deviation with residuals over that without (F + 1,)."""
        return self.residual_sds / self.sd


def fit_lltm(
    responses: Responses,
    *,
    features: Floats,
    names: Sequence[str],
    templates: Sequence[str] | None = None,
    model: Model = "1pl",
    nodes: int = 61,
) -> Lltm:
    """Fit both models to right and wrong answers, features (J, F) and, if given, the template of each item.

    Items that all or none had right, or nobody saw, are left out with a note. Raise BadInput for scores other than 0
    and 1, features that are collinear, or no more items than coefficients.
    """
    answers, given, owners, notes = _sift(responses, np.asarray(features, dtype=float), names, templates)
    design, centre, scale = _design(given, names)
    free = make_frame(answers, common=model == "1pl", design=None, nodes=nodes)
    best = climb(free, *_start(answers))
    tied = replace(free, design=design)
    plain = climb(tied, best.a, design @ np.linalg.lstsq(design, best.b, rcond=None)[0])
    covariance, of_people = _plain_errors(tied, plain)
    residual, settled = _fit_residuals(free, best, features=given, names=names, templates=owners)
    statistic, df = max(2.0 * (best.log_likelihood - plain.log_likelihood), 0.0), len(given) - design.shape[1]
    return Lltm(
        features=tuple(names),
        model=model,
        centre=centre,
        scale=scale,
        beta=np.asarray(np.linalg.lstsq(design, plain.b, rcond=None)[0], dtype=float),
        sd=np.sqrt(np.diag(covariance)),
        slope=float(plain.a[0]) if model == "1pl" else float("nan"),
        residual=residual,
        residual_sds=np.sqrt(np.diag(residual.covariance + of_people)),
        items=_free_items(free, best),
        log_likelihood=plain.log_likelihood,
        free_log_likelihood=best.log_likelihood,
        statistic=statistic,
        df=df,
        p=float(stats.chi2.sf(statistic, df)),
        people=answers.people,
        answers=answers.seen,
        converged=best.converged and plain.converged and settled and residual.converged,
        notes=notes,
    )


def _sift(
    responses: Responses, features: Floats, names: Sequence[str], templates: Sequence[str] | None
) -> tuple[Responses, Floats, list[str], tuple[str, ...]]:
    size = len(responses.items)
    owners = list(responses.items) if templates is None else list(templates)
    if features.shape != (size, len(names)) or len(owners) != size or not np.isfinite(features).all():
        shape = f"features of shape {features.shape} with {len(names)} names and {len(owners)} templates"
        raise BadInput(f"{shape} for {size} items", hint="give a row of finite numbers an item, and a name a feature")
    _, item, score = as_list(responses)
    if score.max() > 1:
        place = responses.items[int(item[score > 1][0])]
        hint = "score answers 0 and 1; items with steps are explained by their calibrated difficulty"
        raise BadInput(f"item {place!r} has scores above 1", hint=hint)
    seen, right = np.bincount(item, minlength=size), np.bincount(item, weights=score, minlength=size)
    kept = np.flatnonzero((right > 0) & (right < seen))
    gone = [responses.items[place] for place in np.flatnonzero((right == 0) | (right == seen))]
    if len(kept) <= len(names) + 2:
        hint = "use fewer features, or more items"
        raise BadInput(f"{len(kept)} items with varying answers for {len(names)} features", hint=hint)
    notes = (f"left out, as all or none had them right or nobody saw them: {', '.join(gone)}",) if gone else ()
    return take_columns(responses, kept), features[kept], [owners[place] for place in kept], notes


def _design(given: Floats, names: Sequence[str]) -> tuple[Floats, Floats, Floats]:
    centre, scale = given.mean(axis=0), given.std(axis=0)
    design = np.column_stack([np.ones(len(given)), (given - centre) / np.where(scale > 0, scale, 1.0)])
    for column in range(1, design.shape[1]):
        if np.linalg.matrix_rank(design[:, : column + 1]) <= column:
            hint = "leave it out: it does not vary, or the features before it make it up"
            raise BadInput(f"feature {names[column - 1]!r} is collinear", hint=hint)
    return design, centre, scale


def _start(responses: Responses) -> tuple[Floats, Floats]:
    _, item, score = as_list(responses)
    size = len(responses.items)
    seen, right = np.bincount(item, minlength=size), np.bincount(item, weights=score, minlength=size)
    return np.ones(size), -1.2 * np.log((right + 0.5) / (seen - right + 0.5))


def _plain_errors(frame: Frame, fitted: Fitted) -> tuple[Floats, Floats]:
    """Return the covariance of the plain model's beta, and the part of it that the sampling of people makes.

    That part is what is left after the covariance for known abilities of the other items: the error of the scale's
    origin and unit, which every item shares and which items with residuals share too.
    """
    design = np.eye(len(fitted.a)) if frame.design is None else frame.design
    counts = expect(frame, fitted.a, fitted.b)
    crossed = cross_scores(frame, fitted.a, fitted.b, counts.posterior)
    people, size, beta = frame.responses.people, len(crossed), design.shape[1]
    if people <= size + 2:
        return np.full((beta, beta), np.nan), np.zeros((beta, beta))
    shrink = (people - size - 1) / people
    covariance = np.linalg.pinv(crossed, hermitian=True)[-beta:, -beta:] * shrink
    _, information = weigh_items(frame, fitted.a, fitted.b)
    level = information[:, 1, 1]
    if not frame.common:
        level = level - information[:, 0, 1] ** 2 / information[:, 0, 0]
    values, vectors = np.linalg.eigh(covariance - np.linalg.inv(design.T @ (level[:, None] * design)))
    of_people: Floats = (vectors * np.maximum(values, 0.0)) @ vectors.T
    return np.asarray(covariance, dtype=float), of_people


def _free_items(frame: Frame, fitted: Fitted) -> Items:
    """Return the items with the covariance of (log a, b); for the 1PL only b has an error of its own."""
    _, information = weigh_items(frame, fitted.a, fitted.b)
    covariance: Floats = np.zeros((len(fitted.a), 2, 2))
    if frame.common:
        covariance[:, 1, 1] = 1.0 / np.maximum(information[:, 1, 1], 1e-6)
    else:
        covariance = np.asarray(np.linalg.inv(information + 1e-9 * np.eye(2)), dtype=float)
        covariance[:, 0, :] /= fitted.a[:, None]
        covariance[:, :, 0] /= fitted.a[:, None]
    return make_items(frame.responses.items, a=fitted.a, b=fitted.b, covariance=covariance)


def _fit_residuals(
    frame: Frame, fitted: Fitted, *, features: Floats, names: Sequence[str], templates: list[str]
) -> tuple[Explanation, bool]:
    """Fit the model with residuals: at each round every item's likelihood becomes a normal one at the last estimate.

    One step of Newton from there gives its centre and its information the error; the mixed model of `explain` then
    gives variances, coefficients and new estimates. Slopes take a step of the EM algorithm.
    """
    a, b, settled = fitted.a, fitted.b, False
    for _ in range(_ROUNDS):
        centre, error = _approximate(frame, a, b)
        new = shrink_values(centre, error, features=features, names=names, templates=templates)
        new = np.where(np.isfinite(new), new, b)
        moved = float(np.abs(new - b).max())
        b = new
        a = turn(frame, a, b, expect(frame, a, b))
        if moved < _SETTLED:
            settled = True
            break
    centre, error = _approximate(frame, a, b)
    return explain(centre, error, features=features, names=names, templates=templates), settled


def _approximate(frame: Frame, a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """Return centre and sd of the normal likelihood of each difficulty, NaN where the likelihood has no top near."""
    score, information = weigh_items(frame, a, b)
    if frame.common:
        step, variance = score[:, 1] / information[:, 1, 1], 1.0 / information[:, 1, 1]
    else:
        inverse = np.asarray(np.linalg.inv(information), dtype=float)
        step, variance = np.einsum("jk,jk->j", inverse[:, 1], score), inverse[:, 1, 1]
    sound = variance > 0
    return np.where(sound, b + step, np.nan), np.sqrt(np.where(sound, variance, np.nan))
