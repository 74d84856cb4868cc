"""Plain items (one question without parameters, schema waymark.item/1): reading them and auditing them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import isclose
from typing import Any, Final

from waymark.assess.audit.catalogues import find_copies
from waymark.assess.audit.cues import find_wording, judge_lengths
from waymark.assess.audit.rendering import (
    find_hints,
    find_telling_ids,
    find_telling_names,
    find_text_faults,
    list_shown_texts,
)
from waymark.assess.audit.rules import Finding, find
from waymark.assess.audit.wording import find_aging, find_writing_faults
from waymark.assess.templates.answering import normalise
from waymark.assess.templates.marking import parse_number
from waymark.assess.templates.questions import Answered, Choice, Number, Option, Question, Wrong
from waymark.assess.templates.scripting import evaluate, make_names
from waymark.assess.templates.streams import Stream
from waymark.assess.templates.terms import RESPONSES
from waymark.errors import BadInput, WaymarkError

SCHEMA: Final = "waymark.item/1"
_REQUIRED: Final = ("id", "skill", "topic", "format", "band", "cognitive", "stem")
_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "band": ("beginning", "developing", "accomplished"),
    "cognitive": ("understand", "apply", "analyze", "evaluate"),
    "option_order": ("shuffle", "fixed"),
}
_KNOWN: Final = frozenset(
    {*_REQUIRED, "schema", "language", "options", "option_order", "key", "answer", "diagnoses", "solver", "rationale"}
    | {"source", "valid_until", "features", "title", "minutes", "feedback", "subtasks"}
)
_NEGATED: Final = re.compile(
    r"\b(?:not|isn't|never|rather than|instead of|than|unlike|would be|if|without)\s+(?:\w+\s+){0,3}$", re.IGNORECASE
)
_ROUGH: Final = re.compile(r"\b(?:about|roughly|around|approximately|nearly)\b|[~\u2248]", re.IGNORECASE)
_MOST_ROUGH: Final = 0.05
_CARRIED: Final = re.compile(r"!\[([^\]]*)\]|\]\(([^)]*)\)|<!--(.*?)-->|\[//\]: # \((.*?)\)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainItem:
    """A plain item as a question, beside its own table."""

    question: Question
    table: Mapping[str, Any]


def read_item(table: Mapping[str, Any], *, place: int) -> tuple[PlainItem | None, list[Finding]]:
    """Read one plain item and find what breaks rule 1 and the part of rule 6 that needs no more than its fields."""
    subject = str(table.get("id") or f"item {place}")
    faults = list(_find_schema_faults(table))
    findings = [find(1, subject, message) for message in faults]
    stem, options, answer = table.get("stem"), table.get("options"), table.get("answer")
    sound = isinstance(stem, str) and isinstance(options, list) != isinstance(answer, dict)
    if not sound or any(not isinstance(one, dict) for one in options or ()):
        return None, findings
    answered: Answered
    if isinstance(options, list):
        answered, found = _read_choice(table, options)
    else:
        answered, found = _read_number(table, answer or {})
    findings += [find(rule, subject, message) for rule, message in found]
    question = Question(
        template=subject, version="", seed=0, skill=str(table.get("skill", "")), topic=str(table.get("topic", "")),
        format=str(table.get("format", "")), band=str(table.get("band", "")), minutes=1.0, stem=str(stem),
        answered=answered, feedback="", solution=str(table.get("rationale") or ""), features={},
    )  # fmt: skip
    return PlainItem(question=question, table=table), findings


def _find_schema_faults(table: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"{name} is missing or no text" for name in _REQUIRED if not _is_text(table.get(name)))
    if "schema" in table and table["schema"] != SCHEMA:
        yield f"the schema {table['schema']!r} is not {SCHEMA}"
    if str(table.get("format")) not in RESPONSES:
        yield f"there is no format {table.get('format')!r}"
    for name, words in _WORDS.items():
        if name in table and table[name] not in words:
            yield f"{name} {table[name]!r} is none of {', '.join(words)}"
    yield from (f"the field {name} is not known" for name in sorted(set(table) - _KNOWN))
    if ("options" in table) == ("answer" in table):
        yield "give either options with a key or an answer"
    features = table.get("features") or {}
    numbers = isinstance(features, dict) and all(type(own) in (int, float) for own in features.values())
    if not numbers:
        yield "a feature is no number"


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _read_choice(table: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> tuple[Choice, list[tuple[int, str]]]:
    key = table.get("key")
    keys = [key] if isinstance(key, str) else [str(one) for one in key] if isinstance(key, list) else []
    options = tuple(
        Option(
            id=str(row.get("id", "")),
            text=str(row.get("text", "")),
            right=str(row.get("id", "")) in keys,
            misconception=str(row.get("misconception") or ""),
        )
        for row in rows
    )
    many = table.get("format") == "mcq_multi"
    return Choice(options=options, many=many), list(_find_choice_faults(options, keys, many=many))


def _find_choice_faults(options: Sequence[Option], keys: Sequence[str], *, many: bool) -> Iterator[tuple[int, str]]:
    ids = [one.id for one in options]
    if len(options) < 3:
        yield 1, f"{len(options)} options where 3 are asked"
    if not all(ids) or len(set(ids)) < len(ids):
        yield 1, "ids of options are missing or repeat"
    if any(one.right and one.misconception for one in options) and not many:
        yield 1, "the key names a misconception"
    yield from ((6, message) for message in _find_key_faults(ids, keys, many=many))
    seen: dict[str, str] = {}
    for one in options:
        text = normalise_value(one.text)
        if text in seen:
            yield 6, f"options {seen[text]} and {one.id} are the same: {one.text[:60]!r}"
        seen.setdefault(text, one.id)


def _find_key_faults(ids: Sequence[str], keys: Sequence[str], *, many: bool) -> Iterator[str]:
    if not keys:
        yield "there is no key"
    unknown = [one for one in keys if one not in ids]
    if unknown:
        yield f"the key {', '.join(unknown)} is no option"
    if len(set(keys)) > 1 and not many:
        yield f"{len(set(keys))} keys where one is right"
    if many and set(ids) <= set(keys):
        yield "all options are right"


def normalise_value(text: str) -> str:
    """Return an option as compared for sameness: fractions, per cent and end marks make no difference."""
    plain = normalise(text.strip().rstrip(".;").replace("`", ""))
    found = re.fullmatch(r"(-?\d+(?:\.\d+)?)\s*/\s*(\d+(?:\.\d+)?)", plain)
    if found and float(found.group(2)):
        return repr(float(found.group(1)) / float(found.group(2)))
    return plain


def _read_number(table: Mapping[str, Any], answer: Mapping[str, Any]) -> tuple[Number, list[tuple[int, str]]]:
    value, found = answer.get("value"), list[tuple[int, str]]()
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:  # noqa: PLR0124  not a number
        found.append((6, "there is no key: answer.value is no number"))
        value = 0.0
    room = answer.get("tolerance") or {}
    tolerance = float(room.get("abs", 0.0)) + float(room.get("rel", 0.0)) * abs(value)
    if tolerance > 0.05 * abs(value) + 1e-12 and value:
        found.append((7, f"the tolerance {tolerance:g} is above 5 per cent of {value:g}"))
    wrong = []
    for row in table.get("diagnoses") or ():
        if isinstance(row, dict) and isinstance(row.get("value"), int | float):
            named = str(row.get("misconception", ""))
            wrong.append(Wrong(value=row["value"], shown=f"{row['value']:g}", misconception=named, feedback=""))
            if abs(row["value"] - value) <= max(tolerance, 1e-9):
                found.append((7, f"the diagnosed value {row['value']:g} counts as right"))
    values = [one.value for one in wrong]
    if len(set(values)) < len(values):
        found.append((6, "two diagnosed values are the same"))
    return Number(value=float(value), shown=f"{value:g}", tolerance=tolerance, wrong=tuple(wrong)), found


def audit_items(rows: Sequence[Mapping[str, Any]], *, today: date) -> list[Finding]:
    """Audit plain items by all rules that apply to questions without parameters."""
    items: list[PlainItem] = []
    findings: list[Finding] = []
    for place, row in enumerate(rows, start=1):
        item, found = read_item(row, place=place)
        findings += found
        if item is not None:
            items.append(item)
            findings += _audit_item(item, today=today)
    findings += _audit_together(items, rows)
    return findings


def _audit_item(item: PlainItem, *, today: date) -> Iterator[Finding]:
    question, table = item.question, item.table
    subject = question.template
    for message in dict.fromkeys(_find_rendering_faults(item)):
        yield find(9, subject, message)
    yield from _check_key(item)
    for rule, message in find_writing_faults(question):
        yield find(rule, subject, message)
    if isinstance(question.answered, Choice) and not question.answered.many:
        for message in find_wording(question.answered.options):
            yield find(13, subject, message)
    if not table.get("rationale") and not table.get("solver"):
        yield find(20, subject, "neither rationale nor solver")
    yield from _check_date(item, today)


def _find_rendering_faults(item: PlainItem) -> Iterator[str]:
    shown = list_shown_texts(item.question)
    for text in (*shown, str(item.table.get("rationale") or "-")):
        yield from find_text_faults(text)
    for text in shown:
        yield from find_hints(text)
    yield from (f"the id of an option tells: {name!r}" for name in find_telling_ids(item.question))
    yield from (f"a feature tells: {name!r}" for name in find_telling_names(dict(item.table.get("features") or {})))
    yield from _find_key_in_payload(item.question)


def _check_date(item: PlainItem, today: date) -> Iterator[Finding]:
    given, subject = item.table.get("valid_until"), item.question.template
    try:
        until = date.fromisoformat(str(given)) if given is not None else None
    except ValueError:
        yield find(1, subject, f"valid_until {given!r} is no date")
        return
    if until is not None and until < today:
        yield find(20, subject, f"its facts were good until {until}", level="error")
    ages = find_aging(item.question.stem)
    if until is None and ages:
        yield find(20, subject, f"{ages!r} ages; give valid_until")


def _find_key_in_payload(question: Question) -> Iterator[str]:
    """Yield a key that stands in a comment, a picture's text, a link or a title of the stem."""
    hidden = " ".join("".join(one) for one in _CARRIED.findall(question.stem))
    own = question.answered
    keys = [one.text for one in own.options if one.right] if isinstance(own, Choice) else []
    keys += [own.shown] if isinstance(own, Number) else []
    for key in keys:
        if key and re.search(rf"(?<![\w.]){re.escape(key.casefold())}(?![\w.])", hidden.casefold()):
            yield f"the key {key[:40]!r} stands in what the page carries along"


