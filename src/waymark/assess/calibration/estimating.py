"""Estimating: EM to the end, on nodes that are fine enough."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import count
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from waymark.assess.calibration.accelerating import FixedPoint, find_fixed_point
from waymark.assess.calibration.believing import (
    Beliefs,
    Design,
    doubt_items,
    learn,
    make_prior,
    miss_roughly,
    pack_beliefs,
    unpack_beliefs,
)
from waymark.assess.calibration.calibrations import Priors
from waymark.assess.calibration.expecting import Expected
from waymark.assess.calibration.families import ASYMPTOTIC, LOGISTIC, Model, naturalise
from waymark.assess.calibration.maximising import Prior, maximise
from waymark.assess.calibration.populations import describe_spread, make_nodes, spread_normal
from waymark.assess.items import Floats

Expect: TypeAlias = Callable[[Floats, Floats, Floats], Expected]
"""The E-step: natural parameters x (J, P), nodes (Q,) and log weights (G, Q) to expected counts."""
Track: TypeAlias = Callable[[int, float], object]

_MOST_NODES: Final = 2_000
_MOST_CELLS: Final = 5_000_000  # items x categories x nodes: 40 MB a table, of which a step makes several
_WORK: Final = 8e8  # cells x parameters an item, over all steps: some 15 CPU s
_DEARER: Final = 4  # times as much for a cell of other models than a 1PL or 2PL without priors
_FEWEST: Final = 20  # steps on one set of nodes, however many items there are
_STEEP: Final = 8.0  # beyond this slope, or
_FAR: Final = 30.0  # this intercept, an estimate is on its way to infinity
_SAME_VALUE: Final = 1e-3
_SAME_PART: Final = 1e-9
_SAME_PLACE: Final = 1e-5  # of one step of EM: the fixed point lies some ten times as far


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What is to be estimated: coordinates where `free` (J, P), mean and sd of the groups that are `moving` (G,)."""

    model: Model
    expect: Expect
    free: NDArray[np.bool_]
    moving: NDArray[np.bool_]
    priors: Priors
    design: Design
    tolerance: float = 1e-7
    iterations: int = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Where estimation stands: coordinates y (J, P), groups' means and sds (G,), beliefs about items or none."""

    y: Floats
    mean: Floats
    sd: Floats
    beliefs: Beliefs | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """The end of estimation; `grid` says in words how the check with twice the nodes ended, `settled` whether well.

    `passed_over` counts items whose estimates run off and still move, which that check took no notice of.
    """

    state: State
    theta: Floats
    log_likelihood: float
    iterations: int
    converged: bool
    grid: str
    settled: bool
    passed_over: int


def solve(task: Task, start: State, *, nodes: int, check: bool = True, track: Track | None = None) -> Solution:
    """Estimate on `nodes` nodes, then on twice as many until neither value nor parameters move.

    Items whose estimates run off to infinity need not stand still: what moves them is rounding, as the likelihood no
    longer depends on them.
    """
    state, iterations, left = start, 0, _find_budget(task)
    while True:
        theta = make_nodes(nodes, mean=state.mean, sd=state.sd)
        cells = len(state.y) * task.model.width * len(theta)
        point = _settle(task, state, theta, track, most=max(_FEWEST, int(left / cells)))
        left -= point.iterations * cells
        state, iterations = unpack(task, point.point, state), iterations + point.iterations
        here = advance(task, point.point, state, theta)
        finer = advance(task, point.point, state, make_nodes(2 * nodes - 1, mean=state.mean, sd=state.sd))
        change = abs(finer.log_likelihood - here.log_likelihood)
        runaways = _find_runaways(task, state)
        loose, shift = _mark(task, state, runaways), np.abs(finer.image - here.image)
        moved = float(shift[~loose].max(initial=0.0))
        fine = change <= max(_SAME_VALUE, _SAME_PART * abs(here.log_likelihood)) and moved <= _SAME_PLACE
        most = 2 * nodes > _MOST_NODES or 2 * cells > _MOST_CELLS or left <= 0
        if fine or not check or most or not point.converged:
            break
        nodes = 2 * nodes - 1
    words = f"{len(theta)} nodes; twice as many move the log-likelihood by {change:.1e}"
    return Solution(
        state=state,
        theta=theta,
        log_likelihood=here.log_likelihood,
        iterations=iterations,
        converged=point.converged,
        grid=words if fine else words + ": not settled",
        settled=fine or not check,
        passed_over=int(runaways.sum()) if float(shift[loose].max(initial=0.0)) > _SAME_PLACE else 0,
    )


