"""The road through the pages in a real browser: by mouse, by keyboard, and without JavaScript."""

import pytest
from playwright.sync_api import Browser

from waymark.web.samples import load_samples

from .walking import WIDTHS, Witness, open_page

pytestmark = pytest.mark.browser

POSTING = load_samples()["data-scientist"].text


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_pasted_posting_is_read_with_its_evidence_in_place(
    browser: Browser, address: str, witness: Witness, *, scripts: bool
) -> None:
    page = open_page(browser, witness, scripts=scripts)
    page.goto(address)
    page.get_by_label("The posting").fill(POSTING)
    page.get_by_label("Its title").fill("Data Scientist")
    page.get_by_role("button", name="Read the posting").click()
    assert page.get_by_role("heading", level=1).inner_text() == ("This is a data analyst, whatever its title says.")
    assert page.locator(".sheet mark").count() > 5
    assert page.locator(".sheet").inner_text().split() == POSTING.split()
    page.context.close()


def test_a_sample_is_read_with_one_click_and_a_skill_leads_to_its_words(
    browser: Browser, address: str, witness: Witness
) -> None:
    page = open_page(browser, witness)
    page.goto(address)
    page.get_by_role("button", name="Data Scientist").click()
    row = page.locator(".skills tbody tr.asked").first
    row.get_by_role("link", name="mention").click()
    target = page.locator(page.url[page.url.index("#") :])
    assert target.locator("mark").count() + target.locator("xpath=..").locator("mark").count() > 0
    box = target.bounding_box()
    assert box is not None
    assert 0 <= box["y"] <= 900
    page.context.close()


def test_a_kind_of_evidence_can_be_hidden_without_scripts(browser: Browser, address: str, witness: Witness) -> None:
    page = open_page(browser, witness, scripts=False)
    page.goto(address)
    page.get_by_role("button", name="Data Scientist").click()
    line = ".sheet .k-skill >> nth=0"
    assert page.locator(line).evaluate("e => getComputedStyle(e).textDecorationLine") == "underline"
    page.get_by_role("checkbox", name="Skill").uncheck()
    assert page.locator(line).evaluate("e => getComputedStyle(e).textDecorationLine") == "none"
    page.context.close()


def test_the_form_can_be_sent_by_keyboard_alone(browser: Browser, address: str, witness: Witness) -> None:
    page = open_page(browser, witness, scripts=False)
    page.goto(address)
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "Skip to the content"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.locator(":focus").get_attribute("id") == "text"
    page.keyboard.insert_text(POSTING)
    seen = []
    for _ in range(6):
        page.keyboard.press("Tab")
        seen.append(page.locator(":focus").get_attribute("id") or page.locator(":focus").inner_text())
        if seen[-1] == "Read the posting":
            break
    assert seen == ["title", "file", "blind", "Read the posting"]
    outline = page.locator(":focus").evaluate("e => getComputedStyle(e).outlineStyle")
    assert outline == "solid"
    page.keyboard.press("Enter")
    page.wait_for_selector(".sheet mark")
    page.context.close()


def test_a_shortcut_sends_the_text(browser: Browser, address: str, witness: Witness) -> None:
    page = open_page(browser, witness)
    page.goto(address)
    page.get_by_label("The posting").fill(POSTING)
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".sheet mark")
    page.context.close()


def test_the_framework_can_be_walked_by_links(browser: Browser, address: str, witness: Witness) -> None:
    page = open_page(browser, witness)
    page.goto(address)
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Framework").click()
    page.locator(".matrix").get_by_role("link", name="Machine learning researcher").click()
    assert page.get_by_role("heading", level=1).inner_text().startswith("Machine learning researcher")
    page.locator(".skills").get_by_role("link", name="Research").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Research"
    page.get_by_role("link", name="Keep knowledge current").first.click()
    assert "/framework/tasks/modeling#mo.keep_current" in page.url
    page.go_back()
    page.get_by_role("navigation", name="Breadcrumb").get_by_role("link", name="Framework").click()
    page.locator("svg.loop a").first.click()
    assert page.url.endswith("/framework/tasks/data_engineering")
    page.get_by_role("link", name="Waymark").first.click()
    assert page.url == f"{address}/"
    page.context.close()


def test_a_reading_can_be_downloaded(browser: Browser, address: str, witness: Witness) -> None:
    page = open_page(browser, witness)
    page.goto(address)
    page.get_by_label("The posting").fill(POSTING)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download JSON").click()
    assert download.value.suggested_filename == "waymark-reading.json"
    page.context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_page_is_wider_than_its_window(browser: Browser, address: str, witness: Witness, *, theme: str) -> None:
    page = open_page(browser, witness, theme=theme)
    for path in (
        "/",
        "/framework",
        "/framework/roles/software_engineer_ml",
        "/framework/tasks/modeling",
        "/framework/skills/domain_specific_languages",
        "/about",
        "sample",
    ):
        page.goto(address if path == "sample" else address + path)
        if path == "sample":
            page.get_by_role("button", name="Machine Learning Engineer").click()
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            spare = page.evaluate("document.documentElement.clientWidth - document.documentElement.scrollWidth")
            assert spare >= 0, (path, width)
    page.context.close()


def test_the_dark_theme_follows_the_system(browser: Browser, address: str, witness: Witness) -> None:
    grounds = []
    for theme in ("light", "dark"):
        page = open_page(browser, witness, theme=theme)
        page.goto(address)
        grounds.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
        page.context.close()
    assert grounds[0] != grounds[1]


def test_the_content_policy_is_in_force_and_nothing_breaks_it(browser: Browser, address: str, witness: Witness) -> None:
    page = open_page(browser, witness)
    page.add_init_script(
        "addEventListener('securitypolicyviolation', e => (window.broken ??= []).push(e.violatedDirective))"
    )
    for path in ("/", "/framework", "/framework/roles/data_scientist", "/about"):
        page.goto(address + path)
        assert page.evaluate("window.broken ?? []") == []
    page.get_by_role("link", name="Read a posting").click()
    page.get_by_role("button", name="Junior AI Specialist").click()
    assert page.evaluate("window.broken ?? []") == []
    page.context.close()
