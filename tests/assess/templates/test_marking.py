from typing import Any

import pytest

from waymark.assess.templates.drawing import draw
from waymark.assess.templates.marking import Mark, mark, parse_number
from waymark.assess.templates.questions import Choice, Match, Order, Question, tell_key
from waymark.errors import BadInput

from ..making import CHOICE, SHARE, TASK, make  # noqa: TID252  tests have no absolute name

_GONE = {"distractors": None, "tolerance": None, "features": None}
_SEVERAL = {
    **_GONE,
    "format": "mcq_multi",
    "key": {"value": "['p', 'q']"},
    "distractors": [{"value": "['r', 's']", "misconception": "ml.metrics_classification.accuracy_paradox"}],
    "feedback": {"correct": "x", "by_misconception": {"accuracy_paradox": "Not these."}},
}


def ask(**changes: Any) -> Question:
    return draw(make(SHARE, **changes), 5)


def pick(question: Question, *texts: str) -> list[str]:
    assert isinstance(question.answered, Choice)
    return [one.id for one in question.answered.options if one.text in texts]


def test_a_number_is_right_within_its_tolerance_and_a_diagnosed_one_is_explained() -> None:
    question = ask()
    assert mark(question, "0.178") == Mark(credit=1.0, points=1, most=1, feedback="Flagged over all.")
    assert mark(question, 32 / 180).right
    assert not mark(question, "0.181").right
    wrong = mark(question, "5.62")
    assert wrong.misconceptions == ("ml.metrics_classification.precision_recall_swap",)
    assert (wrong.feedback, wrong.right) == ("180 over 32.", False)
    assert mark(question, "3").misconceptions == ()


@pytest.mark.parametrize(
    ("text", "value"),
    [("1,234.5", 1234.5), ("12 %", 12.0), ("3/4", 0.75), ("1e-3", 0.001), ("\N{MINUS SIGN}7", -7.0), (" .5 ", 0.5),
     ("1 250 000", 1_250_000.0), ("\N{EURO SIGN}40", 40.0), ("+2", 2.0), (3, 3.0)],
)  # fmt: skip
def test_numbers_are_read_as_people_write_them(text: object, value: float) -> None:
    assert parse_number(text) == value


@pytest.mark.parametrize("text", ["", "many", "1/0", "1,2", "nan", "inf", "1 2/3 4x", None, [1], "9" * 400, "1e999"])
def test_what_is_no_number_is_refused(text: object) -> None:
    with pytest.raises(BadInput, match="is no number"):
        parse_number(text)


def test_an_option_is_right_or_means_something() -> None:
    question = draw(make(CHOICE), 4)
    key = tell_key(question.answered)
    assert mark(question, key).right
    others = [letter for letter in "ABC" if letter != key]
    assert {mark(question, letter).misconceptions for letter in others} == {
        ("ml.metrics_classification.precision_recall_swap",)
    }
    for answer in ("D", "", None, 1, ["A"]):
        with pytest.raises(BadInput, match="is no option"):
            mark(question, answer)


def test_several_options_earn_credit_that_never_falls_below_zero() -> None:
    question = ask(**_SEVERAL)
    assert mark(question, pick(question, "p", "q")).right
    assert mark(question, pick(question, "p")).credit == 0.5
    assert mark(question, pick(question, "p", "r")).credit == 0.0
    assert mark(question, pick(question, "r", "s")).credit == 0.0
    assert mark(question, pick(question, "p", "q", "r")).credit == 0.5
    assert mark(question, pick(question, "p", "q", "r")).feedback == "Not these."
    assert mark(question, []).credit == 0.0
    for answer in ("A", ["A", "A"], ["Z"]):
        with pytest.raises(BadInput, match="no list of options"):
            mark(question, answer)


def test_a_text_is_right_whatever_its_blanks() -> None:
    question = ask(**_GONE, format="code_output", key={"value": "'[1,  2]\\n3'"})
    assert mark(question, " [1, 2] \n3\n").right
    assert not mark(question, "[1, 2] 3").right


def test_any_order_that_keeps_what_must_hold_is_right() -> None:
    value = {"value": "['a', 'b', 'c']", "before": "[('a', 'c'), ('b', 'c')]"}
    wrong = [{"value": "['c', 'a']", "misconception": "ml.metrics_classification.precision_recall_swap"}]
    question = ask(**{**_GONE, "distractors": wrong}, format="ordering", key=value)
    own = question.answered
    assert isinstance(own, Order)
    place = {step: own.steps.index(step) for step in own.steps}
    assert mark(question, [place["a"], place["b"], place["c"]]).right
    assert mark(question, [place["b"], place["a"], place["c"]]).right
    told = mark(question, [place["c"], place["b"], place["a"]])
    assert (told.right, len(told.misconceptions)) == (False, 1)
    for answer in ([0, 1], [0, 1, 1], "abc", [0, 1, 3]):
        with pytest.raises(BadInput, match="no order of the steps"):
            mark(question, answer)


def test_pairs_earn_a_share_and_name_the_misconception_of_a_wrong_one() -> None:
    wrong = [{"value": "{'x': 'two'}", "misconception": "ml.metrics_classification.precision_recall_swap"}]
    key = {"value": "{'x': 'one', 'y': 'two'}"}
    question = ask(**{**_GONE, "distractors": wrong}, format="matching", key=key)
    assert isinstance(question.answered, Match)
    assert mark(question, {"x": "one", "y": "two"}).right
    half = mark(question, {"x": "two", "y": "two"})
    assert (half.credit, half.points, len(half.misconceptions)) == (0.5, 0, 1)
    with pytest.raises(BadInput, match="some rows have no answer"):
        mark(question, {"x": "one"})
    with pytest.raises(BadInput, match="is no choice for 'x'"):
        mark(question, {"x": "three", "y": "two"})


def test_a_case_counts_its_parts() -> None:
    part = {name: SHARE[name] for name in ("format", "key", "tolerance", "distractors", "feedback", "verify")}
    gone = dict.fromkeys(("key", "distractors", "verify", "tolerance"))
    question = ask(**gone, format="case_testlet", parts=[{**part, "stem": "Of {k}?"}, {**part, "stem": "Of {n}?"}])
    told = mark(question, ["0.178", "5.62"])
    assert (told.points, told.most, told.credit, told.feedback) == (1, 2, 0.5, "Flagged over all. 180 over 32.")
    assert mark(question, ["0.178", "0.178"]).right
    with pytest.raises(BadInput, match="a case of 2 parts"):
        mark(question, ["0.178"])


def test_a_program_is_not_marked_by_its_text() -> None:
    with pytest.raises(BadInput, match="run it in the jail first"):
        mark(draw(make(TASK), 1), "def scale(xs): ...")
