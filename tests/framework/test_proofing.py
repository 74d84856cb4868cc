"""A first page that does not agree with the terms, or with the scale: each fault names key and mend."""

import pytest

from waymark.framework import check

from .conftest import Overlay

FAULTS = [
    (
        "subtasks = 40",
        "subtasks = 41",
        "counts.subtasks",
        "41 are stated and 40 are there",
        "correct the number",
    ),
    (
        "skills_defined_in_text = 6",
        "skills_defined_in_text = 5",
        "counts.skills_defined_in_text",
        "6 are there",
        "corr",
    ),
    (
        "life_cycle_variants = 2",
        "life_cycle_variants = 3",
        "counts.life_cycle_variants",
        "2 are there",
        "correct",
    ),
    ("modeling = 9", "modeling = 8", "counts.subtasks_by_task.modeling", "8 are stated and 9", "correct"),
    (
        "modeling = 9",
        "modelling = 9",
        "counts.subtasks_by_task",
        "no task 'modelling'",
        "did you mean modeling?",
    ),
    ("centre = 150.0", "centre = 100.0", "proficiency.theta_map.centre", "fixed", "write 150.0"),
    ("clip = [1, 300]", "clip = [0, 300]", "proficiency.theta_map.clip", "fixed", "(1, 300)"),
    ('name = "Beginning"', 'name = "Novice"', "proficiency.levels", "fixed", "Beginning"),
    (
        'members = ["business_acumen"]',
        'members = ["busines_acumen"]',
        "skill_groups.business.members",
        "no skill",
        "bus",
    ),
    (
        "scores = [75, 90]",
        "scores = [75, 900]",
        "words.not_usually_strong.scores",
        "out of range",
        "0 to 300",
    ),
    ("[involvement.dotted]", "[involvement.dashed]", "involvement.dotted", "missing", "say its meaning"),
    ("weight = 0.5", "weight = 1.5", "involvement.dotted.weight", "not a share", "0 to 1"),
    ("total_minutes = 85", "total_minutes = 90", "external.total_minutes", "85 minutes, not 90", "write 85"),
    (
        "[external.tests.mathematics]",
        "[external.tests.maths]",
        "external.tests",
        "no skill 'maths'",
        "mathematics?",
    ),
    (
        "[external.recommended.data_analyst]",
        "[external.recommended.chef]",
        "recommended.chef",
        "no role",
        "known",
    ),
    (
        'tests = ["data_science",',
        'tests = ["research",',
        "recommended.data_analyst.tests",
        "no test",
        "known are",
    ),
    ('role = "all"', 'role = "any"', "role_page_additions[7].role", "no role or variant 'any'", "known are"),
    (
        'about = ["de.label"]',
        'about = ["de.lable"]',
        "discrepancies.X03.about",
        "no term or section",
        "de.label?",
    ),
    (
        'used_for = ["modeling"]',
        'used_for = ["modelin"]',
        "running_examples[2].used_for",
        "no term or",
        "modeling?",
    ),
    (
        'companies_named = ["Airbnb"',
        'companies_named = ["Airbnb", "Airbnb"',
        "companies_named[2]",
        "second time",
        "one",
    ),
    ("[sources.B]", "[sources.C]", "sources", "no edition code 'C'", "known are both, P, B, own"),
    ('why = "The role texts', 'provenance = "rumour"\nwhy = "The role texts', "(line", "not TOML", "toml.io"),
    (
        'edition = "B"\nprovenance = "text"',
        'edition = "B"\nprovenance = "rumour"',
        "provenance",
        "'rumour'",
        "known are",
    ),
]


@pytest.mark.parametrize(("old", "new", "key", "message", "mend"), FAULTS)
def test_a_fault_of_the_first_page_names_file_key_and_mend(
    overlay: Overlay, old: str, new: str, key: str, message: str, mend: str
) -> None:
    overlay.change("edition.toml", old, new)
    found = [fault for fault in check(overlay.folder) if fault.file == f"{overlay.folder}/edition.toml"]
    assert any(key in fault.key and message in fault.message and mend in fault.mend for fault in found), found


def test_a_source_that_no_code_explains_is_a_fault_of_the_file_that_cites_it(overlay: Overlay) -> None:
    overlay.change("tasks/deployment.toml", "[description_by_edition]\nP =", "[description_by_edition]\nQ =")
    (fault,) = check(overlay.folder)
    assert fault.file == f"{overlay.folder}/tasks/deployment.toml"
    assert fault.key == "description_by_edition.Q"
    assert fault.mend == "known are both, P, B, own"


def test_counts_are_left_alone_when_an_overlay_adds_terms(overlay: Overlay) -> None:
    overlay.change("subtasks/de.trace.toml", "order = 8", "order = 9")
    (overlay.folder / "subtasks/de.trace.toml").rename(overlay.folder / "subtasks/de.archive.toml")
    assert check(overlay.folder) == []


def test_an_overlay_with_its_own_first_page_answers_for_the_counts(overlay: Overlay) -> None:
    overlay.change("subtasks/de.trace.toml", "order = 8", "order = 9")
    (overlay.folder / "subtasks/de.trace.toml").rename(overlay.folder / "subtasks/de.archive.toml")
    overlay.change("edition.toml", 'id = "2026.1"', 'id = "2026.1-acme"')
    keys = [fault.key for fault in check(overlay.folder)]
    assert keys == ["counts.subtasks", "counts.subtasks_by_task.data_engineering"]
    overlay.change("edition.toml", "subtasks = 40", "subtasks = 41")
    text = (overlay.folder / "edition.toml").read_text(encoding="utf-8")
    overlay.put("edition.toml", text.replace("data_engineering = 8", "data_engineering = 9"))
    assert check(overlay.folder) == []
