"""Rules 4 to 7 and 16 on drawn variants: the second route, what it reads, one right answer, tolerance, diagnoses."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from waymark.assess.audit.routes import take_route
from waymark.assess.audit.rules import Finding, find
from waymark.assess.audit.samples import Sample
from waymark.assess.templates.answering import normalise
from waymark.assess.templates.drawing import Variant
from waymark.assess.templates.marking import mark
from waymark.assess.templates.questions import Answered, Case, Choice, Number, Task, Text, Wrong, tell_key
from waymark.errors import WaymarkError

MOST_TOLERANCE: Final = 0.05
_INSIDE: Final = 0.5
_SELDOM: Final = 0.1
_APART: Final = 0.25


def list_answered(variant: Variant) -> list[Answered]:
    """Return what is answered in a variant: one thing, or one for each part of a case."""
    own = variant.question.answered
    return [part.answered for part in own.parts] if isinstance(own, Case) else [own]


def check_keys(sample: Sample, *, own_bank: bool) -> Iterator[Finding]:
    """Yield what breaks rules 4 and 5; `own_bank` keeps second routes to what is shown or given, without exception."""
    template = sample.template
    scripts = [part.verify for part in template.parts] if template.answered == "case" else [template.verify]
    if not all(scripts):
        yield find(4, template.id, "there is no second route; write verify")
        return
    route, findings = take_route(template, sample.variants, strict=own_bank)
    yield from findings
    if route is None:
        return
    for variant in sample.variants:
        question = variant.question
        try:
            checks = route(variant)
        except WaymarkError as error:
            yield find(4, template.id, str(error), seed=question.seed)
            return
        for check in checks:
            if not check.agrees:
                message = f"the key is {check.key[:200]!r}, the second route finds {check.found!r}"
                yield find(4, template.id, message, seed=question.seed)
                return


def check_answers(sample: Sample) -> Iterator[Finding]:
    """Yield what breaks rule 6: a key that is not marked right, a wrong answer that is."""
    for variant in sample.variants:
        question = variant.question
        message = _find_misjudged(variant)
        if message:
            yield find(6, sample.template.id, message, seed=question.seed)
            return


def _find_misjudged(variant: Variant) -> str:
    question = variant.question
    for own in list_answered(variant):
        if isinstance(own, Choice):
            right = sum(one.right for one in own.options)
            if (right != 1 and not own.many) or right == len(own.options) or not right or len(own.options) < 3:
                return f"{right} of {len(own.options)} options are right"
    if isinstance(question.answered, Task):
        return ""
    try:
        if not mark(question, tell_key(question.answered)).right:
            return "the key itself is marked wrong"
    except WaymarkError as error:
        return f"the key cannot be given as an answer: {error}"
    return ""


def check_tolerance(sample: Sample) -> Iterator[Finding]:
    """Yield what breaks rule 7 of numbers."""
    found = [own for variant in sample.drawn for own in list_answered(variant) if isinstance(own, Number)]
    wide = sum(own.tolerance > MOST_TOLERANCE * abs(own.value) + 1e-12 for own in found if own.value)
    if wide > _SELDOM * len(found):
        message = f"the tolerance is above 5 per cent of the key in {wide} of {len(found)} variants"
        yield find(7, sample.template.id, message)
    inside = Counter(wrong.misconception for own in found for wrong in own.wrong if _lies_inside(own, wrong))
    for name, times in inside.items():
        if times > _INSIDE * len(sample.drawn):
            yield find(7, sample.template.id, f"{name} lies inside the tolerance in {times} of {len(found)} variants")


def _lies_inside(own: Number, wrong: Wrong) -> bool:
    """Tell whether a wrong value counts as right though it is another; where it is the key, it does not show at all."""
    if not isinstance(wrong.value, int | float):
        return False
    return 1e-9 * abs(own.value) < abs(wrong.value - own.value) <= own.tolerance


def check_diagnoses(sample: Sample) -> Iterator[Finding]:
    """Yield what breaks rule 16: misconceptions that hardly ever show."""
    apart, seen = Counter[tuple[int, int, str]](), Counter[tuple[int, int, str]]()
    for variant in sample.drawn:
        for place, own in enumerate(list_answered(variant)):
            if isinstance(own, Number | Text):
                key = normalise(own.shown if isinstance(own, Number) else own.value)
                said = Counter(normalise(wrong.shown) for wrong in own.wrong)
                for number, wrong in enumerate(own.wrong):
                    text = normalise(wrong.shown)
                    seen[place, number, wrong.misconception] += 1
                    apart[place, number, wrong.misconception] += text != key and said[text] == 1
    for name, count in seen.items():
        if apart[name] < _APART * count:
            message = f"{name[2]} is told apart in {apart[name] / count:.0%} of variants"
            yield find(16, sample.template.id, message)


def check_texts(sample: Sample) -> Iterator[Finding]:
    """Yield what rule 1 asks of feedback and solution."""
    template = sample.template
    if sample.drawn:
        silent = {
            name for own in list_answered(sample.drawn[0]) for name, told in _list_feedback(own) if name and not told
        }
        for name in sorted(silent):
            yield find(1, template.id, f"no feedback for {name}")
    said = template.feedback.correct or all(part.feedback.correct for part in template.parts)
    if not said or (template.answered == "case" and not template.parts):
        yield find(1, template.id, "no feedback.correct")


def _list_feedback(own: Answered) -> list[tuple[str, str]]:
    if isinstance(own, Choice):
        return [(one.misconception, one.feedback) for one in own.options if not one.right]
    if isinstance(own, Task):
        told = {name.rpartition(".")[2] for name in own.feedback} | set(own.feedback)
        return [(name, "told" if {name, name.rpartition(".")[2]} & told else "") for name in own.mutants]
    return [(one.misconception, one.feedback) for one in getattr(own, "wrong", ())]
