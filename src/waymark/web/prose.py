"""Prose: the Markdown of questions as HTML, with nothing in it that a page must not hold."""

from functools import cache
from typing import Final

from markdown_it import MarkdownIt
from markupsafe import Markup

_TABLES: Final = {
    "<table>": '<table><caption class="hidden">Table of the question</caption>',
    "<th>": '<th scope="col">',
    "<th style": '<th scope="col" style',
}
"""What a table of Markdown needs so that everybody can read it; text of the question cannot hold these tags."""


def render_prose(text: str) -> Markup:
    """Return Markdown (CommonMark with tables) as HTML; raw HTML in it is shown as text, pictures are left out."""
    html = str(_make_parser().render(text))
    for plain, said in _TABLES.items():
        html = html.replace(plain, said)
    return Markup(html)  # noqa: S704  the parser escapes whatever is not Markdown


@cache
def _make_parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("table").disable(["image", "html_block"])
