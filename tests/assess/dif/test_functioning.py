import math

import numpy as np
import pytest

from waymark.assess.curves import logistic
from waymark.assess.dif.functioning import UNKNOWN, DifRules, ItemDif, classify_gain, detect_dif
from waymark.assess.items import make_items
from waymark.assess.responses import Responses, make_responses
from waymark.errors import BadInput


def draw(*, people: int = 2400, missing: float = 0.0, shift: float = 1.2) -> tuple[Responses, list[str]]:
    """Return answers of groups r (half), f and g to ten items; the first is harder for f by `shift` logits."""
    rng = np.random.Generator(np.random.PCG64(13))
    groups = np.array(["r", "f", "r", "g"])[np.arange(people) % 4]
    theta = rng.normal(size=people) - 0.5 * (groups == "f")
    place = np.linspace(-1.5, 1.5, 10) + np.zeros((people, 10))
    place[groups == "f", 0] += shift
    right = rng.random(place.shape) < logistic(theta[:, None] - place)
    unseen = rng.random(place.shape) < missing
    return make_responses(np.where(unseen, -1, right.astype(int))), [str(name) for name in groups]


def pick(found: tuple[ItemDif, ...], item: str, focal: str) -> ItemDif:
    return next(row for row in found if (row.item, row.focal) == (item, focal))


def test_a_planted_difference_is_found_in_its_group_alone() -> None:
    found = detect_dif(*draw())
    assert len(found) == 20
    assert {row.reference for row in found} == {"r"}
    planted = pick(found, "item1", "f")
    assert (planted.ets_class, planted.verdict, planted.in_criterion) == ("C", "moderate to large", False)
    assert planted.low < -2.35 * 1.2 < planted.high
    assert planted.logistic is not None
    assert planted.logistic.log_odds_low < -1.2 < planted.logistic.log_odds_high
    assert planted.logistic.p_joint_adjusted < 0.001
    assert pick(found, "item1", "g").ets_class == "A"
    assert [row.item for row in found if row.ets_class == "C"] == ["item1"]


def test_numbers_are_of_the_people_that_can_be_compared() -> None:
    found = pick(detect_dif(*draw()), "item5", "f")
    assert 1180 < found.n_reference <= 1200
    assert 590 < found.n_focal <= 600
    assert found.matching == "number right"


def test_groups_too_small_get_no_verdict() -> None:
    responses, groups = draw()
    few = [name if name != "g" else ("g" if place < 120 else None) for place, name in enumerate(groups)]
    rows = [row for row in detect_dif(responses, few) if row.focal == "g"]
    assert {(row.ets_class, row.verdict) for row in rows} == {("", UNKNOWN)}
    assert all(math.isnan(row.p) and math.isnan(row.effect) and row.logistic is None for row in rows)
    assert all(row.n_focal <= 30 for row in rows)


def test_an_item_that_nearly_all_get_right_gets_no_verdict() -> None:
    responses, groups = draw()
    assert responses.matrix is not None
    cells = responses.matrix.copy()
    cells[:, 4] = 1
    cells[:3, 4] = 0
    assert pick(detect_dif(make_responses(cells), groups), "item5", "f").verdict == UNKNOWN


def test_groups_that_share_no_levels_get_no_verdict() -> None:
    cells = np.repeat([[1, 1, 1, 0], [0, 0, 0, 1]], 200, axis=0)
    found = detect_dif(make_responses(cells), ["r"] * 200 + ["f"] * 200)
    assert {row.verdict for row in found} == {UNKNOWN}
    assert {row.n_focal for row in found} == {0}


def test_untested_items_are_no_part_of_the_family_of_tests() -> None:
    responses, groups = draw()
    few = [name if name != "g" else None for name in groups]
    with_tiny = [name if name != "g" or place > 120 else "tiny" for place, name in enumerate(few)]
    with_tiny = [name or None for name in with_tiny]
    alone = detect_dif(responses, few)
    beside = [row for row in detect_dif(responses, with_tiny) if row.focal == "f"]
    assert [row.p_adjusted for row in alone] == [row.p_adjusted for row in beside]
    assert all(row.p_adjusted >= row.p for row in alone)


