"""Questions: what a template becomes for one seed, with the key, and what of it may be shown before an answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from waymark.assess.templates.terms import Program


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """A wrong answer that is understood: its value as shown, the misconception behind it, what to say."""

    value: Any
    shown: str
    misconception: str
    feedback: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """An option as shown, whether it is right, and which misconception leads to it when it is not."""

    id: str
    text: str
    right: bool
    misconception: str = ""
    feedback: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One of the options is right, or with `many` all those that are right."""

    options: tuple[Option, ...]
    many: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A number is entered; right within `tolerance` (absolute, in the unit of the stem)."""

    value: float
    shown: str
    tolerance: float
    wrong: tuple[Wrong, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A short text is entered; compared after blanks are normalised."""

    value: str
    wrong: tuple[Wrong, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Steps are put in order; `right` are places in `steps`, `before` the pairs of places that must hold."""

    steps: tuple[str, ...]
    right: tuple[int, ...]
    before: tuple[tuple[int, int], ...]
    wrong: tuple[Wrong, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Each left side gets one of its choices; `right` names the right one by left side."""

    lefts: tuple[str, ...]
    choices: tuple[tuple[str, ...], ...]
    right: tuple[str, ...]
    wrong: tuple[Wrong, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A program is written; `reference` solves the task, `mutants` hold one misconception each."""

    program: Program
    entry: str
    starter: str
    reference: str
    mutants: Mapping[str, str]
    examples: tuple[Any, ...]
    feedback: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Several questions on one story, scored by how many are right."""

    parts: "tuple[Question, ...]"


Answered: TypeAlias = Choice | Number | Text | Order | Match | Task | Case


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One drawn question with everything that is known of it; only `show_question` gives what a taker may see."""

    template: str
    version: str
    seed: int
    skill: str
    topic: str
    format: str
    band: str
    minutes: float
    stem: str
    answered: Answered
    feedback: str
    solution: str
    features: Mapping[str, float]
    tries: int = 1
    collisions: int = 0


def show_question(question: Question) -> dict[str, Any]:
    """Return what may be sent before an answer: no key, no misconception, no feedback, no name that tells anything."""
    return {
        "skill": question.skill,
        "format": question.format,
        "minutes": question.minutes,
        "stem": question.stem,
        **show_answered(question.answered),
    }


def show_answered(answered: Answered) -> dict[str, Any]:  # noqa: PLR0911  a return for each way to answer
    """Return how a question is answered, without the key."""
    match answered:
        case Choice(options=options, many=many):
            shown = [{"id": one.id, "text": one.text} for one in options]
            return {"response": "choices" if many else "choice", "options": shown}
        case Number():
            return {"response": "number"}
        case Text():
            return {"response": "text"}
        case Order(steps=steps):
            return {"response": "order", "steps": list(steps)}
        case Match(lefts=lefts, choices=choices):
            pairs = zip(lefts, choices, strict=True)
            return {"response": "match", "rows": [{"left": left, "choices": list(own)} for left, own in pairs]}
        case Task(program=program, starter=starter, examples=examples, entry=entry):
            return {
                "response": "program",
                "language": program.language,
                "libraries": list(program.libraries),
                "entry": entry,
                "starter": starter,
                "examples": list(examples),
            }
        case Case(parts=parts):
            return {"response": "case", "parts": [show_part(part) for part in parts]}


def show_part(part: Question) -> dict[str, Any]:
    """Return a question of a case as it may be shown."""
    return {"stem": part.stem, **show_answered(part.answered)}


def tell_key(answered: Answered) -> Any:  # noqa: ANN401, PLR0911  of the shape that `marking.mark` takes
    """Return the right answer in the shape in which a person gives it."""
    match answered:
        case Choice(options=options, many=many):
            right = [one.id for one in options if one.right]
            return right if many else right[0]
        case Number(shown=shown):
            return shown
        case Text(value=value):
            return value
        case Order(right=right):
            return list(right)
        case Match(lefts=lefts, right=right):
            return dict(zip(lefts, right, strict=True))
        case Task(reference=reference):
            return reference
        case Case(parts=parts):
            return [tell_key(part.answered) for part in parts]
