from collections.abc import Mapping, Sequence
from typing import Any

from waymark.report.calibrations import draw_item

from .places import lies_within, list_kinds, parse_figure, read_text

CURVE: Mapping[str, Sequence[Any]] = {"score": [1, 100, 200, 300], "share": [0.1, 0.3, 0.7, 0.9]}


def test_an_item_has_its_curve_with_band_and_dots() -> None:
    full = {**CURVE, "low": [0.0, 0.2, 0.6, 0.8], "high": [0.2, 0.4, 0.8, 1.0], "seen": [(80, 0.25), (180, 0.6)]}
    figure = draw_item("c1", "q1", curve=full, said="Slope 1, difficulty 0.")
    assert {"line", "band", "right"} <= list_kinds(figure)
    assert len(parse_figure(figure).findall("circle")) == 2
    assert lies_within(figure)


def test_a_curve_without_band_is_a_line() -> None:
    figure = draw_item("c1", "q1", curve=CURVE, said="")
    assert "band" not in list_kinds(figure)
    assert lies_within(figure)


def test_a_long_name_is_cut_in_the_figure_and_whole_in_its_title() -> None:
    name = "what_is_the_difference_between<these>"
    figure = draw_item("c1", name, curve=CURVE, said="")
    assert name in figure.title
    assert "what_is_the_differ" not in read_text(figure)
