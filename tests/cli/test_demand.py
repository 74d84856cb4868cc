"""`waymark demand`, in this process."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from waymark.cli.main import app
from waymark.demand.parsing import decode

from .conftest import TEXT


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["demand", *map(str, arguments)])


def read_lines(*arguments: str | Path) -> list[dict[str, object]]:
    done = run("read", *arguments, "--json")
    assert done.exit_code == 0, done.output
    return [json.loads(line) for line in done.stdout.splitlines()]


def write_rows(path: Path, count: int) -> Path:
    rows = [{"id": f"row {n}", "title": "Nurse" if n % 2 else "", "description": TEXT} for n in range(count)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_evidence_equals_its_slice_of_the_file(posting: Path) -> None:
    (read,) = read_lines(posting)
    text = decode(posting.read_bytes())
    spans = list(read["evidence"])  # type: ignore[call-overload]
    for finding in read["findings"]:  # type: ignore[attr-defined]
        spans += finding["evidence"]
    assert {span["id"] for span in spans} >= {"sql", "tableau", "python"}
    assert [span for span in spans if text[span["start"] : span["end"]] != span["text"]] == []
    assert "text" not in read  # whoever gave a text file has the text


def test_offsets_count_code_points_of_the_file_as_it_is_written(posting: Path) -> None:
    (read,) = read_lines(posting)
    text = posting.read_bytes().decode("utf-8-sig")
    (python,) = [span for span in read["evidence"] if span["id"] == "python" and span["kind"] == "tool"]  # type: ignore[attr-defined]
    assert python["start"] == text.index("Python")


def test_evidence_of_a_table_equals_its_slice_of_the_description(tmp_path: Path) -> None:
    for read in read_lines(write_rows(tmp_path / "t.jsonl", 2)):
        spans = read["evidence"]
        assert spans
        assert [s for s in spans if TEXT[s["start"] : s["end"]] != s["text"]] == []  # type: ignore[attr-defined]


def test_a_reading_of_a_page_brings_the_text_that_its_offsets_count_in(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(
        "<html><body><p>Write <b>SQL</b> and build dashboards &amp; models.</p></body></html>", encoding="utf-8"
    )
    (read,) = read_lines(page)
    text = str(read["text"])
    assert text == "Write SQL and build dashboards & models."
    assert [s for s in read["evidence"] if text[s["start"] : s["end"]] != s["text"]] == []  # type: ignore[attr-defined]


def test_a_table_is_read_in_its_order(tmp_path: Path) -> None:
    read = read_lines(write_rows(tmp_path / "t.jsonl", 130))
    assert [one["id"] for one in read] == [f"row {n}" for n in range(130)]


def test_blind_reading_says_so_and_does_not_see_the_title(tmp_path: Path) -> None:
    table = write_rows(tmp_path / "t.jsonl", 2)
    untitled, titled = (one["role"] for one in read_lines(table, "--blind"))
    assert untitled == titled
    assert [one["role"]["blind"] for one in read_lines(table)] == [False, False]  # type: ignore[index]
    assert titled["blind"] is True  # type: ignore[index]


def test_a_broken_row_is_told_and_ends_with_code_2(tmp_path: Path) -> None:
    table = write_rows(tmp_path / "t.jsonl", 2)
    table.write_text("not json\n" + table.read_text(encoding="utf-8"), encoding="utf-8")
    done = run("read", table, "--json")
    assert done.exit_code == 2
    assert len(done.stdout.splitlines()) == 2
    assert "line 1: not valid JSON" in done.stderr


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_nothing_that_a_terminal_would_obey_is_shown(tmp_path: Path, options: list[str]) -> None:
    table = tmp_path / "t.jsonl"
    row = {"id": "\x1b[2Jid", "title": "\x1b[31mred", "description": f"\x1b]0;owned\x07 {TEXT}"}
    table.write_text(json.dumps(row), encoding="utf-8")
    done = run("read", table, *options)
    assert done.exit_code == 0
    assert "\x1b[2J" not in done.output
    assert "\x1b]0" not in done.output
    assert "\x1b[31m" not in done.output


def test_a_posting_of_any_characters_is_shown(tmp_path: Path) -> None:
    odd = tmp_path / "odd.json"
    odd.write_text(json.dumps({"title": "a\ud800", "description": f"\ud83d {TEXT}"}), encoding="utf-8")
    for options in ([], ["--json"]):
        assert run("read", odd, *options).exit_code == 0
