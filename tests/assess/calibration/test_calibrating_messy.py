"""Calibration of answers as they come: gaps, copies, reversed keys, patterns that no estimate can follow."""

import numpy as np
import pytest

from waymark.assess.calibration import estimating
from waymark.assess.calibration.calibrating import calibrate_skill
from waymark.assess.calibration.calibrations import MODELS, Calibration
from waymark.assess.responses import make_responses, make_sparse_responses

from .drawing import Answers, draw_answers, draw_items, draw_people, make_rng

ITEMS = 10


def draw(*, people: int = 400, missing: float = 0.0) -> Answers:
    return draw_answers(draw_items("2pl", size=ITEMS, seed=7), draw_people(people, seed=7), seed=7, missing=missing)


def list_kinds(found: Calibration) -> dict[str, list[str]]:
    kinds: dict[str, list[str]] = {}
    for note in found.notes:
        kinds.setdefault(note.kind, []).append(note.item)
    return kinds


def test_constant_columns_are_left_out_under_ml_and_kept_under_map() -> None:
    answers = draw()
    answers[:, 2], answers[:, 4] = 1, 0
    strict, lenient = (calibrate_skill(make_responses(answers), estimator=one) for one in ("ml", "map"))
    assert list_kinds(strict)["constant"] == ["item3", "item5"]
    assert np.isnan(strict.items.b[[2, 4]]).all()
    assert np.isfinite(np.delete(strict.items.b, [2, 4])).all()
    assert lenient.items.b[2] < -2
    assert lenient.items.b[4] > 2
    assert (lenient.se_b[[2, 4]] > lenient.se_b[0]).all()


@pytest.mark.parametrize("missing", [0.3, 0.85])  # a matrix, and a list of answers
@pytest.mark.parametrize("model", MODELS)
def test_columns_constant_among_those_who_saw_them_are_left_out_under_ml(model: str, missing: float) -> None:
    items = draw_items(model, size=12, seed=7)
    answers = draw_answers(items, draw_people(600, seed=7), seed=7, missing=missing)
    answers[:, 2] = np.where(answers[:, 2] >= 0, answers.max(), -1)
    answers[:, 4] = np.where(answers[:, 4] >= 0, 0, -1)
    found = calibrate_skill(make_responses(answers), model=model)
    assert list_kinds(found)["constant"] == ["item3", "item5"]
    assert np.isnan(found.items.a[[2, 4]]).all()
    assert np.isnan(found.items.b[[2, 4]]).all()
    assert np.isnan(found.se_b[[2, 4]]).all()


def test_estimates_that_run_off_do_not_drive_the_number_of_nodes() -> None:
    answers = draw_answers(draw_items("2pl", size=12, seed=7), draw_people(600, seed=7), seed=7, missing=0.85)
    found = calibrate_skill(make_responses(answers))
    assert "extreme" in list_kinds(found)
    assert list_kinds(found)["nodes"] == [""]
    assert found.nodes <= 241
    assert found.converged
    assert "not settled" not in found.grid


def test_work_is_bounded_and_what_has_not_come_to_rest_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(estimating, "_WORK", 1e4)  # as if items were a million
    found = calibrate_skill(make_responses(draw(missing=0.1)), model="3pl", estimator="map")
    assert found.iterations == 20
    assert not found.converged
    assert "unfinished" in list_kinds(found)


def test_very_many_items_end_with_errors_item_by_item() -> None:
    people, size = 200, 1_510
    items = draw_items("2pl", size=size, seed=5)
    answers = draw_answers(items, draw_people(people, seed=5), seed=5)
    found = calibrate_skill(make_responses(answers))
    plain = np.abs(items.b) < 1.5
    off = (found.items.b - items.b)[plain]
    assert found.errors == "item by item"
    assert found.converged
    assert np.mean(np.abs(off - np.median(off)) < 1.96 * found.se_b[plain]) == pytest.approx(0.95, abs=0.03)


def test_columns_without_answers_have_no_parameters() -> None:
    answers = draw()
    answers[:, 0] = -1
    found = calibrate_skill(make_responses(answers), estimator="map")
    assert list_kinds(found) == {"unanswered": ["item1"]}
    assert np.isnan(found.items.a[0])
    assert not found.items.covariance[0].any()


def test_a_copied_column_does_not_count_twice() -> None:
    answers = draw()
    copied = np.concatenate([answers, answers[:, :1]], axis=1)
    once, twice = calibrate_skill(make_responses(answers)), calibrate_skill(make_responses(copied))
    assert list_kinds(twice) == {"copy": ["item11"]}
    np.testing.assert_array_equal(twice.items.b[:ITEMS], once.items.b)
    assert (twice.items.a[ITEMS], twice.items.b[ITEMS]) == (once.items.a[0], once.items.b[0])
    assert twice.log_likelihood == once.log_likelihood


