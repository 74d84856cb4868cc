import numpy as np
import pytest
from scipy import stats

from waymark.assess.fit.timing import (
    TimeModel,
    Times,
    correlate_speed,
    find_errors,
    find_speeds,
    fit_times,
    make_sparse_times,
    make_times,
    predict_minutes,
    update_speed,
)
from waymark.assess.items import Floats
from waymark.errors import BadInput

BETA, ALPHA, SPEED = np.array([0.2, -0.3, 0.6, 0.0, 0.4]), np.array([2.0, 1.5, 2.5, 1.8, 3.0]), 0.4


def draw(*, people: int = 400, missing: float = 0.0) -> Floats:
    rng = np.random.Generator(np.random.PCG64(1))
    tau = SPEED * rng.normal(size=(people, 1))
    minutes = np.exp(BETA - tau + rng.normal(size=(people, 5)) / ALPHA)
    return np.where(rng.random(minutes.shape) < missing, np.nan, minutes)


def make_model() -> TimeModel:
    zero = np.zeros(5)
    return TimeModel(
        items=("item1", "item2", "item3", "item4", "item5"),
        beta=BETA,
        alpha=ALPHA,
        speed_sd=SPEED,
        se_beta=zero,
        se_alpha=zero,
        se_speed_sd=0.0,
        n=np.full(5, 100),
        people=100,
        log_likelihood=0.0,
        iterations=1,
        converged=True,
        errors="",
    )


def sum_densities(minutes: Floats, model: TimeModel) -> float:
    """Return the log-likelihood of the log times from multivariate normal densities."""
    total = 0.0
    for row in np.log(minutes):
        seen = np.isfinite(row)
        covariance = np.diag(model.alpha[seen] ** -2.0) + model.speed_sd**2
        total += float(stats.multivariate_normal(model.beta[seen], covariance).logpdf(row[seen]))
    return total


@pytest.mark.parametrize("missing", [0.0, 0.4])
def test_the_log_likelihood_is_that_of_normal_log_times_and_no_neighbour_is_better(missing: float) -> None:
    minutes = draw(people=80, missing=missing)
    minutes = minutes[np.isfinite(minutes).any(axis=1)]
    model = fit_times(make_times(minutes))
    assert model.converged
    assert model.log_likelihood == pytest.approx(sum_densities(minutes, model))
    for name in ("beta", "alpha"):
        for item in range(5):
            for move in (-0.02, 0.02):
                moved = {n: getattr(model, n) for n in TimeModel.__dataclass_fields__}
                moved[name] = moved[name] + move * (np.arange(5) == item)
                assert sum_densities(minutes, TimeModel(**moved)) < model.log_likelihood
    for speed in (0.98, 1.02):
        moved = {n: getattr(model, n) for n in TimeModel.__dataclass_fields__} | {"speed_sd": speed * model.speed_sd}
        assert sum_densities(minutes, TimeModel(**moved)) < model.log_likelihood


def test_lists_and_tables_of_times_give_the_same_model() -> None:
    minutes = draw(missing=0.4)
    person, item = np.nonzero(np.isfinite(minutes))
    names = make_model().items
    listed = make_sparse_times(person, item, minutes[person, item], items=names, people=400)
    dense, sparse = fit_times(make_times(minutes)), fit_times(listed)
    np.testing.assert_allclose(sparse.beta, dense.beta, atol=1e-10)
    np.testing.assert_allclose(sparse.se_alpha, dense.se_alpha, atol=1e-10)
    assert sparse.log_likelihood == pytest.approx(dense.log_likelihood)
    few = np.full((400, 25), np.nan)
    few[:, :5] = minutes
    assert not isinstance(make_times(few).seen, np.ndarray)
    np.testing.assert_allclose(fit_times(make_times(few)).beta[:5], dense.beta, atol=1e-10)


def test_errors_are_those_of_the_expected_information() -> None:
    times = make_times(draw())
    covariance = np.diag(ALPHA**-2.0) + SPEED**2
    inverse = np.linalg.inv(covariance)
    slopes = [np.diag(1.0 * (np.arange(5) == item)) for item in range(5)] + [np.ones((5, 5))]
    information = np.array([[200 * np.trace(inverse @ one @ inverse @ other) for other in slopes] for one in slopes])
    expected = np.sqrt(np.diag(np.linalg.inv(information)))
    of_beta, of_variance, of_speed = find_errors(times, ALPHA**-2.0, SPEED**2)
    np.testing.assert_allclose(of_beta, np.sqrt(np.diag(covariance) / 400))
    np.testing.assert_allclose(of_variance, expected[:5])
    assert of_speed == pytest.approx(expected[5])


