"""Reports are bytes of the candidate's making."""

import json
from dataclasses import replace
from typing import Any

import pytest

from waymark.engines.jail import Job
from waymark.engines.jail.framing import Ending
from waymark.engines.jail.judging import judge
from waymark.engines.jail.limits import RESULT_BYTES, STDOUT_KEPT

JOB = Job(language="python", source="", entry="f", cases=([1], [2]), cpu_seconds=1.0)


def make_ending(report: object, **changed: Any) -> Ending:
    data = report if isinstance(report, bytes) else json.dumps(report).encode()
    return replace(Ending(code=0, cpu_seconds=0.1, seconds=0.2, stopped="", report=data, stdout=b""), **changed)


def make_report(*results: object, status: object = "done", message: object = "") -> dict[str, object]:
    return {"status": status, "results": list(results), "message": message}


def test_an_honest_report_is_taken_as_it_is() -> None:
    outcome = judge(JOB, make_ending(make_report({"value": [1, None]}, {"error": "KeyError: 3"}), stdout=b"\xff"))
    assert (outcome.status, outcome.results) == ("done", ({"value": [1, None]}, {"error": "KeyError: 3"}))
    assert (outcome.stdout, outcome.message) == ("\ufffd", "")


@pytest.mark.parametrize(
    "report",
    [
        b"",
        b"\xff\xfe",
        b"{}",
        b"null",
        b"[" * 100_000,
        b'{"status": "done", "results": [{"value": NaN}, {"value": 1}], "message": ""}',
        b'{"status": "done", "results": [{"value": 1e999}, {"value": 1}], "message": ""}',
        b'{"status": "done", "results": [{"value": ' + b"9" * 5000 + b'}, {"value": 1}], "message": ""}',
        b'{"status": "done", "results": [{"value": "\\ud800"}, {"value": 1}], "message": ""}',
        b" " * (RESULT_BYTES + 1),
        make_report({"value": 1}),
        make_report({"value": 1}, {"value": 2}, {"value": 3}),
        make_report({"value": 1}, {"value": 2, "correct": True}),
        make_report({"value": 1}, {"error": 5}),
        make_report({"value": 1}, {"error": "x" * 5000}),
        make_report({"value": 1}, 2),
        make_report({"value": 1}, {"value": 2}, status="perfect"),
        make_report({"value": 1}, {"value": 2}, status=["done"]),
        make_report({"value": 1}, {"value": 2}, message=5),
        make_report({"value": 1}, {"value": 2}, status="failed"),
        {**make_report({"value": 1}, {"value": 2}), "score": 1},
        make_report({"value": json.loads("[" * 100 + "]" * 100)}, {"value": 1}),
    ],
)
def test_a_report_that_an_honest_child_would_not_send_brings_nothing(report: object) -> None:
    outcome = judge(JOB, make_ending(report))
    assert (outcome.status, outcome.results) == ("killed", ())
    assert outcome.message


def test_a_message_is_one_short_line() -> None:
    outcome = judge(JOB, make_ending(make_report(status="failed", message="a\nb\t" + "c" * 10_000)))
    assert outcome.message.startswith("a b ccc")
    assert len(outcome.message) <= 300


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"stopped": "wall"}, "timeout"),
        ({"stopped": "output"}, "output"),
        ({"stopped": "scratch"}, "killed"),
        ({"stopped": "threads"}, "killed"),
        ({"code": -9, "cpu_seconds": 1.0}, "timeout"),
        ({"code": -9}, "killed"),
        ({"code": -64}, "killed"),
        ({"code": 3}, "killed"),
    ],
)
def test_a_child_that_was_ended_brings_nothing_whatever_it_wrote(changed: dict[str, object], status: str) -> None:
    outcome = judge(JOB, make_ending(make_report({"value": 1}, {"value": 2}), **changed))
    assert (outcome.status, outcome.results) == (status, ())
    assert outcome.message


def test_no_more_output_is_kept_than_is_said() -> None:
    ending = make_ending(make_report({"value": 1}, {"value": 2}), stdout=b"x" * (STDOUT_KEPT + 10))
    assert len(judge(JOB, ending).stdout) == STDOUT_KEPT
