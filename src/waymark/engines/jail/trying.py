"""Trying the jail with an honest job, since walls that a kernel names may still not stand."""

from pathlib import Path

from waymark.engines.jail.diagnosing import Finding, inspect
from waymark.engines.jail.jobs import Job
from waymark.engines.jail.pool import Jail
from waymark.errors import WaymarkError

_HONEST = Job(language="python", source="def double(x):\n    return 2 * x", entry="double", cases=([21],))


def diagnose(wasi: Path | None = None) -> tuple[Finding, ...]:
    """Return what is there and what is missing; the last finding, "trial", says whether an honest job ran."""
    found = inspect(wasi)
    if not found[-1].there:
        return (*found, Finding(part="trial", there=False, told="no job can be run"))
    try:
        with Jail(wasi=wasi) as jail:
            outcome = jail.run(_HONEST)
    except WaymarkError as error:
        return (*found, Finding(part="trial", there=False, told=error.message))
    good = outcome.results == ({"value": 42},)
    told = f"an honest job ran in {outcome.seconds * 1000:.0f} ms" if good else f"{outcome.status}: {outcome.message}"
    return (*found, Finding(part="trial", there=good, told=told))
