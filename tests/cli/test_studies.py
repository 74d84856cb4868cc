"""`waymark assess predict`, `options`, `times`, `explain`, `monitor`: what was planted in tables is found and told."""

from pathlib import Path

import polars as pl
import pytest

from waymark.errors import WaymarkError

from .test_assess import read_json, run


def test_a_mixture_predicts_where_no_items_are_given(study: Path, tmp_path: Path) -> None:
    out = tmp_path / "predicted.csv"
    told = read_json("predict", study / "responses.csv", "--leave-out", "group", "--out", out)
    (own,) = told["mixture"].values()
    assert [one["model"] for one in own["models"]] == ["1pl", "2pl", "3pl"]
    assert sum(one["weight"] for one in own["models"]) == pytest.approx(1.0)
    assert own["loss"] <= min(one["loss"] for one in own["models"])
    frame = pl.read_csv(out)
    assert frame.columns == ["person", "item", "skill", "probability", "expected"]
    assert frame.height == told["predicted"]
    assert frame["probability"].is_between(0, 1, closed="none").all()


def test_one_model_may_predict_skill_by_skill(study: Path, tmp_path: Path) -> None:
    given = ("--leave-out", "group", "--model", "2pl", "--skills", study / "skills.csv")
    told = read_json("predict", study / "responses.csv", *given, "--out", tmp_path / "p.csv")
    assert set(told["mixture"]) == {"algebra", "logic"}
    assert [(one["model"], one["weight"]) for one in told["mixture"]["logic"]["models"]] == [("2pl", 1.0)]


def test_a_prediction_repeats_with_its_seed(study: Path, tmp_path: Path) -> None:
    given = (
        "predict",
        study / "responses.csv",
        "--leave-out",
        "group",
        "--model",
        "stack",
        "--out",
        tmp_path / "p.csv",
    )
    assert read_json(*given, "--seed", "2") == read_json(*given, "--seed", "2")
    assert read_json(*given, "--seed", "2")["mixture"] != read_json(*given, "--seed", "3")["mixture"]


@pytest.mark.parametrize("known", [True, False])
def test_a_wrong_key_and_dead_options_are_flagged(records: Path, tmp_path: Path, *, known: bool) -> None:
    items = ("--items", records / "items.csv") if known else ()
    out = tmp_path / "options.csv"
    told = read_json("options", records / "choices.csv", "--key", records / "key.csv", *items, "--out", out)
    found = {item["item"]: {one["option"]: one for one in item["options"]} for item in told["items"]}
    assert [flag for flag in found["q3"]["A"]["flags"] if "wrong key" in flag]
    assert found["q3"]["B"]["ability_high"] < found["q3"]["A"]["ability_low"]
    assert found["q3"]["A"]["rest_low"] > 0 > found["q3"]["B"]["rest_high"]
    assert all(found[name]["D"]["flags"] == ["nobody takes it"] for name in found)
    assert all(found["q1"][one]["flags"] == [] for one in "ABC")
    assert sum(one["share"] for one in found["q1"].values()) == pytest.approx(1.0)
    assert pl.read_csv(out).height == 80


def test_times_give_items_an_intensity_and_people_a_speed(records: Path, tmp_path: Path) -> None:
    out = tmp_path / "people.csv"
    told = read_json("times", records / "times.csv", "--unit", "seconds", "--out", out)
    assert [row["item"] for row in told["items"]] == [f"q{number}" for number in range(1, 21)]
    assert all(1.5 < row["discrimination"] < 3.5 and row["se_discrimination"] > 0 for row in told["items"][:10])
    assert told["speed_sd"]["value"] == pytest.approx(0.3, abs=0.06)
    assert (told["judged_by"], told["speed_with_ability"]) == ("times alone", None)
    people = pl.read_csv(out)
    assert people["verdict"].to_list()[:5] == ["look again"] * 5
    assert people.columns[:4] == ["person", "times", "speed", "speed_sd"]


def test_rapid_guessing_is_found_with_answers_and_rarely_where_there_is_none(records: Path) -> None:
    given = ("--responses", records / "answers.csv", "--items", records / "items.csv")
    told = read_json("times", records / "times.csv", "--unit", "seconds", *given)
    assert told["judged_by"] == "times and answers"
    assert all(row["p_rapid"] < 1e-6 and "rapid guessing" in row["reasons"] for row in told["rows"][:5])
    others = [row for row in told["rows"][5:] if row["verdict"] == "look again"]
    assert len(others) <= told["review"]["expected"] + 3 * told["review"]["expected"] ** 0.5
    assert told["speed_with_ability"]["low"] < 0 < told["speed_with_ability"]["high"]


def test_features_explain_difficulty_and_give_new_items_a_prior(records: Path, tmp_path: Path) -> None:
    out = tmp_path / "priors.csv"
    given = ("--features", records / "features.csv", "--responses", records / "answers.csv", "--out", out)
    told = read_json("explain", records / "items.csv", *given)
    weights = {one["feature"]: one for one in told["difficulty"]["weights"]}
    assert weights["f"]["low"] < 0.7 < weights["f"]["high"]
    assert weights["g"]["low"] < 0 < weights["g"]["high"]
    assert 0.2 < told["difficulty"]["marginal_r2"]["value"] < 0.9
    assert {"template_sd", "residual_sd", "cross_validated_r2"} <= set(told["difficulty"])
    assert told["lltm"]["p"] < 0.001  # items differ beyond their features
    first, second = told["new_items"]
    assert (first["b"]["template_seen"], second["b"]["template_seen"]) == (True, False)
    assert first["b"]["value"] > second["b"]["value"]
    bank = pl.read_csv(out)
    assert bank["item"].to_list() == ["n1", "n2"]
    assert bank["var_b"].to_list() == pytest.approx([first["b"]["se"] ** 2, second["b"]["se"] ** 2])


