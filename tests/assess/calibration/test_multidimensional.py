import numpy as np
import pytest

from waymark.assess.calibration.calibrating import calibrate_skill
from waymark.assess.calibration.multidimensional import calibrate, sort_skills
from waymark.assess.calibration.polishing import mend_correlation
from waymark.assess.items import Floats, make_items
from waymark.assess.responses import Responses, make_responses
from waymark.errors import BadInput


def draw(
    *, skills: int, size: int, people: int, seed: int, correlation: float = 0.6
) -> tuple[Responses, dict[str, str]]:
    """Return answers to `size` items, skills taking turns, and the skill of each."""
    rng = np.random.Generator(np.random.PCG64(seed))
    related = np.full((skills, skills), correlation) + (1 - correlation) * np.eye(skills)
    a, b, skill = np.exp(rng.normal(0, 0.3, size)), rng.normal(size=size), np.arange(size) % skills
    ability = rng.multivariate_normal(np.zeros(skills), related, people)
    right = rng.random((people, size)) < 1 / (1 + np.exp(-a * (ability[:, skill] - b)))
    names = tuple(f"i{number}" for number in range(size))
    return make_responses(right, items=names), {name: "xyzw"[one] for name, one in zip(names, skill, strict=True)}


def log_likelihood(responses: Responses, a: Floats, b: Floats, correlation: float) -> float:
    """Return the marginal log-likelihood of two skills taking turns, on a square of nodes."""
    theta = np.linspace(-6, 6, 121)
    z = a[:, None] * (theta - b[:, None])
    assert responses.matrix is not None
    logs = [responses.matrix[:, k::2] @ z[k::2] - np.logaddexp(0, z[k::2]).sum(axis=0) for k in (0, 1)]
    tops = [part.max(axis=1, keepdims=True) for part in logs]
    away = (theta[:, None] ** 2 - 2 * correlation * theta[:, None] * theta + theta**2) / (1 - correlation**2)
    prior = np.exp(-0.5 * away)
    first, second = (np.exp(part - top) for part, top in zip(logs, tops, strict=True))
    found = np.log(((first @ (prior / prior.sum())) * second).sum(axis=1)) + tops[0][:, 0] + tops[1][:, 0]
    return float(found.sum())


def test_two_skills_reach_the_maximum_of_the_joint_likelihood() -> None:
    responses, skills = draw(skills=2, size=16, people=600, seed=1)
    found = calibrate(responses, skills=skills, standard_errors=False)
    a, b, correlation = found.items.a, found.items.b, float(found.correlation[0, 1])
    best = log_likelihood(responses, a, b, correlation)
    assert found.log_likelihood == pytest.approx(best, abs=0.5)
    for step in (-0.03, 0.03):
        assert log_likelihood(responses, a, b, correlation + step) < best
        for number in range(16):
            nudge = np.where(np.arange(16) == number, step, 0.0)
            assert log_likelihood(responses, a + 2 * nudge, b, correlation) < best
            assert log_likelihood(responses, a, b + 2 * nudge, correlation) < best


def test_items_come_back_in_their_columns_with_their_skills() -> None:
    responses, skills = draw(skills=3, size=15, people=300, seed=2)
    found = calibrate(responses, skills=skills)
    assert found.items.ids == responses.items
    assert [found.items.skills[one] for one in found.items.skill] == [skills[one] for one in responses.items]
    assert (found.correlation.shape, found.parameters) == ((3, 3), 33)
    assert np.isfinite(found.se_a + found.se_b).all()
    np.testing.assert_allclose(found.items.covariance[:, 1, 1], found.se_b**2, rtol=1e-6)


def test_one_skill_is_calibrated_as_such() -> None:
    responses, skills = draw(skills=1, size=8, people=200, seed=3)
    found = calibrate(responses, skills=skills)
    alone = calibrate_skill(responses, skill="x")
    np.testing.assert_array_equal(found.items.a, alone.items.a)
    assert found.items.skills == ("x",)


def test_skills_lend_each_other_strength() -> None:
    responses, skills = draw(skills=4, size=24, people=400, seed=4, correlation=0.9)
    found = calibrate(responses, skills=skills)
    own = np.flatnonzero(found.items.skill == 0)
    assert responses.matrix is not None
    alone = calibrate_skill(make_responses(responses.matrix[:, own]))
    assert np.median(found.se_a[own] / alone.se_a) < 0.9


