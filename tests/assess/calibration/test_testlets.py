from dataclasses import replace

import numpy as np
import pytest

from waymark.assess.ability.posteriors import lay_posteriors
from waymark.assess.ability.scoring import score
from waymark.assess.calibration.calibrating import calibrate_skill
from waymark.assess.calibration.testlets import calibrate_testlets
from waymark.assess.items import Floats
from waymark.assess.responses import Responses, make_responses
from waymark.errors import BadInput

CASES = {f"i{number}": "first" if number < 8 else "second" for number in range(4, 12)}


def draw(*, people: int, seed: int, sds: tuple[float, float] = (0.9, 0.6)) -> tuple[Responses, Floats, Floats]:
    """Return answers to 4 items on their own and two cases of 4, with their slopes and places."""
    rng = np.random.Generator(np.random.PCG64(seed))
    a, b = np.exp(rng.normal(0.2, 0.2, 12)), rng.normal(size=12)
    own = rng.normal(size=(people, 2)) * sds
    meets = rng.normal(size=(people, 1)) + np.repeat(np.column_stack([np.zeros(people), own]), 4, axis=1)
    right = rng.random((people, 12)) < 1 / (1 + np.exp(-a * (meets - b)))
    return make_responses(right, items=tuple(f"i{number}" for number in range(12))), a, b


def test_the_spread_of_cases_is_recovered_and_fits_better_than_none() -> None:
    responses, a, _ = draw(people=1_500, seed=1)
    found = calibrate_testlets(responses, CASES)
    assert found.cases == ("first", "second")
    assert (np.abs(found.sd - [0.9, 0.6]) < 3 * found.se_sd).all()
    assert (found.se_sd < 0.2).all()
    assert (np.abs(found.calibration.items.a - a) < 4 * found.calibration.se_a).all()
    assert found.calibration.log_likelihood > calibrate_skill(responses, standard_errors=False).log_likelihood + 20
    assert found.calibration.items.testlet.tolist() == [-1] * 4 + [0] * 4 + [1] * 4


def test_the_log_likelihood_is_that_of_the_scoring() -> None:
    responses, _, _ = draw(people=200, seed=2)
    found = calibrate_testlets(responses, CASES, standard_errors=False)
    assert np.isnan(found.se_sd).all()
    evidence = sum(float(block.evidence.sum()) for block in lay_posteriors(responses, found.calibration.items))
    assert found.calibration.log_likelihood == pytest.approx(evidence, abs=0.01)


def test_no_step_away_from_the_estimates_is_more_likely() -> None:
    responses, _, _ = draw(people=300, seed=3)
    items = calibrate_testlets(responses, CASES, standard_errors=False).calibration.items

    def value(testlet_sd: Floats) -> float:
        moved = replace(items, testlet_sd=testlet_sd)
        return sum(float(block.evidence.sum()) for block in lay_posteriors(responses, moved))

    best = value(items.testlet_sd)
    for step in ([0.1, 0], [-0.1, 0], [0, 0.1], [0, -0.1]):
        assert value(items.testlet_sd + step) < best


def test_cases_make_scores_less_sure() -> None:
    responses, _, _ = draw(people=400, seed=4)
    with_cases = calibrate_testlets(responses, CASES).calibration.items
    without = calibrate_skill(responses).items
    assert np.mean(score(responses, with_cases).sd > score(responses, without).sd) > 0.9


def test_every_item_may_belong_to_a_case_and_answers_may_be_missing() -> None:
    responses, _, _ = draw(people=250, seed=5)
    rng = np.random.Generator(np.random.PCG64(6))
    assert responses.matrix is not None
    cells = np.where(rng.random((250, 12)) < 0.3, -1, responses.matrix)
    all_of_them = CASES | {f"i{number}": "zeroth" for number in range(4)}
    found = calibrate_testlets(make_responses(cells, items=responses.items), all_of_them)
    assert found.cases == ("zeroth", "first", "second")
    assert np.isfinite(found.sd).all()


@pytest.mark.parametrize(
    ("testlets", "model", "words"),
    [({}, "2pl", "no item"), ({"i1": "lone"}, "2pl", "'lone'"), (CASES, "1pl", "1pl")],
)
def test_what_cannot_be_told_is_refused(testlets: dict[str, str], model: str, words: str) -> None:
    responses, _, _ = draw(people=60, seed=7)
    with pytest.raises(BadInput, match=words):
        calibrate_testlets(responses, testlets, model=model)
