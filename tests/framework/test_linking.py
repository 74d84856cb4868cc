"""Terms that do not agree with one another: each fault names file, key and mend."""

import pytest

from waymark.framework import check

from .conftest import Overlay

FAULTS = [
    (
        "org_types/data_science_org.toml",
        "workflow =",
        "combines = []\n#",
        "workflow",
        "neither a workflow",
        "add workflow",
    ),
    (
        "life_cycles/ds_project.toml",
        "steps = [",
        "steps = []\ncross_cutting = [",
        "steps",
        "the list is empty",
        "name the",
    ),
    (
        "roles/data_analyst.toml",
        '["modeling", "dep',
        '["cooking", "dep',
        "complements.tasks",
        "no task",
        "known are",
    ),
    (
        "roles/data_analyst.toml",
        'group = "anal',
        'group = "anall',
        "proficiency_words[1].group",
        "no group",
        "analytical?",
    ),
    (
        "roles/data_analyst.toml",
        'skill = "algo',
        'skill = "xyz',
        "[4].skill",
        "no skill or facet",
        "algorithmic_coding?",
    ),
    (
        "roles/data_analyst.toml",
        'modeling = "none"',
        'modelling = "none"',
        "tasks",
        "no task",
        "did you mean modeling?",
    ),
    (
        "skills/research.toml",
        '"design"',
        '"rumour"',
        "definition_provenance",
        "no provenance code",
        "known are text",
    ),
    (
        "variants/software_engineer_dl.toml",
        '["deep_learning"]',
        '["deep"]',
        "adds",
        "no skill 'deep'",
        "known are",
    ),
    ("roles/data_analyst.toml", "order = 2", "order = 0", "order", "no place in an order", "count from 1"),
    ("roles/data_analyst.toml", "order = 2", "order = 3", "order", "already the order", "7 is free"),
    ("subtasks/mo.metrics.toml", "order = 5", "order = 4", "order", "order of mo.accelerate", "is free"),
    (
        "subtasks/de.query.toml",
        '"data_engineering"',
        '"data_enginering"',
        "task",
        "no task",
        "data_engineering?",
    ),
    (
        "subtasks/de.query.toml",
        '"data_engineering"',
        '"modeling"',
        "(file)",
        "start with mo.",
        "change its task",
    ),
    (
        "subtasks/de.trace.toml",
        '["software_engineering"]',
        "[]",
        "skills",
        "the list is empty",
        "name the skills",
    ),
    (
        "subtasks/de.trace.toml",
        '["software_engineering"]',
        '["magic"]',
        "skills",
        "'magic'",
        "known are machine_learning",
    ),
    ("subtasks/de.query.toml", "es/query", "es/quiz", "skills", "no skill or facet", "languages/query?"),
    (
        "subtasks/de.label.toml",
        'B = ["machine_learning"]',
        'B = ["research"]',
        "skills_by_edition",
        "research",
        "union",
    ),
    (
        "subtasks/de.trace.toml",
        '"software_engineering"',
        '"domain_specific_languages/query"',
        "skills",
        "used_by",
        "add",
    ),
    (
        "skills/domain_specific_languages.toml",
        '"de.query"',
        '"de.qery"',
        "facets.query.used_by",
        "no subtask",
        "de.query?",
    ),
    (
        "skills/domain_specific_languages.toml",
        '"de.query"',
        '"de.trace"',
        "facets.query.used_by",
        "does not use",
        "delete",
    ),
    (
        "skills/research.toml",
        '"scientific"',
        '"scholarly"',
        "group",
        "no skill group",
        "known are scientific",
    ),
    (
        "skills/research.toml",
        '"scientific"',
        '"business"',
        "group",
        "does not list research",
        "change the group",
    ),
    (
        "tasks/modeling.toml",
        'code = "mo"',
        'code = "dp"',
        "code",
        "already the code of deployment",
        "another code",
    ),
    (
        "tasks/ai_infrastructure.toml",
        'supports = ["data',
        'supports = ["date',
        "supports",
        "no other task",
        "data_eng",
    ),
    (
        "org_types/hybrid_org.toml",
        '"data_science_org"',
        '"hybrid_org"',
        "combines",
        "no other organisation",
        "known",
    ),
    (
        "life_cycles/ds_project.toml",
        'task = "deployment"',
        'task = "modeling"',
        "absent_tasks[1].task",
        "a step",
        "one of",
    ),
    (
        "life_cycles/ds_project.toml",
        'template = "template"',
        'template = "temple"',
        "template",
        "no other",
        "template?",
    ),
    (
        "life_cycles/ml_project.toml",
        'task = "deployment"',
        'task = "x"',
        "steps[3].task",
        "no task 'x'",
        "known are",
    ),
    (
        "roles/data_analyst.toml",
        'deployment = "none"\n',
        "",
        "tasks.deployment",
        "missing",
        "add it under tasks",
    ),
    (
        "roles/data_analyst.toml",
        "[needs.research]",
        "[needs.resarch]",
        "needs",
        "'resarch'",
        "did you mean research?",
    ),
    (
        "roles/data_analyst.toml",
        "score = 175",
        "score = 205",
        "needs.mathematics.level",
        "of level 3, not 2",
        "level = 3",
    ),
    (
        "roles/data_analyst.toml",
        "score = 175",
        "score = 119",
        "needs.mathematics.score",
        "outside its range",
        "widen",
    ),
    (
        "roles/data_analyst.toml",
        "score = 250",
        "score = 301",
        "languages.score",
        "301 is not a score",
        "0 to 300",
    ),
    (
        "roles/data_analyst.toml",
        "[210, 290]",
        "[210, 301]",
        "languages.range",
        "not a range",
        "within 0 to 300",
    ),
    ("roles/data_analyst.toml", "[210, 290]", "[290, 210]", "languages.range", "not a range", "low <= high"),
    (
        "roles/data_analyst.toml",
        'tion = "DA"',
        'tion = "MLE"',
        "abbreviation",
        "stands for",
        "another abbreviation",
    ),
    (
        "roles/data_analyst.toml",
        '"modeling", "dep',
        '"data_engineering", "dep',
        "complements.tasks",
        "in full",
        "delete",
    ),
    (
        "roles/data_analyst.toml",
        'word = "accomp',
        'word = "acomp',
        "[3].word",
        "proficiency word",
        "accomplished?",
    ),
    (
        "roles/data_analyst.toml",
        '{ group = "anal',
        '{ skill = "research", group = "anal',
        "[1]",
        "group or of",
        "either",
    ),
    (
        "roles/ml_researcher.toml",
        "[optional_tasks.deployment]",
        "[optional_tasks.modeling]",
        "modeling",
        "not op",
        "set",
    ),
    (
        "roles/ml_researcher.toml",
        'edition = "P"',
        'edition = "Q"',
        "proficiency_words[1].edition",
        "'Q'",
        "known are",
    ),
    (
        "variants/software_engineer_dl.toml",
        "software_engineer_ml",
        "chef",
        "base",
        "no role or variant",
        "known are",
    ),
    (
        "variants/software_engineer_dl.toml",
        '"software_engineer_ml"',
        '"software_engineer_dl"',
        "base",
        "itself",
        "role",
    ),
    (
        "variants/software_engineer_dl.toml",
        '["deep_learning"]',
        '["research"]',
        "adds",
        "how much",
        "[needs.research]",
    ),
    (
        "variants/software_engineer_dl.toml",
        "level = 2",
        "level = 1",
        "needs.deep_learning.level",
        "not 1",
        "level = 2",
    ),
]


