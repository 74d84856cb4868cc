"""Tables of items: written and read back without loss, and foreign ones with little in them."""

from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from waymark.assess.items import Items, make_items
from waymark.engines.frames import Source, Table, open_table
from waymark.engines.item_tables import COLUMNS, ItemTable, lay_out_items, read_items, read_skills
from waymark.engines.writing import list_rows, write_table
from waymark.errors import BadInput, Invalid


def read(source: Source) -> ItemTable:
    return read_items(Table(source=source, name="items.csv"))


@pytest.fixture
def table() -> ItemTable:
    """Items of every kind with all that may be known of them, skills not in the order of the items."""
    rng = np.random.default_rng(5)  # noqa: TID251
    steps = np.full((6, 3), np.nan)
    steps[2], steps[3, :2] = [-1.1, 0.1 + 0.2, 0.7], [-0.3, 1 / 3]
    factor = rng.normal(0, 0.1, (6, 2, 2))
    covariance = factor @ np.swapaxes(factor, 1, 2)
    covariance[:, 1, 0] = covariance[:, 0, 1]
    items = make_items(
        ("one", "two", "three", "four", "five, 5", "six"),
        a=np.array([0.5, np.nan, 1.3, 0.7, 1 / 7, -2.0]),
        b=rng.normal(size=6),
        c=np.array([0.2, 0.0, 0.0, 0.0, 0.25, 0.0]),
        d=np.array([1.0, 1.0, 1.0, 1.0, 0.95, 1.0]),
        kind=("binary", "binary", "gpcm", "grm", "binary", "binary"),
        steps=steps,
        skills=("logic", "algebra"),
        skill=np.array([1, 0, 1, 1, 0, 0]),
        covariance=covariance,
        testlet=np.array([-1, 0, 0, -1, 2, 2]),
        testlet_sd=np.array([0.3, 0.0, 0.5]),
        minutes=rng.random(6) + 0.1,
    )
    errors = {"se_a": rng.random(6), "se_b": rng.random(6), "se_steps": np.where(np.isfinite(steps), 0.1, np.nan)}
    return ItemTable(items=items, correlation=np.array([[1.0, 0.6], [0.6, 1.0]]), errors=errors)


def expect_same(found: ItemTable, given: ItemTable) -> None:
    for one in fields(Items):
        ours, theirs = getattr(found.items, one.name), getattr(given.items, one.name)
        same = ours == theirs if isinstance(theirs, tuple) else np.array_equal(ours, theirs, equal_nan=True)
        assert same, one.name
    assert np.array_equal(found.correlation, given.correlation)
    for name, values in given.errors.items():
        assert np.array_equal(found.errors[name], values, equal_nan=True), name


@pytest.mark.parametrize("name", ["items.parquet", "items.csv"])
def test_items_are_read_back_as_they_were(table: ItemTable, tmp_path: Path, name: str) -> None:
    write_table(tmp_path / name, lay_out_items(table))
    expect_same(read_items(open_table(tmp_path / name)), table)


def test_items_are_read_back_from_rows(table: ItemTable) -> None:
    expect_same(read(list_rows(lay_out_items(table))), table)


def test_the_columns_that_others_rely_on_come_first(table: ItemTable, tmp_path: Path) -> None:
    write_table(tmp_path / "items.parquet", lay_out_items(table))
    frame = pl.read_parquet(tmp_path / "items.parquet")
    assert tuple(frame.columns[: len(COLUMNS)]) == COLUMNS
    assert frame["steps"].to_list()[2:4] == [[-1.1, 0.1 + 0.2, 0.7], [-0.3, 1 / 3]]
    assert frame["a"].to_list()[1] is None


def test_item_and_difficulty_suffice() -> None:
    items = read(b"item,b\nq1,0.5\nq2,-1\n").items
    assert items.ids == ("q1", "q2")
    assert (items.a.tolist(), items.b.tolist(), items.c.tolist(), items.d.tolist()) == (
        [1, 1],
        [0.5, -1],
        [0, 0],
        [1, 1],
    )
    assert (items.skills, items.kind, not items.covariance.any()) == (("ability",), ("binary", "binary"), True)


