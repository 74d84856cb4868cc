"""Styling: what each kind of mark looks like, in a page by its tokens and in a file by tokens of its own."""

from collections.abc import Mapping
from typing import Final

from waymark.report.drawing import Figure, draw_text, write_number, write_text

LIGHT: Final[Mapping[str, str]] = {
    "paper": "#fbfbf8",
    "ink": "#15211d",
    "muted": "#54615b",
    "line": "#dbe0d9",
    "line-strong": "#7f8b85",
    "accent": "#0b5d4b",
    "accent-soft": "#dcebe4",
    "band": "#8fc2b0",
    "signal": "#9c3608",
    "subtask": "#1c53a0",
}
DARK: Final[Mapping[str, str]] = {
    "paper": "#0f1513",
    "ink": "#e7ebe7",
    "muted": "#a5b1ab",
    "line": "#2b3531",
    "line-strong": "#74827b",
    "accent": "#74cdb2",
    "accent-soft": "#1d3a31",
    "band": "#3c7a67",
    "signal": "#f0a577",
    "subtask": "#92bbf2",
}
"""Colours of a file that stands alone, those of the pages' stylesheet (a test compares them)."""

RULES: Final = """\
.figure text { font-family: "Liberation Sans", "Noto Sans", Arial, sans-serif; font-size: 13px; fill: var(--ink); }
.figure .tick { fill: var(--muted); font-size: 12px; font-variant-numeric: tabular-nums; }
.figure .head { font-size: 15px; font-weight: 600; }
.figure .grid { stroke: var(--line); stroke-width: 1; }
.figure .axis { stroke: var(--line-strong); stroke-width: 1; }
.figure .line { fill: none; stroke: var(--accent); stroke-width: 2; stroke-linejoin: round; }
.figure .edge { fill: none; stroke: var(--accent); stroke-width: 1; stroke-linejoin: round; }
.figure .band { fill: var(--band); fill-opacity: 0.45; }
.figure .bars { fill: var(--accent-soft); }
.figure .truth { fill: none; stroke: var(--ink); stroke-width: 1.5; stroke-dasharray: 6 4; }
.figure .right { fill: var(--accent); stroke: var(--paper); stroke-width: 1; }
.figure .wrong { fill: none; stroke: var(--signal); stroke-width: 2.2; stroke-linecap: round; }
.figure .partly { fill: var(--subtask); stroke: var(--paper); stroke-width: 1; }
.figure .whisker { stroke: var(--subtask); stroke-width: 1.5; }
"""
"""One rule a kind of mark; every mark differs from the others by shape or dashes too, never by colour alone."""

_HEAD: Final = 28.0


def write_document(figure: Figure) -> str:
    """Return a figure as an SVG file that stands alone, with its title above it, in the colours of either theme."""
    width, height = write_number(figure.width), write_number(figure.height + _HEAD)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="figure" viewBox="0 {-_HEAD:g} {width} {height}"'
        f' width="{width}" height="{height}" role="img" aria-labelledby="title" aria-describedby="desc">'
        f'<title id="title">{write_text(figure.title)}</title>'
        f'<desc id="desc">{write_text(figure.description)}</desc>'
        f"<style>{_write_tokens()}{RULES}</style>"
        f'<rect class="ground" y="{-_HEAD:g}" width="{width}" height="{height}"/>'
        f"{draw_text((2, -10), figure.title, 'head')}{''.join(figure.marks)}</svg>\n"
    )


def _write_tokens() -> str:
    light, dark = (";".join(f"--{name}:{colour}" for name, colour in own.items()) for own in (LIGHT, DARK))
    return f":root{{{light}}}@media(prefers-color-scheme:dark){{:root{{{dark}}}}}.ground{{fill:var(--paper)}}\n"
