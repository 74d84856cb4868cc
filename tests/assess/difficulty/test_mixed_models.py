import numpy as np
import pytest

from waymark.assess.difficulty.mixed_models import (
    Cells,
    drop_groups,
    fit,
    leave_groups_out,
    shrink,
    slope_of,
    soften_spread,
    solve,
)
from waymark.assess.items import Floats

VARIANCES = np.array([0.1, 0.3, 0.05])


@pytest.fixture(scope="module")
def cells() -> Cells:
    rng = np.random.default_rng(3)  # noqa: TID251
    group = np.sort(np.concatenate([np.arange(12), rng.integers(0, 12, size=28)]))
    standard = rng.normal(size=(40, 4))
    noise = rng.uniform(0.05, 0.4, size=40) ** 2
    y = standard @ rng.normal(0, 0.4, size=4) + rng.normal(0, 0.6, size=12)[group] + rng.normal(0, 0.3, size=40)
    return Cells(
        y=y,
        design=np.column_stack([np.ones(40), standard]),
        noise=noise,
        group=group,
        start=np.flatnonzero(np.diff(group, prepend=-1)),
    )


def parts_of(cells: Cells) -> list[Floats]:
    same = (cells.group[:, None] == cells.group).astype(float)
    return [cells.design[:, 1:] @ cells.design[:, 1:].T, same, np.eye(len(cells.y))]


def write_out(cells: Cells, variances: Floats) -> tuple[float, Floats]:
    """Return restricted log-likelihood and projection P by the textbook's full matrices."""
    size = len(cells.y)
    parts = parts_of(cells)
    full = np.diag(cells.noise) + sum(one * part for one, part in zip(variances, parts, strict=True))
    inverse, ones = np.linalg.inv(full), np.ones(size)
    mass = ones @ inverse @ ones
    projection = inverse - np.outer(inverse @ ones, inverse @ ones) / mass
    logs = np.linalg.slogdet(full)[1] + np.log(mass) + (size - 1) * np.log(2 * np.pi)
    return -0.5 * float(logs + cells.y @ projection @ cells.y), projection


@pytest.mark.parametrize("variances", [VARIANCES, VARIANCES * [0, 1, 1], VARIANCES * [1, 0, 1], VARIANCES * [1, 1, 0]])
def test_the_likelihood_is_that_of_the_full_matrices(cells: Cells, variances: Floats) -> None:
    assert solve(cells, variances).log_likelihood == pytest.approx(write_out(cells, variances)[0], abs=1e-9)


def test_gradient_and_average_information_are_those_of_the_full_matrices(cells: Cells) -> None:
    gradient, information = slope_of(cells, solve(cells, VARIANCES))
    step = 1e-6 * np.eye(3)
    rises = [write_out(cells, VARIANCES + one)[0] - write_out(cells, VARIANCES - one)[0] for one in step]
    assert gradient == pytest.approx(np.array(rises) / 2e-6, abs=1e-4)
    left = write_out(cells, VARIANCES)[1]
    wanted = [[0.5 * cells.y @ left @ a @ left @ b @ left @ cells.y for b in parts_of(cells)] for a in parts_of(cells)]
    assert information == pytest.approx(np.array(wanted), rel=1e-8)


def test_the_fit_is_a_maximum(cells: Cells) -> None:
    done = fit(cells)
    assert done.converged
    for place in range(3):
        for factor in (0.9, 1.1):
            near = done.solution.variances.copy()
            near[place] = near[place] * factor + 1e-6
            assert write_out(cells, near)[0] <= done.solution.log_likelihood + 1e-8


def test_intervals_hold_the_estimate_and_end_where_the_profile_falls(cells: Cells) -> None:
    done = fit(cells)
    assert (done.intervals[:, 0] <= done.variances).all()
    assert (done.variances <= done.intervals[:, 1]).all()
    at_end = done.solution.variances.copy()
    at_end[0] = done.intervals[0, 1]  # known too little for a normal interval, so by profile
    fall = 2 * (done.solution.log_likelihood - write_out(cells, at_end)[0])
    assert fall >= 1.96**2 - 0.05  # the profile lies above the likelihood with the others held


def test_a_variance_that_is_not_there_ends_at_zero_with_an_upper_limit(cells: Cells) -> None:
    rng = np.random.default_rng(8)  # noqa: TID251
    flat = Cells(
        y=rng.normal(0, np.sqrt(cells.noise)),
        design=cells.design,
        noise=cells.noise,
        group=cells.group,
        start=cells.start,
    )
    done = fit(flat)
    assert done.converged
    assert done.variances.min() == 0
    assert (done.intervals[:, 1] > 0).all()


def test_a_variance_that_was_not_asked_for_is_not_a_number(cells: Cells) -> None:
    done = fit(cells, free=(0, 2))
    assert np.isnan(done.variances[1])
    assert np.isnan(done.intervals[1]).all()
    assert done.solution.variances[1] == 0


def test_leaving_a_group_out_is_fitting_the_others(cells: Cells) -> None:
    errors = leave_groups_out(cells, solve(cells, VARIANCES))
    for group in (0, 5, 11):
        rows = cells.group == group
        beta = solve(drop_groups(cells, np.array([group])), VARIANCES).beta
        assert errors[rows] == pytest.approx(cells.y[rows] - cells.design[rows] @ beta, abs=1e-9)


def test_posteriors_are_those_of_the_full_matrices(cells: Cells) -> None:
    mean, sd = shrink(cells, solve(cells, VARIANCES))
    left = write_out(cells, VARIANCES)[1]
    assert mean == pytest.approx(cells.y - cells.noise * (left @ cells.y), abs=1e-9)
    assert sd == pytest.approx(np.sqrt(cells.noise - cells.noise**2 * np.diag(left)), abs=1e-9)


def test_the_softened_spread_is_never_zero(cells: Cells) -> None:
    none = solve(cells, VARIANCES * [0, 1, 1])
    assert (np.diag(soften_spread(cells, none).covariance) > np.diag(none.covariance)).all()
