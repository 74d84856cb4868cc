"""Moodle XML: items as the questions of a quiz, and back."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final
from xml.etree.ElementTree import Element, SubElement

from waymark.assess.exchange.items import FACTS, Diagnosis, Item, Unfit, name_unnamed
from waymark.assess.exchange.markup import read_facts, read_flow, write_html
from waymark.assess.exchange.parsing import clean_text, parse_html, write_xml

_TYPES: Final[Mapping[str, str]] = {
    "choice": "multichoice", "choices": "multichoice", "number": "numerical", "text": "shortanswer",
    "order": "ordering", "match": "matching",
}  # fmt: skip
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ROOM: Final = 5e-3
"""How far, as a share, an answer may lie from a diagnosed number, as when Waymark marks it."""


def write_moodle(items: Sequence[Item]) -> bytes:
    """Return a quiz in Moodle XML."""
    quiz = Element("quiz")
    for item in items:
        quiz.append(_write_question(item))
    return write_xml(quiz)


def _write_question(item: Item) -> Element:
    question = Element("question", {"type": _TYPES[item.kind]})
    _add_text(question, "name", item.title or item.id)
    _add_html(question, "questiontext", item.stem)
    _add_html(question, "generalfeedback", item.rationale, {name: item.facts.get(name, "") for name in FACTS})
    for name, value in (("defaultgrade", "1"), ("penalty", "0.3333333"), ("hidden", "0"), ("idnumber", item.id)):
        SubElement(question, name).text = clean_text(value)
    if item.kind in {"choice", "choices"}:
        _add_options(question, item)
    elif item.kind == "match":
        _add_pairs(question, item)
    elif item.kind == "order":
        _add_steps(question, item)
    else:
        _add_answers(question, item)
    return question


def _add_text(parent: Element, name: str, text: str) -> None:
    SubElement(SubElement(parent, name), "text").text = clean_text(text)


def _add_html(parent: Element, name: str, text: str, facts: dict[str, str] | None = None) -> None:
    holder = SubElement(parent, name, {"format": "html"})
    SubElement(holder, "text").text = write_html(text, facts)


def _add_answer(parent: Element, fraction: str, text: str, *, html: bool) -> Element:
    answer = SubElement(parent, "answer", {"fraction": fraction, "format": "html" if html else "moodle_auto_format"})
    SubElement(answer, "text").text = write_html(text) if html else clean_text(text)
    return answer


def _add_feedback(answer: Element, wrong: Diagnosis | None, praise: str = "") -> None:
    facts = {"misconception": wrong.misconception} if wrong else None
    _add_html(answer, "feedback", wrong.feedback if wrong else praise, facts)


def _add_options(question: Element, item: Item) -> None:
    lower = all(id_.islower() for id_, _ in item.options)
    settings = {
        "single": "true" if item.kind == "choice" else "false",
        "shuffleanswers": "false",
        "answernumbering": "abc" if lower else "ABCD",
    }
    for name, value in settings.items():
        SubElement(question, name).text = value
    _add_html(question, "correctfeedback", item.correct)
    share = 100 / max(len(item.key), 1)
    wrong = {one.value: one for one in item.wrong}
    for id_, text in item.options:
        lost = f"-{share:.7g}" if item.kind == "choices" else "0"
        answer = _add_answer(question, f"{share:.7g}" if id_ in item.key else lost, text, html=True)
        _add_feedback(answer, wrong.get(id_))


def _add_pairs(question: Element, item: Item) -> None:
    SubElement(question, "shuffleanswers").text = "true"
    _add_html(question, "correctfeedback", item.correct)
    spare = [one for one in item.choices if one not in item.key]
    for left, right in (*zip(item.lefts, item.key, strict=True), *(("", one) for one in spare)):
        row = SubElement(question, "subquestion", {"format": "html"})
        SubElement(row, "text").text = write_html(left)
        _add_text(row, "answer", right)


def _add_steps(question: Element, item: Item) -> None:
    settings = {"layouttype": "VERTICAL", "selecttype": "ALL", "selectcount": "0", "gradingtype": "ALL_OR_NOTHING"}
    for name, value in settings.items():
        SubElement(question, name).text = value
    _add_html(question, "correctfeedback", item.correct)
    for place, step in enumerate(item.key, start=1):
        _add_answer(question, str(place), step, html=True)


def _add_answers(question: Element, item: Item) -> None:
    number = item.kind == "number"
    if not number:
        SubElement(question, "usecase").text = "1"
    rows: list[tuple[Any, float, Diagnosis | None]] = [(item.value if number else item.key[0], item.tolerance, None)]
    rows += [(one.value, max(item.tolerance, _ROOM * abs(one.value)) if number else 0.0, one) for one in item.wrong]
    for value, tolerance, wrong in rows:
        text = repr(value) if number else str(value).replace("*", "\\*")
        answer = _add_answer(question, "0" if wrong else "100", text, html=False)
        _add_feedback(answer, wrong, item.correct)
        if number:
            SubElement(answer, "tolerance").text = repr(tolerance)


def read_moodle_question(question: Element, remarks: set[str]) -> Item:
    """Return a question of a quiz as an item. Raise Unfit with the reason for one that is not read."""
    told = question.get("type", "")
    reader = _READERS.get(told)
    if reader is None:
        raise Unfit(f"Moodle's type {told!r} is not read")
    note = _find_html(question, "generalfeedback")
    item: Item = reader(
        question,
        remarks,
        {
            "id": _find_text(question, "idnumber") or re.sub(r"\W+", "_", _find_text(question, "name/text")).strip("_"),
            "title": _find_text(question, "name/text"),
            "stem": _read_markdown(question, "questiontext", remarks),
            "rationale": read_flow(note, remarks),
            "facts": {name: value for name, value in read_facts(note).items() if name in FACTS},
        },
    )
    return item


def _find_text(parent: Element, path: str) -> str:
    return (parent.findtext(path) or "").strip()


def _find_html(parent: Element, path: str = "") -> Element:
    holder = parent.find(path) if path else parent
    return parse_html((holder.findtext("text") or "") if holder is not None else "", name=path or "answer")


def _read_markdown(parent: Element, path: str, remarks: set[str]) -> str:
    holder = parent.find(path) if path else parent
    if holder is not None and holder.get("format") in {"markdown", "plain_text"}:
        return (holder.findtext("text") or "").strip()
    return read_flow(_find_html(parent, path), remarks)


def _read_diagnosis(answer: Element, value: object, remarks: set[str]) -> Diagnosis | None:
    note = _find_html(answer, "feedback")
    name, feedback = read_facts(note).get("misconception", ""), read_flow(note, remarks)
    return Diagnosis(value=value, misconception=name, feedback=feedback) if name or feedback else None


def _read_fraction(answer: Element) -> float:
    try:
        return float(answer.get("fraction", "0"))
    except ValueError as error:
        raise Unfit("a fraction is no number") from error


def _read_options(question: Element, remarks: set[str], common: dict[str, Any]) -> Item:
    answers = question.findall("answer")
    if not 3 <= len(answers) <= len(_LETTERS):
        raise Unfit(f"{len(answers)} options, where 3 to {len(_LETTERS)} are read")
    many = _find_text(question, "single").lower() in {"false", "0"}
    letters = _LETTERS.lower() if _find_text(question, "answernumbering") == "abc" else _LETTERS
    fractions = [_read_fraction(one) for one in answers]
    bar = 0.0 if many else 99.99
    key = tuple(letters[place] for place, one in enumerate(fractions) if one > bar)
    if not key or (not many and len(key) > 1):
        raise Unfit("no option, or more than one, is worth the full mark")
    texts = tuple((letters[place], _read_markdown(one, "", remarks)) for place, one in enumerate(answers))
    found = [_read_diagnosis(one, letters[place], remarks) for place, one in enumerate(answers)]
    wrong = name_unnamed([one for one in found if one and one.value not in key])
    praise = _read_markdown(question, "correctfeedback", remarks) or next(
        (one.feedback for one in found if one and one.value in key), ""
    )
    return Item(**common, kind="choices" if many else "choice", options=texts, key=key, wrong=wrong, correct=praise)


def _read_answers(question: Element, remarks: set[str], common: dict[str, Any]) -> Item:
    number = question.get("type") == "numerical"
    right, wrong, praise, tolerance = list[Any](), list[Diagnosis](), "", 0.0
    for answer in question.findall("answer"):
        text = _find_text(answer, "text")
        if re.search(r"(?<!\\)\*", text):
            remarks.add("an answer with a wildcard")
            continue
        value = _read_value(text) if number else text.replace("\\*", "*")
        found = _read_diagnosis(answer, value, remarks)
        if _read_fraction(answer) < 99.99:
            wrong += [found] if found else []
        elif right:
            remarks.add("a second right answer")
        else:
            right, praise = [value], found.feedback if found else ""
            tolerance = _read_value(_find_text(answer, "tolerance") or "0") if number else 0.0
    if not right:
        raise Unfit("no answer is worth the full mark")
    own = {"value": right[0], "tolerance": tolerance} if number else {"key": (right[0],)}
    kind: Any = "number" if number else "text"
    return Item(**common, kind=kind, wrong=name_unnamed(wrong), correct=praise, **own)


def _read_value(text: str) -> float:
    try:
        value = float(text)
    except ValueError as error:
        raise Unfit("an answer is no number") from error
    if abs(value) == float("inf") or value != value:  # noqa: PLR0124  not a number
        raise Unfit("an answer is no number")
    return value


def _read_pairs(question: Element, remarks: set[str], common: dict[str, Any]) -> Item:
    rows = [
        (_read_markdown(row, "", remarks), _find_text(row, "answer/text")) for row in question.findall("subquestion")
    ]
    pairs = [(left, right) for left, right in rows if left and right]
    if len(pairs) < 2:
        raise Unfit("fewer than two rows")
    return Item(
        **common, kind="match", lefts=tuple(left for left, _ in pairs), key=tuple(right for _, right in pairs),
        choices=tuple(sorted({right for _, right in rows if right})),
        correct=_read_markdown(question, "correctfeedback", remarks),
    )  # fmt: skip


def _read_steps(question: Element, remarks: set[str], common: dict[str, Any]) -> Item:
    steps = tuple(_read_markdown(one, "", remarks) for one in sorted(question.findall("answer"), key=_read_fraction))
    if len(steps) < 2:
        raise Unfit("fewer than two steps")
    return Item(**common, kind="order", key=steps, correct=_read_markdown(question, "correctfeedback", remarks))


_READERS: Final[Mapping[str, Any]] = {
    "multichoice": _read_options,
    "numerical": _read_answers,
    "shortanswer": _read_answers,
    "matching": _read_pairs,
    "ordering": _read_steps,
}
