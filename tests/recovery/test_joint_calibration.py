"""Whether items and correlations of several skills come back from made-up answers, with errors as stated."""

import numpy as np
import pytest

from waymark.assess.calibration.calibrating import calibrate_skill
from waymark.assess.calibration.multidimensional import calibrate
from waymark.assess.items import Floats
from waymark.assess.responses import Responses, make_responses

Truth = tuple[Responses, Floats, Floats, dict[str, str]]


def draw(*, skills: int, size: int, people: int, seed: int, correlation: float = 0.6) -> Truth:
    """Return answers, slopes, places and skills; the items are the same for every seed, the people are not."""
    fixed, rng = (np.random.Generator(np.random.PCG64(one)) for one in (99, seed))
    a, b, skill = np.exp(fixed.normal(0, 0.3, size)), fixed.normal(size=size), np.arange(size) % skills
    related = np.full((skills, skills), correlation) + (1 - correlation) * np.eye(skills)
    ability = rng.multivariate_normal(np.zeros(skills), related, people)
    right = rng.random((people, size)) < 1 / (1 + np.exp(-a * (ability[:, skill] - b)))
    names = tuple(f"i{number}" for number in range(size))
    of = {name: f"s{one}" for name, one in zip(names, skill, strict=True)}
    return make_responses(right, items=names), a, b, of


def root_mean_square(values: Floats) -> float:
    return float(np.sqrt(np.mean(values**2)))


def test_eight_skills_come_back() -> None:
    errors = []
    for seed in range(3):
        responses, a, b, skills = draw(skills=8, size=120, people=2_000, seed=seed)
        found = calibrate(responses, skills=skills, standard_errors=False)
        assert found.converged
        off = found.correlation[np.triu_indices(8, 1)] - 0.6  # 0.0147 of it is chance in who was drawn
        errors.append([root_mean_square(part) for part in (off, found.items.a - a, found.items.b - b)])
    assert (np.mean(errors, axis=0) < [0.025, 0.09, 0.12]).all()


def test_estimating_together_beats_one_skill_at_a_time() -> None:
    gains = []
    for seed in range(4):
        responses, a, _, skills = draw(skills=4, size=32, people=1_000, seed=seed, correlation=0.8)
        together = calibrate(responses, skills=skills, standard_errors=False)
        assert responses.matrix is not None
        alone = np.empty(32)
        for skill in range(4):
            own = np.arange(skill, 32, 4)
            few = make_responses(responses.matrix[:, own])
            alone[own] = calibrate_skill(few, standard_errors=False).items.a
        gains.append(root_mean_square(together.items.a - a) / root_mean_square(alone - a))
    assert np.mean(gains) < 0.92


def test_standard_errors_hold_over_repetitions() -> None:
    slopes, slope_errors, places, place_errors = [], [], [], []
    for seed in range(20):
        responses, a, b, skills = draw(skills=4, size=24, people=800, seed=seed, correlation=0.7)
        found = calibrate(responses, skills=skills)
        slopes.append(found.items.a - a)
        slope_errors.append(found.se_a)
        places.append(found.items.b - b)
        place_errors.append(found.se_b)
    for off, error in ((slopes, slope_errors), (places, place_errors)):
        assert float((np.abs(off) < 1.959964 * np.array(error)).mean()) == pytest.approx(0.95, abs=0.03)
    ratio = np.std(slopes, axis=0) / np.median(slope_errors, axis=0)
    assert float(np.median(ratio)) == pytest.approx(1.0, abs=0.12)
