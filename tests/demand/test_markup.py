import pytest

from waymark.demand.markup import (
    MAX_ATTRIBUTES,
    MAX_DEPTH,
    MAX_TAGS,
    looks_like_html,
    parse_page,
    refuse_bombs,
    text_of_fragment,
    text_of_page,
    tidy,
)
from waymark.errors import TooLarge


@pytest.mark.parametrize(
    ("text", "is_html"),
    [
        ("<!DOCTYPE html><title>x</title>", True),
        ("  <html lang=en>", True),
        ("<p>We seek</p> <p>an analyst</p>", True),
        ("if a < b and b > c then", False),
        ("mail <jobs@firm.example> or <hr@firm.example>", False),
        ("", False),
    ],
)
def test_markup_is_told_from_prose(text: str, is_html: bool) -> None:  # noqa: FBT001
    assert looks_like_html(text) is is_html


def test_blocks_become_lines_and_scripts_and_menus_vanish() -> None:
    page = parse_page(
        "<html><head><title>T</title></head><body><nav>Menu</nav><h1>Data analyst</h1><p>Write&nbsp;<b>SQL</b></p>"
        "<ul><li>R</li><li>Excel</li></ul><script>evil()</script><style>p{}</style><footer>Bye</footer></body></html>"
    )
    assert [line for line in text_of_page(page).splitlines() if line] == [
        "Data analyst",
        "Write SQL",
        "R",
        "Excel",
    ]


def test_a_page_that_names_its_main_part_is_read_there() -> None:
    page = parse_page("<html><body><div>Other jobs</div><main><p>The job</p></main></body></html>")
    assert text_of_page(page) == "The job"


@pytest.mark.parametrize(
    ("fragment", "text"),
    [
        ("plain   text \n\n\n\n here", "plain text\n\nhere"),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("<p>x &amp; y &lt;z&gt;</p>", "x & y <z>"),
        ("1 < 2", "1 < 2"),
    ],
)
def test_a_fragment_becomes_its_text(fragment: str, text: str) -> None:
    assert text_of_fragment(fragment) == text


def test_tidy_folds_blanks_and_blank_lines() -> None:
    assert tidy(" a\u00a0 \t b \r\n \n \n c ") == "a b\n\nc"


@pytest.mark.parametrize(
    ("bomb", "says"),
    [
        ("<b>" * (MAX_TAGS + 1), "tags"),
        ("<div>" * (MAX_DEPTH + 1), "deeper"),
        ("<div " + 'a="1" ' * (MAX_ATTRIBUTES + 1) + ">", "attributes"),
        ("<div " + "a" * 60_000 + ">", "attributes"),
    ],
)
def test_bombs_are_refused_before_they_are_parsed(bomb: str, says: str) -> None:
    with pytest.raises(TooLarge, match=says):
        parse_page(bomb)


def test_what_is_large_but_sound_is_not_refused() -> None:
    refuse_bombs("<li>item" * 5_000)
    refuse_bombs("<div></div>" * 5_000)
    refuse_bombs("<div>" * MAX_DEPTH)
