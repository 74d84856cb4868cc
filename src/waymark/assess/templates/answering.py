"""Making the answered part of a question from the names of its template: options, numbers, orders, pairs, tasks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Final, Protocol

from waymark.assess.templates.filling import fill, show
from waymark.assess.templates.questions import (
    Answered,
    Case,
    Choice,
    Match,
    Number,
    Option,
    Order,
    Task,
    Text,
    Wrong,
)
from waymark.assess.templates.scripting import Names, Unrunnable, evaluate
from waymark.assess.templates.streams import Stream
from waymark.assess.templates.terms import Distractor, Feedback, Key, Options, Program, Tolerance

_LETTERS: Final = "ABCDEFGHIJ"


class Sheet(Protocol):
    """What a template and a part of a case have in common."""

    @property
    def key(self) -> Key: ...  # noqa: D102  the names say it
    @property
    def tolerance(self) -> Tolerance: ...  # noqa: D102
    @property
    def distractors(self) -> tuple[Distractor, ...]: ...  # noqa: D102
    @property
    def options(self) -> Options: ...  # noqa: D102
    @property
    def feedback(self) -> Feedback: ...  # noqa: D102


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A sheet with the names of one draw, on its way to a question."""

    sheet: Sheet
    names: Names
    stream: Stream
    where: str
    program: Program

    def find_key(self) -> Any:  # noqa: ANN401  a key may be of any kind
        """Return the value of the key."""
        return evaluate(self.sheet.key.value, self.names, where=f"{self.where}: key")

    def show_key(self, value: object) -> str:
        """Show a value as the key is shown."""
        return self._show(value, self.sheet.key.show)

    def list_wrong(self) -> list[Wrong]:
        """Return the diagnosed wrong answers in the order of the file; one whose value is None does not apply."""
        found = [self._diagnose(place, one) for place, one in enumerate(self.sheet.distractors, start=1)]
        return [one for one in found if one.value is not None]

    def _diagnose(self, place: int, one: Distractor) -> Wrong:
        value = evaluate(one.value, self.names, where=f"{self.where}: distractor {place}")
        plain = not isinstance(value, list | dict | None)
        shown = self._show(value, one.show or self.sheet.key.show) if plain else ""
        told = find_feedback(self.sheet.feedback.by_misconception, one.misconception)
        return Wrong(
            value=value,
            shown=shown,
            misconception=one.misconception,
            feedback=fill(told, self.names, where=f"{self.where}: feedback"),
        )

    def _show(self, value: object, form: str) -> str:
        try:
            return show(value, form)
        except (ValueError, TypeError, IndexError, KeyError) as error:
            raise Unrunnable(f"{self.where}: {value!r} cannot be shown as {form!r}", hint="mend key.show") from error


def find_feedback(told: Mapping[str, str], misconception: str) -> str:
    """Return what is said of a misconception, named in full or by its last part."""
    return told.get(misconception) or told.get(misconception.rpartition(".")[2], "")


def build_answered(kind: str, draft: Draft) -> Answered:
    """Make what is answered in one of the ways of `terms.Response`, cases excepted. Raise Unrunnable."""
    return _BUILDERS[kind](draft)


def _build_choice(draft: Draft) -> Choice:
    value = draft.find_key()
    right = Option(id="", text=draft.show_key(value), right=True)
    wrong = draft.list_wrong()
    if len(wrong) > draft.sheet.options.n - 1:
        wrong = draft.stream.sample(wrong, draft.sheet.options.n - 1)
    sort = {right.text: value} | {one.shown: one.value for one in wrong}
    return Choice(options=_arrange([right, *map(_make_option, wrong)], draft, sort))


def _build_choices(draft: Draft) -> Choice:
    right = [Option(id="", text=draft.show_key(one), right=True) for one in _demand(draft.find_key(), list, draft)]
    wrong = [option for one in draft.list_wrong() for option in _spread_options(one)]
    return Choice(options=_arrange([*right, *wrong], draft, {}), many=True)


def _spread_options(wrong: Wrong) -> list[Option]:
    if not isinstance(wrong.value, list):
        return [_make_option(wrong)]
    return [replace(_make_option(wrong), text=str(text)) for text in wrong.value]


def _make_option(wrong: Wrong) -> Option:
    return Option(id="", text=wrong.shown, right=False, misconception=wrong.misconception, feedback=wrong.feedback)


def _arrange(options: list[Option], draft: Draft, sort: Mapping[str, Any]) -> tuple[Option, ...]:
    if draft.sheet.options.order == "shuffle":
        draft.stream.shuffle(options)
    elif draft.sheet.options.order == "ascend":
        numbers = all(isinstance(sort.get(one.text), int | float) for one in options)
        options.sort(key=lambda one: (float(sort[one.text]), "") if numbers else (0.0, one.text))
    return tuple(replace(one, id=letter) for letter, one in zip(_LETTERS, options, strict=False))


def _build_number(draft: Draft) -> Number:
    value = draft.find_key()
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Unrunnable(f"{draft.where}: the key {value!r} is no number", hint="compute a number")
    tolerance = draft.sheet.tolerance
    return Number(
        value=float(value),
        shown=draft.show_key(value),
        tolerance=tolerance.abs + tolerance.rel * abs(float(value)),
        wrong=tuple(draft.list_wrong()),
    )


