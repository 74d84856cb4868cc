"""Testlets: items that share a case, whose own dimension is estimated and integrated out.

The ability that an item of case t meets is theta + sd_t gamma_t, with gamma_t standard normal and independent of all
else (Bradlow, Wainer & Wang 1999). Given theta the cases are independent, so that the integral over all dimensions is
one over theta of a product of one-dimensional ones (Gibbons & Hedeker 1992).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import count
from typing import Final, NamedTuple

import numpy as np

from waymark.assess.ability.likelihoods import TESTLET_NODES
from waymark.assess.calibration.accelerating import find_fixed_point
from waymark.assess.calibration.believing import make_prior
from waymark.assess.calibration.calibrating import assemble, give_no_errors
from waymark.assess.calibration.calibrations import Calibration, Priors
from waymark.assess.calibration.estimating import Solution, Track, pack, solve, unpack
from waymark.assess.calibration.expecting import Crowd, make_crowd
from waymark.assess.calibration.families import Model, log_probabilities, naturalise, score_coordinates
from waymark.assess.calibration.maximising import Prior, maximise
from waymark.assess.calibration.missing_information import lay_out, list_seen
from waymark.assess.calibration.observed_information import PRODUCTS, Ending, invert, settle
from waymark.assess.calibration.populations import spread_normal
from waymark.assess.calibration.preparing import Options, Study, prepare
from waymark.assess.items import Floats, Ints
from waymark.assess.responses import Responses, take_columns
from waymark.assess.softening import gauss_hermite
from waymark.errors import BadInput

BEGINNING: Final = 0.5
TOLERANCE: Final = 1e-5
_SLIGHT: Final = 1e-4


@dataclass(frozen=True, slots=True, kw_only=True)
class TestletCalibration:
    """Items with their cases: `sd` (T,) of each case's own dimension with standard errors, in the order of `cases`.

    `calibration.items` holds them as `testlet` and `testlet_sd`.
    """

    calibration: Calibration
    cases: tuple[str, ...]
    sd: Floats
    se_sd: Floats


class _Part(NamedTuple):
    """The items of one case, or those on their own (-1): rows in the study, their model and their answers."""

    case: int
    rows: Ints
    model: Model
    crowd: Crowd


class _Spots(NamedTuple):
    """Where a part is tabulated: abilities (Q * G,), value of its own dimension at each, log weights (G,)."""

    theta: Floats
    gamma: Floats
    weights: Floats


class _Weighed(NamedTuple):
    """Posterior of a block of people: its number, log-likelihoods (n,), and by part weights (n, Q * G)."""

    number: int
    level: Floats
    weights: list[Floats]


def calibrate_testlets(
    responses: Responses,
    testlets: Mapping[str, str],
    *,
    model: str = "2pl",
    nodes: int = 61,
    standard_errors: bool = True,
    track: Track | None = None,
) -> TestletCalibration:
    """Estimate items of one skill with the spread of each case, by maximum likelihood.

    `testlets` names the case of the items that have one. Standard errors are from products of the people's scores.
    Raise BadInput for a case of fewer than two items, whose spread cannot be told from the items' own.
    """
    if model == "1pl":
        raise BadInput("testlets under a 1pl", hint="choose the 2pl; the slopes of cases differ as their spreads do")
    study = prepare(responses, Options(model=model, priors=Priors(), nodes=nodes), skill="ability")
    cases, member = _sort_cases(study.answers.items, testlets)
    start = solve(replace(study.task, tolerance=1e-3), study.start, nodes=nodes, check=False)
    parts = [_take_part(study, member, number, nodes) for number in np.unique(member)]
    seen, theta = count(1), start.theta

    def step(packed: Floats) -> tuple[Floats, float | None]:
        state = unpack(study.task, packed[: -len(cases)], start.state)
        y, sd, value = _advance(study, parts, state.y, packed[-len(cases) :], theta)
        if track is not None:
            track(next(seen), value)
        return np.concatenate([pack(study.task, replace(state, y=y)), sd]), value

    begin = np.concatenate([pack(study.task, start.state), np.full(len(cases), BEGINNING)])
    point = find_fixed_point(step, begin, tolerance=TOLERANCE)
    state, sd = unpack(study.task, point.point[: -len(cases)], start.state), point.point[-len(cases) :]
    value = sum(float(one.level.sum()) for one in _weigh(parts, state.y, sd, theta))
    solution = replace(start, state=state, iterations=point.iterations, converged=point.converged)
    found = _finish(study, solution, parts, sd, standard_errors=standard_errors)
    return _name(found, value=value, cases=cases, testlets=testlets, sd=np.abs(sd))


def _sort_cases(ids: tuple[str, ...], testlets: Mapping[str, str]) -> tuple[tuple[str, ...], Ints]:
    """Return the names of the cases, and the number of each item's case (J,), -1 for none."""
    cases = tuple(dict.fromkeys(testlets[one] for one in ids if one in testlets))
    place = {name: number for number, name in enumerate(cases)}
    member = np.array([place[testlets[one]] if one in testlets else -1 for one in ids], dtype=np.int64)
    small = np.flatnonzero(np.bincount(member[member >= 0], minlength=len(cases)) < 2)
    if not cases:
        raise BadInput("no item has a case", hint="name the case of at least two items, or use calibrate")
    if len(small):
        raise BadInput(f"case {cases[small[0]]!r} has one item", hint="leave single items without a case")
    return cases, member


