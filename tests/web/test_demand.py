import json
from typing import cast

import pytest
from fastapi import FastAPI
from selectolax.lexbor import LexborHTMLParser

from waymark.framework import Edition
from waymark.web.demand import EMPTY, show_readings
from waymark.web.samples import load_samples
from waymark.web.shapes import Reading

from .conftest import Visit

POSTING = load_samples()["data-scientist"].text


def test_the_front_page_holds_a_form_and_never_a_text(visit: Visit) -> None:
    page = LexborHTMLParser(visit("GET", "/?text=secret").text)
    assert page.css_first("form[method=post] textarea[name=text]") is not None
    assert not page.css("form[method=get]")
    assert "secret" not in (page.html or "")


def test_a_pasted_posting_is_shown_with_its_evidence_in_place(visit: Visit) -> None:
    response = visit("POST", "/", data={"text": POSTING, "title": "Data Scientist"})
    assert response.status_code == 200
    sheet = LexborHTMLParser(response.text).css_first(".sheet")
    assert sheet is not None
    assert sheet.text() == POSTING
    assert len(sheet.css("mark")) > 5


def test_every_link_into_the_text_has_its_target(visit: Visit) -> None:
    page = LexborHTMLParser(visit("POST", "/", data={"text": POSTING}).text)
    ids = {node.attributes["id"] for node in page.css("[id]")}
    links = {(node.attributes["href"] or "")[1:] for node in page.css("a[href^='#']")}
    assert len(links) > 10
    assert links <= ids


def test_line_ends_of_a_browser_do_not_change_the_reading(visit: Visit) -> None:
    one = visit("POST", "/", data={"text": POSTING, "format": "json"}).json()
    other = visit("POST", "/", data={"text": POSTING.replace("\n", "\r\n"), "format": "json"}).json()
    assert one == other


def test_the_json_holds_the_reading_and_offsets_that_cut_the_quotes(visit: Visit) -> None:
    response = visit("POST", "/", data={"text": POSTING, "format": "json"})
    assert response.headers["content-disposition"] == 'attachment; filename="waymark-reading.json"'
    (reading,) = json.loads(response.content)
    assert set(reading) >= {"role", "tasks", "subtasks", "skills", "tools", "evidence", "findings"}
    assert reading["evidence"]
    for item in reading["evidence"]:
        assert reading["text"][item["start"] : item["end"]] == item["text"]


def test_an_uploaded_file_is_read_when_the_box_is_empty(visit: Visit) -> None:
    page = visit("POST", "/", data={"text": " "}, files={"file": ("ad.txt", POSTING.encode())}).text
    assert LexborHTMLParser(page).css_first(".sheet").text() == POSTING  # type: ignore[union-attr]


def test_an_uploaded_page_of_a_job_board_is_read(visit: Visit) -> None:
    html = f"<html><body><h1>Data Scientist</h1><p>{POSTING.replace(chr(10), '<br>')}</p></body></html>"
    response = visit("POST", "/", files={"file": ("ad.html", html.encode())})
    assert response.status_code == 200
    assert "<mark" in response.text


def test_the_form_is_filled_again_with_what_was_sent(visit: Visit) -> None:
    page = LexborHTMLParser(
        visit("POST", "/", data={"text": "\n" + POSTING, "title": 'A "title"', "blind": "yes"}).text
    )
    assert page.css_first("textarea").text() == "\n" + POSTING  # type: ignore[union-attr]
    assert page.css_first("#title").attributes["value"] == 'A "title"'  # type: ignore[union-attr]
    assert "checked" in page.css_first("#blind").attributes  # type: ignore[union-attr]
    assert "read blind" in (page.body.text() if page.body else "")


@pytest.mark.parametrize("fields", [{}, {"text": " \n "}, {"text": "too short"}])
def test_what_cannot_be_read_is_said_in_the_form(visit: Visit, fields: dict[str, str]) -> None:
    response = visit("POST", "/", data={"title": "kept", **fields})
    page = LexborHTMLParser(response.text)
    alert = page.css_first("[role=alert]")
    assert response.status_code == 422
    assert alert is not None
    assert alert.text().strip()
    field = page.css_first("textarea")
    assert field is not None
    assert field.attributes["aria-invalid"] == "true"
    assert "problem" in (field.attributes["aria-describedby"] or "")
    assert page.css_first("#title").attributes["value"] == "kept"  # type: ignore[union-attr]


def test_a_picture_is_refused_in_one_clear_line(visit: Visit) -> None:
    response = visit("POST", "/", files={"file": ("ad.png", b"\x89PNG\r\n\x1a\n" + bytes(1000))})
    assert response.status_code == 422
    assert "Traceback" not in response.text


def test_markup_in_a_posting_stays_text(visit: Visit) -> None:
    evil = '<script>alert(1)</script>"><img src=x onerror=alert(2)>'
    posting = f"{POSTING}\nWe write {evil} in Python."
    response = visit("POST", "/", data={"text": posting, "title": evil}, headers={"sec-fetch-site": "same-origin"})
    page = LexborHTMLParser(response.text)
    assert "<script>alert" not in response.text
    assert not page.css("img")
    assert all(script.attributes.get("src") for script in page.css("script"))


def test_an_unknown_sample_is_not_found(visit: Visit) -> None:
    assert visit("POST", "/", data={"sample": "../../errors"}).status_code == 404


def test_the_page_of_a_reading_is_kept_by_nobody(visit: Visit) -> None:
    assert visit("POST", "/", data={"text": POSTING}).headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "text",
    [
        "Build SQL pipelines and train models in Python. " * 2_000,
        "SQL " * 20_000,
        "<&\"'> " * 20_000 + POSTING,
        "\U0001f600 SQL " * 20_000,
    ],
    ids=["long", "all evidence", "all markup", "four bytes"],
)
def test_no_posting_makes_a_page_of_more_than_200_kb(visit: Visit, text: str) -> None:
    response = visit("POST", "/", data={"text": text})
    assert response.status_code == 200
    assert len(response.content) <= 200_000


@pytest.mark.parametrize("count", [2, 3, 4, 150])
def test_several_postings_in_one_input_share_the_page(
    app: FastAPI, reading: Reading, edition: Edition, count: int
) -> None:
    readings = [{**reading, "title": f"Posting {place}"} for place in range(count)]
    response = show_readings(cast("list[Reading]", readings), EMPTY, site=app.state.site)
    page = LexborHTMLParser(bytes(response.body).decode())
    assert len(page.css("h1")) == 1
    assert len(page.css("article.reading")) == min(count, 3)
    ids = [node.attributes["id"] for node in page.css("[id]")]
    assert len(ids) == len(set(ids))
    text = page.body.text() if page.body else ""
    assert all(f"Posting {place}" in text for place in range(min(count, 103)))
    assert ("47 more postings" in text) == (count == 150)
    assert len(bytes(response.body)) <= 200_000
    assert edition.about.id in text


def test_a_name_as_long_as_a_book_is_cut_short(app: FastAPI, reading: Reading) -> None:
    long: Reading = {**reading, "title": "x" * 100_000, "tools": ["y" * 100_000]}
    response = show_readings([long], EMPTY, site=app.state.site)
    assert len(bytes(response.body)) <= 60_000
