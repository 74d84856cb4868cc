import numpy as np
import pytest
from numpy.typing import NDArray

from waymark.assess.dif.matching import (
    choose_criterion,
    find_levels,
    make_criterion,
    pool_levels,
    set_anchor,
    tabulate_groups,
)
from waymark.assess.items import Floats, Ints, make_items
from waymark.assess.responses import Responses, as_list, make_responses, make_sparse_responses
from waymark.errors import BadInput

TWO = np.array([2, 2, 2, 3])


def draw(*, missing: float = 0.0, people: int = 300) -> Responses:
    rng = np.random.Generator(np.random.PCG64(2))
    cells = np.concatenate([rng.integers(0, 2, (people, 3)), rng.integers(0, 3, (people, 1))], axis=1)
    return make_responses(np.where(rng.random(cells.shape) < missing, -1, cells))


def count_slowly(responses: Responses, group: Ints, anchor: NDArray[np.bool_]) -> Floats:
    """Count answers by group and points on the anchor items with the item itself."""
    cells = responses.matrix
    assert cells is not None
    table = np.zeros((2, 6, 4, 3))
    for person, row in enumerate(cells):
        for item, score in enumerate(row):
            with_item = anchor.copy()
            with_item[item] = True
            table[group[person], row[with_item].sum(), item, score] += 1
    return table


@pytest.mark.parametrize("out", [[], [1], [0, 3]])
def test_an_item_that_left_the_criterion_is_added_to_its_own(out: list[int]) -> None:
    responses = draw()
    group = np.arange(responses.people) % 2
    anchor = np.ones(4, dtype=bool)
    anchor[out] = False
    criterion = set_anchor(make_criterion(responses, items=None, kind="score", categories=TWO), anchor)
    table, value = tabulate_groups(criterion, group)
    np.testing.assert_array_equal(value, np.arange(6))
    np.testing.assert_array_equal(table, count_slowly(responses, group, anchor))


@pytest.mark.parametrize("kind", ["share", "ability"])
def test_lists_and_matrices_are_counted_alike(kind: str) -> None:
    dense = draw(missing=0.3)
    person, item, score = as_list(dense)
    listed = make_sparse_responses(person, item, score, items=dense.items, people=dense.people)
    items = make_items(
        dense.items,
        kind=("binary", "binary", "binary", "gpcm"),
        steps=np.array([[np.nan, np.nan]] * 3 + [[-0.5, 0.5]]),
    )
    group = np.arange(dense.people) % 2
    anchor = np.array([True, False, True, True])
    tables = [
        tabulate_groups(
            set_anchor(make_criterion(one, items=items, kind=kind, categories=items.categories), anchor), group
        )[0]
        for one in (dense, listed)
    ]
    np.testing.assert_array_equal(tables[0], tables[1])
    assert tables[0].sum() == dense.seen


def test_the_share_right_is_of_the_items_seen() -> None:
    responses = make_responses([[1, 1, -1, -1], [1, 0, -1, -1], [-1, -1, 1, 2], [-1, -1, -1, -1]])
    levels = find_levels(make_criterion(responses, items=None, kind="share", categories=TWO))
    assert levels.level[3] == -1
    assert levels.level[0] == levels.level[2] > levels.level[1]
    assert levels.value[levels.level[0]] == 1.0


def test_everybody_alike_is_one_level() -> None:
    responses = make_responses([[1, -1, 0, 1]] * 5)
    levels = find_levels(make_criterion(responses, items=None, kind="share", categories=TWO))
    np.testing.assert_array_equal(levels.level, 0)


def test_the_ability_estimate_of_a_complete_rasch_test_orders_people_as_the_number_right() -> None:
    responses = draw()
    first = make_responses(responses.matrix[:, :3]) if responses.matrix is not None else responses
    items = make_items(first.items)
    levels = [
        find_levels(make_criterion(first, items=items, kind=kind, categories=items.categories)).level
        for kind in ("score", "ability")
    ]
    for points in range(4):
        assert len(np.unique(levels[1][levels[0] == points])) == 1
    assert (np.diff([levels[1][levels[0] == points][0] for points in range(4)]) > 0).all()


def test_the_criterion_follows_from_what_is_there() -> None:
    items = make_items(draw().items)
    assert choose_criterion(draw(), items) == "score"
    assert choose_criterion(draw(missing=0.2), items) == "ability"
    assert choose_criterion(draw(missing=0.2), None) == "share"


@pytest.mark.parametrize(
    ("kind", "match"), [("score", "saw different items"), ("ability", "no item parameters"), ("zeal", "no matching")]
)
def test_a_criterion_that_cannot_be_had_is_refused(kind: str, match: str) -> None:
    with pytest.raises(BadInput, match=match):
        make_criterion(draw(missing=0.2), items=None, kind=kind, categories=TWO)


def test_pooling_keeps_everybody() -> None:
    table = np.arange(10.0).reshape(5, 1, 2)
    pooled = pool_levels(table, width=2)
    np.testing.assert_array_equal(pooled[:, 0], [[2, 4], [10, 12], [8, 9]])
