"""Marking: an answer against a question gives credit, the misconception behind a wrong one, and what to say."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import isfinite
from typing import Any, Final

from waymark.assess.templates.questions import Answered, Case, Choice, Match, Number, Order, Question, Task, Text, Wrong
from waymark.errors import BadInput

_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)
_MOST_LETTERS: Final = 10_000
_MOST_DIGITS: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What an answer is worth: credit from 0 to 1, points and the most of them, and feedback for practice."""

    credit: float
    points: int
    most: int
    misconceptions: tuple[str, ...] = ()
    feedback: str = ""

    @property
    def right(self) -> bool:
        """Whether nothing is missing."""
        return self.points == self.most


def mark(question: Question, answer: Any) -> Mark:  # noqa: ANN401  an answer comes from outside and is checked here
    """Mark an answer. Programs are marked by `programs.mark_outputs`, from what they gave in the jail.

    An answer is an option's id, a list of them, a number or text, the places of steps, right sides by left side, or a
    list of answers for a case. Raise BadInput for an answer that is of another kind.
    """
    own = question.answered
    if isinstance(own, Case):
        return _mark_case(own, answer, question.feedback)
    found = _MARKERS[type(own)](own, answer)
    return _finish(found, question.feedback) if isinstance(found, Wrong | bool) else found


def _finish(found: Wrong | bool, praise: str) -> Mark:  # noqa: FBT001  right, wrong, or wrong for a reason
    if found is True:
        return Mark(credit=1.0, points=1, most=1, feedback=praise)
    if found is False:
        return Mark(credit=0.0, points=0, most=1)
    named = (found.misconception,) if found.misconception else ()
    return Mark(credit=0.0, points=0, most=1, misconceptions=named, feedback=found.feedback)


def _mark_choice(own: Choice, answer: object) -> Wrong | bool | Mark:
    known = {one.id: one for one in own.options}
    if not own.many:
        if not isinstance(answer, str) or answer not in known:
            raise BadInput(f"{answer!r} is no option", hint=f"answer with one of {', '.join(known)}")
        chosen = known[answer]
        wrong = Wrong(value=answer, shown="", misconception=chosen.misconception, feedback=chosen.feedback)
        return True if chosen.right else wrong
    if not isinstance(answer, list) or any(one not in known for one in answer) or len(set(answer)) < len(answer):
        raise BadInput(f"{answer!r} is no list of options", hint=f"answer with some of {', '.join(known)}, each once")
    missed = [one for one in own.options if one.right != (one.id in answer)]
    right = sum(one.right for one in own.options)
    hits = sum(one.right for one in own.options if one.id in answer)
    credit = max(0.0, (hits - (len(answer) - hits)) / right) if right else float(not answer)
    return Mark(
        credit=credit,
        points=int(not missed),
        most=1,
        misconceptions=tuple(dict.fromkeys(one.misconception for one in missed if one.misconception)),
        feedback=" ".join(dict.fromkeys(one.feedback for one in missed if one.feedback)),
    )


def _mark_number(own: Number, answer: object) -> Wrong | bool:
    value = parse_number(answer)
    if abs(value - own.value) <= own.tolerance + 1e-9 * max(1.0, abs(own.value)):
        return True
    near = [one for one in own.wrong if isinstance(one.value, int | float)]
    room = max(own.tolerance, 5e-3 * abs(value), 1e-9)
    return next((one for one in near if abs(value - one.value) <= room), False)


def parse_number(answer: object) -> float:
    """Read a number as people write it: 1,234.5, 12 %, 3/4, 1e-3, with a proper minus. Raise BadInput for none.

    A per cent sign says the unit and changes nothing: the stem says in which unit the number is asked.
    """
    if isinstance(answer, int | float) and not isinstance(answer, bool) and abs(answer) < float("inf"):
        return float(answer)
    text = answer if isinstance(answer, str) and len(answer) <= _MOST_DIGITS else ""
    text = re.sub(r"[\s_%€$]|,(?=\d{3}(\D|$))", "", text.replace("\N{MINUS SIGN}", "-"))
    top, slash, bottom = text.partition("/")
    if _NUMBER.fullmatch(top) and not slash and isfinite(float(top)):
        return float(top)
    if _NUMBER.fullmatch(top) and _NUMBER.fullmatch(bottom) and float(bottom):
        return float(Fraction(top) / Fraction(bottom))
    raise BadInput(f"{str(answer)[:40]!r} is no number", hint="write digits, such as 0.25, 1200 or 3/4")


