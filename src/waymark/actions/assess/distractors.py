"""Distractors: who takes which option of an item, and what speaks against one or against the key."""

from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from waymark.assess.fit.options import DEAD, DOUBLE_KEY, FEWEST, WEAK_KEY, WRONG_KEY, ItemOptions, analyse_options
from waymark.assess.fit.rest_scores import RestCorrelations, correlate_rest
from waymark.assess.items import Items, take_items
from waymark.engines.answers import Columns
from waymark.engines.choices import Choices, read_choices, read_key
from waymark.engines.frames import Table
from waymark.engines.item_tables import read_items
from waymark.engines.writing import Column, check_target, write_table
from waymark.errors import BadInput


@dataclass(frozen=True, slots=True, kw_only=True)
class Studied:
    """The options of every item by the nominal model, their correlation with the rest score, and remarks."""

    choices: Choices
    found: tuple[ItemOptions, ...]
    rest: RestCorrelations
    alpha: float
    notes: tuple[str, ...]


def study_options(
    responses: Table,
    key: Table,
    *,
    items: Table | None = None,
    alpha: float = 0.05,
    columns: Columns | None = None,
    out: Path | None = None,
) -> Studied:
    """Study the options that people chose against the key, ability being what the other items show of it.

    With `items`, calibrated from the scored answers, ability comes from their parameters, else from the share right.
    `alpha` is the false discovery rate of the flags. Raise MissingInput, TooLarge or BadInput for tables that cannot
    be studied, Invalid where `out` cannot be written.
    """
    if out is not None:
        check_target(out)
    if not 0 < alpha < 1:
        raise BadInput(f"a false discovery rate of {alpha}", hint="give a number between 0 and 1")
    choices = read_choices(responses, read_key(key), columns=columns)
    known, notes = (None, choices.notes) if items is None else _find_items(choices, items)
    offered = np.array([len(own) for own in choices.options], dtype=np.int64)
    found = analyse_options(choices.chosen, choices.key, items=known, names=choices.items, offered=offered, alpha=alpha)
    rest = correlate_rest(choices.chosen, choices.key, width=int(offered.max()))
    done = Studied(choices=choices, found=found, rest=rest, alpha=alpha, notes=notes)
    if out is not None:
        write_table(out, lay_out_options(done))
    return done


def _find_items(choices: Choices, items: Table) -> tuple[Items, tuple[str, ...]]:
    """Return the items in the order of the columns, as of one skill."""
    table = read_items(items)
    place = {name: number for number, name in enumerate(table.items.ids)}
    lost = [name for name in choices.items if name not in place]
    if lost:
        raise BadInput(f"{items.name} has no item {lost[0]!r}", hint="calibrate it first, or leave its column out")
    return take_items(table.items, np.array([place[name] for name in choices.items])), (*choices.notes, *table.notes)


def lay_out_options(done: Studied) -> dict[str, Column]:
    """Return the columns of a table of options, a row an option; flags are joined by a semicolon."""
    rows = _list_options(done)
    columns: dict[str, Column] = {name: [row[name] for row in rows] for name in rows[0]}
    columns["flags"] = ["; ".join(row["flags"]) for row in rows]
    return columns


def _list_options(done: Studied) -> list[dict[str, Any]]:
    rest = done.rest
    return [
        {
            "item": item.item,
            **asdict(option),
            "option": done.choices.options[place][option.option],
            "rest_correlation": float(rest.value[place, option.option]),
            "rest_low": float(rest.low[place, option.option]),
            "rest_high": float(rest.high[place, option.option]),
            "flags": list(option.flags),
        }
        for place, item in enumerate(done.found)
        for option in item.options
    ]


def describe_options(done: Studied, *, out: Path | None = None) -> dict[str, Any]:
    """Return what was found as plain values, item by item; null where too few took an option to say."""
    rows = _list_options(done)
    counts = Counter(flag for row in rows for flag in row["flags"])
    return {
        **({"out": str(out)} if out is not None else {}),
        "people": len(done.choices.people),
        "ability_from": done.found[0].ability_from,
        "false_discovery_rate": done.alpha,
        "fewest_people": FEWEST,
        "flags": {flag: counts[flag] for flag in (WRONG_KEY, DOUBLE_KEY, WEAK_KEY, DEAD)},
        "items": [
            {
                "item": item.item,
                "key": done.choices.options[place][int(done.choices.key[place])],
                "n": item.n,
                "judged": item.judged,
                "options": [
                    {name: value for name, value in row.items() if name != "item"}
                    for row in rows
                    if row["item"] == item.item
                ],
            }
            for place, item in enumerate(done.found)
        ],
        "notes": list(done.notes),
    }
