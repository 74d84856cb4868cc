"""Calibrating items of several correlated skills, each item measuring one of them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from waymark.assess.calibration.calibrating import assemble, calibrate_skill, give_no_errors
from waymark.assess.calibration.calibrations import Calibration, Note, Priors
from waymark.assess.calibration.estimating import Solution, Track, solve
from waymark.assess.calibration.polishing import Polished, find_joint_errors, polish
from waymark.assess.calibration.preparing import Options, Study, prepare, sample
from waymark.assess.items import Floats, Ints, Items
from waymark.assess.responses import Responses, take_columns
from waymark.errors import BadInput

_ROUGH: Final = 1e-3
_FEW: Final = 100
_PER_ITEM: Final = ("a", "b", "c", "d", "covariance", "testlet", "minutes")
_ERRORS: Final = ("se_a", "se_b", "se_c", "se_d")


def calibrate(  # noqa: PLR0913  each is a choice of its own
    responses: Responses,
    *,
    model: str = "2pl",
    estimator: str = "ml",
    skills: Mapping[str, str] | None = None,
    groups: Sequence[str] | None = None,
    reference: str | None = None,
    fixed: Items | None = None,
    features: Floats | None = None,
    priors: Priors | None = None,
    nodes: int = 61,
    standard_errors: bool = True,
    track: Track | None = None,
) -> Calibration:
    """Estimate items, with the correlation of the skills where `skills` names more than one.

    `skills` gives each item's skill; the other arguments are those of `calibrate_skill`. Several skills are estimated
    one at a time, then together (`polish`, whose steps `track` is told). Their log-likelihood is that of expectation
    propagation; their standard errors take what a person's other skills say of him as known. Raise BadInput for an
    item without a skill, or groups with several skills.
    """
    names, member = sort_skills(responses.items, skills)
    if len(names) > 1:
        if groups is not None:
            raise BadInput("groups of people with several skills", hint="calibrate with groups one skill at a time")
        options = Options(
            model=model, estimator=estimator, fixed=fixed, features=features, priors=priors or Priors(), nodes=nodes
        )
        return _calibrate_together(responses, names, member, options, standard_errors=standard_errors, track=track)
    return calibrate_skill(
        responses,
        model=model,
        estimator=estimator,
        groups=groups,
        reference=reference,
        fixed=fixed,
        features=features,
        priors=priors,
        nodes=nodes,
        standard_errors=standard_errors,
        skill=names[0],
        track=track,
    )


def sort_skills(ids: tuple[str, ...], skills: Mapping[str, str] | None) -> tuple[tuple[str, ...], Ints]:
    """Return the names of the skills in the order they come, and the number of each item's skill (J,)."""
    if skills is None:
        return ("ability",), np.zeros(len(ids), dtype=np.int64)
    lost = [one for one in ids if one not in skills]
    if lost:
        raise BadInput(f"no skill is given for item {lost[0]!r}", hint="name the skill of every item, or of none")
    names = tuple(dict.fromkeys(skills[one] for one in ids))
    place = {name: number for number, name in enumerate(names)}
    return names, np.array([place[skills[one]] for one in ids], dtype=np.int64)


def _calibrate_together(
    responses: Responses,
    names: tuple[str, ...],
    member: Ints,
    options: Options,
    *,
    standard_errors: bool,
    track: Track | None,
) -> Calibration:
    columns = [np.flatnonzero(member == number) for number in range(len(names))]
    studies = [
        prepare(take_columns(responses, own), _narrow(options, responses, own), skill=name)
        for own, name in zip(columns, names, strict=True)
    ]
    solutions = [_solve(study) for study in studies]
    polished = polish(studies, solutions, track=track)
    parts = []
    for number, (study, solution) in enumerate(zip(studies, solutions, strict=True)):
        ending = _end(solution, polished, number)
        errors = find_joint_errors(study, polished, number) if standard_errors else give_no_errors(study)
        parts.append(assemble(study, ending, errors, options.estimator))
    return _merge(responses, names, columns, parts, polished)


def _narrow(options: Options, responses: Responses, columns: Ints) -> Options:
    """Return the options for some of the items."""
    fixed = options.fixed
    if fixed is not None and not set(fixed.ids) & {responses.items[column] for column in columns}:
        fixed = None
    features = None if options.features is None else np.asarray(options.features, dtype=float)[columns]
    return replace(options, fixed=fixed, features=features)