def _mark_text(own: Text, answer: object) -> Wrong | bool:
    if not isinstance(answer, str | int | float) or len(str(answer)) > _MOST_LETTERS:
        raise BadInput("the answer is no short text", hint="write what the program prints")
    said = squeeze(str(answer))
    if said == squeeze(own.value):
        return True
    return next((one for one in own.wrong if said == squeeze(one.shown)), False)


def squeeze(text: str) -> str:
    """Return a text with blanks at line ends and doubled blanks taken away."""
    return "\n".join(" ".join(line.split()) for line in text.strip().splitlines())


def _mark_order(own: Order, answer: object) -> Wrong | bool:
    if not isinstance(answer, list) or sorted(map(str, answer)) != sorted(map(str, range(len(own.steps)))):
        hint = f"give each of the places 0 to {len(own.steps) - 1} once, in your order"
        raise BadInput(f"{answer!r} is no order of the steps", hint=hint)
    place = {int(step): number for number, step in enumerate(answer)}
    if all(place[first] < place[second] for first, second in own.before):
        return True
    said = [own.steps[int(step)] for step in answer]
    return next((one for one in own.wrong if _follows(said, one.value)), False)


def _follows(said: list[str], steps: object) -> bool:
    """Tell whether some steps stand in a given order, other steps aside."""
    return isinstance(steps, list) and [one for one in said if one in steps] == steps


def _mark_match(own: Match, answer: object) -> Mark:
    if not isinstance(answer, Mapping) or set(answer) != set(own.lefts):
        raise BadInput("some rows have no answer", hint="give a choice for each of the rows")
    for left, offered in zip(own.lefts, own.choices, strict=True):
        if answer[left] not in offered:
            raise BadInput(f"{answer[left]!r} is no choice for {left!r}", hint="give one of the choices shown")
    right = sum(answer[left] == one for left, one in zip(own.lefts, own.right, strict=True))
    told = [one for one in own.wrong if _pairs(one.value, answer)]
    return Mark(
        credit=right / len(own.lefts),
        points=int(right == len(own.lefts)),
        most=1,
        misconceptions=tuple(dict.fromkeys(one.misconception for one in told)),
        feedback=" ".join(dict.fromkeys(one.feedback for one in told if one.feedback)),
    )


def _pairs(value: object, answer: Mapping[str, object]) -> bool:
    """Tell whether an answer holds one of the pairs of a misconception."""
    return isinstance(value, dict) and any(answer.get(str(left)) == str(right) for left, right in value.items())


def _mark_case(own: Case, answer: object, praise: str) -> Mark:
    if not isinstance(answer, list) or len(answer) != len(own.parts):
        raise BadInput(f"a case of {len(own.parts)} parts needs as many answers", hint="give a list of answers")
    marks = [mark(part, one) for part, one in zip(own.parts, answer, strict=True)]
    points = sum(one.points for one in marks)
    return Mark(
        credit=sum(one.credit for one in marks) / len(marks),
        points=points,
        most=len(marks),
        misconceptions=tuple(dict.fromkeys(name for one in marks for name in one.misconceptions)),
        feedback=praise if points == len(marks) else " ".join(one.feedback for one in marks if one.feedback),
    )


def _refuse_program(_: Task, __: object) -> Mark:
    raise BadInput("a program is marked by what it gives when it runs", hint="run it in the jail first")


_MARKERS: Final[Mapping[type[Answered], Callable[[Any, Any], Wrong | bool | Mark]]] = {
    Choice: _mark_choice,
    Number: _mark_number,
    Text: _mark_text,
    Order: _mark_order,
    Match: _mark_match,
    Task: _refuse_program,
}
