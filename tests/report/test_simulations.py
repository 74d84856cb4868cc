from typing import Any

import pytest

from waymark.report.simulations import (
    draw_convergence,
    draw_exposure,
    draw_information,
    draw_simulation,
    measure_bias,
    trace_steps,
)

from .places import lies_within, list_places, parse_figure, read_text


def test_there_are_four_figures_with_names_of_their_own(summary: dict[str, Any], names: dict[str, str]) -> None:
    figures = draw_simulation(summary, names)
    assert [figure.name for figure in figures] == ["information", "conditional", "exposure", "convergence"]
    assert all(lies_within(figure) for figure in figures)
    assert all(figure.title and figure.description.endswith(".") for figure in figures)


def test_every_skill_has_a_panel_with_its_name(summary: dict[str, Any], names: dict[str, str]) -> None:
    figure = draw_information(summary["figures"]["information"], names)
    text = read_text(figure)
    assert "Algebra" in text
    assert "Botany & <Beyond>" in text
    assert len(parse_figure(figure).findall("polygon")) == 3
    assert "Algebra: at most 12.0, at a score of 150" in figure.description


@pytest.mark.parametrize("count", [1, 2, 10])
def test_any_number_of_skills_fits(summary: dict[str, Any], count: int) -> None:
    rows = [{**summary["figures"]["information"][0], "skill": f"s{n}"} for n in range(count)]
    assert lies_within(draw_information(rows, {}))


def test_the_bias_has_the_interval_of_a_mean() -> None:
    row = {"rmse": 0.5, "bias": 0.3, "n": 100}
    assert measure_bias(row) == pytest.approx(1.96 * 0.4 / 10, abs=1e-4)
    assert measure_bias({"rmse": 0.2, "bias": 0.2, "n": 4}) == pytest.approx(0.0, abs=1e-6)


def test_without_a_cap_no_cap_is_drawn_and_it_is_said(summary: dict[str, Any]) -> None:
    exposure = summary["figures"]["exposure"]
    capped, free = draw_exposure(exposure), draw_exposure({**exposure, "cap": None})
    assert "the cap is 40%" in capped.description
    assert "no cap is set" in free.description
    assert "the cap" in read_text(capped)
    assert "cap" not in read_text(free)


def test_a_bank_of_which_nothing_was_shown_is_drawn_all_the_same() -> None:
    assert lies_within(draw_exposure({"cap": None, "shares": [0.0, 0.0], "never_given": 2, "n": 1}))


def test_a_staircase_keeps_its_corners_alone() -> None:
    assert trace_steps([0.3, 0.3, 0.3]) == [(0, 0.3), (3, 0.3)]
    assert trace_steps([0.3, 0.2]) == [(0, 0.3), (1, 0.3), (1, 0.2), (2, 0.2)]


def test_convergence_falls_and_says_how_many_came_so_far(summary: dict[str, Any]) -> None:
    figure = draw_convergence(summary["figures"]["convergence"])
    assert "which 471 of 500 sittings reached" in figure.description
    line = next(node for node in parse_figure(figure).iter("polyline") if node.attrib["class"] == "line")
    heights = [float(pair.split(",")[1]) for pair in line.attrib["points"].split()]
    assert heights == sorted(heights)


def test_a_single_answer_is_drawn() -> None:
    rows = [{"answers": 1, "sd": 0.9, "low": 0.9, "high": 0.9, "n": 3}]
    assert len(list(list_places(draw_convergence(rows)))) > 5
