"""`waymark assess simulate`, in this process: figures by skill, the same bytes for the same seed."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner, Result

from waymark.assess.templates.shelves import load_templates
from waymark.cli.main import app
from waymark.errors import BadInput, Invalid, MissingInput

SKILL = {"items", "minutes", "se", "bias", "rmse", "coverage90", "level_accuracy", "max_exposure"}


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["assess", "simulate", *map(str, arguments)])


def read_json(*arguments: str | Path) -> dict[str, Any]:
    done = run(*arguments, "--json")
    assert done.exit_code == 0, (done.output, done.exception)
    (line,) = done.stdout.splitlines()
    return dict(json.loads(line))


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bank of 60 items of two skills, evenly hard."""
    path = tmp_path_factory.mktemp("bank") / "bank.csv"
    rows = [f"{skill}{n},{skill},1.5,{-2 + 4 * n / 29:.3f},1.5" for skill in ("algebra", "logic") for n in range(30)]
    path.write_text("item,skill,a,b,minutes\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return path


def test_every_skill_and_the_whole_have_the_keys_that_others_rely_on(bank: Path) -> None:
    told = read_json("--people", "60", "--seed", "3", "--bank", bank)
    assert set(told["skills"]) == {"algebra", "logic"}
    for row in (*told["skills"].values(), told["totals"]):
        assert set(row) >= SKILL
        assert set(row["intervals"]) == SKILL
        assert row["n"] == 60
    assert (told["people"], told["seed"], told["bank"]["items"]) == (60, 3, 60)
    assert told["skills"]["algebra"]["items"] <= 12
    assert sum(told["totals"]["ends"].values()) == 60
    assert "figures" not in told


def test_the_same_seed_gives_the_same_bytes_and_another_others(bank: Path) -> None:
    same = [run("--people", "40", "--seed", "5", "--bank", bank, "--json").stdout_bytes for _ in range(2)]
    other = run("--people", "40", "--seed", "6", "--bank", bank, "--json").stdout_bytes
    assert same[0] == same[1] != other


def test_only_the_skills_that_are_asked_for_are_measured(bank: Path) -> None:
    assert set(read_json("--people", "20", "--bank", bank, "--skills", "logic")["skills"]) == {"logic"}


def test_options_are_laid_over_the_rules(bank: Path, tmp_path: Path) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text("target_sd = 0.9\nleast_items = 3\n", encoding="utf-8")
    told = read_json("--people", "20", "--bank", bank, "--rules", rules, "--most-items", "5", "--exposure-cap", "0.5")
    asked = {"target_sd": 0.9, "least_items": 3, "most_items_per_skill": 5, "exposure_cap": 0.5}
    assert told["rules"] | asked == told["rules"]
    assert 3 <= told["skills"]["logic"]["items"] <= 5


def test_evidence_saves_items(bank: Path) -> None:
    common = ("--people", "80", "--bank", bank, "--target-se", "0.6", "--exposure-cap", "1")
    without, having = read_json(*common), read_json(*common, "--evidence", "0.5")
    assert having["totals"]["items"] < without["totals"]["items"] - 1


def test_misfit_biases_and_is_told(bank: Path) -> None:
    told = read_json("--people", "80", "--bank", bank, "--misfit", "careless", "--rate", "0.4")
    assert told["misfit"] == {"kind": "careless", "rate": 0.4, "share": 1.0}
    assert told["totals"]["bias"] < -0.3
    assert told["detection"]["found"] is True


def test_skills_that_go_together_need_fewer_items(bank: Path) -> None:
    common = ("--people", "80", "--bank", bank, "--target-se", "0.6", "--exposure-cap", "1")
    alone, together = read_json(*common), read_json(*common, "--correlation", "0.8")
    assert together["totals"]["items"] < alone["totals"]["items"] - 1
    assert together["bank"]["correlation"] == [[1, 0.8], [0.8, 1]]


def test_exposure_rates_may_be_fitted_first(bank: Path) -> None:
    told = read_json("--people", "60", "--bank", bank, "--exposure-cap", "0.5", "--control", "60")
    assert told["control"]["people"] == 60
    assert 0 < told["control"]["highest"] <= 0.7


def test_a_bank_may_learn_from_every_sitting(bank: Path, tmp_path: Path) -> None:
    unsure = tmp_path / "unsure.csv"
    pl.read_csv(bank).with_columns(se_a=0.3, se_b=0.6).write_csv(unsure)
    told = read_json("--people", "150", "--bank", unsure, "--explore", "thompson", "--learn")
    found = told["learning"]
    assert found["rmse_b"]["of_items_asked"] < found["rmse_b"]["before"]
    assert found["sd_b"]["after"] < found["sd_b"]["before"]


def test_figures_are_written_as_data(bank: Path, tmp_path: Path) -> None:
    read_json("--people", "30", "--bank", bank, "--figures", tmp_path)
    written = {path.name for path in tmp_path.iterdir()}
    four = ("information", "conditional", "exposure", "convergence")
    assert written == {f"{name}.{kind}" for name in four for kind in ("csv", "svg")} | {"figures.json"}
    assert all((tmp_path / f"{name}.svg").read_text(encoding="utf-8").startswith("<svg") for name in four)
    assert set(json.loads((tmp_path / "figures.json").read_bytes())) == set(four)
    assert pl.read_csv(tmp_path / "information.csv").columns == ["skill", "theta", "information"]
    assert pl.read_csv(tmp_path / "exposure.csv").height == 60
    assert pl.read_csv(tmp_path / "convergence.csv")["answers"].to_list()[:3] == [1, 2, 3]


def test_items_without_parameters_are_left_out_and_told(bank: Path, tmp_path: Path) -> None:
    gappy = tmp_path / "gappy.csv"
    gappy.write_text(bank.read_text(encoding="utf-8") + "lost,logic,,0,1\nturned,logic,-1,0,1\n", encoding="utf-8")
    told = read_json("--people", "10", "--bank", gappy)
    assert told["bank"]["items"] == 60
    assert "lost, turned" in told["notes"][0]


def test_the_shipped_bank_says_that_nobody_has_tried_it() -> None:
    told = read_json("--people", "20", "--skills", "mathematics,research", "--most-items", "4")
    assert (told["bank"]["source"], told["bank"]["items"]) == ("shipped", len(load_templates()))
    assert set(told["skills"]) == {"mathematics", "research"}
    assert "no item has been calibrated with people yet" in told["notes"][0]


def test_sittings_are_shown_to_people(bank: Path) -> None:
    done = run("--people", "30", "--bank", bank)
    assert done.exit_code == 0
    words = ("30 made-up people, seed 1", "algebra", "logic", "all", "rmse", "Sittings ended", "\u00b1")
    assert [word for word in words if word not in done.stdout] == []


@pytest.mark.parametrize(
    ("arguments", "kind", "said"),
    [
        (("--skills", "cooking"), BadInput, "does not measure 'cooking'"),
        (("--misfit", "sleepy"), BadInput, "misfit 'sleepy'"),
        (("--explore", "everything"), BadInput, "exploration 'everything'"),
        (("--evidence", "1.5"), BadInput, "reliability 1.5"),
        (("--target-se", "0"), BadInput, "target sd"),
        (("--exposure-cap", "2"), BadInput, "exposure cap"),
        (("--rules", "none.toml"), MissingInput, "none.toml"),
        (("--figures", "no/folder"), Invalid, "no such folder"),
        (("--correlation", "-0.5", "--learn", "--skills", "logic"), BadInput, "learning"),
        (("--bank", "none.csv"), MissingInput, "none.csv"),
    ],
)
def test_what_cannot_be_simulated_is_told(
    bank: Path, arguments: tuple[str, ...], kind: type[Exception], said: str
) -> None:
    done = run("--people", "5", "--bank", bank, *arguments)
    assert isinstance(done.exception, kind)
    assert said in str(done.exception)