def _solve(study: Study) -> Solution:
    """Estimate one skill alone, no more closely than a start needs."""
    few = sample(study)
    start = study.start if few is None else solve(few.task, few.start, nodes=study.nodes, check=False).state
    return solve(replace(study.task, tolerance=_ROUGH, iterations=_FEW), start, nodes=study.nodes)


def _end(solution: Solution, polished: Polished, number: int) -> Solution:
    return replace(
        solution,
        state=polished.states[number],
        theta=polished.theta,
        iterations=polished.iterations,
        converged=polished.converged,
    )


def _merge(
    responses: Responses, names: tuple[str, ...], columns: list[Ints], parts: list[Calibration], polished: Polished
) -> Calibration:
    """Put skills together, items in the order of the columns."""
    order = np.argsort(np.concatenate(columns))
    correlations = len(names) * (len(names) - 1) // 2
    se_a, se_b, se_c, se_d = (np.concatenate([getattr(part, name) for part in parts])[order] for name in _ERRORS)
    notes = tuple(dict.fromkeys(note for part in parts for note in part.notes if note.kind != "unfinished"))
    if not polished.converged:
        words = f"still moving after {polished.iterations} steps: some parameters are hardly determined by the answers"
        notes = (*notes, Note(kind="unfinished", item="", message=words))
    return replace(
        parts[0],
        items=_join_items(names, columns, parts),
        se_a=se_a,
        se_b=se_b,
        se_c=se_c,
        se_d=se_d,
        se_steps=_stack([part.se_steps for part in parts])[order],
        log_likelihood=polished.log_likelihood,
        parameters=sum(part.parameters for part in parts) + correlations,
        answers=sum(part.answers for part in parts),
        grid="; ".join(f"{name}: {part.grid}" for name, part in zip(names, parts, strict=True)),
        errors="; ".join(dict.fromkeys(part.errors for part in parts)) + ", skill by skill",
        groups=tuple(replace(part.groups[0], name=name) for name, part in zip(names, parts, strict=True)),
        notes=(*notes, *_note_unlinked(responses, names, columns)),
        correlation=polished.correlation,
        variance=None,
    )


def _join_items(names: tuple[str, ...], columns: list[Ints], parts: list[Calibration]) -> Items:
    order = np.argsort(np.concatenate(columns))
    ids = [one for part in parts for one in part.items.ids]
    kinds = [kind for part in parts for kind in part.items.kind]
    values = {name: np.concatenate([getattr(part.items, name) for part in parts])[order] for name in _PER_ITEM}
    return replace(
        parts[0].items,
        ids=tuple(ids[place] for place in order),
        kind=tuple(kinds[place] for place in order),
        skills=names,
        skill=np.repeat(np.arange(len(names)), [len(own) for own in columns])[order],
        steps=_stack([part.items.steps for part in parts])[order],
        **values,
    )


def _stack(tables: list[Floats]) -> Floats:
    """Put tables of different widths on top of each other, NaN where one is narrower."""
    width = max(table.shape[1] for table in tables)
    return np.concatenate(
        [np.pad(table, ((0, 0), (0, width - table.shape[1])), constant_values=np.nan) for table in tables]
    )


def _note_unlinked(responses: Responses, names: tuple[str, ...], columns: list[Ints]) -> tuple[Note, ...]:
    """Remark on skills that nobody answered both of: their correlation is not estimated from anything direct."""
    touched = np.stack([_touch(responses, own) for own in columns]).astype(float)
    shared = touched @ touched.T
    return tuple(
        Note(kind="unlinked", item="", message=f"nobody answered both {names[one]!r} and {names[other]!r}")
        for one, other in zip(*np.triu_indices(len(names), 1), strict=True)
        if shared[one, other] == 0
    )


def _touch(responses: Responses, columns: Ints) -> Floats:
    """Return 1 for people who answered any item of the columns, else 0, (N,)."""
    if responses.matrix is not None:
        return (responses.matrix[:, columns] >= 0).any(axis=1).astype(float)
    own = take_columns(responses, columns)
    return np.zeros(responses.people) if own.start is None else (np.diff(own.start) > 0).astype(float)
