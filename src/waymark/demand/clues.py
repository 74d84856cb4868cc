"""Clues for the findings that no phrase list can hold: years asked, amounts of money, towns."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

_NUMBERS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17,
    "eighteen": 18, "nineteen": 19, "twenty": 20,
}  # fmt: skip
_NUMBER = r"(?<![\w.$])(\d{1,2}|" + "|".join(reversed(_NUMBERS)) + r")"  # "sixteen" before "six"
_BEFORE_YEARS = re.compile(
    _NUMBER
    + r"(?: ?\(\d{1,2}\))? ?(?:\+|plus|or more)? ?(?:(?:-|\u2013|to) ?(?:\d{1,2}|"
    + "|".join(_NUMBERS)
    + r") ?\+?)? ?(?:or more|full)? ?(?:years?|yrs?)(?: of \w{4,10})?$",
    re.IGNORECASE | re.ASCII,  # else "\u017fix" is a "six"
)
_WINDOW = 48  # characters in which a number and its "years of experience" stand
_NOT_OF_WORK = re.compile(r"\s+(?:of (?:study|studies|age|university|college|school)\b|old\b|ago\b)", re.IGNORECASE)
# A sign or a code before an amount, or after it; "R" and "Rs" need thousands, since "R 4" is a release.
_CODES = (
    "AED|AUD|BRL|CAD|CHF|CNY|CZK|DKK|EUR|GBP|HKD|HUF|IDR|ILS|INR|JPY|KES|KRW|MXN|MYR|NGN|NIS|NOK|NZD|PHP|PKR|PLN|RON|SAR"
    "|SEK|SGD|THB|TRY|TWD|USD|VND|ZAR"
)
_SIGNS = ("$", "\u20ac", "\u00a3", "\u20b9", "\u00a5")
_SIGNED = re.compile(r"[$\u20ac\u00a3\u20b9\u00a5] ?\d")
_SIGNED_BEHIND = re.compile(r"\d ?[kK]? ?[\u20ac\u00a3]")
_CODED = re.compile(
    rf"\b(?:{_CODES}) ?\d{{2}}|\bRs?\.? ?\d{{2,3}}[, ]\d{{3}}"
    rf"|\d ?[kK]? ?(?:{_CODES}|lakhs?|rupees|euros?|dollars|pounds sterling)\b"
)
_NEAR = 16  # characters around a currency's name in which its amount stands
_STATES = (
    "AL|AK|AZ|AR|CA|CO|CT|DE|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|NV|NH|NJ|NM|NY|NC|ND|OH|OK|OR|PA|RI"
    "|SC|SD|TN|TX|UT|VT|VA|WA|WV|WI|WY|DC|AB|BC|MB|NB|NL|NS|ON|PE|QC|SK|NSW|VIC|QLD|UK|USA"
)
_STATE = re.compile(rf", (?:{_STATES})\b")
_PLACES = re.compile(r"\b(?:Place|Where|Workplace|City|Town|Office): ?[A-Z]")


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
        if match is not None and not _NOT_OF_WORK.match(text, end):
            said = match[1].lower()
            yield Years(_NUMBERS.get(said) or int(said), begin + match.start(), end)


def says_amount(text: str, currencies: Iterable[int]) -> bool:
    """Say whether a text names an amount of money; `currencies` are the places of words that name a currency."""
    if any(sign in text for sign in _SIGNS) and _SIGNED.search(text) is not None:
        return True
    if ("\u20ac" in text or "\u00a3" in text) and _SIGNED_BEHIND.search(text) is not None:
        return True
    return any(_CODED.search(text, max(0, place - _NEAR), place + _NEAR) is not None for place in currencies)


def names_town(text: str) -> bool:
    """Say whether a text names a town by its state ("Austin, TX") or as such ("Place: Stoke-on-Trent")."""
    for match in _STATE.finditer(text):  # begins with a fixed comma, which is found far faster than a capital letter
        word = text[max(0, match.start() - 30) : match.start()].rsplit(" ", 1)[-1]
        if word[:1].isupper() and word[1:].islower():
            return True
    return _PLACES.search(text) is not None
