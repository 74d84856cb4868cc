"""Drawing: a template and a seed give one question, the same for ever."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from waymark.assess.templates.answering import Draft, build_answered, collide, find_closest_gap
from waymark.assess.templates.filling import fill
from waymark.assess.templates.questions import Answered, Case, Question
from waymark.assess.templates.scripting import Names, evaluate, make_names, run
from waymark.assess.templates.streams import Stream
from waymark.assess.templates.terms import RESPONSES, Part, Template
from waymark.errors import BadData

MOST_TRIES: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """A question beside the names that its scripts left, which the second route to the key reads."""

    question: Question
    names: Names


def draw(template: Template, seed: int) -> Question:
    """Draw the question of a template for a seed: a pure function of both.

    Parameters are drawn until the constraints hold. Raise BadData where a script fails, or where no parameters hold
    and no options differ after 300 tries.
    """
    return draw_variant(template, seed).question


def draw_variant(template: Template, seed: int) -> Variant:
    """Draw as `draw`, and keep the names of the scripts."""
    collisions = 0
    for tries in range(1, MOST_TRIES + 1):
        stream = Stream(template.id, seed, tries)
        values = {name: stream.choice(parameter.values) for name, parameter in template.params.items()}
        variant = try_values(template, values, stream, seed=seed)
        if variant is not None and not collide(variant.question.answered):
            counted = replace(variant.question, tries=tries, collisions=collisions)
            return replace(variant, question=counted)
        collisions += variant is not None
    why = "their options coincide" if collisions else "they break the constraints"
    raise BadData(f"{template.id}: {MOST_TRIES} draws of its parameters, and {why}", hint="widen its parameters")


def try_values(template: Template, values: Mapping[str, Any], stream: Stream, *, seed: int) -> Variant | None:
    """Make the variant of given parameters, options coinciding or not; None where a constraint does not hold."""
    names = make_names(stream, values)
    if template.derive:
        run(template.derive, names, where=f"{template.id}: derive")
    for place, constraint in enumerate(template.constraints, start=1):
        if not evaluate(constraint, names, where=f"{template.id}: constraint {place}"):
            return None
    return Variant(question=_assemble(template, names, seed=seed, stream=stream), names=names)


def _assemble(template: Template, names: Names, *, seed: int, stream: Stream) -> Question:
    where = template.id
    draft = Draft(sheet=template, names=names, stream=stream, where=where, program=template.program)
    question = Question(
        template=template.id,
        version=template.version,
        seed=seed,
        skill=template.skill,
        topic=template.topic,
        format=template.format,
        band=template.band,
        minutes=template.minutes,
        stem=fill(template.stem, names, where=f"{where}: stem"),
        answered=Case(parts=()) if template.answered == "case" else build_answered(template.answered, draft),
        feedback=fill(template.feedback.correct, names, where=f"{where}: feedback.correct"),
        solution=fill(template.solution, names, where=f"{where}: solution"),
        features={},
    )
    features = _measure(template, {**names, "closest_gap": find_closest_gap(question.answered)})
    question = replace(question, features=features)
    if template.answered != "case":
        return question
    parts = [_assemble_part(question, part, draft, place) for place, part in enumerate(template.parts, start=1)]
    return replace(question, answered=Case(parts=tuple(parts)))


def _measure(template: Template, names: Names) -> dict[str, float]:
    where = template.id
    return {
        name: float(evaluate(source, names, where=f"{where}: features.{name}"))
        for name, source in template.features.items()
    }


def _assemble_part(whole: Question, part: Part, draft: Draft, place: int) -> Question:
    where = f"{draft.where}: part {place}"
    own = replace(draft, sheet=part, where=where)
    answered: Answered = build_answered(part.response or RESPONSES[part.format], own)
    return replace(
        whole,
        format=part.format,
        stem=fill(part.stem, draft.names, where=f"{where}: stem"),
        answered=answered,
        feedback=fill(part.feedback.correct, draft.names, where=f"{where}: feedback.correct"),
        features={},
    )
