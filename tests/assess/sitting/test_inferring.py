from collections.abc import Sequence

import numpy as np
import pytest

from waymark.assess.curves import probabilities
from waymark.assess.items import Floats, Ints, Items, make_items
from waymark.assess.sitting.banks import GRID, make_bank
from waymark.assess.sitting.inferring import Belief, Curves, absorb, absorb_all, make_belief, project, reset, tilt

NAN = np.nan
FINE = np.linspace(-9.0, 9.0, 3_601)


def make_mixed(size: int = 12, *, seed: int = 3, **more: Floats | Ints | tuple[str, ...]) -> Items:
    """Return binary items with and without guessing, partial-credit and graded ones, by turns."""
    rng = np.random.default_rng(seed)  # noqa: TID251  tests make their own chance
    steps = np.sort(rng.normal(size=(size, 3)), axis=1)
    kind = tuple(("binary", "binary", "gpcm", "grm")[row % 4] for row in range(size))
    steps[np.array(kind) == "binary"] = NAN
    return make_items(
        tuple(f"i{row}" for row in range(size)),
        a=rng.lognormal(0.1, 0.3, size),
        b=rng.normal(size=size),
        c=np.where(np.arange(size) % 4 == 1, 0.2, 0.0),
        kind=kind,
        steps=steps,
        **more,  # type: ignore[arg-type]
    )


def draw_scores(items: Items, theta: Sequence[float], *, seed: int = 5) -> Ints:
    """Draw a score an item for abilities `theta` (K,)."""
    rng = np.random.default_rng(seed)  # noqa: TID251  tests make their own chance
    table = probabilities(items, np.array(theta))
    scores = [
        rng.choice(width, p=table[first : first + width, skill] / table[first : first + width, skill].sum())
        for first, width, skill in zip(items.offsets, items.categories, items.skill, strict=False)
    ]
    return np.array(scores, dtype=np.int64)


def infer(
    items: Items, scores: Ints, *, correlation: float = 0.0, cases: int | None = None, order: Ints | None = None
) -> tuple[Belief, Floats]:
    """Return the belief after the answers, and the probability that each had before it came."""
    bank = make_bank(items, correlation=correlation)
    rows = np.arange(len(items)) if order is None else order
    testlets = len(items.testlet_sd)
    room = testlets if cases is None else cases
    belief = make_belief(
        np.zeros(len(items.skills)), bank.correlation, capacity=len(rows), testlets=testlets, cases=room
    )
    chances = np.zeros(len(rows))
    absorb_all(belief, bank.curves, rows.astype(np.int64), scores[rows], chances)
    return belief, chances


def moments(x: Floats, weight: Floats) -> tuple[float, float]:
    mean = float((weight * x).sum() / weight.sum())
    return mean, float(np.sqrt((weight * (x - mean) ** 2).sum() / weight.sum()))


def likelihood(items: Items, scores: Ints, theta: Floats) -> Floats:
    """Return the probability of each answer at each ability of its own skill, shape (J, Q)."""
    found: Floats = probabilities(items, theta)[items.offsets[:-1] + scores]
    return found


@pytest.mark.parametrize("sd", [1.5, 1.0, 0.5, 0.2, 0.12, 0.1, 0.06, 0.03, 0.01])
def test_tilting_equals_fine_quadrature_for_wide_and_narrow_distributions(sd: float) -> None:
    items = make_mixed(8)
    curves = make_bank(items).curves.curve
    for mean in np.linspace(-3.0, 3.0, 13) + 0.0137:
        x = mean + sd * np.linspace(-9, 9, 4_001)
        weight = np.exp(-0.5 * ((x - mean) / sd) ** 2)
        for row, curve in enumerate(probabilities(items, x)):
            expected = float((weight * curve).sum() / weight.sum())
            if expected < 1e-4:  # the rule ends at 5.5 standard deviations
                continue
            chance, tilted, variance = tilt(curves[row], mean, sd * sd)
            exact_mean, exact_sd = moments(x, weight * curve)
            assert chance == pytest.approx(expected, rel=5e-3)
            assert tilted == pytest.approx(exact_mean, abs=2e-3 * sd)
            assert np.sqrt(variance) == pytest.approx(exact_sd, rel=1e-3)


