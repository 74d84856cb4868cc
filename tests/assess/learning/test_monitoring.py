from dataclasses import fields

import numpy as np
import pytest

from waymark.assess.curves import logistic
from waymark.assess.items import Items, make_items
from waymark.assess.learning.monitoring import (
    Watch,
    adjust_peak,
    begin_watch,
    list_alarms,
    select_changed,
    watch,
    weigh,
)
from waymark.assess.learning.recording import Record, make_record
from waymark.errors import BadInput


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)  # noqa: TID251  tests make their own chance


def make_few(*, unsure: bool = False, c: float = 0.0) -> Items:
    covariance = np.tile(np.diag([0.02, 0.05]), (3, 1, 1)) if unsure else None
    return make_items(
        ("x", "y", "z"), a=np.array([0.8, 1.2, 1.6]), b=np.array([-0.5, 0.0, 0.5]), c=c, covariance=covariance
    )


def draw(items: Items, count: int, *, shift: float = 0.0, seed: int = 2, group: float = 0.0) -> Record:
    """Draw answers of people whose ability is known, each item's b moved by `shift`, by `group` too for group 1."""
    own = rng(seed)
    item, label = own.integers(0, len(items), count), own.integers(0, 2, count)
    theta = own.normal(size=count)
    chance = items.c[item] + (1 - items.c[item]) * logistic(items.a[item] * (theta - items.b[item]))
    place = items.b[item] + shift + group * label
    real = items.c[item] + (1 - items.c[item]) * logistic(items.a[item] * (theta - place))
    right = (own.random(count) < real).astype(np.int64)
    return make_record(item, right, chance, spread=0.0, gap=own.normal(0, 0.4, count), gap_sd=0.4, group=label)


def same(first: Watch, second: Watch) -> bool:
    names = [field.name for field in fields(Watch) if field.name not in {"items", "groups", "alpha"}]
    return all(np.array_equal(getattr(first, name), getattr(second, name)) for name in names)


def cut(record: Record, rows: slice) -> Record:
    return Record(**{field.name: getattr(record, field.name)[rows] for field in fields(Record)})


@pytest.mark.parametrize("unsure", [False, True])
def test_a_watch_goes_on_where_it_was_left(*, unsure: bool) -> None:
    items = make_few(unsure=unsure)
    record = draw(items, 300)
    whole = watch(begin_watch(items, groups=("a", "b")), record)
    half = watch(begin_watch(items, groups=("a", "b")), cut(record, slice(0, 117)))
    assert same(watch(half, cut(record, slice(117, 300))), whole)
    assert whole.answers.sum() == 300


def test_a_watch_leaves_the_one_before_as_it_was() -> None:
    items = make_few()
    before = begin_watch(items)
    watch(before, draw(items, 50))
    assert same(before, begin_watch(items))


@pytest.mark.parametrize("c", [0.0, 0.25])
def test_the_expected_growth_of_every_bet_is_none_while_nothing_changes(c: float) -> None:
    items = make_few(c=c)
    chance = 0.3 + 0.5 * rng().random(40) if c else rng().random(40)
    for first in (True, False):
        growth = []
        for right in (1, 0):
            group, gap = np.arange(40) % 2, rng(3).normal(0, 0.4, 40)
            start = begin_watch(items, groups=("a", "b"))
            now = [
                weigh(
                    watch(
                        start,
                        make_record(
                            np.array([row % 3]),
                            np.array([right]),
                            chance[[row]],
                            spread=0.4 if first else 0.0,
                            gap=gap[[row]],
                            gap_sd=0.4,
                            group=group[[row]],
                        ),
                    )
                )[row % 3]
                for row in range(40)
            ]
            growth.append(np.array(now))
        mean = chance[:, None] * growth[0] + (1 - chance[:, None]) * growth[1]
        assert mean[:, 0] == pytest.approx(np.ones(40))  # drift: exactly a fair bet
        assert (mean[:, 1:] <= 1.0 + 1e-9).all()  # leak and dif are also bets against a move for everybody


def test_drift_is_noticed_and_told_in_words() -> None:
    items = make_few()
    state = watch(begin_watch(items, alpha=0.01), draw(items, 3_000, shift=0.5))
    alarms = list_alarms(state)
    assert {alarm.item for alarm in alarms} == {"x", "y", "z"}
    assert {alarm.kind for alarm in alarms} == {"drift"}
    assert "b moved by +0.5" in alarms[0].message
    assert all(alarm.peak >= 100 and 20 < alarm.answers <= 1_100 for alarm in alarms)


