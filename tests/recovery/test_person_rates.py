"""How often people whom the model describes are asked to be looked at again, and how often others are."""

import numpy as np

from waymark.assess.curves import logistic
from waymark.assess.fit.options import analyse_options
from waymark.assess.fit.pacing import Pace, check_pace
from waymark.assess.fit.person_fit import PersonFit, fit_people
from waymark.assess.fit.reviewing import LOOK_AGAIN, review_people
from waymark.assess.fit.timing import TimeModel, fit_times, make_times
from waymark.assess.items import Floats, Items, make_items
from waymark.assess.responses import make_responses

SIZE, SPEED = 30, 0.35


def draw(people: int, *, seed: int, correlation: float = 0.3) -> tuple[Items, Floats, Floats]:
    """Return items, answers and minutes, speed and ability correlated."""
    rng = np.random.Generator(np.random.PCG64(seed))
    items = make_items(
        tuple(f"i{number}" for number in range(SIZE)),
        a=1.2 * np.exp(rng.normal(0, 0.25, SIZE)),
        b=rng.normal(size=SIZE),
    )
    beta, alpha = rng.normal(0, 0.4, SIZE), np.exp(rng.normal(0.8, 0.2, SIZE))
    theta = rng.normal(size=(people, 1))
    tau = SPEED * (correlation * theta + np.sqrt(1 - correlation**2) * rng.normal(size=(people, 1)))
    right = rng.random((people, SIZE)) < logistic(items.a * (theta - items.b))
    return items, right.astype(float), np.exp(beta - tau + rng.normal(size=(people, SIZE)) / alpha)


def judge(items: Items, cells: Floats, minutes: Floats, model: TimeModel) -> tuple[PersonFit, Pace]:
    responses, times = make_responses(cells, items=items.ids), make_times(minutes, items=items.ids)
    return fit_people(responses, items), check_pace(responses, times, items, model)


def test_false_alarms_stay_below_their_rates() -> None:
    items, cells, minutes = draw(8000, seed=51)
    fit, pace = judge(items, cells, minutes, fit_times(make_times(minutes, items=items.ids)))
    error = 3.5 * np.sqrt(0.05 * 0.95 / 8000)
    assert 0.025 < (fit.p < 0.05).mean() < 0.05 + error
    assert (fit.p < 0.01).mean() < 0.01 + 3.5 * np.sqrt(0.01 * 0.99 / 8000)
    assert abs((fit.lz_star < -1.645).mean() - 0.05) < 0.005 + error
    for p in (pace.p_times, pace.p_speeded):
        assert abs((p < 0.05).mean() - 0.05) < error
    for p in (pace.p_rapid, pace.p_foreknown):
        assert (p < 0.05).mean() < 0.05
        assert (p < 0.01).mean() < 0.01 + 3.5 * np.sqrt(0.01 * 0.99 / 8000)
    review = review_people(fit, pace)
    assert review.found < review.expected + 3.5 * np.sqrt(review.expected)


def test_lz_is_conservative_where_lz_star_is_not() -> None:
    items, cells, _ = draw(4000, seed=52)
    fit = fit_people(make_responses(cells, items=items.ids), items)
    assert (fit.lz < -1.645).mean() < 0.04
    assert abs(fit.lz_star.std() - 1) < abs(fit.lz.std() - 1)


def test_departures_are_found() -> None:
    items, cells, minutes = draw(1000, seed=53)
    model = fit_times(make_times(minutes, items=items.ids))
    rng = np.random.Generator(np.random.PCG64(54))
    kinds = {"rapid guessing": 0.8, "speededness": 0.4, "foreknowledge": 0.15}
    for kind, power in kinds.items():
        answers, took = cells.copy(), minutes.copy()
        if kind == "rapid guessing":
            answers[:, :10] = rng.random((1000, 10)) < 0.25
            took[:, :10] *= 0.1
        elif kind == "speededness":
            took[:, 20:] *= np.linspace(1, 0.3, 10)
        else:
            answers[:, :10], took[:, :10] = 1.0, 0.3 * took[:, :10]
        review = review_people(*judge(items, answers, took, model))
        flag = next(flag for flag in review.flags if flag.kind == kind)
        assert flag.raised.mean() > power, kind
        assert np.mean([verdict == LOOK_AGAIN for verdict in review.verdicts]) > power


def test_answers_that_came_from_elsewhere_are_found() -> None:
    items, cells, _ = draw(2000, seed=55)
    hard = np.argsort(items.b)[-8:]
    cells[:, hard] = 1.0
    fit = fit_people(make_responses(cells, items=items.ids), items)
    assert (fit.p < 0.05).mean() > 0.4


def test_intervals_of_options_hold_and_sound_items_are_left_alone() -> None:
    rng = np.random.Generator(np.random.PCG64(56))
    of_slope, of_ability, flagged = [], [], []
    for _ in range(12):
        theta = rng.normal(size=1000)
        slope = np.concatenate([np.ones((15, 1)), rng.normal(-0.3, 0.2, (15, 3))], axis=1)
        chance = np.exp(slope * theta[:, None, None] + rng.normal(0, 0.4, (15, 4)))
        chance /= chance.sum(axis=2, keepdims=True)
        choices = (chance.cumsum(axis=2) < rng.random((1000, 15, 1))).sum(axis=2)
        for number, item in enumerate(analyse_options(choices, np.zeros(15, dtype=int))):
            for option in item.options:
                truth = slope[number, option.option] - slope[number].mean()
                own = theta[choices[:, number] == option.option].mean()
                of_slope.append(option.slope_low < truth < option.slope_high)
                of_ability.append(option.ability_low < own < option.ability_high)
                flagged.append(bool(option.flags))
    assert 0.92 < np.mean(of_slope) < 0.98
    assert 0.90 < np.mean(of_ability) < 0.99
    assert np.mean(flagged) < 0.01
