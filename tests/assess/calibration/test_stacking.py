import numpy as np
import pytest

from waymark.assess.calibration.stacking import predict_mixture, stack, weigh_models
from waymark.assess.responses import Responses, make_responses
from waymark.errors import BadInput


def make_rng(seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(seed))


def draw(*, people: int, size: int, seed: int, spread: float = 0.4, guessing: float = 0.0) -> Responses:
    rng = make_rng(seed)
    a, b = np.exp(rng.normal(0.2, spread, size)), rng.normal(size=size)
    chance = guessing + (1 - guessing) / (1 + np.exp(-a * (rng.normal(size=(people, 1)) - b)))
    return make_responses(rng.random((people, size)) < chance)


def test_a_model_that_is_right_gets_the_weight() -> None:
    rng = make_rng(1)
    true = rng.uniform(0.1, 0.9, 4_000)
    right = rng.random(4_000) < true
    chances = np.stack([true, np.full(4_000, 0.5), 1 - true], axis=1)
    weights = weigh_models(np.where(right[:, None], chances, 1 - chances))
    np.testing.assert_allclose(weights, [1, 0, 0], atol=0.1)
    assert weights.sum() == pytest.approx(1.0)


def test_the_mixture_is_no_worse_than_the_best_on_the_answers_held_back() -> None:
    found = stack(draw(people=300, size=12, seed=2, spread=0.6), rng=make_rng(3), models=("1pl", "2pl"), folds=3)
    assert found.models == ("1pl", "2pl")
    assert found.loss <= found.losses.min() + 1e-9
    assert found.losses[1] < found.losses[0]
    assert found.weights[1] > 0.5


def test_predictions_mix_the_models_and_the_same_seed_gives_the_same() -> None:
    responses = draw(people=120, size=8, seed=4)
    one, other = (stack(responses, rng=make_rng(5), models=("1pl", "2pl"), folds=2) for _ in range(2))
    found = predict_mixture(one, responses)
    assert found.shape == (120, 8)
    assert ((found > 0) & (found < 1)).all()
    np.testing.assert_array_equal(found, predict_mixture(other, responses))


def test_an_item_that_all_got_right_is_still_predicted() -> None:
    responses = draw(people=60, size=5, seed=6)
    assert responses.matrix is not None
    cells = responses.matrix.copy()
    cells[:, 0] = 1
    easy = make_responses(cells)
    assert predict_mixture(stack(easy, rng=make_rng(7), models=("2pl",), folds=2), easy)[:, 0].min() > 0.9


def test_a_model_with_too_few_items_is_left_out() -> None:
    found = stack(draw(people=100, size=3, seed=8), rng=make_rng(9), models=("2pl", "3pl"), folds=2)
    assert found.models == ("2pl",)


def test_what_cannot_be_stacked_is_refused() -> None:
    with pytest.raises(BadInput, match="cannot be stacked"):
        stack(make_responses([[0, 1, 2], [1, 0, 0]]), rng=make_rng(1))
    with pytest.raises(BadInput, match="too few"):
        stack(make_responses([[0, 1, 1], [1, 0, 0]]), rng=make_rng(1), models=("3pl",), folds=2)
