"""Jobs for the jail and what comes of them."""

import json
from dataclasses import dataclass
from typing import Any

from waymark.engines.jail.limits import CPU_SECONDS, JOB_BYTES, LIBRARIES, MEMORY_MB, SOURCE_BYTES
from waymark.errors import BadInput, TooLarge


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A candidate's code and the inputs to run it on; nothing else enters the jail.

    `language` is "python" or "sql". With `entry`, that Python function is called once a case, each case being a list
    of positional arguments; without it the source is a script whose standard output is kept. A case of SQL is
    {"tables": {name: {"columns": [...], "rows": [[...], ...]}}}. Arguments {"$array": nested} become numpy arrays,
    {"$frame": {"columns": [...], "rows": [...]}} polars frames, {"$float": "nan" | "inf" | "-inf"} floats.
    `cpu_seconds` are rounded up to whole ones; `memory_mb` (2**20 bytes) come on top of what the libraries map.
    """

    language: str
    source: str
    entry: str = ""
    cases: tuple[Any, ...] = ()
    libraries: tuple[str, ...] = ()
    cpu_seconds: float = 5.0
    memory_mb: int = 768


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a job.

    `status` is "done", "failed" (the source does not compile or raises while it is loaded), "timeout", "memory",
    "killed" or "output" (too much of it). Where it is "done" there is one result a case: {"value": JSON} or
    {"error": "ZeroDivisionError: ..."}; floats that JSON lacks are {"$float": "nan" | "inf" | "-inf"}.
    `message` is one line for the person, empty when done; `seconds` are of wall time.
    """

    status: str
    results: tuple[dict[str, Any], ...]
    stdout: str
    message: str
    seconds: float


def count_results(job: Job) -> int:
    """Return how many results a job must bring back."""
    return len(job.cases) if job.entry or job.language == "sql" else 0


def encode_job(job: Job) -> bytes:
    """Return a job as the bytes that a child gets; raise BadInput or TooLarge for one that cannot be run."""
    _check_job(job)
    try:
        # each case stays a text until its call, so that no call sees what an earlier one did to its arguments
        cases = [json.dumps(case, allow_nan=False) for case in job.cases] if count_results(job) else []
        given = {"language": job.language, "source": job.source, "entry": job.entry, "cases": cases}
        encoded = json.dumps(given | {"cpu_seconds": job.cpu_seconds}).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise BadInput("a case of the job is not plain JSON", hint="give numbers, texts, lists and objects") from error
    if len(encoded) > JOB_BYTES:
        raise TooLarge(f"the job is more than {JOB_BYTES // 1024**2} MB", hint="give it fewer or smaller cases")
    return encoded


def _check_job(job: Job) -> None:
    limit = SOURCE_BYTES.get(job.language)
    if limit is None:
        raise BadInput(f"{job.language!r} is no language of the jail", hint=f"one of {', '.join(SOURCE_BYTES)}")
    if len(job.source.encode("utf-8", "replace")) > limit:
        raise TooLarge(f"the code is longer than {limit:,} bytes", hint="hand in only what the task asks for")
    unknown = sorted(set(job.libraries) - set(LIBRARIES))
    if unknown:
        raise BadInput(f"{', '.join(unknown)}: no library of the jail", hint=f"some of {', '.join(LIBRARIES)}")
    if job.entry and not job.entry.isidentifier():
        raise BadInput(f"{job.entry!r} is no name of a function", hint="name the function that is called")
    if not (0 < job.cpu_seconds <= CPU_SECONDS and 16 <= job.memory_mb <= MEMORY_MB):
        raise BadInput(
            "the limits of the job are out of range",
            hint=f"up to {CPU_SECONDS:.0f} s of processor time, 16 to {MEMORY_MB} MB",
        )
