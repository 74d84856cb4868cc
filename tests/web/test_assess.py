import asyncio
import gzip
from dataclasses import replace
from threading import Event
from urllib.parse import unquote

import pytest
from httpx2 import ASGITransport, AsyncClient, Response
from selectolax.lexbor import LexborHTMLParser

from waymark.actions.workspace import Workspace
from waymark.web import build_pages, seating
from waymark.web.seating import Warmth

from .conftest import Visit

THREE = "skill=machine_learning&skill=mathematics&skill=research"
SITTING = f"/assess?{THREE}&level=developing&target=0.6&seed=4"
CROWD = "/assess/simulation?skill=research&people=60&target=0.6&items=15&cap=none&misfit=none&rate=20&seed=4"


def wait_for(release: Event) -> None:
    release.wait(60)


def read(response: Response) -> LexborHTMLParser:
    return LexborHTMLParser(response.text)


def read_words(response: Response) -> str:
    main = read(response).css_first("main")
    assert main is not None
    return " ".join(main.text().split())


def test_a_sitting_has_a_figure_a_skill_a_key_and_a_table_of_every_answer(visit: Visit) -> None:
    page = read(visit("GET", SITTING))
    assert len(page.css("#course ~ ul.figures svg.figure")) == 4
    rows = page.css("details table tbody tr")
    heading = page.css_first("#course")
    assert heading is not None
    assert heading.text().startswith(f"It ended after {len(rows)} answers")
    assert [row.css("th")[0].text() for row in rows] == [str(number + 1) for number in range(len(rows))]
    marks = [len(page.css(f"svg.figure .{kind}")) for kind in ("right", "wrong", "partly")]
    assert sum(marks) - 3 == len(rows)  # the key shows each mark once


def test_a_link_to_a_sitting_gives_the_same_page_again(visit: Visit) -> None:
    first, again = visit("GET", SITTING), visit("GET", SITTING)
    assert first.status_code == 200
    assert first.text == again.text
    assert visit("GET", SITTING, headers={"if-none-match": first.headers["etag"]}).status_code == 304
    assert visit("GET", SITTING.replace("seed=4", "seed=5")).text != first.text


def test_the_form_holds_what_was_asked(visit: Visit) -> None:
    page = read(visit("GET", f"{SITTING}&warm=yes"))
    ticked = {node.attributes["value"] for node in page.css("input[name=skill][checked]")}
    assert ticked == {"machine_learning", "mathematics", "research"}
    assert page.css_first("#warm").attributes.keys() >= {"checked"}  # type: ignore[union-attr]
    assert "checked" not in page.css_first("#guessing").attributes  # type: ignore[union-attr]
    assert page.css_first("#level option[selected]").attributes["value"] == "developing"  # type: ignore[union-attr]
    assert page.css_first("#seed").attributes["value"] == "4"  # type: ignore[union-attr]


def test_made_up_people_are_called_made_up_and_the_bank_untried(visit: Visit) -> None:
    for path in (SITTING, CROWD):
        words = read_words(visit("GET", path))
        assert "made-up" in words
        assert "No item has been calibrated with people yet" in words
    assert "made up by a simulation" in read_words(visit("POST", "/assess/calibration", data={"example": "yes"}))


def test_a_guessing_taker_and_a_warm_start_are_explained(visit: Visit) -> None:
    words = read_words(visit("GET", f"{SITTING}&guessing=yes&warm=yes"))
    assert "guesses blindly at about 30% of the items" in words
    assert "reliability of 0.3" in words


@pytest.mark.parametrize(
    "path",
    [
        "/assess?skill=research",
        f"/assess?{THREE}&level=genius",
        f"/assess?{THREE}&seed=x",
        f"/assess?{THREE}&target=9",
        "/assess/simulation?people=5",
        "/assess/simulation?skill=research&people=100000",
        "/assess/simulation?skill=research&misfit=%3Cb%3E",
    ],
)
def test_what_cannot_be_asked_is_said_in_the_form(visit: Visit, path: str) -> None:
    response = visit("GET", path)
    assert response.status_code == 422
    page = read(response)
    assert page.css_first("[role=alert]") is not None
    assert page.css_first("form[method=get]") is not None
    assert page.css_first("svg.figure") is None
    assert "<b>" not in response.text


