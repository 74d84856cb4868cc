import numpy as np
import pytest
from scipy.special import expit

from waymark.assess.difficulty.marginal_steps import (
    Frame,
    climb,
    cross_scores,
    expect,
    make_frame,
    maximise,
    turn,
    weigh_items,
)
from waymark.assess.items import Floats
from waymark.assess.responses import make_responses

PEOPLE, ITEMS = 300, 7
DESIGN = np.column_stack([np.ones(ITEMS), np.linspace(-1, 1, ITEMS)])


def draw(*, missing: float = 0.2) -> tuple[Floats, Floats, Floats]:
    rng = np.random.default_rng(4)  # noqa: TID251
    a, b, theta = np.exp(rng.normal(0, 0.2, ITEMS)), rng.normal(size=ITEMS), rng.normal(size=PEOPLE)
    right = (rng.random((PEOPLE, ITEMS)) < expit(a * (theta[:, None] - b))).astype(float)
    right[rng.random((PEOPLE, ITEMS)) < missing] = np.nan
    return right, a, b


def frame_of(*, common: bool, tied: bool) -> Frame:
    return make_frame(make_responses(draw()[0]), common=common, design=DESIGN if tied else None, nodes=61)


def likelihood_of(right: Floats, a: Floats, b: Floats) -> float:
    """Return the marginal log-likelihood by Gauss-Hermite quadrature, a rule that the module does not use."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    chance = expit(a[:, None] * (nodes - b[:, None]))
    seen = np.isfinite(right)
    logs = np.where(seen, right, 0) @ np.log(chance) + np.where(seen, 1 - right, 0) @ np.log1p(-chance)
    return float(np.sum(np.log(np.exp(logs) @ (weights / np.sqrt(2 * np.pi)))))


def test_the_likelihood_is_that_of_another_quadrature() -> None:
    right, a, b = draw()
    found = expect(frame_of(common=False, tied=False), a, b)
    assert found.log_likelihood == pytest.approx(likelihood_of(right, a, b), abs=1e-3)
    assert found.seen.sum(axis=1) == pytest.approx(np.isfinite(right).sum(axis=0), abs=1e-4)
    assert found.right.sum(axis=1) == pytest.approx(np.nansum(right, axis=0), abs=1e-4)


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("common", [False, True])
def test_a_climb_ends_where_no_step_is_left_and_never_below_an_em_step(*, common: bool, tied: bool) -> None:
    frame = frame_of(common=common, tied=tied)
    first, place = np.ones(ITEMS), np.zeros(ITEMS)
    once = maximise(frame, first, place, expect(frame, first, place))
    found = climb(frame, first, place)
    assert found.converged
    assert found.log_likelihood > expect(frame, *once).log_likelihood
    again = maximise(frame, found.a, found.b, expect(frame, found.a, found.b))
    assert again[0] == pytest.approx(found.a, abs=2e-6)
    assert again[1] == pytest.approx(found.b, abs=2e-6)


def test_ties_hold() -> None:
    found = climb(frame_of(common=True, tied=True), np.ones(ITEMS), np.zeros(ITEMS))
    assert np.ptp(found.a) == 0
    assert np.diff(found.b) == pytest.approx(np.diff(found.b)[0] * np.ones(ITEMS - 1), abs=1e-12)


def test_ties_cost_likelihood() -> None:
    start = np.ones(ITEMS), np.zeros(ITEMS)
    free, common, tied = (
        climb(frame_of(common=common, tied=tied), *start).log_likelihood
        for common, tied in ((False, False), (True, False), (True, True))
    )
    assert free > common > tied


def test_scores_and_information_are_the_slopes_of_the_likelihood() -> None:
    right, a, b = draw()
    score, information = weigh_items(frame_of(common=False, tied=False), a, b)
    step, item = 1e-3, 3

    def at(rise: float, shift: float) -> float:
        own = np.arange(ITEMS) == item
        return likelihood_of(right, a + rise * own, b + shift * own)

    slope = [(at(step, 0) - at(-step, 0)) / (2 * step), (at(0, step) - at(0, -step)) / (2 * step)]
    assert score[item] == pytest.approx(slope, abs=2e-3)
    middle = at(0, 0)
    bends = [-(at(step, 0) + at(-step, 0) - 2 * middle) / step**2, -(at(0, step) + at(0, -step) - 2 * middle) / step**2]
    cross = -(at(step, step) - at(step, -step) - at(-step, step) + at(-step, -step)) / (4 * step**2)
    assert information[item] == pytest.approx(np.array([[bends[0], cross], [cross, bends[1]]]), rel=1e-3)


def test_cross_scores_sum_over_ties() -> None:
    _, a, b = draw()
    free, tied = frame_of(common=False, tied=False), frame_of(common=True, tied=True)
    counts = expect(free, a, b)
    every = cross_scores(free, a, b, counts.posterior)
    gather = np.zeros((2 * ITEMS, 3))
    gather[:ITEMS, 0] = 1
    gather[ITEMS:, 1:] = DESIGN
    assert cross_scores(tied, a, b, counts.posterior) == pytest.approx(gather.T @ every @ gather, rel=1e-9)


@pytest.mark.parametrize("common", [False, True])
def test_slopes_turn_towards_a_greater_likelihood(*, common: bool) -> None:
    _, _, b = draw()
    frame = frame_of(common=common, tied=False)
    first = np.full(ITEMS, 0.5)
    before = expect(frame, first, b)
    assert expect(frame, turn(frame, first, b, before), b).log_likelihood > before.log_likelihood
