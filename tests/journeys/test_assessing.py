"""The road through the pages of assess in a real browser: by mouse, by keyboard, and without JavaScript."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from .walking import WIDTHS, Witness, open_page

pytestmark = pytest.mark.browser

SMALLEST_TEXT = 9.5  # points of the screen at 320 pixels
PATHS = (
    "/assess?skill=machine_learning&skill=mathematics&skill=domain_specific_languages&target=0.6&seed=3",
    "/assess/simulation?skill=research&skill=domain_specific_languages&people=60&misfit=guessing&target=0.6",
    "/assess/calibration",
)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_sitting_is_watched_and_its_link_shows_it_again(
    browser: Browser, address: str, witness: Witness, *, scripts: bool
) -> None:
    page = open_page(browser, witness, scripts=scripts)
    page.goto(address)
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Assess").click()
    page.get_by_role("checkbox", name="Mathematics").check()
    page.get_by_role("checkbox", name="Deep learning").uncheck()
    page.get_by_label("True level of the taker").select_option("accomplished")
    page.get_by_label("Seed").fill("12")
    page.get_by_label("Warm start").check()
    page.get_by_role("button", name="Watch the sitting").click()
    told = page.locator("#course").inner_text()
    assert told.startswith("It ended after")
    assert page.url.endswith("#course")
    assert page.locator("svg.figure").count() == 4
    page.get_by_text("Every answer as a table").click()
    assert page.get_by_role("cell", name="right").first.is_visible()
    link = page.url
    page.goto(address)
    page.goto(link)
    assert page.locator("#course").inner_text() == told
    assert page.get_by_role("checkbox", name="Mathematics").is_checked()
    page.context.close()


def test_a_population_is_simulated_with_its_four_figures(browser: Browser, address: str, witness: Witness) -> None:
    page = open_page(browser, witness)
    page.goto(f"{address}/assess/simulation?skill=research&people=40&target=0.6")
    page.get_by_label("All of these people").select_option("careless")
    page.get_by_role("button", name="Simulate").click()
    assert page.get_by_role("img").count() == 4
    assert page.get_by_role("heading", name="What breaks").is_visible()
    page.get_by_text("The numbers").nth(1).click()
    assert page.get_by_role("columnheader", name="Bias").last.is_visible()
    page.context.close()


def test_the_made_up_table_is_calibrated_and_its_items_downloaded(
    browser: Browser, address: str, witness: Witness
) -> None:
    page = open_page(browser, witness, scripts=False)
    page.goto(f"{address}/assess/calibration")
    page.get_by_role("button", name="Try a made-up table").click()
    assert page.locator("svg.figure").count() == 18
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the items as CSV").click()
    assert download.value.suggested_filename == "items.csv"
    assert Path(download.value.path()).read_text(encoding="utf-8").startswith("item,skill,a,b")
    page.context.close()


def test_a_table_of_ones_own_is_calibrated(browser: Browser, address: str, witness: Witness, tmp_path: Path) -> None:
    page = open_page(browser, witness)
    page.goto(f"{address}/assess/calibration")
    with page.expect_download() as download:
        page.get_by_role("link", name="See the made-up table").click()
    mine = tmp_path / "mine.csv"
    download.value.save_as(mine)
    page.get_by_label("Answers, CSV or Parquet").set_input_files(mine)
    page.get_by_label("Model").select_option("3pl")
    page.get_by_role("button", name="Calibrate", exact=True).click()
    assert page.get_by_role("columnheader", name="Guessing c").is_visible()
    assert page.get_by_text("mine.csv").is_visible()
    page.context.close()


def test_the_form_can_be_used_by_keyboard_alone(browser: Browser, address: str, witness: Witness) -> None:
    page = open_page(browser, witness, scripts=False)
    page.goto(f"{address}/assess")
    page.locator("#skill-mathematics-box").focus()
    page.keyboard.press("Space")
    seen = []
    for _ in range(20):
        page.keyboard.press("Tab")
        assert page.locator(":focus").evaluate("e => getComputedStyle(e).outlineStyle") in {"solid", "auto"}
        seen.append(page.locator(":focus").get_attribute("id") or page.locator(":focus").inner_text())
        if seen[-1] == "Watch the sitting":
            break
    assert seen[-6:] == ["level", "target", "seed", "warm", "guessing", "Watch the sitting"]
    page.keyboard.press("Enter")
    page.wait_for_url("**/assess?*skill=mathematics*")
    assert page.locator("svg.figure").count() == 5
    page.context.close()


def test_what_cannot_be_watched_is_said_at_once(browser: Browser, address: str, witness: Witness) -> None:
    page = open_page(browser, witness)
    page.goto(f"{address}/assess")
    for skill in ("Machine learning", "Deep learning"):
        page.get_by_label(skill, exact=True).uncheck()
    page.get_by_role("button", name="Watch the sitting").click()
    assert "three" in page.get_by_role("alert").inner_text()
    assert page.get_by_label("Data science").is_checked()
    witness.complaints.clear()  # the browser notes the status of the answer, which is meant
    page.context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_page_is_wider_than_its_window_and_no_word_of_a_figure_is_tiny(
    browser: Browser, address: str, witness: Witness, *, theme: str
) -> None:
    page = open_page(browser, witness, theme=theme)
    for path in PATHS:
        page.goto(address + path)
        if path == "/assess/calibration":
            page.get_by_role("button", name="Try a made-up table").click()
        for details in page.locator("details").all():
            details.evaluate("e => e.open = true")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            spare = page.evaluate("document.documentElement.clientWidth - document.documentElement.scrollWidth")
            assert spare >= 0, (path, width)
            sizes = page.locator("svg.figure text").evaluate_all(
                "all => all.map(e => parseFloat(getComputedStyle(e).fontSize) * e.getScreenCTM().a)"
            )
            assert min(sizes) >= SMALLEST_TEXT, (path, width)
    page.context.close()


def test_words_of_a_figure_stay_within_it(browser: Browser, address: str, witness: Witness) -> None:
    page = open_page(browser, witness)
    for path in PATHS:
        page.goto(address + path)
        if path == "/assess/calibration":
            page.get_by_role("button", name="Try a made-up table").click()
        outside = page.locator("svg.figure text").evaluate_all(
            """all => all.filter(e => {
                const own = e.getBBox(), box = e.ownerSVGElement.viewBox.baseVal;
                return own.x < -0.5 || own.x + own.width > box.width + 0.5
                    || own.y < -0.5 || own.y + own.height > box.height + 0.5;
            }).map(e => e.textContent)"""
        )
        assert outside == [], path
    page.context.close()


def test_the_content_policy_holds_on_every_page(browser: Browser, address: str, witness: Witness) -> None:
    page = open_page(browser, witness)
    page.add_init_script(
        "addEventListener('securitypolicyviolation', e => (window.broken ??= []).push(e.violatedDirective))"
    )
    for path in PATHS:
        page.goto(address + path)
        assert page.evaluate("window.broken ?? []") == []
        assert page.evaluate("document.styleSheets.length") == 2
    page.get_by_role("button", name="Try a made-up table").click()
    assert page.evaluate("window.broken ?? []") == []
    line = page.locator("svg.figure .line").first
    assert line.evaluate("e => getComputedStyle(e).fill") == "none"
    page.context.close()
