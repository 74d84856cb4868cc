"""`waymark doctor`, in this process."""

import json

from typer.testing import CliRunner

from waymark.cli.main import app


def test_the_doctor_says_that_code_tasks_run_and_how() -> None:
    done = CliRunner().invoke(app, ["doctor"])
    assert done.exit_code == 0
    assert "Landlock" in done.stdout
    assert "an honest job ran" in done.stdout
    assert "code tasks can run" in done.stderr


def test_a_program_is_told_the_same() -> None:
    done = CliRunner().invoke(app, ["doctor", "--json"])
    told = json.loads(done.stdout)
    assert (done.exit_code, told["code_tasks"]) == (0, True)
    assert {"part", "there", "told"} == set(told["findings"][0])
