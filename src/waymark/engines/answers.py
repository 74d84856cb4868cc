"""Answers: tables of responses, a row a person and a column an item, as `Responses` with the people's names."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import polars as pl

from waymark.assess.responses import Responses, make_responses
from waymark.engines.frames import UNNAMED, Table, read_frame
from waymark.errors import BadInput, WaymarkError

HIGHEST: Final = 126
UNSEEN: Final = frozenset({"", "na", "n/a", "nan", "null", "none", "."})
"""What a cell may say, in any letter case, for an item that was not seen."""

_NAMES: Final = ("id", "person_id", "person", "respondent", "participant", "candidate", "student", "user", "name")
PEOPLE: Final = (*_NAMES, *(f"{name}_id" for name in _NAMES[3:8]), UNNAMED, "__index_level_0__")
"""Columns that name people, the likeliest first; the last two are what tables get from row numbers."""

_LONGEST: Final = 200  # bytes of a cell; longer ones are neither scores nor names
_WORDS: Final = {"true": 1, "false": 0}
_SCORE_HINT: Final = "scores are whole numbers from 0; leave the cell empty where the item was not seen"
_COLUMN_HINT: Final = "a column that is no item must be named as such (id, group, leave-out)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Which columns are what: `people` names persons (default: found by its name), `group` their groups.

    `left_out` are no items; with `items` nothing else is one.
    """

    people: str | None = None
    group: str | None = None
    left_out: Sequence[str] = ()
    items: Collection[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Responses with the name of every person, their groups if a column of groups was named, and remarks."""

    people: tuple[str, ...]
    responses: Responses
    groups: tuple[str | None, ...] | None
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """A table before its cells are read: who each row is, the columns of items, groups, and remarks to go on with."""

    people: tuple[str, ...]
    cells: pl.DataFrame
    groups: tuple[str | None, ...] | None
    notes: list[str]


class _Fault(NamedTuple):
    row: int
    column: int
    text: str
    cells: int


def read_answers(table: Table, *, columns: Columns | None = None) -> Answers:
    """Read a table of scores 0, 1, ...; empty cells and those of `UNSEEN` are not seen, true and false are 1 and 0.

    Raise MissingInput, TooLarge or BadInput, naming row (without the header) and column of the first fault.
    """
    rows = read_people(table, columns=columns)
    scores = _read_scores(rows.cells, table.name, rows.notes)
    if scores.max() < 0:
        raise BadInput(f"{table.name} holds no answer: every cell is empty", hint="fill in scores from 0")
    return Answers(
        people=rows.people,
        responses=make_responses(np.ascontiguousarray(scores), items=tuple(rows.cells.columns)),
        groups=rows.groups,
        notes=tuple(rows.notes),
    )


def read_people(table: Table, *, columns: Columns | None = None) -> Rows:
    """Read a table with a row a person as far as its cells, which may hold scores, options or times.

    Raise MissingInput, TooLarge or BadInput for a table without such rows or columns.
    """
    wanted, name = columns or Columns(), table.name
    frame = read_frame(table)
    _demand_columns(frame, wanted, name)
    notes: list[str] = []
    people = wanted.people or _find_people(frame, wanted)
    chosen = _choose_items(frame, wanted, people, name, notes)
    frame = _drop_blank_rows(frame, people, notes)
    if not frame.height:
        raise BadInput(f"{name} has no rows", hint="give a row a person below the row of names")
    return Rows(
        people=_name_people(frame, people, notes),
        cells=frame.select(chosen),
        groups=None if wanted.group is None else _read_groups(frame[wanted.group]),
        notes=notes,
    )


def _demand_columns(frame: pl.DataFrame, wanted: Columns, name: str) -> None:
    named = [one for one in (wanted.people, wanted.group, *wanted.left_out) if one is not None]
    for one in named:
        if one not in frame.columns:
            shown = ", ".join(repr(column[:40]) for column in frame.columns[:12])
            raise BadInput(f"{name} has no column {one!r}", hint=f"it has {shown}{' ...' * (frame.width > 12)}")


def _find_people(frame: pl.DataFrame, wanted: Columns) -> str | None:
    """Return the column that names people: by its name, or the first one where nothing in it looks like a score."""
    free = [one for one in frame.columns if one != wanted.group and one not in wanted.left_out]
    free = [one for one in free if wanted.items is None or one not in wanted.items]
    by_name = {one.lower(): one for one in reversed(free)}
    for known in PEOPLE:
        if known in by_name:
            return by_name[known]
    if free and free[0] == frame.columns[0] and _is_text(frame[free[0]]):
        return free[0]
    return None


def _is_text(column: pl.Series) -> bool:
    if column.dtype != pl.String:
        return False
    there = column.drop_nulls().head(1000)
    return len(there) > 0 and not any(_is_score(text) for text in there)


def _is_score(text: str) -> bool:
    plain = text.strip().lower()
    return plain in UNSEEN or plain in _WORDS or _is_number(plain)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _choose_items(frame: pl.DataFrame, wanted: Columns, people: str | None, name: str, notes: list[str]) -> list[str]:
    taken = {people, wanted.group, *wanted.left_out}
    free = [one for one in frame.columns if one not in taken]
    if wanted.items is not None:
        unknown = [one for one in free if one not in wanted.items]
        if unknown:
            notes.append(f"{_count(len(unknown), 'column')} left out, since no such item is known: {_list(unknown)}")
        free = [one for one in free if one in wanted.items]
        if not free:
            raise BadInput(
                f"no column of {name} is a known item",
                hint=f"the items are {_list(list(wanted.items))}; the columns {_list(frame.columns)}",
            )
    else:
        others = [one for one in free if one.lower() in PEOPLE]
        if others:
            notes.append(f"{_count(len(others), 'column')} left out, which would name people too: {_list(others)}")
        free = [one for one in free if one not in others]
    if not free:
        raise BadInput(f"{name} has no columns of items", hint="give a column an item, a row a person")
    return free


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'s' * (number != 1)}"


def _list(names: Sequence[str], most: int = 5) -> str:
    shown = ", ".join(repr(one[:40]) for one in names[:most])
    return shown + (f" and {len(names) - most} more" if len(names) > most else "")


def _drop_blank_rows(frame: pl.DataFrame, people: str | None, notes: list[str]) -> pl.DataFrame:
    """Drop rows without a name or anything else, which spreadsheets leave at the end."""
    if people is None or not frame[people].null_count():
        return frame
    kept = frame.filter(~pl.all_horizontal(pl.all().is_null()))
    if kept.height < frame.height:
        notes.append(f"{_count(frame.height - kept.height, 'empty row')} left out")
    return kept


def _name_people(frame: pl.DataFrame, column: str | None, notes: list[str]) -> tuple[str, ...]:
    numbers = pl.Series(range(1, frame.height + 1), dtype=pl.Int64)
    if column is None:
        return tuple(numbers.cast(pl.String).to_list())
    names = frame[column]
    _check_lengths(names)
    lost = names.null_count()
    if lost:
        notes.append(f"{_count(lost, 'person')} without a name: named by row".replace("persons", "people"))
    given = speak(names)
    told = given.fill_null("row " + numbers.cast(pl.String))
    if told.n_unique() < len(told):
        twice = next(name for name, count in Counter(told.to_list()).items() if count > 1)
        notes.append(f"{_count(len(told) - told.n_unique(), 'name')} not the first of its kind, {twice!r} say")
    return tuple(told.to_list())


def speak(column: pl.Series) -> pl.Series:
    """Return a column as text, whole numbers without a point."""
    if column.dtype.is_float():
        whole = column.is_finite().all() and (column == column.round()).all()
        return column.cast(pl.Int64 if whole else column.dtype).cast(pl.String)
    try:
        return column.cast(pl.String)
    except pl.exceptions.PolarsError as error:
        raise BadInput(f"column {column.name!r} holds {column.dtype}", hint="give text or numbers") from error


def _read_groups(column: pl.Series) -> tuple[str | None, ...]:
    _check_lengths(column)
    told = speak(column).str.strip_chars()
    return tuple(None if label is None or label.lower() in UNSEEN else label for label in told)


def _check_lengths(column: pl.Series) -> None:
    """Refuse cells that are much too long before anything copies them."""
    if column.dtype == pl.String and len(column) and (column.str.len_bytes().max() or 0) > _LONGEST:  # type: ignore[operator]
        row = int((column.str.len_bytes() > _LONGEST).arg_max() or 0)
        raise BadInput(
            f"row {row + 1}, column {column.name!r}: more than {_LONGEST} characters",
            hint=_COLUMN_HINT,
        )


def _read_scores(frame: pl.DataFrame, name: str, notes: list[str]) -> np.ndarray:
    said: Counter[str] = Counter()
    faults: list[_Fault] = []
    columns = []
    for place, column in enumerate(frame):
        read = _read_column(column, place, said, faults)
        columns.append(read.alias(column.name))
    if faults:
        raise _tell(faults, frame.columns, name)
    if said:
        marks = ", ".join(f"{mark!r} ({count:,})" for mark, count in sorted(said.items()))
        notes.append(f"cells taken as not seen for what they say: {marks}")
    return pl.DataFrame(columns).to_numpy()


def _tell(faults: Sequence[_Fault], columns: Sequence[str], name: str) -> WaymarkError:
    first = min(faults)
    others = sum(fault.cells for fault in faults) - 1
    more = f", nor are {others:,} other cells" if others > 1 else ", nor is one other cell" if others else ""
    return BadInput(
        f"{name}: row {first.row + 1}, column {columns[first.column]!r}: {first.text} is no score{more}",
        hint=f"{_SCORE_HINT}; {_COLUMN_HINT}",
    )


def _read_column(column: pl.Series, place: int, said: Counter[str], faults: list[_Fault]) -> pl.Series:
    """Return a column as int8 with -1 for not seen; note what was said for it, and its faults."""
    kind = column.dtype
    if kind == pl.Boolean:
        return column.cast(pl.Int8).fill_null(-1)
    if kind.is_integer():
        wrong = (column < 0) | (column > HIGHEST)
        return _cast(column, wrong, place, faults)
    if kind.is_float() or kind.is_decimal():
        values = column.cast(pl.Float64)
        said["NaN"] += int(values.is_nan().sum())
        said += Counter()
        values = values.fill_nan(None)
        wrong = (values < 0) | (values > HIGHEST) | (values != values.round())
        return _cast(values, wrong, place, faults)
    if kind == pl.Null:
        return pl.Series(column.name, np.full(len(column), -1, dtype=np.int8))
    if isinstance(kind, pl.Categorical | pl.Enum):
        column = column.cast(pl.String)
    if column.dtype != pl.String:
        faults.append(_Fault(0, place, f"a cell of kind {kind}", len(column)))
        return column
    return _read_text(column, place, said, faults)


def _cast(column: pl.Series, wrong: pl.Series, place: int, faults: list[_Fault]) -> pl.Series:
    if wrong.any():
        row = int(wrong.fill_null(value=False).arg_max() or 0)
        faults.append(_Fault(row, place, str(speak(column[row : row + 1])[0]), int(wrong.sum())))
        return column
    return column.cast(pl.Int8).fill_null(-1)


def _read_text(column: pl.Series, place: int, said: Counter[str], faults: list[_Fault]) -> pl.Series:
    """Read text: cells that are plain numbers at once, each kind of other cell on its own."""
    _check_lengths(column)
    plain = column.cast(pl.Int8, strict=False)
    odd = ((plain.is_null() & column.is_not_null()) | (plain < 0) | (plain > HIGHEST)).fill_null(value=False)
    if not odd.any():
        return plain.fill_null(-1)
    counts = dict(column.filter(odd).value_counts(sort=False).iter_rows())
    meaning = {text: _read_cell(text) for text in counts}
    bad = [text for text, score in meaning.items() if score is None]
    if bad:
        wrong = column.is_in(bad).fill_null(value=False)
        row = int(wrong.arg_max() or 0)
        faults.append(_Fault(row, place, repr(column[row][:40]), int(wrong.sum())))
        return column
    for text, score in meaning.items():
        if score == -1 and text.strip():
            said[text.strip()] += counts[text]
    return plain.fill_null(column.replace_strict(meaning, default=None, return_dtype=pl.Int8)).fill_null(-1)


def _read_cell(text: str) -> int | None:
    """Return the score that a cell means, -1 for not seen, None for no score."""
    plain = text.strip().lower()
    if plain in UNSEEN:
        return -1
    if plain in _WORDS:
        return _WORDS[plain]
    if not _is_number(plain):
        return None
    value = float(plain)
    return int(value) if value in range(HIGHEST + 1) else None
