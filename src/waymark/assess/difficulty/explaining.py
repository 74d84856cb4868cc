"""Explaining: item parameters from item features, and the prior of an item that nobody has answered.

b_j = x_j'beta + u_template(j) + e_j, known through an estimate with its standard error: the linear logistic test model
with random residuals (De Boeck 2008; Janssen, Schepers & Peres 2004), the responses summed up by their estimates as in
meta-regression (Berkey et al. 1995). The same holds for log a, or for any parameter whose error is about normal.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from waymark.assess.difficulty.mixed_models import (
    FEATURES,
    GROUPS,
    VALUES,
    Z95,
    Cells,
    Fit,
    Solution,
    find_best,
    fit,
    shrink,
    soften_spread,
)
from waymark.assess.difficulty.variance_shares import Estimate, cross_validate, measure_shares
from waymark.assess.items import Floats, Ints, Items
from waymark.errors import BadInput

LEAST_TEMPLATES: Final = 3
_FEW: Final = 20
_LEAST_DF: Final = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The G templates with estimates: the mean of each u (`effect`), and its variance given beta (`gain`).

    `load` (G, F + 1) as in `mixed_models.Solution`; `effect_slope` and `gain_slope` (G, 2) are the derivatives of
    effect and gain by the variances of u and e, which a prediction needs.
    """

    templates: tuple[str, ...]
    effect: Floats
    gain: Floats
    load: Floats
    effect_slope: Floats
    gain_slope: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What features tell of one parameter, learned from `items` estimates.

    `beta` (F + 1,) is the intercept and the effect of one standard deviation of each feature, with posterior
    `covariance`; a feature is standardised by `centre` and `scale` (F,). `feature_sd` is the standard deviation of
    such effects (the ridge penalty is its inverse square), `template_sd` and `residual_sd` are those of u and e;
    `variances` (3,), with `variances_covariance`, are their squares as predictions use them: that of the effects is its
    posterior mean, which is never zero. `marginal_r2` is the share of the variance among
    items that the features explain, `conditional_r2` that of features and template together (Nakagawa & Schielzeth
    2013), both as fitted; `cross_validated_r2` is the share explained in templates that were left out, and the honest
    figure of what the features are worth. All three speak of the parameter itself, without its sampling error.
    `posterior_mean` and `posterior_sd` (J,) join each item's own estimate with what features and template say, NaN for
    the `left_out` items, whose estimate or error is unknown. A variance that cannot be told is NaN (see `notes`).
    """

    features: tuple[str, ...]
    centre: Floats
    scale: Floats
    beta: Floats
    covariance: Floats
    feature_sd: Estimate
    template_sd: Estimate
    residual_sd: Estimate
    variances: Floats
    variances_covariance: Floats
    marginal_r2: Estimate
    conditional_r2: Estimate
    cross_validated_r2: Estimate
    seen: Seen
    posterior_mean: Floats
    posterior_sd: Floats
    items: int
    left_out: int
    converged: bool
    log_likelihood: float
    notes: tuple[str, ...]

    @property
    def sd(self) -> Floats:
        """Posterior standard deviation of `beta` (F + 1,)."""
        return np.sqrt(np.diag(self.covariance))

    @property
    def coefficients(self) -> Floats:
        """Effect of one unit of each feature as it was given (F,)."""
        return self.beta[1:] / self.scale

    @property
    def coefficients_sd(self) -> Floats:
        """Posterior standard deviation of `coefficients` (F,)."""
        return self.sd[1:] / self.scale


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """Mean and sd (M,) of a parameter of M items, and whether each is a variant of a template that was seen (M,).

    `sd` covers residuals, coefficients and that the variances are estimates: mean -+ 1.96 sd holds 95%.
    """

    mean: Floats
    sd: Floats
    known: NDArray[np.bool_]


def explain(
    values: Floats, errors: Floats, *, features: Floats, names: Sequence[str], templates: Sequence[str] | None = None
) -> Explanation:
    """Fit the model to estimates (J,) with standard errors (J,), features (J, F) and the template of each item.

    An item whose estimate or error is NaN or infinite is left out. Without templates every item is its own.
    Raise BadInput for lengths that differ, a feature that is no finite number, a negative error, fewer than
    three templates with estimates, or estimates that are all the same.
    """
    table = _arrange(values, errors, features, names=names, templates=templates)
    cells = table.cells
    free = _find_free(cells)
    done = fit(cells, free=free)
    best = soften_spread(cells, done.solution) if FEATURES in free else done.solution
    marginal, conditional = measure_shares(cells, done)
    feature_sd, template_sd, residual_sd = (
        Estimate(value=float(root), low=float(low), high=float(high))
        for root, (low, high) in zip(np.sqrt(done.variances), np.sqrt(done.intervals), strict=True)
    )
    posterior = np.full((2, table.items), np.nan)
    posterior[:, table.rows] = shrink(cells, best)
    return Explanation(
        features=tuple(names),
        centre=table.centre,
        scale=table.scale,
        beta=best.beta,
        covariance=best.covariance,
        feature_sd=feature_sd,
        template_sd=template_sd,
        residual_sd=residual_sd,
        variances=best.variances,
        variances_covariance=done.covariance,
        marginal_r2=marginal,
        conditional_r2=conditional,
        cross_validated_r2=cross_validate(cells, best.variances),
        seen=_look_back(cells, best, templates=table.templates),
        posterior_mean=posterior[0],
        posterior_sd=posterior[1],
        items=len(table.rows),
        left_out=table.items - len(table.rows),
        converged=done.converged,
        log_likelihood=best.log_likelihood,
        notes=_note(table, done, free=free, names=names),
    )


def shrink_values(
    values: Floats, errors: Floats, *, features: Floats, names: Sequence[str], templates: Sequence[str] | None = None
) -> Floats:
    """Return `posterior_mean` of `explain` (J,) and nothing else, which takes a tenth of the time."""
    table = _arrange(values, errors, features, names=names, templates=templates)
    free = _find_free(table.cells)
    best = find_best(table.cells, free=free)[0]
    best = soften_spread(table.cells, best) if FEATURES in free else best
    found = np.full(table.items, np.nan)
    found[table.rows] = shrink(table.cells, best)[0]
    return found


def _find_free(cells: Cells) -> tuple[int, ...]:
    """Return the variances that the estimates can tell of."""
    told = {
        FEATURES: bool(cells.design[:, 1:].any()),
        GROUPS: len(cells.start) < len(cells.y),
        VALUES: True,
    }
    return tuple(kind for kind, holds in told.items() if holds)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """The items with estimates as cells, the `rows` they had among all `items`, and how features were standardised."""

    cells: Cells
    rows: Ints
    items: int
    templates: tuple[str, ...]
    centre: Floats
    scale: Floats


def _arrange(
    values: Floats, errors: Floats, features: Floats, *, names: Sequence[str], templates: Sequence[str] | None
) -> _Table:
    value, error = np.asarray(values, dtype=float), np.asarray(errors, dtype=float)
    given = np.asarray(features, dtype=float)
    given = given.reshape(len(value), -1) if given.size == 0 else given
    owners = np.array([str(place) for place in range(len(value))] if templates is None else list(templates), dtype=str)
    _check(value, error, given, names=names, owners=owners)
    rows = np.flatnonzero(np.isfinite(value) & np.isfinite(error))
    found, group = np.unique(owners[rows], return_inverse=True)
    if len(found) < LEAST_TEMPLATES:
        hint = f"explaining needs {LEAST_TEMPLATES} at the least; until then use the priors of the plan"
        raise BadInput(f"estimates of {len(found)} templates", hint=hint)
    if np.ptp(value[rows]) == 0:
        raise BadInput("every estimate is the same", hint="there is nothing to explain; check the estimates")
    order = np.argsort(group, kind="stable")
    rows, group = rows[order], group[order]
    centre, scale = given[rows].mean(axis=0), given[rows].std(axis=0)
    flat = scale <= 1e-12 * (1.0 + np.abs(centre))
    scale = np.where(flat, 1.0, scale)
    standard = np.where(flat, 0.0, (given[rows] - centre) / scale)
    cells = Cells(
        y=value[rows],
        design=np.column_stack([np.ones(len(rows)), standard]),
        noise=error[rows] ** 2,
        group=group.astype(np.int64),
        start=np.flatnonzero(np.diff(group, prepend=-1)),
    )
    return _Table(cells=cells, rows=rows, items=len(value), templates=tuple(found.tolist()), centre=centre, scale=scale)


def _check(value: Floats, error: Floats, given: Floats, *, names: Sequence[str], owners: NDArray[np.str_]) -> None:
    if given.ndim != 2 or not len(value) == len(error) == len(given) == len(owners) or len(names) != given.shape[1]:
        sizes = f"{len(value)} values, {len(error)} errors, {len(owners)} templates"
        shape = f"features of shape {given.shape} with {len(names)} names"
        raise BadInput(f"{sizes}, {shape}", hint="give one of each an item, and a name a feature")
    wrong = np.argwhere(~np.isfinite(given))
    if len(wrong):
        row, column = wrong[0]
        hint = "give every feature of every item a number"
        raise BadInput(f"feature {names[column]!r} of item {row + 1} is {given[row, column]}", hint=hint)
    below = np.flatnonzero(error < 0)
    if len(below):
        hint = "errors are zero or more, or NaN where the estimate is not known"
        raise BadInput(f"the standard error of item {below[0] + 1} is {error[below[0]]}", hint=hint)


def _note(table: _Table, done: Fit, *, free: tuple[int, ...], names: Sequence[str]) -> tuple[str, ...]:
    cells, left_out = table.cells, table.items - len(table.rows)
    flat = [name for name, column in zip(names, cells.design[:, 1:].T, strict=True) if not column.any()]
    said = {
        f"{left_out} items without a known estimate are left out": left_out > 0,
        f"only {len(cells.start)} templates: the variances are uncertain": len(cells.start) < _FEW,
        "no template has two estimates: its residual cannot be told from that of the variant": GROUPS not in free,
        f"features that do not vary: {', '.join(flat)}": bool(flat),
        "the search for the variances did not converge": not done.converged,
    }
    return tuple(text for text, holds in said.items() if holds)


def _look_back(cells: Cells, solution: Solution, *, templates: tuple[str, ...]) -> Seen:
    weight, gain = solution.weight, solution.gain
    shrink = 1.0 / (1.0 + solution.variances[GROUPS] * solution.mass)
    sharper = gain**2 * cells.add(weight**2)
    slower = cells.add(weight**2 * solution.residual)
    return Seen(
        templates=templates,
        effect=gain * solution.pull,
        gain=gain,
        load=solution.load,
        effect_slope=np.stack([shrink**2 * solution.pull, sharper * solution.pull - gain * slower], axis=1),
        gain_slope=np.stack([shrink**2, sharper], axis=1),
    )


def predict_difficulty(
    explanation: Explanation, *, features: Floats, templates: Sequence[str] | None = None
) -> Prediction:
    """Predict difficulty, or whatever was explained, of items with features (M, F): variants of seen or new templates.

    The variance is that of the mixed model (Henderson 1975), plus twice the part that the variances' own uncertainty
    adds to the mean of u (Prasad & Rao 1990), widened so that a normal interval is as long as that of a t with
    Satterthwaite's degrees of freedom (Giesbrecht & Burns 1985). Raise BadInput for features of another shape.
    """
    given = np.atleast_2d(np.asarray(features, dtype=float))
    if given.shape[1] != len(explanation.features) or not np.isfinite(given).all():
        hint = f"one finite number for each of {', '.join(explanation.features) or 'no features'}"
        raise BadInput(f"features of shape {given.shape} for {len(explanation.features)}", hint=hint)
    owners = [""] * len(given) if templates is None else list(templates)
    if len(owners) != len(given):
        raise BadInput(f"{len(owners)} templates for {len(given)} items", hint="name the template of every item")
    seen, between, within = explanation.seen, explanation.variances[GROUPS], explanation.variances[VALUES]
    place = {name: number for number, name in enumerate(seen.templates)}
    row = np.array([place.get(name, -1) for name in owners], dtype=np.int64)
    known = row >= 0
    design = np.column_stack([np.ones(len(given)), (given - explanation.centre) / explanation.scale])
    mean = design @ explanation.beta + np.where(known, seen.effect[row], 0.0)
    gain = np.where(known, seen.gain[row], between)
    design = design - np.where(known, seen.gain[row], 0.0)[:, None] * seen.load[row]
    doubt = explanation.variances_covariance[GROUPS:, GROUPS:]
    swing = np.where(known[:, None], seen.effect_slope[row], 0.0)
    slope = np.where(known[:, None], seen.gain_slope[row], [1.0, 0.0])
    slope[:, 1] += 1.0  # the item's own residual
    variance = (
        np.einsum("mf,fg,mg->m", design, explanation.covariance, design)
        + gain
        + within
        + 2.0 * np.einsum("mk,kl,ml->m", swing, doubt, swing)
    )
    wobble = np.einsum("mk,kl,ml->m", slope, doubt, slope)
    freedom = np.maximum(2.0 * variance**2 / np.maximum(wobble, 1e-12 * variance**2), _LEAST_DF)
    sd = np.sqrt(variance) * stats.t.ppf(0.975, freedom) / Z95
    return Prediction(mean=mean, sd=sd, known=known)


def explain_items(
    items: Items, *, features: Floats, names: Sequence[str], templates: Sequence[str] | None = None
) -> tuple[Explanation, Explanation]:
    """Explain the difficulties b and the log-discriminations log a of items (J,) by features (J, F).

    The errors are those of `items.covariance`. Items that were not estimated are left out, and so are slopes of zero
    or less. Raise BadInput as `explain` does.
    """
    errors = np.sqrt(np.diagonal(items.covariance, axis1=1, axis2=2))
    rising = np.nan_to_num(items.a, nan=-1.0) > 0
    log_a = np.where(rising, np.log(np.where(rising, items.a, 1.0)), np.nan)
    return (
        explain(items.b, errors[:, 1], features=features, names=names, templates=templates),
        explain(log_a, errors[:, 0], features=features, names=names, templates=templates),
    )