def test_an_item_with_few_times_or_always_the_same_is_not_estimated() -> None:
    minutes = draw()
    minutes[4:, 1] = np.nan
    minutes[:, 3] = 2.0
    model = fit_times(make_times(minutes))
    np.testing.assert_array_equal(np.isnan(model.beta), [False, True, False, True, False])
    np.testing.assert_array_equal(np.isnan(model.se_beta), np.isnan(model.beta))
    assert (find_speeds(make_times(minutes), model).answers <= 3).all()


def test_speed_is_updated_time_by_time_as_all_at_once() -> None:
    model, minutes = make_model(), draw()[0]
    at_once = find_speeds(make_times(minutes[None, :]), model)
    mean, variance = 0.0, SPEED**2
    for item in range(5):
        mean, variance = update_speed(model, np.array([item]), minutes[[item]], mean=mean, variance=variance)
    assert (mean, variance) == pytest.approx((at_once.mean[0], at_once.variance[0]))
    precision = SPEED**-2 + (ALPHA**2).sum()
    assert variance == pytest.approx(1 / precision)
    assert mean == pytest.approx((ALPHA**2 * (BETA - np.log(minutes))).sum() / precision)


def test_predicted_minutes_are_those_of_the_log_normal() -> None:
    found = predict_minutes(make_model(), np.array([2, 4]), mean=0.3, variance=0.05)
    truth = stats.lognorm(s=np.sqrt(0.05 + ALPHA[[2, 4]] ** -2.0), scale=np.exp(BETA[[2, 4]] - 0.3))
    np.testing.assert_allclose(found.mean, truth.mean())
    np.testing.assert_allclose([found.low, found.high], [truth.ppf(0.05), truth.ppf(0.95)])


def test_the_population_is_what_is_known_of_a_stranger() -> None:
    whole = predict_minutes(make_model(), np.array([0]))
    assert whole.mean[0] == pytest.approx(np.exp(0.2 + 0.5 * (SPEED**2 + 0.25)))
    mean, variance = update_speed(make_model(), np.array([], dtype=np.int64), np.array([]))
    assert (mean, variance) == pytest.approx((0.0, SPEED**2))


def test_people_of_whom_nothing_is_known_are_left_out_of_the_correlation() -> None:
    speeds = find_speeds(make_times(draw()), make_model())
    theta = np.linspace(-1, 1, 400)
    known = np.where(np.arange(400) < 300, 0.4, 1.0)
    assert correlate_speed(speeds, theta, known).n == 300
    with pytest.raises(BadInput, match="5 people"):
        correlate_speed(speeds, theta, np.where(np.arange(400) < 5, 0.4, 1.0))


@pytest.mark.parametrize(
    ("minutes", "match"),
    [
        ([[1.0, -2.0]], "row 1, column 'item2': -2.0"),
        ([[1.0, 0.0]], "is no time"),
        ([[np.inf, 1.0]], "is no time"),
        ([1.0], "times of shape"),
    ],
)
def test_what_is_no_time_is_refused(minutes: list[list[float]], match: str) -> None:
    with pytest.raises(BadInput, match=match):
        make_times(minutes)


@pytest.mark.parametrize(
    ("person", "item", "minutes", "match"),
    [
        ([0], [0, 1], [1.0], "different lengths"),
        ([0], [9], [1.0], "not there"),
        ([0], [0], [0.0], "not above zero"),
        ([0, 0], [1, 1], [1.0, 2.0], "two times"),
    ],
)
def test_lists_that_cannot_be_are_refused(person: list[int], item: list[int], minutes: list[float], match: str) -> None:
    with pytest.raises(BadInput, match=match):
        make_sparse_times(person, item, minutes, items=("a", "b"), people=2)


def test_a_model_of_nothing_or_of_other_items_is_refused() -> None:
    with pytest.raises(BadInput, match="1 items with times"):
        fit_times(make_times(draw()[:, :1]))
    with pytest.raises(BadInput, match="3 names for 5"):
        make_times(draw(), items=("a", "b", "c"))
    with pytest.raises(BadInput, match="bring them in line"):
        find_speeds(Times(items=("x",), seen=np.ones((1, 1)), level=np.ones((1, 1))), make_model())
    with pytest.raises(BadInput, match="not above zero"):
        update_speed(make_model(), np.array([0]), np.array([0.0]))