def _take_part(study: Study, member: Ints, case: int, nodes: int) -> _Part:
    rows = np.flatnonzero(member == case)
    model = replace(study.task.model, categories=study.task.model.categories[rows])
    wide = nodes * (TESTLET_NODES if len(np.unique(member)) > 1 else 1) * len(np.unique(member))
    crowd = make_crowd(take_columns(study.answers, rows), categories=model.categories, nodes=wide)
    return _Part(int(case), rows, model, crowd)


def _lay_spots(theta: Floats, sd: float | None) -> _Spots:
    if sd is None:
        return _Spots(theta, np.zeros(len(theta)), np.zeros(1))
    nodes, weights = gauss_hermite(TESTLET_NODES)
    return _Spots((theta[:, None] + sd * nodes).ravel(), np.tile(nodes, len(theta)), np.log(weights))


def _own(part: _Part, y: Floats) -> Floats:
    """Return the coordinates of the items of a part."""
    return y[part.rows, : part.model.parameters]


def _weigh(parts: list[_Part], y: Floats, sd: Floats, theta: Floats) -> Iterator[_Weighed]:
    """Yield the posteriors of all people, in blocks."""
    spots = [_lay_spots(theta, None if part.case < 0 else float(sd[part.case])) for part in parts]
    tables = [
        log_probabilities(part.model, naturalise(part.model, _own(part, y)), spot.theta).reshape(-1, len(spot.theta))
        for part, spot in zip(parts, spots, strict=True)
    ]
    prior = spread_normal(theta, mean=np.zeros(1), sd=np.ones(1))[0]
    for number in range(len(parts[0].crowd.blocks)):
        within, level = [], prior
        for part, spot, table in zip(parts, spots, tables, strict=True):
            logs = part.crowd.blocks[number].gather(table)
            each = logs.reshape(len(logs), len(theta), -1) + spot.weights
            top = each.max(axis=2, keepdims=True)
            chance = np.exp(each - top)
            total = chance.sum(axis=2, keepdims=True)
            within.append(chance / total)
            level = level + (top + np.log(total))[:, :, 0]
        top = level.max(axis=1, keepdims=True)
        weight = np.exp(level - top)
        total = weight.sum(axis=1, keepdims=True)
        weight /= total
        weights = [(part * weight[:, :, None]).reshape(len(weight), -1) for part in within]
        yield _Weighed(number, (top + np.log(total))[:, 0], weights)


def _advance(study: Study, parts: list[_Part], y: Floats, sd: Floats, theta: Floats) -> tuple[Floats, Floats, float]:
    """Take one step of EM; return coordinates, spreads, and the log-likelihood of those given."""
    spots = [_lay_spots(theta, None if part.case < 0 else float(sd[part.case])) for part in parts]
    counts = [
        np.zeros((len(part.rows) * part.model.width, len(spot.theta))) for part, spot in zip(parts, spots, strict=True)
    ]
    value = 0.0
    for found in _weigh(parts, y, sd, theta):
        value += float(found.level.sum())
        for number, (part, weights) in enumerate(zip(parts, found.weights, strict=True)):
            counts[number] += part.crowd.blocks[found.number].spread(weights)
    following, spread = y.copy(), sd.copy()
    prior = make_prior(study.task.model, None, priors=study.task.priors, design=study.task.design)
    for part, spot, total in zip(parts, spots, counts, strict=True):
        table = total.reshape(len(part.rows), part.model.width, -1)
        size = part.model.parameters
        own = Prior(mean=prior.mean[part.rows, :size], precision=prior.precision[part.rows, :size])
        free = study.task.free[part.rows, :size]
        new, _ = maximise(part.model, _own(part, y), table, spot.theta, prior=own, free=free)
        following[part.rows, :size] = new
        if part.case >= 0:
            spread[part.case] += _step_spread(part.model, new, table, spot)
    return following, spread, value


