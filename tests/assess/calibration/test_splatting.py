import numpy as np
import pytest

from waymark.assess.calibration.expecting import expect, make_crowd
from waymark.assess.calibration.families import LOGISTIC, Model, log_probabilities, slopes
from waymark.assess.calibration.missing_information import Evidence, lay_out, multiply_scores
from waymark.assess.calibration.populations import make_nodes, spread_normal
from waymark.assess.calibration.splatting import (
    expect_splats,
    miss_splats,
    scale_scores,
    score_exactly,
    splat,
    sum_exactly,
)
from waymark.assess.items import Floats
from waymark.assess.responses import make_responses

from .drawing import Answers, draw_answers, draw_items, draw_people

PEOPLE, ITEMS = 6_000, 12
ONE = np.ones(1)
THETA = make_nodes(61, mean=0 * ONE, sd=ONE)
LOG_PRIOR = spread_normal(THETA, mean=0 * ONE, sd=ONE)
MODEL = Model(name="2pl", family=LOGISTIC, categories=np.full(ITEMS, 2))


def make(*, people: int = PEOPLE, reverse: bool = True) -> tuple[Floats, Answers]:
    """Return natural parameters, the first item's slope being below zero, and complete answers."""
    items = draw_items("2pl", size=ITEMS, seed=6)
    answers = draw_answers(items, draw_people(people, seed=6), seed=6)
    x = np.stack([items.a, -items.a * items.b], axis=1)
    if reverse:
        x[0], answers[:, 0] = -x[0], 1 - answers[:, 0]
    return x, answers


def test_both_ways_of_sharing_out_give_the_same_bytes() -> None:
    x, answers = make()
    scores = scale_scores(x[:, 0])
    first, second = splat(answers, scores, kernel=True), splat(answers, scores, kernel=False)
    for name in ("people", "right", "bend"):
        assert getattr(first, name).tobytes() == getattr(second, name).tobytes()


def test_nobody_and_no_right_answer_is_lost_in_sharing_out() -> None:
    x, answers = make()
    shared = splat(answers, scale_scores(x[:, 0]))
    assert shared.people.sum() == PEOPLE
    assert np.array_equal(shared.right.sum(axis=0), answers.sum(axis=0))
    assert shared.people.min() >= 0


def test_people_are_shared_out_about_their_scores() -> None:
    x, answers = make()
    scores = scale_scores(x[:, 0])
    shared, own = splat(answers, scores), score_exactly(answers, scores)
    np.testing.assert_allclose(own, answers @ x[:, 0], atol=1e-7)
    mean = (shared.people * scores.bins).sum() / PEOPLE
    assert mean == pytest.approx(own.mean(), abs=scores.width * 1e-3)


@pytest.mark.parametrize("people", [500, PEOPLE])
def test_expected_counts_are_those_of_the_way_by_nodes(people: int) -> None:
    x, answers = make(people=people)
    crowd = make_crowd(make_responses(answers), categories=MODEL.categories)
    first = expect(crowd, MODEL, x, THETA, LOG_PRIOR, doubts=True)
    second = expect_splats((answers,), x, THETA, LOG_PRIOR)
    np.testing.assert_allclose(second.counts, first.counts, atol=1e-5 * people)
    np.testing.assert_allclose(second.density, first.density, atol=1e-5 * people)
    assert second.log_likelihood == pytest.approx(first.log_likelihood, abs=1e-4)
    assert first.doubt is not None
    assert second.doubt is not None
    np.testing.assert_allclose(second.doubt, first.doubt, rtol=1e-4)


def test_the_log_likelihood_is_exact_in_the_end() -> None:
    x, answers = make()
    crowd = make_crowd(make_responses(answers), categories=MODEL.categories)
    plain = expect(crowd, MODEL, x, THETA, LOG_PRIOR).log_likelihood
    assert sum_exactly((answers,), x, THETA, LOG_PRIOR) == pytest.approx(plain, abs=1e-5)


def test_groups_are_expected_apart() -> None:
    x, answers = make()
    two = spread_normal(THETA, mean=np.array([0.0, 0.8]), sd=np.array([1.0, 1.2]))
    group = (np.arange(PEOPLE) >= 4_500).astype(np.int64)
    crowd = make_crowd(make_responses(answers), categories=MODEL.categories, group=group)
    first = expect(crowd, MODEL, x, THETA, two)
    second = expect_splats((answers[group == 0], answers[group == 1]), x, THETA, two)
    np.testing.assert_allclose(second.counts, first.counts, atol=0.05)
    np.testing.assert_allclose(second.density, first.density, atol=0.05)


def test_missing_information_is_that_of_the_way_by_polynomials() -> None:
    x, answers = make()
    evidence = Evidence(
        crowd=make_crowd(make_responses(answers), categories=MODEL.categories),
        table=log_probabilities(MODEL, x, THETA),
        score=slopes(MODEL, x, THETA),
        theta=THETA,
        log_prior=LOG_PRIOR,
        group_score=np.zeros((1, 2, len(THETA))),
    )
    layout = lay_out(MODEL, np.ones(x.shape, dtype=bool), moving=np.zeros(1, dtype=bool))
    expected = multiply_scores(evidence, layout, expected=False)
    found = miss_splats(answers, x, THETA, LOG_PRIOR[0]).reshape(expected.shape)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4 * np.abs(expected).max())


def test_bins_are_finer_for_longer_tests() -> None:
    assert scale_scores(np.ones(2_000)).shift < scale_scores(np.ones(20)).shift
    assert scale_scores(np.zeros(3)).width > 0