def _check_key(item: PlainItem) -> Iterator[Finding]:
    """Yield what speaks against the key: a solver that finds another value, a rationale that names another option."""
    subject, own = item.question.template, item.question.answered
    solver = item.table.get("solver")
    source = solver.get("py") if isinstance(solver, dict) else solver if isinstance(solver, str) else None
    if source:
        yield from _check_solver(subject, own, str(source))
    elif isinstance(own, Choice) and not own.many:
        message = contradict(str(item.table.get("rationale") or ""), own.options)
        if message:
            yield find(4, subject, message)
    elif isinstance(own, Number) and item.table.get("rationale"):
        message = _contradict_number(str(item.table["rationale"]), own)
        if message:
            yield find(4, subject, message)


def _check_solver(subject: str, own: Answered, source: str) -> Iterator[Finding]:
    try:
        found = evaluate(source.strip(), make_names(Stream(subject), {}), where=f"{subject}: solver")
        again = evaluate(source.strip(), make_names(Stream(subject), {}), where=f"{subject}: solver")
    except WaymarkError as error:
        yield find(2, subject, str(error))
        return
    if repr(found) != repr(again):
        yield find(3, subject, f"the solver gives {found!r}, then {again!r}")
        return
    if isinstance(own, Number):
        close = isinstance(found, int | float) and abs(found - own.value) <= max(
            own.tolerance, 1e-9 * abs(own.value), 1e-12
        )
        if not close:
            yield find(4, subject, f"the key is {own.shown}, the solver finds {found!r}")
    elif isinstance(own, Choice):
        fitting = [one.id for one in own.options if _fits(one.text, found)]
        right = [one.id for one in own.options if one.right]
        if not own.many and len(fitting) > 1:
            yield find(6, subject, f"the solver's {found!r} fits options {', '.join(fitting)}")
        elif fitting != right:
            told = ", ".join(fitting) or "no option"
            yield find(4, subject, f"the key is {', '.join(right) or 'none'}, the solver finds {found!r}: {told}")


