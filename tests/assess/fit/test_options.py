import numpy as np
import pytest

from waymark.assess.fit.options import DEAD, DOUBLE_KEY, WEAK_KEY, WRONG_KEY, ItemOptions, analyse_options, find_wilson
from waymark.assess.items import Floats, Ints, make_items
from waymark.errors import BadInput


def draw(people: int = 1500, *, size: int = 12, seed: int = 1) -> tuple[Ints, Floats]:
    """Return choices of four options; the first draws able people, in item 0 the second too; 3 of item 1 nobody."""
    rng = np.random.Generator(np.random.PCG64(seed))
    theta = rng.normal(size=people)
    slope, place = np.tile([1.0, -0.1, -0.3, -0.6], (size, 1)), np.tile([0.8, 0.1, 0.0, -0.1], (size, 1))
    slope[0, 1], place[0, 1] = 1.0, 0.8
    place[1, 3] = -12.0
    chance = np.exp(slope * theta[:, None, None] + place)
    chance /= chance.sum(axis=2, keepdims=True)
    return (chance.cumsum(axis=2) < rng.random((people, size, 1))).sum(axis=2), theta


def flags_of(item: ItemOptions) -> list[tuple[str, ...]]:
    return [option.flags for option in item.options]


def test_defects_of_options_and_keys_are_told_apart() -> None:
    choices, _ = draw()
    key = np.zeros(12, dtype=np.int64)
    key[2] = 3
    found = analyse_options(choices, key, offered=np.full(12, 4))
    assert flags_of(found[0]) == [(), (DOUBLE_KEY,), (), ()]
    assert flags_of(found[1]) == [(), (), (), (DEAD,)]
    assert flags_of(found[2]) == [(WRONG_KEY,), (), (), (WEAK_KEY,)]
    assert all(flags == () for item in found[3:] for flags in flags_of(item))


def test_shares_and_numbers_are_counts() -> None:
    choices, _ = draw()
    choices[:100, 5] = -1
    (item,) = (one for one in analyse_options(choices, np.zeros(12, dtype=int)) if one.item == "item6")
    assert (item.n, sum(option.n for option in item.options)) == (1400, 1400)
    option = item.options[1]
    assert option.n == (choices[:, 5] == 1).sum()
    assert option.share_low < option.share == option.n / 1400 < option.share_high


def test_the_ability_of_the_choosers_is_near_the_truth() -> None:
    choices, theta = draw(5000)
    items = make_items(tuple(f"item{number + 1}" for number in range(12)), a=1.3, b=0.23)
    known, plain = (
        analyse_options(choices, np.zeros(12, dtype=int), items=given)[4].options[2] for given in (items, None)
    )
    truth = theta[choices[:, 4] == 2].mean()
    assert plain.ability_low < truth < plain.ability_high
    assert known.ability == pytest.approx(truth, abs=0.1)


def test_the_source_of_ability_is_told() -> None:
    choices, _ = draw(300)
    items = make_items(tuple(f"i{number}" for number in range(12)))
    told = [analyse_options(choices, np.zeros(12, dtype=int), items=given)[0] for given in (items, None)]
    assert [(one.item, one.ability_from) for one in told] == [
        ("i0", "keyed parameters"),
        ("item1", "share right of the other items"),
    ]


def test_the_item_itself_counts_for_nothing() -> None:
    choices, _ = draw()
    one, other = (analyse_options(choices, np.where(np.arange(12) == 5, key, 0))[5] for key in (0, 2))
    assert [option.slope for option in one.options] == [option.slope for option in other.options]


def test_few_people_are_counted_but_not_judged() -> None:
    choices, _ = draw(60)
    item = analyse_options(choices, np.full(12, 3))[4]
    assert not item.judged
    assert sum(option.n for option in item.options) == 60
    assert all(np.isnan(option.slope) and np.isnan(option.p) and option.flags == () for option in item.options)


def test_options_that_few_took_have_no_slope() -> None:
    choices, _ = draw()
    rare = np.flatnonzero(choices[:, 6] == 3)
    choices[rare[6:], 6] = 0
    item = analyse_options(choices, np.zeros(12, dtype=int))[6]
    assert (item.options[3].n, item.judged) == (6, True)
    assert np.isnan(item.options[3].slope)
    assert all(np.isfinite(option.slope) for option in item.options[:3])


def test_an_item_that_nobody_saw_or_all_answer_alike_is_no_fault() -> None:
    choices, _ = draw(300)
    choices[:, 0], choices[:, 1] = -1, 2
    found = analyse_options(choices, np.zeros(12, dtype=int))
    assert (found[0].n, found[0].judged, found[1].judged) == (0, False, False)
    assert np.isnan(found[0].options[0].share)
    assert (found[0].options[0].share_low, found[0].options[0].share_high) == (0.0, 1.0)


def test_wilsons_interval_by_the_worked_example() -> None:
    low, high = find_wilson(np.array([81, 0, 5]), 263)
    np.testing.assert_allclose([low[0], high[0]], [0.2553, 0.3662], atol=5e-5)  # Newcombe 1998, table I
    assert (low[1], high[1]) == (0.0, pytest.approx(0.0144, abs=1e-4))


@pytest.mark.parametrize(
    ("choices", "key", "match"),
    [
        (np.zeros((5, 3)), np.zeros(2, dtype=int), "with a key of shape"),
        (np.zeros((5, 1)), np.zeros(1, dtype=int), "choices of shape"),
        (np.full((5, 2), 0.5), np.zeros(2, dtype=int), "no option numbers"),
        (np.full((5, 2), "A"), np.zeros(2, dtype=int), "no option numbers"),
        (np.zeros((5, 2)), np.array([0, -1]), "no option number"),
        (np.zeros((5, 2)), np.array([0.0, 1.0]), "no option number"),
    ],
)
def test_choices_that_are_none_are_refused(choices: Floats, key: Ints, match: str) -> None:
    with pytest.raises(BadInput, match=match):
        analyse_options(choices, key)


def test_what_does_not_fit_together_is_refused() -> None:
    choices, _ = draw(60)
    key = np.zeros(12, dtype=int)
    with pytest.raises(BadInput, match="not offered"):
        analyse_options(choices, key, offered=np.full(12, 2))
    with pytest.raises(BadInput, match="1 names"):
        analyse_options(choices, key, names=("x",))
    names = tuple(f"item{number + 1}" for number in range(12))
    with pytest.raises(BadInput, match="items with steps"):
        analyse_options(choices, key, items=make_items(names, kind="gpcm", steps=np.zeros((12, 1))))