def test_steps_suffice_too_and_the_reading_is_said() -> None:
    found = read(b"item,step1,step2\nq1,-1,1\nq2,0.5,\n")
    assert found.items.kind == ("gpcm", "gpcm")
    assert found.items.categories.tolist() == [3, 2]
    assert found.items.b.tolist() == [0, 0.5]
    assert "gpcm" in found.notes[0]


def test_standard_errors_stand_in_for_the_covariance() -> None:
    items = read(b"item,a,b,se_a,se_b\nq1,2,0.5,0.4,0.1\nq2,1,0,,\n").items
    expected = np.array([[[0.04, 0.0], [0.0, 0.01]], np.zeros((2, 2))])
    assert np.allclose(items.covariance, expected)


def test_an_item_without_parameters_was_not_estimated() -> None:
    assert np.isnan(read(b"item,a,b\nq1,NA,\nq2,1,0\n").items.a).tolist() == [True, False]


def test_testlets_may_have_names() -> None:
    items = read(b"item,b,testlet\nq1,0,case A\nq2,0,case B\nq3,0,case A\nq4,0,\n").items
    assert items.testlet.tolist() == [0, 1, 0, -1]


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (b"name,a,b\nq1,1,0\n", "has no column item"),
        (b"item,a,b\n", "has no rows"),
        (b"item,a\nq1,1\n", "no column b"),
        (b"item,a,b\nq1,1,0\n,1,0\n", "row 2 has no item"),
        (b"item,a,b,skill\nq1,1,0,\n", "row 1 has no skill"),
        (b"item,a,b\nq1,x,0\n", "row 1, column 'a': 'x' is no number"),
        (b"item,a,b\nq1,1,0\nq1,1,0\n", "'q1' is there twice"),
        (b"item,a,b,kind\nq1,1,0,rasch\n", "row 1, column 'kind': no kind 'rasch'"),
        (b"item,step1,step2,kind\nq1,1,0,binary\n", "row 1 is binary but has steps"),
        (b"item,step1,step3\nq1,1,0\n", "gaps between its columns of steps"),
        (b"item,step1,step2\nq1,,0\n", "row 1 has a gap between its steps"),
        (b"item,a,b,d\nq1,1,0,-1.2\n", "'q1' has an upper asymptote d"),
        (b"item,a,b,c\nq1,1,0,1.5\n", "'q1' has guessing c"),
    ],
)
def test_what_is_no_table_of_items_is_told(table: bytes, said: str) -> None:
    with pytest.raises(BadInput) as told:
        read(table)
    assert said in told.value.message
    assert told.value.hint


def test_a_map_of_skills_names_the_skill_of_every_item() -> None:
    assert read_skills(Table(source=b"item,skill\nq1,logic\nq2,algebra\n")) == {"q1": "logic", "q2": "algebra"}
    for source, said in ((b"item,topic\nq1,x\n", "no column skill"), (b"item,skill\nq1,x\nq1,y\n", "twice")):
        with pytest.raises(BadInput, match=said):
            read_skills(Table(source=source))


@pytest.mark.parametrize(("name", "said"), [("no/items.csv", "no folder"), (".", "folder"), ("items.xlsx", "xlsx")])
def test_a_place_that_cannot_be_written_is_told(table: ItemTable, tmp_path: Path, name: str, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        write_table(tmp_path / name, lay_out_items(table))


def test_a_table_that_fails_leaves_the_old_one_and_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "items.parquet"
    write_table(path, {"item": ["q1"]})
    before = path.read_bytes()
    broken: dict[str, Any] = {"item": ["q1", "q2"], "a": [1.0]}
    with pytest.raises(pl.exceptions.PolarsError):
        write_table(path, broken)
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["items.parquet"]
