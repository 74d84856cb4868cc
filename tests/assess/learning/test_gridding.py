import os
import subprocess
import sys

import numpy as np
import pytest

from waymark.assess.curves import logistic, probabilities
from waymark.assess.items import BINARY, GRADED, PARTIAL_CREDIT, Floats, Items, make_items
from waymark.assess.learning.gridding import ItemBeliefs, is_off, learn_answer, read_curve
from waymark.assess.learning.updating import make_beliefs
from waymark.assess.sitting.banks import GRID
from waymark.assess.softening import gauss_hermite
from waymark.errors import BadInput


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)  # noqa: TID251  tests make their own chance


def make_unsure(kind: str = BINARY, *, c: float = 0.0, tie: float = 0.0, slope_sd: float = 0.3) -> Items:
    cross = tie * slope_sd * 0.67
    covariance = np.array([[[slope_sd**2, cross], [cross, 0.67**2]]])
    steps = None if kind == BINARY else np.array([[-0.4, 0.6, 1.1]])
    return make_items(("one",), a=1.2, b=0.4, c=c, kind=kind, steps=steps, covariance=covariance)


def answer(items: Items, count: int, *, seed: int = 2) -> tuple[Floats, Floats, Floats]:
    """Draw cavities and scores of people who answer a binary item somewhat steeper and harder than it is believed."""
    own = rng(seed)
    mean, variance = own.normal(0.6, 0.7, count), own.uniform(0.08, 0.4, count)
    u = mean + np.sqrt(variance) * own.standard_normal(count)
    right = own.random(count) < items.c + (1 - items.c) * logistic(1.5 * (u - 0.9))
    return mean, variance, right.astype(float)


def learn(items: Items, mean: Floats, variance: Floats, score: Floats) -> ItemBeliefs:
    beliefs = make_beliefs(items)
    for one in range(len(mean)):
        learn_answer(beliefs, 0, int(score[one]), float(mean[one]), float(variance[one]))
    return beliefs


def integrate(items: Items, mean: Floats, variance: Floats, score: Floats) -> tuple[Floats, Floats]:
    """Return posterior mean (2,) and covariance (2, 2) of (log a, b) by brute force on a fine grid."""
    first, second = np.meshgrid(np.linspace(-1.2, 1.5, 121), np.linspace(-2.5, 3.5, 301), indexing="ij")
    off = np.stack([first - np.log(items.a[0]), second - items.b[0]], axis=-1)
    level = -0.5 * np.einsum("xyp,pr,xyr->xy", off, np.linalg.inv(items.covariance[0]), off)
    nodes, weights = gauss_hermite(31)
    for one in range(len(mean)):
        right = np.zeros_like(first)
        for node, weight in zip(nodes, weights, strict=True):
            u = mean[one] + np.sqrt(variance[one]) * node
            right += weight * (items.c[0] + (1 - items.c[0]) * logistic(np.exp(first) * (u - second)))
        level += np.log(right if score[one] else 1 - right)
    share = np.exp(level - level.max())
    share /= share.sum()
    point = np.stack([first, second], axis=-1)
    middle = np.einsum("xy,xyp->p", share, point)
    away = point - middle
    return middle, np.einsum("xy,xyp,xyr->pr", share, away, away)


@pytest.mark.parametrize(
    ("count", "c", "tie"), [(1, 0.0, 0.0), (25, 0.0, 0.0), (25, 0.2, 0.6), (400, 0.0, -0.5), (400, 0.25, 0.0)]
)
def test_the_grid_gives_the_posterior_that_brute_force_gives(count: int, c: float, tie: float) -> None:
    items = make_unsure(c=c, tie=tie)
    mean, variance, score = answer(items, count)
    found = learn(items, mean, variance, score)
    middle, spread = integrate(items, mean, variance, score)
    sd = np.sqrt(np.diag(spread))
    assert np.abs((found.mean[0] - middle) / sd).max() < 0.04
    assert np.sqrt(np.diag(found.covariance[0])) == pytest.approx(sd, rel=0.03)
    assert found.covariance[0, 0, 1] / sd.prod() == pytest.approx(spread[0, 1] / sd.prod(), abs=0.04)
    assert found.answers[0] == count
    assert found.weight[0].sum() == pytest.approx(1.0)


def test_precision_keeps_growing_with_answers_because_grids_are_laid_anew() -> None:
    items = make_unsure()
    mean, variance, score = answer(items, 6_000)
    some, all_of_them = learn(items, mean[:1_500], variance[:1_500], score[:1_500]), learn(items, mean, variance, score)
    sd = [float(np.sqrt(one.covariance[0, 1, 1])) for one in (some, all_of_them)]
    assert sd[1] == pytest.approx(sd[0] / 2.0, rel=0.1)
    assert all_of_them.step[0, 1] < 0.1 * make_beliefs(items).step[0, 1]
    assert abs(all_of_them.mean[0, 1] - 0.9) < 3.5 * sd[1]
    assert not is_off(all_of_them, 0)


