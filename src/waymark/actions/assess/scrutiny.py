"""Scrutiny of items: whether people of one ability, but of different groups, answer them alike."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from waymark.assess.ability.likelihoods import match_items
from waymark.assess.dif.functioning import MEANINGS, DifRules, ItemDif, detect_dif
from waymark.assess.items import Items, take_items
from waymark.assess.responses import Responses, take_columns
from waymark.engines.answers import Columns, read_answers
from waymark.engines.frames import Table
from waymark.engines.item_tables import read_items
from waymark.errors import BadInput


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Items compared over groups, by skill, the number of people in each group, and remarks."""

    found: tuple[tuple[str, ItemDif], ...]
    groups: dict[str, int]
    without: int
    notes: tuple[str, ...]


def find_dif(
    responses: Table,
    columns: Columns,
    *,
    reference: str | None = None,
    items: Table | None = None,
    rules: DifRules | None = None,
) -> Compared:
    """Compare every group that `columns.group` tells with the reference group (default: the largest) on every item.

    With `items`, people are matched on their ability, skill by skill. Raise MissingInput, TooLarge or BadInput for what
    cannot be compared.
    """
    if columns.group is None:
        raise BadInput("no column of groups was named", hint="name the column that tells each person's group")
    table = None if items is None else read_items(items)
    known = None if table is None else frozenset(table.items.ids)
    answers = read_answers(
        responses,
        columns=Columns(people=columns.people, group=columns.group, left_out=columns.left_out, items=known),
    )
    labels = answers.groups or ()
    parts: Sequence[tuple[str, Responses, Items | None]] = [("", answers.responses, None)]
    if table is not None:
        parts = split_skills(answers.responses, table.items)
    found = [
        (skill, one)
        for skill, own, given in parts
        for one in detect_dif(own, labels, reference=reference, items=given, rules=rules)
    ]
    counts = Counter(label for label in labels if label is not None)
    without = len(labels) - counts.total()
    notes = (f"{without:,} without a group are left out",) if without else ()
    return Compared(
        found=tuple(found),
        groups=dict(sorted(counts.items())),
        without=without,
        notes=(*answers.notes, *(() if table is None else table.notes), *notes),
    )


def split_skills(responses: Responses, items: Items) -> list[tuple[str, Responses, Items]]:
    """Return each skill with the columns and items that belong to it."""
    own = match_items(items, responses)
    parts = []
    for number in np.unique(own.skill).tolist():
        rows = np.flatnonzero(own.skill == number)
        parts.append((own.skills[number], take_columns(responses, rows), take_items(own, rows)))
    return parts


def describe_dif(done: Compared) -> dict[str, Any]:
    """Return what was found as plain values, a row an item and group; effects below zero are against the focal one."""
    rows = [({"skill": skill} if skill else {}) | asdict(one) for skill, one in done.found]
    counts = Counter(one.ets_class or "too few" for _, one in done.found)
    first = done.found[0][1]
    return {
        "reference": first.reference,
        "groups": done.groups,
        "without_group": done.without,
        "matching": first.matching,
        "classes": {name: counts[name] for name in ("A", "B", "C", "too few")},
        "meanings": {name or "too few": meaning for name, meaning in MEANINGS.items()},
        "items": rows,
        "notes": list(done.notes),
    }
