from typing import Any

import numpy as np
import pytest

from waymark.assess.items import make_items, take_items
from waymark.errors import BadInput

NAN = np.nan


def test_what_is_not_said_is_one_skill_no_guessing_known_parameters_and_a_minute_an_answer() -> None:
    items = make_items(("x", "y"))
    assert items.skills == ("ability",)
    assert items.kind == ("binary", "binary")
    assert [getattr(items, name).tolist() for name in ("a", "b", "c", "d", "minutes")] == [
        [1, 1], [0, 0], [0, 0], [1, 1], [1, 1]
    ]  # fmt: skip
    assert items.testlet.tolist() == [-1, -1]
    assert items.steps.shape == (2, 0)
    assert not items.covariance.any()
    assert len(items) == 2


def test_an_item_with_steps_lies_at_their_mean_and_has_one_category_more() -> None:
    steps = np.array([[NAN, NAN, NAN], [-1.0, 0.0, 4.0], [0.5, 1.5, NAN]])
    items = make_items(("x", "y", "z"), b=np.array([7.0, 0, 0]), kind=("binary", "gpcm", "grm"), steps=steps)
    assert items.b.tolist() == [7.0, 1.0, 1.0]
    assert items.categories.tolist() == [2, 4, 3]
    assert items.offsets.tolist() == [0, 2, 6, 9]


def test_items_keep_copies_so_that_later_changes_outside_do_not_reach_them() -> None:
    table = np.random.default_rng(1).normal(size=(3, 2))  # noqa: TID251  tests make their own chance
    items = make_items(("x", "y", "z"), b=table[:, 0])
    before = items.b.tolist()
    table[:] = 0
    assert items.b.tolist() == before
    assert items.b.flags.c_contiguous


def test_taking_rows_keeps_their_order_and_the_numbers_of_skills_and_testlets() -> None:
    items = make_items(
        ("x", "y", "z"),
        a=np.array([1.0, 2.0, 3.0]),
        skills=("s", "t"),
        skill=np.array([0, 1, 1]),
        testlet=np.array([-1, 0, 1]),
        testlet_sd=np.array([0.5, 0.7]),
        minutes=np.array([1.0, 2.0, 3.0]),
    )
    some = take_items(items, np.array([2, 0]))
    assert some.ids == ("z", "x")
    assert some.a.tolist() == some.minutes.tolist() == [3.0, 1.0]
    assert some.skill.tolist() == [1, 0]
    assert some.testlet.tolist() == [1, -1]
    assert some.testlet_sd.tolist() == [0.5, 0.7]


def test_items_that_were_not_estimated_pass() -> None:
    items = make_items(("x", "y"), a=np.array([1.0, NAN]), kind="gpcm", steps=np.array([[0.0, 1.0], [NAN, NAN]]))
    assert np.isnan(items.b).tolist() == [False, True]


def test_a_graded_item_against_the_scale_has_steps_that_fall() -> None:
    assert make_items(("x",), a=-1.0, kind="grm", steps=np.array([[1.0, -1.0]])).b.tolist() == [0.0]


def test_no_items_are_items() -> None:
    assert len(make_items(())) == 0
    assert make_items(()).offsets.tolist() == [0]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"a": np.ones(3)}, "3 values of a for 2 items"),
        ({"b": np.ones(3), "kind": "gpcm", "steps": np.zeros((2, 2))}, "3 values of b for 2 items"),
        ({"skill": np.zeros(1, dtype=np.int64)}, "1 values of skill for 2 items"),
        ({"kind": ("binary",)}, "1 values of kind for 2 items"),
        ({"kind": "gpcm", "steps": np.zeros((1, 2))}, "1 values of steps for 2 items"),
        ({"skill": np.array([0, 1])}, "item 'y' has a skill that is not named"),
        ({"skills": ("s", "s")}, "a skill is named twice in s, s"),
        ({"c": np.array([0.0, 1.0])}, "item 'y' has guessing c outside 0 to 1"),
        ({"c": NAN}, "item 'x' has guessing c outside 0 to 1"),
        ({"c": 0.5, "d": np.array([1.0, 0.4])}, "item 'y' has an upper asymptote d outside c to 1"),
        ({"d": 1.01}, "item 'x' has an upper asymptote d outside c to 1"),
        ({"a": np.inf}, "item 'x' has an infinite parameter"),
        ({"b": np.array([0.0, -np.inf])}, "item 'y' has an infinite parameter"),
        ({"minutes": 0.0}, "item 'x' has a time that is not above zero"),
        ({"minutes": np.array([1.0, np.inf])}, "item 'y' has a time that is not above zero"),
        ({"testlet": np.array([-1, 0])}, "item 'y' has a testlet without a standard deviation"),
        ({"testlet": np.array([-1, -2])}, "item 'y' has a testlet without a standard deviation"),
        ({"kind": "nominal", "steps": np.zeros((2, 2))}, "item 'x' has a kind that is not known"),
        ({"kind": "nominal"}, "item 'x' has a kind that is not known"),
        ({"kind": "gpcm"}, "item 'x' has steps that its kind cannot have"),
        ({"kind": "gpcm", "steps": np.array([[0, 1.0, NAN], [0, NAN, 1.0]])}, "item 'y' has steps that its kind"),
        ({"kind": "grm", "steps": np.array([[0, 1.0], [1.0, 0]])}, "item 'y' has steps that its kind"),
        ({"kind": "grm", "a": -1.0, "steps": np.array([[0, 1.0], [0, 1.0]])}, "item 'x' has steps that its kind"),
        ({"covariance": np.zeros((2, 2))}, "a covariance or a testlet_sd that is none"),
        ({"testlet_sd": np.array([-1.0])}, "a covariance or a testlet_sd that is none"),
        ({"testlet_sd": np.array([NAN])}, "a covariance or a testlet_sd that is none"),
        ({"covariance": np.tile(-np.eye(2), (2, 1, 1))}, "item 'x' has a covariance that is none"),
        ({"covariance": np.tile([[0.1, 0.2], [0.2, 0.1]], (2, 1, 1))}, "item 'x' has a covariance that is none"),
    ],
)  # fmt: skip
def test_parameters_that_no_item_can_have_are_refused_by_name(values: dict[str, Any], message: str) -> None:
    with pytest.raises(BadInput, match=message) as caught:
        make_items(("x", "y"), **values)
    assert caught.value.hint


def test_an_id_given_twice_is_refused() -> None:
    with pytest.raises(BadInput, match="item 'x' is there twice") as caught:
        make_items(("x", "y", "x"))
    assert caught.value.hint == "give every item an id of its own"


def test_items_are_values() -> None:
    items = make_items(("x",))
    with pytest.raises(AttributeError):
        setattr(items, "ids", ("y",))  # noqa: B010  mypy would refuse the plain assignment
