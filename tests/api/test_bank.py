"""The item bank over HTTP."""

import json
from typing import Any

from waymark.api.bank_shapes import AuditShape, BankShape, ShownShape

from .conftest import Call
from .test_assess import PATH, ask, expect_problem

TEMPLATE = "ml.metrics_classification.metric_from_counts"
ITEM: dict[str, Any] = {
    "schema": "waymark.item/1", "id": "join", "skill": "domain_specific_languages", "topic": "ql.joins",
    "format": "mcq_single", "band": "beginning", "cognitive": "apply", "key": ["d"],
    "stem": "Table a has 3 rows with key 1, table b has 4. How many rows has their inner join?",
    "options": [{"id": letter, "text": text} for letter, text in zip("abcd", ("3", "4", "7", "12"), strict=True)],
    "rationale": "Each of the 3 rows meets each of the 4.", "solver": {"py": "3 * 4"},
}  # fmt: skip


def test_the_bank_is_counted(call: Call) -> None:
    found = BankShape.model_validate(call("GET", f"{PATH}/bank").json())
    assert sum(row.templates for row in found.skills) == found.templates == len(found.items)
    assert found.calibration == "not yet calibrated with people"
    assert {row.topic for row in found.topics if row.templates} >= {"ml.metrics_classification"}


def test_a_question_is_drawn_for_its_author(call: Call) -> None:
    answer = call("GET", f"{PATH}/bank/{TEMPLATE}", params={"seed": 3})
    found = ShownShape.model_validate(answer.json())
    assert found.options is not None
    assert found.key in {one["id"] for one in found.options}
    assert answer.text == call("GET", f"{PATH}/bank/{TEMPLATE}", params={"seed": 3}).text
    assert len(found.wrong) == 3
    expect_problem(call("GET", f"{PATH}/bank/ml.nothing.here"), 404, "no template 'ml.nothing.here'")


def test_questions_from_elsewhere_are_audited(call: Call) -> None:
    sound = AuditShape.model_validate(ask(call, "audit", content=json.dumps([ITEM])))
    assert sound.passed
    assert sound.findings == []
    broken = AuditShape.model_validate(ask(call, "audit", content=json.dumps([ITEM | {"key": ["a"]}])))
    assert not broken.passed
    assert [(one.rule, one.subject) for one in broken.findings] == [(4, "join")]
    assert [row.status for row in broken.rules if row.number == 4] == ["broken"]


def test_what_is_no_file_of_questions_is_refused(call: Call) -> None:
    path = f"{PATH}/audit"
    expect_problem(call("POST", path, content=b""), 422, "the request has no body")
    expect_problem(call("POST", path, content=b"\xff\xfe"), 422, "not UTF-8 at byte 0")
    expect_problem(call("POST", path, content=b"{"), 422, "this is not JSON")
    expect_problem(call("POST", path, content=b"a = "), 422, "this is not TOML")
    expect_problem(call("POST", path, content=b"[]"), 422, "no question in it")