def test_slopes_that_are_known_stay_while_the_place_is_learned() -> None:
    items = make_unsure(slope_sd=0.0)
    found = learn(items, *answer(items, 60))
    assert found.mean[0, 0] == np.log(1.2)
    assert found.covariance[0, 0].tolist() == [0.0, 0.0]
    assert 0.4 < found.mean[0, 1] < 1.4
    assert found.covariance[0, 1, 1] < 0.67**2 / 3


def test_known_items_learn_nothing() -> None:
    items = make_items(("one",), a=1.2, b=0.4)
    found = learn(items, *answer(items, 5))
    assert found.answers[0] == 0
    assert found.covariance[0].tolist() == [[0.0, 0.0], [0.0, 0.0]]


def test_a_person_without_a_cavity_teaches_nothing() -> None:
    beliefs = make_beliefs(make_unsure())
    learn_answer(beliefs, 0, 1, 0.3, 0.0)
    assert beliefs.answers[0] == 0


@pytest.mark.parametrize("kind", [PARTIAL_CREDIT, GRADED])
def test_of_items_with_steps_the_location_is_learned_and_nothing_else(kind: str) -> None:
    items, own = make_unsure(kind), rng(4)
    mean, variance = own.normal(0.5, 0.8, 120), own.uniform(0.08, 0.3, 120)
    score = own.integers(0, 4, 120)
    found = learn(items, mean, variance, score.astype(float))
    shift = np.linspace(-3.0, 3.0, 1_201)
    level = -0.5 * (shift / 0.67) ** 2
    nodes, weights = gauss_hermite(31)
    for one in range(120):
        u = mean[one] + np.sqrt(variance[one]) * nodes
        curve = probabilities(items, (u[:, None] - shift).ravel())[score[one]].reshape(31, -1)
        level += np.log(weights @ curve)
    share = np.exp(level - level.max())
    share /= share.sum()
    middle = float((share * shift).sum())
    sd = float(np.sqrt((share * (shift - middle) ** 2).sum()))
    assert found.mean[0, 1] == pytest.approx(items.b[0] + middle, abs=0.04 * sd)
    assert np.sqrt(found.covariance[0, 1, 1]) == pytest.approx(sd, rel=0.03)
    assert found.mean[0, 0] == np.log(1.2)
    assert found.covariance[0, 0].tolist() == [0.3**2, 0.0]


def test_curves_are_read_between_their_nodes_and_are_flat_far_beyond_them() -> None:
    curve = logistic(1.6 * (GRID - 0.3))
    for u in (-7.97, -1.23, 0.31, 2.06, 7.9):
        assert read_curve(curve, u) == pytest.approx(float(logistic(np.array(1.6 * (u - 0.3)))), abs=2e-6)
    assert 0.0 <= read_curve(curve, -30.0) < 1e-4
    assert read_curve(curve, 30.0) == pytest.approx(1.0, abs=1e-4)


def test_items_that_run_against_the_scale_are_refused() -> None:
    items = make_items(("one",), a=-0.5, covariance=np.array([np.diag([0.1, 0.1])]))
    with pytest.raises(BadInput, match="'one' has no slope above zero"):
        make_beliefs(items)


def test_interpreted_and_compiled_kernels_give_the_same_bits() -> None:
    code = """
import numpy as np
from waymark.assess.learning.gridding import learn_answer
from waymark.assess.items import make_items
from waymark.assess.learning.updating import make_beliefs
covariance = np.tile(np.diag([0.09, 0.45]), (2, 1, 1))
steps = np.array([[np.nan, np.nan], [-0.3, 0.5]])
items = make_items(("x", "y"), a=1.1, b=0.2, c=[0.2, 0.0], kind=("binary", "gpcm"), steps=steps, covariance=covariance)
beliefs = make_beliefs(items)
for step in range(40):
    learn_answer(beliefs, step % 2, (step * 7) % 2, 0.05 * step - 0.8, 0.1 + 0.01 * step)
print(beliefs.weight.tobytes().hex(), beliefs.mean.tobytes().hex(), beliefs.step.tobytes().hex())
"""
    printed = [
        subprocess.run(  # noqa: S603  our own interpreter and code
            [sys.executable, "-c", code],
            env={**os.environ, "NUMBA_DISABLE_JIT": switch},  # noqa: TID251  the switch lives there
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for switch in ("0", "1")
    ]
    assert printed[0] == printed[1]
    assert printed[0]
