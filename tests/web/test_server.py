import asyncio
from dataclasses import replace
from typing import NoReturn

import pytest
from httpx2 import ASGITransport, AsyncClient, Response

from waymark.actions.workspace import Workspace
from waymark.errors import Invalid, MissingInput
from waymark.server import build, compose
from waymark.web.guarding import HEADERS


def ask(workspace: Workspace, path: str, method: str = "GET") -> Response:
    async def send() -> Response:
        transport = ASGITransport(app=compose(workspace))
        async with AsyncClient(transport=transport, base_url="http://waymark.test") as client:
            return await client.request(method, path)

    return asyncio.run(send())


def test_the_process_says_that_it_lives(workspace: Workspace) -> None:
    assert ask(workspace, "/health/live").json() == {"status": "alive"}


def test_it_is_ready_once_it_can_read_a_posting(workspace: Workspace) -> None:
    response = ask(workspace, "/health/ready")
    assert response.status_code == 200
    assert response.json() == {"status": "ready", "edition": workspace.edition.about.id}


def test_it_is_not_ready_without_a_reader(workspace: Workspace) -> None:
    def find_none() -> NoReturn:
        raise MissingInput("no such model", hint="make one")

    response = ask(replace(workspace, reader=find_none), "/health/ready")
    assert response.status_code == 503
    assert response.json()["hint"] == "make one"
    assert response.headers["retry-after"] == "5"


@pytest.mark.parametrize("path", ["/", "/health/live", "/health/ready", "/health/x"])
def test_whatever_it_serves_is_guarded(workspace: Workspace, path: str) -> None:
    headers = ask(workspace, path).headers
    assert all(name in headers for name in HEADERS)
    assert ask(workspace, path, "TRACE").status_code == 405


def test_pages_are_served_at_the_root(workspace: Workspace) -> None:
    response = ask(workspace, "/framework")
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"


def test_a_setting_that_does_not_exist_stops_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAYMARK_MODLE", "x")
    with pytest.raises(Invalid):
        build()
