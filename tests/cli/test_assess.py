"""`waymark assess`, in this process: tables in, tables and JSON out, in the shapes that others rely on."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner, Result

from waymark.cli.main import app
from waymark.errors import WaymarkError


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["assess", *map(str, arguments)])


def read_json(*arguments: str | Path) -> dict[str, Any]:
    done = run(*arguments, "--json")
    assert done.exit_code == 0, (done.output, done.exception)
    (line,) = done.stdout.splitlines()
    return dict(json.loads(line))


@pytest.fixture(scope="module")
def items(study: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Items of both skills, calibrated once."""
    path = tmp_path_factory.mktemp("calibrated") / "items.parquet"
    done = run(
        "calibrate", study / "responses.csv", "--leave-out", "group", "--skills", study / "skills.csv", "--out", path
    )
    assert done.exit_code == 0, (done.output, done.exception)
    return path


@pytest.fixture(scope="module")
def complete(study: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Items of one skill, calibrated once with answers without gaps."""
    path = tmp_path_factory.mktemp("calibrated") / "items.csv"
    done = run("calibrate", study / "complete.csv", "--out", path)
    assert done.exit_code == 0, (done.output, done.exception)
    return path


def test_a_calibration_has_the_columns_and_keys_that_others_rely_on(study: Path, tmp_path: Path) -> None:
    out = tmp_path / "items.parquet"
    told = read_json("calibrate", study / "complete.csv", "--model", "2pl", "--out", out)
    frame = pl.read_parquet(out)
    assert frame.columns[:7] == ["item", "skill", "a", "b", "c", "se_a", "se_b"]
    assert frame["item"].to_list() == [f"q{number}" for number in range(1, 25)]
    assert frame.select("a", "b", "se_a", "se_b").null_count().sum_horizontal().item() == 0
    assert {"model", "log_likelihood", "fit", "people", "answers", "converged", "notes", "groups"} <= set(told)
    assert {"log_likelihood", "aic", "bic"} <= set(told["fit"])
    assert (told["out"], told["people"], told["answers"], told["items"]) == (str(out), 600, 14_400, 24)
    assert told["converged"] is True


@pytest.mark.parametrize("model", ["1pl", "2pl", "3pl"])
def test_a_calibration_by_map_is_told_as_such(study: Path, tmp_path: Path, model: str) -> None:
    told = read_json(
        "calibrate", study / "complete.csv", "--model", model, "--estimator", "map", "--out", tmp_path / "i.csv"
    )
    assert (told["model"], told["estimator"]) == (model, "map")
    rising = pl.read_csv(tmp_path / "i.csv")["b"].rolling_mean(6).drop_nulls()
    assert rising.is_sorted()


@pytest.mark.parametrize("model", ["gpcm", "grm"])
def test_items_with_steps_have_their_steps_in_the_table(study: Path, tmp_path: Path, model: str) -> None:
    for name in ("items.parquet", "items.csv"):
        assert read_json("calibrate", study / "steps.csv", "--model", model, "--out", tmp_path / name)["model"] == model
    nested, flat = pl.read_parquet(tmp_path / "items.parquet"), pl.read_csv(tmp_path / "items.csv")
    assert nested["steps"].list.len().to_list() == [2] * 24
    assert nested["steps"].list.get(0).to_list() == flat["step1"].to_list()
    assert nested["kind"].unique().to_list() == [model]


def test_several_skills_come_with_their_correlation(items: Path, study: Path, tmp_path: Path) -> None:
    told = read_json(
        "calibrate",
        study / "responses.csv",
        "--leave-out",
        "group",
        "--skills",
        study / "skills.csv",
        "--out",
        tmp_path / "i.csv",
    )
    assert told["skills"] == {"algebra": 12, "logic": 12}
    assert told["correlation"]["algebra"]["logic"] == pytest.approx(0.6, abs=0.15)
    assert pl.read_parquet(items)["correlation_logic"][0] == told["correlation"]["algebra"]["logic"]


def test_groups_have_a_mean_and_sd_of_their_own(study: Path, tmp_path: Path) -> None:
    out = tmp_path / "items.csv"
    told = read_json("calibrate", study / "responses.csv", "--group", "group", "--reference", "m", "--out", out)
    groups = {group["name"]: group for group in told["groups"]}
    assert (groups["m"]["mean"], groups["m"]["sd"], groups["m"]["se_mean"]) == (0, 1, 0)
    assert groups["f"]["se_mean"] > 0


def test_fixed_items_keep_their_parameters(complete: Path, study: Path, tmp_path: Path) -> None:
    fixed = tmp_path / "fixed.csv"
    pl.read_csv(complete).head(10).write_csv(fixed)
    read_json("calibrate", study / "complete.csv", "--fixed", fixed, "--out", tmp_path / "items.csv")
    again, before = pl.read_csv(tmp_path / "items.csv"), pl.read_csv(fixed)
    assert again.head(10)["b"].to_list() == before["b"].to_list()
    assert again["item"].len() == 24


def test_scores_have_a_row_a_person_and_skill(items: Path, study: Path, tmp_path: Path) -> None:
    out = tmp_path / "scores.parquet"
    told = read_json("score", study / "responses.csv", "--items", items, "--out", out)
    frame = pl.read_parquet(out)
    columns = ["person", "skill", "eap", "sd", "n", "level", "p_beginning", "p_developing", "p_accomplished"]
    assert frame.columns[:9] == columns
    assert frame.height == 1_200
    assert frame["person"].to_list()[:3] == ["p000", "p000", "p001"]
    assert frame["skill"].to_list()[:3] == ["algebra", "logic", "algebra"]
    assert frame.select(pl.sum_horizontal(columns[6:])).to_series().is_between(1 - 1e-9, 1 + 1e-9).all()
    assert frame["level"].is_in([1, 2, 3]).all()
    assert told["skills"]["algebra"]["reliability"] > 0.5
    assert told["notes"] == ["1 column left out, since no such item is known: 'group'"]


@pytest.mark.parametrize("method", ["map", "wle"])
def test_another_method_names_its_column(complete: Path, study: Path, tmp_path: Path, method: str) -> None:
    out = tmp_path / "scores.csv"
    told = read_json("score", study / "complete.csv", "--items", complete, "--method", method, "--out", out)
    assert told["method"] == method
    assert pl.read_csv(out).columns[2] == method


def test_plausible_values_repeat_with_their_seed(items: Path, study: Path, tmp_path: Path) -> None:
    drawn = {}
    for name, seed in (("one", "3"), ("two", "3"), ("other", "4")):
        out = tmp_path / f"{name}.parquet"
        read_json("score", study / "responses.csv", "--items", items, "--plausible", "2", "--seed", seed, "--out", out)
        drawn[name] = out.read_bytes()
    assert drawn["one"] == drawn["two"] != drawn["other"]
    assert pl.read_parquet(tmp_path / "one.parquet").columns[-2:] == ["pv1", "pv2"]


def test_an_item_that_is_harder_for_a_group_is_found(study: Path) -> None:
    told = read_json("dif", study / "responses.csv", "--group", "group", "--reference", "m")
    classes = {row["item"]: row["ets_class"] for row in told["items"]}
    assert classes["q3"] == "C"
    assert told["items"][2]["effect"] < -1.5
    assert {"p", "p_adjusted", "low", "high", "logistic", "n_reference", "n_focal", "verdict"} <= set(told["items"][2])
    assert told["classes"]["A"] >= 18
    assert (told["reference"], sum(told["groups"].values())) == ("m", 600)


def test_people_may_be_matched_on_ability_by_skill(items: Path, study: Path) -> None:
    told = read_json("dif", study / "responses.csv", "--group", "group", "--items", items)
    assert {row["skill"] for row in told["items"]} == {"algebra", "logic"}
    assert len(told["items"]) == 24
    assert "ability" in told["matching"]


def test_fit_is_told_by_skill(complete: Path, study: Path, tmp_path: Path) -> None:
    out = tmp_path / "people.csv"
    told = read_json("fit", study / "complete.csv", "--items", complete, "--out", out)
    found = told["skills"]["ability"]
    assert [row["item"] for row in found["items"]] == [f"q{number}" for number in range(1, 25)]
    assert found["model"]["df"] == 24 * 23 // 2 + 24 - 48
    assert found["people"]["judged"] == 600
    assert {"q3_star", "critical", "flagged"} <= set(found["dependence"])
    assert pl.read_csv(out).columns[:3] == ["person", "skill", "theta"]


def test_what_cannot_be_tested_is_noted(items: Path, study: Path, tmp_path: Path) -> None:
    few = tmp_path / "few.csv"
    few.write_text("\n".join((study / "responses.csv").read_text(encoding="utf-8").splitlines()[:41]), encoding="utf-8")
    told = read_json("fit", few, "--items", items)
    assert (told["skills"]["logic"]["items"], told["skills"]["logic"]["model"]) == (None, None)
    assert [note for note in told["notes"] if note.startswith("logic: S-X2 needs people")]


def test_every_cell_that_was_not_seen_is_predicted(items: Path, study: Path, tmp_path: Path) -> None:
    out = tmp_path / "predicted.csv"
    told = read_json("predict", study / "responses.csv", "--items", items, "--out", out)
    cells = pl.read_csv(study / "responses.csv", infer_schema=False).drop("person", "group")
    frame = pl.read_csv(out)
    assert frame.columns == ["person", "item", "skill", "probability", "expected"]
    assert frame.height == told["predicted"] == cells.null_count().sum_horizontal().item()
    assert frame["probability"].is_between(0, 1).all()
    assert frame["probability"].equals(frame["expected"], check_names=False)


def test_items_are_put_on_another_scale(complete: Path, tmp_path: Path) -> None:
    moved, out = tmp_path / "moved.csv", tmp_path / "linked.csv"
    before = pl.read_csv(complete)
    before.with_columns(pl.col("a") / 2, pl.col("b") * 2 + 1).write_csv(moved)
    told = read_json("link", complete, moved, "--out", out)
    assert told["skills"]["ability"]["slope"] == pytest.approx(2, abs=1e-6)
    assert told["skills"]["ability"]["shift"] == pytest.approx(1, abs=1e-6)
    linked = pl.read_csv(out)
    assert linked["b"].to_list() == pytest.approx((before["b"] * 2 + 1).to_list(), abs=1e-6)
    assert linked["se_b"].to_list() == pytest.approx((before["se_b"] * 2).to_list(), abs=1e-6)


def test_results_are_shown_to_people(items: Path, complete: Path, study: Path, tmp_path: Path) -> None:
    table, whole = study / "responses.csv", study / "complete.csv"
    for arguments, words in (
        (("calibrate", whole, "--out", tmp_path / "i.csv"), ("log-likelihood", "q24", "\u00b1")),
        (("score", table, "--items", items, "--out", tmp_path / "s.csv"), ("algebra", "600", "\u00b1")),
        (("dif", table, "--group", "group"), ("q3", "C", "number right" if table is whole else "share right")),
        (("fit", whole, "--items", complete), ("M2", "S-X2", "RMSEA", "People: 600 judged")),
        (("predict", table, "--items", items, "--out", tmp_path / "p.csv"), ("cells of 600 people",)),
        (("link", complete, complete, "--out", tmp_path / "l.csv"), ("slope", "1.00")),
    ):
        done = run(*arguments)
        assert done.exit_code == 0, (done.output, done.exception)
        assert [word for word in words if word not in done.stdout] == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("calibrate", "none.csv", "--out", "i.csv"), "none.csv: no such file"),
        (("calibrate", "{}/responses.csv", "--out", "i.csv"), "row 1, column 'group': 'm' is no score"),
        (("calibrate", "{}/complete.csv", "--out", "i.xlsx"), "no kind of table ends in '.xlsx'"),
        (("calibrate", "{}/complete.csv", "--out", "no/i.csv"), "there is no folder no"),
        (("calibrate", "{}/complete.csv", "--out", "i.csv", "--model", "5pl"), "no model '5pl'"),
        (("calibrate", "{}/complete.csv", "--out", "i.csv", "--estimator", "x"), "no estimator 'x'"),
        (("calibrate", "{}/steps.csv", "--out", "i.csv"), "has the score 2 under a 2pl"),
        (("calibrate", "{}/complete.csv", "--out", "i.csv", "--skills", "{}/complete.csv"), "no column item"),
        (("score", "{}/complete.csv", "--items", "{}/skills.csv", "--out", "s.csv"), "no column b"),
        (("score", "{}/skills.csv", "--items", "b.csv", "--out", "s.csv"), "is a known item"),
        (("score", "{}/complete.csv", "--items", "b.csv", "--out", "s.csv", "--method", "ml"), "no method 'ml'"),
        (("dif", "{}/responses.csv", "--group", "sex"), "has no column 'sex'"),
        (("dif", "{}/responses.csv", "--group", "group", "--reference", "x"), "no group 'x'"),
        (("link", "b.csv", "b.csv", "--out", "l.csv"), "1 common items"),
        (("link", "b.csv", "b.csv", "--out", "l.csv", "--method", "x"), "no method 'x'"),
    ],
)
def test_what_cannot_be_done_is_told(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("b.csv").write_text("item,a,b\nq1,1,0\n", encoding="utf-8")
    done = run(*(argument.replace("{}", str(study)) for argument in arguments))
    assert isinstance(done.exception, WaymarkError)
    assert said in done.exception.message
    assert done.exception.hint
    assert [path.name for path in tmp_path.iterdir()] == ["b.csv"]