@pytest.mark.parametrize("case", FAULTS)
def test_a_fault_between_terms_names_file_key_and_mend(overlay: Overlay, case: tuple[str, ...]) -> None:
    path, old, new, key, message, mend = case
    overlay.change(path, old, new)
    found = [fault for fault in check(overlay.folder) if fault.file == f"{overlay.folder}/{path}"]
    assert any(key in fault.key and message in fault.message and mend in fault.mend for fault in found), found


def test_variants_in_a_circle_are_found_at_each_of_them(overlay: Overlay) -> None:
    ring = ["deep_learning_engineer", "deep_learning_researcher", "software_engineer_dl"]
    bases = ["ml_engineer", "ml_researcher", "software_engineer_ml"]
    for variant, old, new in zip(ring, bases, [*ring[1:], ring[0]], strict=True):
        overlay.change(f"variants/{variant}.toml", f'base = "{old}"', f'base = "{new}"')
    assert [fault.key for fault in check(overlay.folder)] == ["base", "base", "base"]


def test_an_id_may_not_be_of_two_kinds(overlay: Overlay) -> None:
    overlay.change("skills/research.toml", "order = 10", "order = 11")
    (overlay.folder / "skills/research.toml").rename(overlay.folder / "skills/modeling.toml")
    (fault,) = check(overlay.folder)
    assert (fault.key, fault.mend) == ("(file)", "rename this file")
    assert "taken by tasks/modeling.toml" in fault.message


def test_a_task_without_subtask_is_a_fault(overlay: Overlay) -> None:
    overlay.put(
        "tasks/product.toml",
        'order = 6\ncode = "pr"\nname = "Product"\ndescription = "Decide what to build."\n',
    )
    (fault,) = check(overlay.folder)
    assert (fault.message, fault.mend) == ("the task has no subtask", "add subtasks/pr.<name>.toml")
