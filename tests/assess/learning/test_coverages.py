import numpy as np
import pytest

from waymark.assess.curves import logistic
from waymark.assess.items import Floats, Items, make_items
from waymark.assess.learning.coverages import Coverage, check_profiles, judge_coverage, open_coverage
from waymark.assess.responses import Responses, make_responses, take_people
from waymark.errors import BadInput


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)  # noqa: TID251  tests make their own chance


def make_some(*, size: int = 12) -> Items:
    own = rng(1)
    return make_items(tuple(f"i{row}" for row in range(size)), a=own.lognormal(0.3, 0.2, size), b=own.normal(size=size))


def draw(people: int, *, factor: float = 1.0, seed: int = 2) -> tuple[Floats, Floats, Responses]:
    """Return stated means and sds of people who really vary by `factor` times as much, and their later answers."""
    own, items = rng(seed), make_some()
    mean, sd = own.normal(0, 0.8, people), own.uniform(0.3, 0.6, people)
    theta = mean + factor * sd * own.standard_normal(people)
    right = own.random((people, len(items))) < logistic(items.a * (theta[:, None] - items.b))
    return mean, sd, make_responses(right, items=items.ids)


def check(people: int, *, factor: float = 1.0, seed: int = 2) -> Coverage:
    mean, sd, later = draw(people, factor=factor, seed=seed)
    return check_profiles(open_coverage(), make_some(), mean=mean, sd=sd, later=later)


def test_the_likelihood_of_later_answers_is_the_integral_over_the_stated_profile() -> None:
    items, mean, sd = make_some(size=3), np.array([0.4]), np.array([0.5])
    later = make_responses(np.array([[1, 0, 1]]), items=items.ids)
    found = check_profiles(open_coverage(), items, mean=mean, sd=sd, later=later)
    theta = np.linspace(-7, 7, 4_001)
    up = logistic(items.a[:, None] * (theta - items.b[:, None]))
    likely = up[0] * (1 - up[1]) * up[2]

    def average(factor: float) -> float:
        weight = np.exp(-0.5 * ((theta - 0.4) / (0.5 * factor)) ** 2)
        return float((likely * weight).sum() / weight.sum())

    assert found.small == pytest.approx([np.log(average(k) / average(1.0)) for k in (1.15, 1.35, 1.7, 2.4)], abs=1e-6)
    assert found.large == pytest.approx([np.log(average(k) / average(1.0)) for k in (0.85, 0.7, 0.5, 0.35)], abs=1e-6)


def test_stated_uncertainty_that_is_right_is_left_alone() -> None:
    verdict = judge_coverage(check(1_200))
    assert not verdict.too_small
    assert not verdict.too_large
    assert verdict.low < 1.0 < verdict.high
    assert "agrees with later answers" in verdict.message


def test_stated_uncertainty_that_is_too_small_is_found_with_its_size() -> None:
    verdict = judge_coverage(check(1_200, factor=1.5))
    assert verdict.too_small
    assert not verdict.too_large
    assert verdict.low < 1.5 < verdict.high
    assert verdict.low > 1.1
    assert "too small" in verdict.message


def test_stated_uncertainty_that_is_too_large_is_found_with_its_size() -> None:
    verdict = judge_coverage(check(1_200, factor=0.5))
    assert verdict.too_large
    assert not verdict.too_small
    assert verdict.low < 0.5 < verdict.high < 0.9


def test_a_check_goes_on_where_it_was_left() -> None:
    mean, sd, later = draw(60)
    whole = check_profiles(open_coverage(), make_some(), mean=mean, sd=sd, later=later)
    state = open_coverage()
    for rows in (np.arange(25), np.arange(25, 60)):
        state = check_profiles(state, make_some(), mean=mean[rows], sd=sd[rows], later=take_people(later, rows))
    assert state.people == 60
    assert state.small == pytest.approx(whole.small)
    assert state.level == pytest.approx(whole.level)
    assert state.peaks == pytest.approx(whole.peaks)


def test_nobody_seen_says_nothing() -> None:
    verdict = judge_coverage(open_coverage())
    assert (verdict.people, verdict.e_small, verdict.e_large) == (0, 1.0, 1.0)
    assert not verdict.too_small
    assert not verdict.too_large


def test_profiles_and_answers_that_do_not_fit_are_refused() -> None:
    mean, sd, later = draw(5)
    with pytest.raises(BadInput, match="4 profiles for 5 people"):
        check_profiles(open_coverage(), make_some(), mean=mean[:4], sd=sd[:4], later=later)
    with pytest.raises(BadInput, match="other items"):
        check_profiles(open_coverage(), make_some(size=3), mean=mean, sd=sd, later=later)
    with pytest.raises(BadInput, match="an sd above 0"):
        check_profiles(open_coverage(), make_some(), mean=mean, sd=0 * sd, later=later)
