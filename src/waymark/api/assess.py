"""Assess over HTTP: calibrate, score, compare groups, check fit, simulate."""

import os
import time
from asyncio import Semaphore, timeout
from collections.abc import Callable, Iterator, Sequence
from http import HTTPStatus
from typing import Annotated, Any, Final

import orjson
from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from waymark.actions.assess.abilities import Population, describe_scores, score
from waymark.actions.assess.calibration import Choices, calibrate, describe_calibration
from waymark.actions.assess.fits import Checking, check_fit, describe_fit
from waymark.actions.assess.scrutiny import describe_dif, find_dif
from waymark.actions.assess.trials import Trial, describe_trial, simulate
from waymark.actions.workspace import Workspace
from waymark.api.assess_shapes import (
    CalibrateQuery,
    CalibrationShape,
    ColumnsQuery,
    DifQuery,
    DifShape,
    FitQuery,
    FitShape,
    ScoreQuery,
    ScoresShape,
    SimulateQuery,
    SimulationShape,
)
from waymark.api.receiving import BODY_SECONDS, list_problems, receive, seated
from waymark.assess.sitting.taking import Misfit
from waymark.engines.answers import Columns
from waymark.engines.frames import Source, Table
from waymark.errors import BadInput, TooLarge

MAX_CELLS: Final = 2_000_000
MOST_SECONDS: Final = 60.0
_PARTS: Final = ("responses", "items", "skills", "fixed")
_BUSY: Final = "too much is being estimated right now"
_ROWS = {"type": "array", "items": {"type": "object", "additionalProperties": True}}
_FILE = {"type": "string", "contentMediaType": "text/csv", "description": "CSV or Parquet."}
"""How a part of a form, or a whole body, may come."""


def _document(*parts: str, alone: str = "", required: bool = True) -> dict[str, Any]:
    """Describe a body: tables by name as JSON or a form, or the one named `alone` as it is."""
    kinds: dict[str, Any] = {
        "application/json": {"schema": {"type": "object", "properties": dict.fromkeys(parts, _ROWS)}},
        "multipart/form-data": {"schema": {"type": "object", "properties": dict.fromkeys(parts, _FILE)}},
    }
    if alone:
        kinds |= {kind: {"schema": _FILE} for kind in ("text/csv", "application/vnd.apache.parquet")}
    told = "Tables as rows of JSON or as files of a form" + (f"; or the {alone} alone, as CSV or Parquet" * bool(alone))
    return {"requestBody": {"required": required, "description": f"{told}.", "content": kinds}}


def list_assess_routes(workspace: Workspace) -> APIRouter:
    """Return the routes of assess over a workspace; all share the seats for work."""
    router, seats = APIRouter(tags=["assess"]), Semaphore(max(os.cpu_count() or 1, 1))
    _add_items(router, seats)
    _add_people(router, seats, workspace)
    _add_trials(router, seats, workspace)
    return router


def _add_items(router: APIRouter, seats: Semaphore) -> None:
    problems = list_problems(400, 408, 413, 422, 503)
    many, few = _document(*_PARTS, alone="responses"), _document("responses", "items", alone="responses")

    @router.post("/assess/calibrate", response_model=CalibrationShape, responses=problems, openapi_extra=many)
    async def calibrate_items(request: Request, query: Annotated[CalibrateQuery, Query()]) -> Response:
        """Estimate item parameters from responses, a row a person and a column an item, by marginal likelihood."""
        tables = await _take_tables(request, alone="responses")

        def work() -> dict[str, Any]:
            chosen = query.model_dump(include={"model", "estimator", "reference"})
            choices = Choices(skills=tables.get("skills"), fixed=tables.get("fixed"), **chosen)
            columns = _name_columns(query, group=query.group)
            done = calibrate(_demand(tables, "responses"), choices, columns=columns, track=_watch_steps())
            return describe_calibration(done, rows=True)

        return await _answer(work, seats)

    @router.post("/assess/dif", response_model=DifShape, responses=problems, openapi_extra=few)
    async def compare_groups(request: Request, query: Annotated[DifQuery, Query()]) -> Response:
        """Find items that groups of one ability answer differently; with items, people are matched on ability."""
        tables = await _take_tables(request, alone="responses")

        def work() -> dict[str, Any]:
            columns = _name_columns(query, group=query.group)
            own = _demand(tables, "responses")
            return describe_dif(find_dif(own, columns, reference=query.reference, items=tables.get("items")))

        return await _answer(work, seats)


