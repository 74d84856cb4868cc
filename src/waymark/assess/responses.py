"""Responses: who answered what, complete or sparse, and the two products that every estimation needs."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from waymark.assess.items import Floats, Ints
from waymark.errors import BadInput

MISSING: Final = -1
_DENSE = 0.25  # share of cells seen above which a matrix is quicker than a list
_BLOCK = 8_192  # people at a time, so that the working set stays in the cache
_BITS: Final = 24
_HIGHEST: Final = 126  # score
_LISTED: Final = 1 << 18  # answers at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Responses:
    """Scores (0, 1, ...) of N people on J items.

    Either `matrix` (N, J) of int8 with -1 where an item was not seen, or the list by person: the answers of person p
    are `item[start[p]:start[p + 1]]` with `score` beside them.
    """

    items: tuple[str, ...]
    people: int
    matrix: NDArray[np.int8] | None = None
    start: Ints | None = None
    item: NDArray[np.int32] | None = None
    score: NDArray[np.int8] | None = None

    @property
    def seen(self) -> int:
        """Number of answers."""
        return int(np.count_nonzero(self.matrix >= 0)) if self.matrix is not None else len(_there(self.item))

    @property
    def complete(self) -> bool:
        """Whether everybody answered every item."""
        return self.matrix is not None and bool((self.matrix >= 0).all())


def _there(array: NDArray[Any] | None) -> NDArray[Any]:
    if array is None:
        raise BadInput("responses without a matrix need start, item and score", hint="use make_responses")
    return array


def make_responses(matrix: ArrayLike, *, items: tuple[str, ...] | None = None) -> Responses:
    """Read a matrix, a row a person and a column an item; NaN or a negative number means not seen.

    Sparse matrices (less than a quarter seen) are kept as lists. Raise BadInput for scores that are no whole numbers
    of 0 to 126, naming row and column.
    """
    given = np.asarray(matrix)
    if given.ndim != 2 or given.shape[1] == 0 or given.shape[0] == 0:
        raise BadInput(f"responses of shape {given.shape}", hint="give a table, a row a person and a column an item")
    names = items or tuple(f"item{number + 1}" for number in range(given.shape[1]))
    if len(names) != given.shape[1]:
        raise BadInput(f"{len(names)} names for {given.shape[1]} columns", hint="name every item once")
    cells = _whole(given, names)
    if np.count_nonzero(cells >= 0) >= _DENSE * cells.size:
        return Responses(items=names, people=len(cells), matrix=cells)
    person, item = np.nonzero(cells >= 0)
    return make_sparse_responses(person, item, cells[person, item], items=names, people=len(cells))


def _whole(given: NDArray[Any], names: tuple[str, ...]) -> NDArray[np.int8]:
    if given.dtype == np.int8:
        return np.ascontiguousarray(given)
    if given.dtype == bool:
        return given.astype(np.int8)
    if not np.issubdtype(given.dtype, np.number):
        raise BadInput("responses that are not numbers", hint="score the answers first: 0 for wrong, 1 for right")
    cells = np.empty(given.shape, dtype=np.int8)
    for first in range(0, len(given), _BLOCK):
        part = given[first : first + _BLOCK]
        known = np.where(np.isnan(part), MISSING, part) if np.issubdtype(given.dtype, np.floating) else part
        wrong = (known > _HIGHEST) | (known != np.rint(known))
        if wrong.any():
            row, column = np.argwhere(wrong)[0]
            raise BadInput(
                f"row {first + row + 1}, column {names[column]!r}: {part[row, column]} is no score",
                hint="scores are whole numbers from 0; leave the cell empty where the item was not seen",
            )
        cells[first : first + _BLOCK] = np.maximum(known, MISSING)
    return cells


def make_sparse_responses(
    person: ArrayLike, item: ArrayLike, score: ArrayLike, *, items: tuple[str, ...], people: int
) -> Responses:
    """Read a list of answers: person number (0 to N - 1), item number (0 to J - 1), score.

    Raise BadInput for numbers out of range or an item answered twice by one person.
    """
    who, what, got = _read_numbers(person), _read_numbers(item), np.asarray(score)
    if not len(who) == len(what) == len(got) or not len(who):
        raise BadInput("lists of answers of different lengths, or none", hint="one person, item and score an answer")
    if who.min() < 0 or who.max() >= people or what.min() < 0 or what.max() >= len(items):
        raise BadInput("an answer by a person or to an item that is not there", hint="number both from 0")
    if not ((got >= 0) & (got <= _HIGHEST) & (got == np.rint(got))).all():
        raise BadInput("a score that is no whole number of 0 to 126", hint="score the answers first: 0 for wrong")
    who, what, got = who.astype(np.int32, copy=False), what.astype(np.int32, copy=False), got.astype(np.int8)
    if not _rises(who, what):
        order = np.lexsort((what, who))
        who, what, got = who[order], what[order], got[order]
        if not _rises(who, what):
            raise BadInput("a person answered one item twice", hint="keep the first answer to each item")
    start = np.searchsorted(who, np.arange(people + 1, dtype=np.int32)).astype(np.int64)
    return Responses(items=items, people=people, start=start, item=what.copy() if what is item else what, score=got)


def _read_numbers(given: ArrayLike) -> NDArray[Any]:
    found = np.asarray(given)
    return found if np.issubdtype(found.dtype, np.signedinteger) else found.astype(np.int64)


def _rises(who: NDArray[Any], what: NDArray[Any]) -> bool:
    """Return whether answers are ordered by person and item, no item coming twice."""
    same = who[1:] == who[:-1]
    return bool(((who[1:] > who[:-1]) | (same & (what[1:] > what[:-1]))).all())


def as_list(responses: Responses) -> tuple[Ints, Ints, Ints]:
    """Return (person, item, score) of every answer, ordered by person and item, each of shape (answers,)."""
    if responses.matrix is not None:
        person, item = np.nonzero(responses.matrix >= 0)
        return person, item, responses.matrix[person, item].astype(np.int64)
    start, item = _there(responses.start), _there(responses.item)
    person = np.repeat(np.arange(responses.people), np.diff(start))
    return person, item.astype(np.int64), _there(responses.score).astype(np.int64)


def count_answers(responses: Responses, *, width: int) -> Ints:
    """Return how many people gave each item each score of 0 to `width` - 1, shape (J, width)."""
    if responses.matrix is not None:
        return np.stack([np.count_nonzero(responses.matrix == score, axis=0) for score in range(width)], axis=1)
    item, score = _there(responses.item), _there(responses.score)
    size = len(responses.items) * width
    found = np.zeros(size, dtype=np.int64)
    for first in range(0, len(item), _LISTED):
        part = slice(first, first + _LISTED)
        found += np.bincount(item[part].astype(np.int64) * width + score[part], minlength=size)
    return found.reshape(len(responses.items), width)


def find_highest(responses: Responses) -> int:
    """Return the highest score of anybody on any item, -1 where nobody answered."""
    given = responses.matrix if responses.matrix is not None else _there(responses.score)
    return int(given.max(initial=MISSING))


def as_matrix(responses: Responses) -> NDArray[np.int8]:
    """Return scores of shape (N, J), -1 where an item was not seen."""
    if responses.matrix is not None:
        return responses.matrix
    cells = np.full((responses.people, len(responses.items)), MISSING, dtype=np.int8)
    person, item, score = as_list(responses)
    cells[person, item] = score
    return cells


def take_people(responses: Responses, rows: Ints) -> Responses:
    """Return the responses of the people of the given rows, in that order."""
    if responses.matrix is not None:
        return Responses(items=responses.items, people=len(rows), matrix=responses.matrix[rows])
    start = _there(responses.start)
    sizes = np.diff(start)[rows]
    places = np.repeat(start[rows] - np.concatenate(([0], np.cumsum(sizes)[:-1])), sizes) + np.arange(sizes.sum())
    return Responses(
        items=responses.items,
        people=len(rows),
        start=np.concatenate(([0], np.cumsum(sizes))),
        item=_there(responses.item)[places],
        score=_there(responses.score)[places],
    )


def take_columns(responses: Responses, columns: Ints) -> Responses:
    """Return the responses to the items of the given columns, in that order; every person stays."""
    names = tuple(responses.items[column] for column in columns)
    if responses.matrix is not None:
        return Responses(
            items=names, people=responses.people, matrix=np.ascontiguousarray(responses.matrix[:, columns])
        )
    place = np.full(len(responses.items), -1, dtype=np.int64)
    place[columns] = np.arange(len(columns))
    person, item, score = as_list(responses)
    kept = place[item] >= 0
    if not kept.any():
        return Responses(
            items=names, people=responses.people, matrix=np.full((responses.people, len(columns)), -1, np.int8)
        )
    return make_sparse_responses(person[kept], place[item[kept]], score[kept], items=names, people=responses.people)


def round_binary(values: Floats, *, bits: int = _BITS) -> Floats:
    """Round to multiples of 2^-bits: sums of such numbers below 2^(53 - bits) are exact, whatever their order.

    So a sum over people or items has the same bits from BLAS, scipy or a kernel, on one thread or many.
    """
    found: Floats = np.ldexp(values, bits)
    np.rint(found, out=found)
    np.ldexp(found, -bits, out=found)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Incidence:
    """Which category of which item each person answered, as an operator of shape (N, rows).

    Rows are those of `Items.offsets`. Both products round what they are given by `round_binary`, so they are exact.
    """

    people: int
    rows: int
    categories: Ints
    matrix: NDArray[np.int8] | None
    table: Any  # scipy.sparse.csr_array of ones, where there is no matrix

    def gather(self, table: Floats) -> Floats:
        """Return each person's sum of the rows that he answered: (rows, Q) -> (N, Q)."""
        exact = round_binary(table)
        if self.matrix is None:
            found: Floats = self.table @ exact
            return found
        sums = np.zeros((self.people, table.shape[1]))
        for first in range(0, self.people, _BLOCK):
            block = self.matrix[first : first + _BLOCK]
            for category, columns, rows in self._parts():
                sums[first : first + _BLOCK] += (block[:, columns] == category).astype(float) @ exact[rows]
        return sums

    def spread(self, weights: Floats) -> Floats:
        """Return each category's sum of the weights of the people who answered it: (N, Q) -> (rows, Q)."""
        exact = round_binary(weights)
        if self.matrix is None:
            found: Floats = self.table.T @ exact
            return found
        sums = np.zeros((self.rows, weights.shape[1]))
        for first in range(0, self.people, _BLOCK):
            block, part = self.matrix[first : first + _BLOCK], exact[first : first + _BLOCK]
            for category, columns, rows in self._parts():
                sums[rows] += (block[:, columns] == category).astype(float).T @ part
        return sums

    def _parts(self) -> list[tuple[int, Any, Ints]]:
        offsets = np.concatenate(([0], np.cumsum(self.categories)))[:-1]
        parts: list[tuple[int, Any, Ints]] = []
        for category in range(int(self.categories.max())):
            columns = np.flatnonzero(self.categories > category)
            all_of_them = len(columns) == len(self.categories)
            parts.append((category, slice(None) if all_of_them else columns, offsets[columns] + category))
        return parts


