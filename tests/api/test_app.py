"""The HTTP API as a program meets it: readings, problems, and what it says of itself."""

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any, NoReturn

import pytest
from httpx2 import Response

from waymark.actions.workspace import Workspace
from waymark.api.app import STATUSES
from waymark.api.receiving import PROBLEM
from waymark.api.shapes import EditionShape, Problem, ReadingShape
from waymark.errors import KINDS, BadData
from waymark.server import compose
from waymark.web.guarding import HEADERS, MAX_BODY

from .conftest import Call, make_caller

READ = "/api/v1/demand/read"
TEXT = "Data analyst \U0001f4ca\r\nYou write SQL, build dashboards in Tableau and present them in each caf\u00e9."
POSTING = {"@context": "https://schema.org", "@type": "JobPosting", "title": "Analyst", "description": TEXT}
SENT = "canary-9f31"


def read(call: Call, body: str | bytes, **options: Any) -> list[dict[str, Any]]:
    answer = call("POST", READ, content=body, **options)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["readings"])


def expect_problem(answer: Response, status: int) -> Problem:
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM), answer.text
    assert "Traceback" not in answer.text
    assert SENT not in answer.text
    problem = Problem.model_validate_json(answer.text)
    assert problem.status == status
    assert problem.detail
    return problem


@pytest.mark.parametrize(
    "document",
    [
        TEXT,
        f"<!doctype html><html><h1>Analyst</h1><p>{TEXT}</p></html>",
        f'<html><script type="application/ld+json">{json.dumps(POSTING)}</script></html>',
        json.dumps(POSTING),
        json.dumps({"title": "Analyst", "description": TEXT}),
    ],
    ids=["text", "page", "page with JSON-LD", "JSON-LD", "JSON"],
)
def test_a_posting_is_read_whatever_it_comes_in(call: Call, document: str) -> None:
    (found,) = read(call, document)
    reading = ReadingShape.model_validate(found)
    assert reading.role.best == "data_analyst"
    assert sum(reading.role.probabilities.values()) == pytest.approx(1, abs=1e-3)
    spans = [*reading.evidence, *(span for finding in reading.findings for span in finding.evidence)]
    assert spans
    assert [span for span in spans if reading.text[span.start : span.end] != span.text] == []


def test_every_posting_of_a_document_is_read(call: Call) -> None:
    found = read(call, json.dumps([{"title": str(n), "description": TEXT} for n in range(3)]))
    assert [one["title"] for one in found] == ["0", "1", "2"]


def test_a_title_may_be_given_beside_a_text(call: Call) -> None:
    (titled,) = read(call, TEXT, params={"title": "Insight analyst"})
    assert (titled["title"], titled["role"]["blind"]) == ("Insight analyst", False)


def test_a_blind_reading_withholds_the_title(call: Call) -> None:
    (blind,) = read(call, TEXT, params={"title": "Insight analyst", "blind": "true"})
    assert (blind["title"], blind["role"]["blind"]) == ("", True)


def test_lone_surrogates_are_no_failure_of_ours(call: Call) -> None:
    for key in ("title", "identifier", "description", "hiringOrganization"):
        (found,) = read(call, json.dumps(POSTING | {key: f"{TEXT} \ud800"}))
        assert "\ufffd" in json.dumps(found, ensure_ascii=False) or key == "hiringOrganization"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b" \r\n\t ", 422),
        (b"\0\1\2\3" + SENT.encode() * 9 + b"\0" * 99, 422),
        (b"too short", 422),
        (b'{"no": "posting", "but": "' + SENT.encode() + b'"}', 422),
        (b"[" * 100_000, 413),
        (b"<html>" + b"<p>" * 1_000_000, 413),
        (b"a" * (MAX_BODY + 1), 413),
        (SENT.encode() + b" and other words" * 20_000, 413),
    ],
    ids=["empty", "blank", "binary", "short", "no posting", "deep", "a million tags", "5 MB and a byte", "a book"],
)
def test_what_cannot_be_read_is_a_problem_of_the_caller(call: Call, body: bytes, status: int) -> None:
    expect_problem(call("POST", READ, content=body), status)


