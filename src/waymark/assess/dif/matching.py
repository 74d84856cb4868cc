"""Matching: who is compared with whom when two groups answer the same items."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from waymark.assess.ability.locating import Grid, check_match, log_probabilities, make_grid, summarise, weigh
from waymark.assess.items import Floats, Ints, Items, take_items
from waymark.assess.responses import Responses, as_list, as_matrix, make_incidence
from waymark.errors import BadInput

SCORE, ABILITY, SHARE = "score", "ability", "share"
CRITERIA: Final = {
    SCORE: "number right",
    ABILITY: "ability estimate (EAP)",
    SHARE: "share right of the items seen",
}
_NODES: Final = 41
_LEVELS_PER_SD: Final = 10  # of an estimate; a level this narrow leaves no difference of ability inside it
_BLOCK: Final = 16_384


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """What people are matched on; `likelihood` (N, Q) is that of the anchor items, for the ability criterion alone."""

    kind: str
    responses: Responses
    categories: Ints
    anchor: NDArray[np.bool_]
    right: Ints  # (N,) points on the anchor items
    reach: Ints  # (N,) points that could be had on the anchor items seen
    columns: tuple[Ints, Ints, Ints] | None = None  # sparse responses by item: first place (J + 1,), person, score
    items: Items | None = None
    grid: Grid | None = None
    likelihood: Floats | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """A level of the criterion for each person, shape (N,), -1 where there is none, and each level's value.

    Level 0 starts at `start`, every level is `width` wide.
    """

    level: Ints
    value: Floats
    start: float = 0.0
    width: float = 1.0


def choose_criterion(responses: Responses, items: Items | None) -> str:
    """Return the number right when everybody answered everything, else the ability estimate, else the share right."""
    if responses.complete:
        return SCORE
    return SHARE if items is None else ABILITY


def make_criterion(responses: Responses, *, items: Items | None, kind: str, categories: Ints) -> Criterion:
    """Match on all items; raise BadInput where the kind asks for what was not given."""
    if kind not in CRITERIA:
        raise BadInput(f"no matching criterion {kind!r}", hint=f"choose one of {', '.join(CRITERIA)}")
    if kind == SCORE and not responses.complete:
        raise BadInput("the number right of people who saw different items", hint="match on 'ability' or 'share'")
    if kind == ABILITY and items is None:
        raise BadInput("no item parameters to estimate ability with", hint="give items, or match on 'share'")
    if items is not None:
        check_match(responses, items)
    bare = Criterion(
        kind=kind,
        responses=responses,
        categories=categories,
        anchor=np.zeros(len(categories), dtype=bool),
        right=np.zeros(responses.people, dtype=np.int64),
        reach=np.zeros(responses.people, dtype=np.int64),
        items=items if kind == ABILITY else None,
        grid=make_grid(nodes=_NODES, reach=5.0) if kind == ABILITY else None,
        columns=_sort_by_item(responses),
    )
    return set_anchor(bare, np.ones(len(categories), dtype=bool))


def set_anchor(criterion: Criterion, anchor: NDArray[np.bool_]) -> Criterion:
    """Match on the given items alone."""
    right, reach = _count_points(criterion.responses, anchor, criterion.categories)
    likelihood = None
    if criterion.items is not None and criterion.grid is not None:
        table = log_probabilities(criterion.items, criterion.grid.theta)
        table[~np.repeat(anchor, criterion.categories)] = 0.0
        incidence = make_incidence(criterion.responses, categories=criterion.categories)
        likelihood = incidence.gather(table)
    return replace(criterion, anchor=anchor, right=right, reach=reach, likelihood=likelihood)


def _count_points(responses: Responses, anchor: NDArray[np.bool_], categories: Ints) -> tuple[Ints, Ints]:
    """Return each person's points on the anchor items, and the points that could be had on those that he saw."""
    top = np.where(anchor, categories - 1, 0)
    if responses.matrix is not None:
        points: Ints = np.maximum(responses.matrix, 0) @ anchor.astype(np.int64)
        could: Ints = (responses.matrix >= 0).astype(np.int64) @ top
        return points, could
    person, item, score = as_list(responses)
    right = np.bincount(person, weights=score * anchor[item], minlength=responses.people)
    return right.astype(np.int64), np.bincount(person, weights=top[item], minlength=responses.people).astype(np.int64)


def find_levels(criterion: Criterion) -> Levels:
    """Return each person's level on the anchor items."""
    if criterion.kind == SCORE:
        return Levels(level=criterion.right, value=np.arange(float((criterion.categories - 1).sum()) + 1.0))
    return _cut(_estimate(criterion, criterion.right, criterion.reach, criterion.likelihood), criterion.reach > 0)


