"""The looks of figures: one rule a kind of mark, and files that stand alone. Colours are tried with the pages'."""

import re
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from waymark.report.drawing import Figure
from waymark.report.simulations import draw_simulation
from waymark.report.sittings import Moment, draw_sitting_key, draw_skill
from waymark.report.styling import LIGHT, RULES, write_document

from .places import list_kinds


@pytest.fixture
def figures(summary: dict[str, Any], names: dict[str, str]) -> tuple[Figure, ...]:
    moments = (Moment(low=50, mean=150, high=250), Moment(low=60, mean=140, high=220, difficulty=120, credit=0.0))
    return (
        *draw_simulation(summary, names),
        draw_skill("skill", "Skill", moments=moments, truth=130),
        draw_sitting_key("key"),
    )


def test_every_kind_of_mark_has_its_rule(figures: tuple[Figure, ...]) -> None:
    kinds = {kind for figure in figures for kind in list_kinds(figure)} - {"label"}
    assert kinds <= set(re.findall(r"\.figure \.([a-z]+)", RULES))


def test_every_token_of_the_rules_is_set() -> None:
    assert set(re.findall(r"var\(--([a-z-]+)\)", RULES)) <= set(LIGHT)


def test_a_file_stands_alone(figures: tuple[Figure, ...]) -> None:
    for figure in figures:
        text = write_document(figure)
        root = ET.fromstring(text)  # noqa: S314  our own text
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        assert figure.title in [node.text for node in root.iter("{http://www.w3.org/2000/svg}text")]
        assert "prefers-color-scheme:dark" in text
        assert re.findall(r"https?://[^\"' ]+", text) == ["http://www.w3.org/2000/svg"]


def test_the_same_figure_is_the_same_bytes(summary: dict[str, Any], names: dict[str, str]) -> None:
    first, again = (
        [write_document(figure) for figure in draw_simulation(summary, names)],
        [write_document(figure) for figure in draw_simulation(summary, names)],
    )
    assert first == again
