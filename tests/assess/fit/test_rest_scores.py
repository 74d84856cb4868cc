import numpy as np
import pytest

from waymark.assess.fit.rest_scores import correlate_rest


def draw(people: int = 400) -> tuple[np.ndarray, np.ndarray]:
    own = np.random.default_rng(4)  # noqa: TID251  tests make their own chance
    right = own.normal(size=(people, 1)) + own.normal(size=(people, 8)) > 0
    return np.where(right, 0, own.integers(1, 3, right.shape)), np.zeros(8, dtype=np.int64)


def test_it_is_the_correlation_with_the_share_right_of_the_other_items() -> None:
    choices, key = draw()
    found = correlate_rest(choices, key, width=4)
    rest = (choices[:, 1:] == 0).mean(axis=1)
    assert found.value[0, 1] == pytest.approx(np.corrcoef(choices[:, 0] == 1, rest)[0, 1])
    assert found.low[0, 0] > 0.2
    assert (found.low[:, :3] < found.value[:, :3]).all()
    assert (found.value[:, :3] < found.high[:, :3]).all()


def test_nothing_is_said_of_an_option_that_hardly_anybody_took() -> None:
    choices, key = draw()
    choices[:9, 0] = 3
    found = correlate_rest(choices, key, width=4)
    assert np.isnan(found.value[0, 3])
    assert np.isnan(found.value[1, 3])


def test_people_who_did_not_answer_do_not_count() -> None:
    choices, key = draw()
    some = choices.copy()
    some[200:, 0] = -1
    assert correlate_rest(some, key, width=3).value[0] == pytest.approx(
        correlate_rest(choices[:200], key, width=3).value[0]
    )
