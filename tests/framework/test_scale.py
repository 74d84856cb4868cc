"""The laws of the scale."""

from itertools import pairwise

import pytest

from waymark.errors import BadInput
from waymark.framework import load_edition
from waymark.framework.scale import (
    BANDS,
    LEVEL_NAMES,
    level_of_score,
    level_of_theta,
    name_level,
    probabilities_of_levels,
    probability_below,
    probability_of_level,
    score_of_theta,
    theta_of_score,
)


@pytest.mark.parametrize(("theta", "score"), [(0, 150), (1, 200), (-1, 100), (-2.98, 1), (3, 300), (0.5, 175)])
def test_a_score_is_150_and_50_a_logit(theta: float, score: float) -> None:
    assert score_of_theta(theta) == pytest.approx(score)


@pytest.mark.parametrize(("theta", "score"), [(-3, 1), (-50, 1), (3.01, 300), (50, 300)])
def test_a_score_is_clipped_to_1_and_300(theta: float, score: float) -> None:
    assert score_of_theta(theta) == score


def test_scores_survive_the_way_to_logits_and_back() -> None:
    for score in range(1, 301):
        assert score_of_theta(theta_of_score(score)) == pytest.approx(score)


def test_a_higher_ability_never_has_a_lower_score_or_level() -> None:
    thetas = [step / 50 for step in range(-250, 251)]
    assert all(score_of_theta(low) <= score_of_theta(high) for low, high in pairwise(thetas))
    assert all(level_of_theta(low) <= level_of_theta(high) for low, high in pairwise(thetas))


def test_each_whole_score_has_the_level_whose_band_holds_it() -> None:
    for level, (low, high) in enumerate(BANDS):
        assert {level_of_score(score) for score in range(low, high + 1)} == {level}


def test_score_and_ability_agree_on_the_level() -> None:
    for score in range(1, 301):
        assert level_of_score(score) == level_of_theta(theta_of_score(score))


def test_the_bands_leave_no_score_out_and_hold_none_twice() -> None:
    assert [score for low, high in BANDS for score in range(low, high + 1)] == list(range(301))


@pytest.mark.parametrize("score", [-1, 301, float("nan"), float("inf")])
def test_what_is_no_score_is_refused(score: float) -> None:
    with pytest.raises(BadInput, match="not a score"):
        level_of_score(score)
    with pytest.raises(BadInput, match="not a score"):
        theta_of_score(score)


def test_levels_have_the_names_of_the_edition() -> None:
    assert [name_level(level) for level in range(4)] == list(LEVEL_NAMES)
    assert tuple(level.name for level in load_edition().about.proficiency.levels) == LEVEL_NAMES


@pytest.mark.parametrize("level", [-1, 4])
def test_what_is_no_level_is_refused(level: int) -> None:
    with pytest.raises(BadInput, match="not a level"):
        name_level(level)
    with pytest.raises(BadInput, match="not a level"):
        probability_of_level(level, mean=0, sd=1)


def test_level_probabilities_of_the_population_are_those_of_the_normal_law() -> None:
    expected = (0.0, 0.158655254, 0.682689492, 0.158655254)
    assert probabilities_of_levels(mean=0, sd=1) == pytest.approx(expected)


@pytest.mark.parametrize("mean", [-3.0, -1.0, 0.2, 1.0, 2.5])
@pytest.mark.parametrize("sd", [0.0, 0.1, 0.5, 2.0])
def test_level_probabilities_add_up_to_one(mean: float, sd: float) -> None:
    assert sum(probabilities_of_levels(mean=mean, sd=sd)) == pytest.approx(1)


@pytest.mark.parametrize("theta", [-2.0, -1.0, -0.999, 0.0, 1.0, 1.001])
def test_an_ability_known_exactly_has_its_level_for_certain(theta: float) -> None:
    assert probability_of_level(level_of_theta(theta), mean=theta, sd=0) == 1


def test_more_ability_makes_the_highest_level_more_probable() -> None:
    shares = [probability_of_level(3, mean=step / 10, sd=0.4) for step in range(-10, 31)]
    assert all(low < high for low, high in pairwise(shares))


@pytest.mark.parametrize(("mean", "sd"), [(0, -1), (float("nan"), 1), (0, float("inf"))])
def test_what_is_no_distribution_is_refused(mean: float, sd: float) -> None:
    with pytest.raises(BadInput, match="no distribution"):
        probability_below(0, mean=mean, sd=sd)
