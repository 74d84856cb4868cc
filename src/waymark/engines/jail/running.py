"""Running a job inside its child, behind the walls: what is sent back is only ever believed as an output.

Plain standard library, so that it also runs in a Python that was compiled to WebAssembly.
"""

import json
import os
import sys
import types
from collections.abc import Callable
from functools import partial
from typing import Any

from waymark.engines.jail.encoding import make_plain, revive
from waymark.engines.jail.querying import query

_NAME = "<answer>"
Report = dict[str, Any]


class _Failure(Exception):
    """The source does not load."""


def run_job(encoded: bytes, pipe: int) -> None:
    """Run a job and write its report to a pipe."""
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", errors="replace", closefd=False)
    report = json.dumps(make_report(json.loads(encoded)), allow_nan=False).encode()
    try:
        sys.stdout.flush()
    finally:
        while report:
            report = report[os.write(pipe, report) :]


def make_report(job: dict[str, Any]) -> Report:
    """Return the report of a job: its status, a result for each case, one line for the person."""
    try:
        results = _query_all(job) if job["language"] == "sql" else _call_all(job)
    except _Failure as failure:
        return {"status": "failed", "results": [], "message": str(failure)}
    except MemoryError:
        return {"status": "memory", "results": [], "message": "it takes more memory than is allowed"}
    return {"status": "done", "results": results, "message": ""}


def _query_all(job: dict[str, Any]) -> list[Report]:
    def ask(case: str) -> Any:  # noqa: ANN401  columns and rows
        return query(job["source"], json.loads(case)["tables"], job["cpu_seconds"])

    return [_capture(partial(ask, case)) for case in job["cases"]]


def _call_all(job: dict[str, Any]) -> list[Report]:
    module = types.ModuleType("__main__")
    sys.modules["__main__"] = module
    _load(job["source"], module.__dict__, is_script=not job["entry"])
    if not job["entry"]:
        return []
    function = module.__dict__.get(job["entry"])
    if not callable(function):
        raise _Failure(f"there is no function {job['entry']}")
    return [_capture(partial(_call, function, case)) for case in job["cases"]]


def _call(function: Callable[..., Any], case: str) -> Any:  # noqa: ANN401  what a candidate returns
    arguments = revive(json.loads(case))
    if not isinstance(arguments, list):
        raise TypeError("a case is a list of arguments")
    return function(*arguments)


def _load(source: str, names: dict[str, Any], *, is_script: bool) -> None:
    try:
        exec(compile(source, _NAME, "exec", dont_inherit=True), names)  # noqa: S102  what the jail is for
    except MemoryError:
        raise
    except SystemExit as left:
        if not is_script or left.code not in (None, 0):
            raise _Failure(_tell(left)) from left
    except BaseException as error:
        raise _Failure(_tell(error)) from error


def _capture(function: Callable[[], Any]) -> Report:
    try:
        return {"value": make_plain(function())}
    except MemoryError:
        raise
    except BaseException as error:  # noqa: BLE001  whatever a candidate raises is a result
        return {"error": _tell(error)}


def _tell(error: BaseException) -> str:
    """Return an error in one line, with the last line of the candidate's own code that it passed."""
    line = error.lineno if isinstance(error, SyntaxError) else None
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == _NAME:
            line = trace.tb_lineno
        trace = trace.tb_next
    try:
        told = f"{error.msg}" if isinstance(error, SyntaxError) else f"{error}"
    except BaseException:  # noqa: BLE001  its own __str__ raises
        told = ""
    place = f" (line {line})" if line is not None else ""
    return f"{type(error).__name__}: {told}"[:250].replace("\n", " ").encode("utf-8", "replace").decode() + place