def test_drift_and_dif_are_found_in_a_stream_with_a_stated_rate(records: Path, tmp_path: Path) -> None:
    out = tmp_path / "watch.csv"
    told = read_json(
        "monitor", records / "stream.csv", "--items", records / "items.csv", "--group", "sex", "--out", out
    )
    found = {(alarm["item"], alarm["kind"], alarm["group"]) for alarm in told["alarms"]}
    assert ("q5", "drift", "") in found
    assert ("q9", "dif", "f") in found
    assert {item for item, _, _ in found} == {"q5", "q9"}
    assert told["false_alarms"]["rate"] == 0.01
    assert told["false_alarms"]["tests"] == 20 * 4 == pl.read_csv(out).height
    everything = told["ledger"][0]
    assert (everything["kind"], everything["answers"]) == ("all", 7_500)
    assert {"factor", "low", "high", "too_small", "message"} <= set(told["coverage"]["ability"])


def test_a_stream_may_bring_its_own_chances_and_periods(tmp_path: Path) -> None:
    rows = [f"p{row % 40},q{row // 40},{row % 2},0.5,{'early' if row < 80 else 'late'}" for row in range(160)]
    stream, items = tmp_path / "stream.csv", tmp_path / "items.csv"
    stream.write_text("\n".join(["person,item,right,chance,period", *rows]), encoding="utf-8")
    items.write_text("item,a,b\nq0,1,0\nq1,1,0\nq2,1,0\nq3,1,0\n", encoding="utf-8")
    told = read_json("monitor", stream, "--items", items)
    entries = {(one["kind"], one["name"]): one for one in told["ledger"]}
    assert entries["all", ""]["foretold"] == entries["all", ""]["seen"] == 0.5
    assert entries["period", "late"]["answers"] == 80
    assert any("no times" in note for note in told["notes"])


def test_findings_are_shown_to_people(records: Path, study: Path, tmp_path: Path) -> None:
    bank = ("--items", records / "items.csv")
    for arguments, words in (
        (("predict", study / "responses.csv", "--leave-out", "group", "--out", tmp_path / "p.csv"), ("weights 1pl",)),
        (("options", records / "choices.csv", "--key", records / "key.csv"), ("q3", "(key)", "nobody takes it")),
        (("times", records / "times.csv", "--unit", "seconds"), ("intensity", "q20", "to look at again")),
        (("explain", records / "items.csv", "--features", records / "features.csv"), ("share explained", "n2")),
        (("monitor", records / "stream.csv", *bank), ("drift: q5", "foretold against seen", "ability:")),
    ):
        done = run(*arguments)
        assert done.exit_code == 0, (done.output, done.exception)
        assert [word for word in words if word not in done.stdout] == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("predict", "{r}/answers.csv", "--out", "p.csv", "--model", "5pl"), "no model '5pl'"),
        (("predict", "{r}/answers.csv", "--out", "p.csv", "--items", "{r}/items.csv", "--model", "2pl"), "items and a"),
        (("predict", "{r}/answers.csv", "--out", "p.csv", "--mean", "1"), "a population without items"),
        (("predict", "{s}/steps.csv", "--out", "p.csv"), "answers that cannot be stacked"),
        (("options", "{r}/choices.csv", "--key", "{s}/skills.csv"), "no column key"),
        (("options", "{r}/choices.csv", "--key", "b.csv"), "column 'q1': 'A' was not offered"),
        (("options", "{r}/times.csv", "--key", "c.csv"), "different answers"),
        (("times", "{r}/times.csv", "--unit", "days"), "no unit 'days'"),
        (("times", "{r}/answers.csv"), "column 'q1': 0 is no time"),
        (("times", "{r}/times.csv", "--items", "{r}/items.csv"), "items without answers"),
        (("explain", "{r}/items.csv", "--features", "{r}/key.csv"), "is no number"),
        (("explain", "{r}/items.csv", "--features", "d.csv"), "no item of the features"),
        (("monitor", "{r}/answers.csv", "--items", "{r}/items.csv"), "no column"),
        (("monitor", "{r}/stream.csv", "--items", "{r}/items.csv", "--group", "age"), "no column 'age'"),
        (("monitor", "{r}/stream.csv", "--items", "d.csv"), "no column b"),
    ],
)
def test_what_cannot_be_studied_is_told(
    records: Path, study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("b.csv").write_text("item,key,options\nq1,X,X|Y\n", encoding="utf-8")
    Path("c.csv").write_text("item,key\nq1,12.5\nq2,3\n", encoding="utf-8")
    Path("d.csv").write_text("item,f\nz1,1\nz2,2\n", encoding="utf-8")
    done = run(*(argument.replace("{r}", str(records)).replace("{s}", str(study)) for argument in arguments))
    assert isinstance(done.exception, WaymarkError), (done.output, done.exception)
    assert said in done.exception.message
    assert done.exception.hint
    assert {path.name for path in tmp_path.iterdir()} == {"b.csv", "c.csv", "d.csv"}
