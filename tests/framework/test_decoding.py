"""Strictness within one file: each fault names file, key and mend."""

import pytest

from waymark.errors import BadData
from waymark.framework import load_edition

from .conftest import Overlay

RESEARCHER = "roles/ml_researcher.toml"
LABEL = "subtasks/de.label.toml"


@pytest.mark.parametrize(
    "case",
    [
        (LABEL, "name =", "nam =", "nam", "not known", "rename it to name"),
        (LABEL, "order = 3", "order = 3\ncolour = 1", "colour", "not known", "delete it; known here are"),
        (
            LABEL,
            "order = 3",
            'order = 3\nid = "de.label"',
            "id",
            "not known",
            "the path of the file is the id",
        ),
        (LABEL, 'name = "Label data"\n', "", "name", "missing", "add name"),
        (LABEL, "order = 3", 'order = "3"', "order", "a text, not a whole number", "give a whole number"),
        (
            LABEL,
            "order = 3",
            "order = true",
            "order",
            "a truth value, not a whole number",
            "give a whole number",
        ),
        (LABEL, '"Label data"', "7", "name", "a whole number, not a text", "give a text"),
        (LABEL, '"Label data"', '" "', "name", "empty or has blanks", "write the text"),
        (LABEL, '"Label data"', '"Label data "', "name", "empty or has blanks", "write the text"),
        (LABEL, '"software_engineering"]', '"machine_learning"]', "skills[2]", "second time", "delete one"),
        (LABEL, 'text = "prepare', 'txt = "prepare', "examples[3].txt", "not known", "rename it to text"),
        (
            LABEL,
            "[skills_by_edition]",
            "[[skills_by_edition]]",
            "skills_by_edition",
            "a list of 1, not a table",
            "table",
        ),
        (
            RESEARCHER,
            'modeling = "full"',
            'modeling = "fully"',
            "tasks.modeling",
            "not a word",
            "full, dotted",
        ),
        (RESEARCHER, 'modeling = "full"', "modeling = []", "tasks.modeling", "not a word", "full, dotted"),
        (
            RESEARCHER,
            "range = [250, 300]",
            "range = [250]",
            "needs.machine_learning.range",
            "a list of 1",
            "a list of 2",
        ),
        (
            RESEARCHER,
            "range = [250, 300]",
            "range = 250",
            "needs.machine_learning.range",
            "not a list of 2",
            "give",
        ),
        (
            RESEARCHER,
            "score = 280",
            "score = 280.5",
            "needs.machine_learning.score",
            "a number, not a whole",
            "give",
        ),
        (
            RESEARCHER,
            'confidence = "high"',
            'confidence = "sure"',
            "confidence",
            "'sure' is not a word",
            "high, medium",
        ),
        (
            RESEARCHER,
            "titles_open_ended = true",
            'titles_open_ended = "yes"',
            "titles_open_ended",
            "a text",
            "true or",
        ),
        (
            RESEARCHER,
            'examples = ["life',
            'examples = [3, "life',
            "deployment.examples[1]",
            "a whole number",
            "a text",
        ),
        (RESEARCHER, "[modeling_depth]", "[modeling_depth.x]", "modeling_depth.x", "not known", "delete it"),
        (
            RESEARCHER,
            "[tools]",
            '[tools]\n"" = []',
            "tools",
            "name in this table is empty",
            "give the entry a name",
        ),
        (
            "edition.toml",
            "date = 2026-11-21",
            'date = "2026-11-21"',
            "date",
            "a text, not a date",
            "2026-11-21",
        ),
        (
            "edition.toml",
            "date = 2026-11-21",
            "date = 2026-11-21T08:00:00Z",
            "date",
            "a date or time",
            "2026-11-21",
        ),
        (
            "edition.toml",
            "weight = 0.5",
            "weight = nan",
            "involvement.dotted.weight",
            "not a finite",
            "finite",
        ),
        (
            "edition.toml",
            "weight = 0.5",
            "weight = false",
            "involvement.dotted.weight",
            "not a number",
            "a number",
        ),
    ],
)
def test_a_fault_within_a_file_names_file_key_and_mend(overlay: Overlay, case: tuple[str, ...]) -> None:
    path, old, new, key, message, mend = case
    overlay.change(path, old, new)
    with pytest.raises(BadData) as caught:
        load_edition(overlay.folder)
    file, found, what = caught.value.message.removeprefix(str(overlay.folder)).split(": ", 2)
    assert file == f"/{path}"
    assert key in found
    assert message in what
    assert mend in caught.value.hint


def test_a_whole_number_is_a_number(overlay: Overlay) -> None:
    overlay.change("edition.toml", "weight = 1.0", "weight = 1")
    assert load_edition(overlay.folder).about.involvement["full"].weight == 1.0


def test_several_faults_of_a_file_are_counted(overlay: Overlay) -> None:
    overlay.change(LABEL, "order = 3", 'order = "3"\ncolour = 1')
    with pytest.raises(BadData, match="; 1 more"):
        load_edition(overlay.folder)
