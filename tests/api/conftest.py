"""A caller of the whole server: real requests to the real application, without a network."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import pytest
from httpx2 import ASGITransport, AsyncClient, Response
from starlette.applications import Starlette

from waymark.actions.workspace import Workspace, open_workspace
from waymark.server import compose

Call: TypeAlias = Callable[..., Response]


@pytest.fixture(scope="session")
def workspace() -> Iterator[Workspace]:
    opened = open_workspace()
    yield opened
    opened.confinement.close()
    opened.jail.close()


@pytest.fixture(scope="session")
def call(workspace: Workspace) -> Call:
    """Send one request: call("GET", "/health/live")."""
    return make_caller(compose(workspace))


def make_caller(app: Starlette) -> Call:
    async def send(method: str, path: str, **options: Any) -> Response:
        async with AsyncClient(transport=ASGITransport(app=app), base_url="http://waymark.test") as client:
            return await client.request(method, path, **options)

    def send_now(method: str, path: str, **options: Any) -> Response:
        return asyncio.run(send(method, path, **options))

    return send_now
