"""The application: routes, the guard before them, and the pages of refusals."""

import os
from asyncio import Semaphore
from functools import lru_cache, partial
from http import HTTPStatus

from fastapi import FastAPI
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.routing import Route
from starlette.types import Scope

from waymark.actions.trying import EXAMPLE, warm_calibration
from waymark.actions.watching import warm_engine, watch_crowd, watch_sitting
from waymark.actions.workspace import Workspace
from waymark.errors import NotFound, WaymarkError
from waymark.web.assess import calibrate_table, send_example, show_calibration, show_simulation, show_sitting
from waymark.web.assets import load_assets, make_figure_style
from waymark.web.bank import show_shelves, show_template
from waymark.web.demand import read, show_home
from waymark.web.framework import show_about, show_framework, show_role, show_skill, show_task
from waymark.web.guarding import Guard
from waymark.web.refusing import refusal_of, status_of
from waymark.web.rendering import Renderer, make_renderer
from waymark.web.samples import load_samples
from waymark.web.seating import Warmth
from waymark.web.sites import Site, site_of

ROUTES = (
    Route("/", show_home, methods=["GET"]),
    Route("/", read, methods=["POST"]),
    Route("/framework", show_framework),
    Route("/framework/roles/{role}", show_role),
    Route("/framework/tasks/{task}", show_task),
    Route("/framework/skills/{skill}", show_skill),
    Route("/assess", show_sitting),
    Route("/assess/simulation", show_simulation),
    Route("/assess/calibration", show_calibration, methods=["GET"]),
    Route("/assess/calibration", calibrate_table, methods=["POST"]),
    Route(f"/assess/{EXAMPLE}", send_example),
    Route("/assess/bank", show_shelves),
    Route("/assess/bank/{template}", show_template),
    Route("/about", show_about),
)
FOR_EVER = "public, max-age=31536000, immutable"
REMEMBERED = 32
"""How many sittings, and how many populations, are kept ready for those who ask for them again."""


def build_pages(workspace: Workspace) -> FastAPI:
    """Build the web pages over a workspace, to be mounted at the root of a server."""
    figures = make_figure_style()
    assets = load_assets() | {figures.name: figures}
    renderer = make_renderer(workspace.edition, assets=assets)

    def refuse(_scope: Scope, status: int, incident: str) -> Response:
        return show_refusal(renderer, status, incident=incident)

    app = FastAPI(
        title="Waymark",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        routes=[*ROUTES, Route("/static/{digest}/{name}", serve_asset)],
        middleware=[Middleware(Guard, refuse=refuse)],
        exception_handlers={WaymarkError: answer_error, HTTPException: answer_http_error},
    )
    app.state.site = Site(
        workspace=workspace,
        renderer=renderer,
        assets={asset.path: asset for asset in assets.values()},
        samples=load_samples(),
        seats=Semaphore(max(os.cpu_count() or 1, 2)),
        engine_seats=Semaphore(max(os.cpu_count() or 1, 2)),
        warmth=Warmth(partial(warm_up, workspace)),
        watch=lru_cache(REMEMBERED)(partial(watch_sitting, workspace)),
        simulate=lru_cache(REMEMBERED)(partial(watch_crowd, workspace)),
    )
    return app


def warm_up(workspace: Workspace) -> None:
    """Let everything be compiled that the pages of assess need."""
    warm_engine(workspace)
    warm_calibration(workspace)


def serve_asset(request: Request) -> Response:
    """Serve a static file under the address that names its content, and under no other."""
    asset = site_of(request).assets.get("/static/{digest}/{name}".format(**request.path_params))
    if asset is None:
        raise NotFound("there is no such file", hint="load the page again")
    return Response(asset.body, media_type=asset.media_type, headers={"Cache-Control": FOR_EVER})


async def answer_error(request: Request, error: WaymarkError) -> Response:
    """Show the page of one of our own errors."""
    detail = f"{error.message[:1].upper()}{error.message[1:]}."
    return show_refusal(site_of(request).renderer, status_of(error), detail=detail, hint=error.hint)


async def answer_http_error(request: Request, error: HTTPException) -> Response:
    """Show the page of an error that is HTTP's own: no route, wrong method, too slow."""
    path = request.url.path
    if error.status_code == HTTPStatus.NOT_FOUND and len(path) > 1 and path.endswith("/"):
        return RedirectResponse(f"/{path.strip('/')}", status_code=308)
    response = show_refusal(site_of(request).renderer, error.status_code)
    response.headers.update(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED and path == "/":
        response.headers["Allow"] = "GET, HEAD, POST"
    return response


def show_refusal(renderer: Renderer, status: int, *, detail: str = "", hint: str = "", incident: str = "") -> Response:
    """Show what happened and what to do now, in the layout of all pages."""
    response = renderer.answer(
        "refusal.html", status=status, refusal=refusal_of(status), detail=detail, hint=hint, incident=incident
    )
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        response.headers["Allow"] = "GET, HEAD, POST"
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = "5"
    return response
