"""Tables of items: parameters in and out, without loss, in columns that other programs read too."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import polars as pl

from waymark.assess.items import BINARY, KINDS, PARTIAL_CREDIT, Floats, Ints, Items, check_items
from waymark.engines.frames import Table, read_frame
from waymark.engines.writing import Column
from waymark.errors import BadInput

COLUMNS: Final = ("item", "skill", "a", "b", "steps", "c", "se_a", "se_b", "d", "kind", "minutes", "testlet")
"""Columns that everybody may rely on, in their order; `steps` (or step1, step2 ...) where an item has some."""

CORRELATION: Final = "correlation_"
_COVARIANCE: Final = {"var_log_a": (0, 0), "cov_log_a_b": (0, 1), "var_b": (1, 1)}
_ERRORS: Final = ("se_a", "se_b", "se_c", "se_d")
_STEP: Final = re.compile(r"step(\d+)")
_EMPTY: Final = frozenset({"", "na", "nan", "null", "none"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemTable:
    """Items with the standard errors of their parameters, by name, and the correlation (K, K) of their skills."""

    items: Items
    correlation: Floats
    errors: Mapping[str, Floats] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def lay_out_items(table: ItemTable) -> dict[str, Column]:
    """Return the columns of a table of items: those of `COLUMNS`, then what makes reading it back lossless.

    `var_log_a`, `cov_log_a_b`, `var_b` are the covariance of (log a, b); `testlet_sd` stands with every item of the
    testlet; `correlation_<skill>` is that of the item's skill with the one named.
    """
    items = table.items
    nothing = np.full(len(items), np.nan)
    several = items.steps.shape[1] > 0
    columns: dict[str, Column] = {
        "item": items.ids,
        "skill": [items.skills[place] for place in items.skill],
        "a": items.a,
        "b": items.b,
    }
    columns |= {"steps": items.steps} if several else {}
    columns |= {"c": items.c, "se_a": table.errors.get("se_a", nothing), "se_b": table.errors.get("se_b", nothing)}
    columns |= {"d": items.d, "kind": items.kind, "minutes": items.minutes, "testlet": _blank(items.testlet)}
    if len(items.testlet_sd):
        own = items.testlet_sd[np.maximum(items.testlet, 0)]
        columns["testlet_sd"] = np.where(items.testlet >= 0, own, np.nan)
    columns |= {name: items.covariance[:, place[0], place[1]] for name, place in _COVARIANCE.items()}
    columns |= {name: table.errors[name] for name in ("se_c", "se_d") if name in table.errors}
    columns |= {"se_steps": table.errors["se_steps"]} if several and "se_steps" in table.errors else {}
    if len(items.skills) > 1:
        columns |= {
            f"{CORRELATION}{name}": table.correlation[items.skill, place] for place, name in enumerate(items.skills)
        }
    return columns


def _blank(testlet: Ints) -> list[int | None]:
    return [int(number) if number >= 0 else None for number in testlet]


def read_items(table: Table) -> ItemTable:
    """Read a table of items; `item` and `b` (or steps) suffice: one skill, a 1, c 0, d 1, known parameters.

    Standard errors `se_a`, `se_b` stand in for a covariance that is not there. Raise MissingInput, TooLarge or
    BadInput, naming row and column of what is wrong.
    """
    frame, name = read_frame(table), table.name
    if "item" not in frame.columns or not frame.height:
        raise BadInput(f"{name} has no {'rows' if 'item' in frame.columns else 'column item'}", hint=_hint(frame))
    steps = _read_steps(frame, name)
    columns = ("a", "b", "c", "d", "minutes", *_ERRORS, *_COVARIANCE)
    numbers = {one: read_numbers(frame, one, name) for one in columns}
    if numbers["b"] is None and not steps.shape[1]:
        raise BadInput(f"{name} has no column b, nor steps", hint=_hint(frame))
    skills, skill = _read_skills(frame, name)
    kind, notes = _read_kinds(frame, steps, name)
    items = _assemble(frame, name, numbers=numbers, steps=steps, skills=skills, skill=skill, kind=kind)
    check_items(items)
    errors = {one: found for one in _ERRORS if (found := numbers[one]) is not None}
    return ItemTable(
        items=items,
        correlation=_read_correlation(frame, skills, skill, name),
        errors=errors | _read_step_errors(frame, steps, name),
        notes=notes,
    )


def _assemble(  # noqa: PLR0913  the parts that were read
    frame: pl.DataFrame,
    name: str,
    *,
    numbers: Mapping[str, Floats | None],
    steps: Floats,
    skills: tuple[str, ...],
    skill: Ints,
    kind: tuple[str, ...],
) -> Items:
    size = frame.height
    testlet, testlet_sd = _read_testlets(frame, name)
    a = _fill(numbers["a"], np.ones(size))
    count = np.isfinite(steps).sum(axis=1)
    middle = np.where(count > 0, np.nansum(steps, axis=1) / np.maximum(count, 1), np.nan)
    return Items(
        ids=tuple(read_names(frame, "item", name)),
        skills=skills,
        skill=skill,
        a=a,
        b=middle if numbers["b"] is None else np.where(np.isnan(numbers["b"]), middle, numbers["b"]),
        c=_fill_gaps(numbers["c"], 0.0, size),
        d=_fill_gaps(numbers["d"], 1.0, size),
        kind=kind,
        steps=steps,
        covariance=_read_covariance(numbers, a),
        testlet=testlet,
        testlet_sd=testlet_sd,
        minutes=_fill_gaps(numbers["minutes"], 1.0, size),
    )


def read_skills(table: Table) -> dict[str, str]:
    """Read a table with columns item and skill; raise MissingInput or BadInput for what is no such table."""
    frame, name = read_frame(table), table.name
    for column in ("item", "skill"):
        if column not in frame.columns:
            shown = ", ".join(frame.columns[:8])
            raise BadInput(f"{name} has no column {column}", hint=f"it needs item and skill; it has {shown}")
    items = read_names(frame, "item", name)
    found = dict(zip(items, read_names(frame, "skill", name), strict=True))
    if len(found) < len(items):
        twice = next(one for one in items if items.count(one) > 1)
        raise BadInput(f"{name}: item {twice!r} is there twice", hint="give every item one skill")
    return found


def _hint(frame: pl.DataFrame) -> str:
    return f"a table of items has item, a, b (or steps) at least; this one has {', '.join(frame.columns[:8])}"


def _fill(values: Floats | None, otherwise: Floats) -> Floats:
    return otherwise if values is None else values


def _fill_gaps(values: Floats | None, otherwise: float, size: int) -> Floats:
    return np.full(size, otherwise) if values is None else np.where(np.isnan(values), otherwise, values)


def read_names(frame: pl.DataFrame, column: str, name: str) -> list[str]:
    """Return a column of names as text without blanks about it; raise BadInput for an empty one."""
    told = frame[column].cast(pl.String).str.strip_chars()
    empty = told.is_null() | (told == "")
    if empty.any():
        raise BadInput(f"{name}: row {(empty.arg_max() or 0) + 1} has no {column}", hint=f"fill the column {column}")
    return list(told.to_list())


def read_numbers(frame: pl.DataFrame, column: str, name: str) -> Floats | None:
    """Return a column as floats, NaN where it is empty, or None where it is not there."""
    if column not in frame.columns:
        return None
    given = frame[column]
    if given.dtype == pl.String:
        given = given.str.strip_chars()
        given = given.set(given.str.to_lowercase().is_in(list(_EMPTY)).fill_null(value=False), None)
    elif not (given.dtype.is_numeric() or given.dtype == pl.Null):
        raise BadInput(f"{name}: column {column!r} holds {given.dtype}", hint="give numbers")
    read = given.cast(pl.Float64, strict=False)
    wrong = read.is_null() & given.is_not_null()
    if wrong.any():
        row = int(wrong.arg_max() or 0)
        raise BadInput(f"{name}: row {row + 1}, column {column!r}: {given[row]!r} is no number", hint="give numbers")
    return read.fill_null(float("nan")).to_numpy().astype(np.float64)


def _read_steps(frame: pl.DataFrame, name: str) -> Floats:
    """Return the steps (J, M) of a column of lists or of numbered columns, NaN beyond an item's own."""
    if "steps" in frame.columns and isinstance(frame["steps"].dtype, pl.List):
        found = _unnest(frame["steps"])
    else:
        numbered = sorted((int(own[1]), one) for one in frame.columns if (own := _STEP.fullmatch(one)))
        if [number for number, _ in numbered] != list(range(1, len(numbered) + 1)):
            raise BadInput(f"{name} has gaps between its columns of steps", hint="name them step1, step2 and so on")
        columns = [_fill(read_numbers(frame, one, name), np.zeros(0)) for _, one in numbered]
        found = np.stack(columns, axis=1) if columns else np.zeros((frame.height, 0))
    there = np.isfinite(found)
    broken = (there != (np.arange(found.shape[1]) < there.sum(axis=1)[:, None])).any(axis=1)
    if broken.any():
        row = int(np.flatnonzero(broken)[0])
        raise BadInput(f"{name}: row {row + 1} has a gap between its steps", hint="fill the steps from the first on")
    return found