def _build_text(draft: Draft) -> Text:
    return Text(value=draft.show_key(draft.find_key()), wrong=tuple(draft.list_wrong()))


def _build_order(draft: Draft) -> Order:
    right = [str(step) for step in _demand(draft.find_key(), list, draft)]
    steps = draft.stream.sample(right, len(right))
    place = {step: steps.index(step) for step in right}
    before = list(pairwise(right))
    if draft.sheet.key.before:
        rows = evaluate(draft.sheet.key.before, draft.names, where=f"{draft.where}: key.before")
        before = [(str(first), str(second)) for first, second in rows]
    if any(step not in place for pair in before for step in pair):
        raise Unrunnable(f"{draft.where}: key.before names a step that is not there", hint="use the steps of the key")
    return Order(
        steps=tuple(steps),
        right=tuple(place[step] for step in right),
        before=tuple((place[first], place[second]) for first, second in before),
        wrong=tuple(draft.list_wrong()),
    )


def _build_match(draft: Draft) -> Match:
    pairs = {str(left): str(right) for left, right in _demand(draft.find_key(), dict, draft).items()}
    lefts = list(pairs) if draft.sheet.options.order == "fixed" else draft.stream.sample(list(pairs), len(pairs))
    offered: dict[str, list[str]] = {}
    if draft.sheet.options.choices:
        table = evaluate(draft.sheet.options.choices, draft.names, where=f"{draft.where}: options.choices")
        offered = {left: [str(one) for one in (table[left] if isinstance(table, dict) else table)] for left in lefts}
    else:
        every = sorted(set(pairs.values()))
        offered = dict.fromkeys(lefts, every)
    if any(pairs[left] not in offered[left] for left in lefts):
        raise Unrunnable(f"{draft.where}: a right side is not among the choices", hint="add it to options.choices")
    return Match(
        lefts=tuple(lefts),
        choices=tuple(tuple(offered[left]) for left in lefts),
        right=tuple(pairs[left] for left in lefts),
        wrong=tuple(draft.list_wrong()),
    )


def _build_task(draft: Draft) -> Task:
    names, where = draft.names, draft.where
    reference = names.get("reference") or draft.find_key()
    told = draft.sheet.feedback.by_misconception
    return Task(
        program=draft.program,
        entry=str(names.get("fname", "")) if draft.program.language == "python" else "",
        starter=str(names.get("starter", "")),
        reference=str(_demand(reference, str, draft)),
        mutants={str(name): str(source) for name, source in dict(names.get("mutants", {})).items()},
        examples=tuple(names.get("examples", ())),
        feedback={name: fill(text, names, where=f"{where}: feedback") for name, text in told.items()},
    )


def _demand(value: object, kind: type, draft: Draft) -> Any:  # noqa: ANN401  of the kind that was asked
    if not isinstance(value, kind) or not value:
        raise Unrunnable(f"{draft.where}: the key must be a filled {kind.__name__}", hint="mend key.value")
    return value


_BUILDERS: Final[Mapping[str, Callable[[Draft], Answered]]] = {
    "choice": _build_choice,
    "choices": _build_choices,
    "number": _build_number,
    "text": _build_text,
    "order": _build_order,
    "match": _build_match,
    "program": _build_task,
}


def normalise(text: str) -> str:
    """Return a text as options are compared: case, blanks and the way a number is written make no difference."""
    plain = " ".join(text.casefold().split())
    try:
        return repr(float(plain.replace(",", "").rstrip("%")) / (100 if plain.endswith("%") else 1))
    except ValueError:
        return plain


def collide(answered: Answered) -> bool:
    """Tell whether two options, two steps or a key and a diagnosed value cannot be told apart."""
    match answered:
        case Choice(options=options):
            texts = [normalise(one.text) for one in options]
        case Order(steps=steps):
            texts = [normalise(one) for one in steps]
        case Match(lefts=lefts):
            texts = [normalise(one) for one in lefts]
        case Case(parts=parts):
            return any(collide(part.answered) for part in parts)
        case _:
            return False
    return len(set(texts)) < len(texts)


def find_closest_gap(answered: Answered) -> float:
    """Return how far the nearest wrong number lies from the key, as a share of the key; 1 where there is none."""
    key, wrong = None, list[float]()
    if isinstance(answered, Number):
        key = answered.value
        wrong = [float(one.value) for one in answered.wrong if isinstance(one.value, int | float)]
    elif isinstance(answered, Choice) and not answered.many:
        numbers = [(one.right, _read_number(one.text)) for one in answered.options]
        key = next((value for right, value in numbers if right), None)
        wrong = [value for right, value in numbers if not right and value is not None]
    gaps = [abs(one - key) / max(abs(key), 1e-9) for one in wrong if one != key] if key is not None else []
    return min(1.0, *gaps) if gaps else 1.0


def _read_number(text: str) -> float | None:
    try:
        return float(text.replace(",", "").split()[0].rstrip("%"))
    except (ValueError, IndexError):
        return None
