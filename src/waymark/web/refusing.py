"""Refusing: the one table from error kind to HTTP status, and the sentence each status is told with."""

from collections.abc import Mapping
from dataclasses import dataclass

from waymark.errors import (
    Conflict,
    Denied,
    Invalid,
    NotFound,
    TooLarge,
    Unavailable,
    WaymarkError,
)

STATUSES: Mapping[type[WaymarkError], int] = {
    NotFound: 404,
    TooLarge: 413,
    Invalid: 422,
    Conflict: 409,
    Denied: 403,
    Unavailable: 503,
}
"""HTTP status by kind of error; a leaf that stands here goes before its kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What the page of a refused request says: what happened, and what to do now."""

    status: int
    title: str
    advice: str


REFUSALS: Mapping[int, Refusal] = {
    refusal.status: refusal
    for refusal in (
        Refusal(status=400, title="We could not make sense of that request.", advice="Go back and send it again."),
        Refusal(
            status=403,
            title="That form did not come from this site.",
            advice="Open the front page and send it from there.",
        ),
        Refusal(
            status=404,
            title="There is no page here.",
            advice="Check the address, or start from the framework or the front page.",
        ),
        Refusal(
            status=405,
            title="This page cannot be used that way.",
            advice="Open it with a plain link, or send the form on the front page.",
        ),
        Refusal(
            status=408,
            title="The text did not arrive in time.",
            advice="Check your connection and send it again.",
        ),
        Refusal(status=409, title="That contradicts what is already here.", advice="Load the page again and look."),
        Refusal(
            status=413,
            title="That is more than one posting can be.",
            advice="Send at most 5 MB; read larger files and tables with the command line.",
        ),
        Refusal(
            status=422,
            title="That could not be read as a posting.",
            advice="Give plain text, HTML or JSON-LD; export other files as text first.",
        ),
        Refusal(
            status=500,
            title="Something broke on our side.",
            advice="Try again; if it stays, report the number below. Nothing you sent was kept.",
        ),
        Refusal(status=503, title="Waymark is busy or not ready.", advice="Wait a few seconds and try again."),
    )
}


def status_of(error: WaymarkError) -> int:
    """Return the HTTP status of an error: that of its class, or of the nearest class it comes from."""
    return next(STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES)


def refusal_of(status: int) -> Refusal:
    """Return the sentences of a status; one without an entry is told as 400 or 500."""
    return REFUSALS.get(status) or REFUSALS[500 if status >= 500 else 400]
