import json

import pytest

from waymark.demand.parsing import MAX_BYTES, MIN_CHARACTERS, decode, parse, scrub
from waymark.errors import BadInput, TooLarge

TEXT = "We look for an analyst who writes SQL."


def test_plain_text_is_a_posting_as_it_is() -> None:
    (posting,) = parse(f"  {TEXT}\n".encode(), name="ad.txt")
    assert (posting.id, posting.text, posting.derived) == ("ad.txt", f"  {TEXT}\n", False)


def test_a_page_is_a_posting_with_its_heading_as_title() -> None:
    page = f"<html><body><h1>Data  analyst</h1><p>{TEXT}</p></body></html>"
    (posting,) = parse(page.encode(), name="ad.html")
    assert posting.title == "Data analyst"
    assert posting.text.endswith(TEXT)
    assert posting.derived


def test_plain_json_with_descriptions_gives_postings() -> None:
    rows = [
        {"id": 7, "title": "Analyst", "description": TEXT},
        {"title": "Other", "description": TEXT},
        {"x": 1},
    ]
    assert [p.id for p in parse(json.dumps(rows).encode(), name="f")] == ["7", "f#2"]


def test_linked_data_is_found_in_json_and_in_pages() -> None:
    job = json.dumps({"@type": "JobPosting", "title": "Analyst", "description": TEXT})
    page = f'<html><body><script type="application/ld+json">{job}</script></body></html>'
    for data in (job, page):
        (posting,) = parse(data.encode(), name="f")
        assert (posting.title, posting.text) == ("Analyst", TEXT)


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode("utf-8-sig"),
        TEXT.encode("utf-16"),
        b"\xfe\xff" + TEXT.encode("utf-16-be"),
        TEXT.encode("cp1252"),
    ],
)
def test_text_of_common_encodings_is_decoded(data: bytes) -> None:
    assert decode(data) == TEXT


def test_old_western_text_is_decoded() -> None:
    assert decode("caf\u00e9 \u2013 5\u20ac".encode("cp1252")) == "caf\u00e9 \u2013 5\u20ac"


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "nothing to read"),
        (b" \n\t " * 100, "nothing to read"),
        (b"x" * (MIN_CHARACTERS - 1), "nothing to read"),
        (bytes(range(256)) * 10, "binary"),
        (b"\x00" * 1000, "binary"),
        (b"\x89PNG\r\n\x1a\n" + bytes(1000), "binary"),
        (b"\xff\xfe\x00\xd8" * 20, "encoding"),
        (b'{"title": "x", "other": "yyyyyyyyyyyyyyyyyy"}', "without a JobPosting"),
        (b'[1, 2, 3, "aaaaaaaaaaaaaaaaaaaaaaaaa"]', "without a JobPosting"),
        (b'{ "this": is not JSON at all, sorry }', "not valid JSON"),
        (b"<html><body><script>aaaaaaaaaaaaaaaaa</script></body></html>", "no text to read"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_mend(data: bytes, says: str) -> None:
    with pytest.raises(BadInput, match=says) as caught:
        parse(data, name="x")
    assert caught.value.hint


def test_more_than_five_megabytes_are_too_large() -> None:
    with pytest.raises(TooLarge, match="6 MB is more than the 5 MB"):
        parse(b"a" * 6_000_000, name="x")
    assert len(parse(b"word " * (MAX_BYTES // 5), name="x")) == 1


def test_scrubbing_replaces_lone_surrogates_alone() -> None:
    text = "a\ud800b \U0001f40d \udc00"
    assert scrub(text) == "a\ufffdb \U0001f40d \ufffd"
    assert scrub("plain") == "plain"


def test_prose_that_opens_with_a_bracket_is_read_as_text() -> None:
    text = "[Remote] Data engineer wanted: build pipelines in SQL and Python."
    assert [posting.text for posting in parse(text.encode(), name="a")] == [text]
    braced = "{Austin} Data analyst: dashboards in Tableau, SQL every day."
    assert parse(braced.encode(), name="a")[0].text == braced


def test_broken_json_is_still_refused_as_json() -> None:
    with pytest.raises(BadInput, match="JSON"):
        parse(b'{"title": "x", "description": "an advert that ends too ', name="a")
