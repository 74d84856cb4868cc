"""Tables of responses: who and what, scores and gaps, and every fault with its row and column."""

import io
from typing import Any

import numpy as np
import polars as pl
import pytest

from waymark.assess.responses import as_matrix
from waymark.engines.answers import Answers, Columns, read_answers
from waymark.engines.frames import Table
from waymark.errors import BadInput


def read(source: Any, **columns: Any) -> Answers:
    return read_answers(Table(source=source, name="answers.csv"), columns=Columns(**columns))


def read_parquet(**columns: Any) -> Answers:
    held = io.BytesIO()
    pl.DataFrame(columns).write_parquet(held)
    return read(held.getvalue())


def list_cells(answers: Answers) -> list[list[int]]:
    return [[int(cell) for cell in row] for row in as_matrix(answers.responses)]


def test_a_row_is_a_person_and_a_column_an_item_and_empty_is_not_seen() -> None:
    answers = read(b"id,q1,q2\nann,1,0\nbob,,2\n")
    assert answers.people == ("ann", "bob")
    assert answers.responses.items == ("q1", "q2")
    assert list_cells(answers) == [[1, 0], [-1, 2]]
    assert (answers.groups, answers.notes) == (None, ())


@pytest.mark.parametrize("mark", ["NA", "nan", "N/A", ".", "null", "None", "na "])
def test_marks_for_not_seen_are_understood_and_said(mark: str) -> None:
    answers = read(f"id,q1,q2\na,{mark},0\nb,{mark},1\n".encode())
    assert list_cells(answers) == [[-1, 0], [-1, 1]]
    assert answers.notes == (f"cells taken as not seen for what they say: {mark.strip()!r} (2)",)


def test_scores_may_be_written_as_truth_or_with_a_point_or_blanks() -> None:
    assert list_cells(read(b"id,q1,q2,q3\na,true,1.0, 1\nb,FALSE,0.0,0 \n")) == [[1, 1, 1], [0, 0, 0]]


def test_parquet_columns_of_every_kind_are_scores() -> None:
    answers = read_parquet(
        id=[7, 8],
        whole=[1, None],
        real=[0.0, float("nan")],
        truth=[None, True],
        nothing=[None, None],
        text=["2", None],
        kinds=pl.Series(["1", "0"], dtype=pl.Categorical),
    )
    assert answers.people == ("7", "8")
    assert list_cells(answers) == [[1, 0, -1, -1, 2, 1], [-1, -1, 1, -1, -1, 0]]
    assert answers.notes == ("cells taken as not seen for what they say: 'NaN' (1)",)


@pytest.mark.parametrize("column", ["id", "person", "Person_ID", "name", "student", "user_id", "", "label"])
def test_the_column_of_people_is_found(column: str) -> None:
    names = b"x" if column == "label" else b"1"
    answers = read(column.encode() + b",q1\n" + names + b",1\ny2,0\n")
    assert answers.people == (names.decode(), "y2")
    assert answers.responses.items == ("q1",)


def test_people_without_a_column_are_numbered() -> None:
    assert read(b"q1,q2\n1,0\n0,0\n").people == ("1", "2")


def test_a_named_column_is_of_people_whatever_it_is_called() -> None:
    answers = read(b"code,q1\n1,1\n0,0\n", people="code")
    assert (answers.people, answers.responses.items) == (("1", "0"), ("q1",))


def test_other_columns_that_name_people_are_left_out_and_said() -> None:
    answers = read(b"id,name,q1\n1,Ann,1\n2,Bob,0\n")
    assert answers.responses.items == ("q1",)
    assert answers.notes == ("1 column left out, which would name people too: 'name'",)


def test_groups_are_read_and_gaps_in_them_are_none() -> None:
    answers = read(b"id,sex,q1\na,f,1\nb,,0\nc,NA,1\nd,m,1\n", group="sex")
    assert answers.groups == ("f", None, None, "m")
    assert answers.responses.items == ("q1",)


