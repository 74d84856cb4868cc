"""Checking the shipped edition, a folder, or an edition in memory."""

from dataclasses import replace
from pathlib import Path

import pytest

from waymark.errors import MissingInput
from waymark.framework import check, load_edition

from .conftest import Overlay


def test_the_shipped_edition_has_no_faults() -> None:
    assert check() == []
    assert check(load_edition()) == []


def test_a_sound_overlay_has_no_faults(overlay: Overlay) -> None:
    overlay.change("skills/research.toml", 'name = "Research"', 'name = "Reading"')
    assert check(overlay.folder) == []


def test_all_faults_of_a_folder_are_listed(overlay: Overlay) -> None:
    overlay.change("subtasks/de.trace.toml", '"software_engineering"', '"magic"')
    overlay.change("roles/data_analyst.toml", "score = 175", "score = 205")
    assert [fault.key for fault in check(overlay.folder)] == ["skills", "needs.mathematics.level"]


def test_an_edition_in_memory_is_checked_with_paths_within_it() -> None:
    edition = load_edition()
    role = replace(edition.roles["data_analyst"], abbreviation="DS")
    changed = replace(edition, roles={**edition.roles, role.id: role})
    assert [(fault.file, fault.key) for fault in check(changed)] == [("roles/data_analyst.toml", "abbreviation")]


def test_a_folder_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(MissingInput):
        check(tmp_path / "nowhere")
