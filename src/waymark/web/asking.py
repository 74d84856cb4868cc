"""Asking: what a visitor wants the engine to do, from the address of the page and back into its form."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import nan
from typing import Final

from starlette.datastructures import QueryParams

from waymark.actions.watching import Crowd, Scene
from waymark.errors import BadInput
from waymark.framework import Edition
from waymark.framework.scale import POINTS_PER_LOGIT
from waymark.web.drawing import INTERVAL_90

SCENE: Final[Mapping[str, str]] = {"level": "random", "target": "0.5", "seed": "1"}
CROWD: Final[Mapping[str, str]] = {
    "people": "1000",
    "target": "0.5",
    "items": "60",
    "cap": "40",
    "misfit": "none",
    "rate": "20",
    "seed": "1",
}
TARGETS: Final = ("0.4", "0.45", "0.5", "0.6", "0.7")
LONGEST: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A form as it was sent: texts by field, the skills chosen, and the boxes that are ticked."""

    texts: Mapping[str, str]
    skills: tuple[str, ...]
    ticked: frozenset[str] = frozenset()


def read_question(query: QueryParams, defaults: Mapping[str, str], *, edition: Edition) -> Question:
    """Read a question from an address; one without any field is the question that the page opens with."""
    texts = {name: query.get(name, default)[:LONGEST].strip() for name, default in defaults.items()}
    if not query:
        return Question(texts=texts, skills=tuple(edition.skills)[:3])
    asked = set(query.getlist("skill"))
    skills = tuple(skill for skill in edition.skills if skill in asked)
    return Question(texts=texts, skills=skills, ticked=frozenset({"warm", "guessing"} & set(query)))


def make_scene(question: Question) -> Scene:
    """Make the scene that is asked for; raise BadInput for values that no scene has."""
    return Scene(
        skills=question.skills,
        level=question.texts["level"],
        target_sd=read_number(question, "target", "precision"),
        seed=read_whole(question, "seed", "seed"),
        warm_start="warm" in question.ticked,
        guessing="guessing" in question.ticked,
    )


def make_crowd(question: Question) -> Crowd:
    """Make the crowd that is asked for; raise BadInput for values that no crowd has."""
    return Crowd(
        skills=question.skills,
        people=read_whole(question, "people", "number of people"),
        seed=read_whole(question, "seed", "seed"),
        target_sd=read_number(question, "target", "precision"),
        most_items=read_whole(question, "items", "number of items"),
        cap=None if question.texts["cap"] == "none" else read_number(question, "cap", "cap") / 100,
        misfit=question.texts["misfit"],
        rate=read_number(question, "rate", "share of answers") / 100,
    )


def read_number(question: Question, name: str, spoken: str) -> float:
    """Return a field as a number; raise BadInput for one that is none."""
    try:
        value = float(question.texts[name])
    except ValueError:
        value = nan
    if value != value or abs(value) > 1e9:  # noqa: PLR0124  only what is no number differs from itself
        raise BadInput(f"the {spoken} is not a number", hint="write it in digits")
    return value


def read_whole(question: Question, name: str, spoken: str) -> int:
    """Return a field as a whole number; raise BadInput for one that is none."""
    value = read_number(question, name, spoken)
    if value != int(value):
        raise BadInput(f"the {spoken} is not a whole number", hint="write it without a point")
    return int(value)


def list_targets() -> tuple[tuple[str, str], ...]:
    """Return the precisions that a form offers, each as a value and as it is spoken."""
    return tuple((value, f"± {INTERVAL_90 * POINTS_PER_LOGIT * float(value):.0f} points") for value in TARGETS)