def test_the_reference_group_can_be_chosen() -> None:
    turned = pick(detect_dif(*draw(), reference="f", rules=DifRules(purify=False)), "item1", "r")
    plain = pick(detect_dif(*draw(), rules=DifRules(purify=False)), "item1", "f")
    assert turned.effect == pytest.approx(-plain.effect)


@pytest.mark.parametrize("known", [True, False])
def test_people_who_saw_different_items_are_matched_on_an_estimate(known: bool) -> None:  # noqa: FBT001  a parameter of pytest
    responses, groups = draw(missing=0.3)
    items = make_items(responses.items, b=np.linspace(-1.5, 1.5, 10))
    found = pick(detect_dif(responses, groups, items=items if known else None), "item1", "f")
    assert found.matching == ("ability estimate (EAP)" if known else "share right of the items seen")
    assert found.ets_class in {"B", "C"}
    assert found.high < -1
    assert found.n_focal < 0.8 * 600


def test_items_with_ordered_answers_are_compared_by_means() -> None:
    rng = np.random.Generator(np.random.PCG64(4))
    theta, focal = rng.normal(size=1000), np.arange(1000) % 2 == 1
    latent = theta[:, None] + rng.logistic(size=(1000, 8)) * 0.5
    latent[focal, 2] -= 0.7
    scores = np.digitize(latent, [-1.0, 0.0, 1.0])
    scores[:, 7] = scores[:, 7] > 1  # one binary item among them
    found = detect_dif(make_responses(scores), ["f" if one else "r" for one in focal], reference="r")
    assert [row.method for row in found] == ["Mantel"] * 7 + ["Mantel-Haenszel"]
    assert [row.ets_class for row in found] == ["A", "A", "C", "A", "A", "A", "A", "A"]
    assert found[2].high < -0.25
    assert found[2].logistic is not None
    assert found[2].logistic.log_odds_high < -1.0


def test_purification_frees_the_other_items_of_what_was_planted() -> None:
    rng = np.random.Generator(np.random.PCG64(6))
    people = 6000
    focal = np.arange(people) % 2 == 1
    place = np.linspace(-1.5, 1.5, 20) + np.zeros((people, 20))
    place[focal, :6] += 0.8
    right = rng.random(place.shape) < logistic(rng.normal(size=people)[:, None] - place)
    responses, groups = make_responses(right), ["f" if one else "r" for one in focal]
    means = {}
    for purify in (True, False):
        found = detect_dif(responses, groups, reference="r", rules=DifRules(purify=purify))
        means[purify] = np.mean([row.effect for row in found[6:]])
    assert means[False] > 0.4
    assert abs(means[True]) < 0.1


def test_at_least_half_of_the_items_stay_in_the_criterion() -> None:
    rng = np.random.Generator(np.random.PCG64(7))
    focal = np.arange(3000) % 2 == 1
    place = np.zeros((3000, 9))
    place[np.ix_(focal, np.arange(4))] += 1.5
    place[np.ix_(focal, np.arange(4, 9))] -= 1.5
    right = rng.random(place.shape) < logistic(rng.normal(size=3000)[:, None] - place)
    found = detect_dif(make_responses(right), ["f" if one else "r" for one in focal])
    assert sum(row.in_criterion for row in found) >= 5


@pytest.mark.parametrize(
    ("gain", "p", "zumbo_thomas", "jodoin_gierl"),
    [
        (0.3, 0.2, "A", "A"),
        (0.02, 0.001, "A", "A"),
        (0.05, 0.001, "A", "B"),
        (0.2, 0.001, "B", "C"),
        (0.3, 0.0, "C", "C"),
    ],
)
def test_classes_by_the_gain_in_r2(gain: float, p: float, zumbo_thomas: str, jodoin_gierl: str) -> None:
    assert classify_gain(gain, p, bounds=(0.13, 0.26)) == zumbo_thomas
    assert classify_gain(gain, p, bounds=(0.035, 0.070)) == jodoin_gierl


@pytest.mark.parametrize(
    ("groups", "reference", "match"),
    [(["r"], None, "1 group labels"), (["r"] * 2400, None, "1 group"), (["r", "f"] * 1200, "q", "no group 'q'")],
)
def test_labels_that_do_not_fit_are_refused(groups: list[str], reference: str | None, match: str) -> None:
    with pytest.raises(BadInput, match=match):
        detect_dif(draw()[0], groups, reference=reference)
