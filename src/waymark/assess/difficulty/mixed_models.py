"""Mixed models: values explained by features, with residuals by group and by value, and known sampling errors.

y_j = x_j'beta + u_g(j) + e_j + error_j with an intercept among x, beta ~ N(0, v1) for the features, u ~ N(0, v2),
e ~ N(0, v3), error_j ~ N(0, se_j^2) known. The three variances are estimated by restricted maximum likelihood
(Patterson & Thompson 1971) with Newton steps on the average information (Gilmour, Thompson & Cullis 1995). A normal
beta with estimated v1 is ridge regression with the penalty chosen by marginal likelihood. The covariance of a group is
a diagonal plus a constant, so that every step costs O(J F^2) by the Woodbury identity.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf, sqrt
from typing import Final

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import brentq

from waymark.assess.items import Floats, Ints

FEATURES, GROUPS, VALUES = 0, 1, 2  # the variances in the order of every array of three here
Z95: Final = 1.959963984540054
_STEPS: Final = 100
_NODES: Final = 31
_PART: Final = 4_096  # rows whose blocks are solved together
_FINE: Final = 1e-9
_FLOOR: Final = 1e-9  # least variance of a value, as a share of that of all values
_SURE: Final = 0.25  # a variance known to this share of itself has the same interval either way


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """J values in order of their groups: `y` (J,), `design` (J, F + 1) with ones first, `noise` (J,) = se^2.

    `group` (J,) numbers the groups 0, 1, ... and `start` (G,) is the first row of each.
    """

    y: Floats
    design: Floats
    noise: Floats
    group: Ints
    start: Ints

    def add(self, values: Floats) -> Floats:
        """Return the sum of each group: (J,) -> (G,), (J, M) -> (G, M)."""
        found: Floats = np.add.reduceat(values, self.start, axis=0)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """The model at given variances (3,): what is left after beta, and the restricted log-likelihood.

    `beta` (F + 1,) with `covariance`; `gain` (G,) is the variance of each u given its values and beta;
    `load` (G, F + 1) and `pull` (G,) are the sums of design and residual in a group, weighted by `weight` (J,) =
    1 / (v3 + noise), so that u has the mean gain * pull.
    """

    variances: Floats
    log_likelihood: float
    beta: Floats
    covariance: Floats
    weight: Floats
    mass: Floats
    gain: Floats
    load: Floats
    residual: Floats
    pull: Floats
    gram: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """The variances (3,) that fit best, their covariance (3, 3) and 95% intervals (3, 2).

    A variance that was held is NaN, and its place in `solution` is zero; one that ended at zero has zeros in the
    covariance. Intervals are by profile likelihood wherever a variance is known no better than to a quarter of
    itself, else normal on the log.
    """

    solution: Solution
    variances: Floats
    covariance: Floats
    intervals: Floats
    steps: int
    converged: bool


def solve(cells: Cells, variances: Floats) -> Solution:
    """Solve the mixed-model equations (Henderson 1975) at given variances."""
    spread, between, within = variances
    weight = 1.0 / np.maximum(within + cells.noise, _FLOOR * np.var(cells.y) + 1e-18)
    mass = cells.add(weight)
    gain = between / (1.0 + between * mass)
    weighted = cells.design * weight[:, None]
    load = cells.add(weighted)
    sums = cells.add(weight * cells.y)
    gram = weighted.T @ cells.design - load.T @ (gain[:, None] * load)
    right = weighted.T @ cells.y - load.T @ (gain * sums)
    scale = np.full(cells.design.shape[1], sqrt(spread))
    scale[0] = 1.0
    scaled = scale[:, None] * gram * scale
    scaled[np.arange(1, len(scale)), np.arange(1, len(scale))] += 1.0
    factor = cho_factor(scaled, lower=True)
    covariance = scale[:, None] * cho_solve(factor, np.eye(len(scale))) * scale
    beta = covariance @ right
    squares = weight @ (cells.y * cells.y) - gain @ (sums * sums) - right @ beta
    logs = np.log1p(between * mass).sum() - np.log(weight).sum() + 2.0 * np.log(np.diag(factor[0])).sum()
    residual = cells.y - cells.design @ beta
    return Solution(
        variances=np.array(variances, dtype=float),
        log_likelihood=-0.5 * float(logs + squares + (len(cells.y) - 1) * np.log(2 * np.pi)),
        beta=beta,
        covariance=covariance,
        weight=weight,
        mass=mass,
        gain=gain,
        load=load,
        residual=residual,
        pull=cells.add(weight * residual),
        gram=gram,
    )


def project(cells: Cells, solution: Solution, values: Floats) -> Floats:
    """Return W^-1 values, W being the covariance of the values given beta: (J, M) -> (J, M)."""
    weighted = solution.weight[:, None] * values
    shared = solution.gain[:, None] * cells.add(weighted)
    found: Floats = weighted - solution.weight[:, None] * shared[cells.group]
    return found


def slope_of(cells: Cells, solution: Solution) -> tuple[Floats, Floats]:
    """Return the gradient (3,) of the restricted log-likelihood by the variances, and the average information (3, 3).

    With P the projection onto what is left after beta and V_k the derivative of the covariance by variance k:
    gradient -(tr(P V_k) - y'P V_k P y) / 2, information y'P V_k P V_l P y / 2.
    """
    weight, gain, mass, load = solution.weight, solution.gain, solution.mass, solution.load
    spread_beta = solution.covariance
    inside = project(cells, solution, cells.design)
    shared = load / (1.0 + solution.variances[GROUPS] * mass)[:, None]
    left = weight * (solution.residual - (gain * solution.pull)[cells.group])  # P y
    by_group = cells.add(left)
    by_feature = cells.design[:, 1:].T @ left
    hat = solution.gram[1:] @ spread_beta
    traces = np.array(
        [
            np.trace(solution.gram[1:, 1:]) - np.sum(hat * solution.gram[1:]),
            np.sum(mass / (1.0 + solution.variances[GROUPS] * mass)) - np.sum((shared.T @ shared) * spread_beta),
            weight.sum() - gain @ cells.add(weight * weight) - np.sum((inside.T @ inside) * spread_beta),
        ]
    )
    squares = np.array([by_feature @ by_feature, by_group @ by_group, left @ left])
    moved = np.stack([cells.design[:, 1:] @ by_feature, by_group[cells.group], left], axis=1)
    seen = project(cells, solution, moved)
    onto = inside.T @ moved
    return 0.5 * (squares - traces), 0.5 * (moved.T @ seen - onto.T @ spread_beta @ onto)


def fit(cells: Cells, *, free: tuple[int, ...] = (FEATURES, GROUPS, VALUES)) -> Fit:
    """Estimate the variances in `free` (the others stay zero) with their intervals."""
    best, steps, converged = find_best(cells, free=free)
    information = slope_of(cells, best)[1]
    inner = [place for place in free if best.variances[place] > 0]
    covariance = np.zeros((3, 3))
    if inner:
        covariance[np.ix_(inner, inner)] = _invert(information[np.ix_(inner, inner)])
    variances, intervals = np.full(3, np.nan), np.full((3, 2), np.nan)
    for place in free:
        variances[place] = best.variances[place]
        intervals[place] = _bound(cells, best, place, free=free, sd=sqrt(max(covariance[place, place], 0.0)))
    return Fit(
        solution=best,
        variances=variances,
        covariance=covariance,
        intervals=intervals,
        steps=steps,
        converged=converged,
    )


def find_best(cells: Cells, *, free: tuple[int, ...]) -> tuple[Solution, int, bool]:
    """Climb from a third of the variance for each; return the best, the steps taken, and whether they settled."""
    spread, noise = float(np.var(cells.y)), float(np.median(cells.noise))
    total = max(spread - noise, 0.1 * spread, 0.1 * noise, 1e-12)
    start = np.zeros(3)
    start[list(free)] = total / 3.0
    if FEATURES in free:
        start[FEATURES] /= max(cells.design.shape[1] - 1, 1)
    return climb(cells, start, free=free)


def _invert(information: Floats) -> Floats:
    values, vectors = np.linalg.eigh(0.5 * (information + information.T))
    sound = values > 1e-10 * values.max(initial=0.0)
    found: Floats = (vectors[:, sound] / values[sound]) @ vectors[:, sound].T
    return found


def soften_spread(cells: Cells, solution: Solution) -> Solution:
    """Return the solution at the posterior mean of v1 rather than at its mode, which is often zero with few features.

    v2 and v3 stay. The prior of sqrt(v1) is half normal with the standard deviation of y: an effect of a standardised
    feature is seldom larger (Gelman 2006). The mean is over a grid of sqrt(v1).
    """
    spread = max(float(np.std(cells.y)), 1e-9)
    roots = np.linspace(0.0, 1.5 * spread, _NODES)
    found = [solve(cells, np.array([root * root, *solution.variances[1:]])).log_likelihood for root in roots]
    density = np.array(found) - 0.5 * (roots / spread) ** 2
    density = np.exp(density - density.max())
    return solve(cells, np.array([density @ roots**2 / density.sum(), *solution.variances[1:]]))


def climb(cells: Cells, start: Floats, *, free: tuple[int, ...]) -> tuple[Solution, int, bool]:
    """Climb to the variances of greatest likelihood from a start, moving those in `free` and none below zero.

    A step is halved until the likelihood rises. A variance that would pass zero is first cut to a tenth, and put to
    zero once that is no loss; it leaves zero again when the gradient there is positive.
    """
    now = solve(cells, start)
    total = float(start.sum()) + float(np.var(cells.y)) + float(np.median(cells.noise)) + 1e-300
    for step in range(1, _STEPS + 1):
        gradient, information = slope_of(cells, now)
        moving = [place for place in free if now.variances[place] > 0 or gradient[place] > 0]
        if not moving:
            return now, step, True
        push = np.zeros(3)
        inner = information[np.ix_(moving, moving)]
        inner = inner + np.diag(1e-10 * np.diag(inner) + 1e-300)
        push[moving] = np.linalg.solve(inner, gradient[moving])
        expected = 0.5 * float(gradient[moving] @ push[moving])
        if expected < _FINE:
            return _settle(cells, now, free=free, total=total), step, True
        better = _search(cells, now, push, total=total)
        if better is None:  # the average information misled: follow the gradient itself
            push[moving] = gradient[moving] * (total / np.abs(gradient[moving]).max())
            better = _search(cells, now, push, total=total)
        if better is None:
            return now, step, expected < 1e-4
        now = better
    return now, _STEPS, False


def _search(cells: Cells, now: Solution, push: Floats, *, total: float) -> Solution | None:
    share = 1.0
    for _ in range(30):
        aim = np.clip(now.variances + share * push, 0.1 * now.variances, now.variances + 10.0 * total)
        aim = np.where(aim < 1e-8 * total, 0.0, aim)
        found = solve(cells, aim)
        if found.log_likelihood > now.log_likelihood:
            return found
        share /= 2.0
    return None


def _settle(cells: Cells, now: Solution, *, free: tuple[int, ...], total: float) -> Solution:
    for place in free:
        if 0 < now.variances[place] < 1e-4 * total:
            aim = now.variances.copy()
            aim[place] = 0.0
            found = solve(cells, aim)
            if found.log_likelihood >= now.log_likelihood - _FINE:
                now = found
    return now


def _bound(cells: Cells, best: Solution, place: int, *, free: tuple[int, ...], sd: float) -> tuple[float, float]:
    value = float(best.variances[place])
    if value > 0 and sd < _SURE * value:
        reach = float(np.exp(min(Z95 * sd / value, 50.0)))
        return value / reach, value * reach
    others = tuple(one for one in free if one != place)

    def fall(root: float) -> float:
        aim = best.variances.copy()
        aim[place] = root * root
        found = climb(cells, aim, free=others)[0]
        return sqrt(max(2.0 * (best.log_likelihood - found.log_likelihood), 0.0)) - Z95

    centre = sqrt(value)
    low = 0.0 if value == 0 or fall(0.0) < 0 else float(brentq(fall, 0.0, centre, rtol=1e-3, xtol=1e-4 * centre))
    reach = sqrt(float(np.var(cells.y)) + float(np.median(cells.noise))) + 1e-9
    step = min(max(sqrt(value + 2 * sd) - centre, 0.1 * reach), reach)
    high = next((root for root in _widen(centre, step) if fall(root) > 0), inf)
    if high < inf:
        high = float(brentq(fall, centre, high, rtol=1e-3, xtol=1e-4 * high))
    return low * low, high * high


def _widen(centre: float, step: float) -> Iterator[float]:
    for power in range(12):
        yield centre + step * 2.0**power


def drop_groups(cells: Cells, groups: Ints) -> Cells:
    """Return the values of all other groups."""
    rows = ~np.isin(cells.group, groups)
    number = np.unique(cells.group[rows], return_inverse=True)[1]
    return Cells(
        y=cells.y[rows],
        design=cells.design[rows],
        noise=cells.noise[rows],
        group=number,
        start=np.flatnonzero(np.diff(number, prepend=-1)),
    )


def leave_groups_out(cells: Cells, solution: Solution) -> Floats:
    """Return each value less its prediction from all other groups, shape (J,), at the given variances.

    For a group with rows t of P = V^-1 less the part of the intercept, the errors are (P_tt)^-1 (P y)_t: exact, and no
    model is solved anew (Dubrule 1983).
    """
    inside = project(cells, solution, cells.design)
    left = solution.weight * (solution.residual - (solution.gain * solution.pull)[cells.group])
    sizes = np.diff(cells.start, append=len(cells.y))
    errors = np.empty(len(cells.y))
    for size in np.unique(sizes):
        groups = np.flatnonzero(sizes == size)
        for part in np.array_split(groups, max(1, len(groups) * int(size) // _PART)):
            rows = cells.start[part, None] + np.arange(size)
            weight, own = solution.weight[rows], inside[rows]
            block = -solution.gain[part, None, None] * weight[:, :, None] * weight[:, None, :]
            block[:, np.arange(size), np.arange(size)] += weight
            block -= own @ solution.covariance @ own.transpose(0, 2, 1)
            errors[rows] = np.linalg.solve(block, left[rows][:, :, None])[:, :, 0]
    return errors


def shrink(cells: Cells, solution: Solution) -> tuple[Floats, Floats]:
    """Return posterior mean and sd of each y_j - error_j: y - noise P y, with variance noise - noise^2 P_jj."""
    inside = project(cells, solution, cells.design)
    left = solution.weight * (solution.residual - (solution.gain * solution.pull)[cells.group])
    own = solution.weight - solution.gain[cells.group] * solution.weight**2
    own -= np.sum((inside @ solution.covariance) * inside, axis=1)
    return cells.y - cells.noise * left, np.sqrt(np.maximum(cells.noise - cells.noise**2 * own, 0.0))
