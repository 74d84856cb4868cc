"""Streams: tables of recorded answers, a row an answer in the order in which they came."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from waymark.assess.items import Floats, Ints
from waymark.engines.answers import PEOPLE, UNSEEN, speak
from waymark.engines.durations import UNITS
from waymark.engines.frames import Table, read_frame
from waymark.engines.item_tables import read_names, read_numbers
from waymark.errors import BadInput

SCORES: Final = ("score", "right", "correct", "answer")
CHANCE: Final = "chance"
PERIOD: Final = "period"
_HINT: Final = "a row an answer: a person, item and score (0 or 1), maybe minutes or seconds, chance, period"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """n answers in their order: places among `people`, `items`, `groups` (-1: none) and `periods`.

    `minutes` and `chance` (of being right, as it was stated before the answer) are NaN where they were not recorded.
    """

    people: tuple[str, ...]
    person: Ints
    items: tuple[str, ...]
    item: Ints
    score: Ints
    minutes: Floats
    chance: Floats
    groups: tuple[str, ...]
    group: Ints
    periods: tuple[str, ...]
    period: Ints
    notes: tuple[str, ...]


def read_stream(table: Table, *, people: str | None = None, group: str | None = None) -> Stream:
    """Read a table of answers with scores 0, 1, ...; rows without a score were not answered and are left out.

    Raise MissingInput, TooLarge or BadInput, naming row and column of what is wrong.
    """
    frame, name = read_frame(table), table.name
    person = people or _find(frame, PEOPLE, "person", name)
    for column in (person, "item", *(() if group is None else (group,))):
        if column not in frame.columns:
            raise BadInput(f"{name} has no column {column!r}", hint=f"{_HINT}; it has {', '.join(frame.columns[:12])}")
    score = _need(frame, _find(frame, SCORES, "score", name), name)
    _check_scores(score, name)
    kept = np.flatnonzero(np.isfinite(score))
    if not len(kept):
        raise BadInput(f"{name} holds no answer", hint=_HINT)
    lost = frame.height - len(kept)
    frame = frame[kept.tolist()] if lost else frame
    people_there, who = _number(read_names(frame, person, name))
    items, what = _number(read_names(frame, "item", name))
    groups, label = _number([] if group is None else _read_labels(frame[group]), size=frame.height)
    periods, when = _number(_read_labels(frame[PERIOD]) if PERIOD in frame.columns else [], size=frame.height)
    return Stream(
        people=people_there,
        person=who,
        items=items,
        item=what,
        score=score[kept].astype(np.int64),
        minutes=_read_minutes(frame, name),
        chance=_read_chances(frame, name),
        groups=groups,
        group=label,
        periods=periods,
        period=when,
        notes=(f"{lost:,} rows without a score left out",) if lost else (),
    )


def _find(frame: pl.DataFrame, names: tuple[str, ...], what: str, name: str) -> str:
    by_name = {one.lower(): one for one in reversed(frame.columns)}
    for known in names:
        if known in by_name:
            return by_name[known]
    raise BadInput(f"{name} has no column {what}", hint=f"{_HINT}; it has {', '.join(frame.columns[:12])}")


def _need(frame: pl.DataFrame, column: str, name: str) -> Floats:
    given = frame[column]
    if given.dtype == pl.Boolean or set(speak(given).drop_nulls().str.to_lowercase().unique()) <= {"true", "false"}:
        given = speak(given).str.to_lowercase().replace({"true": "1", "false": "0"})
    found = read_numbers(pl.DataFrame({column: given}), column, name)
    return np.zeros(0) if found is None else found


def _check_scores(score: Floats, name: str) -> None:
    wrong = np.flatnonzero(np.isfinite(score) & ~((score >= 0) & (score <= 126) & (score == np.rint(score))))
    if len(wrong):
        row = int(wrong[0])
        raise BadInput(f"{name}: row {row + 1}: {score[row]:g} is no score", hint="scores are whole numbers from 0")


def _read_labels(column: pl.Series) -> list[str | None]:
    told = speak(column).str.strip_chars()
    return [None if label is None or label.lower() in UNSEEN else label for label in told]


def _number(labels: list[str] | list[str | None], *, size: int | None = None) -> tuple[tuple[str, ...], Ints]:
    """Return the different labels as they first came, and the place of each among them, -1 for none."""
    if size is not None and not labels:
        return (), np.full(size, -1, dtype=np.int64)
    names = tuple(dict.fromkeys(one for one in labels if one is not None))
    place = {one: number for number, one in enumerate(names)}
    return names, np.array([-1 if one is None else place[one] for one in labels], dtype=np.int64)


def _read_minutes(frame: pl.DataFrame, name: str) -> Floats:
    for unit, count in UNITS.items():
        found = read_numbers(frame, unit, name)
        if found is not None:
            wrong = np.flatnonzero(~np.isnan(found) & ~((found > 0) & np.isfinite(found)))
            if len(wrong):
                place = f"{name}: row {int(wrong[0]) + 1}, column {unit!r}"
                raise BadInput(f"{place}: {found[wrong[0]]:g} is no time", hint="times are above zero, or empty")
            return found / count
    return np.full(frame.height, np.nan)


def _read_chances(frame: pl.DataFrame, name: str) -> Floats:
    found = read_numbers(frame, CHANCE, name)
    if found is None:
        return np.full(frame.height, np.nan)
    wrong = np.flatnonzero(~np.isnan(found) & ~((found >= 0) & (found <= 1)))
    if len(wrong):
        place = f"{name}: row {int(wrong[0]) + 1}, column {CHANCE!r}"
        raise BadInput(f"{place}: {found[wrong[0]]:g} is no probability", hint="0 to 1, or empty")
    return found
