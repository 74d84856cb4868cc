"""The API application: its routes, and the table from error kind to HTTP status."""

import os
from asyncio import Semaphore
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Path, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException
from starlette.types import Scope

from waymark.actions import framework
from waymark.actions.demand import read_posting
from waymark.actions.workspace import Workspace
from waymark.api.assess import list_assess_routes
from waymark.api.receiving import PROBLEM, list_problems, receive, seated
from waymark.api.shapes import EditionShape, FaultShape, ReadingShape
from waymark.errors import (
    BadInput,
    Conflict,
    Denied,
    Invalid,
    NotFound,
    TooLarge,
    Unavailable,
    WaymarkError,
    kind_of,
)

STATUSES: dict[type[WaymarkError], HTTPStatus] = {
    NotFound: HTTPStatus.NOT_FOUND,
    Invalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    Conflict: HTTPStatus.CONFLICT,
    Denied: HTTPStatus.FORBIDDEN,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}
"""Each kind of error as an HTTP status; TooLarge, a leaf, has one of its own."""

_DOCUMENT = {
    "requestBody": {
        "required": True,
        "description": "The posting itself: text, HTML, JSON-LD, or an object with title and description.",
        "content": {kind: {"schema": {"type": "string", "minLength": 20}} for kind in ("text/plain", "text/html")}
        | {
            kind: {
                "schema": {
                    "type": "object",
                    "required": ["description"],
                    "properties": {
                        "title": {"type": "string"},
                        "description": {"type": "string", "minLength": 20},
                    },
                }
            }
            for kind in ("application/json", "application/ld+json")
        },
    }
}


class Readings(BaseModel):
    """The postings that one document held, as they were read."""

    model_config = ConfigDict(extra="forbid")

    readings: list[ReadingShape]


def build_api(workspace: Workspace) -> FastAPI:
    """Build the API over a workspace, to be mounted under /api/v1."""
    app = FastAPI(
        title="Waymark",
        version="1",
        description="Open skills intelligence for AI teams.",
        servers=[{"url": "/api/v1"}],
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        exception_handlers={
            WaymarkError: _answer_error,
            HTTPException: _answer_http_error,
            RequestValidationError: _answer_invalid,
            Exception: _pass_on,
        },
    )
    app.include_router(_framework_routes(workspace))
    app.include_router(_demand_routes(workspace))
    app.include_router(list_assess_routes(workspace))
    return app


def _framework_routes(workspace: Workspace) -> APIRouter:
    router = APIRouter(tags=["framework"])

    @router.get("/framework", response_model=EditionShape, responses=list_problems())
    def show_edition() -> Response:
        """Return the whole edition."""
        return JSONResponse(framework.show(workspace))

    @router.get("/framework/faults", responses=list_problems())
    def list_faults() -> list[FaultShape]:
        """Return the faults of the edition that is served; an empty list when it is sound."""
        return [FaultShape.model_validate(fault, from_attributes=True) for fault in framework.check_edition()]

    @router.get("/framework/terms/{term}", response_model=dict[str, Any], responses=list_problems(404, 422))
    def show_term(term: Annotated[str, Path(description="Id of the term, ba.dashboards say.")]) -> Response:
        """Return one role, skill, task, subtask or other term by its id."""
        return JSONResponse(framework.show(workspace, term))

    return router


def _demand_routes(workspace: Workspace) -> APIRouter:
    router = APIRouter(tags=["demand"])
    seats = Semaphore(max(os.cpu_count() or 1, 2))

    @router.post(
        "/demand/read",
        response_model=Readings,
        responses=list_problems(408, 413, 422, 503),
        openapi_extra=_DOCUMENT,
    )
    async def read(
        request: Request,
        *,
        title: Annotated[str, Query(max_length=300, description="Title, where the document brings none.")] = "",
        blind: Annotated[bool, Query(description="Withhold title and company from the reader.")] = False,
    ) -> Response:
        """Read the postings of one document: role, tasks, skills, tools, evidence, findings."""
        body = await receive(request)
        if not body.strip():
            raise BadInput("the request has no body", hint="send the posting as the body")
        async with seated(seats, busy="too many postings are being read right now"):
            found = await run_in_threadpool(read_posting, workspace, body, title=title, blind=blind)
        return JSONResponse({"readings": found})

    return router


def problem(status: int, detail: str, *, hint: str = "", instance: str = "") -> Response:
    """Return a problem (RFC 9457): what happened, and how to mend it."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    body |= {"hint": hint} if hint else {}
    body |= {"instance": instance} if instance else {}
    headers = {"Retry-After": "5"} if status == HTTPStatus.SERVICE_UNAVAILABLE else {}
    return JSONResponse(body, status_code=status, media_type=PROBLEM, headers=headers)


def refuse(_scope: Scope, status: int, incident: str) -> Response:
    """Answer a request that is refused before it is read, or that failed inside."""
    detail = (
        "this went wrong on our side" if status == HTTPStatus.INTERNAL_SERVER_ERROR else HTTPStatus(status).description
    )
    return problem(status, detail or HTTPStatus(status).phrase, instance=incident and f"urn:incident:{incident}")


async def _answer_error(_request: Request, error: WaymarkError) -> Response:
    large = isinstance(error, TooLarge)
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE if large else STATUSES[kind_of(error)]
    return problem(status, error.message, hint=error.hint)


async def _answer_http_error(_request: Request, error: HTTPException) -> Response:
    response = problem(error.status_code, str(error.detail))
    response.headers.update(error.headers or {})
    return response


async def _answer_invalid(_request: Request, error: RequestValidationError) -> Response:
    first = error.errors()[0]  # names the place and the rule, never the value that was sent
    where = ".".join(str(part) for part in first["loc"])
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, f"{where}: {first['msg']}")


async def _pass_on(_request: Request, error: Exception) -> Response:
    """Leave what nobody foresaw to the guard outside, which numbers it and answers with a problem."""
    raise error
