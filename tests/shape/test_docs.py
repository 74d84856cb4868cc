"""The reference pages say what the program says, and leave nothing out."""

from typing import Any

import pytest
import typer.main

from waymark.actions.workspace import open_workspace
from waymark.api import build_api
from waymark.cli.main import app
from waymark.demand import findings
from waymark.settings import KNOWN

from .rendering import FINDINGS, render_pages
from .trees import ROOT

REFERENCE = ROOT / "docs" / "reference"
PAGES = render_pages()


def read_page(name: str) -> str:
    return (REFERENCE / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PAGES)
def test_a_reference_page_is_what_the_program_says(name: str) -> None:
    assert read_page(name) == PAGES[name], "`python docs/render.py` writes the reference anew"


def test_there_is_no_other_reference_page() -> None:
    assert {path.name for path in REFERENCE.iterdir()} == set(PAGES)


def test_every_command_and_option_is_documented() -> None:
    page = read_page("cli.md")

    def find_missing(command: Any, path: str) -> list[str]:
        section = page.partition(f"## `{path}`\n")[2].partition("\n## ")[0]
        missing = [] if section else [path]
        missing += [
            f"{path} {option}"
            for one in command.params
            for option in one.opts
            if option.startswith("-") and option not in section
        ]
        for name, member in getattr(command, "commands", {}).items():
            missing += find_missing(member, f"{path} {name}")
        return missing

    assert find_missing(typer.main.get_command(app), "waymark") == []


def test_every_setting_is_documented() -> None:
    assert [name for name in KNOWN if f"`{name}`" not in read_page("settings.md")] == []


def test_every_path_of_the_api_is_documented() -> None:
    page = read_page("api.md")
    paths = build_api(open_workspace()).openapi()["paths"]
    assert [path for path, own in paths.items() for method in own if f"`{method.upper()} {path}`" not in page] == []


def test_every_kind_of_finding_is_documented() -> None:
    assert set(FINDINGS) == set(findings.KINDS)
    assert [kind for kind in findings.KINDS if f"`{kind}`" not in read_page("findings.md")] == []
