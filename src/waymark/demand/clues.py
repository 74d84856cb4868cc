"""Clues for the findings that no phrase list can hold: years asked, amounts of money, towns."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

_NUMBERS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "twelve": 12, "fifteen": 15, "twenty": 20,
}  # fmt: skip
_NUMBER = r"(?<![\w.$])(\d{1,2}|" + "|".join(_NUMBERS) + r")"
_BEFORE_YEARS = re.compile(
    _NUMBER
    + r"(?: ?\(\d{1,2}\))? ?(?:\+|plus|or more)? ?(?:(?:-|\u2013|to) ?(?:\d{1,2}|"
    + "|".join(_NUMBERS)
    + r") ?\+?)? ?(?:or more|full)? ?(?:years?|yrs?)$",
    re.IGNORECASE,
)
_WINDOW = 34  # characters in which a number and its "years" stand
_AMOUNT = re.compile(r"[$\u20ac\u00a3] ?\d")
_STATE = re.compile(r", (?:[A-Z]{2}\b|[A-Z][a-z]{3,})")


class Years(NamedTuple):
    """Years asked: the least number said, and the span that says it."""

    least: int
    start: int
    end: int


def find_years(text: str, ends: Iterable[int]) -> Iterator[Years]:
    """Yield each "N years", "N+ years", "N to M years" with its span and least number.

    `ends` are the places where a word for years ends; the number is looked for in a short window before each.
    """
    for end in ends:
        begin = max(0, end - _WINDOW)
        match = _BEFORE_YEARS.search(text[begin:end].replace("\xa0", " "))
        if match is not None:
            said = match[1].lower()
            yield Years(_NUMBERS.get(said) or int(said), begin + match.start(), end)


def says_amount(text: str) -> bool:
    """Say whether a text names an amount of money."""
    return ("$" in text or "\u20ac" in text or "\u00a3" in text) and _AMOUNT.search(text) is not None


def names_town(text: str) -> bool:
    """Say whether a text names a town with its state or country, as "Austin, TX" does."""
    for match in _STATE.finditer(text):
        word = text[max(0, match.start() - 30) : match.start()].rsplit(" ", 1)[-1]
        if word[:1].isupper() and word.isalpha():
            return True
    return False
