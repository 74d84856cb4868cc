"""Tables as they come: CSV in its dialects, Parquet, rows of JSON; and what is said of those that are none."""

import gzip
import io
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from waymark.engines import frames
from waymark.engines.frames import UNNAMED, Table, open_table, read_frame
from waymark.errors import BadInput, MissingInput, TooLarge, WaymarkError

PLAIN = b"id,q1,q2\na,1,0\nb,,1\n"
CELLS = {"id": ["a", "b"], "q1": ["1", None], "q2": ["0", "1"]}


def read(source: Any, **options: Any) -> pl.DataFrame:
    return read_frame(Table(source=source, **options))


def write_parquet(frame: pl.DataFrame) -> bytes:
    held = io.BytesIO()
    frame.write_parquet(held)
    return held.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        PLAIN,
        b"\xef\xbb\xbf" + PLAIN,
        PLAIN.replace(b"\n", b"\r\n"),
        PLAIN.replace(b"\n", b"\r"),
        PLAIN.replace(b",", b";"),
        PLAIN.replace(b",", b"\t"),
        PLAIN.replace(b",", b"|"),
        PLAIN.decode().encode("utf-16"),
        b'"id","q1","q2"\n"a",1,0\n"b",,1\n',
        b" id , q1,q2 \na,1,0\nb,,1\n",
        b"id,q1,q2\na,1,0\n\nb,,1\n\n",
        PLAIN.rstrip(),
    ],
    ids=[
        "plain",
        "byte order mark",
        "CRLF",
        "CR",
        "semicolons",
        "tabs",
        "bars",
        "UTF-16",
        "quoted",
        "blanks about names",
        "empty lines",
        "no last line feed",
    ],
)
def test_a_csv_table_is_read_in_any_dialect(data: bytes) -> None:
    assert read(data).to_dict(as_series=False) == CELLS


def test_a_file_is_read_whatever_its_name(tmp_path: Path) -> None:
    for name, data in (
        ("a.csv", PLAIN),
        ("a.csv.gz", gzip.compress(PLAIN)),
        ("odd", write_parquet(pl.DataFrame(CELLS))),
    ):
        path = tmp_path / name
        path.write_bytes(data)
        assert read_frame(open_table(path)).to_dict(as_series=False) == CELLS


def test_quoted_cells_may_hold_separators_and_line_breaks() -> None:
    frame = read(b'id,q1\n"a, or ""b""\nin two lines",1\nc,0\n')
    assert frame["id"].to_list() == ['a, or "b"\nin two lines', "c"]


def test_letters_of_older_encodings_are_read() -> None:
    assert read("id,q1\nJos\u00e9,1\n".encode("cp1252"))["id"].to_list() == ["Jos\u00e9"]


def test_a_first_column_without_a_name_gets_one() -> None:
    assert read(b",q1\n0,1\n").columns == [UNNAMED, "q1"]


def test_lines_without_anything_on_them_are_no_rows() -> None:
    assert read(b"q1\n1\n\n0\n")["q1"].to_list() == ["1", "0"]


def test_parquet_of_a_stranger_keeps_its_types() -> None:
    frame = pl.DataFrame({"q1": [1, None], "q2": [0.5, float("nan")], "q3": [True, False], "steps": [[1.0], None]})
    assert read(write_parquet(frame)).equals(frame, null_equal=True)


def test_rows_of_json_are_read_as_text_and_lists_as_numbered_columns() -> None:
    frame = read([{"id": "a", "q1": 1, "steps": [0.5, 1.5]}, {"q1": None, "q2": True}])
    assert frame.to_dict(as_series=False) == {
        "id": ["a", None],
        "q1": ["1", None],
        "step1": ["0.5", None],
        "step2": ["1.5", None],
        "q2": [None, "True"],
    }


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (b"", "is empty"),
        (b" \n\n ", "is empty"),
        ([], "is empty"),
        (b"id,q1,q1\na,1,0\n", "two columns 'q1'"),
        (b"id,,q1\na,1,0\n", "column 2 has no name"),
        (b"0,1,1\n1,0,1\n", "first row holds numbers"),
        (b"id,q1,q2\na,1,0\nb,1\n", "row 2 has 2 cells where the header has 3"),
        (b"id,q1,q2\na,1,0\nb,1,0,1\n", "row 2 has 4 cells where the header has 3"),
        (b'id,q1,q2\n"a, b",1,0\nb,1\n', "row 2 has 2 cells"),
        (b'id,q1\n"a,1\nb,0\n', "line 3 is no row"),
        (b"PK\x03\x04" + b"sheet" * 9, "neither CSV nor Parquet"),
        (b"id,q1\n\0\1\2", "neither CSV nor Parquet"),
        (b"PAR1 and nothing of a table", "cannot be read as Parquet"),
        (gzip.compress(PLAIN), "is packed"),
        ([{"id": "a"}, 3], "row 2 is no object"),
        ([{"id": {"a": 1}}], "row 1, column 'id': no single value"),
    ],
)
def test_what_is_no_table_is_told_with_its_place(source: Any, said: str) -> None:
    with pytest.raises(BadInput) as told:
        read(source, name="answers.csv")
    assert said in told.value.message
    assert "answers.csv" in told.value.message
    assert told.value.hint


def test_what_is_not_there_or_no_file_is_told(tmp_path: Path) -> None:
    broken = tmp_path / "broken.csv.gz"
    broken.write_bytes(gzip.compress(PLAIN)[:-9])
    cases: list[tuple[Path, type[WaymarkError], str]] = [
        (tmp_path / "none.csv", MissingInput, "no such file"),
        (tmp_path, BadInput, "is a folder"),
        (broken, BadInput, "cannot be unpacked"),
    ]
    for path, kind, said in cases:
        with pytest.raises(kind, match=said):
            read_frame(open_table(path))


def test_a_packed_table_that_swells_beyond_the_cap_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "swelling.csv.gz"
    path.write_bytes(gzip.compress(PLAIN + b"c,1,0\n" * 200_000))
    assert read_frame(open_table(path)).height == 200_002
    monkeypatch.setattr(frames, "MAX_UNZIPPED", 1_000_000)
    with pytest.raises(TooLarge, match="unpacks to more than 1 MB") as told:
        read_frame(open_table(path))
    assert "unpack it yourself" in told.value.hint


def test_a_packed_table_with_a_broken_middle_is_told(tmp_path: Path) -> None:
    path, data = tmp_path / "broken.csv.gz", bytearray(gzip.compress(PLAIN * 100))
    data[12:20] = b"\xff" * 8
    path.write_bytes(data)
    with pytest.raises(BadInput, match="cannot be unpacked"):
        read_frame(open_table(path))


@pytest.mark.parametrize("kind", ["csv", "parquet", "rows"])
def test_a_table_beyond_its_limit_is_refused(kind: str) -> None:
    frame = pl.DataFrame({"q1": [1] * 30, "q2": [0] * 30})
    source = {"csv": frame.write_csv().encode(), "parquet": write_parquet(frame), "rows": frame.to_dicts()}[kind]
    assert read(source, most_cells=60).height == 30
    with pytest.raises(TooLarge):
        read(source, most_cells=59)


def test_parquet_that_swells_beyond_reason_costs_only_its_child() -> None:
    held = io.BytesIO()
    pl.DataFrame({"q1": [b"\0" * 100_000_000] * 24}).write_parquet(held, row_group_size=1)
    assert len(held.getvalue()) < 200_000
    with pytest.raises(TooLarge, match="too much"):
        read(held.getvalue(), most_cells=1_000)
