import numpy as np
import pytest
from scipy import stats

from waymark.assess.fit.pacing import Pace, check_pace
from waymark.assess.fit.timing import TimeModel, make_sparse_times, make_times
from waymark.assess.items import Floats, Items, make_items
from waymark.assess.responses import as_list, make_responses, make_sparse_responses
from waymark.errors import BadInput

SIZE, SPEED = 20, 0.35
ITEMS = make_items(tuple(f"i{number}" for number in range(SIZE)), a=1.3, b=np.linspace(-2, 1, SIZE))
BETA, ALPHA = np.linspace(-0.5, 0.5, SIZE), np.linspace(1.8, 2.6, SIZE)
MODEL = TimeModel(
    items=ITEMS.ids,
    beta=BETA,
    alpha=ALPHA,
    speed_sd=SPEED,
    se_beta=np.zeros(SIZE),
    se_alpha=np.zeros(SIZE),
    se_speed_sd=0.0,
    n=np.full(SIZE, 500),
    people=500,
    log_likelihood=0.0,
    iterations=1,
    converged=True,
    errors="",
)


def draw(people: int, *, seed: int = 1) -> tuple[Floats, Floats]:
    """Return answers and minutes of able people."""
    rng = np.random.Generator(np.random.PCG64(seed))
    theta, tau = 1.0 + 0.5 * rng.normal(size=(people, 1)), SPEED * rng.normal(size=(people, 1))
    right = rng.random((people, SIZE)) < 1 / (1 + np.exp(-1.3 * (theta - ITEMS.b)))
    return right.astype(float), np.exp(BETA - tau + rng.normal(size=(people, SIZE)) / ALPHA)


def check(cells: Floats, minutes: Floats, *, items: Items = ITEMS) -> Pace:
    return check_pace(make_responses(cells, items=items.ids), make_times(minutes, items=items.ids), items, MODEL)


def test_the_residual_chi_square_by_hand() -> None:
    cells, minutes = draw(5)
    minutes[2, 7] = np.nan
    found = check(cells, minutes)
    for row, minute in enumerate(np.log(minutes)):
        seen = np.isfinite(minute)
        weight = ALPHA[seen] ** 2
        tau = (weight * (BETA - minute)[seen]).sum() / weight.sum()
        chi_square = (weight * (minute[seen] - BETA[seen] + tau) ** 2).sum()
        assert found.chi_square[row] == pytest.approx(chi_square)
        assert found.p_times[row] == pytest.approx(stats.chi2.sf(chi_square, seen.sum() - 1))
    np.testing.assert_array_equal(found.answers, [20, 20, 19, 20, 20])


def test_the_drift_is_the_slope_of_a_weighted_regression_on_position() -> None:
    cells, minutes = draw(3)
    order = np.argsort(np.random.Generator(np.random.PCG64(2)).random((3, SIZE)), axis=1)
    found = check_pace(
        make_responses(cells, items=ITEMS.ids), make_times(minutes, items=ITEMS.ids), ITEMS, MODEL, position=order
    )
    design = np.stack([np.ones(SIZE), order[1]], axis=1)
    information = (design.T * ALPHA**2) @ design
    slope = np.linalg.solve(information, (design.T * ALPHA**2) @ (np.log(minutes[1]) - BETA))[1]
    error = np.sqrt(np.linalg.inv(information)[1, 1])
    assert found.drift[1] == pytest.approx(slope / error)
    assert found.p_speeded[1] == pytest.approx(stats.norm.cdf(slope / error))


