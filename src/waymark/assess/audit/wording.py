"""Rules 14, 17, 20 and 21: item writing, reading ease, reasons and dates, words that may hurt or favour."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Final

from waymark.assess.audit.cues import find_wording, list_choices
from waymark.assess.audit.keys import list_answered
from waymark.assess.audit.rules import Finding, find
from waymark.assess.audit.samples import Sample
from waymark.assess.templates.questions import Answered, Case, Choice, Match, Order, Question, tell_key

MOST_GRADE: Final = 12.0
MOST_SENTENCE: Final = 25.0
MOST_WORDS: Final = 120
LEAST_STEMS: Final = 100

_CODE: Final = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
_TABLE: Final = re.compile(r"^\s*(?:\|.*|\d+[.):]? .*|[-*] .*|\w+: .*)$", re.MULTILINE)
_CATCH_ALL: Final = re.compile(
    r"\b(?:all|none|both|neither|any) of the (?:above|others?|options|answers|these)\b"
    r"|\bboth [a-d] and [a-d]\b",
    re.IGNORECASE,
)
_QUESTION: Final = re.compile(
    r"\?|\b(?:give|write|put|order|match|choose|select|mark|name|compute|return|fill|assign|complete|label|say|find|type"
    r"|sort|list|pick|enter|pair|estimate|calculate|state|tick|implement|fix|mend|correct|decide|rank|arrange|predict)\b",
    re.IGNORECASE,
)
_DOUBLE: Final = re.compile(
    r"\bnot\b[^.?!]*\b(?:not|never|un(?:likely|true|able)|incorrect|false|except)\b", re.IGNORECASE
)
_AGING: Final = re.compile(
    r"\b(?:(?:latest|newest|current) (?:version|release|model|standard|law|price|edition)s?|as of (?:20\d\d|today)"
    r"|state of the art"
    r"|version \d+(?:\.\d+)+|GPT-\d|Llama ?\d|Claude \d|Gemini \d)\b",
    re.IGNORECASE,
)
_SENSITIVE: Final = re.compile(
    r"\b(?:blacklist\w*|whitelist\w*|master[/-]slave|slaves?|sanity[- ]check\w*|crazy|insane|grandfathered"
    r"|manpower|mankind|chairman|housewi(?:fe|ves)|illegal aliens?|cripple\w*|oriental|third[- ]world|gypsy"
    r"|kill yourself|suicid\w*|rape\w*|terroris\w*|nazis?|religio\w*|muslims?|christians?|jews?|abortion\w*)\b",
    re.IGNORECASE,
)


def check_wording(sample: Sample) -> Iterator[Finding]:
    """Yield what breaks rules 13 (wording), 14, 17 and 21, each kind once a template."""
    said: set[str] = set()
    rows = [row for part in list_choices(sample) for row in part]
    wordings = [*(message for row in rows[:50] for message in find_wording(row))]
    for message in dict.fromkeys(wordings):
        if wordings.count(message) > 0.35 * min(50, len(rows)):
            yield find(13, sample.template.id, message)
    for variant in sample.drawn[:50]:
        for rule, message in find_writing_faults(variant.question):
            if message not in said:
                said.add(message)
                yield find(rule, sample.template.id, message, seed=variant.question.seed)
    yield from _check_reading(sample)


def find_writing_faults(question: Question) -> Iterator[tuple[int, str]]:
    """Yield rule and message for what is against the rules of item writing in one question."""
    stem = _CODE.sub(" ", question.stem)
    stems = [stem, *(_CODE.sub(" ", part.stem) for part in _parts(question))]
    options = [one.text for own in _answered(question) if isinstance(own, Choice) for one in own.options]
    for text in options:
        found = _CATCH_ALL.search(text)
        if found:
            yield 14, f"an option says {found.group().casefold()!r}"
            break
    if not any(_QUESTION.search(text) for text in stems):
        yield 14, "nothing is asked"
    for text in stems:
        asked = re.split(r"(?<=[.?!])\s+", text.strip())[-1] if text.strip() else ""
        found = re.search(r"\b[Ww]hich\b.*\b(not|except|never)\b", asked) if options else None
        if found and found.group(1) == found.group(1).lower():
            yield 14, f"the question turns on an unmarked {found.group(1)!r}"
        if _DOUBLE.search(asked) and "?" in asked:
            yield 14, "the question has a double negative"
    found = _SENSITIVE.search(" ".join([*stems, *options]))
    if found:
        yield 21, f"{found.group().casefold()!r} may hurt or distract"


def _parts(question: Question) -> tuple[Question, ...]:
    return question.answered.parts if isinstance(question.answered, Case) else ()


def _answered(question: Question) -> list[object]:
    return [part.answered for part in _parts(question)] or [question.answered]


def _check_reading(sample: Sample) -> Iterator[Finding]:
    stems = [variant.question.stem for variant in sample.drawn[:40]]
    if not stems:
        return
    found = [measure_reading(stem) for stem in stems]
    for place, (bar, what) in enumerate(
        ((MOST_GRADE, "Flesch-Kincaid grade"), (MOST_SENTENCE, "words a sentence"), (MOST_WORDS, "words"))
    ):
        mean = sum(one[place] for one in found) / len(found)
        if mean > bar:
            yield find(17, sample.template.id, f"{what}: {mean:.0f} in the stem")


def measure_reading(stem: str) -> tuple[float, float, float]:
    """Return Flesch-Kincaid grade (Kincaid et al. 1975), words a sentence and words of a stem without code."""
    plain = _TABLE.sub(". ", _CODE.sub("code", stem))
    sentences = [one for one in re.split(r"[.?!:;]+(?:\s|$)|\n\s*\n", plain) if re.search(r"[A-Za-z]{2}", one)]
    words = re.findall(r"[A-Za-z][A-Za-z'-]*|\d[\d.,]*", plain)
    if not words or not sentences:
        return 0.0, 0.0, 0.0
    letters = [word for word in words if word[0].isalpha()]
    syllables = sum(_count_syllables(word) for word in letters) + len(words) - len(letters)
    length = len(words) / len(sentences)
    return 0.39 * length + 11.8 * syllables / len(words) - 15.59, length, float(len(words))


def _count_syllables(word: str) -> int:
    groups = re.findall(r"[aeiouy]+", word.casefold())
    silent = word.casefold().endswith("e") and not word.casefold().endswith("le")
    return max(1, len(groups) - silent)


def check_aging(sample: Sample, *, today: date) -> Iterator[Finding]:
    """Yield what breaks rule 20: no solution, a date that has passed, a fact that ages without a date."""
    template = sample.template
    if not template.solution and not template.verify and not any(part.verify for part in template.parts):
        yield find(20, template.id, "no solution and no second route")
    if template.valid_until is not None and template.valid_until < today:
        yield find(20, template.id, f"its facts were good until {template.valid_until}")
    if template.valid_until is None:
        found = next(filter(None, (find_aging(variant.question.stem) for variant in sample.drawn[:20])), "")
        if found:
            yield find(20, template.id, f"{found!r} ages; give valid_until")


def find_aging(stem: str) -> str:
    """Return the words of a stem whose truth ages, or nothing."""
    found = _AGING.search(_CODE.sub(" ", stem))
    return found.group() if found else ""


def check_variety(sample: Sample) -> Iterator[Finding]:
    """Yield what breaks rule 15: few stems, or one key in most variants."""
    template, drawn = sample.template, sample.drawn
    if template.answered == "program":  # its hidden cases are others for every seed
        return
    stems = {_identify(variant.question) for variant in drawn}
    if len(drawn) >= 4 * LEAST_STEMS and len(stems) < LEAST_STEMS:
        yield find(15, template.id, f"{len(stems)} different stems in {len(drawn)} variants")
    if len(drawn) < LEAST_STEMS:
        return
    keys: dict[tuple[int, str], int] = {}
    for variant in drawn:
        for place, own in enumerate(list_answered(variant)):
            right = [one.text for one in own.options if one.right] if isinstance(own, Choice) else [_say_key(own)]
            text = "|".join(right)
            keys[place, text] = keys.get((place, text), 0) + 1
    top = max(keys.values()) / len(drawn)
    if top > 0.6:
        yield find(15, template.id, f"one key in {top:.0%} of variants")


def _say_key(own: Answered) -> str:
    if isinstance(own, Order):
        return "|".join(own.steps[place] for place in own.right)
    if isinstance(own, Match):
        return "|".join(sorted(f"{left}:{right}" for left, right in zip(own.lefts, own.right, strict=True)))
    return str(tell_key(own))


def _identify(question: Question) -> str:
    parts = question.answered.parts if isinstance(question.answered, Case) else ()
    options = question.answered.options if isinstance(question.answered, Choice) else ()
    return " ".join([question.stem, *(part.stem for part in parts), *sorted(one.text for one in options)])
