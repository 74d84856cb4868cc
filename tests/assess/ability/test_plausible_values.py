import numpy as np
import pytest

from waymark.assess.ability.plausible_values import draw_from, draw_plausible
from waymark.assess.ability.scoring import score
from waymark.assess.items import make_items
from waymark.assess.responses import make_responses
from waymark.errors import BadInput

RNG = 5
SIZE = 12
ITEMS = make_items(tuple(f"i{number}" for number in range(SIZE)), a=1.4, b=np.linspace(-2, 2, SIZE))
MATRIX = np.array([[1] * 9 + [0] * 3, [1] * 4 + [0] * 8, [1] * 12], dtype=np.int8)


def make_rng(seed: int = RNG) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(seed))


def test_draws_of_one_skill_have_the_posterior_s_moments_and_shares() -> None:
    drawn = draw_plausible(make_responses(MATRIX, items=ITEMS.ids), ITEMS, draws=20_000, rng=make_rng())
    found = score(MATRIX, ITEMS)
    np.testing.assert_allclose(drawn.mean(axis=0), found.estimate, atol=0.02)
    np.testing.assert_allclose(drawn.std(axis=0), found.sd, rtol=0.015)
    np.testing.assert_allclose((drawn > 1).mean(axis=0), found.level_probabilities[:, :, 2], atol=0.012)


def test_draws_of_several_skills_have_the_joint_posterior_s_moments() -> None:
    items = make_items(ITEMS.ids, a=ITEMS.a, b=ITEMS.b, skills=("x", "y"), skill=np.arange(SIZE) % 2)
    related = np.array([[1.0, 0.7], [0.7, 1.0]])
    responses = make_responses(MATRIX, items=ITEMS.ids)
    drawn = draw_plausible(responses, items, draws=8_000, rng=make_rng(), correlation=related)
    found = score(responses, items, correlation=related)
    assert found.covariance is not None
    np.testing.assert_allclose(drawn.mean(axis=0), found.estimate, atol=0.03)
    for person in range(3):
        np.testing.assert_allclose(np.cov(drawn[:, person].T), found.covariance[person], atol=0.02)


def test_the_same_seed_gives_the_same_draws() -> None:
    responses = make_responses(MATRIX, items=ITEMS.ids)
    one, other, third = (draw_plausible(responses, ITEMS, draws=3, rng=make_rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, other)
    assert (one != third).all()


def test_a_draw_from_coarse_nodes_keeps_the_variance() -> None:
    theta = np.linspace(-6, 6, 41)  # spacing 0.3, sd 0.45
    weights = np.exp(-0.5 * ((theta - 0.1) / 0.45) ** 2)
    drawn = draw_from(np.tile(weights / weights.sum(), (200_000, 1)), theta, make_rng())
    assert drawn.std() == pytest.approx(0.45, rel=0.01)
    assert drawn.mean() == pytest.approx(0.1, abs=0.005)


def test_no_draws_are_refused() -> None:
    with pytest.raises(BadInput, match="0 draws"):
        draw_plausible(make_responses(MATRIX, items=ITEMS.ids), ITEMS, draws=0, rng=make_rng())
