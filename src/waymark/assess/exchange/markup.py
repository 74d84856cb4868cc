"""Markup: the Markdown of questions as elements of XHTML, and simple elements back as Markdown."""

import re
from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from typing import Final
from xml.etree.ElementTree import Element, tostring

from markdown_it import MarkdownIt

from waymark.assess.exchange.parsing import clean_text, parse_html, parse_xml

_ALIGNS: Final = {"left": ":--", "center": ":-:", "right": "--:"}
_ITEM: Final = re.compile(r"^(\s*)([-+#=~]|\d+(?=[.)]))", re.MULTILINE)
_INLINE: Final = frozenset({"em", "i", "strong", "b", "code", "br", "sub", "sup", "kbd", "samp", "tt", "var"})
_BLOCKS: Final = frozenset({"p", "pre", "table", "ul", "ol", "blockquote"})
_PASSED: Final = frozenset(
    {"div", "span", "section", "article", "body", "html", "li", "thead", "tbody", "tfoot", "tr", "td", "th", "a", "u"}
    | {"small", "big", "font", "label", "center", "caption", "col", "colgroup", "nobr", "wbr"}
)
_SILENT: Final = frozenset({"script", "style", "head", "title", "iframe", "object", "svg", "math", "template"})


def render_blocks(text: str) -> list[Element]:
    """Return Markdown (CommonMark with tables) as elements; raw HTML in it is text, pictures are left out."""
    html = clean_text(str(_make_parser().render(clean_text(text))))
    root = parse_xml(f"<div>{html}</div>".encode(), name="markdown")
    for cell in root.iter():
        style = cell.attrib.pop("style", "")
        if style:
            cell.set("class", f"qti-align-{style.rpartition(':')[2]}")
    for child in root:
        child.tail = None
    return list(root)


@cache
def _make_parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("table").disable(["image", "html_block"])


def fill_flow(element: Element, text: str) -> Element:
    """Put Markdown into an element, a lone paragraph as its bare text; return the element."""
    blocks = render_blocks(text)
    if len(blocks) == 1 and blocks[0].tag == "p":
        element.text = blocks[0].text
        blocks = list(blocks[0])
    element.extend(blocks)
    return element


def wrap(text: str, facts: dict[str, str] | None = None) -> Element:
    """Return a div that holds Markdown, and facts for whoever reads the file as `data-` attributes."""
    own = {f"data-{name.replace('_', '-')}": clean_text(value) for name, value in (facts or {}).items() if value}
    wrapper = Element("div", own)
    wrapper.extend(render_blocks(text))
    return wrapper


def read_facts(root: Element) -> dict[str, str]:
    """Return the facts that `wrap` put on the first div that has some."""
    for element in root.iter("div"):
        facts = {
            key[5:].replace("-", "_"): value
            for key, value in element.attrib.items()
            if key.startswith("data-") and value
        }
        if facts:
            return facts
    return {}


def write_html(text: str, facts: dict[str, str] | None = None) -> str:
    """Return Markdown as a piece of HTML, in a div only where there are facts."""
    if facts and any(facts.values()):
        return str(tostring(wrap(text, facts), encoding="unicode"))
    blocks = render_blocks(text)
    return "\n".join(str(tostring(block, encoding="unicode")) for block in blocks)


def read_html(text: str, *, name: str) -> tuple[Element, list[str]]:
    """Return a piece of HTML as a div, and nothing to remark yet."""
    return parse_html(text, name=name), []


def read_flow(element: Element, remarks: set[str]) -> str:
    """Return what an element holds as Markdown; names of markup that is dropped are added to the remarks."""
    root = _simplify(element, remarks)
    return "\n\n".join(text for text in (_write_block(block) for block in _split_blocks(root)) if text)


def _simplify(element: Element, remarks: set[str]) -> Element:
    root = deepcopy(element)
    root.tail = None
    for node in root.iter():
        tag = str(node.tag).lower()
        node.tag = {"i": "em", "b": "strong", "kbd": "code", "samp": "code", "tt": "code", "var": "em"}.get(tag, tag)
    _flatten(root, remarks)
    return root


def _flatten(root: Element, remarks: set[str]) -> None:
    """Write sub and sup as text, and drop what is not known: its text stays, save that of scripts and the like."""
    for node in list(root):
        _flatten(node, remarks)
        tag = str(node.tag)
        if tag in {"sub", "sup"}:
            inner = "".join(node.itertext())
            sign = "^" if tag == "sup" else "_"
            _replace(root, node, f"{sign}{inner}" if len(inner) < 2 else f"{sign}({inner})")
        elif tag in _SILENT or tag == "img":
            remarks.add(tag)
            _replace(root, node, node.get("alt", "") if tag == "img" else "")
        elif tag not in _BLOCKS | _INLINE | _PASSED:
            remarks.add(tag)
            node.tag = "p" if re.fullmatch(r"h[1-6]|header|footer|figure|dl|dt|dd", tag) else "span"


def _replace(parent: Element, node: Element, text: str) -> None:
    place = list(parent).index(node)
    told = text + (node.tail or "")
    if place:
        before = parent[place - 1]
        before.tail = (before.tail or "") + told
    else:
        parent.text = (parent.text or "") + told
    parent.remove(node)


def _split_blocks(root: Element) -> Iterator[Element]:
    """Yield the blocks of an element; loose text and inline elements between them become paragraphs."""
    loose = Element("p")
    loose.text = root.text
    for node in root:
        inner = str(node.tag) in {"div", "section", "article", "body", "html", "center"}
        if inner or str(node.tag) in _BLOCKS:
            yield loose
            yield from _split_blocks(node) if inner else (node,)
            loose = Element("p")
            loose.text = node.tail
        else:
            loose.append(node)
    yield loose


