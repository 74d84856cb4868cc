"""Studies over HTTP: predictions, options, times, explained difficulty, monitors."""

from asyncio import Semaphore
from dataclasses import replace
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from waymark.actions.assess.abilities import Population, describe_predictions, lay_out_predictions, predict
from waymark.actions.assess.distractors import describe_options, study_options
from waymark.actions.assess.explanations import describe_explanation, explain_difficulty
from waymark.actions.assess.mixtures import STACK, describe_mixed, predict_by_models
from waymark.actions.assess.monitors import describe_watch, monitor
from waymark.actions.assess.pacing import describe_times, study_times
from waymark.actions.workspace import Workspace
from waymark.api.assess_shapes import ColumnsQuery
from waymark.api.receiving import list_problems
from waymark.api.study_shapes import (
    ExplainedShape,
    MonitorQuery,
    OptionsQuery,
    OptionsShape,
    PredictionsShape,
    PredictQuery,
    TimesQuery,
    TimesShape,
    WatchShape,
)
from waymark.api.tables import answer, demand, describe_body, name_columns, take_tables
from waymark.engines.frames import Table
from waymark.engines.writing import list_rows
from waymark.errors import BadInput

MOST_ESTIMATED: Final = 200_000
"""Cells of responses from which models are estimated many times over; more goes through the command line."""

_STATUSES: Final = (400, 408, 413, 422, 503)


def add_studies(router: APIRouter, seats: Semaphore, workspace: Workspace) -> None:
    """Add the routes of studies; they share the seats for work."""
    _add_predictions(router, seats, workspace)
    _add_options(router, seats)
    _add_times(router, seats)
    _add_explanations(router, seats)
    _add_monitors(router, seats)


def _add_predictions(router: APIRouter, seats: Semaphore, workspace: Workspace) -> None:
    problems = list_problems(*_STATUSES)
    body = describe_body("responses", "items", "skills", alone="responses")

    @router.post("/assess/predict", response_model=PredictionsShape, responses=problems, openapi_extra=body)
    async def predict_cells(request: Request, query: Annotated[PredictQuery, Query()]) -> Response:
        """Predict every answer that was not seen: by known items, or by a mixture of models of the answers."""
        tables = await take_tables(request, "responses", "items", "skills", alone="responses")
        return await answer(lambda: _predict(workspace, tables, query), seats)


def _predict(workspace: Workspace, tables: dict[str, Table], query: PredictQuery) -> dict[str, Any]:
    own, items, columns = _restrict(demand(tables, "responses")), tables.get("items"), name_columns(query)
    if items is not None:
        if query.model is not None or "skills" in tables:
            raise BadInput("items and a model to predict by", hint="send items, or name a model")
        among = Population(mean=query.mean, sd=query.sd, correlation=query.correlation)
        found = predict(own, items, population=among, columns=columns)
        return describe_predictions(found) | {"rows": list_rows(lay_out_predictions(found))}
    if (query.mean, query.sd, query.correlation) != (0.0, 1.0, None):
        raise BadInput("a population without items", hint="a model is estimated with its population; leave it out")
    mixed = predict_by_models(
        workspace, own, model=query.model or STACK, skills=tables.get("skills"), seed=query.seed, columns=columns
    )
    return describe_mixed(mixed, rows=True)


def _restrict(table: Table) -> Table:
    """Return a table that may have fewer cells than others: work on it takes long, or its answer is long."""
    return replace(table, most_cells=MOST_ESTIMATED)


def _add_options(router: APIRouter, seats: Semaphore) -> None:
    body = describe_body("responses", "key", "items")

    @router.post(
        "/assess/options", response_model=OptionsShape, responses=list_problems(*_STATUSES), openapi_extra=body
    )
    async def study(request: Request, query: Annotated[OptionsQuery, Query()]) -> Response:
        """Study the options of items against the key: who takes which, dead ones, a second key, a wrong key."""
        tables = await take_tables(request, "responses", "key", "items")

        def work() -> dict[str, Any]:
            own, key = demand(tables, "responses"), demand(tables, "key")
            columns = name_columns(query)
            return describe_options(
                study_options(own, key, items=tables.get("items"), alpha=query.alpha, columns=columns)
            )

        return await answer(work, seats)


def _add_times(router: APIRouter, seats: Semaphore) -> None:
    body = describe_body("times", "responses", "items", alone="times")

    @router.post("/assess/times", response_model=TimesShape, responses=list_problems(*_STATUSES), openapi_extra=body)
    async def time_items(request: Request, query: Annotated[TimesQuery, Query()]) -> Response:
        """Fit times of answers: intensity and discrimination of items, speed of people, rapid guessing."""
        tables = await take_tables(request, "times", "responses", "items", alone="times")

        def work() -> dict[str, Any]:
            found = study_times(
                demand(tables, "times"),
                responses=tables.get("responses"),
                items=tables.get("items"),
                unit=query.unit,
                alpha=query.alpha,
                columns=name_columns(query),
            )
            return describe_times(found)

        return await answer(work, seats)


def _add_explanations(router: APIRouter, seats: Semaphore) -> None:
    body = describe_body("items", "features", "responses")

    @router.post(
        "/assess/explain", response_model=ExplainedShape, responses=list_problems(*_STATUSES), openapi_extra=body
    )
    async def explain_items(request: Request, query: Annotated[ColumnsQuery, Query()]) -> Response:
        """Explain difficulty and slope by features of items, and give items of the features alone a prior."""
        tables = await take_tables(request, "items", "features", "responses")

        def work() -> dict[str, Any]:
            own = tables.get("responses")
            found = explain_difficulty(
                demand(tables, "items"),
                _restrict(demand(tables, "features")),
                responses=None if own is None else _restrict(own),
                columns=name_columns(query),
            )
            return describe_explanation(found)

        return await answer(work, seats)


def _add_monitors(router: APIRouter, seats: Semaphore) -> None:
    body = describe_body("answers", "items")

    @router.post("/assess/monitor", response_model=WatchShape, responses=list_problems(*_STATUSES), openapi_extra=body)
    async def watch_items(request: Request, query: Annotated[MonitorQuery, Query()]) -> Response:
        """Watch recorded answers: drift, leaks and DIF of items, what was foretold, whether stated intervals hold."""
        tables = await take_tables(request, "answers", "items")

        def work() -> dict[str, Any]:
            own, items = demand(tables, "answers"), demand(tables, "items")
            found = monitor(own, items, people=query.people, group=query.group, alpha=query.alpha)
            return describe_watch(found)

        return await answer(work, seats)
