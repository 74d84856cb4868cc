"""Whether items of the richer models, and the groups of a population, come back from made-up answers.

Bars are the errors that the answers allow (root mean squares of stated standard errors, which the exact information
gives, close to the Cramer-Rao bound), with a fifth to spare for chance; stated errors must cover as they say. Errors of
one sample go together, as all hang on who was drawn: with the few samples of a test coverage varies by some .02.
"""

import numpy as np
import pytest

from waymark.assess.calibration.calibrating import calibrate_skill
from waymark.assess.curves import probabilities
from waymark.assess.items import BINARY, Floats, Items, make_items
from waymark.assess.responses import Responses, make_responses

Z95 = 1.959964
SPARE = 1.2


def root_mean_square(values: Floats) -> float:
    return float(np.sqrt(np.mean(values**2)))


def check(off: list[Floats], error: list[Floats], *, within: float, most: float) -> None:
    """Hold errors made beside errors stated, coverage beside .95, and the size of both beside a figure."""
    made, stated = np.array(off), np.array(error)
    assert root_mean_square(made) < SPARE * root_mean_square(stated)
    assert root_mean_square(made) < most
    assert float((np.abs(made) < Z95 * stated).mean()) == pytest.approx(0.95, abs=within)


def make_rng(seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(seed))


def draw_population(people: int, seed: int) -> Floats:
    return make_rng(500 + seed).standard_normal(people)


def draw_answers(items: Items, theta: Floats, *, seed: int) -> Responses:
    rng, table = make_rng(1_000 + seed), probabilities(items, theta)
    scores = np.empty((len(theta), len(items)), dtype=np.int8)
    for item, (first, last) in enumerate(zip(items.offsets[:-1], items.offsets[1:], strict=True)):
        scores[:, item] = (rng.random(len(theta)) > np.cumsum(table[first:last], axis=0)[:-1]).sum(axis=0)
    return make_responses(scores, items=items.ids)


def draw_binary(*, size: int, seed: int, guessing: float = 0.0) -> Items:
    rng = make_rng(seed)
    a, b = np.exp(rng.normal(0, 0.3, size)), rng.normal(0, 1, size)
    return make_items(tuple(f"i{one}" for one in range(size)), a=a, b=b, c=guessing, kind=BINARY)


def draw_stepped(model: str, *, size: int, seed: int) -> Items:
    """Return items with three steps a logit or so apart, so that every score is given."""
    rng = make_rng(seed)
    steps = rng.normal(0, 0.7, (size, 1)) + np.array([-1.0, 0.0, 1.0]) + rng.uniform(-0.3, 0.3, (size, 3))
    return make_items(
        tuple(f"i{one}" for one in range(size)), a=np.exp(rng.normal(0, 0.3, size)), kind=model, steps=steps
    )


def test_items_that_can_be_guessed_come_back_under_learned_priors() -> None:
    slopes, slope_errors, places, place_errors, floors = [], [], [], [], []
    for seed in range(8):
        items = draw_binary(size=30, seed=40 + seed, guessing=0.2)
        answers = draw_answers(items, draw_population(2_000, seed), seed=seed)
        found = calibrate_skill(answers, model="3pl", estimator="map")
        assert found.converged
        slopes.append(np.log(found.items.a / items.a))
        slope_errors.append(found.se_a / found.items.a)
        places.append(found.items.b - items.b)
        place_errors.append(found.se_b)
        floors.append(found.items.c - items.c)
    check(slopes, slope_errors, within=0.03, most=0.17)
    check(places, place_errors, within=0.03, most=0.29)
    assert root_mean_square(np.array(floors)) < 0.08  # the prior alone errs by its sd, .11


@pytest.mark.parametrize("model", ["grm", "gpcm"])
def test_items_with_steps_come_back(model: str) -> None:
    slopes, slope_errors, steps, step_errors = [], [], [], []
    for seed in range(10):
        items = draw_stepped(model, size=15, seed=60 + seed)
        answers = draw_answers(items, draw_population(1_500, seed), seed=seed)
        found = calibrate_skill(answers, model=model)
        assert found.converged
        slopes.append(found.items.a - items.a)
        slope_errors.append(found.se_a)
        steps.append(found.items.steps - items.steps)
        step_errors.append(found.se_steps)
    check(slopes, slope_errors, within=0.04, most=0.09)
    check(steps, step_errors, within=0.03, most=0.15)


def test_two_groups_and_their_items_come_back() -> None:
    slopes, slope_errors, places, place_errors, groups, group_errors = [], [], [], [], [], []
    for seed in range(16):
        items = draw_binary(size=20, seed=80 + seed)
        theta = draw_population(2_000, seed)
        theta[1_000:] = 0.5 + 1.3 * theta[1_000:]
        answers = draw_answers(items, theta, seed=seed)
        found = calibrate_skill(answers, groups=["one"] * 1_000 + ["two"] * 1_000, reference="one")
        assert found.converged
        slopes.append(found.items.a - items.a)
        slope_errors.append(found.se_a)
        places.append(found.items.b - items.b)
        place_errors.append(found.se_b)
        other = found.groups[1]
        groups.append(np.array([other.mean - 0.5, other.sd - 1.3]))
        group_errors.append(np.array([other.se_mean, other.se_sd]))
    check(slopes, slope_errors, within=0.03, most=0.09)
    check(places, place_errors, within=0.03, most=0.11)
    check(groups, group_errors, within=0.05, most=0.065)
