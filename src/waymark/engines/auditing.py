"""Running the child that audits questions from elsewhere, and the fresh process that draws the bank anew."""

import atexit
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import date
from functools import cache, partial
from multiprocessing import get_context
from typing import Any

from waymark.assess.audit.auditing import Audited, Conditions, audit_template
from waymark.assess.audit.rules import Finding
from waymark.assess.templates.drawing import Variant
from waymark.assess.templates.programs import HiddenCase
from waymark.assess.templates.questions import Task
from waymark.assess.templates.shelves import load_template
from waymark.engines.jail import Jail, Job
from waymark.engines.jail.limits import ONE_THREAD
from waymark.errors import BadInput, TooLarge, Unavailable, WaymarkError

MOST_BYTES = 5_000_000
_SEEDS = 100
_KEPT = 500


def run_task(jail: Jail, task: Task, source: str, cases: Sequence[HiddenCase]) -> list[dict[str, Any]]:
    """Run a source text on the cases of a task in the jail: `value` or `error` for each.

    Raise Unavailable where this machine has no jail.
    """
    job = Job(
        language=task.program.language,
        source=source,
        entry=task.entry,
        cases=tuple(one.arguments for one in cases),
        libraries=task.program.libraries,
        cpu_seconds=task.program.cpu_seconds,
    )
    return run_job(jail, job)


def run_job(jail: Jail, job: Job) -> list[dict[str, Any]]:
    """Run a job; one that is not done gives its message as the error of each case."""
    outcome = jail.run(job)
    if outcome.status == "done":
        return list(outcome.results)
    return [{"error": f"{outcome.status}: {outcome.message}"} for _ in job.cases]


def audit_stranger(text: str, *, request: dict[str, Any], jail: Jail | None) -> list[Finding]:
    """Audit a file of questions from elsewhere in a walled child; its programs run in the jail.

    Raise BadInput for what is no file of questions, TooLarge beyond 5 MB, Unavailable where the child breaks down.
    """
    if len(text.encode("utf-8", "replace")) > MOST_BYTES:
        raise TooLarge(f"more than {MOST_BYTES // 10**6} MB", hint="give the file in parts")
    with tempfile.TemporaryDirectory() as scratch:
        os.chmod(scratch, 0o777)  # noqa: PTH101, S103  the child may have given its rights up
        child = subprocess.Popen(
            [sys.executable, "-m", "waymark.engines.strangers"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=ONE_THREAD,
            text=True,
        )
        with child:
            answer = _converse(child, request | {"text": text, "scratch": scratch}, jail)
            child.kill()
    if answer is None:
        raise Unavailable("the audit broke down on this file", hint="give its questions one by one to find which")
    if "error" in answer:
        raise BadInput(str(answer["error"]), hint=str(answer["hint"]))
    return [Finding(**one) for one in answer["findings"]]


def _converse(child: subprocess.Popen[str], request: dict[str, Any], jail: Jail | None) -> dict[str, Any] | None:
    assert child.stdin is not None  # noqa: S101  both are pipes, as `Popen` was told
    assert child.stdout is not None  # noqa: S101
    try:
        _tell(child, request)
        for line in child.stdout:
            said = json.loads(line)
            if "job" not in said:
                return dict(said)
            _tell(child, {"results": _answer(said["job"], jail)})
    except (BrokenPipeError, json.JSONDecodeError):
        return None
    return None


def _answer(job: dict[str, Any], jail: Jail | None) -> list[dict[str, Any]]:
    if jail is None:
        return []
    own = job | {"cases": tuple(job["cases"]), "libraries": tuple(job["libraries"])}
    try:
        return run_job(jail, Job(**own))
    except WaymarkError as error:
        return [{"error": str(error)} for _ in own["cases"]]


def _tell(child: subprocess.Popen[str], value: dict[str, Any]) -> None:
    assert child.stdin is not None  # noqa: S101  a pipe, as above
    child.stdin.write(json.dumps(value) + "\n")
    child.stdin.flush()


def digest_elsewhere(
    names: Sequence[str], seeds: int = _SEEDS, *, track: Callable[[str], None] = lambda _: None
) -> dict[str, str]:
    """Return digests of shipped templates' questions as a fresh process with another hash seed and zone draws them."""
    track("drawing the bank in a fresh process")
    source = (
        "import json, sys; from waymark.assess.audit.auditing import digest_draws;"
        "from waymark.assess.templates.shelves import load_templates;"
        "every = load_templates(); own = [every[name] for name in json.load(sys.stdin)];"
        "print(json.dumps(digest_draws(own, range(int(sys.argv[1])))))"
    )
    done = subprocess.run(  # noqa: S603  this very interpreter and a text of ours
        [sys.executable, "-c", source, str(seeds)],
        capture_output=True,
        input=json.dumps(list(names)),
        check=False,
        env=ONE_THREAD | {"PYTHONHASHSEED": "4711", "TZ": "Pacific/Apia"},
        text=True,
    )
    if done.returncode:
        raise Unavailable("a fresh process could not draw the bank", hint=done.stderr.strip()[-300:])
    return dict(json.loads(done.stdout))


def audit_templates(
    names: Sequence[str], *, today: str, size: int, programs: int, workers: int, track: Callable[[str], None]
) -> list[Audited]:
    """Audit shipped templates by id in several processes; each runs programs in a jail of its own.

    The samples come back cut to what the rules over a bank need.
    """
    options = {"today": today, "size": size, "programs": programs}
    if workers == 1 or len(names) < 2 * workers:
        return [_track(track, _audit_one(name, options)) for name in names]
    context = get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        waiting = [pool.submit(_audit_one, name, options) for name in names]
        return [_track(track, one.result()) for one in waiting]


def _track(track: Callable[[str], None], audited: Audited) -> Audited:
    track(audited.sample.template.id)
    return audited


def _audit_one(name: str, options: dict[str, Any]) -> Audited:
    jail = _open_jail()
    conditions = Conditions(
        today=date.fromisoformat(options["today"]),
        timer=time.process_time,
        size=options["size"],
        programs=options["programs"],
        runner=None if jail is None else partial(run_task, jail),
    )
    audited = audit_template(load_template(name), conditions)
    kept = tuple(Variant(question=one.question, names={}) for one in audited.sample.drawn[:_KEPT])
    return replace(audited, sample=replace(audited.sample, drawn=kept, corners=()))


@cache
def _open_jail() -> Jail | None:
    jail = Jail(jobs=1)
    try:
        jail.warm()
    except Unavailable:
        return None
    atexit.register(jail.close)
    return jail
