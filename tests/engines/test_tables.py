import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from waymark.demand.postings import Posting
from waymark.engines.tables import MAX_CHARACTERS, MAX_LINE, read_table
from waymark.errors import BadInput, TooLarge, WaymarkError

TEXT = "We look for an analyst who writes SQL and builds dashboards."
ROWS: list[dict[str, Any]] = [
    {"id": "one", "title": "Analyst", "description": TEXT},
    {"id": "two", "title": "Scientist", "description": f"{TEXT} Again."},
]
FULL = ROWS[0] | {
    "company": "Pomelo",
    "location": "Leeds",
    "posted": "2024-05-01",
    "salary_min": 50_000,
    "salary_max": 60_000,
    "currency": "GBP",
}
ENDINGS = ["parquet", "csv", "jsonl", "ndjson"]


def write_table(path: Path, rows: list[dict[str, Any]]) -> Path:
    if path.suffix == ".parquet":
        pl.DataFrame(rows).write_parquet(path)
    elif path.suffix == ".csv":
        pl.DataFrame(rows).write_csv(path)
    else:
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def read_failures(path: Path) -> list[tuple[str, WaymarkError]]:
    return [row for row in read_table(path) if isinstance(row, tuple)]


def read_only_failure(path: Path) -> WaymarkError:
    ((name, error),) = list(read_failures(path))
    assert name.startswith(str(path))
    assert error.hint
    return error


def read_ids(path: Path) -> list[str]:
    return [row.id for row in read_table(path) if isinstance(row, Posting)]


@pytest.mark.parametrize("ending", ENDINGS)
def test_rows_come_out_as_postings_in_order(tmp_path: Path, ending: str) -> None:
    read = list(read_table(write_table(tmp_path / f"t.{ending}", ROWS)))
    assert read == [Posting(id=row["id"], title=row["title"], text=row["description"]) for row in ROWS]


