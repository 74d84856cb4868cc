"""The zygote: a clean process with libraries loaded that forks a child for every job. Started by `pool`.

It knows no secret and opens no database. It never holds a job or an answer either: a later child, being a copy of it,
would find what was left of them in its memory. So the child reads its job itself, and what it writes passes through
memory that no child inherits. It is not run by `python -m`, which would need our
package on the path of the children.
"""

import gc
import importlib
import json
import os
import sys
from pathlib import Path
from typing import Any

from waymark.engines.jail import scratch
from waymark.engines.jail.framing import Head, receive, receive_head, send, send_ending
from waymark.engines.jail.landlocking import Ruleset
from waymark.engines.jail.limits import JOB_BYTES
from waymark.engines.jail.running import run_job
from waymark.engines.jail.supervising import Child, Room, supervise
from waymark.engines.jail.walls import enclose, give_up_rights, hide_memory, make_rules

_JOBS, _ANSWERS, _REPORT = 0, 1, 3
_PRELOADED = ("sqlite3", "math", "collections", "itertools", "functools", "dataclasses", "re", "datetime", "heapq")


def main() -> None:
    """Answer jobs from standard input on standard output until it closes; the first message says how."""
    size = receive(_JOBS, 4)
    told = None if size is None else receive(_JOBS, min(int.from_bytes(size), JOB_BYTES))
    if told is None:
        return
    given = json.loads(told)
    try:
        rules = _prepare(given)
    except (OSError, ImportError) as error:
        _say({"error": f"{type(error).__name__}: {error}"})
        return
    _say({"error": ""})
    room = Room()
    while head := receive_head(_JOBS):
        child = _fork(head, given["scratch"], rules=rules)
        ending = supervise(child, given["scratch"], room, wall_seconds=given["wall_seconds"], jobs=_JOBS)
        os.close(child.report)
        os.close(child.stdout)
        scratch.empty(given["scratch"])
        send_ending(_ANSWERS, ending)


def _prepare(given: dict[str, Any]) -> Ruleset | None:
    sys.path.extend(given["sites"])
    for name in (*_PRELOADED, *given["libraries"]):
        importlib.import_module(name)
    readable = [Path(path) for path in given["readable"]]
    give_up_rights(given["scratch"], [Path(os.__file__), *readable])
    hide_memory()
    rules = make_rules(given["scratch"], readable) if given["landlock"] else None
    gc.collect()
    gc.freeze()
    return rules


def _say(value: dict[str, str]) -> None:
    told = json.dumps(value).encode()
    send(_ANSWERS, len(told).to_bytes(4) + told)


def _fork(head: Head, folder: str, *, rules: Ruleset | None) -> Child:
    report, report_end = os.pipe()
    stdout, stdout_end = os.pipe()
    parent = os.getpid()
    pid = os.fork()
    if pid:
        os.close(report_end)
        os.close(stdout_end)
        return Child(pid=pid, report=report, stdout=stdout)
    try:
        os.setsid()
        job = receive(_JOBS, head.size)
        kept = _arrange(report_end, stdout_end, rules)
        enclose(folder, head, rules=kept, parent=parent)
        if job is not None:
            run_job(job, _REPORT)
    finally:
        os._exit(0)


def _arrange(report: int, stdout: int, rules: Ruleset | None) -> Ruleset | None:
    """Leave this child nothing open but the null device at 0 and 2, its output at 1, its report at 3, its rules at 4.

    They go by way of high numbers first, so that none is overwritten before it is moved.
    """
    null = os.open(os.devnull, os.O_RDWR)
    wanted = [null, stdout, null, report] + ([rules.number] if rules is not None else [])
    high = [os.dup2(one, 200 + place) for place, one in enumerate(wanted)]
    for place, one in enumerate(high):
        os.dup2(one, place, inheritable=False)
    os.closerange(len(high), 256)
    return None if rules is None else Ruleset(number=4, files=rules.files)