def test_nothing_is_told_while_nothing_changes() -> None:
    items = make_few()
    assert list_alarms(watch(begin_watch(items, groups=("a", "b")), draw(items, 3_000))) == ()


def test_what_moves_for_one_group_is_told_of_that_group() -> None:
    items = make_few()
    state = watch(begin_watch(items, groups=("a", "b")), draw(items, 6_000, shift=-0.4, group=0.8))
    found = [alarm for alarm in list_alarms(state) if alarm.kind == "dif"]
    assert {(alarm.item, alarm.group) for alarm in found} >= {(name, "b") for name in "yz"}
    assert "harder for group b" in next(alarm for alarm in found if alarm.group == "b").message
    assert all("easier" in alarm.message for alarm in found if alarm.group == "a")


def test_what_moves_for_everybody_is_not_told_of_a_group_or_a_leak() -> None:
    items = make_few()
    state = watch(begin_watch(items, groups=("a", "b")), draw(items, 6_000, shift=-0.6))
    assert {alarm.kind for alarm in list_alarms(state)} == {"drift"}


def test_a_known_answer_shows_in_being_right_and_fast() -> None:
    items, own = make_few(), rng(5)
    record = draw(items, 3_000)
    knows = (own.random(3_000) < 0.1) & (record.item == 1)
    told = make_record(
        record.item,
        np.where(knows, 1, record.right),
        record.chance,
        spread=0.0,
        gap=np.where(knows, record.gap - 1.6, record.gap),
        gap_sd=0.4,
    )
    alarms = list_alarms(watch(begin_watch(items), told))
    assert [(alarm.item, alarm.kind) for alarm in alarms if alarm.kind == "leak"] == [("y", "leak")]
    assert "may have gone round" in next(alarm for alarm in alarms if alarm.kind == "leak").message


def test_fast_answers_that_are_wrong_as_often_as_they_should_be_are_no_leak() -> None:
    items = make_few()
    record = draw(items, 3_000)
    hasty = make_record(record.item, record.right, record.chance, spread=0.0, gap=record.gap - 2.0, gap_sd=0.4)
    assert list_alarms(watch(begin_watch(items), hasty)) == ()


def test_an_item_that_was_never_sure_is_no_drift() -> None:
    """The same answers are drift of a known item, and what could be expected of an uncertain one."""
    sure, unsure = make_few(), make_few(unsure=True)
    record = draw(sure, 2_400, shift=0.35)
    known = watch(begin_watch(sure), record)
    learned = watch(begin_watch(unsure), record)
    assert (known.peak[:, 0] > np.log(100)).all()
    assert (learned.peak[:, 0] < np.log(100)).all()
    assert learned.mean[:, 1] == pytest.approx(np.full(3, 0.35), abs=0.2)


def test_the_changed_are_selected_by_the_rule_of_wang_and_ramdas() -> None:
    e_values = np.array([[100.0, 1.0], [45.0, 0.2], [0.0, 26.0]])
    assert select_changed(e_values, rate=0.1).tolist() == [[True, False], [True, False], [False, True]]
    assert select_changed(e_values, rate=0.05).tolist() == [[False, False], [False, False], [False, False]]
    assert select_changed(np.array([3.0]), rate=0.5).tolist() == [True]


def test_a_peak_is_worth_less_than_a_value_now() -> None:
    peak = np.log([1.0, 10.0, 1_000.0])
    assert adjust_peak(peak) == pytest.approx(
        [0.5, (10 - 1 - peak[1]) / peak[1] ** 2, (999 - peak[2]) / peak[2] ** 2], rel=1e-3
    )
    size = np.exp(np.linspace(1e-3, 40.0, 200_001))
    assert np.trapezoid(adjust_peak(np.log(size)) / size, np.log(size)) < 1.0  # what makes it an adjuster


def test_answers_that_cannot_be_watched_are_refused() -> None:
    items = make_few()
    with pytest.raises(BadInput, match="item that is not watched"):
        watch(begin_watch(items), make_record(np.array([3]), np.array([1]), np.array([0.5])))
    foreign = make_record(np.array([0]), np.array([1]), np.array([0.5]), group=np.array([1]))
    with pytest.raises(BadInput, match="group that is not watched"):
        watch(begin_watch(items, groups=("a",)), foreign)
    with pytest.raises(BadInput, match="a false-alarm rate of 0"):
        begin_watch(items, alpha=0.0)
