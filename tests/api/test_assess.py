"""Assess over HTTP: tables in any of their forms, answers in the shapes that the document shows, problems in words."""

import io
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from httpx2 import Response

from waymark.api.assess_shapes import CalibrationShape, DifShape, FitShape, ScoresShape, SimulationShape
from waymark.api.receiving import PROBLEM
from waymark.api.shapes import Problem
from waymark.api.tables import MAX_CELLS

from .conftest import Call

PATH = "/api/v1/assess"
BANK = b"item,skill,a,b\n" + b"".join(b"q%d,logic,1.5,%.2f\n" % (n, -2 + n / 5) for n in range(20))
ANSWERS = [{"id": "ann", "q1": 1, "q2": 0}, {"id": "bob", "q2": True, "zip": 90210}]
ITEMS = [{"item": "q1", "a": 1.2, "b": 0.5}, {"item": "q2", "a": 0.8, "b": -0.5}]


def ask(call: Call, verb: str, **options: Any) -> dict[str, Any]:
    answer = call("POST", f"{PATH}/{verb}", **options)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json"), answer.text
    return dict(answer.json())


def expect_problem(answer: Response, status: int, said: str) -> None:
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM), answer.text
    problem = Problem.model_validate_json(answer.text)
    assert said in problem.detail
    assert "Traceback" not in answer.text


@pytest.fixture(scope="module")
def complete(study: Path) -> bytes:
    return (study / "complete.csv").read_bytes()


@pytest.fixture(scope="module")
def calibrated(call: Call, complete: bytes) -> dict[str, Any]:
    return ask(call, "calibrate", content=complete, headers={"content-type": "text/csv"})


def test_a_table_is_calibrated(calibrated: dict[str, Any]) -> None:
    found = CalibrationShape.model_validate(calibrated)
    assert [row.item for row in found.rows] == [f"q{number}" for number in range(1, 25)]
    assert (found.people, found.converged) == (600, True)
    assert all(row.a is not None and row.se_a is not None for row in found.rows)


def test_a_table_is_the_same_in_any_form(call: Call, complete: bytes, calibrated: dict[str, Any]) -> None:
    frame = pl.read_csv(complete)
    parquet = io.BytesIO()
    frame.write_parquet(parquet)
    for options in (
        {"content": complete},
        {"content": parquet.getvalue(), "headers": {"content-type": "application/vnd.apache.parquet"}},
        {"json": {"responses": frame.to_dicts()}},
        {"files": {"responses": ("complete.csv", complete)}},
    ):
        assert ask(call, "calibrate", **options) == calibrated


def test_options_are_those_of_the_command(call: Call, study: Path) -> None:
    answers = (study / "responses.csv").read_bytes()
    grouped = ask(call, "calibrate", content=answers, params={"group": "group", "reference": "m", "model": "1pl"})
    assert (grouped["model"], [group["name"] for group in grouped["groups"]]) == ("1pl", ["f", "m"])
    files = {"responses": answers, "skills": (study / "skills.csv").read_bytes()}
    joint = ask(call, "calibrate", files=files, params={"leave_out": ["group"]})
    assert set(joint["correlation"]) == {"algebra", "logic"}


def test_people_are_scored(call: Call) -> None:
    told = ask(call, "score", json={"responses": ANSWERS, "items": ITEMS}, params={"plausible": 2, "seed": 4})
    found = ScoresShape.model_validate(told)
    assert [(row.person, row.skill, row.n) for row in found.rows] == [("ann", "ability", 2), ("bob", "ability", 1)]
    assert told["rows"][0]["eap"] < told["rows"][1]["eap"]
    assert {"pv1", "pv2"} <= set(told["rows"][0])
    assert found.notes == ["1 column left out, since no such item is known: 'zip'"]
    assert told == ask(call, "score", json={"responses": ANSWERS, "items": ITEMS}, params={"plausible": 2, "seed": 4})


def test_calibrated_items_go_straight_back_in(call: Call, complete: bytes, calibrated: dict[str, Any]) -> None:
    answers = pl.read_csv(complete).to_dicts()
    scored = ask(call, "score", json={"responses": answers, "items": calibrated["rows"]}, params={"method": "wle"})
    assert scored["skills"]["ability"]["reliability"] > 0.7
    checked = FitShape.model_validate(ask(call, "fit", json={"responses": answers, "items": calibrated["rows"]}))
    assert checked.skills["ability"].items is not None
    assert checked.skills["ability"].model is not None


def test_items_with_steps_go_straight_back_in(call: Call, study: Path) -> None:
    answers = pl.read_csv(study / "steps.csv").to_dicts()
    rows = ask(call, "calibrate", json={"responses": answers}, params={"model": "gpcm"})["rows"]
    assert len(rows[0]["steps"]) == 2
    assert ask(call, "score", json={"responses": answers, "items": rows})["people"] == 600


