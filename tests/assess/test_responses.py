from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import ArrayLike

from waymark.assess.items import Floats
from waymark.assess.responses import (
    Responses,
    as_list,
    as_matrix,
    count_answers,
    find_highest,
    make_incidence,
    make_responses,
    make_sparse_responses,
    round_binary,
    take_columns,
    take_people,
)
from waymark.errors import BadInput

CATEGORIES = np.array([2, 2, 4, 3, 2, 2, 2, 2])
NAN = np.nan


def draw(share: float) -> Floats:
    rng = np.random.default_rng(4)  # noqa: TID251  tests make their own chance
    scores = rng.integers(0, CATEGORIES, (60, 8)).astype(float)
    scores[rng.random(scores.shape) > share] = NAN
    scores[7] = NAN  # one who saw nothing
    return scores


def both(share: float = 0.2) -> tuple[Responses, Responses]:
    """Return the same answers as a matrix and as a list."""
    cells = np.where(np.isnan(draw(share)), -1, draw(share)).astype(np.int8)
    person, item = np.nonzero(cells >= 0)
    names = tuple(f"item{number}" for number in range(8))
    listed = make_sparse_responses(person, item, cells[person, item], items=names, people=60)
    return Responses(items=names, people=60, matrix=cells), listed


def test_a_table_well_filled_stays_a_matrix_and_a_thin_one_becomes_a_list() -> None:
    full, thin = make_responses(draw(0.5)), make_responses(draw(0.1))
    assert full.matrix is not None
    assert thin.matrix is None
    assert full.seen == int((~np.isnan(draw(0.5))).sum())
    assert thin.seen == int((~np.isnan(draw(0.1))).sum())
    assert np.array_equal(as_matrix(thin), np.nan_to_num(draw(0.1), nan=-1))
    assert not full.complete
    assert not thin.complete
    assert make_responses([[0, 1], [1, 1]]).complete


def test_answers_in_any_order_make_the_same_list_and_leave_what_was_given_alone() -> None:
    cells, rng = as_matrix(both()[0]), np.random.default_rng(6)  # noqa: TID251  tests make their own chance
    person, item = np.nonzero(cells >= 0)
    given = [array.astype(np.int32) for array in (person, item, cells[person, item])]
    names = tuple(f"item{number}" for number in range(8))
    ordered = make_sparse_responses(*given, items=names, people=60)
    order = rng.permutation(len(person))
    turned = make_sparse_responses(*(array[order] for array in given), items=names, people=60)
    for one, other in zip(as_list(ordered), as_list(turned), strict=True):
        assert np.array_equal(one, other)
    for array in given:
        array[:] = 0
    assert np.array_equal(as_matrix(ordered), cells)
    assert ordered.item is not None
    assert ordered.item.dtype == np.int32


def test_scores_are_counted_alike_in_both_forms() -> None:
    matrix, listed = both()
    counted = count_answers(matrix, width=5)
    assert np.array_equal(counted, count_answers(listed, width=5))
    assert counted.sum() == matrix.seen
    assert [find_highest(one) for one in (matrix, listed)] == [3, 3]


def test_a_wrong_score_is_named_by_its_row_far_down() -> None:
    cells = np.zeros((20_000, 2))
    cells[17_000, 1] = 0.5
    with pytest.raises(BadInput, match="row 17001, column 'item2'"):
        make_responses(cells)


def test_names_number_the_columns_where_none_are_given() -> None:
    assert make_responses([[0, 1]]).items == ("item1", "item2")
    assert make_responses([[0, 1]], items=("x", "y")).items == ("x", "y")


@pytest.mark.parametrize("cells", [[[True, False]], [[1, 0]], [[1.0, 0.0]], np.array([[1, 0]], dtype=np.int8)])
def test_scores_may_come_as_any_kind_of_number(cells: ArrayLike) -> None:
    assert as_matrix(make_responses(cells)).tolist() == [[1, 0]]


def test_negative_numbers_and_nan_mean_not_seen() -> None:
    assert as_matrix(make_responses([[1.0, NAN, -9.0, -np.inf]])).tolist() == [[1, -1, -1, -1]]


def test_both_forms_hold_the_same_answers() -> None:
    matrix, listed = both()
    assert np.array_equal(as_matrix(listed), as_matrix(matrix))
    for one, other in zip(as_list(matrix), as_list(listed), strict=True):
        assert np.array_equal(one, other)


def test_taking_people_and_columns_is_taking_rows_and_columns_of_the_matrix() -> None:
    rows, columns = np.array([5, 7, 3, 3]), np.array([6, 2])
    cells = as_matrix(both()[0])
    for one in both():
        assert np.array_equal(as_matrix(take_people(one, rows)), cells[rows])
        taken = take_columns(one, columns)
        assert taken.items == ("item6", "item2")
        assert np.array_equal(as_matrix(taken), cells[:, columns])
    lonely = make_sparse_responses([0], [0], [1], items=("x", "y"), people=2)
    assert as_matrix(take_columns(lonely, np.array([1]))).tolist() == [[-1], [-1]]


