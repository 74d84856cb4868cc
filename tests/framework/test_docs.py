"""The page on the framework says what is so."""

import re
from pathlib import Path

import pytest

from waymark.errors import BadData
from waymark.framework import find_term, load_edition
from waymark.framework.reading import FOLDERS

from .conftest import Overlay

PAGE = (Path(__file__).parents[2] / "docs" / "framework.md").read_text(encoding="utf-8")


def test_each_folder_of_an_edition_is_explained() -> None:
    assert [folder for folder in FOLDERS if f"| `{folder}/" not in PAGE] == []


def test_each_code_and_rule_of_the_edition_is_named() -> None:
    about = load_edition().about
    words = [about.id, *about.edition_codes, *about.provenance_codes, *about.involvement]
    assert [word for word in words if f"`{word}`" not in PAGE] == []
    assert "R1 to R6" in PAGE


def test_the_overlay_on_the_page_can_be_written_as_it_stands(overlay: Overlay) -> None:
    (block,) = re.findall(r"```toml\n# my-overlay/(\S+)\n(.*?)```", PAGE, re.DOTALL)
    overlay.put(*block)
    assert find_term(load_edition(overlay.folder), "prompting").name == "Prompting"


def test_the_fault_on_the_page_is_the_one_that_is_raised(overlay: Overlay) -> None:
    overlay.change("roles/data_analyst.toml", "score = 175", "score = 205")
    with pytest.raises(BadData) as caught:
        load_edition(overlay.folder)
    assert str(caught.value).replace(str(overlay.folder), "my-overlay") in PAGE
