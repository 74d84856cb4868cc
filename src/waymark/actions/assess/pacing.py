"""Pacing: how long items take, how fast people are, and whose times say that answers were guessed or known."""

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from waymark.assess.ability.scoring import score
from waymark.assess.fit.pacing import Pace, check_pace
from waymark.assess.fit.person_fit import fit_people
from waymark.assess.fit.reviewing import LOOK_AGAIN, TOO_LITTLE, Review, list_reasons, review_people
from waymark.assess.fit.timing import (
    FEWEST,
    Correlation,
    Speeds,
    TimeModel,
    Times,
    correlate_speed,
    find_speeds,
    fit_times,
    make_times,
)
from waymark.assess.items import Items, make_items, take_items
from waymark.assess.responses import MISSING, Responses, as_matrix, take_columns, take_people
from waymark.engines.answers import Columns, read_answers
from waymark.engines.durations import Durations, read_durations
from waymark.engines.frames import Table
from waymark.engines.item_tables import read_items
from waymark.engines.writing import Column, check_target, list_rows, write_table
from waymark.errors import BadInput, Invalid

BY_TIMES: Final = "times alone"
BY_BOTH: Final = "times and answers"
_Z95: Final = 1.959963984540054


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """The model of the times, each person's speed, pace and review, and remarks.

    `judged_by` says whether answers were looked at beside times; `correlation` is that of speed with ability, if so.
    """

    people: tuple[str, ...]
    model: TimeModel
    speeds: Speeds
    pace: Pace
    review: Review
    judged_by: str
    correlation: Correlation | None
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answered:
    """Times with the answers and items that go with them, rows and columns in one order."""

    times: Times
    responses: Responses
    items: Items
    notes: tuple[str, ...]


def study_times(  # noqa: PLR0913  every keyword has its own default
    times: Table,
    *,
    responses: Table | None = None,
    items: Table | None = None,
    unit: str = "minutes",
    alpha: float = 0.01,
    columns: Columns | None = None,
    out: Path | None = None,
) -> Timed:
    """Fit the log-normal model to times, and look at every person's; with answers to known items, at both together.

    `alpha` is the rate at which a person that the model describes is asked to be looked at again. Raise MissingInput,
    TooLarge or BadInput for tables that cannot be studied, Invalid where `out` cannot be written.
    """
    if out is not None:
        check_target(out)
    if (responses is None) != (items is None):
        raise BadInput("answers without items, or items without answers", hint="give both, or neither")
    took = read_durations(times, unit=unit, columns=columns)
    whole = make_times(took.minutes, items=took.items)
    model = fit_times(whole)
    speeds = find_speeds(whole, model)
    if responses is None or items is None:
        pace, review = _judge_times(whole, model, alpha)
        correlation, notes, by = None, took.notes, BY_TIMES
    else:
        given = _join(took, responses, items, columns)
        pace, review = _judge_both(given, _take_model(model, given.times.items), alpha)
        correlation, notes, by = _correlate(speeds, given), (*took.notes, *given.notes), BY_BOTH
    done = Timed(
        people=took.people,
        model=model,
        speeds=speeds,
        pace=pace,
        review=review,
        judged_by=by,
        correlation=correlation,
        notes=notes,
    )
    if out is not None:
        write_table(out, lay_out_paces(done))
    return done


def _judge_times(times: Times, model: TimeModel, alpha: float) -> tuple[Pace, Review]:
    """Judge times where no answer is known: fast answers alone are then what speaks of guessing."""
    nothing = np.full((times.people, len(times.items)), MISSING, dtype=np.int8)
    empty = Responses(items=times.items, people=times.people, matrix=nothing)
    pace = check_pace(empty, times, make_items(times.items), model)
    pace = replace(pace, p_foreknown=np.full(times.people, np.nan))
    return pace, review_people(pace=pace, alpha=alpha)


def _judge_both(given: _Answered, model: TimeModel, alpha: float) -> tuple[Pace, Review]:
    pace = check_pace(given.responses, given.times, given.items, model)
    return pace, review_people(fit_people(given.responses, given.items), pace, alpha=alpha)


def _take_model(model: TimeModel, names: tuple[str, ...]) -> TimeModel:
    rows = np.array([model.items.index(name) for name in names], dtype=np.int64)
    return replace(
        model, items=names, **{key: getattr(model, key)[rows] for key in ("beta", "alpha", "se_beta", "se_alpha", "n")}
    )


