"""Links: the items of one calibration put on the scale of another."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from waymark.assess.calibration.linking import LIMIT, Link, Method, rescale
from waymark.assess.calibration.linking import link as find
from waymark.assess.items import Floats, Items
from waymark.engines.frames import Table
from waymark.engines.item_tables import ItemTable, lay_out_items, read_items
from waymark.engines.writing import check_target, list_rows, write_table
from waymark.errors import BadInput

METHODS: Final[dict[str, Method]] = {
    "stocking_lord": "stocking_lord",
    "haebara": "haebara",
    "mean_sigma": "mean_sigma",
    "mean_mean": "mean_mean",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """Items on another scale, the link of each skill, and remarks."""

    table: ItemTable
    links: dict[str, Link]
    notes: tuple[str, ...]


def link(
    own: Table,
    reference: Table,
    *,
    method: str = "stocking_lord",
    robust: bool = True,
    limit: float = LIMIT,
    out: Path | None = None,
) -> Linked:
    """Put the items of `own` on the scale of `reference` by the items that both name, skill by skill.

    Two tables of one skill each are linked whatever the skills are called. Raise MissingInput, TooLarge or BadInput
    for tables that cannot be linked, Invalid where `out` cannot be written.
    """
    if out is not None:
        check_target(out)
    if method not in METHODS:
        raise BadInput(f"no method {method!r}", hint=f"choose one of {', '.join(METHODS)}")
    given, other = read_items(own), read_items(reference)
    items, links, notes = given.items, {}, [*given.notes, *other.notes]
    for name in _match_skills(given.items, other.items):
        skill = None if len(np.unique(given.items.skill)) == 1 else name
        found = find(given.items, other.items, method=METHODS[method], skill=skill, robust=robust, limit=limit)
        items = rescale(items, slope=found.slope, shift=found.shift, skill=skill)
        links[name] = found
        notes += [f"{name}: {note}" for note in found.notes]
    unlinked = [name for name in given.items.skills if name not in links]
    notes += [f"{name}: not in {reference.name}, so left on its own scale" for name in unlinked]
    done = ItemTable(items=items, correlation=given.correlation, errors=_rescale_errors(given, links))
    if out is not None:
        write_table(out, lay_out_items(done))
    return Linked(table=done, links=links, notes=tuple(notes))


def _match_skills(own: Items, reference: Items) -> list[str]:
    """Return the skills of the first table that the second has too; that of the first where both have only one."""
    mine = [own.skills[number] for number in np.unique(own.skill)]
    theirs = [reference.skills[number] for number in np.unique(reference.skill)]
    if len(mine) == len(theirs) == 1:
        return mine
    both = [name for name in mine if name in theirs]
    if not both:
        raise BadInput("the tables have no skill in common", hint=f"{', '.join(mine)} against {', '.join(theirs)}")
    return both


def _rescale_errors(given: ItemTable, links: dict[str, Link]) -> dict[str, Floats]:
    """Return the standard errors on the new scale, the link itself taken as known."""
    slope = np.ones(len(given.items))
    for name, found in links.items():
        slope[given.items.skill == given.items.skills.index(name)] = found.slope
    change = {"se_a": 1.0 / slope, "se_b": slope, "se_steps": slope[:, None]}
    return {name: values * change.get(name, 1.0) for name, values in given.errors.items()}


def describe_links(done: Linked, *, out: Path | None = None, rows: bool = False) -> dict[str, Any]:
    """Return the links as plain values: ability on the scale of reference = slope * ability + shift."""
    return {
        **({"out": str(out)} if out is not None else {}),
        "items": len(done.table.items),
        "skills": {name: _describe(found) for name, found in done.links.items()},
        "notes": list(done.notes),
        **({"rows": list_rows(lay_out_items(done.table))} if rows else {}),
    }


def _describe(found: Link) -> dict[str, Any]:
    names = ("method", "slope", "shift", "slope_se", "shift_se", "criterion")
    return {name: getattr(found, name) for name in names} | {
        "anchors": list(found.anchors),
        "drifted": list(found.drifted),
        "differences": dict(zip(found.common, found.differences.tolist(), strict=True)),
    }
