"""Parsing XML and HTML that strangers wrote: no document types, no entities, bounded in size and depth."""

from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Final
from xml.etree.ElementTree import Element, TreeBuilder, tostring
from xml.parsers.expat import ExpatError, ParserCreate

from waymark.errors import BadInput, TooLarge

MOST_BYTES: Final = 5_000_000
MOST_DEPTH: Final = 60
MOST_ELEMENTS: Final = 300_000
_VOID: Final = frozenset({"br", "img", "hr", "input", "meta", "link", "col", "wbr", "source", "area", "embed"})
_CLOSED_BY_THEMSELVES: Final = frozenset({"p", "li", "tr", "td", "th", "option"})


class _Growing:
    """A tree as it grows, with a bound on depth and size."""

    def __init__(self, name: str) -> None:
        self.name, self.depth, self.count, self.builder = name, 0, 0, TreeBuilder()

    def open(self, tag: str, attributes: dict[str, str]) -> None:
        self.depth, self.count = self.depth + 1, self.count + 1
        if self.depth > MOST_DEPTH or self.count > MOST_ELEMENTS:
            message = f"{self.name}: elements are nested deeper than {MOST_DEPTH} or are more than {MOST_ELEMENTS:,}"
            raise BadInput(message, hint="split the file, or export it anew")
        own = {_localise(key): value for key, value in attributes.items()}
        self.builder.start(_localise(tag), own)

    def close(self, tag: str) -> None:
        self.depth -= 1
        self.builder.end(_localise(tag))

    def refuse_document_type(self, *_: object) -> None:
        hint = "delete the <!DOCTYPE ...> line; entities are written out"
        raise BadInput(f"{self.name}: it declares a document type or entities, which are not read", hint=hint)


def _localise(name: str) -> str:
    return name.rpartition("}")[2]


def parse_xml(data: bytes, *, name: str) -> Element:
    """Return the root of a document, names without their namespaces.

    Raise TooLarge above 5 MB, BadInput for a document type, for entities, for too deep a tree and for what is no XML.
    """
    if len(data) > MOST_BYTES:
        raise TooLarge(f"{name}: {len(data):,} bytes of XML, at most {MOST_BYTES:,} are read", hint="split the file")
    growing = _Growing(name)
    parser = ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = growing.refuse_document_type
    parser.EntityDeclHandler = growing.refuse_document_type
    parser.StartElementHandler = growing.open
    parser.EndElementHandler = growing.close
    parser.CharacterDataHandler = growing.builder.data
    try:
        parser.Parse(data, True)  # noqa: FBT003  expat takes it by place
    except ExpatError as error:
        raise BadInput(f"{name}: this is no XML: {error}", hint="mend it at the place named") from error
    except (LookupError, ValueError) as error:
        raise BadInput(f"{name}: its encoding is not read: {error}", hint="save it as UTF-8") from error
    return growing.builder.close()


class _Html(HTMLParser):
    """A forgiving reader of HTML: unknown ends are passed over, open elements are closed."""

    def __init__(self, name: str) -> None:
        super().__init__(convert_charrefs=True)
        self.growing, self.open_tags = _Growing(name), list[str]()
        self.growing.open("div", {})

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _CLOSED_BY_THEMSELVES and self.open_tags and self.open_tags[-1] == tag:
            self.handle_endtag(tag)
        self.growing.open(tag, {key: value or "" for key, value in attrs})
        if tag in _VOID:
            self.growing.close(tag)
        else:
            self.open_tags.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.growing.open(tag, {key: value or "" for key, value in attrs})
        self.growing.close(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.open_tags:
            while self.open_tags:
                last = self.open_tags.pop()
                self.growing.close(last)
                if last == tag:
                    return

    def handle_data(self, data: str) -> None:
        self.growing.builder.data(data)

    def finish(self) -> Element:
        self.close()
        while self.open_tags:
            self.growing.close(self.open_tags.pop())
        self.growing.close("div")
        return self.growing.builder.close()


def parse_html(text: str, *, name: str) -> Element:
    """Return a div with the elements of a piece of HTML. Raise BadInput for too deep a tree."""
    reader = _Html(name)
    reader.feed(text)
    return reader.finish()


def clean_text(text: str) -> str:
    """Return a text without characters that XML 1.0 cannot hold; a replacement character stands in."""
    return "".join(mark if _is_allowed(ord(mark)) else "\ufffd" for mark in text)


def _is_allowed(code: int) -> bool:
    return code in {0x9, 0xA} or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or code >= 0x10000


def write_xml(root: Element) -> bytes:
    """Return a document as UTF-8, a line an element where no text is touched."""
    _lay_out(root, 0)
    body: str = tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'.encode()


def _lay_out(element: Element, depth: int) -> None:
    children = list(element)
    if not children or not _is_structural(element):
        return
    element.text = "\n" + "  " * (depth + 1)
    for place, child in enumerate(children, start=1):
        child.tail = "\n" + "  " * (depth + (place < len(children)))
        _lay_out(child, depth + 1)


def _is_structural(element: Element) -> bool:
    """Tell whether blanks may be put between the children of an element without touching what a person reads."""
    read = {"div", "p", "pre", "table", "ul", "ol", "blockquote", "qti-simple-choice", "qti-simple-associable-choice"}
    return element.tag not in read and not (element.text or any(child.tail for child in element))


def walk_named(root: Element, name: str) -> Iterator[Element]:
    """Yield all elements of a name in the order of the document."""
    return root.iter(name)
