import pytest
from selectolax.lexbor import LexborHTMLParser

from waymark.web.prose import render_prose

from .conftest import Visit

TEMPLATE = "/assess/bank/ml.metrics_classification.metric_from_counts"


def read(visit: Visit, path: str) -> LexborHTMLParser:
    answer = visit("GET", path)
    assert answer.status_code == 200, answer.text
    return LexborHTMLParser(answer.text)


def test_the_shelves_link_every_template(visit: Visit) -> None:
    page = read(visit, "/assess/bank")
    links = {link.attributes["href"] for link in page.css('a[href^="/assess/bank/"]')}
    assert TEMPLATE in links
    assert str(len(links)) in page.css_first(".lede").text()  # type: ignore[union-attr]


def test_variants_stand_side_by_side_with_one_right_option_each(visit: Visit) -> None:
    page = read(visit, f"{TEMPLATE}?seed=7")
    cards = page.css(".variants > .card")
    assert [card.css_first(".kicker").text() for card in cards] == ["Seed 7", "Seed 8", "Seed 9"]  # type: ignore[union-attr]
    assert [len(card.css(".options > .right")) for card in cards] == [1, 1, 1]
    assert [len(card.css(".meanings dt")) for card in cards] == [3, 3, 3]
    assert "not yet calibrated with people" in page.text().casefold()


@pytest.mark.parametrize(
    "path",
    [
        "ql.window_functions.top_n_with_ties",
        "ml.data_requirements.skewed_source",
        "ml.bias_variance.effects_on_error",
        "ac.stacks_queues_heaps.urgent_first",
        "ml.data_requirements.fields_known_in_time",
    ],
    ids=["query", "case", "pairs", "order", "several"],
)
def test_every_way_to_answer_has_its_page(visit: Visit, path: str) -> None:
    page = read(visit, f"/assess/bank/{path}")
    assert len(page.css(".variants > .card")) == 3
    assert page.css_first("#known ~ dl") is not None


@pytest.mark.parametrize("seed", ["-1", "x", "1e3", "99999999999999999999", "\N{SUPERSCRIPT TWO}"])
def test_a_seed_that_is_none_is_refused_in_words(visit: Visit, seed: str) -> None:
    answer = visit("GET", TEMPLATE, params={"seed": seed})
    assert answer.status_code == 422
    assert "That is no seed" in answer.text


def test_a_template_that_is_not_there_has_no_page(visit: Visit) -> None:
    assert visit("GET", "/assess/bank/ml.nothing.here").status_code == 404


def test_prose_never_lets_markup_or_pictures_through() -> None:
    shown = render_prose("a <b>b</b> ![x](http://y/z.png) <script>alert(1)</script>\n\n|a|b|\n|-|-|\n|1|`<i>`|")
    assert "<table>" in shown
    assert "<b>" not in shown
    assert "<script" not in shown
    assert "<img" not in shown
    assert "javascript:" not in render_prose("[x](javascript:alert(1))").replace("[x](javascript:alert(1))", "")
