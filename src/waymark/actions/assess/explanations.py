"""Explanations: what features tell of the difficulty and slope of items, and the priors of items not yet answered."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from waymark.assess.difficulty.explaining import Explanation, Prediction, explain, predict_difficulty
from waymark.assess.difficulty.lltm import Lltm, fit_lltm
from waymark.assess.items import Floats, Items, make_items
from waymark.engines.answers import Columns, read_answers
from waymark.engines.feature_tables import FeatureTable, read_features
from waymark.engines.frames import Table
from waymark.engines.item_tables import ItemTable, lay_out_items, read_items
from waymark.engines.writing import check_target, list_rows, write_table
from waymark.errors import BadInput, Invalid

_Z95: Final = 1.959963984540054
_LEAST_SD: Final = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """Difficulty (and log slope, where slopes differ) by features, the priors of items without estimates, and remarks.

    `lltm` is the linear logistic test model by the answers themselves, where these were given.
    """

    difficulty: Explanation
    slope: Explanation | None
    new: tuple[str, ...]
    place: Prediction | None
    log_slope: Prediction | None
    priors: ItemTable | None
    lltm: Lltm | None
    notes: tuple[str, ...]


def explain_difficulty(
    items: Table,
    features: Table,
    *,
    responses: Table | None = None,
    columns: Columns | None = None,
    out: Path | None = None,
) -> Explained:
    """Explain the estimates of items by their features; items of the features alone are new, and get priors.

    The priors go to `out` as a table of items, ready for a bank. Raise MissingInput, TooLarge or BadInput for tables
    that cannot be explained, Invalid where `out` cannot be written or there is no new item to write.
    """
    if out is not None:
        check_target(out)
    table, given = read_items(items), read_features(features)
    known, rows = _match(table.items, given)
    notes = [*table.notes, *_tell_rest(table.items, given)]
    errors = np.sqrt(np.diagonal(known.covariance, axis1=1, axis2=2))
    difficulty = _explain(known.b, errors[:, 1], given, rows)
    log_a = np.log(np.where(known.a > 0, known.a, np.nan))
    try:
        slope = _explain(log_a, errors[:, 0], given, rows)
    except Invalid as error:
        slope = None
        notes.append(f"slopes are not explained: {error.message}")
    lost = np.setdiff1d(np.arange(len(given.items)), rows[np.isfinite(known.b)])
    place = _predict(difficulty, given, lost)
    log_slope = None if slope is None else _predict(slope, given, lost)
    priors = None if place is None else _make_priors(given, lost, place, log_slope, float(np.nanmean(log_a)))
    if out is not None:
        if priors is None:
            raise Invalid(f"{features.name} names no new item", hint="add rows of items that nobody has answered")
        write_table(out, lay_out_items(priors))
    return Explained(
        difficulty=difficulty,
        slope=slope,
        new=tuple(given.items[row] for row in lost),
        place=place,
        log_slope=log_slope,
        priors=priors,
        lltm=None if responses is None else _fit_lltm(responses, given, columns),
        notes=tuple(notes),
    )


def _match(items: Items, given: FeatureTable) -> tuple[Items, np.ndarray[Any, np.dtype[np.int64]]]:
    """Return the items that have features, and the rows of these; as binary items, since only a and b are explained."""
    place = {name: number for number, name in enumerate(items.ids)}
    rows = np.array([row for row, name in enumerate(given.items) if name in place], dtype=np.int64)
    if not len(rows):
        raise BadInput("no item of the features is among the items", hint="name items alike in both tables")
    own = np.array([place[given.items[row]] for row in rows])
    known = make_items(
        tuple(given.items[row] for row in rows), a=items.a[own], b=items.b[own], covariance=items.covariance[own]
    )
    return known, rows


def _tell_rest(items: Items, given: FeatureTable) -> list[str]:
    lost = [name for name in items.ids if name not in set(given.items)]
    return [f"{len(lost):,} items without features are left out, {lost[0]!r} say"] if lost else []


def _explain(values: Floats, errors: Floats, given: FeatureTable, rows: Any) -> Explanation:  # noqa: ANN401  row numbers
    templates = None if given.templates is None else [given.templates[row] for row in rows]
    return explain(values, errors, features=given.values[rows], names=given.features, templates=templates)


def _predict(found: Explanation, given: FeatureTable, rows: Any) -> Prediction | None:  # noqa: ANN401  row numbers
    if not len(rows):
        return None
    templates = None if given.templates is None else [given.templates[row] for row in rows]
    return predict_difficulty(found, features=given.values[rows], templates=templates)


def _make_priors(
    given: FeatureTable,
    rows: Any,  # noqa: ANN401  row numbers
    place: Prediction,
    log_slope: Prediction | None,
    usual: float,
) -> ItemTable:
    """Return new items with what features say of them: every item has the usual slope where slopes are all alike."""
    size = len(rows)
    covariance = np.zeros((size, 2, 2))
    covariance[:, 1, 1] = np.maximum(place.sd, _LEAST_SD) ** 2
    if log_slope is not None:
        covariance[:, 0, 0] = np.maximum(log_slope.sd, _LEAST_SD) ** 2
    labels = ["ability"] * size if given.skills is None else [given.skills[row] for row in rows]
    skills = tuple(dict.fromkeys(labels))
    items = make_items(
        tuple(given.items[row] for row in rows),
        a=np.exp(np.full(size, usual) if log_slope is None else log_slope.mean),
        b=place.mean,
        covariance=covariance,
        skills=skills,
        skill=np.array([skills.index(one) for one in labels], dtype=np.int64),
    )
    errors = {"se_a": items.a * np.sqrt(covariance[:, 0, 0]), "se_b": np.sqrt(covariance[:, 1, 1])}
    return ItemTable(items=items, correlation=np.eye(len(skills)), errors=errors)


def _fit_lltm(responses: Table, given: FeatureTable, columns: Columns | None) -> Lltm:
    wanted = columns or Columns()
    known = frozenset(given.items)
    answers = read_answers(responses, columns=Columns(people=wanted.people, left_out=wanted.left_out, items=known))
    rows = [given.items.index(name) for name in answers.responses.items]
    templates = None if given.templates is None else [given.templates[row] for row in rows]
    return fit_lltm(answers.responses, features=given.values[rows], names=given.features, templates=templates)


def describe_explanation(done: Explained, *, out: Path | None = None) -> dict[str, Any]:
    """Return what was explained as plain values; weights are by one unit of a feature, `standard` by one sd of it."""
    return {
        **({"out": str(out)} if out is not None else {}),
        "difficulty": _describe(done.difficulty),
        "log_slope": None if done.slope is None else _describe(done.slope),
        "lltm": None if done.lltm is None else _describe_lltm(done.lltm),
        "new_items": [_describe_new(done, row) for row in range(len(done.new))],
        "priors": [] if done.priors is None else list_rows(lay_out_items(done.priors)),
        "notes": [*done.notes, *done.difficulty.notes],
    }


def _describe(found: Explanation) -> dict[str, Any]:
    shares = ("marginal_r2", "conditional_r2", "cross_validated_r2", "feature_sd", "template_sd", "residual_sd")
    weights = zip(found.features, found.coefficients, found.coefficients_sd, found.beta[1:], found.sd[1:], strict=True)
    return {
        "items": found.items,
        "left_out": found.left_out,
        "intercept": {"value": float(found.beta[0]), "se": float(found.sd[0])},
        "weights": [
            {"feature": name, **_give_interval(value, error), "standard": float(beta), "standard_se": float(sd)}
            for name, value, error, beta, sd in weights
        ],
        **{name: asdict(getattr(found, name)) for name in shares},
        "converged": found.converged,
        "log_likelihood": found.log_likelihood,
    }


def _give_interval(value: float, error: float) -> dict[str, float]:
    reach = _Z95 * float(error)
    return {"value": float(value), "se": float(error), "low": float(value) - reach, "high": float(value) + reach}


def _describe_lltm(found: Lltm) -> dict[str, Any]:
    parts = zip(found.features, found.beta[1:], found.sd[1:], found.residual_sds[1:], found.inflation[1:], strict=True)
    return {
        "people": found.people,
        "answers": found.answers,
        "log_likelihood": found.log_likelihood,
        "free_log_likelihood": found.free_log_likelihood,
        "statistic": found.statistic,
        "df": found.df,
        "p": found.p,
        "residual_sd": asdict(found.residual.residual_sd),
        "weights": [
            {
                "feature": name,
                "standard": float(beta),
                "se": float(sd),
                "se_with_residuals": float(more),
                "inflation": float(ratio),
            }
            for name, beta, sd, more, ratio in parts
        ],
        "converged": found.converged,
        "notes": list(found.notes),
    }


def _describe_new(done: Explained, row: int) -> dict[str, Any]:
    told: dict[str, Any] = {"item": done.new[row]}
    for name, found in (("b", done.place), ("log_a", done.log_slope)):
        if found is not None:
            told[name] = _give_interval(found.mean[row], found.sd[row]) | {"template_seen": bool(found.known[row])}
    return told
