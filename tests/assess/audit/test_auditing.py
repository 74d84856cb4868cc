import time
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import pytest

from waymark.assess.audit.auditing import Conditions, audit_bank, audit_template, check_repeats
from waymark.assess.audit.rules import Finding
from waymark.assess.templates.programs import HiddenCase
from waymark.assess.templates.questions import Task

from ..making import CHOICE, SHARE, TASK, make, try_to_make  # noqa: TID252  tests have no absolute name

TODAY = date(2026, 11, 22)


def run_here(task: Task, source: str, cases: Sequence[HiddenCase]) -> list[dict[str, Any]]:
    names: dict[str, Any] = {}
    exec(source, names)  # noqa: S102  the tests' own programs
    return [call_here(names[task.entry], case.arguments) for case in cases]


def call_here(function: Callable[..., Any], arguments: list[Any]) -> dict[str, Any]:
    try:
        return {"value": function(*arguments)}
    except TypeError as error:
        return {"error": str(error)}


CONDITIONS = Conditions(today=TODAY, timer=time.process_time, size=220, runner=run_here)
OUTSIDE = Conditions(today=TODAY, timer=time.process_time, size=220, runner=run_here, own_bank=False)


def audit(base: dict[str, Any], *, conditions: Conditions = CONDITIONS, **changes: Any) -> list[Finding]:
    template, faults = try_to_make(base, **changes)
    assert template is not None, faults
    return [*audit_template(template, conditions).findings, *check_repeats(template)]


@pytest.mark.parametrize("base", [SHARE, CHOICE, TASK], ids=["number", "choice", "task"])
def test_a_sound_template_passes_without_a_word(base: dict[str, Any]) -> None:
    assert [(one.rule, one.message) for one in audit(base)] == []


_SWAP = "ml.metrics_classification.precision_recall_swap"
_BROKEN: dict[str, tuple[int, dict[str, Any], dict[str, Any]]] = {
    "no feedback": (1, SHARE, {"feedback": {"correct": "x"}}),
    "crash": (2, SHARE, {"derive": "key = k / (n - 500)\ninverse = 1.5"}),
    "crash at a corner only": (2, SHARE, {"derive": "key = k / n\ninverse = 1 / (n - 900 + 90 - k)",
                                          "params": {"n": {"int": [100, 900, 1]}, "k": {"int": [10, 90, 1]}}}),
    "too many tries": (2, SHARE, {"constraints": ["n % 7 == 0", "k % 2 == 0"]}),
    "clock": (3, SHARE, {"derive": "import datetime\nkey = k / n + 0 * datetime.datetime.now().year\ninverse = 9"}),
    "order of a set": (3, SHARE, {"derive": "words = {'a', 'b', 'c', 'd'}\nkey = k / n\ninverse = hash('x')"}),
    "memory of earlier draws": (3, SHARE, {"derive": "import math\nmath.seen = getattr(math, 'seen', 0) + 1\n"
                                           "key = k / n\ninverse = float(math.seen)"}),
    "wrong key": (4, SHARE, {"derive": "key = (k + 1) / n\ninverse = n / k"}),
    "wrong key for one value": (4, SHARE, {"derive": "key = k / n if k != 57 else 1 - k / n\ninverse = n / k"}),
    "wrong key at the edge": (4, SHARE, {"derive": "key = k / n if n < 900 else k / 90\ninverse = n / k"}),
    "no second route": (4, SHARE, {"verify": None}),
    "route that reads the key": (5, SHARE, {"verify": "check = key"}),
    "options that coincide": (6, CHOICE, {"constraints": []}),
    "key among the wrong": (6, CHOICE, {"distractors": [{"value": "key", "misconception": "ml.a.b"},
                            {"value": "others[1]", "misconception": _SWAP}]}),
    "tolerance": (7, SHARE, {"tolerance": {"rel": 0.2}}),
    "wrong within tolerance": (7, SHARE, {"derive": "key = k / n\ninverse = 1.005 * k / n"}),
    "mutant lives": (8, TASK, {"derive": TASK["derive"].replace("'in xs[:-1]]'", "'in  xs]'")}),
    "no mutants": (8, TASK, {"derive": TASK["derive"].partition("mutants")[0] + "def hidden_cases"
                             + TASK["derive"].partition("def hidden_cases")[2]}),
    "reference fails": (8, TASK, {"derive": TASK["derive"].replace("[%d * x", "[%d * x[0]")}),
    "hidden cases too easy": (8, TASK, {"derive": TASK["derive"].replace("range(n % 5 + 1)", "range(0)")}),
    "reference is wrong": (4, TASK, {"verify": "def check(xs):\n    return [x + times for x in xs]"}),
    "starter passes": (8, TASK, {"derive": TASK["derive"] + "\nstarter = reference"}),
    "placeholder": (9, SHARE, {"stem": "There are {n} rows, {{k_rows}} flagged, {k}. What share?"}),
    "markup": (9, SHARE, {"stem": SHARE["stem"] + " <b>Mind {n}.</b>"}),
    "missing value": (9, SHARE, {"derive": "key = k / n\ninverse = n / k\nz = float('nan')",
                                 "stem": SHARE["stem"] + " Take {z} for granted."}),
    "unrounded": (9, SHARE, {"derive": "key = k / n\ninverse = n / k\nz = 1 / 3", "stem": SHARE["stem"] + " {z}"}),
    "key at one place": (10, CHOICE, {"options": {"n": 3, "order": "fixed"}}),
    "key told by its options": (11, CHOICE, {"derive": "key = a * b\nothers = [a * b + 1, a * b + 2]",
                                             "constraints": [], "verify": "check = a * b"}),
    "longest": (13, CHOICE, {"derive": "key = 'a long and careful answer that says %d' % (a * b + len(way))\n"
                             "others = ['short %d' % a, 'brief %d' % (100 + b)]",
                             "options": {"n": 3}, "constraints": [],
                             "verify": "check = 'a long and careful answer that says %d' % (a * b + len(way))"}),
    "one key": (15, CHOICE, {"params": {
        "a": {"choice": [3]}, "b": {"choice": [7]}, "way": {"choice": ["sum"]}}}),
    "misconception never shows": (16, SHARE, {"derive": "key = k / n\ninverse = k / n"}),
    "long stem": (17, SHARE, {"stem": SHARE["stem"] + " More words stand here." * 40}),
    "ages": (20, SHARE, {"stem": "In the latest version {n} rows and {k} flagged: what share is it?"}),
    "past its date": (20, SHARE, {"valid_until": date(2025, 1, 1)}),
    "no features": (23, SHARE, {"features": None}),
}  # fmt: skip


