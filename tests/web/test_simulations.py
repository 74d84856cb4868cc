from typing import Any

import pytest

from waymark.actions.watching import Crowd, watch_crowd
from waymark.actions.workspace import Workspace
from waymark.framework import Edition
from waymark.web.simulations import (
    MEASURES,
    MISFITS,
    apart,
    list_convergence,
    speak_figure,
    speak_measure,
    tell_breaks,
    tell_coverage,
    tell_ends,
    tell_exposure,
    view_crowd,
)

CROWD = Crowd(skills=("research", "mathematics"), people=40, target_sd=0.7, most_items=15, misfit="guessing", rate=0.5)


def make_row(**values: tuple[float, float, float]) -> dict[str, Any]:
    row: dict[str, Any] = {key: 0.0 for key, _, _ in MEASURES} | {
        "intervals": {key: [0.0, 0.0] for key, _, _ in MEASURES}
    }
    for key, (value, low, high) in values.items():
        row[key], row["intervals"][key] = value, [low, high]
    return row


@pytest.mark.parametrize(
    ("coverage", "verdict"),
    [
        ((0.898, 0.889, 0.906), "Stated errors hold:"),
        ((0.887, 0.878, 0.896), "Stated errors hold to within 2%:"),
        ((0.77, 0.75, 0.79), "Stated errors are too small:"),
        ((0.96, 0.95, 0.97), "Stated errors are on the safe side:"),
    ],
)
def test_coverage_is_judged_by_its_interval(coverage: tuple[float, float, float], verdict: str) -> None:
    said = tell_coverage(make_row(coverage90=coverage))
    assert said.startswith(verdict)
    assert f"{coverage[0]:.1%} [{coverage[1]:.1%} to {coverage[2]:.1%}]" in said


@pytest.mark.parametrize(
    ("top", "low", "words"),
    [
        (0.39, 0.37, "within the cap"),
        (0.41, 0.39, "above the cap of 40% by chance"),
        (0.6, 0.57, "by more than chance"),
    ],
)
def test_the_cap_is_judged_by_the_interval_of_the_most_shown_item(top: float, low: float, words: str) -> None:
    summary: dict[str, Any] = {
        "figures": {"exposure": {"shares": [top, 0.0], "never_given": 1}},
        "totals": make_row(max_exposure=(top, low, 0.9)),
    }
    assert words in tell_exposure(summary, 0.4)
    assert "1 of 2 items were never shown" in tell_exposure(summary, 0.4)
    assert tell_exposure(summary, None).startswith("Without a cap")
    summary["figures"]["exposure"]["never_given"] = 0
    assert "every item was shown" in tell_exposure(summary, 0.4)


def test_ends_are_told_most_frequent_first() -> None:
    said = tell_ends({"items spent": 3, "goal reached": 997}, 1_000)
    assert said.index("997 of 1,000") < said.index("3 of 1,000")


def test_points_are_signed_where_the_sign_matters() -> None:
    assert speak_figure(-0.07, "signed") == "\N{MINUS SIGN}3.5"
    assert speak_figure(0.07, "signed") == "+3.5"
    cell = speak_measure(make_row(bias=(-0.07, -0.1, 0.02)), "bias")
    assert cell.interval == "\N{MINUS SIGN}5.0 to +1.0"


def test_what_breaks_is_told_against_those_who_fit() -> None:
    fitting = make_row(bias=(0.0, -0.1, 0.1), coverage90=(0.9, 0.88, 0.92), level_accuracy=(0.8, 0.7, 0.9))
    broken = make_row(bias=(-0.5, -0.6, -0.4), coverage90=(0.6, 0.55, 0.65), level_accuracy=(0.6, 0.5, 0.7))
    assert apart(fitting, broken, "coverage90")
    said = " ".join(tell_breaks(fitting, broken))
    assert "Scores move down by 25 points" in said
    assert "60.0% [55.0% to 65.0%] of cases instead of 90.0%" in said
    same = " ".join(tell_breaks(fitting, fitting))
    assert "hold as well as before" in same


def test_a_crowd_is_made_ready_with_a_row_a_skill(workspace: Workspace, edition: Edition) -> None:
    found = watch_crowd(workspace, CROWD)
    view = view_crowd(CROWD, found, edition=edition)
    assert [skill for skill, _, _ in view.rows] == list(found["misfitting"]["skills"])
    assert all(len(cells) == len(MEASURES) for _, _, cells in view.rows)
    assert set(view.figures) == {"information", "conditional", "exposure", "convergence"}
    assert len(view.comparisons) == len(MEASURES)
    table = list_convergence(view.summary)
    assert table[0]["answers"] == 1
    assert table[-1] == view.summary["figures"]["convergence"][-1]


def test_every_misfit_of_the_engine_has_its_words() -> None:
    from waymark.actions.watching import MISFIT_KINDS  # noqa: PLC0415

    assert set(MISFITS) == set(MISFIT_KINDS)