def _join(took: Durations, responses: Table, items: Table, columns: Columns | None) -> _Answered:
    """Bring times, answers and items into one order: the people of the times, the items that all three have."""
    table, wanted = read_items(items), columns or Columns()
    if len(np.unique(table.items.skill)) > 1:
        raise BadInput("items of several skills", hint="take the times of one skill at a time")
    known = frozenset(table.items.ids)
    answers = read_answers(responses, columns=Columns(people=wanted.people, left_out=wanted.left_out, items=known))
    for names, name in ((took.people, "the times"), (answers.people, responses.name)):
        if len(set(names)) < len(names):
            raise BadInput(f"{name} name a person twice", hint="give everybody one row, named the same in both tables")
    place = {name: row for row, name in enumerate(answers.people)}
    lost = [name for name in took.people if name not in place]
    if lost:
        raise BadInput(f"{responses.name} has no answers of {lost[0]!r}", hint="name people alike in both tables")
    common = [name for name in took.items if name in answers.responses.items]
    if len(common) < 2:
        raise BadInput(f"{len(common)} items have times, answers and parameters", hint="name items alike in all tables")
    own = take_people(answers.responses, np.array([place[name] for name in took.people]))
    columns_of = np.array([answers.responses.items.index(name) for name in common])
    rows = np.array([table.items.ids.index(name) for name in common])
    return _Answered(
        times=make_times(took.minutes[:, [took.items.index(name) for name in common]], items=tuple(common)),
        responses=take_columns(own, columns_of),
        items=take_items(table.items, rows),
        notes=(*answers.notes, *table.notes),
    )


def _correlate(speeds: Speeds, given: _Answered) -> Correlation | None:
    """Return the correlation of speed with ability, None where too few have both."""
    found = score(given.responses, given.items)
    seen = (as_matrix(given.responses) >= 0).any(axis=1)
    theta = np.where(seen, found.estimate[:, 0], np.nan)
    try:
        return correlate_speed(speeds, theta, found.sd[:, 0])
    except Invalid:
        return None


def lay_out_paces(done: Timed) -> dict[str, Column]:
    """Return the columns of a table of people: speed with its sd, times, p of each sign, and a verdict."""
    pace, review = done.pace, done.review
    return {
        "person": list(done.people),
        "times": done.speeds.answers,
        "speed": done.speeds.mean,
        "speed_sd": np.sqrt(done.speeds.variance),
        "fast": pace.fast,
        **{name: getattr(pace, name) for name in ("p_times", "p_rapid", "p_foreknown", "p_speeded")},
        "verdict": list(review.verdicts),
        "reasons": ["; ".join(list_reasons(review, row)) for row in range(len(done.people))],
    }


def lay_out_times(done: Timed) -> dict[str, Column]:
    """Return the columns of a table of items: intensity (log minutes) and discrimination with errors and intervals."""
    model = done.model
    middle = np.exp(model.beta)
    return {
        "item": list(model.items),
        "n": model.n,
        "intensity": model.beta,
        "se_intensity": model.se_beta,
        "discrimination": model.alpha,
        "se_discrimination": model.se_alpha,
        "median_minutes": middle,
        "median_low": middle * np.exp(-_Z95 * model.se_beta),
        "median_high": middle * np.exp(_Z95 * model.se_beta),
    }


def describe_times(done: Timed, *, out: Path | None = None) -> dict[str, Any]:
    """Return what times say as plain values: items, people, and how many of those are worth a second look."""
    model, review = done.model, done.review
    return {
        **({"out": str(out)} if out is not None else {}),
        "people": len(done.people),
        "times": int(model.n.sum()),
        "fewest_times": FEWEST,
        "speed_sd": {"value": model.speed_sd, "se": model.se_speed_sd},
        "log_likelihood": model.log_likelihood,
        "converged": model.converged,
        "judged_by": done.judged_by,
        "speed_with_ability": None if done.correlation is None else asdict(done.correlation),
        "review": {
            "alpha": review.alpha,
            "judged": sum(verdict != TOO_LITTLE for verdict in review.verdicts),
            "expected": review.expected,
            "look_again": sum(verdict == LOOK_AGAIN for verdict in review.verdicts),
            "raised": {flag.kind: int(flag.raised.sum()) for flag in review.flags},
        },
        "items": list_rows(lay_out_times(done)),
        "rows": list_rows(lay_out_paces(done)),
        "notes": list(done.notes),
    }
