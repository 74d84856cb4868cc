"""The second route to the key: `verify` computes it by other means from what the stem shows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isclose
from typing import Any

from waymark.assess.templates.answering import normalise
from waymark.assess.templates.drawing import Variant
from waymark.assess.templates.filling import list_fields, show
from waymark.assess.templates.marking import squeeze
from waymark.assess.templates.questions import Answered, Case, Choice, Match, Number, Order, Question, Text
from waymark.assess.templates.scripting import Names, make_names, run
from waymark.assess.templates.streams import Stream
from waymark.assess.templates.terms import Template


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What the second route says: whether it agrees, and both answers as shown."""

    agrees: bool
    key: str
    found: str


def verify(template: Template, variant: Variant) -> list[Check]:
    """Run the second route, of each part for a case. Raise Unrunnable where it fails or reads what is not shown.

    A route sees the names that the stem shows, those that the template lists as `given`, and nothing else.
    """
    return _verify(template, variant, lambda texts: take_shown(variant.names, texts, template.given))


def verify_openly(template: Template, variant: Variant) -> list[Check]:
    """Run the second route with all names of the draw, as templates from elsewhere may be written."""
    return _verify(template, variant, lambda _: variant.names)


def _verify(template: Template, variant: Variant, look: Callable[[list[str]], Names]) -> list[Check]:
    question = variant.question
    if not isinstance(question.answered, Case):
        where = f"{template.id}: verify"
        names = look([template.stem])
        return [_check(template.verify, names, question, show_as=template.key.show, where=where)]
    checks, stems = [], [template.stem]
    for place, (part, own) in enumerate(zip(template.parts, question.answered.parts, strict=True), start=1):
        where = f"{template.id}: part {place}: verify"
        checks.append(_check(part.verify, look([*stems, part.stem]), own, show_as=part.key.show, where=where))
        stems.append(part.stem)
    return checks


def take_shown(names: Names, texts: list[str], given: tuple[str, ...]) -> Names:
    """Return the names that texts show and those given."""
    wanted = {name for text in texts for name in list_fields(text)} | set(given)
    return {name: names[name] for name in wanted if name in names}


def _check(source: str, shown: Names, question: Question, *, show_as: str, where: str) -> Check:
    names = make_names(Stream(where, question.seed), shown)
    run(source, names, where=where)
    found = names.get("check")
    return Check(
        agrees=agree(question.answered, found, show_as=show_as),
        key=_say(question.answered),
        found=str(found)[:200],
    )


def agree(answered: Answered, found: Any, *, show_as: str) -> bool:  # noqa: ANN401  a route may find anything
    """Tell whether the value of a second route is the key and no other option."""
    match answered:
        case Choice():
            return _agree_options(answered, found, show_as)
        case Number(value=value, tolerance=tolerance):
            number = isinstance(found, int | float) and not isinstance(found, bool)
            return number and isclose(float(found), value, rel_tol=1e-9, abs_tol=max(tolerance, 1e-9))
        case Text(value=value):
            return squeeze(_try_show(found, show_as)) == squeeze(value)
        case Order(steps=steps, before=before):
            return _keeps(found, steps, before)
        case Match(lefts=lefts, right=right):
            pairs = dict(zip(lefts, right, strict=True))
            return isinstance(found, Mapping) and {str(a): str(b) for a, b in found.items()} == pairs
        case _:
            return callable(found) or found == "reference"


def _agree_options(own: Choice, found: Any, form: str) -> bool:  # noqa: ANN401  as `agree`
    if not own.many:
        text = normalise(_try_show(found, form))
        return [one.right for one in own.options if normalise(one.text) == text] == [True]
    texts = {normalise(_try_show(one, form)) for one in found} if isinstance(found, list | set | tuple) else set()
    return texts == {normalise(one.text) for one in own.options if one.right}


def _keeps(found: Any, steps: tuple[str, ...], before: tuple[tuple[int, int], ...]) -> bool:  # noqa: ANN401
    if not isinstance(found, list) or sorted(map(str, found)) != sorted(steps):
        return False
    place = {str(step): number for number, step in enumerate(found)}
    return all(place[steps[first]] < place[steps[second]] for first, second in before)


def _try_show(value: Any, form: str) -> str:  # noqa: ANN401  a route may find anything
    try:
        return show(value, form)
    except (ValueError, TypeError, IndexError, KeyError):
        return str(value)


def _say(answered: Answered) -> str:
    match answered:
        case Choice(options=options):
            return "; ".join(one.text for one in options if one.right)
        case Number(shown=shown):
            return shown
        case Text(value=value):
            return value
        case Order(steps=steps, right=right):
            return " > ".join(steps[place] for place in right)
        case Match(lefts=lefts, right=right):
            return "; ".join(f"{left}: {own}" for left, own in zip(lefts, right, strict=True))
        case _:
            return ""
