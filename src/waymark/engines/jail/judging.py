"""Judging what comes out of the jail: every byte may be the candidate's own, so all of it is checked, none believed.

A forged report can say no more than a function that returns the same values: they are outputs, compared elsewhere.
"""

import json
import signal
from math import ceil, isfinite
from typing import Any

from waymark.engines.jail.framing import Ending
from waymark.engines.jail.jobs import Job, Outcome, count_results
from waymark.engines.jail.limits import MESSAGE_CHARACTERS, RESULT_BYTES, RESULT_DEPTH, STDOUT_KEPT

_STATUSES = ("done", "failed", "memory")
_STOPPED = {
    "wall": ("timeout", "it takes too long"),
    "output": ("output", "it writes too much"),
    "scratch": ("killed", "it makes too many or too large files"),
    "threads": ("killed", "it starts too many threads"),
}
_KILL = 9
_ENOUGH = 0.8
"""Part of the processor time after which a SIGKILL that was not the zygote's is the kernel's; it counts by ticks."""


class _NotPlain(Exception):
    """A report is not what an honest child sends."""


def judge(job: Job, ending: Ending) -> Outcome:
    """Return the outcome of a job from how its child ended and what it wrote."""
    status, message, results = _judge_ending(job, ending)
    stdout = bytes(ending.stdout[:STDOUT_KEPT]).decode("utf-8", "replace")
    return Outcome(status=status, results=results, stdout=stdout, message=message, seconds=ending.seconds)


def _judge_ending(job: Job, ending: Ending) -> tuple[str, str, tuple[dict[str, Any], ...]]:
    if ending.stopped:
        return (*_STOPPED[ending.stopped], ())
    if ending.code == -_KILL and max(ending.cpu_seconds, ending.seconds) >= _ENOUGH * ceil(job.cpu_seconds):
        return "timeout", "it takes too much processor time", ()
    if ending.code < 0:
        return "killed", f"it was ended by {_name_signal(-ending.code)}", ()
    if ending.code:
        return "killed", f"it ended with code {ending.code}", ()
    try:
        report = read_report(bytes(ending.report), count_results(job))
    except _NotPlain as fault:
        return "killed", str(fault), ()
    return report["status"], report["message"], tuple(report["results"])


def _name_signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def read_report(data: bytes, count: int) -> dict[str, Any]:
    """Return a report whose every part is checked; raise an error of our own for any other bytes."""
    if not data:
        raise _NotPlain("it ended before it gave a result")
    if len(data) > RESULT_BYTES:
        raise _NotPlain("its report is too long")
    try:
        report = json.loads(data, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise _NotPlain("its report cannot be read") from error
    _check_plain(report)
    if not isinstance(report, dict) or set(report) != {"status", "results", "message"}:
        raise _NotPlain("its report lacks a part")
    status, results, message = report["status"], report["results"], report["message"]
    if status not in _STATUSES or type(message) is not str or type(results) is not list:
        raise _NotPlain("its report is of the wrong kind")
    if len(results) != (count if status == "done" else 0) or not all(map(_is_result, results)):
        raise _NotPlain("its report has other results than one a case")
    line = " ".join(message[: 4 * MESSAGE_CHARACTERS].split())[:MESSAGE_CHARACTERS]
    return {"status": status, "results": results, "message": "" if status == "done" else line}


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def _is_result(result: object) -> bool:
    """Say whether something is {"value": ...} or {"error": text}."""
    if type(result) is not dict or len(result) != 1:
        return False
    return "value" in result or (type(result.get("error")) is str and len(result["error"]) <= 4 * MESSAGE_CHARACTERS)


def _check_plain(value: object) -> None:
    """Refuse what is nested too deeply, texts that are no Unicode, and numbers beyond floats."""
    level = [value]
    for _ in range(RESULT_DEPTH):
        below: list[object] = []
        for one in level:
            if isinstance(one, dict):
                below += [*one, *one.values()]
            elif isinstance(one, list):
                below += one
            elif isinstance(one, str):
                _check_text(one)
            elif isinstance(one, float) and not isfinite(one):
                raise _NotPlain("its report has a number that is none")
        if not below:
            return
        level = below
    raise _NotPlain("its report is nested too deeply")


def _check_text(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise _NotPlain("its report has a text that is no Unicode") from error
