"""Tables in requests: bodies and forms read into tables, the work on them done in a seat, the time it may take."""

import time
from asyncio import Semaphore, timeout
from collections.abc import Callable, Iterator, Sequence
from http import HTTPStatus
from typing import Any, Final

import orjson
from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from waymark.api.assess_shapes import ColumnsQuery
from waymark.api.receiving import BODY_SECONDS, receive, seated
from waymark.engines.answers import Columns
from waymark.engines.frames import Source, Table
from waymark.errors import BadInput, TooLarge

MAX_CELLS: Final = 2_000_000
MOST_SECONDS: Final = 60.0
_BUSY: Final = "too much is being estimated right now"
_ROWS = {"type": "array", "items": {"type": "object", "additionalProperties": True}}
_FILE = {"type": "string", "contentMediaType": "text/csv", "description": "CSV or Parquet."}
"""How a part of a form, or a whole body, may come."""


def describe_body(*parts: str, alone: str = "", required: bool = True) -> dict[str, Any]:
    """Describe a body: tables by name as JSON or a form, or the one named `alone` as it is."""
    kinds: dict[str, Any] = {
        "application/json": {"schema": {"type": "object", "properties": dict.fromkeys(parts, _ROWS)}},
        "multipart/form-data": {"schema": {"type": "object", "properties": dict.fromkeys(parts, _FILE)}},
    }
    if alone:
        kinds |= {kind: {"schema": _FILE} for kind in ("text/csv", "application/vnd.apache.parquet")}
    told = "Tables as rows of JSON or as files of a form" + (f"; or the {alone} alone, as CSV or Parquet" * bool(alone))
    return {"requestBody": {"required": required, "description": f"{told}.", "content": kinds}}


async def answer(work: Callable[[], dict[str, Any]], seats: Semaphore) -> Response:
    """Do the work when a seat is free, and give what it came to as JSON."""
    async with seated(seats, busy=_BUSY):
        found = await run_in_threadpool(work)
    return Response(orjson.dumps(found, option=orjson.OPT_SERIALIZE_NUMPY), media_type="application/json")


async def take_tables(request: Request, *parts: str, alone: str = "") -> dict[str, Table]:
    """Return the tables of a body by name, which is one of `parts`; raise BadInput for what is no table."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        return await _take_form(request, parts)
    body = await receive(request)
    if not body.strip():
        return {}
    if kind.endswith("json") or (body.lstrip()[:1] == b"{" and "csv" not in kind):
        return _take_json(body, parts)
    if not alone:
        raise BadInput("the body holds one table", hint="send the tables by name, as JSON or as files of a form")
    return {alone: _make_table(body, alone)}


async def _take_form(request: Request, parts: Sequence[str]) -> dict[str, Table]:
    try:
        async with timeout(BODY_SECONDS), request.form(max_files=len(parts), max_fields=len(parts)) as form:
            given = {name: value if isinstance(value, str) else await value.read() for name, value in form.items()}
    except TimeoutError as error:
        raise HTTPException(HTTPStatus.REQUEST_TIMEOUT) from error
    return {
        name: _make_table(value.encode() if isinstance(value, str) else value, _check_name(name, parts))
        for name, value in given.items()
    }


def _take_json(body: bytes, parts: Sequence[str]) -> dict[str, Table]:
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadInput("the body is not valid JSON", hint="send tables as rows") from error
    if not isinstance(value, dict) or not all(isinstance(rows, list) for rows in value.values()):
        raise BadInput("the body is no object of tables", hint='send {"responses": [{"id": "p1", "q1": 1}, ...]}')
    return {name: _make_table(rows, _check_name(name, parts)) for name, rows in value.items()}


def _check_name(name: str, parts: Sequence[str]) -> str:
    if name not in parts:
        raise BadInput("there is a table of another name", hint=f"tables are {', '.join(parts)}")
    return name


def _make_table(source: Source, name: str) -> Table:
    return Table(source=source, name=name, most_cells=MAX_CELLS)


def demand(tables: dict[str, Table], name: str) -> Table:
    """Return a table of a request; raise BadInput where it is not there."""
    if name not in tables:
        raise BadInput(f"the request has no {name}", hint=f"send a table of {name}")
    return tables[name]


def name_columns(query: ColumnsQuery, *, group: str | None = None) -> Columns:
    """Return which columns of the responses are no items."""
    return Columns(people=query.people, group=group, left_out=tuple(query.left_out))


def watch_steps() -> Callable[[int, float], object]:
    """Give a function that ends work which takes too long, called at every step of it."""
    due = time.monotonic() + MOST_SECONDS

    def watch(_number: int, _value: float) -> None:
        if time.monotonic() > due:
            raise TooLarge(f"it takes more than {MOST_SECONDS:.0f} seconds", hint="use the command line")

    return watch


def watch_batches(items: Sequence[Any], _what: str) -> Iterator[Any]:
    """Pass on the items until they take too long."""
    watch = watch_steps()
    for item in items:
        watch(0, 0.0)
        yield item