def _find_budget(task: Task) -> float:
    """Return how many cells all steps together may go through."""
    plain = task.model.family == LOGISTIC and not task.model.logarithmic
    return _WORK / task.model.parameters / (1 if plain else _DEARER)


def _find_runaways(task: Task, state: State) -> NDArray[np.bool_]:
    """Return which items (J,) have estimates on their way to infinity."""
    x = naturalise(task.model, state.y)
    last = 2 if task.model.family in {LOGISTIC, ASYMPTOTIC} else x.shape[1]
    found: NDArray[np.bool_] = (np.abs(x[:, 0]) >= _STEEP) | (np.abs(x[:, 1:last]) >= _FAR).any(axis=1)
    return found


def _mark(task: Task, state: State, items: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which numbers of a packed state belong to the given items (J,)."""
    nothing = np.zeros_like(state.y)
    marks = replace(state, y=nothing + items[:, None])
    found: NDArray[np.bool_] = pack(task, marks) != pack(task, replace(state, y=nothing))
    return found


def _settle(task: Task, state: State, theta: Floats, track: Track | None, *, most: int) -> FixedPoint:
    number = count(1)

    def step(packed: Floats) -> tuple[Floats, float | None]:
        found = advance(task, packed, state, theta)
        if track is not None:
            track(next(number), found.log_likelihood)
        return found.image, found.value

    start, iterations = pack(task, state), min(most, task.iterations)
    return find_fixed_point(step, start, tolerance=task.tolerance, iterations=iterations)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of EM: the `image` of a packed state, the objective and the log-likelihood of that state itself."""

    image: Floats
    value: float | None
    log_likelihood: float


def advance(task: Task, packed: Floats, like: State, theta: Floats) -> Step:
    """Take one step of EM from a packed state."""
    state = unpack(task, packed, like)
    prior = make_prior(task.model, state.beliefs, priors=task.priors, design=task.design)
    log_prior = spread_normal(theta, mean=state.mean, sd=state.sd)
    x = naturalise(task.model, state.y)
    found = task.expect(x, theta, log_prior)
    y, information = maximise(task.model, state.y, found.counts, theta, prior=prior, free=task.free)
    beliefs, learning = state.beliefs, state.beliefs is not None and task.priors.learn
    if learning:
        doubt = doubt_items(information, miss_roughly(task.model, x, found, theta), task.free)
        rows = np.flatnonzero(task.free[:, 1])
        beliefs = learn(task.model, y, doubt, priors=task.priors, design=task.design, rows=rows)
    mean, sd = describe_spread(found.density, theta)
    following = State(
        y=y,
        mean=np.where(task.moving, mean, state.mean),
        sd=np.where(task.moving, sd, state.sd),
        beliefs=beliefs,
    )
    value = None if learning else found.log_likelihood + _believe(task, state, prior)
    return Step(image=pack(task, following), value=value, log_likelihood=found.log_likelihood)


def _believe(task: Task, state: State, prior: Prior) -> float:
    """Return the log prior of the free coordinates, up to a constant."""
    told = task.free & (prior.precision > 0)
    off, precision = (state.y - prior.mean)[told], prior.precision[told]
    return float((-0.5 * precision * off * off + 0.5 * np.log(precision)).sum())


def pack(task: Task, state: State) -> Floats:
    """Return all that is estimated as one vector without bounds."""
    own = state.y[:, 1:][task.free[:, 1:]]
    slopes = state.y[task.free[:, 0], 0]
    shared = slopes[:1] if task.model.common else slopes
    beliefs = pack_beliefs(state.beliefs) if state.beliefs is not None and task.priors.learn else np.zeros(0)
    return np.concatenate([shared, own, state.mean[task.moving], np.log(state.sd[task.moving]), beliefs])


def unpack(task: Task, packed: Floats, like: State) -> State:
    """Return the state of a vector from `pack`; what is not estimated stays as in `like`."""
    y, mean, sd = like.y.copy(), like.mean.copy(), like.sd.copy()
    slopes, places = int(task.free[:, 0].sum()), int(task.free[:, 1:].sum())
    shared = min(slopes, 1) if task.model.common else slopes
    y[task.free[:, 0], 0] = packed[:shared]
    rest = y[:, 1:]
    rest[task.free[:, 1:]] = packed[shared : shared + places]
    at, groups = shared + places, int(task.moving.sum())
    mean[task.moving] = packed[at : at + groups]
    sd[task.moving] = np.exp(packed[at + groups : at + 2 * groups])
    learned = like.beliefs is not None and task.priors.learn
    beliefs = unpack_beliefs(packed[at + 2 * groups :]) if learned else like.beliefs
    return State(y=y, mean=mean, sd=sd, beliefs=beliefs)
