from typing import Any

import pytest

from waymark.assess.templates.drawing import draw_variant
from waymark.assess.templates.programs import decode, encode, equal, find_expected, list_cases, mark_outputs, rate
from waymark.assess.templates.scripting import Unrunnable
from waymark.assess.templates.terms import Program

from ..making import SHARE, TASK, make  # noqa: TID252  tests have no absolute name

NAN = float("nan")


def test_hidden_cases_come_from_the_seed_and_their_outputs_from_the_second_route() -> None:
    template = make(TASK)
    variant = draw_variant(template, 3)
    cases = list_cases(variant)
    assert cases == list_cases(draw_variant(template, 3)) != list_cases(variant, seed=4)
    assert len(cases) == 12
    times = variant.names["times"]
    assert find_expected(template, variant, cases) == [[times * x for x in case.arguments[0]] for case in cases]


def test_a_program_passes_when_every_case_is_right_and_is_told_what_it_does_instead() -> None:
    variant = draw_variant(make(TASK), 3)
    cases, times = list_cases(variant), variant.names["times"]
    right = [{"value": [times * x for x in case.arguments[0]]} for case in cases]
    wanted = [one["value"] for one in right]
    assert mark_outputs(variant, cases, right, wanted).right
    short = [{"value": one["value"][:-1]} for one in right]
    likeness = {"ac.code_reading.step_ignored": [one["value"] for one in short]}
    told = mark_outputs(variant, cases, short, wanted, likeness=likeness)
    assert (told.right, told.misconceptions, told.feedback) == (False, ("ac.code_reading.step_ignored",), "a")
    failed: list[dict[str, Any]] = [*right[:-1], {"error": "ZeroDivisionError"}]
    assert mark_outputs(variant, cases, failed, wanted).credit == pytest.approx(11 / 12)
    assert not mark_outputs(variant, cases, right[:5], wanted).right


@pytest.mark.parametrize(
    ("got", "wanted", "same"),
    [
        (1.0000001, 1, True), (1.01, 1, False), (True, 1, False), (1, True, False), ("1", 1, False),
        ({"$float": "nan"}, NAN, True), (NAN, 1.0, False), ({"$float": "inf"}, float("inf"), True),
        ([1, [2, 3]], (1, (2, 3)), True), ([1], [1, 2], False), ({"a": 1}, {"a": 1.0}, True),
        ({"a": 1}, {"b": 1}, False),
        (None, None, True), (None, 0, False),
    ],
)  # fmt: skip
def test_outputs_are_compared_as_plain_values(got: Any, wanted: Any, same: bool) -> None:  # noqa: FBT001
    assert equal(Program(), got, wanted) is same


def test_tables_are_compared_as_rows_in_any_order_unless_order_counts() -> None:
    wanted = {"columns": ["a", "b"], "rows": [[1, 2.0], [3, None]]}
    assert equal(Program(), {"columns": ["b", "a"], "rows": [[None, 3], [2, 1]]}, wanted)
    assert not equal(Program(), {"columns": ["a", "c"], "rows": wanted["rows"]}, wanted)
    assert not equal(Program(), {"columns": ["a", "b"], "rows": [[1, 2.0]]}, wanted)
    assert not equal(Program(), {"columns": ["a", "b"], "rows": [[1, 2.0], [1, 2.0]]}, wanted)
    turned = {"columns": ["x", "y"], "rows": [[3, None], [1, 2.0]]}
    assert equal(Program(language="sql"), turned, wanted)
    assert not equal(Program(language="sql", ordered=True), turned, wanted)


def test_numbers_a_hair_apart_do_not_change_the_order_of_rows() -> None:
    wanted = {"columns": ["a", "b"], "rows": [[0.3, 1], [0.1 + 0.2, 2]]}
    got = {"columns": ["a", "b"], "rows": [[0.1 + 0.2, 1], [0.3, 2]]}
    assert equal(Program(), got, wanted)


def test_what_json_lacks_goes_there_and_back() -> None:
    told = encode({"a": (1, NAN, float("-inf")), "b": [[1.5]]})
    assert told == {"a": [1, {"$float": "nan"}, {"$float": "-inf"}], "b": [[1.5]]}
    assert decode({"$array": [1, {"$float": "inf"}]}) == [1, float("inf")]


def test_a_judge_gives_a_share_and_nothing_for_what_it_cannot_read() -> None:
    derive = TASK["derive"].partition("def hidden_cases")[0] + (
        "def hidden_cases(rng, k):\n    return [{'arguments': [[1, 2]], 'hidden': 10} for _ in range(k)]\n"
        "def judge(case, value):\n    return 1 - abs(sum(value) - case['hidden']) / 10\n"
    )
    variant = draw_variant(make(TASK, derive=derive), 1)
    case = list_cases(variant)[0]
    assert (case.arguments, case.hidden) == ([[1, 2]], 10)
    assert rate(variant, case, [4, 4], None) == pytest.approx(0.8)
    assert rate(variant, case, "text", None) == 0.0
    assert rate(variant, case, [-99], None) == 0.0


def test_a_task_without_cases_is_named() -> None:
    variant = draw_variant(make(TASK, derive=TASK["derive"].partition("def hidden_cases")[0]), 1)
    with pytest.raises(Unrunnable, match="define hidden_cases"):
        list_cases(variant)
    with pytest.raises(Unrunnable, match="no task for a program"):
        list_cases(draw_variant(make(SHARE), 1))
