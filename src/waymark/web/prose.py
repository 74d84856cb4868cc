"""Prose: the Markdown of questions as HTML, with nothing in it that a page must not hold."""

from functools import cache

from markdown_it import MarkdownIt
from markupsafe import Markup


def render_prose(text: str) -> Markup:
    """Return Markdown (CommonMark with tables) as HTML; raw HTML in it is shown as text, pictures are left out."""
    return Markup(_make_parser().render(text))  # noqa: S704  the parser escapes whatever is not Markdown


@cache
def _make_parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("table").disable(["image", "html_block"])
