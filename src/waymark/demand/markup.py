"""HTML that may be hostile, turned into the lines a person would read."""

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode

from waymark.errors import BadInput, TooLarge

MAX_TAGS = 60_000
MAX_DEPTH = 512
MAX_ATTRIBUTES = 256

# Linear on any input: a tag stops at the next angle bracket, whichever it is.
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)([^<>]*)")
_LOOKS_LIKE_HTML = re.compile(
    r"<(?:!doctype|html|head|body|div|span|p|br|ul|ol|li|h[1-6]|b|strong|em|i|a|table|section|script)\b[^<>]*/?>",
    re.IGNORECASE,
)
_DROPPED = ("script", "style", "noscript", "template", "nav", "footer", "svg", "iframe", "form", "head")
_BLOCKS = frozenset(
    re.findall(
        r"\w+",
        "address article aside blockquote body dd details div dl dt fieldset figure h1 h2 h3 h4 h5 h6 header hr li "
        "main ol p pre section summary table tbody td tfoot th thead tr ul",
    )
)
# Elements whose end tag may be left out do not nest, and void elements have no end at all.
_UNCLOSED = frozenset(
    re.findall(
        r"\w+",
        "area base br col dd dt embed hr img input li link meta option p param rp rt source td th tr track wbr",
    )
)
_BLANKS = re.compile(r"[ \t\r\f\v\u00a0]+")
_BLANK_LINES = re.compile(r"\n\s*\n\s*")


def looks_like_html(text: str) -> bool:
    """Say whether a text is markup rather than prose that happens to hold a `<`."""
    return len(_LOOKS_LIKE_HTML.findall(text[:20_000])) >= 2 or text[:200].lstrip().lower().startswith(
        ("<!doctype html", "<html")
    )


def refuse_bombs(text: str) -> None:
    """Raise TooLarge for markup that a parser would choke on: too many tags, too deep, too many attributes."""
    if text.count("<") > MAX_TAGS:
        raise TooLarge(f"the page has more than {MAX_TAGS:,} tags", hint="give the posting itself, not a whole site")
    depth = 0
    for closing, name, rest in _TAG.findall(text):
        if rest.count("=") > MAX_ATTRIBUTES or len(rest) > 200 * MAX_ATTRIBUTES:
            raise TooLarge(f"a <{name}> tag has more than {MAX_ATTRIBUTES} attributes", hint="strip the attributes")
        if rest.endswith("/") or name.lower() in _UNCLOSED:
            continue
        depth = max(0, depth - 1) if closing else depth + 1
        if depth > MAX_DEPTH:
            raise TooLarge(f"the markup nests deeper than {MAX_DEPTH} elements", hint="give the posting's own text")


def parse_page(text: str) -> LexborHTMLParser:
    """Parse a page after `refuse_bombs`; raise BadInput where the parser gives up."""
    refuse_bombs(text)
    try:
        return LexborHTMLParser(text.encode("utf-8", "replace"))
    except Exception as error:  # the binding raises bare exceptions of several kinds
        raise BadInput("the markup cannot be parsed", hint="save the page again, or give its text") from error


def text_of_page(page: LexborHTMLParser) -> str:
    """Return the readable lines of a page: its main part where it names one, without menus and scripts."""
    root = page.css_first("main") or page.css_first("article") or page.body or page.root
    return "" if root is None else text_of(root)


def text_of(root: LexborNode) -> str:
    """Return the text of an element, a line a block, blanks folded, scripts and menus left out."""
    return tidy("".join(_pieces(root)))


def _pieces(root: LexborNode) -> Iterator[str]:
    stack: list[tuple[LexborNode, bool]] = [(root, False)]
    while stack:
        node, leaving = stack.pop()
        tag = node.tag
        if tag == "-text":
            yield _BLANKS.sub(" ", (node.text(deep=False) or "").replace("\n", " "))
            continue
        if tag in _DROPPED and node is not root:
            continue
        if tag == "br" or tag in _BLOCKS:
            yield "\n"
        if leaving:
            continue
        if tag in _BLOCKS and tag != "li":  # the next item opens its own line
            stack.append((node, True))
        stack.extend((child, False) for child in reversed(list(node.iter(include_text=True))))


def tidy(text: str) -> str:
    """Fold runs of blanks and blank lines, and strip every line."""
    lines = (_BLANKS.sub(" ", line).strip() for line in text.split("\n"))
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip()


def text_of_fragment(fragment: str) -> str:
    """Return the text of a piece of HTML (a description, say); plain text comes back tidied."""
    if "<" not in fragment:
        return tidy(fragment)
    page = parse_page(fragment)
    return "" if page.body is None else text_of(page.body)
