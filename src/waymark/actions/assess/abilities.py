"""Abilities of people from responses to known items: scores, plausible values, predictions."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from waymark.actions.workspace import Workspace
from waymark.assess.ability.classification import Classification, judge_levels
from waymark.assess.ability.likelihoods import match_items
from waymark.assess.ability.plausible_values import draw_plausible
from waymark.assess.ability.predicting import predict_categories
from waymark.assess.ability.scores import EAP, Scores
from waymark.assess.ability.scoring import score as estimate
from waymark.assess.items import Floats, Items
from waymark.assess.responses import Responses, as_matrix, take_people
from waymark.engines.answers import Answers, Columns, read_answers
from waymark.engines.frames import Table
from waymark.engines.item_tables import ItemTable, read_items
from waymark.engines.writing import Column, check_target, list_rows, write_table
from waymark.errors import BadInput, TooLarge
from waymark.framework.scale import CENTRE, HIGHEST_SCORE, LEVEL_NAMES, LOWEST_SCORE, POINTS_PER_LOGIT

MAX_PREDICTIONS: Final = 50_000_000
MAX_DRAWS: Final = 1_000
_BLOCK: Final = 4_096  # people predicted at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """Who is scored: mean and sd of ability; `correlation` is one number for all pairs, None that of the items."""

    mean: float = 0.0
    sd: float = 1.0
    correlation: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """Scores of named people with `plausible` values (draws, N, K), how well levels are told, and remarks."""

    people: tuple[str, ...]
    scores: Scores
    levels: tuple[Classification, ...]
    plausible: Floats | None
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Study:
    answers: Answers
    items: Items
    correlation: Floats
    notes: tuple[str, ...]


def score(  # noqa: PLR0913  every keyword has its own default
    workspace: Workspace,
    responses: Table,
    items: Table,
    *,
    method: str = EAP,
    population: Population | None = None,
    plausible: int = 0,
    seed: int = 1,
    columns: Columns | None = None,
    out: Path | None = None,
) -> Scored:
    """Score everybody on every skill of the items and write the scores to `out`, a row a person and skill.

    Columns that are no items are left out. Raise MissingInput, TooLarge or BadInput for what cannot be scored,
    Invalid where `out` cannot be written.
    """
    if out is not None:
        check_target(out)
    if not 0 <= plausible <= MAX_DRAWS:
        raise BadInput(f"{plausible} plausible values", hint=f"ask for 0 to {MAX_DRAWS:,}")
    among = population or Population()
    study = _prepare(responses, items, among, columns=columns)
    given = study.answers.responses
    prior: dict[str, Any] = {"mean": among.mean, "sd": among.sd, "correlation": study.correlation}
    found = estimate(given, study.items, method=method, **prior)
    rng = workspace.generator(seed)
    draws = draw_plausible(given, study.items, draws=plausible, rng=rng, **prior) if plausible else None
    done = Scored(
        people=study.answers.people,
        scores=found,
        levels=_judge(found, among),
        plausible=draws,
        notes=study.notes,
    )
    if out is not None:
        write_table(out, lay_out_scores(done))
    return done


def _prepare(
    responses: Table,
    items: Table,
    population: Population,
    *,
    columns: Columns | None,
) -> _Study:
    table = read_items(items)
    wanted = columns or Columns()
    wanted = Columns(
        people=wanted.people, group=wanted.group, left_out=wanted.left_out, items=frozenset(table.items.ids)
    )
    answers = read_answers(responses, columns=wanted)
    own = match_items(table.items, answers.responses)
    return _Study(
        answers=answers,
        items=own,
        correlation=_correlate(table, population),
        notes=(*answers.notes, *table.notes),
    )


def _correlate(table: ItemTable, population: Population) -> Floats:
    size = len(table.items.skills)
    if population.correlation is None:
        return table.correlation
    return np.full((size, size), population.correlation) + (1.0 - population.correlation) * np.eye(size)


def _judge(scores: Scores, population: Population) -> tuple[Classification, ...]:
    enough = ((scores.level > 0).sum(axis=0) >= 2).all()
    return judge_levels(scores, mean=population.mean, sd=population.sd) if enough else ()


def lay_out_scores(done: Scored) -> dict[str, Column]:
    """Return the columns of a table of scores, a row a person and skill, people first.

    person, skill, `eap` (or `map`, `wle`: the method names it) and sd in logits, n answers, level 1 to 3 (0: none),
    p_beginning, p_developing, p_accomplished; score is the estimate on the scale of 1 to 300, pv1 ... plausible values.
    """
    scores, skills = done.scores, done.scores.skills
    estimate = scores.estimate.ravel()
    chances = scores.level_probabilities.reshape(-1, len(LEVEL_NAMES) - 1)
    columns: dict[str, Column] = {
        "person": np.repeat(np.array(done.people, dtype=object), len(skills)).tolist(),
        "skill": list(skills) * len(done.people),
        scores.method: estimate,
        "sd": scores.sd.ravel(),
        "n": scores.answers.ravel(),
        "level": scores.level.ravel(),
    }
    columns |= {f"p_{name.lower()}": chances[:, place] for place, name in enumerate(LEVEL_NAMES[1:])}
    columns["score"] = np.clip(CENTRE + POINTS_PER_LOGIT * estimate, LOWEST_SCORE, HIGHEST_SCORE)
    for number, values in enumerate(() if done.plausible is None else done.plausible):
        columns[f"pv{number + 1}"] = values.ravel()
    return columns


def describe_scores(done: Scored, *, out: Path | None = None, rows: bool = False) -> dict[str, Any]:
    """Return what scoring came to as plain values: by skill, means over the people with an estimate."""
    scores = done.scores
    judged = {one.skill: one for one in done.levels}
    skills = {}
    for place, name in enumerate(scores.skills):
        own = np.isfinite(scores.estimate[:, place])
        estimate, sd = scores.estimate[own, place], scores.sd[own, place]
        skills[name] = {
            "n": int(own.sum()),
            "answers": float(scores.answers[:, place].mean()),
            "mean": float(estimate.mean()) if len(estimate) else None,
            "sd": float(estimate.std(ddof=1)) if len(estimate) > 1 else None,
            "se": float(np.sqrt((sd**2).mean())) if len(sd) else None,
            "reliability": float(scores.reliability[place]),
            "levels": _count_levels(scores, place),
            "accuracy": asdict(judged[name].accuracy) if name in judged else None,
            "consistency": asdict(judged[name].consistency) if name in judged else None,
        }
    return {
        **({"out": str(out)} if out is not None else {}),
        "method": scores.method,
        "people": len(done.people),
        "skills": skills,
        "plausible": 0 if done.plausible is None else len(done.plausible),
        "notes": list(done.notes),
        **({"rows": list_rows(lay_out_scores(done))} if rows else {}),
    }


def _count_levels(scores: Scores, place: int) -> dict[str, int]:
    counts = np.bincount(scores.level[:, place], minlength=len(LEVEL_NAMES))
    return {name.lower(): int(counts[level]) for level, name in enumerate(LEVEL_NAMES) if level}


@dataclass(frozen=True, slots=True, kw_only=True)
class Predicted:
    """Cells that were not seen: number of the person, item, probability of a full score, expected score."""

    people: tuple[str, ...]
    items: Items
    person: np.ndarray[Any, Any]
    item: np.ndarray[Any, Any]
    probability: Floats
    expected: Floats
    notes: tuple[str, ...]


def predict(
    responses: Table,
    items: Table,
    *,
    population: Population | None = None,
    columns: Columns | None = None,
    out: Path | None = None,
) -> Predicted:
    """Predict the answer to every item (column) that a person has not seen, from the answers to those he has.

    Raise MissingInput, TooLarge or BadInput for what cannot be predicted, Invalid where `out` cannot be written.
    """
    if out is not None:
        check_target(out)
    among = population or Population()
    study = _prepare(responses, items, among, columns=columns)
    given = study.answers.responses
    unseen = given.people * len(given.items) - given.seen
    if unseen > MAX_PREDICTIONS:
        raise TooLarge(f"{unseen:,} cells to predict", hint=f"at most {MAX_PREDICTIONS:,} at a time")
    blocks = [
        _predict_some(given, study, among, first, min(first + _BLOCK, given.people))
        for first in range(0, given.people, _BLOCK)
    ]
    person, item, probability, expected = (np.concatenate(part) for part in zip(*blocks, strict=True))
    done = Predicted(
        people=study.answers.people,
        items=study.items,
        person=person,
        item=item,
        probability=probability,
        expected=expected,
        notes=study.notes,
    )
    if out is not None:
        write_table(out, lay_out_predictions(done))
    return done


def _predict_some(
    given: Responses, study: _Study, population: Population, first: int, last: int
) -> tuple[np.ndarray[Any, Any], ...]:
    """Return person, item, probability of the highest score and expected score of the unseen cells of some people."""
    some = take_people(given, np.arange(first, last))
    items = study.items
    chances = predict_categories(some, items, mean=population.mean, sd=population.sd, correlation=study.correlation)
    person, item = np.nonzero(as_matrix(some) < 0)
    credit = np.concatenate([np.arange(width) for width in items.categories])
    expected = np.add.reduceat(chances * credit, items.offsets[:-1], axis=1)
    return person + first, item, chances[person, items.offsets[1:][item] - 1], expected[person, item]


def lay_out_predictions(done: Predicted) -> dict[str, Column]:
    """Return the columns of a table of predictions: person, item, skill, probability, expected."""
    people, items = np.array(done.people, dtype=object), done.items
    return {
        "person": people[done.person].tolist(),
        "item": np.array(items.ids, dtype=object)[done.item].tolist(),
        "skill": np.array(items.skills, dtype=object)[items.skill[done.item]].tolist(),
        "probability": done.probability,
        "expected": done.expected,
    }


def describe_predictions(done: Predicted, *, out: Path | None = None) -> dict[str, Any]:
    """Return what was predicted as plain values."""
    return {
        **({"out": str(out)} if out is not None else {}),
        "people": len(done.people),
        "items": len(done.items),
        "predicted": len(done.person),
        "mean_probability": float(done.probability.mean()) if len(done.person) else None,
        "notes": list(done.notes),
    }
