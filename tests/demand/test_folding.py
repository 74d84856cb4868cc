import pytest

from waymark.demand.folding import flatten, fold, fold_form


@pytest.mark.parametrize(
    "text",
    ["", "plain", "na\u00efve caf\u00e9", "\U0001f40d Python\u00a0\u2013 \u201cR\u201d", "\ud800 lone"],
)
def test_folding_keeps_one_byte_a_code_point(text: str) -> None:
    flat = flatten(text)
    assert len(flat) == len(text)
    assert len(fold(flat)) == len(text)


def test_curly_quotes_long_dashes_and_hard_blanks_become_plain() -> None:
    assert flatten("you\u2019ll \u2013 \u2018so\u2019 \u2014 a\u00a0b\u202fc\u2010d") == b"you'll - 'so' - a b c-d"


def test_other_characters_become_question_marks() -> None:
    assert flatten("\u2022 caf\u00e9") == b"? caf?"


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("C++/C#", b"c++ c#"),
        ("R&D, Node.js", b"r&d  node js"),
        (".NET or ASP.NET", b"\x01net or asp\x01net"),
        ("The end. Next", b"the end  next"),
        ("A/B-tests (all)", b"a b tests  all "),
        ("snake_case 3.9+", b"snake_case 3 9+"),
    ],
)
def test_folding_keeps_the_marks_of_names_and_blanks_the_rest(text: str, folded: bytes) -> None:
    assert fold(flatten(text)) == folded


def test_a_form_folds_as_the_text_that_holds_it() -> None:
    for form in ("C++", "Power BI", "medical, dental", "CI/CD"):
        assert fold_form(form).encode() in fold(flatten(f"We use {form} daily."))