def test_gathering_and_spreading_sum_what_was_answered() -> None:
    rng = np.random.default_rng(8)  # noqa: TID251  tests make their own chance
    cells = as_matrix(both()[0])
    offsets = np.concatenate(([0], np.cumsum(CATEGORIES)))
    table, weights = rng.normal(size=(offsets[-1], 5)), rng.random((60, 5))
    sums, spread = np.zeros((60, 5)), np.zeros_like(table)
    for person, item in np.argwhere(cells >= 0):
        row = offsets[item] + cells[person, item]
        sums[person] += table[row]
        spread[row] += weights[person]
    for one in both():
        incidence = make_incidence(one, categories=CATEGORIES)
        assert incidence.gather(table) == pytest.approx(sums, abs=1e-6)
        assert incidence.spread(weights) == pytest.approx(spread, abs=1e-5)


def test_products_have_the_same_bits_from_both_forms_and_in_any_order_of_people() -> None:
    rng = np.random.default_rng(8)  # noqa: TID251  tests make their own chance
    table, weights = rng.normal(size=(CATEGORIES.sum(), 5)), rng.random((60, 5))
    order = rng.permutation(60)
    matrix, listed = (make_incidence(one, categories=CATEGORIES) for one in both())
    turned = make_incidence(take_people(both()[0], order), categories=CATEGORIES)
    assert matrix.gather(table).tobytes() == listed.gather(table).tobytes()
    assert matrix.spread(weights).tobytes() == listed.spread(weights).tobytes()
    assert matrix.spread(weights).tobytes() == turned.spread(weights[order]).tobytes()


def test_rounded_numbers_sum_to_the_same_bits_in_any_order() -> None:
    rng = np.random.default_rng(2)  # noqa: TID251  tests make their own chance
    values = rng.normal(size=10_000)
    rounded = round_binary(values)
    assert np.abs(rounded - values).max() <= 2.0**-25
    assert len({float(np.sum(rng.permutation(rounded))).hex() for _ in range(20)}) == 1
    assert np.array_equal(round_binary(rounded), rounded)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: make_responses([1, 0, 1]), r"responses of shape \(3,\)"),
        (lambda: make_responses(np.zeros((0, 3))), r"responses of shape \(0, 3\)"),
        (lambda: make_responses(np.zeros((3, 0))), r"responses of shape \(3, 0\)"),
        (lambda: make_responses([["a", "b"]]), "responses that are not numbers"),
        (lambda: make_responses([[0, 1]], items=("x",)), "1 names for 2 columns"),
        (lambda: make_responses([[0.0, 1.0], [0.5, 1.0]]), "row 2, column 'item1': 0.5 is no score"),
        (lambda: make_responses([[0, 127]]), "row 1, column 'item2': 127 is no score"),
        (lambda: make_responses([[0.0, np.inf]]), "row 1, column 'item2': inf is no score"),
        (lambda: make_sparse_responses([], [], [], items=("x",), people=1), "different lengths, or none"),
        (lambda: make_sparse_responses([0], [0, 0], [1], items=("x",), people=1), "different lengths, or none"),
        (lambda: make_sparse_responses([1], [0], [1], items=("x",), people=1), "to an item that is not there"),
        (lambda: make_sparse_responses([0], [-1], [1], items=("x",), people=1), "to an item that is not there"),
        (lambda: make_sparse_responses([0], [0], [127], items=("x",), people=1), "a score that is no whole number"),
        (lambda: make_sparse_responses([0], [0], [-1], items=("x",), people=1), "a score that is no whole number"),
        (lambda: make_sparse_responses([0], [0], [0.5], items=("x",), people=1), "a score that is no whole number"),
        (lambda: make_sparse_responses([0], [0], [NAN], items=("x",), people=1), "a score that is no whole number"),
        (lambda: make_sparse_responses([0, 0], [0, 0], [1, 1], items=("x",), people=1), "answered one item twice"),
        (lambda: as_list(Responses(items=("x",), people=1)), "need start, item and score"),
    ],
)
def test_answers_that_cannot_be_read_are_refused(make: Callable[[], object], message: str) -> None:
    with pytest.raises(BadInput, match=message) as caught:
        make()
    assert caught.value.hint


def test_a_score_beyond_the_categories_of_its_item_is_refused_by_name() -> None:
    for one in both():
        with pytest.raises(BadInput, match="item 'item2' has the score 3 but 3 categories"):
            make_incidence(one, categories=np.where(CATEGORIES == 4, 3, CATEGORIES))