def test_columns_may_be_left_out() -> None:
    assert read(b"id,sex,age,q1\na,f,31,1\n", left_out=("sex", "age")).responses.items == ("q1",)


def test_with_known_items_other_columns_are_left_out_and_said() -> None:
    answers = read(b"id,q1,zip,q2\na,1,90210,1\n", items={"q1", "q2", "q3"})
    assert answers.responses.items == ("q1", "q2")
    assert answers.notes == ("1 column left out, since no such item is known: 'zip'",)


def test_people_of_one_name_or_none_are_said() -> None:
    answers = read(b"id,q1\na,1\na,0\n,1\n")
    assert answers.people == ("a", "a", "row 3")
    assert len(answers.notes) == 2


def test_empty_rows_at_the_end_are_left_out_and_said() -> None:
    answers = read(b"id,q1\na,1\n,\n,\n")
    assert (answers.people, answers.notes) == (("a",), ("2 empty rows left out",))


def test_a_person_who_saw_nothing_stays() -> None:
    assert list_cells(read(b"id,q1,q2\na,,\nb,1,1\n")) == [[-1, -1], [1, 1]]


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (b"id,q1,q2\na,1,0\nb,1,abc\n", "row 2, column 'q2': 'abc' is no score"),
        (b"id,q1,q2\na,1,0\nb,2.5,x\n", "row 2, column 'q1': '2.5' is no score, nor is one other cell"),
        (b"id,q1,q2\na,-1,0\nb,-9,-9\n", "row 1, column 'q1': '-1' is no score, nor are 2 other cells"),
        (b"id,q1\na,127\n", "row 1, column 'q1': '127'"),
        (b"id,q1\na,inf\n", "row 1, column 'q1': 'inf'"),
        (b'id,q1\na,"0,5"\n', "row 1, column 'q1': '0,5'"),
        (b"id,q1,q2\na,A,C\nb,B,D\n", "row 1, column 'q1': 'A' is no score, nor are 3 other cells"),
        (b"id,q1\na," + b"9" * 400 + b"\n", "row 1, column 'q1': more than 200 characters"),
        (b"id,q1\n", "has no rows"),
        (b"id\na\n", "has no columns of items"),
        (b"id,q1,q2\na,,\nb,NA,\n", "holds no answer"),
    ],
)
def test_a_fault_is_told_with_row_and_column(table: bytes, said: str) -> None:
    with pytest.raises(BadInput) as told:
        read(table)
    assert said in told.value.message
    assert told.value.hint


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([1, 300], "row 2, column 'q1': 300"),
        ([0, -3], "row 2, column 'q1': -3"),
        ([1.0, 0.5], "row 2, column 'q1': 0.5"),
        ([[1], [0]], "row 1, column 'q1': a cell of kind List"),
    ],
)
def test_faults_of_parquet_are_told_alike(values: list[Any], said: str) -> None:
    with pytest.raises(BadInput, match="is no score") as told:
        read_parquet(id=["a", "b"], q1=values)
    assert said in told.value.message


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"people": "nope"}, "no column 'nope'"),
        ({"group": "nope"}, "no column 'nope'"),
        ({"left_out": ("nope",)}, "no column 'nope'"),
        ({"items": {"q9"}}, "is a known item"),
    ],
)
def test_columns_that_are_not_there_are_told(columns: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput) as told:
        read(b"id,q1\na,1\n", **columns)
    assert said in told.value.message
    assert "'q1'" in told.value.hint


def test_a_large_table_is_read_as_it_is() -> None:
    rng = np.random.default_rng(3)  # noqa: TID251
    cells = rng.integers(-1, 2, (3_000, 40))
    rows = [",".join("" if cell < 0 else str(cell) for cell in row) for row in cells]
    table = ",".join(f"q{number}" for number in range(40)) + "\n" + "\n".join(rows)
    assert np.array_equal(as_matrix(read(table.encode()).responses), cells)
