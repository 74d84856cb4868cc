from typing import Any

import numpy as np
import pytest
from scipy.special import ndtri

from waymark.assess.sitting.rules import Decision, Rules, make_policy
from waymark.assess.sitting.selecting import DECISIONS, PILOTED, PRECISION
from waymark.errors import BadInput

SKILLS = ("s", "t", "u")
FIT = Decision(name="fit", weights={"s": 0.5, "u": 0.5}, cut=0.3)


def test_rules_for_precision_become_numbers_by_skill() -> None:
    rules = Rules(target_sd={"s": 1, "t": 0.4}, weights={"u": 2}, least_items=2, most_items_per_skill=9, most_items=20)
    policy = make_policy(rules, SKILLS, wanted=("t", "u"))
    assert policy.mode == PRECISION
    assert policy.target.tolist() == [1.0, 0.4, 0.3]
    assert policy.weight.tolist() == [1.0, 1.0, 2.0]
    assert policy.least.tolist() == [0, 2, 2]
    assert policy.most.tolist() == [0, 9, 9]
    assert policy.most_items == 20
    assert policy.cut.shape == (0,)


def test_the_goal_of_levels_has_a_decision_for_every_cut_of_every_wanted_skill() -> None:
    policy = make_policy(Rules(goal="levels", confidence=0.95), SKILLS, wanted=("u", "s"))
    assert policy.mode == DECISIONS
    assert policy.cut.tolist() == [-1.0, 1.0, -1.0, 1.0]
    assert policy.direction.tolist() == [[1, 0, 0], [1, 0, 0], [0, 0, 1], [0, 0, 1]]
    assert policy.tolerance == pytest.approx(np.full(4, ndtri(0.95)))


def test_decisions_keep_their_weights_and_cuts() -> None:
    policy = make_policy(Rules(goal="decisions", decisions=(FIT,), exploration="pilot", pilot_every=4), SKILLS)
    assert policy.direction.tolist() == [[0.5, 0.0, 0.5]]
    assert policy.cut.tolist() == [0.3]
    assert (policy.exploration, policy.pilot_every) == (PILOTED, 4)


def test_numbers_written_without_a_point_make_the_same_arrays_for_kernels() -> None:
    whole = make_policy(Rules(target_sd={"s": 1}, weights={"s": 2, "t": 1, "u": 1}), SKILLS)
    broken = make_policy(Rules(target_sd=0.5), SKILLS)
    for one, other in zip(whole, broken, strict=True):
        assert type(one) is type(other)
        assert np.asarray(one).dtype == np.asarray(other).dtype


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"goal": "speed"}, "goal 'speed' is not one of precision, levels, decisions"),
        ({"exploration": "greedy"}, "exploration 'greedy' is not one of none, thompson, pilot"),
        ({"target_sd": 0.0}, "a target sd that is not above 0"),
        ({"target_sd": np.nan}, "a target sd that is not above 0"),
        ({"target_sd": {"s": 0.3, "t": -1.0}}, "a target sd that is not above 0"),
        ({"confidence": 0.5}, "a confidence outside 0.5 to 1"),
        ({"confidence": 1.0}, "a confidence outside 0.5 to 1"),
        ({"goal": "decisions"}, "a goal of decisions without decisions"),
        ({"weights": {"s": -1.0}}, "not finite, or a weight below 0"),
        ({"weights": {"s": np.nan}}, "not finite, or a weight below 0"),
        ({"decisions": (Decision(name="x", weights={"s": 1.0}, cut=np.nan),)}, "not finite, or a weight below 0"),
        ({"decisions": (Decision(name="x", weights={"s": np.inf}, cut=0.0),)}, "not finite, or a weight below 0"),
        ({"most_items": 0}, "most_items below 1"),
        ({"most_items_per_skill": 0}, "most_items_per_skill below 1"),
        ({"least_items": 5, "most_items_per_skill": 4}, "least_items below 0 or above most_items_per_skill"),
        ({"least_items": -1}, "least_items below 0 or above most_items_per_skill"),
        ({"most_minutes": 0.0}, "most_minutes that is not above 0"),
        ({"most_minutes": np.nan}, "most_minutes that is not above 0"),
        ({"exposure_cap": 0.0}, "an exposure cap outside"),
        ({"exposure_cap": 1.5}, "an exposure cap outside"),
        ({"temperature": -0.1}, "a temperature or least gain below 0 or infinite"),
        ({"temperature": np.inf}, "a temperature or least gain below 0 or infinite"),
        ({"least_gain": -0.1}, "a temperature or least gain below 0 or infinite"),
        ({"least_gain": np.nan}, "a temperature or least gain below 0 or infinite"),
        ({"pilot_every": 1}, "pilot_every below 2"),
    ],
)
def test_values_that_make_no_rule_are_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(BadInput, match=message) as caught:
        Rules(**values)
    assert caught.value.hint == "mend the rules"


def test_a_decision_may_weigh_a_skill_against_another() -> None:
    ahead = Decision(name="ahead", weights={"s": 1.0, "t": -1.0}, cut=0.0)
    policy = make_policy(Rules(goal="decisions", decisions=(ahead,)), SKILLS)
    assert policy.direction.tolist() == [[1.0, -1.0, 0.0]]


@pytest.mark.parametrize(
    ("rules", "wanted"),
    [
        (Rules(), ("x",)),
        (Rules(weights={"x": 1.0}), ()),
        (Rules(target_sd={"x": 0.3}), ()),
        (Rules(goal="decisions", decisions=(Decision(name="d", weights={"x": 1.0}, cut=0.0),)), ()),
    ],
)
def test_skills_that_the_bank_does_not_measure_are_refused(rules: Rules, wanted: tuple[str, ...]) -> None:
    with pytest.raises(BadInput, match="the bank does not measure 'x'") as caught:
        make_policy(rules, SKILLS, wanted=wanted)
    assert caught.value.hint == "it measures s, t, u"
