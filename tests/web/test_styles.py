"""The stylesheet: its tokens, and the contrast they give in both themes."""

import re

import pytest

from waymark.report.styling import DARK, LIGHT, RULES

TEXT, LARGE = 4.5, 3.0

PAIRS = [
    *(
        (ink, ground, TEXT)
        for ink in ("ink", "muted", "accent", "accent-strong", "signal")
        for ground in ("paper", "surface")
    ),
    ("ink", "sunken", TEXT),
    ("on-accent", "accent", TEXT),
    ("on-accent", "accent-strong", TEXT),
    ("signal", "signal-soft", TEXT),
    ("ink", "signal-soft", TEXT),
    ("ink", "accent-soft", TEXT),
    *(("ink", f"{kind}-soft", TEXT) for kind in ("skill", "subtask", "tool", "role")),
    *((kind, f"{kind}-soft", LARGE) for kind in ("skill", "subtask", "tool", "role")),
    *((kind, "surface", LARGE) for kind in ("skill", "subtask", "tool", "role")),
    ("muted", "skill-soft", TEXT),
    ("muted", "tool-soft", TEXT),
    ("line-strong", "paper", LARGE),
    ("line-strong", "surface", LARGE),
    ("accent", "rail", LARGE),
]
"""Ink, ground and the least contrast: 4.5 for text, 3 for lines and pictures (WCAG 1.4.3, 1.4.11)."""


def read_tokens(style: str) -> dict[str, dict[str, str]]:
    light, dark = re.findall(r":root \{(.*?)\n\s*\}", style, flags=re.DOTALL)[:2]
    colours = re.compile(r"--([a-z-]+): (#[0-9a-f]{6});")
    day = dict(colours.findall(light))
    return {"light": day, "dark": day | dict(colours.findall(dark))}


def luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_reckoned_as_the_guidelines_say() -> None:
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("ink", "ground", "least"), PAIRS)
def test_ink_stands_out_from_its_ground(style: str, theme: str, ink: str, ground: str, least: float) -> None:
    tokens = read_tokens(style)[theme]
    assert contrast(tokens[ink], tokens[ground]) >= least


def test_both_themes_set_the_same_colours(style: str) -> None:
    light, dark = re.findall(r":root \{(.*?)\n\s*\}", style, flags=re.DOTALL)[:2]
    names = [set(re.findall(r"--([a-z-]+): #", block)) for block in (light, dark)]
    assert names[0] == names[1]


def test_colours_and_sizes_stand_in_tokens_only(style: str) -> None:
    rules = re.sub(r":root \{.*?\n\s*\}", "", style, flags=re.DOTALL)
    rules = re.sub(r":root \{ [^\n]* \}", "", rules)
    assert not re.findall(r"#[0-9a-fA-F]{3,8}\b(?=[;\s,)])", rules)
    sizes = re.findall(r"font-size: ([^;]+);", rules)
    assert sizes
    assert all(size.startswith("var(--step-") for size in sizes)


def test_every_token_that_is_used_is_set_and_every_one_set_is_used(style: str) -> None:
    used = set(re.findall(r"var\((--[a-z0-9-]+)\)", style))
    assert used == set(re.findall(r"^\s*(--[a-z0-9-]+):", style, flags=re.MULTILINE))


def test_the_stylesheet_loads_nothing(style: str) -> None:
    assert "url(" not in style
    assert "@import" not in style
    assert "http" not in style


def test_braces_are_balanced_and_reduced_motion_and_print_are_heeded(style: str) -> None:
    assert style.count("{") == style.count("}")
    assert "@media (prefers-reduced-motion: no-preference)" in style
    assert "@media print" in style
    motion = style[style.index("prefers-reduced-motion") :]
    assert "transition" not in style[: style.index("prefers-reduced-motion")]
    assert "transition" in motion


def blend(over: str, under: str, share: float) -> str:
    """Return the colour of one laid over another."""
    pairs = [(int(over[place : place + 2], 16), int(under[place : place + 2], 16)) for place in (1, 3, 5)]
    return "#" + "".join(f"{round(share * one + (1 - share) * other):02x}" for one, other in pairs)


def test_figures_that_stand_alone_have_the_colours_of_the_pages(style: str) -> None:
    pages = read_tokens(style)
    assert dict(LIGHT) == {name: pages["light"][name] for name in LIGHT}
    assert dict(DARK) == {name: pages["dark"][name] for name in DARK}


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("mark", ["accent", "signal", "subtask", "ink"])
def test_marks_of_a_figure_stand_out_from_paper_and_band(theme: dict[str, str], mark: str) -> None:
    opacity = re.search(r"\.band \{[^}]*fill-opacity: ([\d.]+)", RULES)
    assert opacity is not None
    band = blend(theme["band"], theme["paper"], float(opacity.group(1)))
    for ground in (theme["paper"], theme["accent-soft"], band):
        assert contrast(theme[mark], ground) >= LARGE


def test_each_kind_of_evidence_has_a_line_of_its_own(style: str) -> None:
    lines = {
        kind: re.search(rf"\n\.k-{kind} \{{[^}}]*text-decoration-style: (\w+)", style)
        for kind in ("skill", "tool", "subtask", "role", "finding")
    }
    assert len({line.group(1) for line in lines.values() if line}) == 5
