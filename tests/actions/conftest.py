"""A tiny corpus of made-up postings with labels of its own, to fit a reader to in a second."""

import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from waymark.actions.workspace import Workspace, open_workspace
from waymark.demand.labels import COLUMNS
from waymark.framework import Edition

CASES = Path(__file__).parents[1] / "demand" / "cases"
FOREIGN = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """A corpus of postings and the table of labels that goes with it."""

    corpus: Path
    labels: Path
    size: int


@pytest.fixture(scope="session")
def workspace() -> Iterator[Workspace]:
    opened = open_workspace()
    yield opened
    opened.confinement.close()


@pytest.fixture(scope="session")
def lesson(workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Lesson:
    return write_lesson(tmp_path_factory.mktemp("lesson"), load_cases(), workspace.edition)


def load_cases() -> list[dict[str, Any]]:
    """Return the made-up postings of the six roles, and some of foreign work."""
    cases = [
        tomllib.loads((CASES / f"{name}.toml").read_text(encoding="utf-8"))["posting"] for name in ("roles", "foreign")
    ]
    return [*cases[0], *cases[1][:FOREIGN]]


def write_lesson(folder: Path, cases: list[dict[str, Any]], edition: Edition) -> Lesson:
    """Write postings and labels; a label's skills are those that its role needs at a working level."""
    rows, labels = [], ["\t".join(COLUMNS)]
    for number, case in enumerate(cases):
        role = case.get("role", "none")
        rows.append(json.dumps({"id": f"case:{number}", "title": case["title"], "description": case["text"]}))
        labels.append("\t".join(_label(f"case:{number}", role, case.get("tasks", []), edition)))
    corpus, table = folder / "corpus.jsonl", folder / "labels.tsv"
    corpus.write_text("\n".join(rows), encoding="utf-8")
    table.write_text("\n".join(labels), encoding="utf-8")
    return Lesson(corpus=corpus, labels=table, size=len(cases))


def _label(name: str, role: str, tasks: list[str], edition: Edition) -> list[str]:
    levels = [edition.roles[role].needs[skill].level if role in edition.roles else 0 for skill in edition.skills]
    need = "".join("r" if level > 1 else "p" if level else "." for level in levels)
    fit = "none" if role == "none" else "clear"
    marked = [name for task in tasks for name in _first_subtasks(edition, task)]
    cells = [",".join(tasks) or "-", "".join(map(str, levels)), need, "-", ",".join(marked) or "-", "stratified"]
    return [name, role, "-", fit, *cells]


def _first_subtasks(edition: Edition, task: str) -> list[str]:
    return [subtask.id for subtask in edition.subtasks.values() if subtask.task == task][:2]
