"""The stages of a fit: first scores from the text, then calibrated tasks, titles and subtasks upon them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, vstack

from waymark.demand.estimating import sigmoid, softmax, title_design
from waymark.demand.features import Vocabulary
from waymark.demand.folding import flatten, fold
from waymark.demand.heads import (
    Array,
    Head,
    Rows,
    balance,
    fit_flags,
    fit_levels,
    fit_roles,
    fit_subtasks,
    fit_temperature,
    folds,
)
from waymark.demand.labels import Label
from waymark.demand.models import Floats, Model, quantize
from waymark.demand.scanning import Scan
from waymark.demand.sections import SentenceModel

Track = Callable[[Sequence[Any], str], Iterable[Any]]

FOLDS = 5
NONE = "none"
_ROLE, _TASK, _STAGE, _TITLE, _SUBTASK, _RIDGE = 8.0, 10.0, 0.05, 0.3, 3.0, 1.0
_FOREIGN = 0.3  # weight of a text of a foreign occupation beside a labelled posting
_TITLE_BALANCE = 0.2
_TEMPERATURES = tuple(number / 100 for number in range(30, 201, 2))
_SHIFTS = tuple(number / 20 for number in range(13))
_MAX_LOST = 0.03  # share of in-scope postings that may be read as foreign
_MIN_TITLES = 3  # titles a word must stand in to count
_SECOND = {"clear": 0.15, "near_tie": 0.3, "weak": 0.3, "none": 0.15}
"""Share of a label that its second role gets: a careful reader could well have chosen it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """The ids that a reader answers with, in the edition's order; `subtask_task` holds each subtask's task."""

    roles: tuple[str, ...]
    tasks: tuple[str, ...]
    skills: tuple[str, ...]
    subtasks: tuple[str, ...]
    subtask_task: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Examples:
    """The labelled postings as features: `x` (N, V + C + A), `mentions` (N, S), and what they were made with.

    `foreign` (F, V + C + A) are texts of occupations outside AI teams, which teach the roles' `none` alone.
    """

    x: csr_matrix
    foreign: csr_matrix
    mentions: Floats
    labels: tuple[Label, ...]
    titles: Sequence[str]
    title_scan: Scan
    concepts: tuple[str, ...]
    vocabulary: Vocabulary
    sentences: SentenceModel
    scale: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOut:
    """Out-of-fold answers for the labelled postings, in the order of `labels`: what a reader says of unseen ones."""

    labels: tuple[Label, ...]
    role: Floats
    role_with_title: Floats
    tasks: Floats
    skills: Floats
    subtasks: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class _Targets:
    """What the labels say: role numbers, shares of roles (N, R), flags of tasks, levels, flags of subtasks or NaN."""

    role: Rows
    soft: Array
    tasks: Array
    skills: Array
    subtasks: Array
    stratified: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class _First:
    """First scores (N, R), (N, T), (N, K)."""

    role: Array
    tasks: Array
    skills: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stage:
    """A second stage: the head fitted to all examples, and its out-of-fold scores."""

    head: Head
    held_out: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stages:
    """All stages of one fit: first scores, calibration, and the stages upon them."""

    first: _First
    final: Head
    temperature: float
    role: Floats
    tasks: _Stage
    shift: float
    title_words: dict[bytes, int]
    title: _Stage
    title_temperature: float
    task_of: tuple[int, ...]
    subtasks: Head
    own: Array
    subtask_answers: Floats


def fit_stages(examples: Examples, *, schema: Schema, rng: np.random.Generator, track: Track) -> tuple[Model, HeldOut]:
    """Fit all stages; each later one is fitted to out-of-fold scores of the one before, so that it is not fooled."""
    targets = _targets(examples.labels, schema)
    stages = _fit_all(examples, targets, schema, rng=rng, track=track)
    return _make_model(examples, targets, stages, schema), HeldOut(
        labels=examples.labels,
        role=stages.role,
        role_with_title=softmax(stages.title.held_out / stages.title_temperature),
        tasks=sigmoid(stages.tasks.held_out + stages.shift),
        skills=np.clip(stages.first.skills, 0, 3).astype(np.float32),
        subtasks=stages.subtask_answers,
    )


