"""schema.org JobPosting, as JSON-LD (alone or inside a page) or as microdata."""

import html
import json
import re
from collections.abc import Iterator
from typing import Any

from selectolax.lexbor import LexborHTMLParser, LexborNode

from waymark.demand.markup import text_of, text_of_fragment
from waymark.demand.postings import Posting
from waymark.errors import BadInput, TooLarge

MAX_JSON_DEPTH = 64
MAX_TITLE = 300
_TRAILING_COMMA = re.compile(r",(?=\s*[}\]])")
_STRINGS = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?', re.DOTALL)
_YEARLY = {"YEAR": 1, "MONTH": 12, "WEEK": 52, "DAY": 260, "HOUR": 2080}
"""Paid units in a working year: 52 weeks of 5 days and 40 hours."""

# Sections that schema.org keeps apart from the description, with the heading a reader would give them.
_SECTIONS = (
    ("responsibilities", "Responsibilities"),
    ("qualifications", "Qualifications"),
    ("experienceRequirements", "Requirements"),
    ("educationRequirements", "Education"),
    ("skills", "Skills"),
    ("jobBenefits", "Benefits"),
)


def parse_json(text: str) -> Any:  # noqa: ANN401  JSON is any value
    """Parse JSON as the web serves it: NaN, raw line breaks in strings and trailing commas are forgiven.

    Raise TooLarge beyond a nesting of 64 (a parser would recurse), BadInput where it is no JSON at all.
    """
    bare = _STRINGS.sub('""', text)
    depth = deepest = 0
    for mark in re.findall(r"[\[{\]}]", bare):
        depth += 1 if mark in "[{" else -1
        deepest = max(deepest, depth)
    if deepest > MAX_JSON_DEPTH:
        raise TooLarge(f"the JSON nests deeper than {MAX_JSON_DEPTH} levels", hint="give the JobPosting object alone")
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError) as first:
        try:
            return json.loads(_TRAILING_COMMA.sub("", text), strict=False)
        except (ValueError, RecursionError):
            where = getattr(first, "lineno", 0)
            raise BadInput(f"not valid JSON (line {where})", hint="check the file with a JSON validator") from first


def find_job_postings(value: object) -> Iterator[dict[str, Any]]:
    """Yield every JobPosting object in a JSON-LD value, whatever list, @graph or wrapper it hides in."""
    if isinstance(value, list):
        for member in value:
            yield from find_job_postings(member)
    elif isinstance(value, dict):
        if any(str(kind).rstrip("/").rsplit("/", 1)[-1] == "JobPosting" for kind in _many(value.get("@type"))):
            yield value
            return
        for member in value.values():
            if isinstance(member, dict | list):
                yield from find_job_postings(member)


def posting_of(data: dict[str, Any], *, name: str) -> Posting:
    """Turn one JobPosting (or a plain object with title and description) into a Posting.

    Raise BadInput where there is no description to read.
    """
    lines = [text_of_fragment(_unescape(_string(data.get("description"))))]
    lines += [
        f"{heading}\n{text_of_fragment(_unescape(body))}"
        for key, heading in _SECTIONS
        if (body := _string(data.get(key))) and body not in lines[0]
    ]
    text = "\n\n".join(line for line in lines if line)
    if not text.strip():
        raise BadInput("the JobPosting has no description", hint='give it a "description"')
    low, high, currency = _salary(data.get("baseSalary"))
    return Posting(
        id=_string(_first(data.get("identifier"), "value", "name")) or _string(data.get("id")) or name,
        text=text,
        title=tidy_line(_string(data.get("title"))[:4000])[:MAX_TITLE],
        company=tidy_line(_string(_first(data.get("hiringOrganization") or data.get("company"), "name"))),
        location=_place(data),
        posted=_string(data.get("datePosted") or data.get("posted")),
        salary_min=low,
        salary_max=high,
        currency=currency,
        derived=True,
    )


def find_in_page(page: LexborHTMLParser, *, name: str, most: int) -> list[Posting]:
    """Return the JobPostings of a page: its JSON-LD, else its microdata, else none.

    Raise TooLarge where there are more than `most`.
    """
    found: list[dict[str, Any]] = []
    for script in page.css('script[type*="ld+json"]'):
        try:
            found += find_job_postings(
                parse_json(html.unescape(script.text()) if "&quot;" in script.text() else script.text())
            )
        except BadInput:
            continue  # a broken block does not spoil the other blocks or the page's own text
    found = found or [_microdata(node) for node in page.css('[itemtype*="schema.org/JobPosting"]')]
    usable = [data for data in found if _string(data.get("description")).strip()]
    if len(usable) > most:
        raise TooLarge(f"{len(usable):,} postings on one page; at most {most}", hint="give them one by one")
    return [
        posting_of(data, name=name if len(usable) == 1 else f"{name}#{number}")
        for number, data in enumerate(usable, start=1)
    ]


def tidy_line(text: str) -> str:
    """Return a text on one line, entities and tags resolved."""
    return " ".join(text_of_fragment(_unescape(text)).split())


def _microdata(node: LexborNode) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for item in node.css("[itemprop]"):
        key = item.attributes.get("itemprop") or ""
        if key in data:
            continue
        if key == "description" or key in dict(_SECTIONS):
            data[key] = text_of(item)
        else:
            data[key] = item.attributes.get("content") or item.attributes.get("datetime") or item.text(deep=True)
    if "title" not in data:
        data["title"] = data.get("name", "")
    return data


def _many(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _string(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "\n".join(_string(member) for member in value)
    if isinstance(value, dict):
        return _string(value.get("name") or value.get("value") or value.get("description"))
    return "" if value is None or isinstance(value, bool) else str(value)


def _first(value: object, *keys: str) -> object:
    if isinstance(value, list) and value:
        value = value[0]
    if isinstance(value, dict):
        return next((value[key] for key in keys if value.get(key)), None)
    return value


def _unescape(text: str) -> str:
    """Undo HTML escaping, once or twice over: boards often store descriptions escaped."""
    for _ in range(2):
        if "<" in text or "&" not in text:
            break
        text = html.unescape(text)
    return text


def _place(data: dict[str, Any]) -> str:
    place = _first(data.get("jobLocation"), "address", "name")
    if isinstance(place, dict):
        parts = (place.get(key) for key in ("addressLocality", "addressRegion", "addressCountry"))
        place = ", ".join(filter(None, map(_string, parts)))
    text = tidy_line(_string(place) or _string(data.get("location")))
    if not text and "TELECOMMUTE" in _string(data.get("jobLocationType")).upper():
        return "remote"
    return text


def _salary(value: object) -> tuple[float | None, float | None, str]:
    if isinstance(value, list) and value:
        value = value[0]
    if not isinstance(value, dict):
        return None, None, ""
    inner = value.get("value")
    amounts = inner if isinstance(inner, dict) else value
    units = _YEARLY.get(_string(amounts.get("unitText") or value.get("unitText")).upper(), 1)
    low = _amount(amounts.get("minValue", amounts.get("value")))
    high = _amount(amounts.get("maxValue", amounts.get("value")))
    return (
        None if low is None else low * units,
        None if high is None else high * units,
        _string(value.get("currency") or amounts.get("currency")).upper(),
    )


def _amount(value: object) -> float | None:
    try:
        amount = float(str(value).replace(",", "").lstrip("$€£ "))
    except ValueError:
        return None
    return amount if 0 < amount < 1e9 else None
