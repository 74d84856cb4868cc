"""A visitor for the pages: real requests to the real application, without a network."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from fastapi import FastAPI
from httpx2 import ASGITransport, AsyncClient, Response

from waymark.actions.workspace import Workspace, open_workspace
from waymark.assess.templates.shelves import load_templates
from waymark.framework import Edition
from waymark.web import build_pages
from waymark.web.shapes import Evidence, Reading

Visit: TypeAlias = Callable[..., Response]

TEXT = "Write SQL and build dashboards in Tableau. Some Python is welcome."


@pytest.fixture(scope="session")
def workspace() -> Iterator[Workspace]:
    opened = open_workspace()
    yield opened
    opened.confinement.close()


@pytest.fixture(scope="session")
def edition(workspace: Workspace) -> Edition:
    return workspace.edition


@pytest.fixture(scope="session")
def app(workspace: Workspace) -> FastAPI:
    return build_pages(workspace)


@pytest.fixture(scope="session")
def visit(app: FastAPI) -> Visit:
    """Send one request: visit("GET", "/about")."""

    async def send(method: str, path: str, **options: Any) -> Response:
        async with AsyncClient(transport=ASGITransport(app=app), base_url="http://waymark.test") as client:
            return await client.request(method, path, **options)

    def send_now(method: str, path: str, **options: Any) -> Response:
        return asyncio.run(send(method, path, **options))

    return send_now


@pytest.fixture(scope="session")
def addresses(edition: Edition) -> tuple[str, ...]:
    """Return the address of every page that a link can lead to."""
    return (
        "/",
        "/about",
        "/framework",
        "/assess",
        "/assess/simulation",
        "/assess/calibration",
        "/assess/bank",
        *(f"/assess/bank/{name}" for name in load_templates()),
        *(f"/framework/roles/{role}" for role in (*edition.roles, *edition.variants)),
        *(f"/framework/tasks/{task}" for task in edition.tasks),
        *(f"/framework/skills/{skill}" for skill in edition.skills),
    )


@pytest.fixture
def reading(edition: Edition) -> Reading:
    """Return a reading written by hand: an analyst's work under a scientist's title."""
    return make_reading(edition)


def make_reading(edition: Edition, **probabilities: float) -> Reading:
    chances = probabilities or {"data_analyst": 0.8, "data_scientist": 0.15, "none": 0.05}
    return {
        "id": "posting",
        "title": "Data Scientist",
        "role": {
            "best": max(chances, key=lambda role: chances[role]),
            "probabilities": {role: chances.get(role, 0.0) for role in (*edition.roles, "none")},
        },
        "tasks": {task: 0.9 if task == "business_analysis" else 0.2 for task in edition.tasks},
        "subtasks": {"ba.dashboards": 0.9, "ba.ab_tests": 0.6, "de.query": 0.4},
        "skills": {
            "communication": {"level": 0, "score": {"mean": 1.0, "sd": 10.0}, "required": False},
            "domain_specific_languages": {
                "level": 3,
                "score": {"mean": 250.0, "sd": 40.0},
                "required": True,
            },
            "algorithmic_coding": {"level": 1, "score": {"mean": 60.0, "sd": 20.0}, "required": False},
        },
        "tools": ["sql", "tableau", "excel"],
        "evidence": [
            _find("SQL", "skill", "domain_specific_languages"),
            _find("SQL", "tool", "sql"),
            _find("build dashboards in Tableau", "subtask", "ba.dashboards"),
            _find("Tableau", "tool", "tableau"),
            _find("Python", "skill", "algorithmic_coding", section="preferred"),
        ],
        "findings": [
            {
                "kind": "no_pay",
                "message": "It says nothing of pay.",
                "evidence": [_find("Python", "skill", "algorithmic_coding"), _find("Some", "role", "x")],
            }
        ],
        "text": TEXT,
    }


def _find(words: str, kind: str, term: str, *, section: str = "duties") -> Evidence:
    start = TEXT.index(words)
    return {
        "start": start,
        "end": start + len(words),
        "text": words,
        "kind": kind,
        "id": term,
        "section": section,
    }


@pytest.fixture(scope="session")
def style() -> str:
    return (Path(__file__).parents[2] / "src/waymark/web/static/waymark.css").read_text(encoding="utf-8")