@pytest.mark.parametrize("name", _BROKEN)
def test_a_planted_defect_of_a_template_is_found(name: str) -> None:
    rule, base, changes = _BROKEN[name]
    found = audit(base, **changes)
    assert rule in {one.rule for one in found}, [(one.rule, one.message) for one in found]


def test_a_template_from_elsewhere_may_read_what_the_stem_shows_in_another_form() -> None:
    derive = SHARE["derive"] + "\nparts = [n, k]\nlisting = '%d rows, %d flagged' % (n, k)"
    changed = {
        "derive": derive,
        "stem": "There are {listing}. What share? (3 decimals)",
        "verify": "a, b = parts\ncheck = b / a",
    }
    assert audit(SHARE, conditions=OUTSIDE, **changed) == []
    assert 5 in {one.rule for one in audit(SHARE, **changed)}
    assert audit(SHARE, **changed, given=["parts"]) == []


def test_a_warning_may_be_waived_with_a_reason_and_an_error_may_not() -> None:
    waivers = [{"rule": 23, "reason": "it is the same for all"}, {"rule": 4, "reason": "no"}]
    found = audit(SHARE, features=None, derive="key = 2 * k / n\ninverse = n / k", waivers=waivers)
    assert {one.rule: one.waived for one in found} == {23: "it is the same for all", 4: ""}
    assert [one.rule for one in found if one.blocks] == [4]


def test_copies_and_cues_across_templates_are_found() -> None:
    twin = make(SHARE, id="ml.test.twin")
    found = audit_bank([audit_template(one, CONDITIONS) for one in (make(SHARE), twin, make(CHOICE))])
    assert [(one.rule, one.level, one.subject) for one in found] == [(18, "error", "ml.test.share")]
    friends = make(SHARE, id="ml.test.twin", enemies=["ml.test.share"])
    assert audit_bank([audit_template(one, CONDITIONS) for one in (make(SHARE), friends)]) == []
