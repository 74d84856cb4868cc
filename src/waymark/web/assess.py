"""The pages of assess: a sitting to watch, a population to simulate, a table of responses to calibrate."""

from typing import Any

from fastapi.responses import Response
from starlette.requests import Request

from waymark.actions.trying import EXAMPLE, MOST_TESTED, make_example, try_calibration
from waymark.actions.watching import MOST_ITEMS, MOST_PEOPLE, MOST_SEED
from waymark.errors import BadInput, Invalid, Unavailable, WaymarkError
from waymark.web.asking import CROWD, SCENE, Question, list_targets, make_crowd, make_scene, read_question
from waymark.web.calibrations import MODELS, TableView, view_table
from waymark.web.forms import Form, receive_form
from waymark.web.refusing import status_of
from waymark.web.simulations import MEASURES, MISFITS, CrowdView, list_convergence, view_crowd
from waymark.web.sites import Site, site_of
from waymark.web.sittings import SittingView, view_sitting


async def show_sitting(request: Request) -> Response:
    """Show a sitting as the address asks for it, or say in the form what is wrong."""
    site = site_of(request)
    question = read_question(request.query_params, SCENE, edition=site.edition)
    try:
        scene = make_scene(question)
        watched = await site.work_out(site.watch, scene)
    except (Invalid, Unavailable) as error:
        return _show_sitting(request, question, view=None, problem=error)
    view = await site.work_out(view_sitting, watched, edition=site.edition)
    return _show_sitting(request, question, view=view, problem=None)


def _show_sitting(
    request: Request, question: Question, *, view: SittingView | None, problem: WaymarkError | None
) -> Response:
    site = site_of(request)
    given = {"question": question, "targets": list_targets(), "most_seed": MOST_SEED, "view": view, "problem": problem}
    return _show(request, site, "assess.html", problem, given)


async def show_simulation(request: Request) -> Response:
    """Show a simulated population as the address asks for it, or say in the form what is wrong."""
    site = site_of(request)
    question = read_question(request.query_params, CROWD, edition=site.edition)
    try:
        crowd = make_crowd(question)
        found = await site.work_out(site.simulate, crowd)
    except (Invalid, Unavailable) as error:
        return _show_simulation(request, question, view=None, problem=error)
    view = await site.work_out(view_crowd, crowd, found, edition=site.edition)
    return _show_simulation(request, question, view=view, problem=None)


def _show_simulation(
    request: Request, question: Question, *, view: CrowdView | None, problem: WaymarkError | None
) -> Response:
    site = site_of(request)
    given = {
        "question": question,
        "targets": list_targets(),
        "misfits": MISFITS,
        "measures": MEASURES,
        "most_seed": MOST_SEED,
        "most_people": MOST_PEOPLE,
        "most_items": MOST_ITEMS,
        "view": view,
        "convergence": list_convergence(view.summary) if view else (),
        "problem": problem,
    }
    return _show(request, site, "assess_simulation.html", problem, given)


def _show(request: Request, site: Site, template: str, problem: WaymarkError | None, given: dict[str, Any]) -> Response:
    if problem is None:
        return site.renderer.page(request, template, **given)
    response = site.renderer.answer(template, status=status_of(problem), **given)
    if isinstance(problem, Unavailable):
        response.headers["Retry-After"] = "5"
    return response


def show_calibration(request: Request) -> Response:
    """Show the form that a table of responses is sent with."""
    site = site_of(request)
    return site.renderer.page(request, "assess_calibration.html", **_tell_table(None, None, model="2pl"))


async def calibrate_table(request: Request) -> Response:
    """Calibrate the table that was sent, or the made-up one, and show the items or say what is wrong."""
    site = site_of(request)
    form = await receive_form(request)
    model = form.text("model") or "2pl"
    try:
        name, data = await _find_table(form, site=site)
        table = await site.work_out(try_calibration, site.workspace, data, name=name, model=model)
    except Invalid as error:
        told = _tell_table(None, error, model=model)
        return site.renderer.answer("assess_calibration.html", status=status_of(error), **told)
    view = await site.work_out(view_table, table, name=name)
    return site.renderer.answer("assess_calibration.html", **_tell_table(view, None, model=model))


async def _find_table(form: Form, *, site: Site) -> tuple[str, bytes]:
    if form.text("example"):
        return EXAMPLE, await site.work_out(make_example, site.workspace)
    upload = form.files.get("file")
    if upload is None or not upload.data:
        raise BadInput("there is no table yet", hint="choose a file, or try the made-up one")
    return upload.name or "the table", upload.data


def _tell_table(view: TableView | None, problem: WaymarkError | None, *, model: str) -> dict[str, Any]:
    told = {"view": view, "problem": problem, "model": model, "models": MODELS, "example": EXAMPLE}
    return told | {"most_tested": MOST_TESTED}


async def send_example(request: Request) -> Response:
    """Send the made-up table of responses as a file."""
    site = site_of(request)
    data = await site.work_out(make_example, site.workspace)
    headers = {"Content-Disposition": f'attachment; filename="{EXAMPLE}"'}
    return Response(data, media_type="text/csv; charset=utf-8", headers=headers)