@pytest.mark.parametrize("model", ["1pl", "3pl"])
def test_other_models_and_priors_are_polished_too(model: str) -> None:
    responses, skills = draw(skills=2, size=12, people=400, seed=5)
    found = calibrate(responses, skills=skills, model=model, estimator="map")
    assert found.correlation[0, 1] == pytest.approx(0.6, abs=0.15)
    assert np.isfinite(found.items.a).all()
    if model == "1pl":
        assert len(np.unique(found.items.a.round(9))) == 2  # one slope a skill


@pytest.mark.parametrize("model", ["gpcm", "grm"])
def test_items_with_steps_are_polished_too(model: str) -> None:
    responses, skills = draw(skills=2, size=24, people=400, seed=6)
    assert responses.matrix is not None
    summed = make_responses(responses.matrix[:, :12] + responses.matrix[:, 12:], items=responses.items[:12])
    found = calibrate(summed, model=model, skills=skills)
    assert found.items.steps.shape == (12, 2)
    assert found.correlation[0, 1] == pytest.approx(0.6, abs=0.15)
    assert np.isfinite(found.se_steps).all()


def test_answers_may_be_missing_and_in_lists() -> None:
    responses, skills = draw(skills=2, size=40, people=600, seed=10)
    rng = np.random.Generator(np.random.PCG64(8))
    cells = np.where(rng.random((600, 40)) < 0.77, -1, responses.matrix)  # type: ignore[arg-type]
    listed = make_responses(cells, items=responses.items)
    assert listed.matrix is None
    dense = Responses(items=responses.items, people=600, matrix=cells.astype(np.int8))
    one, other = calibrate(listed, skills=skills), calibrate(dense, skills=skills)
    np.testing.assert_allclose(one.items.a, other.items.a, atol=1e-6)
    np.testing.assert_allclose(one.correlation, other.correlation, atol=1e-6)
    assert one.correlation[0, 1] == pytest.approx(0.6, abs=0.2)


def test_items_that_are_fixed_stay_and_the_population_moves() -> None:
    responses, skills = draw(skills=2, size=20, people=800, seed=9)
    ids = responses.items[:8]
    first = calibrate(responses, skills=skills)
    fixed = make_items(ids, a=first.items.a[:8], b=first.items.b[:8] + 0.5)
    found = calibrate(responses, skills=skills, fixed=fixed)
    np.testing.assert_allclose(found.items.b[:8], fixed.b, atol=1e-9)
    np.testing.assert_allclose(found.items.b[8:], first.items.b[8:] + 0.5, atol=0.1)
    assert [group.mean for group in found.groups] == pytest.approx([0.5, 0.5], abs=0.05)
    assert [group.sd for group in found.groups] == pytest.approx([1.0, 1.0], abs=0.05)


def test_skills_that_nobody_answered_both_of_are_told() -> None:
    responses, skills = draw(skills=2, size=20, people=400, seed=10)
    half = np.arange(400)[:, None] < 200
    cells = np.where(half == (np.arange(20) % 2 == 0), responses.matrix, -1)  # type: ignore[arg-type]
    found = calibrate(make_responses(cells, items=responses.items), skills=skills)
    assert [note.message for note in found.notes if note.kind == "unlinked"] == ["nobody answered both 'x' and 'y'"]


def test_the_steps_can_be_followed() -> None:
    responses, skills = draw(skills=2, size=12, people=200, seed=11)
    seen: list[tuple[int, float]] = []
    found = calibrate(responses, skills=skills, standard_errors=False, track=lambda *step: seen.append(step))
    assert [number for number, _ in seen] == list(range(1, len(seen) + 1))
    assert found.iterations == len(seen)
    assert seen[-1][1] > seen[0][1]


def test_an_item_without_a_skill_is_named() -> None:
    with pytest.raises(BadInput, match="'j'"):
        sort_skills(("i", "j"), {"i": "x"})


def test_groups_with_several_skills_are_refused() -> None:
    responses, skills = draw(skills=2, size=12, people=60, seed=12)
    with pytest.raises(BadInput, match="several skills"):
        calibrate(responses, skills=skills, groups=["one", "other"] * 30)


def test_a_table_that_is_no_correlation_is_mended() -> None:
    mended = mend_correlation(np.array([[1.0, 1.3, -0.9], [1.3, 1.0, 0.8], [-0.9, 0.8, 1.0]]))
    assert np.linalg.eigvalsh(mended)[0] > 0
    np.testing.assert_allclose(np.diag(mended), 1.0)
    sound = np.array([[1.0, 0.5], [0.5, 1.0]])
    np.testing.assert_array_equal(mend_correlation(sound), sound)