def test_fast_guesses_are_told_from_fast_knowledge() -> None:
    cells, minutes = draw(60)
    rng = np.random.Generator(np.random.PCG64(3))
    cells[:30, :8] = rng.random((30, 8)) < 0.25
    cells[30:, -8:] = 1.0
    minutes[:30, :8] *= 0.1
    minutes[30:, -8:] *= 0.25
    found = check(cells, minutes)
    assert np.median(found.fast[:30]) == 8
    assert np.mean(found.p_rapid[:30] < 0.01) > 0.8
    assert np.mean(found.p_foreknown[:30] < 0.01) < 0.1
    assert np.mean(found.p_foreknown[30:] < 0.01) > 0.2
    assert np.mean(found.p_rapid[30:] < 0.01) < 0.1


def test_who_rushes_through_everything_by_guessing_is_not_taken_for_quick() -> None:
    cells, minutes = draw(20)
    cells[:] = np.random.Generator(np.random.PCG64(4)).random(cells.shape) < 0.25
    found = check(cells, minutes * 0.05)
    assert np.mean(found.p_rapid < 0.001) > 0.8


def test_a_fast_person_who_is_right_does_not_guess() -> None:
    cells, minutes = draw(20)
    cells[:] = 1.0
    found = check(cells, minutes * 0.2)
    assert (found.p_rapid == 1.0).all()
    assert (found.p_times > 1e-4).all()


def test_an_able_speed_is_not_drawn_by_a_few_fast_answers() -> None:
    cells, minutes = draw(20)
    hurried = minutes.copy()
    hurried[:, :6] *= 0.05
    np.testing.assert_allclose(check(cells, hurried).speed, check(cells, minutes).speed, atol=0.35)


def test_open_questions_cannot_be_guessed_right() -> None:
    cells, minutes = draw(1)
    cells[0, :8] = [1, 0, 0, 0, 0, 0, 0, 0]
    minutes[0, :8] *= 0.1
    responses, times = make_responses(cells, items=ITEMS.ids), make_times(minutes, items=ITEMS.ids)
    assert check_pace(responses, times, ITEMS, MODEL).p_rapid[0] < 0.01
    assert check_pace(responses, times, ITEMS, MODEL, chance=np.zeros(SIZE)).p_rapid[0] == 1.0
    with pytest.raises(BadInput, match="chances of a right guess"):
        check_pace(responses, times, ITEMS, MODEL, chance=np.ones(SIZE))


def test_items_with_steps_and_unknown_items_can_be_among_them() -> None:
    cells, minutes = draw(10)
    steps = np.full((SIZE, 2), np.nan)
    steps[0] = [-0.5, 0.5]
    b = ITEMS.b.copy()
    b[1] = np.nan
    mixed = make_items(ITEMS.ids, a=1.3, b=b, kind=("gpcm", *["binary"] * (SIZE - 1)), steps=steps)
    minutes[:, :5] *= 0.05
    cells[:, :5] = 0.0
    assert (check(cells, minutes, items=mixed).p_rapid < 0.01).mean() > 0.5


def test_lists_are_read_as_tables_and_answers_without_times_and_times_without_answers_are_allowed() -> None:
    cells, minutes = draw(8)
    cells[0, 3], minutes[1, 4], minutes[2] = np.nan, np.nan, np.nan
    minutes[3, :5] *= 0.05
    table = make_responses(cells, items=ITEMS.ids)
    listed = make_sparse_responses(*as_list(table), items=ITEMS.ids, people=8)
    person, item = np.nonzero(np.isfinite(minutes))
    times = make_sparse_times(person, item, minutes[person, item], items=ITEMS.ids, people=8)
    one, two = check(cells, minutes), check_pace(listed, times, ITEMS, MODEL)
    for name in Pace.__dataclass_fields__:
        np.testing.assert_allclose(getattr(one, name), getattr(two, name), err_msg=name)
    assert np.isnan([one.p_times[2], one.p_rapid[2], one.speed[2], one.p_speeded[2]]).all()
    assert np.isfinite(np.delete(one.p_times, 2)).all()


def test_times_of_other_people_are_refused() -> None:
    cells, minutes = draw(4)
    with pytest.raises(BadInput, match="other people"):
        check(cells, minutes[:3])
