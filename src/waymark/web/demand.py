"""The pages of the posting reader: the front page with its form, and the reading that it gives."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from starlette.requests import Request

from waymark.actions.demand import read_posting
from waymark.errors import BadInput, Invalid, UnknownTerm, WaymarkError
from waymark.web.forms import Form, receive_form
from waymark.web.highlighting import cut_window
from waymark.web.readings import view_reading
from waymark.web.refusing import status_of
from waymark.web.seating import run_seated
from waymark.web.shapes import Reading
from waymark.web.sites import Site, site_of
from waymark.web.verdicts import Verdict, state_verdict

TITLE_LENGTH = 300
VIEWS = 3
"""How many readings of one input a page shows in full."""

LISTED = 100
"""How many more it lists with their verdict alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What a visitor asks to have read; `text` is what the form is filled with again."""

    data: bytes
    name: str = "posting"
    title: str = ""
    text: str = ""
    blind: bool = False
    as_json: bool = False
    sample: str = ""


EMPTY = Submission(data=b"")


def show_home(request: Request) -> Response:
    """Show the front page."""
    site = site_of(request)
    return site.renderer.page(request, "home.html", filled=EMPTY, problem=None, samples=tuple(site.samples.values()))


async def read(request: Request) -> Response:
    """Read the posting that was sent, and show the reading or say in the form what is wrong."""
    site = site_of(request)
    form = await receive_form(request)
    submission = collect_submission(form, site=site)
    try:
        readings = await _read(submission, site=site)
    except Invalid as error:
        return _show_problem(error, submission, site=site)
    return await run_in_threadpool(show_readings, readings, submission, site=site)


async def _read(submission: Submission, *, site: Site) -> list[Reading]:
    if not submission.data.strip():
        raise BadInput("there is nothing to read yet", hint="paste a posting, or choose a file")
    found = await run_seated(
        site.seats,
        read_posting,
        site.workspace,
        submission.data,
        name=submission.name,
        title=submission.title,
        blind=submission.blind,
    )
    return cast("list[Reading]", found)


def collect_submission(form: Form, *, site: Site) -> Submission:
    """Make a submission of a form: a sample, else the text, else the file; raises `UnknownTerm`."""
    given = Submission(
        data=b"",
        title=" ".join(form.text("title").split())[:TITLE_LENGTH],
        text=form.text("text"),
        blind="blind" in form.fields,
        as_json=form.text("format") == "json",
        sample=form.text("sample"),
    )
    if given.sample:
        return _open_sample(given, site=site)
    if given.text.strip():
        return replace(given, data=given.text.encode("utf-8", "replace"))
    if "file" in form.files:
        upload = form.files["file"]
        return replace(given, data=upload.data, name=upload.name or "posting")
    return given


def _open_sample(given: Submission, *, site: Site) -> Submission:
    sample = site.samples.get(given.sample)
    if sample is None:
        raise UnknownTerm("there is no such sample", hint=f"samples are {', '.join(site.samples)}")
    return replace(given, data=sample.text.encode(), text=sample.text, title=sample.title, name=f"{sample.id}.txt")


def show_readings(readings: Sequence[Reading], submission: Submission, *, site: Site) -> Response:
    """Show the readings of one input as a page, or give them as JSON where that was asked for."""
    if submission.as_json:
        return _download(readings)
    full = readings[:VIEWS]
    views = [view_reading(reading, edition=site.edition, blind=submission.blind, share=len(full)) for reading in full]
    return site.renderer.answer(
        "reading.html",
        views=views,
        others=_list_others(readings, submission, site=site),
        unlisted=max(len(readings) - VIEWS - LISTED, 0),
        filled=_refill(submission, readings),
        sample=site.samples.get(submission.sample),
    )


def _list_others(readings: Sequence[Reading], submission: Submission, *, site: Site) -> list[tuple[Reading, Verdict]]:
    return [
        (reading, state_verdict(reading, edition=site.edition, blind=submission.blind))
        for reading in readings[VIEWS : VIEWS + LISTED]
    ]


def _refill(submission: Submission, readings: Sequence[Reading]) -> Submission | None:
    """Return what the form is filled with again; None when it cannot be had or is too long for a page."""
    if not submission.text.strip() and len(readings) == 1:
        title = submission.title or readings[0]["title"][:TITLE_LENGTH]
        submission = replace(submission, text=readings[0]["text"], title=title)
    whole = cut_window(submission.text) == submission.text
    return submission if submission.text.strip() and whole else None


def _download(readings: Sequence[Reading]) -> Response:
    body = json.dumps(readings, ensure_ascii=False, indent=1).encode("utf-8", "replace")
    headers = {
        "Content-Disposition": 'attachment; filename="waymark-reading.json"',
        "Cache-Control": "no-store",
    }
    return Response(body, media_type="application/json", headers=headers)


def _show_problem(error: WaymarkError, submission: Submission, *, site: Site) -> Response:
    whole = cut_window(submission.text) == submission.text
    return site.renderer.answer(
        "home.html",
        status=status_of(error),
        filled=submission if whole else replace(submission, text=""),
        problem=error,
        samples=tuple(site.samples.values()),
    )
