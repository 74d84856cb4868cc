from typing import Any

import pytest

from waymark.actions.trying import make_example, try_calibration
from waymark.actions.workspace import Workspace
from waymark.web.calibrations import view_table
from waymark.web.fits import SHOWN_PAIRS, FitView, view_fit

NAN = float("nan")
PEOPLE = {"judged": 200, "fewest_answers": 10, "alpha": 0.01, "expected": 2.0, "look_again": [{"person": "p1"}]}


def make_item(name: str, p: float) -> dict[str, Any]:
    return {
        "item": name, "n": 200, "chi_square": 12.0, "df": 8, "p": p, "p_adjusted": p,
        "rmsea": 0.04, "residual": -0.2, "residual_error": 0.1,
    }  # fmt: skip


def make_fit(**changes: Any) -> FitView:
    found = {"items": [make_item("q1", 0.4), make_item("q2", 1e-6)], "model": None, "dependence": None}
    return view_fit({**found, "people": PEOPLE, **changes})


@pytest.fixture(scope="module")
def shown(workspace: Workspace) -> FitView:
    table = try_calibration(workspace, make_example(workspace), name="t.csv", model="2pl")
    view = view_table(table, name="t.csv")
    assert view.fit is not None
    return view.fit


def test_the_made_up_table_fits_its_model(shown: FitView) -> None:
    assert shown.model.startswith("Fit is close: RMSEA 0.0")
    assert len(shown.rows) == 18
    assert [row.verdict for row in shown.rows] == [""] * 18
    assert shown.people.startswith("Of 1,000 people judged by lz*, ")


def test_the_worst_item_comes_first_with_its_verdict_and_gap() -> None:
    first, second = make_fit().rows
    assert (first.item, first.verdict, first.p) == ("q2", "does not answer as the model says", "below 0.001")
    assert (second.item, second.verdict) == ("q1", "")
    assert first.gap == "\N{MINUS SIGN}0.20 \N{PLUS-MINUS SIGN} 0.20"


def test_what_was_not_tested_says_so() -> None:
    view = make_fit(items=[{**make_item("q1", NAN), "p_adjusted": NAN}])
    assert (view.rows[0].statistic, view.rows[0].p, view.rows[0].gap) == ("not tested", "", "")
    assert view.model.startswith("Not tested")
    assert view.dependence.startswith("Not tested")
    assert make_fit(items=None).rows == ()


def test_only_so_many_pairs_are_listed() -> None:
    pair = {"first": "a", "second": "b", "n": 9, "q3": 0.5, "low": 0.4, "high": 0.6, "excess": 0.5}
    many = {"flagged": [pair] * (SHOWN_PAIRS + 3), "critical": 0.2, "maximum": 0.5, "mean": 0.0}
    view = make_fit(dependence=many)
    assert (len(view.pairs), view.more_pairs) == (SHOWN_PAIRS, 3)
    assert view.pairs[0] == "a with b: Q3 0.50 (0.40 to 0.60)"
    assert view.dependence.startswith("13 pairs hang together")


def test_a_table_of_too_many_items_is_calibrated_without_tests(workspace: Workspace) -> None:
    rng = workspace.generator(3)
    right = (rng.standard_normal((80, 1)) + rng.standard_normal((80, 61)) > 0).astype(int)
    lines = [",".join(f"q{place}" for place in range(61)), *(",".join(map(str, row)) for row in right.tolist())]
    table = try_calibration(workspace, "\n".join(lines).encode(), name="t.csv", model="1pl")
    assert len(table.curves) == 61
    assert table.fit is None
