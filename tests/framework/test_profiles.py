"""Profiles: what is refused, units, differences."""

import numpy as np
import pytest

from waymark.errors import BadInput
from waymark.framework import load_edition, needs_of
from waymark.framework.profiles import Profile, profile_of_needs, profile_of_scores, subtract

TWO = ("mathematics", "research")


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"skills": ("research", "research")}, "twice"),
        ({"mean": (0.0,)}, "one mean and one sd"),
        ({"sd": (1.0, 1.0, 1.0)}, "one mean and one sd"),
        ({"mean": (0.0, float("nan"))}, "not finite"),
        ({"sd": (1.0, float("inf"))}, "not finite"),
        ({"sd": (1.0, -0.1)}, "negative sd"),
        ({"correlation": ((1.0,),)}, "another size"),
        ({"correlation": ((1.0, 0.1), (0.1,))}, "another size"),
        ({"correlation": ((1.0, float("nan")), (float("nan"), 1.0))}, "not finite"),
        ({"correlation": ((1.0, 0.5), (0.4, 1.0))}, "not symmetric"),
        ({"correlation": ((0.9, 0.0), (0.0, 1.0))}, "without ones"),
        ({"correlation": ((1.0, 1.2), (1.2, 1.0))}, "positive semi-definite"),
    ],
)
def test_what_is_no_profile_is_refused(parts: dict[str, object], message: str) -> None:
    whole: dict[str, object] = {"skills": TWO, "mean": (0.0, 1.0), "sd": (1.0, 1.0)}
    with pytest.raises(BadInput, match=message):
        Profile(**(whole | parts))  # type: ignore[arg-type]


def test_a_correlation_is_accepted_exactly_when_no_eigenvalue_is_negative() -> None:
    rng = np.random.Generator(np.random.PCG64(20261121))
    accepted = 0
    for _ in range(300):
        upper = np.triu(rng.uniform(-1, 1, (4, 4)), 1)
        matrix = upper + upper.T + np.eye(4)
        sound = float(np.linalg.eigvalsh(matrix).min()) >= 0
        rows = tuple(tuple(float(value) for value in row) for row in matrix)
        skills = ("a", "b", "c", "d")
        try:
            Profile(skills=skills, mean=(0.0,) * 4, sd=(1.0,) * 4, correlation=rows)
        except BadInput:
            assert not sound
        else:
            assert sound
            accepted += 1
    assert 0 < accepted < 300


def test_skills_that_move_as_one_are_a_profile() -> None:
    ones = ((1.0, 1.0), (1.0, 1.0))
    assert Profile(skills=TWO, mean=(0.0, 0.0), sd=(1.0, 2.0), correlation=ones).covariance() == (
        (1, 2),
        (2, 4),
    )


def test_scores_survive_the_way_through_a_profile() -> None:
    scores = {"mathematics": (210.0, 20.0), "research": (1.0, 35.0)}
    for skill, spoken in profile_of_scores(scores).scores().items():
        assert spoken == pytest.approx(scores[skill])


def test_a_score_beyond_the_scale_is_refused() -> None:
    with pytest.raises(BadInput, match="301 is not a score"):
        profile_of_scores({"research": (301, 10)})


def test_a_skill_that_is_not_there_is_refused() -> None:
    with pytest.raises(BadInput, match="no skill 'magic'"):
        profile_of_scores({"research": (100, 10)}).theta("magic")


def test_the_needs_of_a_role_are_a_profile_over_all_skills_in_order() -> None:
    edition = load_edition()
    profile = profile_of_needs(needs_of(edition, "data_analyst"))
    assert profile.skills == tuple(edition.skills)
    mean, sd = profile.theta("data_science")
    assert mean == pytest.approx((225 - 150) / 50)
    assert sd == pytest.approx((275 - 200) / 50 / 3.2897072539)
    assert profile.theta("research")[0] == -3


def test_subtracting_a_profile_leaves_the_mean_difference_and_adds_the_variances() -> None:
    has = profile_of_scores({"mathematics": (200, 30), "research": (100, 0)})
    needs = profile_of_scores({"mathematics": (150, 40), "research": (200, 50)})
    gap = subtract(has, needs)
    assert gap.mean == pytest.approx((1, -2))
    assert gap.sd == pytest.approx((1, 1))
    assert gap.correlation is None


def test_correlations_enter_the_difference_through_covariances() -> None:
    has = Profile(skills=TWO, mean=(0.0, 0.0), sd=(3.0, 3.0), correlation=((1.0, 0.5), (0.5, 1.0)))
    gap = subtract(has, Profile(skills=TWO, mean=(1.0, 0.0), sd=(4.0, 4.0)))
    assert gap.sd == pytest.approx((5, 5))
    assert gap.correlation is not None
    assert gap.correlation[0] == pytest.approx((1, 0.5 * 9 / 25))


def test_a_profile_known_exactly_can_be_subtracted_from_a_correlated_one() -> None:
    ones = ((1.0, 0.0), (0.0, 1.0))
    has = Profile(skills=TWO, mean=(0.0, 0.0), sd=(0.0, 1.0), correlation=ones)
    gap = subtract(has, Profile(skills=TWO, mean=(1.0, 0.0), sd=(0.0, 0.0)))
    assert gap.sd == (0, 1)


def test_profiles_over_different_skills_are_not_compared() -> None:
    one, other = profile_of_scores({"research": (100, 1)}), profile_of_scores({"mathematics": (100, 1)})
    with pytest.raises(BadInput, match="different skills"):
        subtract(one, other)
