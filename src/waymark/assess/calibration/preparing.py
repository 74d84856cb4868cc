"""Preparing: from answers and options to a task that can be estimated."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from waymark.assess.calibration.assembling import Frame
from waymark.assess.calibration.believing import begin_beliefs, make_design
from waymark.assess.calibration.calibrations import BINARY_MODELS, MODELS, Note, Priors
from waymark.assess.calibration.estimating import Expect, State, Task
from waymark.assess.calibration.expecting import Crowd, expect, make_crowd
from waymark.assess.calibration.families import LOGISTIC, Model
from waymark.assess.calibration.screening import screen
from waymark.assess.calibration.splatting import expect_splats
from waymark.assess.calibration.starting import make_model, start_coordinates
from waymark.assess.grouping import Groups, sort_groups
from waymark.assess.items import BINARY, Floats, Ints, Items
from waymark.assess.responses import Responses, as_matrix, take_columns, take_people
from waymark.errors import BadInput

ESTIMATORS: Final = ("ml", "map")
_SAMPLE: Final = 4_000
_ANSWERS: Final = 200
_ROUGH: Final = 1e-3
_FEWEST_NODES: Final = 15
_MANY: Final = 2_000  # parameters, beyond which
_FINE, _COARSE = 1e-7, 1e-4  # the last step may be larger


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What may be chosen of a calibration; `calibrate_skill` tells each."""

    model: str = "2pl"
    estimator: str = "ml"
    groups: Sequence[str] | None = None
    reference: str | None = None
    fixed: Items | None = None
    features: Floats | None = None
    priors: Priors
    nodes: int = 61


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """A task with the answers that it is about: those to items worth estimating; `frame` remembers the others."""

    answers: Responses
    groups: Groups
    task: Task
    start: State
    frame: Frame
    notes: tuple[Note, ...]
    nodes: int
    crowd: Crowd | None = None


def prepare(responses: Responses, options: Options, *, skill: str) -> Study:
    """Screen answers, choose starting values and the way to expect. Raise BadInput for what does not fit."""
    check_options(responses, options)
    fixed, priors, lenient = options.fixed, options.priors, options.estimator == "map"
    places = _place(fixed, responses.items)
    screening = screen(responses, model=options.model, spare=places >= 0, lenient=lenient)
    kept, known = screening.kept, places[screening.kept]
    answers = responses if len(kept) == len(responses.items) else take_columns(responses, kept)
    groups = sort_groups(
        options.groups, people=responses.people, reference=options.reference, anchored=bool((known >= 0).any())
    )
    model = make_model(options.model, screening.categories[kept], fixed=fixed, logarithmic=lenient)
    y, free = start_coordinates(model, answers, screening.tally[kept], priors=priors, fixed=fixed, known=known)
    features = None if options.features is None else np.asarray(options.features, dtype=float)[kept]
    design = make_design(features, items=len(kept), priors=priors)
    crowd = find_crowd(model, answers, groups, nodes=options.nodes)
    task = Task(
        model=model,
        expect=choose_engine(model, answers, groups, crowd),
        free=free,
        moving=groups.moving,
        priors=priors,
        design=design,
        tolerance=_FINE if free.sum() <= _MANY else _COARSE,
    )
    beliefs = begin_beliefs(priors, design) if lenient else None
    size = len(groups.names)
    start = State(y=y, mean=np.zeros(size), sd=np.ones(size), beliefs=beliefs)
    frame = Frame(ids=responses.items, skill=skill, kept=kept, twin=screening.twin, fixed=fixed, known=places)
    return Study(
        answers=answers,
        groups=groups,
        task=task,
        start=start,
        frame=frame,
        notes=screening.notes,
        nodes=options.nodes,
        crowd=crowd,
    )


