"""The fitted reader: weights over words and concepts, and what turns them into calibrated answers."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from waymark.demand.features import Vocabulary
from waymark.demand.sections import SentenceModel
from waymark.errors import BadData

Floats = NDArray[np.float32]

FORMAT = 1
STEP = 0.01  # weights are whole multiples of this, so that the last bits of a solver never reach the file


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A fitted reader over V words, C concepts, A skill aggregates; R = roles and none, T tasks, K skills, S subtasks.

    `weights` (V + C + A, R + T + K + S) and `bias` give raw scores; `role_temperature` divides those of the roles.
    `task_weights` (T + R, T), `task_bias`: second stage over task scores and log role probabilities.
    `subtask_task` (S): the place of each subtask's task in `tasks`.
    `skill_sd` (K, 4): standard deviation of a skill's level, by the level read. `subtask_own` (S, 2): weights of
    ln(1 + mentions) and of the task's score. `title_weights` (R + VT + C, R), `title_bias`: the stage that knows the
    title, over log role probabilities, title words and title concepts.
    """

    about: Mapping[str, Any]
    roles: tuple[str, ...]
    tasks: tuple[str, ...]
    skills: tuple[str, ...]
    subtasks: tuple[str, ...]
    subtask_task: tuple[int, ...]
    concepts: tuple[str, ...]
    vocabulary: Vocabulary
    sentences: SentenceModel
    weights: Floats
    bias: Floats
    aggregate_scale: Floats
    role_temperature: float
    task_weights: Floats
    task_bias: Floats
    skill_sd: Floats
    subtask_own: Floats
    title_words: Mapping[bytes, int]
    title_weights: Floats
    title_bias: Floats


_ROUNDED = ("weights", "bias", "task_weights", "task_bias", "subtask_own", "title_weights", "title_bias")
_SENTENCE = ("word", "first", "heading", "boilerplate")
_PLAIN = ("aggregate_scale", "skill_sd")


def quantize(values: NDArray[np.floating[Any]]) -> Floats:
    """Round weights to multiples of `STEP`."""
    return np.asarray(np.rint(values / STEP) * STEP, np.float32)


def encode_model(model: Model) -> bytes:
    """Return the model as the bytes of an .npz file; equal models give equal bytes."""
    names = {
        "roles": model.roles,
        "tasks": model.tasks,
        "skills": model.skills,
        "subtasks": model.subtasks,
        "subtask_task": model.subtask_task,
        "concepts": model.concepts,
        "words": [word.decode() for word in model.vocabulary.words],
        "title_words": [word.decode() for word in model.title_words],
        "role_temperature": model.role_temperature,
        "about": dict(model.about),
        "format": FORMAT,
    }
    arrays: dict[str, NDArray[Any]] = {
        "names": np.frombuffer(json.dumps(names, sort_keys=True).encode(), np.uint8),
        "idf": model.vocabulary.idf,
    }
    arrays |= {f"sentence_{name}": _steps(getattr(model.sentences, name)) for name in _SENTENCE}
    arrays |= {name: _steps(getattr(model, name)) for name in _ROUNDED}
    arrays |= {name: getattr(model, name) for name in _PLAIN}
    out = BytesIO()
    np.savez_compressed(out, **arrays)  # type: ignore[arg-type]  # the stub takes the second keyword for a flag
    return out.getvalue()


def decode_model(data: bytes, *, name: str) -> Model:
    """Return the model in the bytes of an .npz file; raise BadData where they hold none."""
    try:
        with np.load(BytesIO(data), allow_pickle=False) as file:
            arrays = {key: file[key] for key in file.files}
        names = json.loads(arrays["names"].tobytes())
        if names["format"] != FORMAT:
            raise BadData(f"{name}: model format {names['format']}", hint="fit it again with this version")
        return _assemble(names, arrays)
    except (KeyError, ValueError, OSError, EOFError, BadZipFile) as error:
        raise BadData(f"{name} is no fitted reader", hint="make one with `waymark demand fit`") from error


def _assemble(names: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Model:
    words = {word.encode(): number for number, word in enumerate(names["words"])}
    return Model(
        about=names["about"],
        roles=tuple(names["roles"]),
        tasks=tuple(names["tasks"]),
        skills=tuple(names["skills"]),
        subtasks=tuple(names["subtasks"]),
        subtask_task=tuple(names["subtask_task"]),
        concepts=tuple(names["concepts"]),
        vocabulary=Vocabulary(words=words, idf=arrays["idf"]),
        sentences=SentenceModel(**{key: _floats(arrays[f"sentence_{key}"]) for key in _SENTENCE}),
        role_temperature=float(names["role_temperature"]),
        title_words={word.encode(): number for number, word in enumerate(names["title_words"])},
        **{key: _floats(arrays[key]) for key in _ROUNDED},
        **{key: arrays[key] for key in _PLAIN},
    )


def _steps(values: Floats) -> NDArray[np.int16]:
    steps = np.rint(values / STEP)
    if np.abs(steps).max(initial=0) > np.iinfo(np.int16).max:
        raise BadData("a weight is too large to keep", hint="fit with stronger regularisation")
    return np.asarray(steps, np.int16)


def _floats(steps: NDArray[np.int16]) -> Floats:
    return np.asarray(steps * np.float32(STEP), np.float32)