def _unnest(column: pl.Series) -> Floats:
    lists = column.to_list()
    width = max((len(one) for one in lists if one), default=0)
    found = np.full((len(lists), width), np.nan)
    for row, own in enumerate(lists):
        found[row, : len(own or ())] = own or ()
    return found


def _read_kinds(frame: pl.DataFrame, steps: Floats, name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    with_steps = [bool(own.any()) for own in np.isfinite(steps)]
    if "kind" not in frame.columns:
        notes = (f"items with steps are read as {PARTIAL_CREDIT}; a column kind would say otherwise",)
        return tuple(PARTIAL_CREDIT if own else BINARY for own in with_steps), notes if any(with_steps) else ()
    kinds = read_names(frame, "kind", name)
    for row, kind in enumerate(kinds):
        if kind not in KINDS:
            raise BadInput(f"{name}: row {row + 1}, column 'kind': no kind {kind!r}", hint=f"one of {', '.join(KINDS)}")
        if kind == BINARY and with_steps[row]:
            raise BadInput(f"{name}: row {row + 1} is binary but has steps", hint="choose gpcm or grm")
    return tuple(kinds), ()


def _read_skills(frame: pl.DataFrame, name: str) -> tuple[tuple[str, ...], Ints]:
    if "skill" not in frame.columns:
        return ("ability",), np.zeros(frame.height, dtype=np.int64)
    told = read_names(frame, "skill", name)
    ordered = [one.removeprefix(CORRELATION) for one in frame.columns if one.startswith(CORRELATION)]
    skills = tuple(dict.fromkeys([*(one for one in ordered if one in set(told)), *told]))
    place = {skill: number for number, skill in enumerate(skills)}
    return skills, np.array([place[one] for one in told], dtype=np.int64)


def _read_testlets(frame: pl.DataFrame, name: str) -> tuple[Ints, Floats]:
    if "testlet" not in frame.columns:
        return np.full(frame.height, -1, dtype=np.int64), np.zeros(0)
    told = frame["testlet"].cast(pl.String).str.strip_chars()
    labels = [None if one is None or one.lower() in _EMPTY else one for one in told]
    kinds = list(dict.fromkeys(one for one in labels if one is not None))
    numbered = all(one.isdecimal() and int(one) < frame.height for one in kinds)
    place = {one: int(one) if numbered else number for number, one in enumerate(kinds)}
    testlet = np.array([-1 if one is None else place[one] for one in labels], dtype=np.int64)
    spread = _fill_gaps(read_numbers(frame, "testlet_sd", name), 0.0, frame.height)
    found = np.zeros(max(place.values(), default=-1) + 1)
    found[testlet[testlet >= 0]] = spread[testlet >= 0]
    return testlet, found


def _read_covariance(numbers: Mapping[str, Floats | None], a: Floats) -> Floats:
    """Return the covariance of (log a, b) as it was written, else from standard errors, else zero."""
    size = len(a)
    found = np.zeros((size, 2, 2))
    if numbers["var_log_a"] is not None:
        for name, (row, column) in _COVARIANCE.items():
            found[:, row, column] = found[:, column, row] = _fill_gaps(numbers[name], 0.0, size)
        return found
    slope = np.where(np.isfinite(a) & (a != 0), np.abs(a), np.inf)
    found[:, 0, 0] = (_fill_gaps(numbers["se_a"], 0.0, size) / slope) ** 2
    found[:, 1, 1] = _fill_gaps(numbers["se_b"], 0.0, size) ** 2
    return found


def _read_step_errors(frame: pl.DataFrame, steps: Floats, name: str) -> dict[str, Floats]:
    if "se_steps" in frame.columns and isinstance(frame["se_steps"].dtype, pl.List):
        found = _unnest(frame["se_steps"])
        wide = np.full(steps.shape, np.nan)
        wide[:, : found.shape[1]] = found[:, : steps.shape[1]]
        return {"se_steps": wide}
    columns = [read_numbers(frame, f"se_step{place + 1}", name) for place in range(steps.shape[1])]
    whole = [one for one in columns if one is not None]
    return {"se_steps": np.stack(whole, axis=1)} if whole and len(whole) == len(columns) else {}


def _read_correlation(frame: pl.DataFrame, skills: tuple[str, ...], skill: Ints, name: str) -> Floats:
    found = np.eye(len(skills))
    for column, other in enumerate(skills):
        values = read_numbers(frame, f"{CORRELATION}{other}", name)
        for row in range(len(skills)):
            if values is not None and row != column:
                found[row, column] = values[np.flatnonzero(skill == row)[0]]
    return found
