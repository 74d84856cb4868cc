"""Assess over HTTP: calibrate, score, compare groups, check fit, simulate."""

import os
from asyncio import Semaphore
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from waymark.actions.assess.abilities import Population, describe_scores, score
from waymark.actions.assess.calibration import Choices, calibrate, describe_calibration
from waymark.actions.assess.fits import Checking, check_fit, describe_fit
from waymark.actions.assess.scrutiny import describe_dif, find_dif
from waymark.actions.assess.trials import Trial, describe_trial, simulate
from waymark.actions.workspace import Workspace
from waymark.api.assess_shapes import (
    CalibrateQuery,
    CalibrationShape,
    DifQuery,
    DifShape,
    FitQuery,
    FitShape,
    ScoreQuery,
    ScoresShape,
    SimulateQuery,
    SimulationShape,
)
from waymark.api.bank import add_bank
from waymark.api.receiving import list_problems
from waymark.api.studies import add_studies
from waymark.api.tables import (
    answer,
    demand,
    describe_body,
    name_columns,
    take_tables,
    watch_batches,
    watch_steps,
)
from waymark.assess.sitting.taking import Misfit

PARTS: Final = ("responses", "items", "skills", "fixed")
"""Tables that requests may bring; a route passes over those that it has no use for."""


def list_assess_routes(workspace: Workspace) -> APIRouter:
    """Return the routes of assess over a workspace; all share the seats for work."""
    router, seats = APIRouter(tags=["assess"]), Semaphore(max(os.cpu_count() or 1, 1))
    _add_items(router, seats)
    _add_people(router, seats, workspace)
    _add_trials(router, seats, workspace)
    add_studies(router, seats, workspace)
    add_bank(router, seats, workspace)
    return router


def _add_items(router: APIRouter, seats: Semaphore) -> None:
    problems = list_problems(400, 408, 413, 422, 503)
    many, few = describe_body(*PARTS, alone="responses"), describe_body("responses", "items", alone="responses")

    @router.post("/assess/calibrate", response_model=CalibrationShape, responses=problems, openapi_extra=many)
    async def calibrate_items(request: Request, query: Annotated[CalibrateQuery, Query()]) -> Response:
        """Estimate item parameters from responses, a row a person and a column an item, by marginal likelihood."""
        tables = await take_tables(request, *PARTS, alone="responses")

        def work() -> dict[str, Any]:
            chosen = query.model_dump(include={"model", "estimator", "reference"})
            choices = Choices(skills=tables.get("skills"), fixed=tables.get("fixed"), **chosen)
            columns = name_columns(query, group=query.group)
            done = calibrate(demand(tables, "responses"), choices, columns=columns, track=watch_steps())
            return describe_calibration(done, rows=True)

        return await answer(work, seats)

    @router.post("/assess/dif", response_model=DifShape, responses=problems, openapi_extra=few)
    async def compare_groups(request: Request, query: Annotated[DifQuery, Query()]) -> Response:
        """Find items that groups of one ability answer differently; with items, people are matched on ability."""
        tables = await take_tables(request, *PARTS, alone="responses")

        def work() -> dict[str, Any]:
            columns = name_columns(query, group=query.group)
            own = demand(tables, "responses")
            return describe_dif(find_dif(own, columns, reference=query.reference, items=tables.get("items")))

        return await answer(work, seats)


def _add_people(router: APIRouter, seats: Semaphore, workspace: Workspace) -> None:
    problems = list_problems(400, 408, 413, 422, 503)
    both = describe_body("responses", "items")

    @router.post("/assess/score", response_model=ScoresShape, responses=problems, openapi_extra=both)
    async def score_people(request: Request, query: Annotated[ScoreQuery, Query()]) -> Response:
        """Score everybody on every skill of the items."""
        tables = await take_tables(request, *PARTS)

        def work() -> dict[str, Any]:
            done = score(
                workspace,
                demand(tables, "responses"),
                demand(tables, "items"),
                method=query.method,
                population=Population(mean=query.mean, sd=query.sd, correlation=query.correlation),
                plausible=query.plausible,
                seed=query.seed,
                columns=name_columns(query),
            )
            return describe_scores(done, rows=True)

        return await answer(work, seats)

    @router.post("/assess/fit", response_model=FitShape, responses=problems, openapi_extra=both)
    async def check(request: Request, query: Annotated[FitQuery, Query()]) -> Response:
        """Test the fit of items (S-X2), model (M2), pairs of items (Q3) and people (lz*)."""
        tables = await take_tables(request, *PARTS)

        def work() -> dict[str, Any]:
            own, items = demand(tables, "responses"), demand(tables, "items")
            how = Checking(known=query.known)
            return describe_fit(check_fit(workspace, own, items, checking=how, columns=name_columns(query)))

        return await answer(work, seats)


def _add_trials(router: APIRouter, seats: Semaphore, workspace: Workspace) -> None:
    problems = list_problems(400, 408, 413, 422, 503)
    body = describe_body("items", alone="items", required=False)

    @router.post("/assess/simulate", response_model=SimulationShape, responses=problems, openapi_extra=body)
    async def simulate_sittings(request: Request, query: Annotated[SimulateQuery, Query()]) -> Response:
        """Send made-up people through a bank (default: the planned one) under the shipped rules."""
        tables = await take_tables(request, *PARTS, alone="items")

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
            return describe_trial(simulate(workspace, trial, track=watch_batches))

        return await answer(work, seats)
