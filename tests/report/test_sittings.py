import pytest

from waymark.report.drawing import Figure
from waymark.report.sittings import Moment, draw_sitting_key, draw_skill, tell_answer

from .places import lies_within, list_kinds, parse_figure, read_text

MOMENTS = (
    Moment(low=68.0, mean=150.0, high=232.0),
    Moment(low=80.0, mean=161.0, high=240.0, difficulty=150.0, credit=1.0),
    Moment(low=90.0, mean=150.0, high=210.0, difficulty=300.0, credit=0.0),
    Moment(low=100.0, mean=155.0, high=209.0),
    Moment(low=104.0, mean=155.0, high=206.0, difficulty=1.0, credit=0.5),
)


@pytest.fixture
def figure() -> Figure:
    return draw_skill("skill-a", "Algebra", moments=MOMENTS, truth=163.4)


def test_every_item_of_the_skill_has_its_mark_and_no_other(figure: Figure) -> None:
    kinds = [node.attrib.get("class") for node in parse_figure(figure).iter()]
    assert [kinds.count(kind) for kind in ("right", "wrong", "partly")] == [1, 1, 1]


def test_right_wrong_and_in_part_differ_by_shape() -> None:
    assert len({tell_answer(credit)[0] for credit in (0.0, 0.5, 1.0)}) == 3


def test_levels_are_named_beside_their_bands(figure: Figure) -> None:
    text = read_text(figure)
    assert all(level in text for level in ("Beginning", "Developing", "Accomplished", "100", "200", "300"))
    assert "Not required" not in text


def test_the_description_tells_beginning_end_truth_and_answers(figure: Figure) -> None:
    said = figure.description
    assert "150, between 68 and 232" in said
    assert "after answer 4 155, between 104 and 206" in said
    assert "true score is 163" in said
    assert "3 items of this skill were given, 1 answered right" in said


def test_it_lies_within_its_frame_whatever_is_drawn(figure: Figure) -> None:
    assert lies_within(figure)
    assert lies_within(draw_skill("x", "X", moments=MOMENTS[:1], truth=1.0))
    assert lies_within(draw_skill("x", "X", moments=MOMENTS * 25, truth=300.0))


def test_the_key_explains_every_kind_of_mark(figure: Figure) -> None:
    key = draw_sitting_key("key")
    assert lies_within(key)
    assert list_kinds(figure) - {"grid", "axis", "tick", "label", "edge"} <= list_kinds(key)