def _add_item(criterion: Criterion, levels: Levels, item: int) -> tuple[Ints, Ints, Ints]:
    """Return the people who saw one more item, their level on it and the anchor items, and their scores on it."""
    people, score = _read_column(criterion, item)
    right = criterion.right[people] + score
    reach = criterion.reach[people] + criterion.categories[item] - 1
    likelihood = criterion.likelihood
    if likelihood is not None and criterion.items is not None and criterion.grid is not None:
        table = log_probabilities(take_items(criterion.items, np.array([item])), criterion.grid.theta)
        likelihood = likelihood[people] + table[score]
    value = _estimate(criterion, right, reach, likelihood)
    level = np.clip(np.floor((value - levels.start) / levels.width), 0, len(levels.value) - 1)
    return people, level.astype(np.int64), score


def _estimate(criterion: Criterion, right: Ints, reach: Ints, likelihood: Floats | None) -> Floats:
    if likelihood is not None and criterion.grid is not None:
        return summarise(weigh(likelihood, criterion.grid), criterion.grid.theta)[0]
    share: Floats = right / np.maximum(reach, 1)
    return share


def _read_column(criterion: Criterion, item: int) -> tuple[Ints, Ints]:
    """Return the people who saw the item, and their scores."""
    matrix = criterion.responses.matrix
    if matrix is not None or criterion.columns is None:
        column = as_matrix(criterion.responses)[:, item]
        people = np.flatnonzero(column >= 0)
        return people, column[people].astype(np.int64)
    start, person, score = criterion.columns
    part = slice(start[item], start[item + 1])
    return person[part], score[part]


def _sort_by_item(responses: Responses) -> tuple[Ints, Ints, Ints] | None:
    if responses.matrix is not None:
        return None
    person, item, score = as_list(responses)
    order = np.argsort(item, kind="stable")
    start = np.concatenate(([0], np.cumsum(np.bincount(item, minlength=len(responses.items)))))
    return start, person[order], score[order]


def _cut(value: Floats, there: NDArray[np.bool_]) -> Levels:
    """Cut a continuous criterion into levels of a tenth of its standard deviation, valued at their means."""
    known = value[there]
    sd = float(known.std()) if len(known) else 0.0
    start, width = (float(known.min()), sd / _LEVELS_PER_SD) if sd > 0 else (0.0, 1.0)
    level = np.full(len(value), -1, dtype=np.int64)
    level[there] = np.floor((known - start) / width) if sd > 0 else 0
    count = np.bincount(level[there], minlength=1)
    middle = start + width * (np.arange(len(count)) + 0.5)
    total = np.bincount(level[there], weights=known, minlength=1)
    mean = np.where(count > 0, total / np.maximum(count, 1), middle)
    return Levels(level=level, value=mean, start=start, width=width)


def tabulate_groups(criterion: Criterion, group: Ints) -> tuple[Floats, Floats]:
    """Count answers by group (0, 1), level, item and category: (2, L, J, C), and the value of each level (L,).

    The item under study belongs in the criterion: matched without it, groups of different ability seem to differ on
    every item (Holland & Thayer 1988). So an item that is no anchor is added to its own criterion.
    """
    levels = find_levels(criterion)
    size, width = len(levels.value), int(criterion.categories.max())
    place = np.where(levels.level >= 0, group * size + levels.level, -1)
    table = count_answers(criterion.responses, place, places=2 * size, width=width).reshape(2, size, -1, width)
    outside = np.flatnonzero(~criterion.anchor)
    if criterion.kind == SCORE:
        for one in (0, 1):
            table[one][:, outside] = _shift(table[one][:, outside])
        return table, levels.value
    for item in outside:
        people, level, score = _add_item(criterion, levels, int(item))
        where = ((group[people] * size) + level) * width + score
        table[:, :, item, :] = np.bincount(where, minlength=2 * size * width).reshape(2, size, width)
    return table, levels.value


def count_answers(responses: Responses, place: Ints, *, places: int, width: int) -> Floats:
    """Count answers by place, shape (places, J, width); people with a place below 0 are left out."""
    size = len(responses.items)
    table = np.zeros((places, size, width))
    if responses.matrix is None:
        person, item, score = as_list(responses)
        kept = place[person] >= 0
        where = (place[person[kept]] * size + item[kept]) * width + score[kept]
        return np.bincount(where, minlength=table.size).astype(float).reshape(table.shape)
    rows = np.flatnonzero(place >= 0)
    for first in range(0, len(rows), _BLOCK):
        block = rows[first : first + _BLOCK]
        ones = np.ones(len(block), dtype=np.float32)
        indicator = sparse.csr_array((ones, (place[block], np.arange(len(block)))), shape=(places, len(block)))
        answers = responses.matrix[block]
        for category in range(width):
            table[:, :, category] += indicator @ (answers == category).astype(np.float32)
    return table


def _shift(table: Floats) -> Floats:
    """Move a table (L, J, C) by points on the anchor to points on anchor and item: answer k moves up by k."""
    moved = np.zeros_like(table)
    for points in range(table.shape[2]):
        moved[points:, :, points] = table[: len(table) - points, :, points]
    return moved


def pool_levels(table: Floats, *, width: int) -> Floats:
    """Return the table with every `width` neighbouring levels made one."""
    pooled: Floats = np.add.reduceat(table, np.arange(0, len(table), width), axis=0)
    return pooled