def make_incidence(responses: Responses, *, categories: Ints) -> Incidence:
    """Make the operator for items with the given numbers of categories, shape (J,).

    Raise BadInput, naming the item, where a score is beyond its categories.
    """
    rows = int(categories.sum())
    if responses.matrix is not None:
        _check_scores(responses.matrix.max(axis=0), categories, responses.items)
        return Incidence(people=responses.people, rows=rows, categories=categories, matrix=responses.matrix, table=None)
    item, score = _there(responses.item), _there(responses.score)
    highest = np.full(len(categories), MISSING, dtype=np.int8)
    np.maximum.at(highest, item, score)
    _check_scores(highest, categories, responses.items)
    offsets = np.concatenate(([0], np.cumsum(categories)))[:-1].astype(np.int32)
    column = offsets[item]
    column += score
    table = sparse.csr_array((np.ones(len(column)), column, _there(responses.start)), shape=(responses.people, rows))
    return Incidence(people=responses.people, rows=rows, categories=categories, matrix=None, table=table)


def _check_scores(highest: NDArray[Any], categories: Ints, names: tuple[str, ...]) -> None:
    beyond = np.flatnonzero(highest >= categories)
    if len(beyond):
        place = int(beyond[0])
        raise BadInput(
            f"item {names[place]!r} has the score {highest[place]} but {categories[place]} categories",
            hint="score answers 0 to one less than the number of categories, or choose a model with steps",
        )
