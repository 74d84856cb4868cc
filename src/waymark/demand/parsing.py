"""From bytes of unknown kind to postings: plain text, HTML, JSON-LD, plain JSON."""

import re

from waymark.demand.linked_data import find_in_page, find_job_postings, parse_json, posting_of
from waymark.demand.markup import looks_like_html, parse_page, text_of_page
from waymark.demand.postings import Posting
from waymark.errors import BadInput, TooLarge

MAX_BYTES = 5_000_000
MIN_CHARACTERS = 20
MAX_POSTINGS = 300
_CONTROLS = bytes(sorted(frozenset(range(32)) - {9, 10, 11, 12, 13, 27}))
_STARTS_JSON = re.compile(r'\s*(?:\{\s*["}]|\[\s*(?:[\[{"\]\d,-]|true\b|false\b|null\b))')
"""What opens a JSON value; prose that opens with a bracket ("[Remote] Data engineer") does not."""
_BYTE_ORDER_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def parse(data: bytes, *, name: str) -> list[Posting]:
    """Read one input and return its postings, at least one.

    Raise TooLarge beyond 5 MB (or a bomb of tags or nesting), BadInput for bytes that are no text, a file
    with nothing to read, or JSON without a posting.
    """
    if len(data) > MAX_BYTES:
        raise TooLarge(
            f"{len(data) / 1e6:,.0f} MB is more than the {MAX_BYTES / 1e6:.0f} MB a posting may have",
            hint="split it, or give a table (.parquet, .csv, .jsonl) of postings",
        )
    text = decode(data)
    if len(text.strip()) < MIN_CHARACTERS:
        raise BadInput(
            f"nothing to read: {len(text.strip())} characters",
            hint=f"a posting has at least {MIN_CHARACTERS}",
        )
    if _STARTS_JSON.match(text):
        return _parse_json_postings(text, name=name)
    if looks_like_html(text):
        return _parse_page(text, name=name)
    return [Posting(id=name, text=text)]


def decode(data: bytes) -> str:
    """Decode text of unknown encoding; raise BadInput for what is no text (images, archives, programs)."""
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            try:
                return data.decode(encoding)
            except UnicodeDecodeError as error:
                raise BadInput("broken text encoding", hint="save the file as UTF-8") from error
    head = data[:65_536]
    if len(head) - len(head.translate(None, _CONTROLS)) > len(head) // 100:
        raise BadInput("this is binary, not text", hint="give text, HTML or JSON; export a PDF or Word file as text")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def scrub(text: str) -> str:
    """Replace lone surrogates, which no encoder accepts, by U+FFFD; every other character stays in place."""
    return text if text.isascii() else text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _parse_json_postings(text: str, *, name: str) -> list[Posting]:
    value = parse_json(text)
    found = list(find_job_postings(value))
    if not found:
        members = value if isinstance(value, list) else [value]
        found = [m for m in members if isinstance(m, dict) and isinstance(m.get("description"), str)]
    if not found:
        raise BadInput(
            "JSON without a JobPosting", hint='give "@type": "JobPosting", or an object with a "description"'
        )
    if len(found) > MAX_POSTINGS:
        raise TooLarge(
            f"{len(found):,} postings in one document; at most {MAX_POSTINGS}",
            hint="give a table (.parquet, .csv, .jsonl) of postings",
        )
    return [
        posting_of(data, name=name if len(found) == 1 else f"{name}#{number}")
        for number, data in enumerate(found, start=1)
    ]


def _parse_page(text: str, *, name: str) -> list[Posting]:
    page = parse_page(text)
    found = find_in_page(page, name=name, most=MAX_POSTINGS)
    if found:
        return found
    body = text_of_page(page)
    if len(body) < MIN_CHARACTERS:
        raise BadInput("the page holds no text to read", hint="open it in a browser and save what you see")
    heading = page.css_first("h1") or page.css_first("title")
    title = "" if heading is None else " ".join((heading.text(deep=True) or "").split())
    return [Posting(id=name, text=body, title=title, derived=True)]
