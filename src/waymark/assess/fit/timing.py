"""Timing: the log-normal model of response times (van der Linden 2006).

log T = beta - tau + e / alpha with e ~ N(0, 1): beta is the item's time intensity, alpha its time discrimination, tau
the person's speed, N(0, speed_sd^2) in the population. Times are in minutes.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse

from waymark.assess.items import Floats, Ints
from waymark.errors import BadInput

FEWEST: Final = 5
"""Times of an item below which it is not estimated."""

_DENSE: Final = 0.25
_Z95: Final = 1.959963984540054
_JOINT: Final = 1_500  # items up to which the information matrix is inverted whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Logarithms of the minutes that N people took for J items.

    `seen` (N, J) is one where there is a time and `level` its logarithm, zero elsewhere; arrays, or sparse where few
    are seen.
    """

    items: tuple[str, ...]
    seen: Any
    level: Any

    @property
    def people(self) -> int:
        """Number of people."""
        return int(self.seen.shape[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeModel:
    """Parameters of J items, NaN where fewer than `FEWEST` times were there, and the spread of speed.

    Standard errors are from the expected information of the marginal model, of `alpha` and `speed_sd` by the delta
    method; `errors` says whether all items were inverted together or each by itself. `log_likelihood` is that of the
    log times.
    """

    items: tuple[str, ...]
    beta: Floats
    alpha: Floats
    speed_sd: float
    se_beta: Floats
    se_alpha: Floats
    se_speed_sd: float
    n: Ints
    people: int
    log_likelihood: float
    iterations: int
    converged: bool
    errors: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Speeds:
    """Normal posterior of each person's speed: mean and variance of shape (N,), and how many times they rest on."""

    mean: Floats
    variance: Floats
    answers: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """Minutes of an answer: the mean, and the quantiles between which nine in ten fall."""

    mean: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Correlation:
    """A correlation of speed with ability, freed of the error of both, with its standard error and 95 % interval."""

    value: float
    standard_error: float
    low: float
    high: float
    n: int


def make_times(minutes: ArrayLike, *, items: tuple[str, ...] | None = None) -> Times:
    """Read minutes, a row a person and a column an item, NaN where there is none.

    Raise BadInput, naming row and column, for times that are not above zero.
    """
    given = np.asarray(minutes, dtype=float)
    if given.ndim != 2 or 0 in given.shape:
        raise BadInput(f"times of shape {given.shape}", hint="give a table, a row a person and a column an item")
    names = items or tuple(f"item{number + 1}" for number in range(given.shape[1]))
    if len(names) != given.shape[1]:
        raise BadInput(f"{len(names)} names for {given.shape[1]} columns", hint="name every item once")
    seen = ~np.isnan(given)
    wrong = seen & ~((given > 0) & np.isfinite(given))
    if wrong.any():
        row, column = np.argwhere(wrong)[0]
        raise BadInput(
            f"row {row + 1}, column {names[column]!r}: {given[row, column]} is no time",
            hint="give minutes above zero; leave the cell empty where there is no time",
        )
    level = np.log(np.where(seen, given, 1.0))
    if seen.mean() >= _DENSE:
        return Times(items=names, seen=seen.astype(float), level=level)
    where = np.nonzero(seen)
    return _make_sparse(where, level[where], names, given.shape)


def make_sparse_times(
    person: ArrayLike, item: ArrayLike, minutes: ArrayLike, *, items: tuple[str, ...], people: int
) -> Times:
    """Read a list of times: person number (0 to N - 1), item number (0 to J - 1), minutes."""
    who, what = np.asarray(person, dtype=np.int64), np.asarray(item, dtype=np.int64)
    took = np.asarray(minutes, dtype=float)
    if not len(who) == len(what) == len(took) or not len(who):
        raise BadInput("lists of times of different lengths, or none", hint="one person, item and time an answer")
    if who.min() < 0 or who.max() >= people or what.min() < 0 or what.max() >= len(items):
        raise BadInput("a time by a person or for an item that is not there", hint="number both from 0")
    if not ((took > 0) & np.isfinite(took)).all():
        raise BadInput("a time that is not above zero", hint="leave out answers without a time")
    if len(np.unique(who * len(items) + what)) < len(who):
        raise BadInput("a person with two times for one item", hint="keep the first answer to each item")
    return _make_sparse((who, what), np.log(took), items, (people, len(items)))


def _make_sparse(where: Any, level: Floats, items: tuple[str, ...], shape: tuple[int, ...]) -> Times:  # noqa: ANN401  a pair of arrays, as numpy gives it
    return Times(
        items=items,
        seen=sparse.csr_array((np.ones(len(level)), where), shape=shape),
        level=sparse.csr_array((level, where), shape=shape),
    )


def fit_times(times: Times, *, rounds: int = 2_000, tolerance: float = 1e-7) -> TimeModel:
    """Estimate the log-normal model by marginal maximum likelihood: EM in closed form, gaps allowed.

    Each round also shifts the mean of speed back to zero (parameter expansion, Liu, Rubin & Wu 1998), which makes
    tens of rounds of hundreds. Raise BadInput where fewer than two items have `FEWEST` times.
    """
    n, first, square = (np.asarray(total).ravel() for total in _sum_columns(times))
    spread = square / np.maximum(n, 1) - (first / np.maximum(n, 1)) ** 2
    kept = (n >= FEWEST) & (spread > 1e-8)
    if kept.sum() < 2:
        raise BadInput(f"{int(kept.sum())} items with times to estimate", hint=f"two items need {FEWEST} times each")
    used = _take_items(times, kept)
    beta, variance = first[kept] / n[kept], 0.5 * spread[kept]
    speed = float(np.mean(variance))
    turn, moved = 0, np.inf
    while turn < rounds and moved >= tolerance:
        turn += 1
        before = np.concatenate([beta, np.log(variance), [np.log(speed)]])
        beta, variance, speed = _step(used, beta, variance, speed, sums=(n[kept], first[kept], square[kept]))
        moved = float(np.abs(np.concatenate([beta, np.log(variance), [np.log(speed)]]) - before).max())
    errors = find_errors(used, variance, speed)

    def spread_out(values: Floats) -> Floats:
        whole = np.full(len(kept), np.nan)
        whole[kept] = values
        return whole

    return TimeModel(
        items=times.items,
        beta=spread_out(beta),
        alpha=spread_out(1.0 / np.sqrt(variance)),
        speed_sd=float(np.sqrt(speed)),
        se_beta=spread_out(errors[0]),
        se_alpha=spread_out(0.5 * errors[1] * variance**-1.5),
        se_speed_sd=0.5 * errors[2] / float(np.sqrt(speed)),
        n=n.astype(np.int64),
        people=times.people,
        log_likelihood=_find_log_likelihood(used, beta, variance, speed),
        iterations=turn,
        converged=moved < tolerance,
        errors="all items together" if len(beta) <= _JOINT else "item by item",
    )


def _sum_columns(times: Times) -> tuple[Any, Any, Any]:
    square = times.level.multiply(times.level) if sparse.issparse(times.level) else times.level**2
    return times.seen.sum(axis=0), times.level.sum(axis=0), square.sum(axis=0)


def _take_items(times: Times, kept: Any) -> Times:  # noqa: ANN401  a mask of items
    rows = np.flatnonzero(kept)
    if len(rows) == len(times.items):
        return times
    return Times(items=tuple(times.items[row] for row in rows), seen=times.seen[:, rows], level=times.level[:, rows])


def _find_posterior(times: Times, beta: Floats, variance: Floats, speed: float) -> tuple[Floats, Floats]:
    weight = 1.0 / variance
    posterior = 1.0 / (1.0 / speed + times.seen @ weight)
    return posterior * (times.seen @ (weight * beta) - times.level @ weight), posterior


def _step(
    times: Times, beta: Floats, variance: Floats, speed: float, *, sums: tuple[Floats, Floats, Floats]
) -> tuple[Floats, Floats, float]:
    """Return the parameters after one round of EM."""
    n, first, square = sums
    mean, posterior = _find_posterior(times, beta, variance, speed)
    shift = float(mean.mean())
    beta = (first + times.seen.T @ mean) / n
    squares = square + 2.0 * (times.level.T @ mean) + times.seen.T @ (mean * mean + posterior)
    variance = np.maximum(squares / n - beta * beta, 1e-8)
    return beta - shift, variance, float(np.mean((mean - shift) ** 2 + posterior))


def _find_log_likelihood(times: Times, beta: Floats, variance: Floats, speed: float) -> float:
    """Return the marginal log-likelihood: log times of a person are N(beta, diag(variance) + speed)."""
    weight = 1.0 / variance
    total = times.seen @ weight
    pull = times.level @ weight - times.seen @ (weight * beta)
    square = times.level.multiply(times.level) if sparse.issparse(times.level) else times.level**2
    own = square @ weight - 2.0 * (times.level @ (weight * beta)) + times.seen @ (weight * beta * beta)
    determinant = times.seen @ np.log(2.0 * np.pi * variance) + np.log1p(speed * total)
    return float(-0.5 * (determinant + own - pull * pull * speed / (1.0 + speed * total)).sum())


def find_errors(times: Times, variance: Floats, speed: float) -> tuple[Floats, Floats, float]:
    """Return standard errors of beta, of the residual variances 1 / alpha^2 and of the variance of speed.

    Expected information of N(beta, S), S = diag(variance) + speed 1 1': sum S^-1 for beta, and for two variances
    1/2 tr(S^-1 dS S^-1 dS), S^-1 by Sherman & Morrison (Searle, Casella & McCulloch 1992).
    """
    weight = 1.0 / variance
    total = times.seen @ weight
    left = 1.0 / (1.0 / speed + total)
    n = np.asarray(times.seen.sum(axis=0)).ravel()
    cross = 0.5 * (times.seen.T @ (1.0 - left * total) ** 2) * weight * weight  # with the variance of speed
    own = 0.5 * float(((total - left * total * total) ** 2).sum())
    first, second = times.seen.T @ left, times.seen.T @ (left * left)
    diagonal = 0.5 * weight**2 * (n - 2.0 * weight * first + weight**2 * second)
    if len(variance) > _JOINT:
        error = 1.0 / np.sqrt(n * weight - weight * weight * first)
        return error, 1.0 / np.sqrt(diagonal), 1.0 / np.sqrt(own - float((cross**2 / diagonal).sum()))
    information = np.diag(n * weight) - np.outer(weight, weight) * _weigh_pairs(times, left)
    squares = np.zeros((len(variance) + 1, len(variance) + 1))
    squares[:-1, :-1] = 0.5 * np.outer(weight**2, weight**2) * _weigh_pairs(times, left * left)
    squares[np.arange(len(variance)), np.arange(len(variance))] = diagonal
    squares[-1, :-1] = squares[:-1, -1] = cross
    squares[-1, -1] = own
    found = np.sqrt(np.diag(np.linalg.inv(squares)))
    return np.sqrt(np.diag(np.linalg.inv(information))), found[:-1], float(found[-1])


def _weigh_pairs(times: Times, weight: Floats) -> Floats:
    """Return the sum of the weights of the people who saw both items, (J, J)."""
    if sparse.issparse(times.seen):
        found: Floats = (times.seen.T @ sparse.diags_array(weight) @ times.seen).toarray()
        return found
    return np.asarray((times.seen * weight[:, None]).T @ times.seen, dtype=float)


def find_speeds(times: Times, model: TimeModel) -> Speeds:
    """Return the posterior of every person's speed; items that were not estimated say nothing."""
    if times.items != model.items:
        raise BadInput(f"times of {len(times.items)} items, a model of {len(model.items)}", hint="bring them in line")
    used = _take_items(times, np.isfinite(model.beta))
    kept = np.isfinite(model.beta)
    mean, variance = _find_posterior(used, model.beta[kept], model.alpha[kept] ** -2.0, model.speed_sd**2)
    return Speeds(mean=mean, variance=variance, answers=np.asarray(used.seen.sum(axis=1)).ravel().astype(np.int64))


def update_speed(
    model: TimeModel, item: Ints, minutes: Floats, *, mean: float = 0.0, variance: float | None = None
) -> tuple[float, float]:
    """Return mean and variance of one person's speed after some times, from those before (the population's, if none).

    Conjugate: precisions add, 1 / v' = 1 / v + sum alpha^2, and so do means times precisions.
    """
    took = np.asarray(minutes, dtype=float)
    if not (took > 0).all():
        raise BadInput("a time that is not above zero", hint="leave out answers without a time")
    start = model.speed_sd**2 if variance is None else variance
    known = np.isfinite(model.beta[item])
    weight = model.alpha[item][known] ** 2
    after = 1.0 / (1.0 / start + float(weight.sum()))
    return after * (mean / start + float((weight * (model.beta[item][known] - np.log(took[known]))).sum())), after


def predict_minutes(model: TimeModel, item: Ints, *, mean: float = 0.0, variance: float | None = None) -> Prediction:
    """Return the minutes that answers to some items will take a person of a known posterior of speed.

    The log time is normal, so the mean is exp(beta - mean + (variance + 1 / alpha^2) / 2).
    """
    left = model.speed_sd**2 if variance is None else variance
    centre, sd = model.beta[item] - mean, np.sqrt(left + model.alpha[item] ** -2.0)
    reach = 1.6448536269514722 * sd
    return Prediction(mean=np.exp(centre + 0.5 * sd * sd), low=np.exp(centre - reach), high=np.exp(centre + reach))


def correlate_speed(speeds: Speeds, theta: Floats, theta_sd: Floats, *, ability_sd: float = 1.0) -> Correlation:
    """Return the correlation of speed with ability from posterior means, each shrunk by its own reliability.

    A posterior mean is reliability x truth + noise, reliability = 1 - posterior variance / population variance, so
    Cov(means) = mean(reliability x reliability) Cov(speed, ability) (after Spearman 1904). People without a time or
    with nothing known of their ability are left out.
    """
    speed_variance = float(np.mean(speeds.mean**2 + speeds.variance))
    both = (1.0 - speeds.variance / speed_variance) * (1.0 - (theta_sd / ability_sd) ** 2)
    rows = np.flatnonzero((speeds.answers > 0) & (theta_sd < 0.999 * ability_sd) & np.isfinite(theta))
    if len(rows) < 10:
        raise BadInput(f"{len(rows)} people with both a speed and an ability", hint="ten are the fewest")
    x, y = speeds.mean[rows], theta[rows]
    product = (x - x.mean()) * (y - y.mean())
    scale = float(both[rows].mean()) * np.sqrt(speed_variance) * ability_sd
    value, error = float(product.mean()) / scale, float(product.std(ddof=1)) / np.sqrt(len(rows)) / scale
    return Correlation(
        value=float(np.clip(value, -1, 1)),
        standard_error=float(error),
        low=float(max(value - _Z95 * error, -1.0)),
        high=float(min(value + _Z95 * error, 1.0)),
        n=len(rows),
    )