def test_people_without_answers_change_nothing() -> None:
    answers = draw(missing=0.1)
    more = np.vstack([answers, np.full((7, ITEMS), -1, dtype=np.int8)])
    once, twice = calibrate_skill(make_responses(answers)), calibrate_skill(make_responses(more))
    assert list_kinds(twice) == {"empty": [""]}
    np.testing.assert_allclose(twice.items.b, once.items.b, atol=1e-5)
    assert twice.log_likelihood == pytest.approx(once.log_likelihood, abs=1e-5)


def test_people_with_all_or_none_right_are_welcome() -> None:
    answers = draw()
    answers[:5], answers[5:10] = 1, 0
    found = calibrate_skill(make_responses(answers))
    assert found.converged
    assert found.notes == ()


def test_an_item_with_a_wrong_key_runs_against_the_scale() -> None:
    answers = draw(people=1_000)
    answers[:, 3] = 1 - answers[:, 3]
    found = calibrate_skill(make_responses(answers))
    plain = calibrate_skill(make_responses(draw(people=1_000)))
    assert list_kinds(found) == {"reversed": ["item4"]}
    assert found.items.a[3] == pytest.approx(-plain.items.a[3], abs=1e-3)
    assert found.items.b[3] == pytest.approx(plain.items.b[3], abs=1e-3)
    assert found.se_a[3] == pytest.approx(plain.se_a[3], rel=1e-2)


def test_an_estimate_that_runs_off_is_told_and_spoils_no_other() -> None:
    answers = draw()
    total = np.argsort(answers.sum(axis=1) + 0.01 * np.arange(len(answers)) / len(answers))
    extra = np.zeros((len(answers), 1), dtype=np.int8)
    extra[total[-3:]] = 1
    found = calibrate_skill(make_responses(np.concatenate([answers, extra], axis=1)))
    plain = calibrate_skill(make_responses(answers))
    assert found.converged
    assert list_kinds(found)["extreme"] == ["item11"]
    assert np.isnan(found.se_b[ITEMS])
    np.testing.assert_allclose(found.items.b[:ITEMS], plain.items.b, atol=0.1)
    np.testing.assert_allclose(found.se_b[:ITEMS], plain.se_b, rtol=0.1)


@pytest.mark.parametrize("model", ["1pl", "2pl", "3pl"])
def test_a_perfect_order_of_answers_ends_with_notes(model: str) -> None:
    steps = (np.arange(9)[:, None] > np.arange(8)).astype(np.int8)
    found = calibrate_skill(make_responses(np.repeat(steps, 5, axis=0)), model=model, nodes=31)
    assert "extreme" in list_kinds(found)
    assert np.isfinite(found.items.b).all()


@pytest.mark.parametrize("model", MODELS)
def test_noise_is_calibrated_without_a_warning(model: str) -> None:
    highest = 3 if model in {"gpcm", "grm"} else 2
    answers = make_rng(3).integers(0, highest, (60, 6)).astype(np.int8)
    found = calibrate_skill(make_responses(answers), model=model, estimator="map")
    assert found.converged
    assert np.isfinite(found.items.b).all()
    assert np.isfinite(found.log_likelihood)


def test_a_score_between_others_that_nobody_has_takes_the_item_out() -> None:
    answers = draw_answers(draw_items("grm", size=ITEMS, seed=7), draw_people(400, seed=7), seed=7)
    answers[answers[:, 1] == 2, 1] = 1
    found = calibrate_skill(make_responses(answers), model="grm")
    assert list_kinds(found) == {"gap": ["item2"]}
    assert np.isnan(found.items.b[1])
    assert np.isnan(found.items.steps[1]).all()


def test_few_answers_an_item_are_borne_by_priors() -> None:
    rng = make_rng(9)
    person = np.repeat(np.arange(60), 4)
    item = np.concatenate([rng.permutation(100)[:4] for _ in range(60)])
    listed = make_sparse_responses(
        person, item, rng.integers(0, 2, 240), items=tuple(f"i{n}" for n in range(100)), people=60
    )
    found = calibrate_skill(listed, estimator="map")
    answered = np.bincount(item, minlength=100) > 0
    assert np.isfinite(found.items.b[answered]).all()
    assert np.isnan(found.items.b[~answered]).all()
    assert found.converged