def _add_people(router: APIRouter, seats: Semaphore, workspace: Workspace) -> None:
    problems = list_problems(400, 408, 413, 422, 503)
    both = _document("responses", "items")

    @router.post("/assess/score", response_model=ScoresShape, responses=problems, openapi_extra=both)
    async def score_people(request: Request, query: Annotated[ScoreQuery, Query()]) -> Response:
        """Score everybody on every skill of the items."""
        tables = await _take_tables(request)

        def work() -> dict[str, Any]:
            done = score(
                workspace,
                _demand(tables, "responses"),
                _demand(tables, "items"),
                method=query.method,
                population=Population(mean=query.mean, sd=query.sd, correlation=query.correlation),
                plausible=query.plausible,
                seed=query.seed,
                columns=_name_columns(query),
            )
            return describe_scores(done, rows=True)

        return await _answer(work, seats)

    @router.post("/assess/fit", response_model=FitShape, responses=problems, openapi_extra=both)
    async def check(request: Request, query: Annotated[FitQuery, Query()]) -> Response:
        """Test the fit of items (S-X2), model (M2), pairs of items (Q3) and people (lz*)."""
        tables = await _take_tables(request)

        def work() -> dict[str, Any]:
            own, items = _demand(tables, "responses"), _demand(tables, "items")
            how = Checking(known=query.known)
            return describe_fit(check_fit(workspace, own, items, checking=how, columns=_name_columns(query)))

        return await _answer(work, seats)


def _add_trials(router: APIRouter, seats: Semaphore, workspace: Workspace) -> None:
    problems = list_problems(400, 408, 413, 422, 503)
    body = _document("items", alone="items", required=False)

    @router.post("/assess/simulate", response_model=SimulationShape, responses=problems, openapi_extra=body)
    async def simulate_sittings(request: Request, query: Annotated[SimulateQuery, Query()]) -> Response:
        """Send made-up people through a bank (default: the planned one) under the shipped rules."""
        tables = await _take_tables(request, alone="items")

        def work() -> dict[str, Any]:
            trial = Trial(
                bank=tables.get("items"),
                skills=tuple(name.strip() for name in query.skills.split(",") if name.strip()),
                changes={
                    "target_sd": query.target_se,
                    "most_items_per_skill": query.most_items,
                    "exposure_cap": query.exposure_cap,
                    "exploration": query.explore,
                },
                misfit=Misfit(kind=query.misfit, rate=query.rate),
                **query.model_dump(include={"people", "seed", "correlation", "evidence"}),
            )
            return describe_trial(simulate(workspace, trial, track=_watch_batches))

        return await _answer(work, seats)


async def _answer(work: Callable[[], dict[str, Any]], seats: Semaphore) -> Response:
    async with seated(seats, busy=_BUSY):
        found = await run_in_threadpool(work)
    return Response(orjson.dumps(found, option=orjson.OPT_SERIALIZE_NUMPY), media_type="application/json")


async def _take_tables(request: Request, *, alone: str = "") -> dict[str, Table]:
    """Return the tables of a body by name; raise BadInput for what is no table."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        return await _take_form(request)
    body = await receive(request)
    if not body.strip():
        return {}
    if kind.endswith("json") or (body.lstrip()[:1] == b"{" and "csv" not in kind):
        return _take_json(body)
    if not alone:
        raise BadInput("the body holds one table", hint="send responses and items, as JSON or as files of a form")
    return {alone: _make_table(body, alone)}


async def _take_form(request: Request) -> dict[str, Table]:
    try:
        async with timeout(BODY_SECONDS), request.form(max_files=len(_PARTS), max_fields=len(_PARTS)) as form:
            parts = {name: value if isinstance(value, str) else await value.read() for name, value in form.items()}
    except TimeoutError as error:
        raise HTTPException(HTTPStatus.REQUEST_TIMEOUT) from error
    return {
        name: _make_table(value.encode() if isinstance(value, str) else value, _check_name(name))
        for name, value in parts.items()
    }


def _take_json(body: bytes) -> dict[str, Table]:
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadInput("the body is not valid JSON", hint="send tables as rows") from error
    if not isinstance(value, dict) or not all(isinstance(rows, list) for rows in value.values()):
        raise BadInput("the body is no object of tables", hint='send {"responses": [{"id": "p1", "q1": 1}, ...]}')
    return {name: _make_table(rows, _check_name(name)) for name, rows in value.items()}


def _check_name(name: str) -> str:
    if name not in _PARTS:
        raise BadInput("there is a table of another name", hint=f"tables are {', '.join(_PARTS)}")
    return name


def _make_table(source: Source, name: str) -> Table:
    return Table(source=source, name=name, most_cells=MAX_CELLS)


def _demand(tables: dict[str, Table], name: str) -> Table:
    if name not in tables:
        raise BadInput(f"the request has no {name}", hint=f"send a table of {name}")
    return tables[name]


def _name_columns(query: ColumnsQuery, *, group: str | None = None) -> Columns:
    return Columns(people=query.people, group=group, left_out=tuple(query.left_out))


def _watch_steps() -> Callable[[int, float], object]:
    """Give a function that ends work which takes too long, called at every step of it."""
    due = time.monotonic() + MOST_SECONDS

    def watch(_number: int, _value: float) -> None:
        if time.monotonic() > due:
            raise TooLarge(f"it takes more than {MOST_SECONDS:.0f} seconds", hint="use the command line")

    return watch


def _watch_batches(items: Sequence[Any], _what: str) -> Iterator[Any]:
    watch = _watch_steps()
    for item in items:
        watch(0, 0.0)
        yield item