def check_options(responses: Responses, options: Options) -> None:
    """Raise BadInput for options that are not known, or that do not fit the answers."""
    if options.model not in MODELS:
        raise BadInput(f"no model {options.model!r}", hint=f"the models are {', '.join(MODELS)}")
    if options.estimator not in ESTIMATORS:
        raise BadInput(f"no estimator {options.estimator!r}", hint=f"the estimators are {', '.join(ESTIMATORS)}")
    if options.nodes < _FEWEST_NODES:
        raise BadInput(f"{options.nodes} nodes", hint=f"take at least {_FEWEST_NODES}; 61 is the custom")
    if options.features is not None:
        features = np.asarray(options.features, dtype=float)
        if features.ndim != 2 or len(features) != len(responses.items) or not np.isfinite(features).all():
            raise BadInput(
                f"features of shape {features.shape} for {len(responses.items)} items",
                hint="give finite numbers, a row an item and a column a feature",
            )
    if options.fixed is not None:
        _check_fixed(options.fixed, options.model)


def _check_fixed(fixed: Items, model: str) -> None:
    kind = BINARY if model in BINARY_MODELS else model
    wrong = [name for name, one in zip(fixed.ids, fixed.kind, strict=True) if one != kind]
    if wrong:
        raise BadInput(f"the fixed item {wrong[0]!r} is of another kind than a {model}", hint="fix items of one kind")
    lost = ~(np.isfinite(fixed.a) & np.isfinite(fixed.b)) | (fixed.a <= 0)
    if lost.any():
        place = int(np.flatnonzero(lost)[0])
        raise BadInput(
            f"the fixed item {fixed.ids[place]!r} has no parameters to hold on to",
            hint="fix items with a slope above zero and a difficulty",
        )


def _place(fixed: Items | None, ids: tuple[str, ...]) -> Ints:
    """Return the place of each item among the fixed ones, -1 for none."""
    places = {} if fixed is None else {name: place for place, name in enumerate(fixed.ids)}
    found = np.array([places.get(name, -1) for name in ids], dtype=np.int64)
    if fixed is not None and (found < 0).all():
        raise BadInput("none of the fixed items was given", hint="fixed items and responses must share ids")
    return found


def find_crowd(model: Model, answers: Responses, groups: Groups, *, nodes: int) -> Crowd | None:
    """Return the operators of the E-step by nodes, none where that by scores will do."""
    if by_scores(model, answers):
        return None
    return make_crowd(answers, categories=model.categories, group=groups.number, nodes=nodes)


def choose_engine(model: Model, answers: Responses, groups: Groups, crowd: Crowd | None) -> Expect:
    """Return the E-step that suits: by nodes where there is a crowd, else by scores."""
    if crowd is None:
        return partial(expect_splats, split_by_group(as_matrix(answers), groups))
    return partial(expect, crowd, model, doubts=model.logarithmic)


def by_scores(model: Model, answers: Responses) -> bool:
    """Return whether weighted scores say all about ability: complete answers to a 1PL or 2PL."""
    return model.family == LOGISTIC and answers.complete


def split_by_group(matrix: NDArray[np.int8], groups: Groups) -> tuple[NDArray[np.int8], ...]:
    """Return the rows of each group."""
    if len(groups.names) == 1:
        return (matrix,)
    return tuple(matrix[groups.number == group] for group in range(len(groups.names)))


def sample(study: Study) -> Study | None:
    """Return a rougher study of every n-th person; None where there are few people or too few answers an item."""
    answers, groups = study.answers, study.groups
    if answers.people < 3 * _SAMPLE or answers.seen * _SAMPLE < _ANSWERS * len(answers.items) * answers.people:
        return None
    rows = np.linspace(0, answers.people - 1, _SAMPLE).astype(np.int64)
    few = replace(groups, number=groups.number[rows])
    if (np.bincount(few.number, minlength=len(few.names)) < _ANSWERS).any():
        return None
    some = take_people(answers, rows)
    crowd = find_crowd(study.task.model, some, few, nodes=study.nodes)
    engine = choose_engine(study.task.model, some, few, crowd)
    task = replace(study.task, expect=engine, tolerance=_ROUGH, iterations=100)
    return replace(study, answers=some, groups=few, task=task, crowd=crowd)
