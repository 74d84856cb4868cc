from typing import Any

import pytest

from waymark.demand.linked_data import (
    MAX_JSON_DEPTH,
    find_in_page,
    find_job_postings,
    parse_json,
    posting_of,
    tidy_line,
)
from waymark.demand.markup import parse_page
from waymark.errors import BadInput, TooLarge

JOB: dict[str, Any] = {
    "@type": "JobPosting",
    "title": "Analyst",
    "description": "<p>Write SQL.</p><p>Draw charts.</p>",
}


@pytest.mark.parametrize(
    "value",
    [
        JOB,
        [JOB],
        {"@graph": [{"@type": "WebPage"}, JOB]},
        {"@type": "WebPage", "mainEntity": {"list": [JOB]}},
        {**JOB, "@type": ["Thing", "JobPosting"]},
        {**JOB, "@type": "https://schema.org/JobPosting"},
    ],
)
def test_a_job_posting_is_found_wherever_it_hides(value: object) -> None:
    assert [job["title"] for job in find_job_postings(value)] == ["Analyst"]


@pytest.mark.parametrize("value", [None, 3, "JobPosting", [], {"@type": "Organization"}, {"@type": None}])
def test_other_values_hold_none(value: object) -> None:
    assert list(find_job_postings(value)) == []


def test_a_posting_is_made_of_its_fields() -> None:
    posting = posting_of(
        {
            **JOB,
            "title": "Data &amp; BI\n analyst",
            "identifier": {"@type": "PropertyValue", "value": "J-7"},
            "hiringOrganization": {"name": "Firm"},
            "datePosted": "2026-05-01",
            "qualifications": "Five years of Excel",
            "jobLocation": [{"address": {"addressLocality": "Lyon", "addressCountry": {"name": "France"}}}],
            "baseSalary": {
                "currency": "eur",
                "value": {"minValue": "3,000", "maxValue": 4000, "unitText": "MONTH"},
            },
        },
        name="file",
    )
    assert (posting.id, posting.title, posting.company) == ("J-7", "Data & BI analyst", "Firm")
    assert (posting.location, posting.posted) == ("Lyon, France", "2026-05-01")
    assert (posting.salary_min, posting.salary_max, posting.currency) == (36_000, 48_000, "EUR")
    assert posting.text == "Write SQL.\n\nDraw charts.\n\nQualifications\nFive years of Excel"
    assert posting.derived


@pytest.mark.parametrize(
    ("salary", "amounts"),
    [
        (None, (None, None)),
        ("a lot", (None, None)),
        ({"value": {"value": 25, "unitText": "HOUR"}}, (52_000, 52_000)),
        ({"minValue": 50_000, "maxValue": "n/a"}, (50_000, None)),
        ({"value": {"minValue": float("nan"), "maxValue": float("inf")}}, (None, None)),
        ([{"value": {"minValue": 9, "unitText": "WEEK"}}], (468, None)),
    ],
)
def test_salaries_are_yearly_amounts_or_nothing(salary: object, amounts: tuple[float | None, float | None]) -> None:
    posting = posting_of({**JOB, "baseSalary": salary}, name="x")
    assert (posting.salary_min, posting.salary_max) == amounts


def test_a_description_escaped_twice_is_unescaped() -> None:
    posting = posting_of({**JOB, "description": "&amp;lt;p&amp;gt;Write SQL&amp;lt;/p&amp;gt;"}, name="x")
    assert posting.text == "Write SQL"


def test_work_from_afar_is_a_place() -> None:
    assert posting_of({**JOB, "jobLocationType": "TELECOMMUTE"}, name="x").location == "remote"


@pytest.mark.parametrize("description", [None, "", "<p> </p>", [], {}, True])
def test_a_job_without_a_description_is_refused(description: object) -> None:
    with pytest.raises(BadInput, match="no description"):
        posting_of({"@type": "JobPosting", "description": description}, name="x")


def test_json_is_read_as_the_web_writes_it() -> None:
    assert parse_json('{"a": [1, 2, ], "b": "x\ny", }') == {"a": [1, 2], "b": "x\ny"}
    assert parse_json('{"a": NaN}')["a"] != 0


def test_brackets_in_strings_are_no_depth() -> None:
    assert parse_json('{"a": "' + "[" * 1000 + '\\"["}')["a"].startswith("[[[")


def test_deep_json_is_too_large() -> None:
    assert parse_json("[" * MAX_JSON_DEPTH + "]" * MAX_JSON_DEPTH)
    with pytest.raises(TooLarge, match="deeper than 64"):
        parse_json("[" * (MAX_JSON_DEPTH + 1) + "]" * (MAX_JSON_DEPTH + 1))


@pytest.mark.parametrize("text", ['{"a": ', "{]", '{"a": ' + "9" * 5_000 + "}", "[" * 100_000 + "]" * 3])
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises((BadInput, TooLarge)):
        parse_json(text)


def page(*scripts: str, body: str = "") -> str:
    blocks = "".join(f'<script type="application/ld+json">{script}</script>' for script in scripts)
    return f"<html><head>{blocks}</head><body>{body}</body></html>"


def test_a_page_gives_its_job_postings_and_survives_a_broken_block() -> None:
    job = '{"@type": "JobPosting", "title": "A", "description": "Write SQL"}'
    assert [p.id for p in find_in_page(parse_page(page("{broken", job)), name="p", most=9)] == ["p"]
    assert [p.id for p in find_in_page(parse_page(page(job, job)), name="p", most=9)] == ["p#1", "p#2"]
    assert find_in_page(parse_page(page(body="<p>Hi</p>")), name="p", most=9) == []


def test_a_page_of_more_postings_than_one_may_hold_is_too_large() -> None:
    job = '{"@type": "JobPosting", "title": "A", "description": "Write SQL"}'
    with pytest.raises(TooLarge):
        find_in_page(parse_page(page(job, job, job)), name="p", most=2)


def test_microdata_is_read_where_there_is_no_json() -> None:
    body = (
        '<div itemscope itemtype="https://schema.org/JobPosting"><h1 itemprop="title">Analyst</h1>'
        '<div itemprop="description"><p>Write SQL</p></div><meta itemprop="datePosted" content="2026-01-02"></div>'
    )
    (posting,) = find_in_page(parse_page(page(body=body)), name="p", most=9)
    assert (posting.title, posting.text, posting.posted) == ("Analyst", "Write SQL", "2026-01-02")


def test_a_line_is_one_line() -> None:
    assert tidy_line("a <b>b</b>\n c&amp;d") == "a b c&d"
