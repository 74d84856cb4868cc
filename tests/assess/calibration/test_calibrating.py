from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from waymark.assess.calibration.calibrating import calibrate_skill
from waymark.assess.calibration.calibrations import Calibration, Priors
from waymark.assess.calibration.expecting import expect, make_crowd
from waymark.assess.calibration.families import FAMILIES, Model
from waymark.assess.calibration.populations import make_nodes, spread_normal
from waymark.assess.calibration.starting import naturalise_items
from waymark.assess.items import Items, make_items, take_items
from waymark.assess.responses import make_responses, make_sparse_responses
from waymark.errors import BadInput

from .drawing import Answers, draw_answers, draw_items, draw_people, make_rng

PEOPLE, ITEMS = 800, 8
MODELS = tuple(FAMILIES)


def draw(model: str, *, people: int = PEOPLE, missing: float = 0.0, mean: float = 0.0, sd: float = 1.0) -> Answers:
    theta = draw_people(people, seed=1, mean=mean, sd=sd)
    return draw_answers(draw_items(model, size=ITEMS, seed=1), theta, seed=1, missing=missing)


def name_items(answers: Answers) -> tuple[str, ...]:
    return tuple(f"i{number}" for number in range(answers.shape[1]))


def measure(found: Calibration, answers: Answers, *, slope: float = 1.0, place: float = 0.0) -> float:
    """Return the log-likelihood of the estimates on other nodes, with all slopes and places moved."""
    items = replace(found.items, a=found.items.a * slope, b=found.items.b + place, steps=found.items.steps + place)
    model = Model(name=found.model, family=FAMILIES[found.model], categories=items.categories)
    x = naturalise_items(model, items, np.arange(len(items)))
    theta = make_nodes(201, mean=np.zeros(1), sd=np.ones(1))
    log_prior = spread_normal(theta, mean=np.zeros(1), sd=np.ones(1))
    crowd = make_crowd(make_responses(answers), categories=items.categories)
    return expect(crowd, model, x, theta, log_prior).log_likelihood


@pytest.mark.parametrize("model", ["1pl", "2pl", "gpcm", "grm"])
def test_the_log_likelihood_is_true_and_at_its_top(model: str) -> None:
    answers = draw(model)
    found = calibrate_skill(make_responses(answers), model=model)
    assert found.converged
    assert measure(found, answers) == pytest.approx(found.log_likelihood, abs=2e-4)
    for slope, place in ((1.01, 0.0), (0.99, 0.0), (1.0, 0.01), (1.0, -0.01)):
        assert measure(found, answers, slope=slope, place=place) < found.log_likelihood


@pytest.mark.parametrize("estimator", ["ml", "map"])
@pytest.mark.parametrize("model", MODELS)
def test_every_model_is_estimated_in_the_form_of_items(model: str, estimator: str) -> None:
    answers = draw(model, people=2_000, missing=0.1)
    found = calibrate_skill(make_responses(answers, items=name_items(answers)), model=model, estimator=estimator)
    assert found.items.ids == name_items(answers)
    assert found.model == model
    assert (found.people, found.answers) == (2_000, int((answers >= 0).sum()))
    assert np.isfinite(found.items.a).all()
    assert np.isfinite(found.items.b).all()
    if model in {"gpcm", "grm"}:
        assert found.items.steps.shape == found.se_steps.shape == (ITEMS, 3)
        np.testing.assert_allclose(found.items.steps.mean(axis=1), found.items.b)
    guessing = model in {"3pl", "4pl"}
    assert ((found.items.c > 0) == guessing).all()
    assert ((found.items.d < 1) == (model == "4pl")).all()


@pytest.mark.parametrize("model", ["1pl", "2pl"])
def test_scores_and_nodes_lead_to_the_same_estimates(model: str) -> None:
    answers = draw(model, people=5_000)
    fast = calibrate_skill(make_responses(answers), model=model)
    slow = calibrate_skill(make_responses(np.vstack([answers, np.full((1, ITEMS), -1, np.int8)])), model=model)
    np.testing.assert_allclose(fast.items.a, slow.items.a, atol=3e-4)
    np.testing.assert_allclose(fast.items.b, slow.items.b, atol=3e-4)
    np.testing.assert_allclose(fast.se_a, slow.se_a, rtol=1e-3)
    np.testing.assert_allclose(fast.se_b, slow.se_b, rtol=1e-3)
    assert fast.log_likelihood == pytest.approx(slow.log_likelihood, abs=1e-3)