@pytest.mark.parametrize("ending", ENDINGS)
def test_optional_columns_are_read_and_others_ignored(tmp_path: Path, ending: str) -> None:
    (read,) = read_table(write_table(tmp_path / f"t.{ending}", [FULL | {"other": "x"}]))
    assert read == Posting(
        id="one",
        title="Analyst",
        text=TEXT,
        company="Pomelo",
        location="Leeds",
        posted="2024-05-01",
        salary_min=50_000.0,
        salary_max=60_000.0,
        currency="GBP",
    )


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("column", ["id", "title", "description"])
def test_a_missing_column_is_named(tmp_path: Path, ending: str, column: str) -> None:
    rows = [{key: value for key, value in FULL.items() if key != column}]
    error = read_only_failure(write_table(tmp_path / f"t.{ending}", rows))
    assert isinstance(error, BadInput)
    assert column in error.message


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_table_without_rows_is_bad_input_and_not_silence(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"t.{ending}"
    path.write_bytes(b"")
    assert isinstance(read_only_failure(path), BadInput)
    if ending in ("parquet", "csv"):
        frame = pl.DataFrame(schema=dict.fromkeys(("id", "title", "description"), pl.String))
        getattr(frame, f"write_{ending}")(path)
        assert "no rows" in read_only_failure(path).message


@pytest.mark.parametrize("ending", ENDINGS)
def test_an_empty_description_fails_in_its_place(tmp_path: Path, ending: str) -> None:
    rows = [ROWS[0], ROWS[1] | {"description": ""}, ROWS[1]]
    read = list(read_table(write_table(tmp_path / f"t.{ending}", rows)))
    assert [isinstance(row, Posting) for row in read] == [True, False, True]


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_description_of_a_whole_book_fails_in_its_place(tmp_path: Path, ending: str) -> None:
    rows = [ROWS[0] | {"description": "word " * (MAX_CHARACTERS // 5 + 1)}, ROWS[1]]
    path = write_table(tmp_path / f"t.{ending}", rows)
    assert isinstance(read_only_failure(path), TooLarge)
    assert read_ids(path) == ["two"]


def test_the_longest_description_that_is_allowed_is_read(tmp_path: Path) -> None:
    rows = [ROWS[0] | {"description": "w" * MAX_CHARACTERS}]
    for ending in ENDINGS:
        assert read_ids(write_table(tmp_path / f"t.{ending}", rows)) == ["one"]


def test_quotes_commas_and_line_breaks_in_csv_stay_in_the_text(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b'id,title,description\r\n1,"A ""fine"", post","We need SQL,\r\nPython\nand ""R"" here."\r\n')
    (read,) = read_table(path)
    assert isinstance(read, Posting)
    assert (read.title, read.text) == ('A "fine", post', 'We need SQL,\r\nPython\nand "R" here.')


def test_broken_csv_rows_are_named_by_line_and_the_rest_is_read(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    lines = ["id,title,description", f"1,A,{TEXT}", f"2,B,{TEXT},more,cells", "3,C", f'4,"D"x,{TEXT}', f"5,E,{TEXT}"]
    path.write_text("\n".join([*lines, "", f'6,F,"{TEXT}\n']), encoding="utf-8")
    assert read_ids(path) == ["1", "5"]
    names = [name.removeprefix(f"{path}: ") for name, _ in read_failures(path)]
    assert names == ["line 3", "line 4", "line 5", "line 8"]


def test_csv_in_an_old_encoding_or_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(f"id,title,description\n1,Caf\u00e9,{TEXT}\n".encode("cp1252"))
    (old,) = read_table(path)
    path.write_bytes(f"id,title,description\n1,Caf\u00e9,{TEXT}\n".encode("utf-8-sig"))
    (marked,) = read_table(path)
    assert isinstance(old, Posting)
    assert old == marked
    assert old.title == "Caf\u00e9"


def test_csv_with_a_column_twice_is_refused_rather_than_guessed(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f"id,title,description,description\n1,A,{TEXT},other\n", encoding="utf-8")
    assert "two columns description" in read_only_failure(path).message


def test_broken_json_lines_are_named_and_the_rest_is_read(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    deep = "[" * 100_000
    lines = [
        json.dumps(ROWS[0]),
        "not json",
        "[1]",
        '{"id": 1}',
        "",
        deep,
        b"\xff\xfe".decode("latin-1"),
        json.dumps(ROWS[1]),
    ]
    path.write_text("\n".join(lines), encoding="latin-1")
    assert read_ids(path) == ["one", "two"]
    names = [name.removeprefix(f"{path}: ") for name, _ in read_failures(path)]
    assert names == ["line 2", "line 3", "line 4", "line 6", "line 7"]


def test_lone_surrogates_in_json_lines_are_replaced_in_place(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text(
        '{"id": "\\ud800", "title": "a\\udfff", "company": "\\udc00b",'
        ' "description": "Some SQL \\ud83d and \\ud83d\\ude00 Python"}',
        encoding="utf-8",
    )
    (read,) = read_table(path)
    assert isinstance(read, Posting)
    assert read.text == "Some SQL \ufffd and \U0001f600 Python"
    assert (read.id, read.title, read.company) == ("\ufffd", "a\ufffd", "\ufffdb")


def test_a_line_without_end_is_refused_without_being_held(tmp_path: Path) -> None:
    for ending in ("jsonl", "csv"):
        path = tmp_path / f"t.{ending}"
        with path.open("wb") as file:
            file.truncate(100_000_000)
        error = read_only_failure(path)
        assert isinstance(error, TooLarge)
        assert len(str(error)) < 200
    with (tmp_path / "t.jsonl").open("ab") as file:
        file.write(b"\n" + json.dumps(ROWS[0]).encode())
    assert read_ids(tmp_path / "t.jsonl") == ["one"]
    assert MAX_LINE < 100_000_000


def test_parquet_that_is_not_parquet_is_bad_input(tmp_path: Path) -> None:
    for number, data in enumerate((b"not parquet at all", b"PAR1" + b"\xff" * 64 + b"PAR1")):
        path = tmp_path / f"{number}.parquet"
        path.write_bytes(data)
        assert isinstance(read_only_failure(path), BadInput)


def test_parquet_cut_short_is_bad_input(tmp_path: Path) -> None:
    path = write_table(tmp_path / "t.parquet", ROWS)
    path.write_bytes(path.read_bytes()[:-20])
    assert isinstance(read_only_failure(path), BadInput)


def test_a_table_whose_name_looks_like_a_pattern_is_still_that_table(tmp_path: Path) -> None:
    write_table(tmp_path / "t1.parquet", [ROWS[1]])
    assert read_ids(write_table(tmp_path / "t[1].parquet", [ROWS[0]])) == ["one"]


def test_column_names_that_a_terminal_would_obey_are_escaped(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("\x1b[2Jid,title\n1,2\n", encoding="utf-8")
    assert "\x1b" not in str(read_only_failure(path))


@pytest.mark.parametrize("amount", ["", "n/a", "-5", "inf", "nan", "0", None, [1]])
def test_an_amount_that_is_none_is_left_out(tmp_path: Path, amount: object) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text(json.dumps(FULL | {"salary_min": amount}), encoding="utf-8")
    (read,) = read_table(path)
    assert isinstance(read, Posting)
    assert (read.salary_min, read.salary_max) == (None, 60_000.0)


def test_a_row_without_an_id_is_known_by_its_place(tmp_path: Path) -> None:
    path = write_table(tmp_path / "t.jsonl", [ROWS[0] | {"id": None}])
    assert read_ids(path) == [f"{path}: line 1"]