def _fit_all(
    examples: Examples, targets: _Targets, schema: Schema, *, rng: np.random.Generator, track: Track
) -> _Stages:
    splits = list(folds(targets.role, count=FOLDS, rng=rng))
    cross = list(folds(targets.role, count=FOLDS, rng=rng))
    first = _held_out_first(examples, targets, list(track(splits, "roles, tasks and skills")))
    final = _fit_first(examples, targets, np.arange(len(targets.role)))
    likely, none = targets.stratified, schema.roles.index(NONE)
    reluctance = _reluctance(first.role[likely], targets.role[likely], none)
    first.role[:, none] -= reluctance
    final.bias[none] -= reluctance
    temperature = fit_temperature(first.role[likely], targets.role[likely], candidates=_TEMPERATURES)
    role = softmax(first.role / temperature)
    tasks = _fit_task_stage(np.concatenate([first.tasks, np.log(role + 1e-4)], axis=1), targets, cross)
    words = _title_words(examples.titles)
    title = _fit_title_stage(role, examples, words, targets, cross)
    task_of = tuple(schema.tasks.index(task) for task in schema.subtask_task)
    subtasks, own, answers = _fit_subtask_stage(examples, first.tasks[:, list(task_of)], targets, cross)
    return _Stages(
        first=first,
        final=final,
        temperature=temperature,
        role=role,
        tasks=tasks,
        shift=_best_shift(tasks.held_out[likely], targets.tasks[likely]),
        title_words=words,
        title=title,
        title_temperature=fit_temperature(title.held_out[likely], targets.role[likely], candidates=_TEMPERATURES),
        task_of=task_of,
        subtasks=subtasks,
        own=own,
        subtask_answers=answers,
    )


def _make_model(examples: Examples, targets: _Targets, stages: _Stages, schema: Schema) -> Model:
    final, title = stages.final, stages.title.head
    return Model(
        about={},
        roles=schema.roles,
        tasks=schema.tasks,
        skills=schema.skills,
        subtasks=schema.subtasks,
        subtask_task=stages.task_of,
        concepts=examples.concepts,
        vocabulary=examples.vocabulary,
        sentences=examples.sentences,
        weights=quantize(np.concatenate([final.weights, stages.subtasks.weights], axis=1)),
        bias=quantize(np.concatenate([final.bias, stages.subtasks.bias])),
        aggregate_scale=examples.scale,
        role_temperature=stages.temperature,
        task_weights=quantize(stages.tasks.head.weights),
        task_bias=quantize(stages.tasks.head.bias + stages.shift),
        skill_sd=_residual_sd(stages.first.skills, targets.skills),
        subtask_own=quantize(stages.own),
        title_words=stages.title_words,
        title_weights=quantize(title.weights / stages.title_temperature),
        title_bias=quantize(title.bias / stages.title_temperature),
    )


def _targets(labels: Sequence[Label], schema: Schema) -> _Targets:
    names = {role: number for number, role in enumerate(schema.roles)}
    role = np.array([names[label.role] for label in labels])
    soft = np.eye(len(schema.roles))[role]
    for row, label in enumerate(labels):
        if label.second in names:
            soft[row] *= 1 - _SECOND[label.fit]
            soft[row, names[label.second]] += _SECOND[label.fit]
    marks = np.full((len(labels), len(schema.subtasks)), np.nan)
    for row, label in enumerate(labels):
        if label.subtasks is not None:
            marks[row] = [subtask in label.subtasks for subtask in schema.subtasks]
    return _Targets(
        role=role,
        soft=soft,
        tasks=np.array([[float(task in label.tasks) for task in schema.tasks] for label in labels]),
        skills=np.array([label.skills for label in labels], float),
        subtasks=marks,
        stratified=np.array([label.drawn == "stratified" for label in labels]),
    )


def _fit_first(examples: Examples, targets: _Targets, rows: Rows) -> Head:
    """Fit the first scores; roles do not look at the aggregates, which made them worse out of fold."""
    part, foreign, aggregates = examples.x[rows], examples.foreign, len(examples.scale)
    roles, seen = targets.soft.shape[1], examples.x.shape[1] - len(examples.scale)
    role = fit_roles(
        vstack([part[:, :seen], foreign[:, :seen]]).tocsr(),
        np.concatenate([targets.soft[rows], np.tile(np.eye(roles)[-1], (foreign.shape[0], 1))]),
        np.concatenate([balance(targets.role[rows], roles), np.full(foreign.shape[0], _FOREIGN)]),
        strength=_ROLE,
    )
    tasks = fit_flags(part, targets.tasks[rows], strength=_TASK)
    skills = fit_levels(part, targets.skills[rows], ridge=_RIDGE)
    return Head(
        weights=np.concatenate(
            [np.pad(role.weights, ((0, aggregates), (0, 0))), tasks.weights, skills.weights], axis=1
        ),
        bias=np.concatenate([role.bias, tasks.bias, skills.bias]),
    )


