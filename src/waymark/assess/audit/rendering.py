"""Rule 9: what is shown is whole, harmless, and says nothing of the key."""

import re
from collections.abc import Iterator
from typing import Any, Final

from waymark.assess.audit.rules import Finding, find
from waymark.assess.audit.samples import Sample
from waymark.assess.templates.questions import Choice, Question, show_question

_CODE: Final = re.compile(r"```.*?```|~~~.*?~~~|`[^`\n]*`", re.DOTALL)
_HOLES: Final = re.compile(
    r"(?-i:\{[a-z_][a-z0-9_.]+(?::[^{}\s]*)?\})|\{\{.*?\}\}|\$\{[^}]*\}|<(?:insert|your|placeholder)[^>]*>|\[(?:insert|placeholder|your)[^\]]*\]"
    r"|\b(?:TODO|TBD|FIXME|XXX+|lorem ipsum)\b|\?\?\?|%\([a-z_]+\)s|(?<![\w%])%[sd](?!\w)",
    re.IGNORECASE,
)
_NOTHING: Final = re.compile(r"(?<![\w-])(?:nan|undefined|-?inf)(?![\w-])")
_MARKUP: Final = re.compile(
    r"<\s*/?\s*[a-z!][^<>]*>|<!--|javascript\s*:|vbscript\s*:|data\s*:\s*text/html|\bon(?:error|load|click|mouse\w+|focus)\s*=|&#x?[0-9a-f]+;|&[lg]t;",
    re.IGNORECASE,
)
_OUTSIDE: Final = re.compile(r"!\[[^\]]*\]\(\s*(?:https?:)?//|\bsrc\s*=", re.IGNORECASE)
_LONG: Final = re.compile(r"(?<![\w.])\d*\.\d{7,}")
_HINTS: Final = re.compile(
    r"\((?:correct|right|answer|key|true answer)\)|\[(?:correct|x|key)\]|\b(?:correct|right) answer\s*(?:is|:|=)"
    r"|(?<!your )(?<!an )\banswer\s*(?:key)?\s*[:=]\s*\S|[\u2713\u2714\u2705]",
    re.IGNORECASE,
)
_TELLING: Final = frozenset(
    {"key", "correct", "right", "answer", "solution", "true", "is_correct", "rationale", "feedback", "misconception",
     "distractor", "wrong", "incorrect", "verify", "reference", "mutants", "hidden"}
)  # fmt: skip


def find_text_faults(text: str) -> Iterator[str]:
    """Yield what is wrong with a text that people see; code in backticks may hold anything but scripts' holes."""
    plain = _CODE.sub(" ", text)
    for pattern, what in (
        (_HOLES, "a placeholder is not filled"),
        (_NOTHING, "a value is missing"),
        (_MARKUP, "raw markup"),
        (_OUTSIDE, "something from another address"),
        (_LONG, "a number is not rounded"),
    ):
        found = pattern.search(plain)
        if found:
            yield f"{what}: {found.group()[:60]!r}"
    if not text.strip():
        yield "the text is empty"
    if text.count("```") % 2:
        yield "a block of code is not closed"


def find_hints(text: str) -> Iterator[str]:
    """Yield where a text that is shown before an answer tells it."""
    found = _HINTS.search(_CODE.sub(" ", text))
    if found:
        yield f"the text tells the answer: {found.group()[:60]!r}"


def list_shown_texts(question: Question) -> list[str]:
    """Return every text that a taker sees before answering."""
    return list(_list_texts({"stem": question.stem, **_drop_code(show_question(question))}))


def _drop_code(shown: dict[str, Any]) -> dict[str, Any]:
    return {name: own for name, own in shown.items() if name not in {"starter", "examples", "libraries"}}


def _list_texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for own in value.values():
            yield from _list_texts(own)
    elif isinstance(value, list | tuple):
        for own in value:
            yield from _list_texts(own)


def find_telling_names(shown: object) -> Iterator[str]:
    """Yield names in a payload that belong to the key."""
    if isinstance(shown, dict):
        yield from (str(name) for name in shown if str(name).casefold() in _TELLING)
        for own in shown.values():
            yield from find_telling_names(own)
    elif isinstance(shown, list):
        for own in shown:
            yield from find_telling_names(own)


def find_telling_ids(question: Question) -> Iterator[str]:
    """Yield ids of options that tell which is right."""
    if isinstance(question.answered, Choice):
        yield from (one.id for one in question.answered.options if one.id.casefold() in _TELLING)


def check_rendering(sample: Sample) -> Iterator[Finding]:
    """Yield the first fault of each kind in what is shown before and after an answer."""
    said: set[str] = set()
    for variant in sample.variants:
        question = variant.question
        for message in _find_faults(question):
            kind = message.partition(":")[0]
            if kind not in said:
                said.add(kind)
                yield find(9, sample.template.id, message, seed=question.seed)


def _find_faults(question: Question) -> Iterator[str]:
    for text in list_shown_texts(question):
        yield from find_text_faults(text) if text else ()
        yield from find_hints(text)
    for text in (question.feedback, question.solution):
        if text:
            yield from find_text_faults(text)
    for name in find_telling_names(show_question(question)):
        yield f"the payload has a field {name!r}"
    for name in find_telling_ids(question):
        yield f"the id of an option tells: {name!r}"
