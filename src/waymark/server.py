"""The server: the pages at `/`, the API at `/api/v1` and health at `/health`, over one workspace.

`uvicorn --factory waymark.server:build` runs it; `waymark serve` does so with our settings.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.types import Scope

from waymark.actions.workspace import Workspace, open_workspace
from waymark.api import build_api, refuse
from waymark.errors import WaymarkError
from waymark.settings import read_settings
from waymark.web import build_pages
from waymark.web.guarding import Guard
from waymark.web.refusing import refusal_of
from waymark.web.sites import site_in


def build() -> Starlette:
    """Open the workspace that the settings ask for, and put the whole server over it.

    Raise Invalid, BadData or MissingInput for settings or data that cannot be used.
    """
    settings = read_settings()
    return compose(open_workspace(overlays=settings.overlays, model=settings.model))


def compose(workspace: Workspace) -> Starlette:
    """Put pages, API and health together over a workspace."""
    pages = build_pages(workspace)

    @asynccontextmanager
    async def live(_app: Starlette) -> AsyncIterator[None]:
        await run_in_threadpool(workspace.confinement.warm)
        site_in(pages).warmth.begin()
        yield
        workspace.confinement.close()
        workspace.jail.close()

    return Starlette(
        routes=[
            Mount("/api/v1", Guard(build_api(workspace), refuse=refuse, same_origin=False)),
            Mount("/health", Guard(build_health(workspace), refuse=refuse_plainly)),
            Mount("/", pages),
        ],
        lifespan=live,
    )


def build_health(workspace: Workspace) -> Starlette:
    """Build what a supervisor asks: is the process alive, and can it read a posting."""

    async def tell_alive(_request: Request) -> Response:
        return JSONResponse({"status": "alive"})

    async def tell_ready(_request: Request) -> Response:
        try:
            await run_in_threadpool(workspace.reader)
        except WaymarkError as error:
            body = {"status": "not ready", "detail": error.message, "hint": error.hint}
            return JSONResponse(body, status_code=503, headers={"Retry-After": "5"})
        return JSONResponse({"status": "ready", "edition": workspace.edition.about.id})

    return Starlette(routes=[Route("/live", tell_alive), Route("/ready", tell_ready)])


def refuse_plainly(_scope: Scope, status: int, incident: str) -> Response:
    """Refuse a request that no person made, in JSON."""
    body = {"status": status, "detail": refusal_of(status).title}
    return JSONResponse(body | ({"incident": incident} if incident else {}), status_code=status)