def _held_out_first(examples: Examples, targets: _Targets, splits: Sequence[tuple[Rows, Rows]]) -> _First:
    roles, tasks, skills = targets.soft.shape[1], targets.tasks.shape[1], targets.skills.shape[1]
    scores = np.empty((len(targets.role), roles + tasks + skills))
    for fit_on, held_out in splits:
        scores[held_out] = _fit_first(examples, targets, fit_on).score(examples.x[held_out])
    return _First(role=scores[:, :roles], tasks=scores[:, roles : roles + tasks], skills=scores[:, roles + tasks :])


def _fit_stage(x: Array, cross: Sequence[tuple[Rows, Rows]], fit: Callable[[Rows], Head]) -> _Stage:
    head = fit(np.arange(len(x)))
    held_out = np.empty((len(x), len(head.bias)))
    for fit_on, rows in cross:
        held_out[rows] = fit(fit_on).score(x[rows])
    return _Stage(head=head, held_out=held_out)


def _fit_task_stage(x: Array, targets: _Targets, cross: Sequence[tuple[Rows, Rows]]) -> _Stage:
    return _fit_stage(x, cross, lambda rows: fit_flags(x[rows], targets.tasks[rows], strength=_STAGE))


def _fit_title_stage(
    role: Floats,
    examples: Examples,
    words: dict[bytes, int],
    targets: _Targets,
    cross: Sequence[tuple[Rows, Rows]],
) -> _Stage:
    x = title_design(role, examples.titles, examples.title_scan, words=words, concepts=len(examples.concepts))
    weights = balance(targets.role, role.shape[1], power=_TITLE_BALANCE)
    return _fit_stage(x, cross, lambda rows: fit_roles(x[rows], targets.soft[rows], weights[rows], strength=_TITLE))


def _fit_subtask_stage(
    examples: Examples, task_scores: Array, targets: _Targets, cross: Sequence[tuple[Rows, Rows]]
) -> tuple[Head, Array, Floats]:
    """Fit on the rows whose label marks subtasks; the others get NaN as their out-of-fold answer."""
    marked = ~np.isnan(targets.subtasks[:, 0])

    def fit(rows: Rows) -> tuple[Head, Array]:
        kept = rows[marked[rows]]
        return fit_subtasks(
            examples.x[kept],
            examples.mentions[kept],
            task_scores[kept],
            targets.subtasks[kept],
            strength=_SUBTASK,
        )

    answers = np.full(targets.subtasks.shape, np.nan, np.float32)
    for fit_on, held_out in cross:
        kept = held_out[marked[held_out]]
        head, own = fit(fit_on)
        terms = np.log1p(examples.mentions[kept]) * own[:, 0] + task_scores[kept] * own[:, 1]
        answers[kept] = sigmoid(head.score(examples.x[kept]) + terms)
    return *fit(np.arange(len(marked))), answers


def _title_words(titles: Sequence[str]) -> dict[bytes, int]:
    counts: dict[bytes, int] = {}
    for title in titles:
        for word in set(fold(flatten(title)).split()):
            counts[word] = counts.get(word, 0) + 1
    kept = sorted(word for word, count in counts.items() if count >= _MIN_TITLES and not word.isdigit())
    return {word: number for number, word in enumerate(kept)}


def _reluctance(scores: Array, role: Rows, none: int) -> float:
    """Return the least that must be taken from the score of `none` so that few in-scope postings are lost to it."""
    inside = scores[role != none]
    margin = inside[:, none] - np.delete(inside, none, axis=1).max(axis=1)
    return float(max(0.0, np.quantile(margin, 1 - _MAX_LOST)))


def _best_shift(scores: Array, flags: Array) -> float:
    """Return what to add to task scores so that "asked at p >= 0.5" has the best micro-F1 out of fold."""

    def f1(shift: float) -> float:
        said = scores + shift >= 0
        return float(2 * (said & (flags > 0)).sum() / (said.sum() + flags.sum()))

    return max(_SHIFTS, key=f1)


def _residual_sd(answers: Array, levels: Array) -> Floats:
    """Return each skill's root mean square out-of-fold error by the level read (K, 4), pooled where rows are few."""
    read = np.rint(np.clip(answers, 0, 3)).astype(int)
    errors = (np.clip(answers, 0, 3) - levels) ** 2
    pooled = errors.mean(axis=0)
    out = np.empty((levels.shape[1], 4), np.float32)
    for skill in range(levels.shape[1]):
        for level in range(4):
            own = errors[read[:, skill] == level, skill]
            out[skill, level] = np.sqrt((own.sum() + 20 * pooled[skill]) / (len(own) + 20))
    return np.round(out, 3)