def test_a_body_that_does_not_say_its_length_is_limited_too(call: Call) -> None:
    async def send() -> AsyncIterator[bytes]:
        for _ in range(6):
            yield b"a" * 1_000_000

    expect_problem(call("POST", READ, content=send()), 413)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", READ, 405),
        ("PUT", READ, 405),
        ("DELETE", "/api/v1/framework", 405),
        ("POST", "/api/v1/framework/faults", 405),
        ("TRACE", READ, 405),
        ("GET", "/api/v1/nowhere", 404),
        ("GET", "/api/v1/framework/", 404),
        ("GET", "/api/v1/framework/terms/nope", 404),
        ("GET", "/api/v1/framework/terms/%2e%2e%2fetc", 404),
        ("POST", f"{READ}?blind={SENT}", 422),
        ("POST", f"{READ}?title={SENT * 40}", 422),
    ],
)
def test_what_does_not_exist_or_is_asked_wrongly_is_a_problem(call: Call, method: str, path: str, status: int) -> None:
    expect_problem(call(method, path, content=TEXT.encode() if method == "POST" else b""), status)


def test_an_unknown_term_says_where_terms_are_listed(call: Call) -> None:
    problem = expect_problem(call("GET", "/api/v1/framework/terms/nope"), 404)
    assert problem.hint


def test_a_failure_of_ours_is_a_numbered_problem_that_tells_nothing(workspace: Workspace) -> None:
    def fail() -> NoReturn:
        raise RuntimeError(SENT)

    broken = make_caller(compose(replace(workspace, reader=fail)))
    problem = expect_problem(broken("POST", READ, content=TEXT.encode()), 500)
    assert (problem.instance or "").startswith("urn:incident:")


def test_a_part_that_is_missing_is_a_problem_of_the_data(workspace: Workspace) -> None:
    def fail() -> NoReturn:
        raise BadData("models/reader.npz is no fitted reader", hint="fit one")

    broken = make_caller(compose(replace(workspace, reader=fail)))
    assert expect_problem(broken("POST", READ, content=TEXT.encode()), 422).hint == "fit one"
    ready = broken("GET", "/health/ready")
    assert (ready.status_code, ready.json()["status"]) == (503, "not ready")
    assert broken("GET", "/health/live").status_code == 200


def test_every_answer_bears_the_guarding_headers(call: Call) -> None:
    for method, path in (("GET", "/api/v1/framework"), ("GET", "/api/v1/nowhere"), ("GET", "/health/live")):
        headers = call(method, path).headers
        assert [name for name, value in HEADERS.items() if headers.get(name) != value] == []


def test_health_says_alive_and_ready(call: Call, workspace: Workspace) -> None:
    assert call("GET", "/health/live").json() == {"status": "alive"}
    assert call("GET", "/health/ready").json() == {"status": "ready", "edition": workspace.edition.about.id}


def test_the_framework_is_served_as_the_command_line_shows_it(call: Call, workspace: Workspace) -> None:
    edition = call("GET", "/api/v1/framework").json()
    EditionShape.model_validate(edition)
    assert [role["id"] for role in edition["roles"]] == list(workspace.edition.roles)
    assert call("GET", "/api/v1/framework/terms/ba.dashboards").json()["id"] == "ba.dashboards"
    assert call("GET", "/api/v1/framework/faults").json() == []


def test_every_kind_of_error_has_a_status() -> None:
    assert set(STATUSES) == set(KINDS)
    assert all(400 <= status < 600 for status in STATUSES.values())


def test_the_document_describes_every_operation(call: Call) -> None:
    document = call("GET", "/api/v1/openapi.json").json()
    assert document["openapi"].startswith("3.1.")
    assert document["info"]["version"]
    operations = [(path, operation) for path, own in document["paths"].items() for operation in own.values()]
    assert {path for path, _ in operations} >= {"/framework", "/framework/terms/{term}", "/demand/read"}
    for path, operation in operations:
        assert operation["responses"]["200"]["content"]
        assert PROBLEM in operation["responses"]["405"]["content"]
        assert operation["description"]
        named = {parameter["name"] for parameter in operation.get("parameters", ()) if parameter["in"] == "path"}
        assert named == {part[1:-1] for part in path.split("/") if part.startswith("{")}
    names = [operation["operationId"] for _, operation in operations]
    assert len(set(names)) == len(names)


def test_every_reference_of_the_document_leads_somewhere(call: Call) -> None:
    document = call("GET", "/api/v1/openapi.json").json()
    for reference in find_references(document):
        target: Any = document
        assert reference.startswith("#/")
        for part in reference[2:].split("/"):
            target = target[part]


def find_references(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for member in value.values():
            yield from find_references(member)
    elif isinstance(value, list):
        for member in value:
            yield from find_references(member)