def _write_block(block: Element) -> str:
    """Return a block as Markdown, plain where that reads back as the same, else with everything escaped."""
    plain = _write_any(block, escaped=False)
    if not plain or _say(render_blocks(plain)) == _say([block]):
        return plain
    return _write_any(block, escaped=True)


def _say(blocks: list[Element]) -> str:
    """Return blocks in the one form in which two of them are compared."""
    said = "".join(f"{block.tag}:" + str(tostring(_bare(block), encoding="unicode")) for block in blocks)
    said = re.sub(r"</?(?:span|a|u|tbody|thead|p)\b[^>]*>", "", said)
    return re.sub(r"\s*\n\s*", "\n", re.sub(r"(?<=>)\s+|\s+(?=<)", "", said)).strip()


def _bare(block: Element) -> Element:
    bare = deepcopy(block)
    bare.tail = None
    return bare


def _write_any(block: Element, *, escaped: bool) -> str:
    match str(block.tag):
        case "pre":
            return _write_code(block)
        case "table":
            return _write_table(block, escaped=escaped)
        case "ul" | "ol":
            return _write_list(block, escaped=escaped)
        case "blockquote":
            inner = "\n\n".join(_write_any(one, escaped=escaped) for one in _split_blocks(block)).strip()
            return "\n".join(f"> {line}".rstrip() for line in inner.splitlines())
        case _:
            return _write_line(block, escaped=escaped)


def _write_code(block: Element) -> str:
    inner = next(iter(block.iter("code")), block)
    language = next((one[9:] for one in inner.get("class", "").split() if one.startswith("language-")), "")
    text = "".join(block.itertext()).removesuffix("\n")
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def _write_table(block: Element, *, escaped: bool) -> str:
    rows = [[cell for cell in row if cell.tag in {"td", "th"}] for row in block.iter("tr")]
    rows = [row for row in rows if row]
    if not rows:
        return ""
    width = max(len(row) for row in rows)
    lines = []
    for row in rows:
        cells = [_write_line(cell, escaped=escaped).replace("\\\n", " ").replace("\n", " ") for cell in row]
        cells = [re.sub(r"(?<!\\)\|", r"\\|", cell) for cell in cells] + [""] * (width - len(row))
        lines.append("| " + " | ".join(cells) + " |" if any(cells) else "|" + " |" * width)
    rule = [_find_align(cell) for cell in rows[0]] + ["---"] * (width - len(rows[0]))
    lines.insert(1, "|" + "|".join(rule) + "|")
    return "\n".join(line.replace("|  |", "| |") for line in lines)


def _find_align(cell: Element) -> str:
    found = re.search(r"align[-:]\s*(left|center|right)", f"{cell.get('class', '')} {cell.get('style', '')}")
    return _ALIGNS[found.group(1)] if found else "---"


def _write_list(block: Element, *, escaped: bool) -> str:
    first = block.get("start", "1")
    number = int(first) if first.isascii() and first.isdigit() and len(first) < 9 else 1
    lines = list[str]()
    items = [item for item in block if item.tag == "li"]
    loose = any(child.tag == "p" for item in items for child in item)
    for place, item in enumerate(items):
        sign = f"{number + place}." if block.tag == "ol" else "-"
        blocks = [_write_any(one, escaped=escaped) for one in _split_blocks(item)]
        text = ("\n\n" if loose else "\n").join(one for one in blocks if one)
        room = " " * (len(sign) + 1)
        inner = "\n".join(room + line if line else "" for line in text.splitlines())
        lines.append(f"{sign} {inner[len(room) :]}".rstrip())
    return ("\n\n" if loose else "\n").join(lines)


def _write_line(node: Element, *, escaped: bool) -> str:
    text = _write_inline(node, escaped=escaped)
    text = re.sub(r"[ \t]*\n[ \t\n]*", "\n", text).strip()
    if escaped:
        text = _ITEM.sub(lambda found: f"{found.group(1)}{_escape_start(found.group(2))}", text)
        text = re.sub(r"^(\d+)([.)])", r"\1\\\2", text, flags=re.MULTILINE)
    return text


def _escape_start(sign: str) -> str:
    return sign if sign.isdigit() else f"\\{sign}"


def _write_inline(node: Element, *, escaped: bool) -> str:
    parts = [_write_text(node.text, escaped=escaped)]
    for child in node:
        inner = _write_inline(child, escaped=escaped)
        match str(child.tag):
            case "em":
                inner = f"*{inner}*" if inner.strip() else inner
            case "strong":
                inner = f"**{inner}**" if inner.strip() else inner
            case "code":
                inner = _write_span("".join(child.itertext()))
            case "br":
                inner = "\\\n"
            case "p" | "li":
                inner = f" {inner} "
        parts += [inner, _write_text(child.tail, escaped=escaped)]
    return "".join(parts)


def _write_text(text: str | None, *, escaped: bool) -> str:
    told = (text or "").replace("\u00a0", " ")
    return re.sub(r"([\\`*_\[\]<>|&])", r"\\\1", told) if escaped else told


def _write_span(text: str) -> str:
    if not text:
        return ""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if text[0] == "`" or text[-1] == "`" or (text[0] == text[-1] == " " and text.strip()) else ""
    return f"{fence}{pad}{text}{pad}{fence}"
