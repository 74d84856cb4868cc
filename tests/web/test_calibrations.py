from typing import Any

import pytest

from waymark.actions.trying import CalibratedTable, Curve, make_example, try_calibration
from waymark.actions.workspace import Workspace
from waymark.web.calibrations import MODELS, SHOWN_CURVES, UNKNOWN, speak_parameter, view_table


@pytest.fixture(scope="module")
def table(workspace: Workspace) -> CalibratedTable:
    return try_calibration(workspace, make_example(workspace), name="t.csv", model="3pl")


def test_a_model_shows_its_own_parameters(workspace: Workspace, table: CalibratedTable) -> None:
    assert view_table(table, name="t.csv").parameters == ("a", "b", "c")
    steps = try_calibration(workspace, make_example(workspace), name="t.csv", model="gpcm")
    view = view_table(steps, name="t.csv")
    assert view.parameters == ("a", "b")
    assert all(row.steps for row in view.rows)


def test_every_model_that_is_offered_has_words() -> None:
    from waymark.assess.calibration.calibrations import MODELS as KNOWN  # noqa: PLC0415

    assert tuple(MODELS) == KNOWN


def test_a_parameter_has_its_interval_and_shares_stay_shares() -> None:
    row = {"b": -1.0, "se_b": 0.1, "c": 0.05, "se_c": 0.1}
    assert speak_parameter(row, "b").interval == "\N{MINUS SIGN}1.20 to \N{MINUS SIGN}0.80"
    assert speak_parameter(row, "c").interval == "0.00 to 0.25"


@pytest.mark.parametrize("row", [{"a": None, "se_a": None}, {"a": None}])
def test_what_was_not_estimated_is_not_known(row: dict[str, Any]) -> None:
    assert speak_parameter(row, "a") == UNKNOWN


def test_a_parameter_that_was_set_has_no_interval() -> None:
    assert speak_parameter({"c": 0.2, "se_c": None}, "c").interval == ""


def test_an_item_of_which_too_little_is_known_says_so() -> None:
    row = {"item": "q1", "a": 0.5, "b": -80.0, "c": 0.0, "se_a": 1e8, "se_b": 1e10}
    described = {"model": "2pl", "rows": [row], "notes": [{"item": "q1", "kind": "extreme", "message": "runs off"}]}
    view = view_table(CalibratedTable(described=described, csv="", curves=()), name="t")
    assert set(view.rows[0].cells) == {UNKNOWN}
    assert "runs off" in view.rows[0].remarks


def test_a_slope_that_may_be_zero_is_remarked(table: CalibratedTable) -> None:
    rows = {row.item: row for row in view_table(table, name="t.csv").rows}
    assert any("cannot be told from zero" in remark for remark in rows["q12"].remarks)
    assert any("check the key" in remark for remark in rows["q07"].remarks)
    assert rows["q01"].remarks == ()


def test_a_page_draws_only_so_many_curves(table: CalibratedTable) -> None:
    curve = table.curves[0]
    many = tuple(Curve(item=f"i{number}", theta=curve.theta, share=curve.share) for number in range(SHOWN_CURVES + 5))
    rows = [{**table.described["rows"][0], "item": one.item} for one in many]
    view = view_table(CalibratedTable(described={**table.described, "rows": rows}, csv="", curves=many), name="t.csv")
    assert len(view.figures) == SHOWN_CURVES
    assert view.more == 5
    assert len({figure.name for figure in view.figures}) == SHOWN_CURVES
