"""`waymark assess sit`, with answers from standard input."""

import json
from typing import Any

from typer.testing import CliRunner, Result

from waymark.cli.main import app


def run(said: str, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["assess", "sit", *arguments], input=said)


def run_json(said: str, *arguments: str) -> dict[str, Any]:
    return dict(json.loads(run(said, *arguments, "--json").stdout))


def test_a_test_asks_until_the_person_ends_it_and_says_how_sure_it_is() -> None:
    done = run("\n\n\nq\n", "--skills", "mathematics", "--seed", "3")
    assert done.exit_code == 0
    assert done.stderr.count("empty skips, q ends") == 4
    assert "mathematics" in done.stdout
    assert "not yet calibrated with people" in done.stderr


def test_the_same_seed_and_answers_give_the_same_profile() -> None:
    first, again = (run_json("1\n1\n1\nA\nq\n", "--skills", "mathematics", "--seed", "3") for _ in range(2))
    assert first["skills"] == again["skills"]
    row = first["skills"]["mathematics"]
    assert row["low"] < row["score"] < row["high"]
    assert first["answers"] == row["answers"] > 0


def test_what_is_no_answer_is_said_and_asked_again() -> None:
    done = run("what\n\nq\n", "--skills", "mathematics", "--seed", "3", "--practice")
    assert ("is no number" in done.stderr) or ("is no option" in done.stderr) or ("no answer" in done.stderr)
    assert done.stderr.count("1.  ") == 2


def test_skills_and_minutes_that_cannot_be_are_refused() -> None:
    assert "juggling" in str(run("", "--skills", "juggling").exception)
    assert run("", "--minutes", "0").exit_code == 2