def _fits(text: str, found: Any) -> bool:  # noqa: ANN401  a solver may find anything
    if isinstance(found, list | tuple | set):
        return any(_fits(text, one) for one in found)
    if isinstance(found, bool) or not isinstance(found, int | float):
        return normalise_value(text) == normalise_value(str(found))
    shown = re.search(r"-?\d[\d,]*\.?\d*(?:e[-+]?\d+)?", text.replace("\N{MINUS SIGN}", "-"))
    if shown is None:
        return False
    try:
        value = parse_number(text) if re.fullmatch(r"[-+\d.,/\s%eE]+", text) else float(shown.group().replace(",", ""))
    except (BadInput, ValueError):
        return False
    digits = len(shown.group().partition(".")[2])
    rough = _MOST_ROUGH * abs(value) if _ROUGH.search(text) else 0.0
    room = max(rough, 0.5 * 10.0**-digits * 1.02 if digits else 1e-9)
    scales = (1.0, 100.0) if "%" in text else (1.0,)
    return any(isclose(value, scale * found, rel_tol=1e-9) or abs(value - scale * found) <= room for scale in scales)


def contradict(rationale: str, options: Sequence[Option]) -> str:
    """Return what in a rationale speaks for another option than the key, or nothing where it is silent or torn."""
    told = rationale.casefold()
    named = [one for one in options if _mentions(told, one.text.casefold())]
    right = [one for one in options if one.right]
    if len(named) == 1 and not named[0].right and right and not _is_denied(told, named[0].text.casefold()):
        return f"the rationale speaks of {named[0].text[:60]!r}, the key is {right[0].text[:60]!r}"
    last = re.findall(r"(?:=|\bis\b|\bequals\b|\bgives\b)\s*(-?\d[\d,]*\.?\d*%?)\s*(?:[a-z]{0,3})?\s*\.?\s*$", told)
    if last and right and not any(_mentions(last[-1], one.text.casefold()) for one in right):
        others = [one for one in options if not one.right and normalise_value(one.text) == normalise_value(last[-1])]
        if others:
            return f"the rationale ends in {last[-1]}, which is option {others[0].id}, not the key"
    return ""


