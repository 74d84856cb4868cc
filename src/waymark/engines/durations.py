"""Durations: tables of the time that answers took, a row a person and a column an item."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from waymark.assess.items import Floats
from waymark.engines.answers import Columns, read_people
from waymark.engines.frames import Table
from waymark.engines.item_tables import read_numbers
from waymark.errors import BadInput

UNITS: Final = {"minutes": 1.0, "seconds": 60.0, "milliseconds": 60_000.0}
"""How many of each make a minute."""

_HINT: Final = "give times above zero; leave the cell empty where there is none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Durations:
    """Minutes (N, J) of named people and items, NaN where there is none, and remarks."""

    people: tuple[str, ...]
    items: tuple[str, ...]
    minutes: Floats
    notes: tuple[str, ...]


def read_durations(table: Table, *, unit: str = "minutes", columns: Columns | None = None) -> Durations:
    """Read a table of times in a unit of `UNITS`; raise BadInput, naming row and column, for what is no time."""
    if unit not in UNITS:
        raise BadInput(f"no unit {unit!r}", hint=f"one of {', '.join(UNITS)}")
    rows, name = read_people(table, columns=columns), table.name
    names = tuple(rows.cells.columns)
    found = [read_numbers(rows.cells, one, name) for one in names]
    minutes = np.stack([one for one in found if one is not None], axis=1) / UNITS[unit]
    wrong = np.argwhere(~np.isnan(minutes) & ~((minutes > 0) & np.isfinite(minutes)))
    if len(wrong):
        row, column = wrong[0].tolist()
        said = f"{minutes[row, column] * UNITS[unit]:g}"
        raise BadInput(f"{name}: row {row + 1}, column {names[column]!r}: {said} is no time", hint=_HINT)
    return Durations(people=rows.people, items=names, minutes=minutes, notes=tuple(rows.notes))
