"""Choices: tables of the options that people chose, a row a person and a column an item, and the key to them."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from waymark.assess.items import Ints
from waymark.engines.answers import UNSEEN, Columns, read_people, speak
from waymark.engines.frames import Table, read_frame
from waymark.engines.item_tables import read_names
from waymark.errors import BadInput

MOST_OPTIONS: Final = 26
_COLUMNS: Final = "a key has the columns item and key, and may have options: all that were offered, A|B|C|D say"


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """The right option of each item, and all that were offered where that is said (else empty), by item."""

    right: dict[str, str]
    offered: dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """Option numbers (N, J) from 0, -1 for none, the number of the right one (J,), and what each is called."""

    people: tuple[str, ...]
    items: tuple[str, ...]
    options: tuple[tuple[str, ...], ...]
    chosen: Ints
    key: Ints
    notes: tuple[str, ...]


def read_key(table: Table) -> Key:
    """Read a table with columns item and key, and options where all that were offered are known.

    Raise MissingInput or BadInput for what is no such table.
    """
    frame, name = read_frame(table), table.name
    for column in ("item", "key"):
        if column not in frame.columns:
            raise BadInput(f"{name} has no column {column}", hint=_COLUMNS)
    items, right = read_names(frame, "item", name), read_names(frame, "key", name)
    if len(set(items)) < len(items):
        twice = next(one for one in items if items.count(one) > 1)
        raise BadInput(f"{name}: item {twice!r} is there twice", hint="give every item one key")
    offered = {}
    if "options" in frame.columns:
        told = speak(frame["options"]).fill_null("").to_list()
        lists = (tuple(one.strip() for one in text.split("|") if one.strip()) for text in told)
        offered = {item: own for item, own in zip(items, lists, strict=True) if own}
    found = dict(zip(items, right, strict=True))
    for item, own in offered.items():
        if found[item] not in own or len(set(own)) < len(own):
            raise BadInput(f"{name}: the key {found[item]!r} of {item!r} is not among {'|'.join(own)}", hint=_COLUMNS)
    return Key(right=found, offered=offered)


def read_choices(table: Table, key: Key, *, columns: Columns | None = None) -> Choices:
    """Read a table of chosen options, named by any text or number; columns without a key are left out and noted.

    Raise MissingInput, TooLarge or BadInput, naming the column of what is wrong.
    """
    wanted = columns or Columns()
    known = frozenset(key.right)
    rows = read_people(
        table, columns=Columns(people=wanted.people, group=wanted.group, left_out=wanted.left_out, items=known)
    )
    options, chosen, right = [], [], []
    for column in rows.cells:
        names, numbers = _read_column(column, key, table.name)
        options.append(names)
        chosen.append(numbers)
        right.append(names.index(key.right[column.name]))
    return Choices(
        people=rows.people,
        items=tuple(rows.cells.columns),
        options=tuple(options),
        chosen=np.stack(chosen, axis=1),
        key=np.array(right, dtype=np.int64),
        notes=tuple(rows.notes),
    )


def _read_column(column: pl.Series, key: Key, name: str) -> tuple[tuple[str, ...], Ints]:
    """Return the options of an item, in the order of the key or the alphabet, and their numbers by person."""
    told = speak(column).str.strip_chars().fill_null("")
    unseen = told.str.to_lowercase().is_in(list(UNSEEN)) & ~told.is_in([key.right[column.name]])
    seen = [one for one in told.filter(~unseen).unique().to_list() if one]
    offered = key.offered.get(column.name, ())
    strange = [one for one in sorted(seen) if offered and one not in offered]
    if strange:
        row = int((told == strange[0]).arg_max() or 0)
        place = f"{name}: row {row + 1}, column {column.name!r}"
        raise BadInput(f"{place}: {strange[0][:40]!r} was not offered", hint=f"options are {'|'.join(offered)}")
    options = offered or tuple(sorted({*seen, key.right[column.name]}, key=_sort))
    if len(options) > MOST_OPTIONS:
        raise BadInput(
            f"{name}: column {column.name!r} has {len(options)} different answers",
            hint=f"at most {MOST_OPTIONS} options an item; free answers are no options",
        )
    place_of = {one: number for number, one in enumerate(options)}
    numbers = [place_of.get(one, -1) for one in told.to_list()]
    return options, np.array(numbers, dtype=np.int64)


def _sort(option: str) -> tuple[int, str]:
    """Order numbers by size, before text."""
    return (int(option), "") if option.isdecimal() else (10**9, option)
