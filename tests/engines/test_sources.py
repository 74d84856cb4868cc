import io
import json
import sys
from pathlib import Path

import pytest

from waymark.demand.parsing import MAX_BYTES
from waymark.demand.postings import Posting
from waymark.engines.sources import Failure, read_sources
from waymark.errors import BadInput, MissingInput, TooLarge, WaymarkError

TEXT = "We look for an analyst who writes SQL and builds dashboards."


def read_names(*inputs: Path | str) -> list[str]:
    return [item.id if isinstance(item, Posting) else item.name for item in read_sources(map(str, inputs))]


def read_failure(path: Path | str) -> WaymarkError:
    (item,) = read_sources([str(path)])
    assert isinstance(item, Failure)
    assert item.error.hint
    return item.error


def write(path: Path, text: str = TEXT) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_inputs_come_out_in_the_order_they_are_named(tmp_path: Path) -> None:
    last, first = write(tmp_path / "b.txt"), write(tmp_path / "a.txt")
    assert read_names(last, first, last) == [str(last), str(first), str(last)]


def test_a_folder_is_read_by_path_with_its_folders_and_tables(tmp_path: Path) -> None:
    for name in ("b.txt", "a/z.html", "a/b.txt", "C.txt"):
        write(tmp_path / name)
    table = write(tmp_path / "c.jsonl", json.dumps({"id": "row", "title": "", "description": TEXT}))
    expected = [str(tmp_path / name) for name in ("C.txt", "a/b.txt", "a/z.html", "b.txt")]
    assert read_names(tmp_path) == [*expected, "row"]
    assert table.exists()


def test_a_folder_leaves_out_what_is_no_posting(tmp_path: Path) -> None:
    for name in (".hidden.txt", "README.md", "tool.py", "lexicon.toml", "notes.yaml", "x.lock"):
        write(tmp_path / name)
    assert isinstance(read_failure(tmp_path), MissingInput)
    kept = write(tmp_path / "posting.txt")
    assert read_names(tmp_path) == [str(kept)]


def test_a_file_left_out_of_folders_is_read_when_named(tmp_path: Path) -> None:
    named = write(tmp_path / "posting.md")
    assert read_names(named) == [str(named)]


def test_standard_input_is_read_where_a_dash_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(TEXT.encode())))
    file = write(tmp_path / "a.txt")
    assert read_names(file, "-") == [str(file), "standard input"]


def test_standard_input_beyond_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"a" * (MAX_BYTES + 10))))
    assert isinstance(read_failure("-"), TooLarge)


def test_a_missing_file_fails_in_its_place_and_the_others_are_read(tmp_path: Path) -> None:
    file = write(tmp_path / "a.txt")
    missing = tmp_path / "none.txt"
    assert read_names(missing, file, missing) == [str(missing), str(file), str(missing)]
    assert isinstance(read_failure(missing), MissingInput)


def test_a_huge_file_is_refused_by_its_size_alone(tmp_path: Path) -> None:
    huge = tmp_path / "huge.txt"
    with huge.open("wb") as file:
        file.truncate(100_000_000)
    error = read_failure(huge)
    assert isinstance(error, TooLarge)
    assert "100 MB" in error.message


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="this system has no endless device to read")
def test_a_device_without_end_is_refused() -> None:
    assert isinstance(read_failure("/dev/zero"), TooLarge)


@pytest.mark.parametrize(
    "data", [b"", b"  \n ", b"\x89PNG\r\n\x1a\n\0\0\0\0\x01\x02\x03" * 9, b'{"not": json, just braces']
)
def test_what_holds_no_posting_is_bad_input(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "odd.txt"
    file.write_bytes(data)
    assert isinstance(read_failure(file), BadInput)


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="this system has no file that opens but cannot be read")
def test_a_file_that_opens_but_cannot_be_read_is_told(tmp_path: Path) -> None:
    assert isinstance(read_failure("/proc/self/mem"), MissingInput)
    for ending in ("jsonl", "csv", "parquet"):
        link = tmp_path / f"table.{ending}"
        link.symlink_to("/proc/self/mem")
        assert isinstance(read_failure(link), WaymarkError)
