"""From features to estimates: role probabilities, tasks, skills with uncertainty, subtasks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from waymark.demand.features import Counts, design
from waymark.demand.folding import flatten, fold
from waymark.demand.models import Floats, Model
from waymark.demand.scanning import Scan

TITLE_WEIGHT = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimates:
    """Estimates of N postings.

    `role` (N, R), `tasks` (N, T) and `subtasks` (N, S) are probabilities; `skill` (N, K) is the expected level 0-3 and
    `skill_sd` (N, K) its standard deviation.
    """

    role: Floats
    tasks: Floats
    skill: Floats
    skill_sd: Floats
    subtasks: Floats


def estimate(counts: Counts, *, model: Model) -> Estimates:
    """Estimate a batch from its texts alone: blind to titles."""
    x = design(counts, vocabulary=model.vocabulary, scale=model.aggregate_scale)
    scores = np.asarray(x @ model.weights) + model.bias
    roles, tasks, skills = len(model.roles), len(model.tasks), len(model.skills)
    role = softmax(scores[:, :roles] / model.role_temperature)
    task_scores = scores[:, roles : roles + tasks]
    stage = np.concatenate([task_scores, np.log(role + 1e-4)], axis=1)
    skill = np.clip(scores[:, roles + tasks : roles + tasks + skills], 0, 3)
    level = np.rint(skill).astype(int)
    subtask = scores[:, roles + tasks + skills :] + _own_terms(counts.subtasks, task_scores, model)
    return Estimates(
        role=role,
        tasks=sigmoid(_multiply(stage, model.task_weights) + model.task_bias),
        skill=skill,
        skill_sd=model.skill_sd[np.arange(skills), level],
        subtasks=sigmoid(subtask),
    )


def estimate_with_titles(role: Floats, titles: Sequence[str], scan: Scan, *, model: Model) -> Floats:
    """Return role probabilities (N, R) that know the titles; an empty title leaves what the text says."""
    x = title_design(role, titles, scan, words=model.title_words, concepts=len(model.concepts))
    titled = softmax(_multiply(x, model.title_weights) + model.title_bias)
    return np.where(np.array([[bool(title)] for title in titles]), titled, role)


def _multiply(rows: Floats, weights: Floats) -> Floats:
    """Return rows @ weights, each row summed alone: a dense product's last bits depend on how many rows there are."""
    return np.asarray(csr_matrix(rows) @ weights, np.float32)


def _own_terms(mentions: Floats, task_scores: Floats, model: Model) -> Floats:
    """Return what a subtask's own mentions and its task's score add (N, S)."""
    return np.log1p(mentions) * model.subtask_own[:, 0] + (
        task_scores[:, list(model.subtask_task)] * model.subtask_own[:, 1]
    )


def title_design(
    role: Floats, titles: Sequence[str], scan: Scan, *, words: Mapping[bytes, int], concepts: int
) -> Floats:
    """Return the rows (N, R + VT + C) of the stage that knows the title: what the text says, words, concepts."""
    roles = role.shape[1]
    out = np.zeros((len(titles), roles + len(words) + concepts), np.float32)
    out[:, :roles] = np.log(role + 1e-6)
    for row, title in enumerate(titles):
        found = (words.get(token) for token in fold(flatten(title)).split())
        out[row, [roles + number for number in found if number is not None]] = 1
    out[scan.sentence_text[scan.sentence], roles + len(words) + scan.concept] = 1
    said = out[:, roles:]
    said *= TITLE_WEIGHT / np.maximum(np.linalg.norm(said, axis=1, keepdims=True), 1)
    return out


def softmax(scores: NDArray[np.floating]) -> Floats:
    """Return probabilities over the last axis."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)


def sigmoid(scores: NDArray[np.floating]) -> Floats:
    """Return 1 / (1 + e^-x)."""
    return np.asarray(1 / (1 + np.exp(-scores)), np.float32)
