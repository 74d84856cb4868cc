import pytest
from jinja2 import Environment

from waymark.report.drawing import (
    Figure,
    draw_area,
    draw_box,
    draw_line,
    draw_mark,
    draw_rule,
    draw_text,
    shorten,
    write_number,
    write_text,
)

from .places import parse_figure

HOSTILE = '</svg><script>alert("x")</script>\x07\ud800&'


def make_figure(*marks: str, title: str = "A title") -> Figure:
    return Figure(name="one", title=title, description="What is seen.", width=100, height=50, marks=marks)


def test_a_figure_is_named_by_its_title_and_told_by_its_description() -> None:
    root = parse_figure(make_figure(draw_text((1, 2), "x")))
    assert root.attrib["role"] == "img"
    assert root.attrib["viewBox"] == "0 0 100 50"
    ids = {node.attrib["id"]: node.text for node in root if "id" in node.attrib}
    assert ids[root.attrib["aria-labelledby"]] == "A title"
    assert ids[root.attrib["aria-describedby"]] == "What is seen."


def test_hostile_text_stays_text() -> None:
    root = parse_figure(make_figure(draw_text((1, 2), HOSTILE), title=HOSTILE))
    assert [node.tag for node in root.iter()] == ["svg", "title", "desc", "text"]
    assert "alert" in (root[0].text or "")


def test_a_template_takes_a_figure_as_it_is_and_nothing_else() -> None:
    environment = Environment(autoescape=True)
    shown = environment.from_string("{{ figure }}{{ text }}").render(figure=make_figure(), text="<b>")
    assert shown.startswith("<svg")
    assert shown.endswith("&lt;b&gt;")


def test_marks_carry_a_class_and_no_colour() -> None:
    marks = (
        draw_line([(0, 0), (1, 1)], "line"),
        draw_area([(0, 0)], [(0, 1)], "band"),
        draw_rule((0, 0), (1, 1), "grid"),
        draw_box((0, 0), (1, -1), "bars"),
        draw_text((0, 0), "a", "tick", anchor="end"),
        *(draw_mark((1, 1), shape, "right") for shape in ("dot", "square", "diamond", "triangle", "cross")),
    )
    root = parse_figure(make_figure(*marks))
    for node in root[2:]:
        assert "class" in node.attrib
        assert not {"style", "fill", "stroke"} & set(node.attrib)


def test_an_area_goes_out_on_one_edge_and_back_on_the_other() -> None:
    assert 'points="0,1 2,1 2,3 0,3"' in draw_area([(0, 1), (2, 1)], [(0, 3), (2, 3)], "band")


def test_every_shape_of_a_mark_differs() -> None:
    drawn = {draw_mark((0, 0), shape, "x") for shape in ("dot", "square", "diamond", "triangle", "cross")}
    assert len(drawn) == 5


def test_a_box_has_no_negative_size() -> None:
    assert 'height="0"' in draw_box((0, 0), (3, -2), "bars")


@pytest.mark.parametrize(("value", "written"), [(1 / 3, "0.3"), (-0.04, "0"), (1e6, "1e+06"), (120.0, "120")])
def test_places_are_written_short(value: float, written: str) -> None:
    assert write_number(value) == written


def test_text_without_anything_special_is_itself() -> None:
    assert write_text("Größe 5 m") == "Größe 5 m"


def test_a_long_text_is_cut_to_its_room() -> None:
    assert shorten("abcdef", 4) == "abc…"
    assert shorten("abcd", 4) == "abcd"