def test_a_simulation_has_four_figures_a_row_a_skill_and_sentences(visit: Visit) -> None:
    response = visit("GET", CROWD)
    page = read(response)
    assert [node.attributes["id"] for node in page.css("svg.figure")] == [
        "information",
        "conditional",
        "exposure",
        "convergence",
    ]
    assert len(page.css("table.measures tbody tr")) == 2
    words = read_words(response)
    assert "90% intervals contain the truth in" in words
    assert "60 made-up people" in words
    assert "What breaks" not in words


def test_a_misfit_is_set_beside_people_who_fit(visit: Visit) -> None:
    words = read_words(visit("GET", CROWD.replace("misfit=none", "misfit=guessing").replace("rate=20", "rate=50")))
    assert "What breaks" in words
    assert "Scores move down by" in words
    assert "Noticed (z = " in words or "give no sign of it" in words or "too few answers to tell" in words


def test_the_made_up_table_can_be_had_and_sent_back(visit: Visit) -> None:
    file = visit("GET", "/assess/made-up-answers.csv")
    assert file.headers["content-type"] == "text/csv; charset=utf-8"
    assert 'filename="made-up-answers.csv"' in file.headers["content-disposition"]
    one = visit("POST", "/assess/calibration", data={"model": "2pl"}, files={"file": ("mine.csv", file.content)})
    other = visit("POST", "/assess/calibration", data={"model": "2pl", "example": "yes"})
    assert one.status_code == 200
    assert [node.text() for node in read(one).css("td")] == [node.text() for node in read(other).css("td")]
    assert "mine.csv" in one.text
    assert "made up by a simulation" not in one.text


def test_the_items_can_be_downloaded_from_the_page_itself(visit: Visit) -> None:
    page = read(visit("POST", "/assess/calibration", data={"example": "yes"}))
    link = page.css_first("a[href^='data:text/csv']")
    assert link is not None
    assert link.attributes["download"] == "items.csv"
    table = unquote((link.attributes["href"] or "").partition(",")[2]).splitlines()
    assert table[0].startswith("item,skill,a,b")
    assert len(table) == 19


def test_a_calibration_tells_intervals_fit_and_what_to_look_at(visit: Visit) -> None:
    words = read_words(visit("POST", "/assess/calibration", data={"example": "yes", "model": "2pl"}))
    assert "18 items, 1,000 people" in words
    assert "AIC" in words
    assert "Runs against the scale: check the key." in words
    assert "cannot be told from zero" in words


@pytest.mark.parametrize(
    "data",
    [b"", b"hello", b"id,q1\n1,2,3\n", gzip.compress(b"a,b\n1,0\n"), b"\x00\x01\x02", b"PAR1xxxxPAR1"],
)
def test_a_file_that_is_no_table_is_refused_in_the_form(visit: Visit, data: bytes) -> None:
    response = visit("POST", "/assess/calibration", files={"file": ("t.csv", data)})
    assert response.status_code == 422
    assert read(response).css_first("[role=alert] + section form[method=post]") is not None


def test_names_of_items_and_files_cannot_break_the_page(visit: Visit) -> None:
    rows = "\n".join(f"{n % 2},{(n // 2) % 2},{(n // 4) % 2},{(n // 3) % 2}" for n in range(60))
    data = f'<script>x</script>,"a""b",\x07bell,{"long" * 60}\n{rows}\n'.encode()
    response = visit("POST", "/assess/calibration", files={"file": ('"><img src=x>.csv', data)})
    assert response.status_code == 200
    page = read(response)
    assert len(page.css("script")) == 1
    assert not page.css("img")


def test_what_was_sent_is_never_kept(visit: Visit) -> None:
    response = visit("POST", "/assess/calibration", data={"example": "yes"})
    assert response.headers["cache-control"] == "no-store"
    assert "etag" not in response.headers


def test_while_the_engine_is_not_ready_the_page_says_so(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seating, "WARM_SECONDS", 0.01)
    release = Event()
    pages = build_pages(workspace)
    warmth = Warmth(lambda: wait_for(release))
    pages.state.site = replace(pages.state.site, warmth=warmth)
    warmth.begin()

    async def send(path: str) -> Response:
        async with AsyncClient(transport=ASGITransport(app=pages), base_url="http://waymark.test") as client:
            return await client.get(path, timeout=60)

    try:
        response = asyncio.run(send("/assess"))
    finally:
        release.set()
    assert response.status_code == 503
    assert response.headers["retry-after"] == "5"
    assert "still being made ready" in response.text
    assert "What the engine does" in response.text
