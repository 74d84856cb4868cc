"""Scoring a reader against labels by reading: roles, tasks and skills, each figure with n and an interval."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from waymark.demand.labels import Label
from waymark.demand.stages import NONE, Schema

Array = NDArray[np.floating[Any]]

RESAMPLES = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure over `n` postings with its 95% percentile-bootstrap interval (postings resampled)."""

    value: float
    low: float
    high: float
    n: int


def score_roles(
    probabilities: Array, labels: Sequence[Label], schema: Schema, *, rng: np.random.Generator
) -> dict[str, Figure]:
    """Score role probabilities (N, R): in-scope postings for accuracy and F1, foreign ones for `none`.

    `lenient` counts the second role as right too; `top_two` asks whether the label is among the two likeliest;
    `ece` is the expected calibration error of the best answer over ten bins of width 0.1.
    """
    names = {role: number for number, role in enumerate(schema.roles)}
    truth = np.array([names[label.role] for label in labels])
    second = np.array([names.get(label.second or "", -1) for label in labels])
    best = probabilities.argmax(axis=1)
    top = np.argsort(-probabilities, axis=1)[:, :2]
    none = names[NONE]
    inside, foreign = np.flatnonzero(truth != none), np.flatnonzero(truth == none)
    right = best == truth
    figures: dict[str, tuple[NDArray[np.int64], Callable[[NDArray[np.int64]], float]]] = {
        "accuracy": (inside, lambda rows: float(right[rows].mean())),
        "macro_f1": (inside, lambda rows: macro_f1(truth[rows], best[rows], len(schema.roles) - 1)),
        "lenient": (inside, lambda rows: float((right | (best == second))[rows].mean())),
        "top_two": (inside, lambda rows: float((top[rows] == truth[rows, None]).any(axis=1).mean())),
        "lost_to_none": (inside, lambda rows: float((best[rows] == none).mean())),
        "ece": (inside, lambda rows: calibration_error(probabilities[rows].max(axis=1), right[rows])),
        "foreign_as_none": (foreign, lambda rows: float((best[rows] == none).mean())),
    }
    for role in schema.roles[:-1]:
        figures[f"f1 {role}"] = (inside, partial(_f1_of, truth, best, names[role]))
    return {name: _figure(rows, measure, rng) for name, (rows, measure) in figures.items() if len(rows)}


def _f1_of(truth: NDArray[np.int64], said: NDArray[np.int64], number: int, rows: NDArray[np.int64]) -> float:
    return f1(truth[rows] == number, said[rows] == number)


def score_tasks(
    probabilities: Array, labels: Sequence[Label], schema: Schema, *, rng: np.random.Generator
) -> dict[str, Figure]:
    """Score task probabilities (N, T) of in-scope postings at 0.5: micro- and macro-F1, and exact sets."""
    inside = np.flatnonzero([label.role != NONE for label in labels])
    truth = np.array([[task in label.tasks for task in schema.tasks] for label in labels])
    said = probabilities >= 0.5
    return {
        "micro_f1": _figure(inside, lambda rows: f1(truth[rows], said[rows]), rng),
        "macro_f1": _figure(
            inside,
            lambda rows: float(np.mean([f1(truth[rows, k], said[rows, k]) for k in range(len(schema.tasks))])),
            rng,
        ),
        "exact_set": _figure(inside, lambda rows: float((truth[rows] == said[rows]).all(axis=1).mean()), rng),
    }


def score_skills(levels: Array, labels: Sequence[Label], *, rng: np.random.Generator) -> dict[str, Figure]:
    """Score skill levels (N, K) of in-scope postings: MAE, mean quadratic-weighted kappa, micro-F1 of level >= 2."""
    inside = np.flatnonzero([label.role != NONE for label in labels])
    truth = np.array([label.skills for label in labels])
    read = np.rint(np.clip(levels, 0, 3)).astype(int)
    return {
        "mae": _figure(inside, lambda rows: float(np.abs(truth[rows] - read[rows]).mean()), rng),
        "qwk": _figure(
            inside,
            lambda rows: float(np.mean([weighted_kappa(truth[rows, k], read[rows, k]) for k in range(truth.shape[1])])),
            rng,
        ),
        "required_f1": _figure(inside, lambda rows: f1(truth[rows] >= 2, read[rows] >= 2), rng),
    }


def f1(truth: NDArray[np.bool_], said: NDArray[np.bool_]) -> float:
    """Return F1 = 2 tp / (2 tp + fp + fn); 0 where nothing is true or said."""
    total = int(truth.sum() + said.sum())
    return 2 * int((truth & said).sum()) / total if total else 0.0


def macro_f1(truth: NDArray[np.int64], said: NDArray[np.int64], classes: int) -> float:
    """Return the mean F1 of the first `classes` classes that occur in the truth."""
    return float(np.mean([f1(truth == k, said == k) for k in range(classes) if (truth == k).any()]))


def weighted_kappa(truth: NDArray[np.int64], said: NDArray[np.int64], *, levels: int = 4) -> float:
    """Return Cohen's kappa with quadratic weights (Cohen 1968) over levels 0 to `levels` - 1; 1 where all agree."""
    table = np.zeros((levels, levels))
    np.add.at(table, (truth, said), 1)
    weights = (np.arange(levels)[:, None] - np.arange(levels)) ** 2
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    by_chance = float((weights * expected).sum())
    return 1.0 - float((weights * table).sum()) / by_chance if by_chance else 1.0


def calibration_error(confidence: Array, right: NDArray[np.bool_], *, bins: int = 10) -> float:
    """Return the expected calibration error: mean |confidence - accuracy| over equal bins, weighed by their rows."""
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [
        abs(float(confidence[place == k].mean()) - float(right[place == k].mean())) * float((place == k).mean())
        for k in range(bins)
        if (place == k).any()
    ]
    return float(sum(gaps))


def _figure(rows: NDArray[np.int64], measure: Callable[[NDArray[np.int64]], float], rng: np.random.Generator) -> Figure:
    drawn = [measure(rng.choice(rows, len(rows))) for _ in range(RESAMPLES)]
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Figure(value=measure(rows), low=float(low), high=float(high), n=len(rows))
