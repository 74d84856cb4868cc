"""Fit of items, of the model and of people's answers to it, skill by skill."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from waymark.actions.assess.scrutiny import split_skills
from waymark.actions.workspace import Workspace
from waymark.assess.fit.dependence import Dependence, find_dependence
from waymark.assess.fit.margins import ModelFit, fit_model
from waymark.assess.fit.misfit import ItemFit, fit_items
from waymark.assess.fit.person_fit import FEWEST, PersonFit, fit_people
from waymark.assess.fit.reviewing import LOOK_AGAIN, TOO_LITTLE, Review, review_people
from waymark.assess.items import Items
from waymark.assess.responses import Responses
from waymark.engines.answers import Columns, read_answers
from waymark.engines.frames import Table
from waymark.engines.item_tables import read_items
from waymark.engines.writing import Column, check_target, write_table
from waymark.errors import Invalid

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checking:
    """How to check: `known` items were calibrated with other people, so that nothing was fitted to these answers.

    With `replicates`, dependence is judged against as many data sets simulated under the model from `seed`.
    """

    known: bool = False
    replicates: int = 0
    seed: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillFit:
    """Fit within one skill; None where there was not enough to test, which `notes` tell."""

    skill: str
    items: tuple[ItemFit, ...] | None
    model: ModelFit | None
    dependence: Dependence | None
    people: PersonFit
    review: Review


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """Fit by skill, the people, and remarks."""

    people: tuple[str, ...]
    skills: tuple[SkillFit, ...]
    notes: tuple[str, ...]


def check_fit(
    workspace: Workspace,
    responses: Table,
    items: Table,
    *,
    checking: Checking | None = None,
    columns: Columns | None = None,
    out: Path | None = None,
) -> Checked:
    """Test items (S-X2), model (M2), dependence of items (Q3) and people's answers (lz*), the last also to `out`.

    What cannot be tested, since too few answered everything say, is noted. Raise MissingInput, TooLarge or BadInput for
    tables that cannot be read, Invalid where `out` cannot be written.
    """
    if out is not None:
        check_target(out)
    how, wanted = checking or Checking(), columns or Columns()
    table = read_items(items)
    among = Columns(people=wanted.people, group=wanted.group, left_out=wanted.left_out, items=set(table.items.ids))
    answers = read_answers(responses, columns=among)
    notes = [*answers.notes, *table.notes]
    found = tuple(
        _check_skill(workspace, skill, own, given, how=how, notes=notes)
        for skill, own, given in split_skills(answers.responses, table.items)
    )
    done = Checked(people=answers.people, skills=found, notes=tuple(notes))
    if out is not None:
        write_table(out, lay_out_person_fit(done))
    return done


def _check_skill(
    workspace: Workspace, skill: str, own: Responses, items: Items, *, how: Checking, notes: list[str]
) -> SkillFit:
    def attempt(test: Callable[[], _T]) -> _T | None:
        try:
            return test()
        except Invalid as error:
            notes.append(f"{skill}: {error}")
            return None

    rng = workspace.generator(how.seed) if how.replicates else None
    people = fit_people(own, items)
    spent = 0 if how.known else None
    model = "known" if how.known else name_model(items)
    return SkillFit(
        skill=skill,
        items=attempt(lambda: fit_items(own, items, parameters=spent)),
        model=attempt(lambda: fit_model(own, items, model=model)),
        dependence=attempt(lambda: find_dependence(own, items, rng=rng, replicates=how.replicates)),
        people=people,
        review=review_people(people),
    )


def name_model(items: Items) -> str:
    """Return the simplest binary model that has the parameters which the items use."""
    known = np.isfinite(items.a)
    if (items.d[known] < 1).any():
        return "4pl"
    if (items.c[known] > 0).any():
        return "3pl"
    return "1pl" if len(np.unique(items.a[known])) == 1 else "2pl"


def lay_out_person_fit(done: Checked) -> dict[str, Column]:
    """Return the columns of a table of person fit: a row a person and skill, skill by skill.

    `p` is the lower tail of lz_star, `p_adjusted` for the false discovery rate over the people of a skill, `verdict` is
    that of `review_people`.
    """
    parts = [one.people for one in done.skills]
    columns: dict[str, Column] = {
        "person": list(done.people) * len(parts),
        "skill": [one.skill for one in done.skills for _ in done.people],
    }
    for name in ("theta", "answers", "lz", "lz_star", "p", "infit", "infit_z", "outfit", "outfit_z"):
        columns[name] = np.concatenate([getattr(part, name) for part in parts])
    columns["p_adjusted"] = np.concatenate([one.review.flags[0].p_adjusted for one in done.skills])
    columns["verdict"] = [verdict for one in done.skills for verdict in one.review.verdicts]
    return columns


def describe_fit(done: Checked, *, out: Path | None = None) -> dict[str, Any]:
    """Return what the tests came to as plain values, by skill; null where there was not enough to test."""
    return {
        **({"out": str(out)} if out is not None else {}),
        "people": len(done.people),
        "skills": {
            one.skill: {
                "items": None if one.items is None else [asdict(item) for item in one.items],
                "model": None if one.model is None else asdict(one.model),
                "dependence": None if one.dependence is None else _describe_dependence(one.dependence),
                "people": _describe_people(one, done.people),
            }
            for one in done.skills
        },
        "notes": list(done.notes),
    }


def _describe_dependence(found: Dependence) -> dict[str, Any]:
    names = ("mean", "maximum", "q3_star", "critical", "p", "replicates")
    return {name: getattr(found, name) for name in names} | {"flagged": [asdict(pair) for pair in found.flagged]}


def _describe_people(one: SkillFit, names: tuple[str, ...]) -> dict[str, Any]:
    found, review = one.people, one.review
    again = np.array([verdict == LOOK_AGAIN for verdict in review.verdicts])
    rows = np.flatnonzero(again)
    order = rows[np.argsort(found.p[rows], kind="stable")]
    return {
        "judged": sum(verdict != TOO_LITTLE for verdict in review.verdicts),
        "fewest_answers": FEWEST,
        "alpha": review.alpha,
        "expected": review.expected,
        "look_again": [
            {
                "person": names[row],
                "answers": int(found.answers[row]),
                "lz_star": float(found.lz_star[row]),
                "p": float(found.p[row]),
                "p_adjusted": float(review.flags[0].p_adjusted[row]),
            }
            for row in order.tolist()
        ],
    }
