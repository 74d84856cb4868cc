import pytest

from waymark.assess.templates.drawing import draw, draw_variant
from waymark.assess.templates.questions import Choice, Match, Number, Order, Text, show_question, tell_key
from waymark.assess.templates.reading import decode_template
from waymark.errors import BadData

from ..making import CHOICE, SHARE, make  # noqa: TID252  tests have no absolute name


def test_a_number_is_asked_with_its_key_tolerance_and_diagnosed_values() -> None:
    question = draw(make(SHARE), 5)
    assert question.stem == "There are 180 rows and 32 are flagged. What share is flagged? (At least 3 decimals.)"
    own = question.answered
    assert isinstance(own, Number)
    assert own.value == 32 / 180
    assert own.shown == "0.1778"
    assert own.tolerance == pytest.approx(0.01 * 32 / 180)
    assert [(one.shown, one.feedback) for one in own.wrong] == [("5.6250", "180 over 32.")]
    assert question.features["closest"] == 1.0
    assert question.solution == "32 / 180."


def test_the_same_version_and_seed_give_the_same_bytes_also_from_what_a_record_kept() -> None:
    template = make(CHOICE)
    kept = decode_template(template.source)
    assert kept.version == template.version
    assert [repr(draw(kept, seed)) for seed in range(50)] == [repr(draw(template, seed)) for seed in range(50)]


def test_any_change_of_content_is_another_version() -> None:
    versions = {make(SHARE).version, make(SHARE, stem=SHARE["stem"] + " ?").version, make(SHARE, minutes=2).version}
    assert len(versions) == 3


def test_options_stand_in_order_with_one_right_at_any_place() -> None:
    template, places = make(CHOICE), set()
    for seed in range(60):
        own = draw(template, seed).answered
        assert isinstance(own, Choice)
        numbers = [int(one.text) for one in own.options]
        assert numbers == sorted(numbers)
        assert [one.id for one in own.options] == ["A", "B", "C"]
        assert sum(one.right for one in own.options) == 1
        places.add(tell_key(own))
    assert places == {"A", "B", "C"}


def test_parameters_are_drawn_again_until_the_constraints_hold() -> None:
    template = make(SHARE, constraints=["n % 3 == 0"])
    tries = [draw(template, seed).tries for seed in range(30)]
    assert max(tries) > 1
    with pytest.raises(BadData, match="300 draws of its parameters, and they break the constraints"):
        draw(make(SHARE, constraints=["n < 0"]), 1)


def test_options_that_coincide_are_drawn_again_and_counted() -> None:
    template = make(CHOICE, constraints=["a != b"], params={**CHOICE["params"], "a": {"choice": [2, 3]},
                                                            "b": {"choice": [2, 6]}})  # fmt: skip
    found = [draw(template, seed) for seed in range(60)]
    for own in found:
        assert isinstance(own.answered, Choice)
        assert len({one.text for one in own.answered.options}) == 3
    with pytest.raises(BadData, match="options coincide"):
        draw(make(CHOICE, constraints=[], derive="values = {}\nkey = 1\nothers = [1, 2]"), 1)


def test_a_wrong_answer_of_none_does_not_apply() -> None:
    own = draw(make(SHARE, distractors=[{"value": "None", "misconception": "m.t.x"}]), 1).answered
    assert isinstance(own, Number)
    assert own.wrong == ()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"derive": "key = 1 / 0"}, "derive, line 1: ZeroDivisionError"),
        ({"derive": "key = k /"}, "derive, line 1: SyntaxError"),
        ({"derive": "import os\nkey = 1"}, "line 1: ImportError: a template may not import os"),
        ({"derive": "key = open('x')"}, "NameError: name 'open' is not defined"),
        ({"stem": "What is {nothing}?"}, "stem: KeyError: 'nothing'"),
        ({"stem": "What is {n.real}?"}, "write {{ and }} for braces"),
        ({"stem": "What is {n:zz}?"}, "stem: ValueError"),
        ({"key": {"value": "key", "show": "{:d}"}}, "cannot be shown as '{:d}'"),
        ({"key": {"value": "'text'"}}, "is no number"),
        ({"features": {"x": "q"}}, "features.x: NameError"),
    ],
)
def test_a_script_that_fails_is_named_with_its_place(changes: dict[str, object], words: str) -> None:
    with pytest.raises(BadData) as told:
        draw(make(SHARE, **changes), 1)
    assert words in str(told.value)
    assert "ml.test.share" in str(told.value)


def test_texts_orders_and_pairs_are_made() -> None:
    common = {"distractors": None, "tolerance": None, "features": None}
    text = draw(make(SHARE, **common, format="code_output", key={"value": "[k, n]"}), 1).answered
    assert isinstance(text, Text)
    assert text.value.startswith("[")
    order = draw(
        make(SHARE, **common, format="ordering",
             key={"value": "['a', 'b', 'c']", "before": "[('a', 'c'), ('b', 'c')]"}), 1
    ).answered  # fmt: skip
    assert isinstance(order, Order)
    assert [order.steps[place] for place in order.right] == ["a", "b", "c"]
    assert {(order.steps[first], order.steps[second]) for first, second in order.before} == {("a", "c"), ("b", "c")}
    pairs = draw(make(SHARE, **common, format="matching", key={"value": "{'x': 'one', 'y': 'two', 'z': 'one'}"}), 2)
    assert isinstance(pairs.answered, Match)
    assert set(pairs.answered.choices) == {("one", "two")}
    assert dict(zip(pairs.answered.lefts, pairs.answered.right, strict=True)) == {"x": "one", "y": "two", "z": "one"}


def test_several_options_may_be_right() -> None:
    own = draw(
        make(SHARE, format="mcq_multi", tolerance=None, features=None, key={"value": "['p', 'q']"},
             distractors=[{"value": "['r', 's']", "misconception": "ml.metrics_classification.accuracy_paradox"}],
             feedback={"correct": "x", "by_misconception": {"accuracy_paradox": "y"}}), 3
    ).answered  # fmt: skip
    assert isinstance(own, Choice)
    assert own.many
    assert {one.text for one in own.options if one.right} == {"p", "q"}
    assert {one.text for one in own.options if not one.right} == {"r", "s"}


def test_a_case_asks_its_parts_on_one_story() -> None:
    part = {name: SHARE[name] for name in ("format", "key", "tolerance", "distractors", "feedback", "verify")}
    parts = [{**part, "stem": "Share of {k}?"}, {**part, "stem": "And again of {n}?"}]
    gone = dict.fromkeys(("key", "distractors", "verify", "tolerance"))
    variant = draw_variant(make(SHARE, **gone, format="case_testlet", parts=parts), 1)
    shown = show_question(variant.question)
    assert [own["response"] for own in shown["parts"]] == ["number", "number"]
    assert len(tell_key(variant.question.answered)) == 2


def test_what_is_shown_holds_nothing_of_the_key() -> None:
    question = draw(make(CHOICE), 4)
    assert set(show_question(question)) == {"skill", "format", "minutes", "stem", "response", "options"}
    assert all(set(one) == {"id", "text"} for one in show_question(question)["options"])
