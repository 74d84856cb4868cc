"""A child that audits questions from elsewhere: it loads what it needs, walls itself in, and only then reads them.

It speaks JSON lines: first the request comes in; a line with `job` asks the parent to run a program in the jail, whose
results come back as a line; the last line holds the findings.
"""

import importlib
import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

import sklearn.ensemble
import sklearn.feature_extraction.text

from waymark.assess.audit.auditing import Conditions
from waymark.assess.audit.rules import Finding
from waymark.assess.audit.submissions import audit_submission
from waymark.assess.difficulty.priors import load_blueprint
from waymark.assess.templates.programs import HiddenCase
from waymark.assess.templates.questions import Task
from waymark.assess.templates.scripting import MODULES
from waymark.engines.jail.framing import Head
from waymark.engines.jail.walls import enclose, make_rules
from waymark.errors import Invalid

CPU_SECONDS = 300
MEMORY_MB = 3_072


def main() -> None:
    """Read one request, audit what it holds behind walls, and say what was found."""
    load_blueprint()
    _warm()
    request = json.loads(sys.stdin.buffer.readline())
    if request["walls"]:
        allowed = Head(size=0, cpu_seconds=CPU_SECONDS, memory_mb=MEMORY_MB)
        enclose(request["scratch"], allowed, rules=make_rules(request["scratch"], []), parent=os.getppid())
    try:
        findings = _audit(request)
    except Invalid as error:
        _say({"error": error.message, "hint": error.hint})
        return
    _say({"findings": [asdict(one) for one in findings]})


def _warm() -> None:
    """Load what is loaded on first use, since nothing can be opened afterwards."""
    sklearn.ensemble.HistGradientBoostingClassifier(max_iter=1).fit([[0.0], [1.0]] * 20, [0, 1] * 20)
    sklearn.feature_extraction.text.TfidfVectorizer().fit(["one two"])
    for name in sorted(MODULES):
        importlib.import_module(name)


def _audit(request: dict[str, Any]) -> list[Finding]:
    conditions = Conditions(
        today=date.fromisoformat(request["today"]),
        timer=time.process_time,
        size=request["size"],
        programs=request["programs"],
        runner=_ask if request["jail"] else None,
        own_bank=False,
    )
    return audit_submission(request["text"], name=request["name"], conditions=conditions)


def _ask(task: Task, source: str, cases: Sequence[HiddenCase]) -> list[dict[str, Any]]:
    job = {
        "language": task.program.language,
        "source": source,
        "entry": task.entry,
        "cases": [one.arguments for one in cases],
        "libraries": list(task.program.libraries),
        "cpu_seconds": task.program.cpu_seconds,
    }
    _say({"job": job})
    answer = json.loads(sys.stdin.buffer.readline())
    return list(answer["results"])


def _say(value: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