def _mentions(text: str, part: str) -> bool:
    plain = part.strip().rstrip(".")
    return bool(plain) and re.search(rf"(?<![\w.,-]){re.escape(plain)}(?![\w%]|[.,]\d)", text) is not None


def _is_denied(text: str, part: str) -> bool:
    """Tell whether a text names a part only to turn it down."""
    start = text.find(part.strip().rstrip("."))
    return _NEGATED.search(text[max(0, start - 40) : start]) is not None


def _contradict_number(rationale: str, own: Number) -> str:
    numbers = [
        float(one.replace(",", "")) for one in re.findall(r"(?<![\w.])-?\d[\d,]*\.?\d*", rationale) if one.strip("-,.")
    ]
    ends = re.findall(r"=\s*(-?\d[\d,]*\.?\d*)", rationale)
    if not ends or any(abs(one - own.value) <= max(own.tolerance, 0.006 * abs(own.value), 1e-9) for one in numbers):
        return ""
    return f"the rationale computes {ends[-1]}, the key is {own.shown}"


def _audit_together(items: Sequence[PlainItem], rows: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    ids = [str(row.get("id", "")) for row in rows]
    for name in sorted({one for one in ids if one and ids.count(one) > 1}):
        yield find(1, name, "two items have this id")
    texts = {f"{place}|{one.question.template}": _say_all(one.question) for place, one in enumerate(items)}
    for first, second, cosine in find_copies(texts):
        one, other = texts[first], texts[second]
        exact = " ".join(one.casefold().split()) == " ".join(other.casefold().split())
        message = f"it is {'the same as' if exact else f'{cosine:.0%} like'} {first.partition('|')[2]}"
        yield find(18, second.partition("|")[2], message, level="error" if exact else None)
    choices = [one.question.answered for one in items]
    singles = [one.options for one in choices if isinstance(one, Choice) and sum(own.right for own in one.options) == 1]
    if len(singles) >= 20:
        yield from judge_lengths(singles, "file")


def _say_all(question: Question) -> str:
    options = question.answered.options if isinstance(question.answered, Choice) else ()
    return " ".join([question.stem, *(one.text for one in options)])
