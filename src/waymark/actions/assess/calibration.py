"""Calibrating items from a table of responses."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from waymark.assess.calibration.calibrations import Calibration
from waymark.assess.calibration.multidimensional import calibrate as estimate
from waymark.engines.answers import Answers, Columns, read_answers
from waymark.engines.frames import Table
from waymark.engines.item_tables import ItemTable, lay_out_items, read_items, read_skills
from waymark.engines.writing import check_target, list_rows, write_table
from waymark.errors import BadInput

Track = Callable[[int, float], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """How to calibrate; `calibrate` of the engine tells each. `skills` is a table with columns item and skill."""

    model: str = "2pl"
    estimator: str = "ml"
    skills: Table | None = None
    fixed: Table | None = None
    reference: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrated:
    """A calibration, its items as a table, and remarks on what was read."""

    calibration: Calibration
    table: ItemTable
    notes: tuple[str, ...]


def calibrate(
    responses: Table,
    choices: Choices,
    *,
    columns: Columns | None = None,
    out: Path | None = None,
    track: Track | None = None,
) -> Calibrated:
    """Calibrate the items of a table of responses and write them to `out`, by groups where `columns` names some.

    Raise MissingInput, TooLarge or BadInput for what cannot be calibrated, Invalid where `out` cannot be written.
    """
    if out is not None:
        check_target(out)
    answers = read_answers(responses, columns=columns)
    found = estimate(
        answers.responses,
        model=choices.model,
        estimator=choices.estimator,
        skills=None if choices.skills is None else read_skills(choices.skills),
        groups=_demand_groups(answers),
        reference=choices.reference,
        fixed=None if choices.fixed is None else read_items(choices.fixed).items,
        track=track,
    )
    table = ItemTable(items=found.items, correlation=found.correlation, errors=_list_errors(found))
    if out is not None:
        write_table(out, lay_out_items(table))
    return Calibrated(calibration=found, table=table, notes=answers.notes)


def _demand_groups(answers: Answers) -> list[str] | None:
    if answers.groups is None:
        return None
    lost = [row for row, label in enumerate(answers.groups) if label is None]
    if lost:
        raise BadInput(
            f"row {lost[0] + 1} has no group, nor have {len(lost) - 1:,} others",
            hint="give everybody a group, or leave the people out",
        )
    return [str(label) for label in answers.groups]


def _list_errors(found: Calibration) -> dict[str, Any]:
    errors = {"se_a": found.se_a, "se_b": found.se_b, "se_c": found.se_c, "se_d": found.se_d}
    known = {name: values for name, values in errors.items() if name in {"se_a", "se_b"} or np.isfinite(values).any()}
    return known | ({"se_steps": found.se_steps} if found.items.steps.shape[1] else {})


def describe_calibration(done: Calibrated, *, out: Path | None = None, rows: bool = False) -> dict[str, Any]:
    """Return what a calibration came to as plain values; with `rows`, the items too."""
    found, items = done.calibration, done.table.items
    counts = np.bincount(items.skill, minlength=len(items.skills))
    estimated = np.isfinite(items.a) & np.isfinite(items.b)
    return {
        **({"out": str(out)} if out is not None else {}),
        "model": found.model,
        "estimator": found.estimator,
        "people": found.people,
        "answers": found.answers,
        "items": len(items),
        "estimated": int(estimated.sum()),
        "skills": {name: int(count) for name, count in zip(items.skills, counts, strict=True)},
        "log_likelihood": found.log_likelihood,
        "parameters": found.parameters,
        "fit": {"log_likelihood": found.log_likelihood, "aic": found.aic, "bic": found.bic},
        "converged": found.converged,
        "iterations": found.iterations,
        "nodes": found.nodes,
        "grid": found.grid,
        "errors": found.errors,
        "groups": [asdict(group) for group in found.groups],
        "correlation": _name_matrix(items.skills, found.correlation),
        "variance": found.variance,
        "notes": [{"kind": "reading", "item": "", "message": one} for one in done.notes]
        + [asdict(note) for note in found.notes],
        **({"rows": list_rows(lay_out_items(done.table))} if rows else {}),
    }


def _name_matrix(names: tuple[str, ...], matrix: np.ndarray[Any, Any]) -> Mapping[str, Mapping[str, float]]:
    return {
        one: {other: float(value) for other, value in zip(names, row, strict=True)}
        for one, row in zip(names, matrix, strict=True)
    }
