"""Mixtures: predictions by models that are estimated from the answers themselves, weighed by how well they foretell."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from waymark.actions.assess.abilities import MAX_PREDICTIONS, Predicted, describe_predictions, lay_out_predictions
from waymark.actions.workspace import Workspace
from waymark.assess.calibration.stacking import MODELS, Mixture, predict_mixture, stack
from waymark.assess.items import Floats, Ints, make_items
from waymark.assess.responses import Responses, as_matrix, take_columns
from waymark.engines.answers import Columns, read_answers
from waymark.engines.frames import Table
from waymark.engines.item_tables import read_skills
from waymark.engines.writing import check_target, list_rows, write_table
from waymark.errors import BadInput, TooLarge

STACK: Final = "stack"
CHOICES: Final = (STACK, *MODELS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mixed:
    """Predictions, and by skill the models with their weights."""

    predicted: Predicted
    mixtures: dict[str, Mixture]


def predict_by_models(  # noqa: PLR0913  every keyword has its own default
    workspace: Workspace,
    responses: Table,
    *,
    model: str = STACK,
    skills: Table | None = None,
    seed: int = 1,
    columns: Columns | None = None,
    out: Path | None = None,
) -> Mixed:
    """Predict every cell that was not seen by one of `CHOICES`, estimated from the answers, skill by skill.

    `seed` draws the answers that are held back to weigh models by. Raise MissingInput, TooLarge or BadInput for what
    cannot be predicted, Invalid where `out` cannot be written.
    """
    if out is not None:
        check_target(out)
    if model not in CHOICES:
        raise BadInput(f"no model {model!r} to predict by", hint=f"one of {', '.join(CHOICES)}, or a table of items")
    answers = read_answers(responses, columns=columns)
    given = answers.responses
    cells = given.people * len(given.items)
    if cells > MAX_PREDICTIONS:
        raise TooLarge(f"{cells:,} cells to predict", hint=f"at most {MAX_PREDICTIONS:,} at a time")
    names, skill = _sort_skills(given, skills)
    mixtures, chance = _mix(
        given, names, skill, rng=workspace.generator(seed), models=MODELS if model == STACK else (model,)
    )
    person, item = np.nonzero(as_matrix(given) < 0)
    found: Floats = chance[person, item]
    done = Predicted(
        people=answers.people,
        items=make_items(given.items, skills=names, skill=skill),
        person=person,
        item=item,
        probability=found,
        expected=found,
        notes=answers.notes,
    )
    if out is not None:
        write_table(out, lay_out_predictions(done))
    return Mixed(predicted=done, mixtures=mixtures)


def _mix(
    given: Responses, names: tuple[str, ...], skill: Ints, *, rng: np.random.Generator, models: tuple[str, ...]
) -> tuple[dict[str, Mixture], Floats]:
    """Return the mixture of each skill, and the chance of right of every person on every item."""
    mixtures, chance = {}, np.full((given.people, len(given.items)), np.nan)
    for number, name in enumerate(names):
        own = np.flatnonzero(skill == number)
        some = take_columns(given, own)
        mixtures[name] = stack(some, rng=rng, models=models)
        chance[:, own] = predict_mixture(mixtures[name], some)
    return mixtures, chance


def _sort_skills(responses: Responses, skills: Table | None) -> tuple[tuple[str, ...], Ints]:
    """Return the skills, and the number of each item's; raise BadInput for an item without one."""
    if skills is None:
        return ("ability",), np.zeros(len(responses.items), dtype=np.int64)
    known = read_skills(skills)
    lost = [item for item in responses.items if item not in known]
    if lost:
        raise BadInput(f"{skills.name} names no skill of item {lost[0]!r}", hint="give every item a skill")
    names = tuple(dict.fromkeys(known[item] for item in responses.items))
    return names, np.array([names.index(known[item]) for item in responses.items], dtype=np.int64)


def describe_mixed(done: Mixed, *, out: Path | None = None, rows: bool = False) -> dict[str, Any]:
    """Return what was predicted and by what, as plain values; losses are mean log-losses on answers held back."""
    return describe_predictions(done.predicted, out=out) | {
        "mixture": {
            skill: {
                "loss": own.loss,
                "models": [
                    {"model": name, "weight": float(weight), "loss": float(loss)}
                    for name, weight, loss in zip(own.models, own.weights, own.losses, strict=True)
                ],
            }
            for skill, own in done.mixtures.items()
        },
        **({"rows": list_rows(lay_out_predictions(done.predicted))} if rows else {}),
    }
