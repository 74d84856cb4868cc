"""Tables of choices, times, features and streams: what stands in them, and every fault named by its place."""

import numpy as np
import pytest

from waymark.engines.choices import read_choices, read_key
from waymark.engines.durations import read_durations
from waymark.engines.feature_tables import read_features
from waymark.engines.frames import Table
from waymark.engines.streams import read_stream
from waymark.errors import BadInput


def table(text: str) -> Table:
    return Table(source=text.encode(), name="t")


def test_choices_are_numbered_in_the_order_of_the_key_or_the_alphabet() -> None:
    key = read_key(table("item,key,options\nq1,b,c|b|a\nq2,10,\n"))
    found = read_choices(table("id,q1,q2,q3\nann,a,9,x\nbob, b ,10,\ncat,,NA,\n"), key)
    assert found.options == (("c", "b", "a"), ("9", "10"))
    assert found.chosen.tolist() == [[2, 0], [1, 1], [-1, -1]]
    assert found.key.tolist() == [1, 1]
    assert found.people == ("ann", "bob", "cat")
    assert "'q3'" in found.notes[0]


def test_times_are_minutes_whatever_their_unit() -> None:
    found = read_durations(table("id,q1,q2\nann,30,\nbob,90,6\n"), unit="seconds")
    assert found.minutes[:, 0].tolist() == [0.5, 1.5]
    assert np.isnan(found.minutes[0, 1])


def test_features_are_all_columns_of_numbers() -> None:
    found = read_features(table("item,template,f,g\nq1,t1,1,2.5\nq2,t1,0,-1\n"))
    assert (found.features, found.templates, found.skills) == (("f", "g"), ("t1", "t1"), None)
    assert found.values.tolist() == [[1.0, 2.5], [0.0, -1.0]]


def test_a_stream_keeps_its_order() -> None:
    text = (
        "student,item,correct,seconds,chance,sex,period\nbob,q2,true,30,0.5,f,may\nann,q1,false,,,,june\nbob,q1,,,,m,\n"
    )
    found = read_stream(table(text), group="sex")
    assert (found.people, found.person.tolist()) == (("bob", "ann"), [0, 1])
    assert (found.items, found.item.tolist(), found.score.tolist()) == (("q2", "q1"), [0, 1], [1, 0])
    assert (found.groups, found.group.tolist()) == (("f",), [0, -1])
    assert (found.periods, found.period.tolist()) == (("may", "june"), [0, 1])
    assert found.minutes[0] == 0.5
    assert np.isnan(found.minutes[1])
    assert found.chance[0] == 0.5
    assert found.notes == ("1 rows without a score left out",)


@pytest.mark.parametrize(
    ("read", "text", "said"),
    [
        (read_key, "item,right\nq1,a\n", "no column key"),
        (read_key, "item,key\nq1,a\nq1,b\n", "item 'q1' is there twice"),
        (read_key, "item,key,options\nq1,a,b|c\n", "the key 'a' of 'q1' is not among b|c"),
        (read_durations, "id,q1\nann,-3\n", "row 1, column 'q1': -3 is no time"),
        (read_durations, "id,q1\nann,soon\n", "'soon' is no number"),
        (read_features, "item\nq1\n", "has 0 columns of features"),
        (read_features, "item,f\nq1,\n", "row 1, column 'f': there is no number"),
        (read_features, "item,f\nq1,1\nq1,2\n", "item 'q1' is there twice"),
        (read_stream, "person,item\nann,q1\n", "no column score"),
        (read_stream, "item,score\nq1,1\n", "no column person"),
        (read_stream, "person,item,score\nann,q1,1.5\n", "row 1: 1.5 is no score"),
        (read_stream, "person,item,score\nann,q1,\n", "holds no answer"),
        (read_stream, "person,item,score,seconds\nann,q1,1,0\n", "row 1, column 'seconds': 0 is no time"),
        (read_stream, "person,item,score,chance\nann,q1,1,7\n", "row 1, column 'chance': 7 is no probability"),
    ],
)
def test_a_fault_is_told_with_its_place(read, text: str, said: str) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    with pytest.raises(BadInput) as caught:
        read(table(text))
    assert said in caught.value.message
    assert caught.value.hint