@pytest.mark.parametrize("mean", [-6.0, 6.0])
def test_tilting_holds_far_out_on_the_scale(mean: float) -> None:
    items = make_items(("x",), a=1.2, b=0.5, c=0.1)
    curves = make_bank(items).curves.curve
    for sd in (0.2, 0.7):
        x = mean + sd * np.linspace(-9, 9, 4_001)
        for row, curve in enumerate(probabilities(items, x)):
            weight = curve * np.exp(-0.5 * ((x - mean) / sd) ** 2)
            _, tilted, variance = tilt(curves[row], mean, sd * sd)
            assert (tilted, np.sqrt(variance)) == pytest.approx(moments(x, weight), abs=3e-3)


@pytest.mark.parametrize("mean", [-50.0, -20.0, 20.0, 1e6])
def test_beyond_the_grid_a_curve_counts_as_flat_and_teaches_nothing(mean: float) -> None:
    curves = make_bank(make_items(("x",))).curves.curve
    chance, tilted, variance = tilt(curves[1], mean, 0.01)
    assert chance == curves[1][0 if mean < 0 else -1]
    assert (tilted, variance) == (mean, 0.01)


def test_an_answer_that_the_curve_calls_impossible_teaches_nothing() -> None:
    assert tilt(np.zeros(len(GRID)), 0.3, 0.5) == (1e-300, 0.3, 0.5)


def test_the_posterior_of_one_skill_equals_a_dense_grid_for_every_kind_of_item() -> None:
    items = make_mixed(24)
    for theta in (-2.0, 0.0, 1.0, 2.5):
        scores = draw_scores(items, [theta])
        belief, chances = infer(items, scores)
        weight = np.exp(-0.5 * FINE**2 + np.log(likelihood(items, scores, FINE)).sum(axis=0))
        mean, sd = moments(FINE, weight)
        assert belief.mean[0] == pytest.approx(mean, abs=0.02 * sd)
        assert np.sqrt(belief.covariance[0, 0]) == pytest.approx(sd, rel=0.015)
        evidence = weight.sum() / np.exp(-0.5 * FINE**2).sum()
        assert np.log(chances).sum() == pytest.approx(np.log(evidence), abs=0.05)


def test_uncertain_items_are_averaged_over_exactly() -> None:
    covariance = np.tile([[0.09, 0.06], [0.06, 0.25]], (6, 1, 1))
    items = make_items(
        tuple("uvwxyz"), a=np.linspace(0.7, 1.6, 6), b=np.linspace(-1, 1, 6), c=0.1, covariance=covariance
    )
    scores = np.array([1, 1, 0, 1, 1, 0])
    belief, _ = infer(items, scores)
    rng = np.random.default_rng(7)  # noqa: TID251  tests make their own chance
    theta = np.linspace(-5, 5, 201)
    log_likelihood = np.zeros(201)
    for row, score in enumerate(scores):
        draws = rng.multivariate_normal([np.log(items.a[row]), items.b[row]], covariance[row], 8_000)
        right = 0.1 + 0.9 / (1 + np.exp(-np.exp(draws[:, :1]) * (theta - draws[:, 1:])))
        log_likelihood += np.log((right if score else 1 - right).mean(axis=0))
    mean, sd = moments(theta, np.exp(log_likelihood - 0.5 * theta**2))
    assert belief.mean[0] == pytest.approx(mean, abs=0.02)
    assert np.sqrt(belief.covariance[0, 0]) == pytest.approx(sd, rel=0.015)


