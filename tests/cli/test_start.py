"""The installed command, end to end: exit codes, one line on what is wrong, and never a traceback."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import Start

KEYS = ["id", "title", "role", "tasks", "subtasks", "skills", "tools", "evidence", "findings"]


def test_a_posting_is_read_and_the_command_is_done(start: Start, posting: Path) -> None:
    done = start("demand", "read", posting, "--json")
    assert (done.returncode, done.stderr) == (0, b"")
    (line,) = done.stdout.splitlines()
    assert list(json.loads(line)) == KEYS


def test_a_person_gets_a_verdict_with_the_text(start: Start, posting: Path) -> None:
    done = start("demand", "read", posting)
    assert done.returncode == 0
    shown = done.stdout.decode()
    assert "Data analyst" in shown
    assert "Tasks asked" in shown
    assert "Tableau" in shown


def test_a_posting_is_read_from_standard_input(start: Start, posting: Path) -> None:
    piped = start("demand", "read", "-", "--json", input=posting.read_bytes())
    named = start("demand", "read", posting, "--json")
    assert json.loads(piped.stdout) == json.loads(named.stdout) | {"id": "standard input"}


def test_bad_input_is_one_line_and_code_2_and_the_others_are_read(start: Start, posting: Path, tmp_path: Path) -> None:
    binary = tmp_path / "image.png"
    binary.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(30)) * 9)
    done = start("demand", "read", posting, binary, tmp_path / "none.txt", posting, "--json")
    assert done.returncode == 2
    assert len(done.stdout.splitlines()) == 2
    lines = done.stderr.decode().splitlines()
    assert [line.startswith("waymark: ") for line in lines] == [True, True]
    assert "image.png" in lines[0]
    assert "none.txt" in lines[1]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["framework", "show", "nope"], 2, "nope"),
        (["framework", "check", "nowhere"], 2, "nowhere"),
        (["demand", "read", "x", "--model", "none.npz"], 2, "none.npz"),
        (["demand", "fit", "nowhere", "--out", "model.npz"], 2, "nowhere"),
        (["demand", "fit", "nowhere", "--out", "no/folder/model.npz"], 2, "no/folder"),
        (["demand", "fit", "nowhere", "--out", "."], 2, "folder"),
        (["demand", "read"], 2, "INPUT"),
        (["demand", "read", "x", "--nope"], 2, "--nope"),
        (["assess", "calibrate", "none.csv", "--out", "items.csv"], 2, "none.csv"),
        (["assess", "calibrate", "none.csv"], 2, "--out"),
        (["assess", "simulate", "--people", "0"], 2, "--people"),
        (["assess", "simulate", "--rules", "none.toml"], 2, "none.toml"),
        (["nope"], 2, "nope"),
        (["serve", "--host", "203.0.113.1"], 2, "203.0.113.1"),
    ],
)
def test_what_cannot_be_done_is_said_in_words(
    start: Start, tmp_path: Path, arguments: list[str], code: int, said: str
) -> None:
    done = start(*arguments, cwd=tmp_path)
    shown = done.stderr.decode()
    assert (done.returncode, done.stdout) == (code, b"")
    assert said in shown
    assert "Traceback" not in shown


def test_a_wrong_setting_stops_every_command_that_reads_settings(start: Start, posting: Path) -> None:
    for arguments in (("framework", "show"), ("demand", "read", posting), ("serve", "--port", "0")):
        done = start(*arguments, env=os.environ | {"WAYMARK_MODLE": "x"})  # noqa: TID251  what a person has set
        assert done.returncode == 2
        (line,) = done.stderr.decode().splitlines()
        assert "WAYMARK_MODLE" in line


def test_faults_of_an_overlay_end_with_code_1(start: Start, tmp_path: Path) -> None:
    (tmp_path / "roles").mkdir()
    (tmp_path / "roles" / "odd.toml").write_text('name = "Odd"\n', encoding="utf-8")
    told = start("framework", "check", tmp_path)
    assert told.returncode == 1
    assert "roles/odd.toml" in told.stdout.decode()
    as_json = start("framework", "check", tmp_path, "--json")
    assert as_json.returncode == 1
    faults = json.loads(as_json.stdout)
    assert faults
    assert {tuple(fault) for fault in faults} == {("file", "key", "message", "mend")}


def test_tables_go_from_answers_to_scores(start: Start, study: Path, tmp_path: Path) -> None:
    items, scores = tmp_path / "items.parquet", tmp_path / "scores.parquet"
    done = start("assess", "calibrate", study / "complete.csv", "--out", items, "--json")
    assert (done.returncode, done.stderr) == (0, b"")
    done = start("assess", "score", study / "complete.csv", "--items", items, "--out", scores, "--json")
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)["people"] == 600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["items.parquet", "scores.parquet"]


def test_calibrating_twice_gives_the_same_bytes(start: Start, study: Path, tmp_path: Path) -> None:
    told, written = [], []
    for seed in ("1", "2"):
        out = tmp_path / "items.csv"
        told.append(
            start(
                "assess", "calibrate", study / "steps.csv", "--model", "gpcm", "--out", out, "--json", env=_seeded(seed)
            ).stdout
        )
        written.append(out.read_bytes())
    assert told[0] == told[1] != b""
    assert written[0] == written[1]


def test_a_port_that_is_taken_ends_with_code_1(start: Start) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = start("serve", "--port", str(taken.getsockname()[1]))
    assert done.returncode == 1
    (line,) = done.stderr.decode().splitlines()
    assert "--port" in line


def test_the_shipped_edition_is_sound(start: Start) -> None:
    done = start("framework", "check", "--json")
    assert (done.returncode, json.loads(done.stdout)) == (0, [])


def test_reading_twice_gives_the_same_bytes(start: Start, posting: Path) -> None:
    runs = [start("demand", "read", posting, posting, "--json", env=_seeded(seed)).stdout for seed in ("1", "2")]
    assert runs[0] == runs[1] != b""


def _seeded(seed: str) -> dict[str, str]:
    return os.environ | {"PYTHONHASHSEED": seed}  # noqa: TID251  the order of sets must not show


def test_a_reader_that_ends_early_gets_no_complaint(start: Start, posting: Path) -> None:
    for arguments in (("demand", "read", *[posting] * 50, "--json"), ("framework", "show", "--json"), ("--help",)):
        reading, writing = os.pipe()
        os.close(reading)
        done = start(*arguments, capture_output=False, stdout=writing, stderr=subprocess.PIPE)
        os.close(writing)
        assert done.stderr == b""
        assert done.returncode in (0, 1)


def test_the_first_line_can_be_taken_by_head(posting: Path) -> None:
    command = (
        f"'{Path(sys.executable).with_name('waymark')}' demand read {str(posting)!r} {str(posting)!r} --json | head -1"
    )
    shell = ["/bin/sh", "-c", command]
    done = subprocess.run(shell, capture_output=True, timeout=60, check=False)  # noqa: S603  our own command
    assert (done.returncode, done.stderr) == (0, b"")
    assert list(json.loads(done.stdout)) == KEYS


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
def test_a_full_disk_is_told_in_one_line(start: Start, posting: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = start("demand", "read", posting, "--json", capture_output=False, stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 1
    assert done.stderr.decode().splitlines() == ["waymark: No space left on device"]


def test_a_file_name_that_is_no_text_is_read_too(start: Start, tmp_path: Path) -> None:
    name = os.path.join(os.fsencode(tmp_path), b"caf\xe9.txt")  # noqa: PTH118  bytes, which a Path has not
    with open(name, "wb") as file:  # noqa: PTH123
        file.write(b"We look for an analyst who writes SQL and builds dashboards.")
    for options in ([], ["--json"]):
        done = start("demand", "read", os.fsdecode(name), *options)
        assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)["id"].endswith("caf\ufffd.txt")


def test_help_and_version_do_not_load_the_reader() -> None:
    code = (
        "import sys; from waymark.cli.main import app\n"
        "try: app(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'numpy', 'polars', 'scipy', 'sklearn', 'fastapi', 'uvicorn', 'selectolax'} & set(sys.modules)\n"
        "sys.exit(', '.join(sorted(heavy)) or 0)"
    )
    program = [sys.executable, "-c", code]
    done = subprocess.run(program, capture_output=True, timeout=60, check=False)  # noqa: S603  our own program
    assert (done.returncode, done.stderr) == (0, b"")


def test_the_version_is_that_of_the_package(start: Start) -> None:
    done = start("--version")
    assert (done.returncode, done.stdout.decode().split()[0]) == (0, "waymark")


def test_the_help_lists_every_command(start: Start) -> None:
    shown = start("--help").stdout.decode()
    assert [name for name in ("framework", "demand", "assess", "serve") if name not in shown] == []