def _step_spread(model: Model, y: Floats, counts: Floats, spot: _Spots) -> float:
    """Return the step of Fisher scoring of a case's sd, at most a quarter."""
    slope = _differ(model, y, spot) * spot.gamma
    chance = np.exp(log_probabilities(model, naturalise(model, y), spot.theta))
    people = counts.sum(axis=1, keepdims=True)
    information = float((people * chance * slope * slope).sum())
    return float(np.clip((counts * slope).sum() / max(information, 1e-9), -0.25, 0.25))


def _differ(model: Model, y: Floats, spot: _Spots) -> Floats:
    """Return the derivative of log P by ability, (J, M, Q * G), by central differences."""
    x = naturalise(model, y)
    high, low = (log_probabilities(model, x, spot.theta + step) for step in (_SLIGHT, -_SLIGHT))
    return (high - low) / (2 * _SLIGHT)


def _score_people(study: Study, parts: list[_Part], y: Floats, sd: Floats, theta: Floats) -> Floats:
    """Return everybody's expected score in the free parameters and the cases' sds, (N, size + T)."""
    layout = lay_out(study.task.model, study.task.free, moving=np.zeros(1, dtype=bool))
    found = np.zeros((study.answers.people, layout.size + len(sd)))
    derivatives = []
    for part in parts:
        spot = _lay_spots(theta, None if part.case < 0 else float(sd[part.case]))
        own = _own(part, y)
        score = score_coordinates(part.model, naturalise(part.model, own), spot.theta)
        derivatives.append((score, _differ(part.model, own, spot) * spot.gamma))
    for weighed in _weigh(parts, y, sd, theta):
        first = int(parts[0].crowd.starts[weighed.number])
        people = slice(first, first + len(weighed.level))
        for part, weights, (score, along) in zip(parts, weighed.weights, derivatives, strict=True):
            number = layout.number[part.rows, : part.model.parameters]
            for category in range(part.model.width):
                seen = list_seen(part.crowd.blocks[weighed.number], category, part.model.width)
                for item, parameter in np.argwhere(number >= 0):
                    told = weights @ score[item, parameter, category]
                    found[people, number[item, parameter]] += told * seen[:, item]
                if part.case >= 0:
                    found[people, layout.size + part.case] += ((weights @ along[:, category].T) * seen).sum(axis=1)
    return found


def _finish(
    study: Study, solution: Solution, parts: list[_Part], sd: Floats, *, standard_errors: bool
) -> tuple[Calibration, Floats]:
    """Return the calibration as of one skill, and the standard errors of the cases' sds."""
    task, still = study.task, np.zeros(1, dtype=bool)
    layout = lay_out(task.model, task.free, moving=still)
    if not standard_errors:
        return assemble(study, solution, give_no_errors(study), "ml"), np.full(len(sd), np.nan)
    prior = make_prior(task.model, None, priors=task.priors, design=task.design)
    scores = _score_people(study, parts, solution.state.y, sd, solution.theta)
    whole = scores.T @ scores
    own = prior.precision[layout.number >= 0]
    whole[layout.number[layout.number >= 0], layout.number[layout.number >= 0]] += own
    covariance = invert(whole, np.zeros(len(whole), dtype=bool))
    ending = Ending(
        model=task.model,
        y=solution.state.y,
        free=task.free,
        mean=np.zeros(1),
        sd=np.ones(1),
        moving=still,
        theta=solution.theta,
        prior=prior,
    )
    block = covariance[: layout.size, : layout.size]
    errors = settle(ending, layout, invert(block, np.zeros(len(block), dtype=bool)), PRODUCTS)
    spread = np.sqrt(np.maximum(np.diag(covariance)[layout.size :], 0.0))
    return assemble(study, solution, errors, "ml"), spread


def _name(
    found: tuple[Calibration, Floats], *, value: float, cases: tuple[str, ...], testlets: Mapping[str, str], sd: Floats
) -> TestletCalibration:
    calibration, se_sd = found
    place = {name: number for number, name in enumerate(cases)}
    testlet = np.array([place.get(testlets.get(one, ""), -1) for one in calibration.items.ids], dtype=np.int64)
    items = replace(calibration.items, testlet=testlet, testlet_sd=sd)
    parameters = calibration.parameters + len(cases)
    whole = replace(calibration, items=items, log_likelihood=value, parameters=parameters)
    return TestletCalibration(calibration=whole, cases=cases, sd=sd, se_sd=se_sd)