@pytest.mark.parametrize("model", ["gpcm", "grm"])
def test_two_categories_make_the_step_models_a_2pl(model: str) -> None:
    answers = draw("2pl")
    first, second = (calibrate_skill(make_responses(answers), model=one) for one in ("2pl", model))
    np.testing.assert_allclose(second.items.a, first.items.a, atol=1e-4)
    np.testing.assert_allclose(second.items.b, first.items.b, atol=1e-4)
    np.testing.assert_allclose(second.se_b, first.se_b, rtol=1e-3)
    np.testing.assert_allclose(second.items.covariance, first.items.covariance, atol=1e-4)


def test_items_may_have_different_numbers_of_categories() -> None:
    wide, narrow = draw("gpcm"), draw("2pl")
    answers = np.concatenate([wide[:, :4], narrow[:, 4:]], axis=1)
    found = calibrate_skill(make_responses(answers), model="gpcm")
    assert list(found.items.categories) == [4] * 4 + [2] * 4
    assert np.isfinite(found.se_steps[:4]).all()
    assert np.isnan(found.se_steps[4:, 1:]).all()


def test_lists_and_matrices_are_calibrated_alike() -> None:
    answers = draw("2pl", missing=0.2)
    person, item = np.nonzero(answers >= 0)
    listed = make_sparse_responses(person, item, answers[person, item], items=name_items(answers), people=len(answers))
    first, second = (calibrate_skill(one) for one in (make_responses(answers, items=name_items(answers)), listed))
    assert first.items.a.tobytes() == second.items.a.tobytes()
    assert first.se_b.tobytes() == second.se_b.tobytes()


def test_long_tests_get_the_nodes_that_they_need() -> None:
    items = make_items(tuple(f"i{n}" for n in range(150)), a=2.5, b=np.linspace(-2, 2, 150))
    answers = draw_answers(items, draw_people(300, seed=3), seed=3)
    first = calibrate_skill(make_responses(answers), model="1pl", nodes=15)
    second = calibrate_skill(make_responses(answers), model="1pl", nodes=401)
    assert first.nodes > 15
    assert first.log_likelihood == pytest.approx(second.log_likelihood, abs=2e-3)
    assert "not settled" not in first.grid


def test_the_common_slope_is_told_as_a_variance() -> None:
    found = calibrate_skill(make_responses(draw("1pl")), model="1pl")
    assert found.variance == pytest.approx(found.items.a[0] ** 2)
    assert len(set(found.items.a)) == 1
    assert found.parameters == ITEMS + 1


def test_information_criteria_count_parameters() -> None:
    found = calibrate_skill(make_responses(draw("2pl")))
    assert found.parameters == 2 * ITEMS
    assert found.aic == pytest.approx(4 * ITEMS - 2 * found.log_likelihood)
    assert found.bic == pytest.approx(2 * ITEMS * np.log(PEOPLE) - 2 * found.log_likelihood)


def test_steps_are_told_as_they_are_taken() -> None:
    told: list[tuple[int, float]] = []
    found = calibrate_skill(make_responses(draw("2pl")), track=lambda number, value: told.append((number, value)))
    assert [number for number, _ in told] == list(range(1, len(told) + 1))
    assert told[-1][1] == pytest.approx(found.log_likelihood, abs=1e-3)


def test_standard_errors_may_be_left_out() -> None:
    found = calibrate_skill(make_responses(draw("2pl")), standard_errors=False)
    assert found.errors == "none"
    assert np.isnan(found.se_a).all()
    assert not found.items.covariance.any()


def test_items_hold_the_covariance_of_log_slope_and_difficulty() -> None:
    found = calibrate_skill(make_responses(draw("2pl")))
    spread = np.sqrt(np.diagonal(found.items.covariance, axis1=1, axis2=2))
    np.testing.assert_allclose(spread[:, 0], found.se_a / found.items.a)
    np.testing.assert_allclose(spread[:, 1], found.se_b)
    assert (np.linalg.eigvalsh(found.items.covariance) > 0).all()


def test_groups_have_means_and_sds_of_their_own() -> None:
    answers = np.vstack([draw("2pl", people=1_500), draw("2pl", people=1_000, mean=0.8, sd=0.7)])
    groups = ["old"] * 1_500 + ["new"] * 1_000
    found = calibrate_skill(make_responses(answers), groups=groups)
    new, old = found.groups
    assert (old.name, old.mean, old.sd, old.se_mean) == ("old", 0.0, 1.0, 0.0)
    assert new.mean == pytest.approx(0.8, abs=4 * new.se_mean)
    assert new.sd == pytest.approx(0.7, abs=4 * new.se_sd)
    assert 0 < new.se_mean < 0.1
    assert found.parameters == 2 * ITEMS + 2


