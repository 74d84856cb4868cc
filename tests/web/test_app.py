import re
from dataclasses import replace

import pytest
from fastapi import FastAPI
from selectolax.lexbor import LexborHTMLParser

from waymark.actions.workspace import Workspace
from waymark.web import build_pages
from waymark.web.app import show_refusal
from waymark.web.refusing import REFUSALS

from .conftest import Visit


def test_every_page_answers_within_200_kb(visit: Visit, addresses: tuple[str, ...]) -> None:
    for address in addresses:
        response = visit("GET", address)
        assert response.status_code == 200
        assert len(response.content) <= 200_000


@pytest.mark.parametrize("path", ["/nowhere", "/framework/roles", "/static/../app.py", "/%00", "/framework/x"])
def test_what_is_not_there_is_told_with_a_way_on(visit: Visit, path: str) -> None:
    response = visit("GET", path)
    page = LexborHTMLParser(response.text)
    assert response.status_code == 404
    assert len(page.css("h1")) == 1
    assert page.css_first("main a[href='/']") is not None


def test_a_wrong_method_is_told_which_are_right(visit: Visit) -> None:
    assert visit("DELETE", "/").headers["allow"] == "GET, HEAD, POST"
    assert visit("POST", "/about", data={}).headers["allow"] in {"GET, HEAD", "HEAD, GET"}
    assert visit("POST", "/about", data={}).status_code == 405


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/framework/", "/framework"),
        ("//evil.test/", "/evil.test"),
        ("/framework/roles/x///", "/framework/roles/x"),
    ],
)
def test_a_closing_slash_leads_to_the_page_and_never_off_the_site(visit: Visit, path: str, target: str) -> None:
    response = visit("GET", f"http://waymark.test{path}")
    assert response.status_code == 308
    assert response.headers["location"] == target


def test_a_page_that_has_not_changed_is_not_sent_again(visit: Visit) -> None:
    first = visit("GET", "/framework")
    again = visit("GET", "/framework", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert visit("GET", "/framework", headers={"if-none-match": '"old"'}).status_code == 200


def test_static_files_may_be_kept_for_ever_under_their_own_address_only(visit: Visit) -> None:
    paths = set(re.findall(r'/static/[^"]+', visit("GET", "/assess/calibration").text))
    assert len(paths) == 4
    for path in paths:
        response = visit("GET", path)
        assert response.status_code == 200
        assert "immutable" in response.headers["cache-control"]
        digest = path.split("/")[2]
        assert visit("GET", path.replace(digest, "0" * 12)).status_code == 404


def test_head_is_answered_like_get_without_a_body(visit: Visit) -> None:
    assert visit("HEAD", "/about").status_code == 200


@pytest.mark.parametrize("status", REFUSALS)
def test_every_refusal_is_a_whole_page_of_the_site(app: FastAPI, status: int) -> None:
    response = show_refusal(app.state.site.renderer, status, incident="abc123" if status == 500 else "")
    text = bytes(response.body).decode()
    assert response.status_code == status
    assert REFUSALS[status].title.split("'")[0] in text
    assert "<nav" in text
    assert ("abc123" in text) == (status == 500)


def test_an_overlay_shows_on_the_pages(workspace: Workspace) -> None:
    edition = workspace.edition
    tasks = {**edition.tasks, "modeling": replace(edition.tasks["modeling"], name="Model making")}
    changed = replace(workspace, edition=replace(edition, tasks=tasks))
    renderer = build_pages(changed).state.site.renderer
    text = bytes(show_refusal(renderer, 404).body).decode()
    assert edition.about.id in text
    assert renderer.environment.globals["edition"].tasks["modeling"].name == "Model making"
