import numpy as np
import pytest

from waymark.assess.fit.pacing import Pace
from waymark.assess.fit.person_fit import PersonFit
from waymark.assess.fit.reviewing import CONSISTENT, LOOK_AGAIN, TOO_LITTLE, list_reasons, review_people
from waymark.assess.items import Floats, Ints
from waymark.errors import BadInput


def make_fit(p: list[float]) -> PersonFit:
    column: Floats = np.zeros(len(p))
    answers: Ints = np.full(len(p), 20)
    return PersonFit(
        theta=column,
        answers=answers,
        lz=column,
        lz_star=column,
        p=np.array(p),
        infit=column,
        infit_z=column,
        outfit=column,
        outfit_z=column,
    )


def make_pace(people: int, *, answers: int = 20, **p: list[float]) -> Pace:
    one: Floats = np.ones(people)
    told = {name: np.array(p.get(name, one)) for name in ("p_times", "p_rapid", "p_foreknown", "p_speeded")}
    number: Ints = np.full(people, answers)
    return Pace(answers=number, speed=one, chi_square=one, fast=number, drift=one, **told)


def test_answers_alone_are_judged_at_the_whole_rate() -> None:
    review = review_people(make_fit([0.5, 0.009, np.nan]))
    assert review.verdicts == (CONSISTENT, LOOK_AGAIN, TOO_LITTLE)
    assert (review.flags[0].level, review.found) == (0.01, 1)
    assert review.expected == pytest.approx(0.02)
    np.testing.assert_allclose(review.flags[0].p_adjusted, [0.5, 0.018, np.nan])


def test_five_tests_share_the_rate() -> None:
    review = review_people(make_fit([0.009, 0.0019]), make_pace(2))
    assert {flag.level for flag in review.flags} == {0.002}
    assert review.verdicts == (CONSISTENT, LOOK_AGAIN)


def test_reasons_come_in_words_the_rarest_first() -> None:
    pace = make_pace(2, p_rapid=[1e-6, 1.0], p_times=[1e-4, 0.2])
    review = review_people(make_fit([0.5, 0.5]), pace)
    first, second = list_reasons(review, 0)
    assert first.startswith("rapid guessing: fast answers that are no better than chance (p = 1e-06; 0.20%")
    assert second.startswith("times: ")
    assert list_reasons(review, 1) == ()


def test_reasons_that_are_equally_rare_are_told_all_the_same() -> None:
    review = review_people(None, make_pace(1, p_rapid=[1e-6], p_times=[1e-6]))
    assert len(list_reasons(review, 0)) == 2


def test_few_times_are_no_evidence() -> None:
    review = review_people(None, make_pace(1, answers=9, p_rapid=[1e-9]))
    assert review.verdicts == (TOO_LITTLE,)
    assert review.expected == 0.0


@pytest.mark.parametrize("alpha", [0.0, 1.0])
def test_a_rate_that_is_none_is_refused(alpha: float) -> None:
    with pytest.raises(BadInput, match="rate of false alarms"):
        review_people(make_fit([0.5]), alpha=alpha)


def test_nothing_and_different_people_are_refused() -> None:
    with pytest.raises(BadInput, match="nothing to review"):
        review_people()
    with pytest.raises(BadInput, match="nothing to review"):
        review_people(make_fit([0.5]), make_pace(2))
