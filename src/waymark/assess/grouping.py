"""Grouping: which people count as one population, and which of them sets the scale."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from waymark.assess.items import Ints
from waymark.errors import BadInput


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """Names of G groups, the `number` (N,) of each person's, which have a mean and sd to estimate: `moving` (G,)."""

    names: tuple[str, ...]
    number: Ints
    moving: NDArray[np.bool_]


def sort_groups(groups: Sequence[str] | None, *, people: int, reference: str | None, anchored: bool) -> Groups:
    """Give groups numbers by name; `reference`, else the largest, has mean 0 and sd 1 unless known items set the scale.

    Raise BadInput for a list of another length than people, or a reference that is not there.
    """
    if groups is None:
        number = np.zeros(people, dtype=np.int64)
        return Groups(names=("all",), number=number, moving=np.array([anchored]))
    if len(groups) != people:
        raise BadInput(f"{len(groups)} groups for {people} people", hint="give one group a person")
    names, number = np.unique(np.array([str(one) for one in groups]), return_inverse=True)
    found = tuple(str(one) for one in names)
    if reference is not None and reference not in found:
        raise BadInput(f"no group {reference!r}", hint=f"the groups are {', '.join(found)}")
    moving = np.ones(len(found), dtype=bool)
    if not anchored:
        moving[int(np.argmax(np.bincount(number))) if reference is None else found.index(reference)] = False
    return Groups(names=found, number=number.astype(np.int64), moving=moving)