def test_groups_with_gaps_are_estimated_as_those_without() -> None:
    answers = np.vstack([draw("2pl", people=1_500), draw("2pl", people=1_000, mean=0.8, sd=0.7)])
    groups = ["old"] * 1_500 + ["new"] * 1_000
    fast = calibrate_skill(make_responses(answers), groups=groups)
    gap = np.vstack([answers, np.full((1, ITEMS), -1, np.int8)])
    slow = calibrate_skill(make_responses(gap), groups=[*groups, "old"])
    np.testing.assert_allclose(fast.items.a, slow.items.a, atol=5e-4)
    assert fast.groups[0].mean == pytest.approx(slow.groups[0].mean, abs=5e-4)
    assert fast.groups[0].se_sd == pytest.approx(slow.groups[0].se_sd, rel=1e-2)


def fix(model: str, number: int) -> Items:
    return take_items(draw_items(model, size=ITEMS, seed=1), np.arange(number))


@pytest.mark.parametrize("model", ["2pl", "gpcm"])
def test_fixed_items_keep_their_parameters_and_hold_the_scale(model: str) -> None:
    answers = draw(model, people=3_000, mean=0.9, sd=0.8)
    found = calibrate_skill(make_responses(answers, items=name_items(answers)), model=model, fixed=fix(model, 4))
    truth = draw_items(model, size=ITEMS, seed=1)
    assert np.array_equal(found.items.a[:4], truth.a[:4])
    assert np.array_equal(found.items.b[:4], truth.b[:4])
    assert np.isnan(found.se_b[:4]).all()
    (people,) = found.groups
    assert people.mean == pytest.approx(0.9, abs=4 * people.se_mean)
    assert people.sd == pytest.approx(0.8, abs=4 * people.se_sd)
    assert (np.abs(found.items.b - truth.b)[4:] < 4 * found.se_b[4:]).all()


def test_fixed_items_may_guess_beside_a_2pl() -> None:
    answers = draw("3pl", people=3_000)
    fixed = fix("3pl", 4)
    found = calibrate_skill(make_responses(answers, items=name_items(answers)), fixed=fixed)
    assert np.array_equal(found.items.c[:4], fixed.c)
    assert not found.items.c[4:].any()


def test_priors_draw_parameters_together() -> None:
    responses = make_responses(draw("2pl", people=100))
    loose = calibrate_skill(responses)
    firm = calibrate_skill(responses, estimator="map", priors=Priors(log_slope_sd=0.05, difficulty_sd=0.1, learn=False))
    assert np.log(firm.items.a).std() < 0.3 * np.log(np.abs(loose.items.a)).std()
    assert firm.items.b.std() < 0.3 * loose.items.b.std()
    assert (firm.se_b < loose.se_b).all()


def test_features_foretell_what_answers_leave_open() -> None:
    rng = make_rng(5)
    features = rng.normal(size=(60, 2))
    items = make_items(tuple(f"i{n}" for n in range(60)), b=features @ [1.0, -0.5] + 0.3 * rng.normal(size=60))
    answers = draw_answers(items, draw_people(400, seed=5), seed=5, missing=0.9)
    with_features = calibrate_skill(make_responses(answers), estimator="map", features=features)
    without = calibrate_skill(make_responses(answers), estimator="map")
    errors = [np.sqrt(((found.items.b - items.b) ** 2).mean()) for found in (with_features, without)]
    assert errors[0] < 0.8 * errors[1]
    np.testing.assert_allclose(with_features.weights[1:], [1.0, -0.5], atol=0.25)
    assert with_features.priors.difficulty_sd < without.priors.difficulty_sd


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"model": "5pl"}, "no model '5pl'"),
        ({"estimator": "mcmc"}, "no estimator 'mcmc'"),
        ({"nodes": 3}, "3 nodes"),
        ({"groups": ["a"]}, "1 groups for 800 people"),
        ({"features": np.zeros((3, 1))}, r"features of shape \(3, 1\)"),
        ({"features": np.full((8, 1), np.nan)}, "features"),
        ({"fixed": make_items(("elsewhere",))}, "none of the fixed items"),
        ({"fixed": make_items(("i0",), a=-1.0)}, "'i0' has no parameters to hold on to"),
        ({"fixed": make_items(("i0",)), "model": "grm"}, "'i0' is of another kind"),
    ],
)
def test_options_that_do_not_fit_are_refused_with_a_hint(options: dict[str, Any], words: str) -> None:
    answers = draw("2pl")
    with pytest.raises(BadInput, match=words) as told:
        calibrate_skill(make_responses(answers, items=name_items(answers)), **options)
    assert told.value.hint