@pytest.mark.parametrize("correlation", [-0.5, 0.4, 0.9])
def test_the_posterior_of_two_correlated_skills_equals_a_plane_of_points(correlation: float) -> None:
    items = make_mixed(16, skills=("s", "t"), skill=np.array([0, 1] * 4 + [1, 0] * 4))
    scores = draw_scores(items, [1.0, -0.5])
    belief, chances = infer(items, scores, correlation=correlation)
    x = np.linspace(-6, 6, 361)
    each = np.log(likelihood(items, scores, x))
    one, other = np.meshgrid(x, x, indexing="ij")
    prior = -0.5 * (one**2 - 2 * correlation * one * other + other**2) / (1 - correlation**2)
    weight = np.exp(prior + each[items.skill == 0].sum(axis=0)[:, None] + each[items.skill == 1].sum(axis=0))
    sds = []
    for place, values in enumerate((one, other)):
        mean, sd = moments(values, weight)
        sds.append(sd)
        assert belief.mean[place] == pytest.approx(mean, abs=0.02 * sd)
        assert np.sqrt(belief.covariance[place, place]) == pytest.approx(sd, rel=0.01)
    centred = (one - moments(one, weight)[0]) * (other - moments(other, weight)[0])
    shared = float((weight * centred).sum() / weight.sum())
    assert belief.covariance[0, 1] == pytest.approx(shared, abs=0.015 * sds[0] * sds[1])
    assert np.log(chances).sum() == pytest.approx(np.log(weight.sum() / np.exp(prior).sum()), abs=0.05)


def grid_of_cases(items: Items, scores: Ints, x: Floats) -> Floats:
    """Return the likelihood at abilities `x`, each testlet's own dimension integrated out."""
    node, node_weight = np.polynomial.hermite_e.hermegauss(41)
    total = np.ones(len(x))
    for testlet, sd in enumerate(items.testlet_sd):
        moved = np.stack([likelihood(items, scores, x + sd * one) for one in node])  # (nodes, J, Q)
        inside = moved[:, items.testlet == testlet].prod(axis=1)
        total *= (node_weight[:, None] * inside).sum(axis=0) / node_weight.sum()
    found: Floats = total * likelihood(items, scores, x)[items.testlet < 0].prod(axis=0)
    return found


def test_items_of_one_case_share_a_dimension_of_their_own() -> None:
    items = make_mixed(
        20, testlet=np.array([0] * 4 + [1] * 4 + [2] * 4 + [-1] * 8), testlet_sd=np.array([0.8, 1.2, 0.3])
    )
    scores = draw_scores(items, [0.6])
    belief, _ = infer(items, scores)
    x = np.linspace(-6, 6, 481)
    mean, sd = moments(x, grid_of_cases(items, scores, x) * np.exp(-0.5 * x**2))
    assert belief.mean[0] == pytest.approx(mean, abs=0.03 * sd)
    assert np.sqrt(belief.covariance[0, 0]) == pytest.approx(sd, rel=0.015)
    assert belief.case.tolist() == [1, 2, 3]
    alone, _ = infer(make_mixed(20), scores)
    assert alone.covariance[0, 0] < 0.93 * belief.covariance[0, 0]


def test_a_case_may_span_two_skills() -> None:
    items = make_mixed(
        8,
        skills=("s", "t"),
        skill=np.array([0, 1] * 4),
        testlet=np.zeros(8, dtype=np.int64),
        testlet_sd=np.array([1.0]),
    )
    scores = draw_scores(items, [1.0, 0.0])
    belief, _ = infer(items, scores, correlation=0.3)
    x, node = np.linspace(-6, 6, 121), np.linspace(-5, 5, 61)
    moved = np.stack([likelihood(items, scores, x + one) for one in node])
    first, second = (moved[:, items.skill == skill].prod(axis=1) for skill in (0, 1))
    one, other = np.meshgrid(x, x, indexing="ij")
    prior = np.exp(-0.5 * (one**2 - 0.6 * one * other + other**2) / 0.91)
    weight = prior * np.einsum("n,nx,ny->xy", np.exp(-0.5 * node**2), first, second)
    for place, values in enumerate((one, other)):
        mean, sd = moments(values, weight)
        assert belief.mean[place] == pytest.approx(mean, abs=0.03 * sd)
        assert np.sqrt(belief.covariance[place, place]) == pytest.approx(sd, rel=0.02)


def test_a_case_without_room_for_a_dimension_still_blunts_its_answer() -> None:
    items = make_mixed(12, testlet=np.arange(12), testlet_sd=np.full(12, 1.1))  # a case an item: nothing is shared
    scores = draw_scores(items, [0.3])
    with_room, chances = infer(items, scores)
    without, others = infer(items, scores, cases=0)
    assert without.mean[0] == pytest.approx(with_room.mean[0], abs=0.01)
    assert without.covariance[0, 0] == pytest.approx(with_room.covariance[0, 0], rel=0.01)
    assert others == pytest.approx(chances, rel=0.01)


