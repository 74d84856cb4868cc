import re

import pytest

from waymark.demand.clues import find_years, names_town, says_amount


def years(text: str) -> list[tuple[int, str]]:
    ends = [match.end() for match in re.finditer(r"(?i)\b(?:years?|yrs?)\b", text)]
    return [(one.least, text[one.start : one.end]) for one in find_years(text, ends)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("5 years of SQL", [(5, "5 years")]),
        ("5+ years", [(5, "5+ years")]),
        ("3-5 years", [(3, "3-5 years")]),
        ("3\u20135\u00a0yrs", [(3, "3\u20135\u00a0yrs")]),
        ("two to four years", [(2, "two to four years")]),
        ("sixteen years, eighteen years", [(16, "sixteen years"), (18, "eighteen years")]),
        ("five (5) or more years", [(5, "five (5) or more years")]),
        ("1 year here and 10 plus years there", [(1, "1 year"), (10, "10 plus years")]),
        ("\u017fix years", []),
        ("for years", []),
        ("version 3.5 years", []),
        ("$5 years", []),
        ("2,000 years", []),
        ("three years of study, 21 years old, four years ago", []),
    ],
)
def test_years_asked_are_found_with_their_least_number(text: str, found: list[tuple[int, str]]) -> None:
    assert [one for one in years(text) if one[0]] == found


def test_the_words_of_experience_belong_to_the_years() -> None:
    text = "at least six years of experience in sales"
    (one,) = find_years(text, [text.index(" in sales")])
    assert (one.least, text[one.start : one.end]) == (6, "six years of experience")


def hears(text: str) -> bool:
    words = re.finditer(r"\b(?:CAD|PLN|R|US|lakh|rupees)\b", text)
    return says_amount(text, [match.start() for match in words])


@pytest.mark.parametrize(
    "text",
    [
        "$140,000",
        "\u20ac 42.000",
        "\u00a362k",
        "55\u201365 k\u20ac",
        "CAD 115,000 - 135,000",
        "22,000 PLN",
        "R 420,000",
        "18 lakh a year",
        "40,000 rupees",
    ],
)
def test_amounts_of_money_are_heard(text: str) -> None:
    assert hears(f"You get {text} here.")


@pytest.mark.parametrize("text", ["pay attention", "R 4 and CAD drawings", "we ship 10,000 parcels", "$", "US 2026"])
def test_what_names_no_amount_is_silent(text: str) -> None:
    assert not hears(text)


@pytest.mark.parametrize("text", ["Austin, TX", "Join us in Boston, MA.", "Place: Stoke-on-Trent", "Lyme, NH 03768"])
def test_towns_are_heard(text: str) -> None:
    assert names_town(text)


@pytest.mark.parametrize("text", ["Python, Spark and Docker, Terraform", "in place", "machine learning, AI", "SQL, BI"])
def test_lists_of_tools_are_no_towns(text: str) -> None:
    assert not names_town(text)
