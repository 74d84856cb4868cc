from dataclasses import replace

import numpy as np
import pytest

from waymark.assess.curves import logistic
from waymark.assess.items import Items, make_items
from waymark.assess.learning.anchoring import Anchoring, reanchor
from waymark.assess.responses import Responses, make_sparse_responses
from waymark.assess.sitting.banks import Bank, make_bank
from waymark.errors import BadInput

PLANTED = (3, 11)


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)  # noqa: TID251  tests make their own chance


def draw_bank(*, sd: float = 0.1, skills: int = 1, size: int = 40) -> tuple[Bank, Items]:
    """Return a bank whose items were estimated with an error of `sd`, and the truth."""
    own = rng(1)
    truth = make_items(
        tuple(f"i{row}" for row in range(size)),
        a=own.lognormal(0.1, 0.2, size),
        b=own.normal(size=size),
        skills=tuple("xy"[:skills]),
        skill=np.arange(size) % skills,
    )
    believed = replace(
        truth,
        a=truth.a * np.exp(own.normal(0, sd, size)),
        b=truth.b + own.normal(0, sd, size),
        covariance=np.tile(np.diag([sd**2, sd**2]), (size, 1, 1)),
    )
    return make_bank(believed, correlation=0.5 if skills > 1 else 0.0), truth


def answer(
    truth: Items, people: int, *, mean: float = 0.0, sd: float = 1.0, each: int = 20, seed: int = 2
) -> Responses:
    own, size = rng(seed), len(truth)
    theta = mean + sd * own.multivariate_normal([0.0, 0.0], [[1.0, 0.5], [0.5, 1.0]], people)
    item = np.argsort(own.random((people, size)), axis=1)[:, :each]
    right = own.random(item.shape) < logistic(
        truth.a[item] * (theta[np.arange(people)[:, None], truth.skill[item]] - truth.b[item])
    )
    person = np.repeat(np.arange(people), each)
    return make_sparse_responses(person, item.ravel(), right.ravel(), items=truth.ids, people=people)


def drift(truth: Items, by: float) -> Items:
    moved = np.isin(np.arange(len(truth)), PLANTED)
    return replace(truth, b=truth.b + by * moved)


def rmse(found: Anchoring, truth: Items) -> float:
    return float(np.sqrt(((found.items.b - truth.b) ** 2).mean()))


def test_a_batch_brings_items_nearer_the_truth_on_the_same_scale() -> None:
    bank, truth = draw_bank(sd=0.2)
    found = reanchor(answer(truth, 1_500), bank)
    before = float(np.sqrt(((bank.items.b - truth.b) ** 2).mean()))
    assert rmse(found, truth) < 0.6 * before
    assert (found.items.covariance[:, 1, 1] < bank.items.covariance[:, 1, 1]).all()
    scale = found.scales[0]
    assert scale.held_by == "items"
    assert scale.link is not None
    assert scale.link.slope == pytest.approx(1.0, abs=0.05)
    assert scale.link.shift == pytest.approx(0.0, abs=0.08)
    assert scale.converged
    assert (found.answers, found.people) == (30_000, 1_500)


def test_well_known_items_hold_the_scale_when_other_people_come() -> None:
    bank, truth = draw_bank(sd=0.1)
    found = reanchor(answer(truth, 1_500, mean=0.6, sd=0.8), bank)
    group = found.scales[0].groups[0]
    assert group.mean == pytest.approx(0.6, abs=0.12)
    assert group.sd == pytest.approx(0.8, abs=0.1)
    assert rmse(found, truth) < 0.1


def test_while_nothing_is_well_known_the_reference_population_makes_the_scale() -> None:
    bank, truth = draw_bank(sd=0.6)
    responses = answer(truth, 1_200)
    found = reanchor(responses, bank, groups=["here"] * 800 + ["there"] * 400, reference="here")
    assert found.scales[0].held_by == "population"
    assert found.scales[0].link is None
    assert [(group.name, group.mean == 0.0) for group in found.scales[0].groups] == [("here", True), ("there", False)]
    assert rmse(found, truth) < 0.25


def test_drift_is_found_with_its_size_and_nothing_else_is_called_drift() -> None:
    bank, truth = draw_bank(sd=0.1)
    found = reanchor(answer(drift(truth, 0.7), 4_000), bank)
    called = [one for one in found.drifts if one.p_adjusted < 0.05]
    assert {one.item for one in called} == {f"i{row}" for row in PLANTED}
    for one in called:
        assert one.low < 0.7 < one.high
        assert one.low > 0.2
        assert one.answers > 500


def test_items_that_are_known_stay_and_tell_how_far_the_answers_lie_from_them() -> None:
    bank, truth = draw_bank(sd=0.1)
    known = make_bank(replace(truth, covariance=np.zeros((len(truth), 2, 2))))
    found = reanchor(answer(drift(truth, 0.6), 2_000), known)
    assert np.array_equal(found.items.b, truth.b)
    assert found.scales[0].link is None
    called = {one.item: one for one in found.drifts if one.p_adjusted < 0.01}
    assert set(called) == {f"i{row}" for row in PLANTED}
    assert all(0.3 < one.drift < 0.9 for one in called.values())
    assert bank.version != known.version


def test_skills_are_anchored_one_by_one_and_people_scored_on_all() -> None:
    bank, truth = draw_bank(sd=0.2, skills=2)
    found = reanchor(answer(truth, 1_200), bank)
    assert [scale.skill for scale in found.scales] == ["x", "y"]
    assert {one.skill for one in found.drifts} == {"x", "y"}
    assert rmse(found, truth) < 0.13


def test_answers_to_items_of_other_banks_are_refused() -> None:
    bank, truth = draw_bank()
    foreign = make_sparse_responses([0], [0], [1], items=("elsewhere",), people=1)
    with pytest.raises(BadInput, match="the bank has no item 'elsewhere'"):
        reanchor(foreign, bank)
    assert len(truth) == 40
