"""Clues for the findings: years asked, pay, place and level, found by patterns that cannot backtrack far."""

import re
from collections.abc import Iterator
from typing import NamedTuple

_NUMBERS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "twelve": 12, "fifteen": 15, "twenty": 20,
}  # fmt: skip
_YEARS = re.compile(
    r"\b(\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|twenty)"
    r"(?: ?\(\d{1,2}\))? ?(?:\+|plus\b|or more\b)?"
    r" ?(?:(?:-|–|to\b) ?(\d{1,2}) ?\+?)? ?(?:\+ ?)?(?:or more )?(?:years?|yrs?)\b",
    re.IGNORECASE,
)
_PAY = re.compile(
    r"[$€£]\s?\d|\b(?:usd|eur|gbp|cad|chf|inr)\s?\d|\d\s?(?:usd|eur|gbp|cad|chf)\b|\bsalary (?:range|is|of|:)|\bpay (?:range|rate)"
    r"|\bper hour\b|/hour|/hr|\bhourly rate\b|\b\d{2,3}k\b",
    re.IGNORECASE,
)
_PLACE = re.compile(
    r"\bremote|\bhybrid\b|\bon-?site\b|\bin[- ]office\b|\bwork(?:ing)? from home\b|\btelecommut|\bbased in\b|\blocated in\b"
    r"|\blocation\b|\brelocat|\bour (?:[A-Z]\w+ ){1,3}office\b|\boffices? in\b|\bheadquarter|\bcommutable\b",
    re.IGNORECASE,
)
_CITY_STATE = re.compile(r"\b[A-Z][a-z]+(?: [A-Z][a-z]+)?, (?:[A-Z]{2}\b|[A-Z][a-z]+)")
_LEVEL = re.compile(
    r"\b(?:entry[- ]level|junior|jr\.?|mid[- ]level|senior|sr\.?|lead|principal|staff|intern(?:ship)?|graduate|trainee"
    r"|manager|director|head of|associate|experienced)\b|\b(?:I|II|III|IV)\b",
    re.IGNORECASE,
)
_ENTRY = re.compile(r"\b(?:entry[- ]level|junior|jr\.?|intern(?:ship)?|trainee|new grad(?:uate)?|graduate program)\b", re.I)


class Years(NamedTuple):
    """Years asked: the least number said, and the span that says it."""

    least: int
    start: int
    end: int


def find_years(text: str) -> Iterator[Years]:
    """Yield each "N years", "N+ years", "N to M years" with its span and least number."""
    if "year" not in text and "yrs" not in text and "YEAR" not in text and "Year" not in text:
        return
    for match in _YEARS.finditer(text):
        said = match[1].lower()
        yield Years(_NUMBERS.get(said) or int(said), match.start(), match.end())


def says_pay(text: str) -> bool:
    """Say whether a text names an amount or a range of pay."""
    return _PAY.search(text) is not None


def says_place(text: str) -> bool:
    """Say whether a text tells where the work is done."""
    return _PLACE.search(text) is not None or _CITY_STATE.search(text) is not None


def says_level(text: str) -> bool:
    """Say whether a title or text names a step of the career."""
    return _LEVEL.search(text) is not None


def find_entry_level(text: str) -> tuple[int, int] | None:
    """Return the span of the first word that makes a post an entry-level one."""
    match = _ENTRY.search(text)
    return None if match is None else match.span()
