"""The battery over all pages: what accessibility and the content policy ask of each."""

from collections import Counter
from itertools import pairwise
from urllib.parse import urldefrag

import pytest
from selectolax.lexbor import LexborHTMLParser, LexborNode

from waymark.web.samples import load_samples

from .conftest import Visit

FIELDS = "input:not([type=hidden]), textarea, select"


@pytest.fixture(scope="module")
def pages(visit: Visit, addresses: tuple[str, ...]) -> dict[str, LexborHTMLParser]:
    """Return every page of the site: those with an address, readings, and refusals."""
    texts = {address: visit("GET", address).text for address in (*addresses, "/nowhere")}
    for sample in load_samples():
        texts[f"sample {sample}"] = visit("POST", "/", data={"sample": sample}).text
    texts["nothing sent"] = visit("POST", "/", data={}).text
    texts["too few skills"] = visit("GET", "/assess?skill=research").text
    texts["a misfit"] = visit("GET", "/assess/simulation?skill=research&people=50&misfit=careless").text
    texts["no such rules"] = visit("GET", "/assess/simulation?skill=research&people=many").text
    texts["a calibration"] = visit("POST", "/assess/calibration", data={"example": "yes", "model": "3pl"}).text
    texts["no table"] = visit("POST", "/assess/calibration", data={}).text
    return {name: LexborHTMLParser(text) for name, text in texts.items()}


def test_every_page_has_one_first_heading_a_language_a_title_and_landmarks(
    pages: dict[str, LexborHTMLParser],
) -> None:
    titles = Counter(page.css_first("title").text() for page in pages.values())  # type: ignore[union-attr]
    for name, page in pages.items():
        assert len(page.css("h1")) == 1, name
        assert page.css_first("html[lang=en]") is not None
        assert [len(page.css(mark)) for mark in ("main", "body > header", "body > footer")] == [1, 1, 1]
        assert page.css_first("a.skip").attributes["href"] == "#main"  # type: ignore[union-attr]
    assert all(title.endswith("Waymark") for title in titles)


def test_headings_never_skip_a_level(pages: dict[str, LexborHTMLParser]) -> None:
    for name, page in pages.items():
        levels = [int((node.tag or "h0")[1]) for node in page.css("h1, h2, h3, h4")]
        assert all(after - before <= 1 for before, after in pairwise(levels)), name


def test_ids_are_unique_and_names_by_id_exist(pages: dict[str, LexborHTMLParser]) -> None:
    for name, page in pages.items():
        ids = Counter(node.attributes["id"] for node in page.css("[id]"))
        assert max(ids.values()) == 1, (name, ids.most_common(1))
        for attribute in ("aria-labelledby", "aria-describedby", "for"):
            for node in page.css(f"[{attribute}]"):
                assert set((node.attributes[attribute] or "").split()) <= set(ids), name


def test_every_field_has_a_label(pages: dict[str, LexborHTMLParser]) -> None:
    for name, page in pages.items():
        labelled = {node.attributes["for"] for node in page.css("label[for]")}
        within = len(page.css("label input"))
        outside = [node for node in page.css(FIELDS) if node.attributes.get("id") in labelled]
        assert len(page.css(FIELDS)) == within + len(outside), name


def test_every_picture_is_described_or_hidden(pages: dict[str, LexborHTMLParser]) -> None:
    for name, page in pages.items():
        assert all("alt" in image.attributes for image in page.css("img"))
        for drawing in page.css("svg"):
            hidden = drawing.attributes.get("aria-hidden") == "true"
            named = "aria-labelledby" in drawing.attributes and drawing.css_first("title") is not None
            assert hidden or named, (name, (drawing.html or "")[:200])


def test_every_table_has_a_caption_and_scoped_headers(pages: dict[str, LexborHTMLParser]) -> None:
    for name, page in pages.items():
        for table in page.css("table"):
            assert table.css_first("caption") is not None, name
            assert all(cell.attributes.get("scope") in {"row", "col"} for cell in table.css("th")), name


def test_tables_that_a_phone_stacks_keep_their_roles(pages: dict[str, LexborHTMLParser]) -> None:
    roles = {"thead": "rowgroup", "tbody": "rowgroup", "tr": "row", "td": "cell"}
    for page in pages.values():
        for table in page.css("table.skills"):
            assert table.attributes["role"] == "table"
            for tag, role in roles.items():
                assert all(node.attributes.get("role") == role for node in table.css(tag))


def test_links_and_buttons_say_where_they_lead(pages: dict[str, LexborHTMLParser]) -> None:
    for name, page in pages.items():
        for node in page.css("a[href], button"):
            assert node.text().strip() or node.attributes.get("aria-label"), (name, node.html)


def test_nothing_is_inline_and_nothing_comes_from_outside(pages: dict[str, LexborHTMLParser]) -> None:
    for name, page in pages.items():
        assert not page.css("[style], style, base, iframe, object, embed"), name
        for node in page.css("*"):
            assert not any(attribute.startswith("on") for attribute in node.attributes), name
        for script in page.css("script"):
            assert not script.text().strip()
        for address in loaded_addresses(page):
            assert address.startswith("/static/"), (name, address)


def loaded_addresses(page: LexborHTMLParser) -> list[str]:
    """Return what a browser loads for a page by itself."""
    return [
        *((node.attributes["src"] or "") for node in page.css("[src]")),
        *((node.attributes["href"] or "") for node in page.css("link[href]")),
    ]


def test_links_to_other_sites_tell_them_nothing(pages: dict[str, LexborHTMLParser]) -> None:
    for page in pages.values():
        for link in page.css("a[href^=http]"):
            assert "noreferrer" in (link.attributes["rel"] or "")


def test_every_link_of_the_site_leads_somewhere(pages: dict[str, LexborHTMLParser]) -> None:
    for name, page in pages.items():
        for link in page.css("a[href]"):
            address, place = urldefrag(link.attributes["href"] or "")
            if address.startswith(("http", "data:text/csv")) or address == "/assess/made-up-answers.csv":
                continue
            target = pages.get(address.partition("?")[0]) if address else page
            assert target is not None, (name, address)
            assert not place or has_id(target, place), (name, link.html)


def has_id(page: LexborHTMLParser, place: str) -> LexborNode | None:
    return page.css_first(f"[id='{place}']")


def test_the_page_one_is_on_is_marked_in_the_navigation(pages: dict[str, LexborHTMLParser]) -> None:
    for address in ("/", "/framework", "/assess", "/about"):
        current = pages[address].css("nav[aria-label=Main] [aria-current=page]")
        assert [node.attributes.get("href") for node in current if node.attributes.get("href")] == [address]


def test_a_refused_form_moves_attention_to_what_is_wrong(pages: dict[str, LexborHTMLParser]) -> None:
    for name in ("nothing sent", "too few skills", "no such rules", "no table"):
        assert pages[name].css_first("[role=alert] h2") is not None
    assert pages["nothing sent"].css_first("textarea[aria-invalid=true]") is not None
    assert pages["no table"].css_first("input[type=file][aria-invalid=true]") is not None


def test_every_figure_has_a_table_beside_it(pages: dict[str, LexborHTMLParser]) -> None:
    for name, figures in (("/assess", 4), ("/assess/simulation", 4), ("a misfit", 4), ("a calibration", 18)):
        page = pages[name]
        assert len(page.css("svg.figure")) == figures, name
        assert len(page.css("main table")) >= 2
        assert all(drawing.css_first("desc") is not None for drawing in page.css("svg.figure"))
