"""Items between a drawn question, a plain item (schema waymark.item/1) and a file of another system."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final, Literal, TypeAlias

from waymark.assess.templates.marking import parse_number
from waymark.assess.templates.questions import Case, Choice, Match, Number, Order, Question, Task, Text, Wrong
from waymark.errors import BadInput

SCHEMA: Final = "waymark.item/1"
FACTS: Final = ("skill", "topic", "format", "band", "cognitive", "source", "valid_until")
Kind: TypeAlias = Literal["choice", "choices", "number", "text", "order", "match"]
FORMATS: Final[Mapping[Kind, str]] = {
    "choice": "mcq_single", "choices": "mcq_multi", "number": "numeric", "text": "code_output", "order": "ordering",
    "match": "matching",
}  # fmt: skip


class Unfit(Exception):
    """A question is of a kind that is not exchanged: the message is the reason, said with how many there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """A wrong answer that is understood: an option's id, a number, a text, steps in order, or pairs."""

    value: Any
    misconception: str = ""
    feedback: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A question without parameters; `key` holds ids of options, a text, steps in order, or right sides by `lefts`."""

    id: str
    kind: Kind
    stem: str
    title: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    options: tuple[tuple[str, str], ...] = ()
    key: tuple[str, ...] = ()
    lefts: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    value: float = 0.0
    tolerance: float = 0.0
    wrong: tuple[Diagnosis, ...] = ()
    correct: str = ""
    rationale: str = ""


def convert_question(question: Question, *, title: str, cognitive: str) -> Item:
    """Return a drawn question as an item. Raise Unfit with the reason for a kind that is not exchanged."""
    own, source = question.answered, f"{question.template} {question.version}, seed {question.seed}"
    facts = {
        "skill": question.skill, "topic": question.topic, "format": question.format, "band": question.band,
        "cognitive": cognitive, "source": source,
    }  # fmt: skip
    parts = _convert_answered(own)
    if parts["kind"] == "choices":
        facts["format"] = "mcq_multi"
    return Item(
        id=f"{question.template}-{question.seed}", title=title, facts=facts, stem=question.stem.strip(),
        correct=question.feedback.strip(), rationale=question.solution.strip(), **parts,
    )  # fmt: skip


def _convert_answered(own: object) -> dict[str, Any]:
    match own:
        case Choice(options=options, many=many):
            wrong = (_diagnose(one.id, one) for one in options if one.misconception or one.feedback)
            key = tuple(one.id for one in options if one.right)
            texts = tuple((one.id, one.text) for one in options)
            return {"kind": "choices" if many else "choice", "options": texts, "key": key, "wrong": tuple(wrong)}
        case Number():
            return _convert_number(own)
        case Text(value=value, wrong=wrong):
            if "\n" in value.strip():
                raise Unfit("the answer has several lines")
            return {"kind": "text", "key": (value.strip(),), "wrong": tuple(_diagnose(one.shown, one) for one in wrong)}
        case Order():
            return _convert_order(own)
        case Match(lefts=lefts, choices=choices, right=right, wrong=wrong):
            if len(set(choices)) > 1:
                raise Unfit("each row has choices of its own")
            pairs = tuple(_diagnose(dict(one.value), one) for one in wrong if one.value)
            return {"kind": "match", "lefts": lefts, "choices": tuple(sorted(choices[0])), "key": right, "wrong": pairs}
        case Task(program=program):
            raise Unfit(f"it is answered by a program ({'SQL' if program.language == 'sql' else 'Python'})")
        case Case():
            raise Unfit("it is a case of several questions")
    raise Unfit("it is answered in a way of its own")


def _diagnose(value: object, wrong: Any) -> Diagnosis:  # noqa: ANN401  a Wrong or an Option
    return Diagnosis(value=value, misconception=wrong.misconception, feedback=wrong.feedback.strip())


def _convert_number(own: Number) -> dict[str, Any]:
    """Convert a number; the key is taken as shown where that is the same, so that it can be typed as it is."""
    numbers = [one for one in own.wrong if isinstance(one.value, int | float) and not isinstance(one.value, bool)]
    try:
        shown = parse_number(own.shown)
    except BadInput:
        shown = own.value
    value = shown if abs(shown - own.value) <= 1e-9 * max(1.0, abs(own.value)) else own.value
    wrong = tuple(_diagnose(float(one.value), one) for one in numbers)
    return {"kind": "number", "value": value, "tolerance": own.tolerance, "wrong": wrong}


def _convert_order(own: Order) -> dict[str, Any]:
    if not set(pairwise(own.right)) <= set(own.before):
        raise Unfit("more than one order is right")
    key = tuple(own.steps[place] for place in own.right)
    wrong = tuple(_diagnose(tuple(one.value), one) for one in own.wrong if _is_whole(one, own))
    return {"kind": "order", "key": key, "wrong": wrong}


def _is_whole(wrong: Wrong, own: Order) -> bool:
    return isinstance(wrong.value, list) and sorted(wrong.value) == sorted(own.steps)


def tell_item(item: Item) -> dict[str, Any]:
    """Return an item as a table of the schema waymark.item/1.

    Texts, orders and pairs, which the schema does not name, stand in `answer` as `text`, `order` (steps in the right
    order) and `pairs` with `choices`.
    """
    told: dict[str, Any] = {"schema": SCHEMA, "id": item.id}
    told |= {"title": item.title} if item.title else {}
    told |= {name: item.facts[name] for name in FACTS if item.facts.get(name)}
    told |= {"format": told.get("format") or FORMATS[item.kind], "stem": item.stem}
    told |= _tell_answered(item)
    said = {one.misconception: one.feedback for one in item.wrong if one.misconception and one.feedback}
    feedback = {"correct": item.correct, "by_misconception": said}
    told |= {"feedback": {name: value for name, value in feedback.items() if value}} if any(feedback.values()) else {}
    return told | ({"rationale": item.rationale} if item.rationale else {})


def _tell_answered(item: Item) -> dict[str, Any]:
    if item.kind in {"choice", "choices"}:
        named = {one.value: one.misconception for one in item.wrong}
        options = [{"id": id_, "text": text, "misconception": named.get(id_) or None} for id_, text in item.options]
        return {"options": options, "option_order": "fixed", "key": list(item.key)}
    answer: dict[str, Any]
    if item.kind == "number":
        answer = {"value": item.value} | ({"tolerance": {"abs": item.tolerance}} if item.tolerance else {})
    elif item.kind == "text":
        answer = {"text": item.key[0]}
    elif item.kind == "order":
        answer = {"order": list(item.key)}
    else:
        pairs = [{"left": left, "right": right} for left, right in zip(item.lefts, item.key, strict=True)]
        answer = {"pairs": pairs, "choices": list(item.choices)}
    wrong = [{"value": _plain(one.value), "misconception": one.misconception} for one in item.wrong]
    return {"answer": answer} | ({"diagnoses": wrong} if wrong else {})


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def read_item(table: Mapping[str, Any]) -> Item:
    """Return a plain item. Raise BadInput for a table that is none, Unfit for one without a key."""
    if not isinstance(table.get("stem"), str) or not table.get("id"):
        raise BadInput("a plain item has no id or no stem", hint="audit the file first")
    said = dict(dict(table.get("feedback") or {}).get("by_misconception") or {})
    correct = str(dict(table.get("feedback") or {}).get("correct") or "")
    common = {
        "id": str(table["id"]), "stem": str(table["stem"]).strip(), "title": str(table.get("title") or ""),
        "facts": {name: str(table[name]) for name in FACTS if table.get(name)}, "correct": correct.strip(),
        "rationale": str(table.get("rationale") or "").strip(),
    }  # fmt: skip
    try:
        parts = _read_options(table, said) if table.get("options") else _read_answer(table, said)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadInput(f"{table['id']}: options, key or answer are not as the schema says", hint="audit it") from error
    return Item(**common, **parts)


def _read_options(table: Mapping[str, Any], said: Mapping[str, str]) -> dict[str, Any]:
    key = table["key"] if isinstance(table["key"], list) else [table["key"]]
    named = ((str(row["id"]), str(row.get("misconception") or "")) for row in table["options"])
    wrong = (Diagnosis(value=id_, misconception=name, feedback=said.get(name, "")) for id_, name in named if name)
    return {
        "kind": "choices" if table.get("format") == "mcq_multi" or len(key) > 1 else "choice",
        "options": tuple((str(row["id"]), str(row["text"])) for row in table["options"]),
        "key": tuple(str(one) for one in key),
        "wrong": tuple(wrong),
    }


def _read_answer(table: Mapping[str, Any], said: Mapping[str, str]) -> dict[str, Any]:
    answer = table["answer"]
    rows = [(row["value"], str(row.get("misconception") or "")) for row in table.get("diagnoses") or ()]
    wrong = tuple(
        Diagnosis(
            value=tuple(value) if isinstance(value, list) else value, misconception=name, feedback=said.get(name, "")
        )
        for value, name in rows
    )
    if "text" in answer:
        return {"kind": "text", "key": (str(answer["text"]),), "wrong": wrong}
    if "order" in answer:
        return {"kind": "order", "key": tuple(map(str, answer["order"])), "wrong": wrong}
    if "pairs" in answer:
        lefts, rights = zip(*((str(one["left"]), str(one["right"])) for one in answer["pairs"]), strict=True)
        choices = tuple(sorted({*rights, *map(str, answer.get("choices") or ())}))
        return {"kind": "match", "lefts": lefts, "choices": choices, "key": rights, "wrong": wrong}
    value, room = float(answer["value"]), answer.get("tolerance") or {}
    tolerance = float(room.get("abs", 0.0)) + float(room.get("rel", 0.0)) * abs(value)
    return {"kind": "number", "value": value, "tolerance": tolerance, "wrong": wrong}


def name_unnamed(wrong: list[Diagnosis]) -> tuple[Diagnosis, ...]:
    """Give wrong answers from elsewhere, which have feedback alone, free names: one a text."""
    told: dict[str, str] = {}
    named = []
    for one in wrong:
        name = one.misconception or told.setdefault(one.feedback, f"unnamed_{len(told) + 1}")
        named.append(Diagnosis(value=one.value, misconception=name, feedback=one.feedback))
    return tuple(named)
