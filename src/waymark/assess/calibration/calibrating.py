"""Calibrating: item parameters of one skill from answers, by marginal likelihood."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from waymark.assess.calibration.assembling import (
    assemble_items,
    fill_frame,
    note_extremes,
    read_errors,
    read_parameters,
)
from waymark.assess.calibration.believing import Beliefs, make_prior
from waymark.assess.calibration.calibrations import Calibration, Group, Note, Priors
from waymark.assess.calibration.estimating import Solution, Track, solve
from waymark.assess.calibration.expecting import make_crowd
from waymark.assess.calibration.families import naturalise
from waymark.assess.calibration.missing_information import lay_out
from waymark.assess.calibration.observed_information import (
    MOST_AT_ONCE,
    NONE,
    Ending,
    Errors,
    estimate_errors,
    estimate_errors_of_complete,
)
from waymark.assess.calibration.populations import spread_normal
from waymark.assess.calibration.preparing import Options, Study, prepare, sample, split_by_group
from waymark.assess.calibration.splatting import sum_exactly
from waymark.assess.items import Floats, Items
from waymark.assess.responses import Responses, as_matrix


def calibrate_skill(  # noqa: PLR0913  each is a choice of its own
    responses: Responses,
    *,
    model: str = "2pl",
    estimator: str = "ml",
    groups: Sequence[str] | None = None,
    reference: str | None = None,
    fixed: Items | None = None,
    features: Floats | None = None,
    priors: Priors | None = None,
    nodes: int = 61,
    standard_errors: bool = True,
    skill: str = "ability",
    track: Track | None = None,
) -> Calibration:
    """Estimate the items of one skill by EM (Bock & Aitkin 1981), people being normal draws.

    Without `groups` and `fixed`, ability is standard normal; with groups, that of `reference` (else the largest) is,
    and the others have a mean and sd of their own; with `fixed` items, which keep their parameters, all groups have
    (Kim 2006). `features` (J, F) foretell difficulties under estimator "map". `nodes` is where the search for nodes
    that are fine enough begins. `track` is told the number and the log-likelihood of every step. Raise BadInput where
    answers, options or sizes do not fit the model.
    """
    options = Options(
        model=model,
        estimator=estimator,
        groups=groups,
        reference=reference,
        fixed=fixed,
        features=features,
        priors=priors or Priors(),
        nodes=nodes,
    )
    study = prepare(responses, options, skill=skill)
    few = sample(study)
    if few is not None:
        rough = solve(few.task, few.start, nodes=nodes, check=False)
        study = replace(study, start=rough.state)
    solution = solve(study.task, study.start, nodes=nodes, track=track)
    errors = find_errors(study, solution) if standard_errors else give_no_errors(study)
    return assemble(study, solution, errors, estimator)


def find_errors(study: Study, solution: Solution) -> Errors:
    """Return the standard errors at a solution."""
    task, state = study.task, solution.state
    ending = Ending(
        model=task.model,
        y=state.y,
        free=task.free,
        mean=state.mean,
        sd=state.sd,
        moving=task.moving,
        theta=solution.theta,
        prior=make_prior(task.model, state.beliefs, priors=task.priors, design=task.design),
    )
    answers, groups = study.answers, study.groups
    few = lay_out(task.model, task.free, moving=task.moving).size <= MOST_AT_ONCE
    if few and study.crowd is None and len(groups.names) == 1 and not groups.moving[0]:
        return estimate_errors_of_complete(ending, as_matrix(answers))
    nodes, categories = len(solution.theta), task.model.categories
    crowd = study.crowd or make_crowd(answers, categories=categories, group=groups.number, nodes=nodes)
    return estimate_errors(ending, crowd)


def give_no_errors(study: Study) -> Errors:
    """Return errors that nobody asked for: NaN."""
    items, parameters = study.task.free.shape
    nothing = np.full(len(study.groups.names), np.nan)
    covariance = np.full((items, parameters, parameters), np.nan)
    return Errors(covariance=covariance, se_mean=nothing, se_sd=nothing, method=NONE)


def assemble(study: Study, solution: Solution, errors: Errors, estimator: str) -> Calibration:
    """Return the calibration that a solution and its errors amount to."""
    task, state, frame = study.task, solution.state, study.frame
    x = naturalise(task.model, state.y)
    found = read_parameters(task.model, x)
    spread = read_errors(task.model, found, errors.covariance)
    covariance = spread.pop("covariance")
    told = {name: fill_frame(frame, values) for name, values in spread.items()}
    free = np.flatnonzero(task.free[:, 0])
    names = tuple(study.answers.items[one] for one in free)
    notes = (*study.notes, *note_extremes(names, found["a"][free], found["b"][free]), *_tell_end(solution))
    return Calibration(
        model=task.model.name,
        estimator=estimator,
        items=assemble_items(
            frame, task.model, found, covariance if errors.method != NONE else np.zeros((len(x), 2, 2))
        ),
        se_a=told["a"],
        se_b=told["b"],
        se_c=told["c"],
        se_d=told["d"],
        se_steps=told["steps"],
        log_likelihood=_measure(study, solution, x),
        parameters=lay_out(task.model, task.free, moving=task.moving).size,
        people=study.answers.people,
        answers=study.answers.seen,
        nodes=len(solution.theta),
        grid=solution.grid,
        iterations=solution.iterations,
        converged=solution.converged,
        errors=errors.method,
        groups=_list_groups(study, solution, errors),
        notes=notes,
        priors=_learned(task.priors, state.beliefs),
        weights=np.zeros(0) if state.beliefs is None else state.beliefs.weights,
        variance=float(found["a"][free[0]] ** 2) if task.model.common and len(free) else None,
    )


def _measure(study: Study, solution: Solution, x: Floats) -> float:
    """Return the log-likelihood of the answers, exact where the steps were content with a near one."""
    if study.crowd is not None:
        return solution.log_likelihood
    log_prior = spread_normal(solution.theta, mean=solution.state.mean, sd=solution.state.sd)
    return sum_exactly(split_by_group(as_matrix(study.answers), study.groups), x, solution.theta, log_prior)


def _list_groups(study: Study, solution: Solution, errors: Errors) -> tuple[Group, ...]:
    size = np.bincount(study.groups.number, minlength=len(study.groups.names))
    return tuple(
        Group(
            name=name,
            people=int(size[number]),
            mean=float(solution.state.mean[number]),
            sd=float(solution.state.sd[number]),
            se_mean=float(errors.se_mean[number]),
            se_sd=float(errors.se_sd[number]),
        )
        for number, name in enumerate(study.groups.names)
    )


def _tell_end(solution: Solution) -> list[Note]:
    notes = []
    if solution.passed_over:
        words = f"{solution.passed_over} items whose estimates run off had no say in how many nodes are enough"
        notes.append(Note(kind="nodes", item="", message=words))
    if not solution.settled:
        notes.append(Note(kind="nodes", item="", message=f"more nodes would still move estimates: {solution.grid}"))
    if not solution.converged:
        words = f"still moving after {solution.iterations} steps: some parameters are hardly determined by the answers"
        words += ", or the items are too many for more steps"
        notes.append(Note(kind="unfinished", item="", message=words))
    return notes


def _learned(priors: Priors, beliefs: Beliefs | None) -> Priors:
    """Return the priors with what was learned of all items."""
    if beliefs is None:
        return priors
    return replace(
        priors,
        difficulty=float(beliefs.weights[0]),
        difficulty_sd=beliefs.difficulty_sd,
        log_slope_sd=beliefs.log_slope_sd,
    )
