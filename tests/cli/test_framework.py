"""`waymark framework`, in this process."""

import json

import pytest
from typer.testing import CliRunner, Result

from waymark.cli.main import app
from waymark.framework import load_edition


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["framework", *arguments])


def test_the_whole_edition_has_the_keys_that_others_rely_on() -> None:
    value = json.loads(run("show", "--json").stdout)
    assert {"edition", "org_types", "tasks", "subtasks", "skills", "roles", "variants"} <= set(value)
    sizes = [len(value[kind]) for kind in ("tasks", "subtasks", "skills", "roles", "variants")]
    assert sizes == [5, 40, 10, 6, 3]


@pytest.mark.parametrize(
    "term", ["data_analyst", "modeling", "ba.dashboards", "communication", "deep_learning_engineer"]
)
def test_a_term_is_shown_for_people_and_for_programs(term: str) -> None:
    assert json.loads(run("show", term, "--json").stdout)["id"] == term
    plain = run("show", term)
    assert plain.exit_code == 0
    assert f"id: {term}" in plain.stdout


def test_the_edition_is_listed_for_people() -> None:
    shown = run("show").stdout
    edition = load_edition()
    assert [term for term in (*edition.tasks, *edition.skills, *edition.roles) if term not in shown] == []


def test_checking_the_shipped_edition_finds_no_fault() -> None:
    done = run("check")
    assert (done.exit_code, done.stdout) == (0, "")
    assert "no faults" in done.stderr
