"""Tables of features: a row an item, with its template and what is known of it before anybody answers."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from waymark.assess.items import Floats
from waymark.engines.frames import UNNAMED, Table, read_frame
from waymark.engines.item_tables import read_names, read_numbers
from waymark.errors import BadInput

MOST: Final = 200
_OTHERS: Final = ("item", "template", "skill")


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureTable:
    """Values (J, F) of named features of items, and the template of each item where there is a column of them."""

    items: tuple[str, ...]
    features: tuple[str, ...]
    values: Floats
    templates: tuple[str, ...] | None
    skills: tuple[str, ...] | None


def read_features(table: Table) -> FeatureTable:
    """Read a table with a column item, one of numbers for each feature, and one of templates or skills if it has them.

    Raise MissingInput, TooLarge or BadInput, naming row and column of what is wrong.
    """
    frame, name = read_frame(table), table.name
    if "item" not in frame.columns or not frame.height:
        lacking = "column item" if frame.height else "rows"
        raise BadInput(f"{name} has no {lacking}", hint="give a row an item: item, its features, maybe template")
    items = read_names(frame, "item", name)
    if len(set(items)) < len(items):
        twice = next(one for one in items if items.count(one) > 1)
        raise BadInput(f"{name}: item {twice!r} is there twice", hint="give a row an item")
    features = tuple(one for one in frame.columns if one not in {*_OTHERS, UNNAMED})
    if not 0 < len(features) <= MOST:
        raise BadInput(f"{name} has {len(features)} columns of features", hint=f"1 to {MOST} columns of numbers")
    columns = [read_numbers(frame, one, name) for one in features]
    values = np.stack([one for one in columns if one is not None], axis=1)
    wrong = np.argwhere(~np.isfinite(values))
    if len(wrong):
        row, column = wrong[0].tolist()
        place = f"{name}: row {row + 1}, column {features[column]!r}"
        raise BadInput(f"{place}: there is no number", hint="give every feature of every item a number")
    templates = tuple(read_names(frame, "template", name)) if "template" in frame.columns else None
    skills = tuple(read_names(frame, "skill", name)) if "skill" in frame.columns else None
    return FeatureTable(items=tuple(items), features=features, values=values, templates=templates, skills=skills)