def test_groups_are_compared(call: Call, study: Path) -> None:
    answers = (study / "responses.csv").read_bytes()
    found = DifShape.model_validate(ask(call, "dif", content=answers, params={"group": "group", "reference": "m"}))
    assert {row.item: row.ets_class for row in found.items}["q3"] == "C"


def test_sittings_are_simulated(call: Call) -> None:
    params = {"people": 30, "seed": 2, "most_items": 5, "target_se": 0.3}
    told = ask(call, "simulate", content=BANK, params=params)
    found = SimulationShape.model_validate(told)
    assert found.skills["logic"].items == 5
    assert (found.people, found.seed, found.bank["items"]) == (30, 2, 20)
    assert told == ask(call, "simulate", content=BANK, params=params)


@pytest.mark.parametrize(
    ("verb", "options", "status", "said"),
    [
        ("calibrate", {"content": b""}, 422, "has no responses"),
        ("calibrate", {"content": b"id,q1\na,x\n"}, 422, "responses: row 1, column 'q1': 'x' is no score"),
        ("calibrate", {"content": b"id,q1\na,1\n", "params": {"model": "5pl"}}, 422, "no model '5pl'"),
        ("calibrate", {"content": b"id,q1\na,1\n", "params": {"modle": "2pl"}}, 422, "modle"),
        ("calibrate", {"content": b"PAR1" + b"\0" * 99}, 422, "cannot be read as Parquet"),
        ("calibrate", {"content": b"q\n" + b"1\n" * (MAX_CELLS + 1)}, 413, "cells"),
        ("calibrate", {"content": b"q" + b"1" * 5_000_000}, 413, ""),
        ("calibrate", {"json": {"responses": [3]}}, 422, "row 1 is no object"),
        ("calibrate", {"json": {"responses": 3}}, 422, "no object of tables"),
        ("calibrate", {"json": [1]}, 422, "no object of tables"),
        ("calibrate", {"json": {"answers": []}}, 422, "another name"),
        ("calibrate", {"content": b"{", "headers": {"content-type": "application/json"}}, 422, "not valid JSON"),
        ("calibrate", {"content": b"[" * 99_999, "headers": {"content-type": "application/json"}}, 422, "not valid"),
        ("calibrate", {"files": {"nope": b"1"}}, 422, "another name"),
        ("calibrate", {"content": b"x", "headers": {"content-type": "multipart/form-data"}}, 400, ""),
        ("score", {"content": b"id,q1\na,1\n"}, 422, "holds one table"),
        ("score", {"json": {"responses": ANSWERS}}, 422, "has no items"),
        ("score", {"json": {"responses": ANSWERS, "items": [{"item": "q1"}]}}, 422, "no column b"),
        ("score", {"json": {"responses": ANSWERS, "items": ITEMS}, "params": {"plausible": 99}}, 422, "plausible"),
        ("score", {"json": {"responses": ANSWERS, "items": ITEMS}, "params": {"method": "ml"}}, 422, "no method"),
        ("dif", {"content": b"id,q1\na,1\n"}, 422, "query.group"),
        ("dif", {"content": b"id,q1\na,1\n", "params": {"group": "sex"}}, 422, "no column 'sex'"),
        ("fit", {"json": {"responses": ANSWERS}}, 422, "has no items"),
        ("simulate", {"params": {"people": 2_001}}, 422, "people"),
        ("simulate", {"content": BANK, "params": {"misfit": "sleepy"}}, 422, "misfit 'sleepy'"),
        ("simulate", {"content": BANK, "params": {"skills": "cooking"}}, 422, "does not measure 'cooking'"),
        ("simulate", {"content": b"item,a\nq1,1\n"}, 422, "items has no column b"),
    ],
)
def test_what_cannot_be_done_is_a_problem(
    call: Call, verb: str, options: dict[str, Any], status: int, said: str
) -> None:
    expect_problem(call("POST", f"{PATH}/{verb}", **options), status, said)


@pytest.mark.parametrize("verb", ["calibrate", "simulate"])
def test_work_that_takes_too_long_is_ended(
    call: Call, complete: bytes, verb: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("waymark.api.tables.MOST_SECONDS", -1.0)
    body = complete if verb == "calibrate" else BANK
    expect_problem(call("POST", f"{PATH}/{verb}", content=body), 413, "takes more than")


def test_the_document_tells_bodies_and_shapes(call: Call) -> None:
    paths = call("GET", "/api/v1/openapi.json").json()["paths"]
    for verb in ("calibrate", "score", "dif", "fit", "simulate"):
        operation = paths[f"/assess/{verb}"]["post"]
        assert {"application/json", "multipart/form-data"} <= set(operation["requestBody"]["content"])
        assert operation["responses"]["200"]["content"]["application/json"]["schema"]["$ref"]
        assert {"413", "422", "503"} <= set(operation["responses"])
