"""The posting: a job advertisement as it was read, before anything is made of it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """Hold one advertisement.

    `text` is what was read; every offset that Waymark reports counts code points of it.
    `salary_min` and `salary_max` are yearly amounts in `currency`. `derived` is true where `text`
    was taken out of markup, so that a caller does not have it and needs it beside the offsets.
    """

    id: str
    text: str
    title: str = ""
    company: str = ""
    location: str = ""
    posted: str = ""
    salary_min: float | None = None
    salary_max: float | None = None
    currency: str = ""
    derived: bool = False
