import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from waymark.errors import BadInput
from waymark.web.forms import MAX_FIELDS, clean_name, parse_form

PLAIN = "application/x-www-form-urlencoded"
PARTS = "multipart/form-data; boundary=X"


def make_part(head: str, body: bytes) -> bytes:
    return b"--X\r\nContent-Disposition: form-data; " + head.encode() + b"\r\n\r\n" + body + b"\r\n"


def test_fields_of_a_plain_form_are_decoded() -> None:
    form = parse_form(b"text=a%26b+c%C3%A9&title=", content_type=PLAIN)
    assert form.fields == {"text": "a&b cé", "title": ""}


def test_line_ends_that_a_browser_adds_are_taken_out() -> None:
    assert parse_form(b"text=a%0D%0Ab", content_type=PLAIN).text("text") == "a\nb"


def test_a_field_that_was_not_sent_is_empty() -> None:
    assert parse_form(b"", content_type=PLAIN).text("text") == ""


def test_a_multipart_form_gives_fields_and_files() -> None:
    body = (
        make_part('name="text"', "naïve".encode())
        + make_part('name="file"; filename="../ad.html"', b"<p>\x00\xff</p>")
        + b"--X--\r\n"
    )
    form = parse_form(body, content_type=PARTS)
    assert form.fields == {"text": "naïve"}
    assert form.files["file"].name == "ad.html"
    assert form.files["file"].data == b"<p>\x00\xff</p>"


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b"{}"),
        ("", b"text=a"),
        ("multipart/form-data", b"--X"),
        (PARTS, b"no boundary here"),
        (f"multipart/form-data; boundary={'x' * 1000}", b"--x"),
        (PARTS, make_part('name="a"', b"x") * (MAX_FIELDS + 1)),
        (PLAIN, b"a=1&" * (MAX_FIELDS + 1)),
        (PARTS, b"--X\r\n" + b"x" * 10_000 + b": 1\r\n\r\n"),
    ],
)
def test_what_is_no_form_is_refused(content_type: str, body: bytes) -> None:
    with pytest.raises(BadInput):
        parse_form(body, content_type=content_type)


@given(st.binary(max_size=300), st.sampled_from([PLAIN, PARTS]))
@example(make_part('name="text"; filename*=utf-8', b"x") + b"--X--", PARTS)
@example(b"text=%ed%a0%80", PLAIN)
def test_any_bytes_are_read_or_refused(body: bytes, content_type: str) -> None:
    try:
        form = parse_form(body, content_type=content_type)
    except BadInput:
        return
    assert all(value.encode("utf-8") is not None for value in form.fields.values())


@given(st.text(max_size=300))
def test_a_file_name_never_leaves_its_folder_or_its_line(name: str) -> None:
    clean = clean_name(name)
    assert "/" not in clean
    assert "\\" not in clean
    assert clean.isprintable() or "\n" not in clean
    assert len(clean) <= 100