def test_the_order_of_answers_hardly_matters() -> None:
    rng = np.random.default_rng(2)  # noqa: TID251  tests make their own chance
    items = make_mixed(
        24,
        skills=("s", "t"),
        skill=np.arange(24) % 2,
        testlet=np.where(np.arange(24) < 8, 0, -1),
        testlet_sd=np.array([0.7]),
    )
    scores = draw_scores(items, [1.5, -0.5])
    first, _ = infer(items, scores, correlation=0.5)
    for _ in range(5):
        other, _ = infer(items, scores, correlation=0.5, order=rng.permutation(24))
        sd = np.sqrt(np.diag(first.covariance)[:2])
        assert np.abs((other.mean - first.mean)[:2] / sd).max() < 0.02
        assert np.abs(np.sqrt(np.diag(other.covariance)[:2]) / sd - 1).max() < 0.01


def test_thousands_of_answers_still_give_the_exact_posterior() -> None:
    size = 3_000
    rng = np.random.default_rng(4)  # noqa: TID251  tests make their own chance
    items = make_items(tuple(map(str, range(size))), a=rng.lognormal(0, 0.3, size), b=rng.normal(size=size))
    scores = draw_scores(items, [0.7])
    belief, _ = infer(items, scores)
    x = np.linspace(0.2, 1.2, 2_001)
    log_weight = np.log(likelihood(items, scores, x)).sum(axis=0) - 0.5 * x**2
    mean, sd = moments(x, np.exp(log_weight - log_weight.max()))
    assert sd < 0.05
    assert belief.mean[0] == pytest.approx(mean, abs=0.03 * sd)
    assert np.sqrt(belief.covariance[0, 0]) == pytest.approx(sd, rel=0.01)


def test_hostile_items_leave_a_belief_that_is_one() -> None:
    items = make_items(
        tuple("abcdefg"),
        a=np.array([0.0, -2.0, 1.0, 1.0, 1.0, 60.0, 1.5]),
        b=np.array([0, 0, 900.0, -900.0, 0, 0.03, 0]),
        c=np.array([0, 0, 0, 0, 0.999, 0, 0.3]),
    )
    for scores in (np.zeros(7, dtype=np.int64), np.ones(7, dtype=np.int64)):
        belief, chances = infer(items, scores)
        assert np.isfinite(belief.mean).all()
        assert 0 < belief.covariance[0, 0] <= 1.0 + 1e-9
        assert (chances > 0).all()
        assert (chances <= 1 + 1e-12).all()


def test_an_item_without_slope_teaches_nothing_and_one_against_the_scale_turns_round() -> None:
    flat, _ = infer(make_items(("x",), a=0.0), np.array([1]))
    assert (flat.mean[0], flat.covariance[0, 0]) == pytest.approx((0.0, 1.0), abs=2e-6)
    along, _ = infer(make_items(("x",), a=1.5, b=0.4), np.array([1]))
    against, _ = infer(make_items(("x",), a=-1.5, b=0.4), np.array([0]))
    assert against.mean[0] == pytest.approx(along.mean[0], rel=1e-9)


def test_resetting_is_beginning_anew() -> None:
    items = make_mixed(8, testlet=np.zeros(8, dtype=np.int64), testlet_sd=np.array([1.0]))
    belief, _ = infer(items, draw_scores(items, [1.0]))
    reset(belief, np.array([0.5]), np.array([[0.7]]))
    fresh = make_belief(np.array([0.5]), np.array([[0.7]]), capacity=8, testlets=1, cases=1)
    curves: Curves = make_bank(items).curves
    for one in (belief, fresh):
        absorb(one, curves, 3, 1)
    for name in ("mean", "covariance", "tau", "nu", "case", "size"):
        assert np.array_equal(getattr(belief, name), getattr(fresh, name)), name


def test_a_projection_adds_the_dimension_of_its_case() -> None:
    covariance = np.array([[1.0, 0.2], [0.2, 0.5]])
    assert project(np.array([0.3, -0.1]), covariance, 0, -1) == (0.3, 1.0)
    assert project(np.array([0.3, -0.1]), covariance, 0, 1) == pytest.approx((0.2, 1.9))
