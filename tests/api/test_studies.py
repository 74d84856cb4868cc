"""Studies over HTTP: the answers of the commands, in the shapes that the document shows."""

from pathlib import Path
from typing import Any

import pytest

from waymark.api.studies import MOST_ESTIMATED
from waymark.api.study_shapes import ExplainedShape, OptionsShape, PredictionsShape, TimesShape, WatchShape

from .conftest import Call
from .test_assess import PATH, ask, expect_problem


def send(records: Path, **files: str) -> dict[str, bytes]:
    return {name: (records / f"{file}.csv").read_bytes() for name, file in files.items()}


def test_unseen_answers_are_predicted_by_a_mixture_or_by_items(call: Call, records: Path) -> None:
    lines = (records / "answers.csv").read_text(encoding="utf-8").splitlines()
    gaps = "\n".join([lines[0], *(f"{line[:-1]}" for line in lines[1:])]).encode()
    found = PredictionsShape.model_validate(ask(call, "predict", content=gaps))
    assert found.predicted == len(found.rows) == 500
    assert found.mixture is not None
    assert {row.item for row in found.rows} == {"q20"}
    files = {"responses": gaps, "items": (records / "items.csv").read_bytes()}
    known = PredictionsShape.model_validate(ask(call, "predict", files=files))
    assert known.mixture is None
    assert known.predicted == 500


def test_options_are_studied(call: Call, records: Path) -> None:
    found = OptionsShape.model_validate(ask(call, "options", files=send(records, responses="choices", key="key")))
    assert [flag for flag in found.items[2].options[0]["flags"] if "wrong key" in flag]
    assert found.items[0].options[0]["rest_correlation"] > 0.2


def test_times_are_fitted(call: Call, records: Path) -> None:
    content = (records / "times.csv").read_bytes()
    found = TimesShape.model_validate(ask(call, "times", content=content, params={"unit": "seconds"}))
    assert [row.verdict for row in found.rows[:5]] == ["look again"] * 5
    files = send(records, times="times", responses="answers", items="items")
    both = TimesShape.model_validate(ask(call, "times", files=files, params={"unit": "seconds"}))
    assert both.judged_by == "times and answers"
    assert both.speed_with_ability is not None


def test_difficulty_is_explained(call: Call, records: Path) -> None:
    told = ask(call, "explain", files=send(records, items="items", features="features", responses="answers"))
    found = ExplainedShape.model_validate(told)
    assert [row["item"] for row in found.priors] == ["n1", "n2"]
    assert found.lltm is not None


def test_a_stream_is_watched(call: Call, records: Path) -> None:
    files = send(records, answers="stream", items="items")
    found = WatchShape.model_validate(ask(call, "monitor", files=files, params={"group": "sex"}))
    assert {"q5", "q9"} == {alarm["item"] for alarm in found.alarms}
    assert found.groups == ["m", "f"]


@pytest.mark.parametrize(
    ("verb", "options", "status", "said"),
    [
        ("predict", {"content": b"q\n" + b"1\n" * (MOST_ESTIMATED + 1)}, 413, "cells"),
        ("predict", {"content": b"id,q1\na,1\n", "params": {"model": "5pl"}}, 422, "no model '5pl'"),
        ("predict", {"content": b"id,q1\na,1\n", "params": {"sd": 2}}, 422, "a population without items"),
        ("options", {"json": {"responses": [{"id": "a", "q1": "A"}]}}, 422, "has no key"),
        ("options", {"json": {"times": []}}, 422, "another name"),
        ("times", {"content": b"id,q1\na,1\n", "params": {"alpha": 2}}, 422, "alpha"),
        ("times", {"content": b"id,q1\na,-1\n"}, 422, "no time"),
        ("explain", {"json": {"items": [{"item": "q1", "b": 1}]}}, 422, "has no features"),
        ("monitor", {"json": {"answers": [{"person": "a", "item": "q1", "score": 7}]}}, 422, "has no items"),
    ],
)
def test_what_cannot_be_studied_is_a_problem(
    call: Call,
    verb: str,
    options: dict[str, Any],
    status: int,
    said: str,
) -> None:
    expect_problem(call("POST", f"{PATH}/{verb}", **options), status, said)


def test_the_document_tells_bodies_and_shapes(call: Call) -> None:
    paths = call("GET", "/api/v1/openapi.json").json()["paths"]
    for verb in ("predict", "options", "times", "explain", "monitor"):
        operation = paths[f"/assess/{verb}"]["post"]
        assert {"application/json", "multipart/form-data"} <= set(operation["requestBody"]["content"])
        assert operation["responses"]["200"]["content"]["application/json"]["schema"]["$ref"]
