"""`waymark assess bank`, `show` and `audit`, in this process."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from waymark.cli.main import app
from waymark.errors import BadInput, MissingInput, NotFound

TEMPLATE = "ml.metrics_classification.metric_from_counts"
SUBMITTED = """
id = "tpl.x.share"
skill = "data_science"
topic = "ds.probability_basics"
title = "Share"
format = "numeric"
band = "beginning"
cognitive = "apply"
minutes = 1
stem = "There are {n} rows and {k} are flagged. What share is flagged? (At least 3 decimals.)"
derive = "key = k / n\\ninverse = n / k"
key = { value = "key", show = "{:.4f}" }
tolerance = { rel = 0.01 }
verify = "check = sum(1 for _ in range(k)) / n"
distractors = [{ value = "inverse", misconception = "ds.probability_basics.x" }]
params = { n = { int = [100, 900, 20] }, k = { int = [10, 90, 1] } }
features = { n_steps = "1", size = "n" }
feedback = { correct = "Divide.", by_misconception = { x = "The other way round." } }
"""


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["assess", *arguments])


def run_json(*arguments: str) -> dict[str, Any]:
    done = run(*arguments, "--json")
    assert done.exception is None or isinstance(done.exception, SystemExit), done.output
    return dict(json.loads(done.stdout))


def test_the_bank_is_counted_by_skill() -> None:
    told = run_json("bank")
    assert told["templates"] == sum(row["templates"] for row in told["skills"])
    assert "machine_learning" in run("bank").stdout


def test_the_same_seed_shows_the_same_question() -> None:
    first, again, other = (run_json("show", TEMPLATE, "--seed", seed) for seed in ("4", "4", "5"))
    assert first == again != other
    told = run("show", TEMPLATE, "--seed", "4").stdout
    assert first["stem"] in told
    assert f"key: {first['key']}" in told


def test_a_template_that_is_not_there_is_refused() -> None:
    assert isinstance(run("show", "ml.no.such").exception, NotFound)
    assert isinstance(run("audit", "ml.no.such").exception, NotFound)


def test_templates_of_the_bank_are_audited_with_their_programs() -> None:
    told = run_json("audit", TEMPLATE, "ql.window_functions.top_n_with_ties", "--variants", "60", "--programs", "2")
    assert told["passed"], told["findings"]
    assert told["questions"] == 2
    assert [row["status"] for row in told["rules"] if row["number"] in {4, 8}] == ["kept", "kept"]


def test_a_file_from_elsewhere_is_audited_and_its_defect_found(tmp_path: Path) -> None:
    path = tmp_path / "share.toml"
    path.write_text(SUBMITTED, encoding="utf-8")
    sound = run("audit", "--file", str(path), "--variants", "60")
    assert sound.exit_code == 0, sound.stdout
    path.write_text(SUBMITTED.replace("key = k / n", "key = k / n if k != 40 else 0.5"), encoding="utf-8")
    broken = run("audit", "--file", str(path), "--variants", "60")
    assert broken.exit_code == 1
    assert "the second route finds" in broken.stdout
    path.write_text(SUBMITTED.replace("inverse = n / k", "inverse = open('/etc/passwd').read()"), encoding="utf-8")
    assert "name 'open' is not defined" in run("audit", "--file", str(path)).stdout


@pytest.mark.parametrize("content", [b"", b"\xff", b"key = ["])
def test_a_file_that_holds_no_question_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "odd.toml"
    path.write_bytes(content)
    assert isinstance(run("audit", "--file", str(path)).exception, BadInput)
    assert isinstance(run("audit", "--file", str(tmp_path / "none")).exception, MissingInput)


def test_versions_that_passed_are_written(tmp_path: Path) -> None:
    path = tmp_path / "passed.json"
    done = run("audit", TEMPLATE, "--variants", "60", "--record", str(path))
    assert done.exit_code == 0
    told = json.loads(path.read_text(encoding="utf-8"))
    assert told[TEMPLATE]["version"] == run_json("show", TEMPLATE)["version"]
    assert len(told[TEMPLATE]["draws"]) == 32
