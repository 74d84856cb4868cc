"""The nouns and the first page, as the shipped edition fills them."""

from collections import Counter
from datetime import date

import pytest

from waymark.framework import level_of_score, load_edition
from waymark.framework.terms import split_skill

EDITION = load_edition()
CELLS = [(role.id, skill) for role in EDITION.roles.values() for skill in role.needs]


def test_a_reference_to_a_skill_splits_into_skill_and_facet() -> None:
    assert split_skill("domain_specific_languages/visual") == ("domain_specific_languages", "visual")
    assert split_skill("machine_learning") == ("machine_learning", "")


def test_the_edition_says_which_it_is_and_what_it_rests_on() -> None:
    about = EDITION.about
    assert (about.id, about.date, about.based_on) == ("2026.1", date(2026, 11, 21), "seed-2020.1")
    assert list(about.sources) == ["P", "B"]
    assert set(about.provenance_codes) == {"text", "figure", "inferred", "external", "design"}
    assert list(about.reconstruction.rules) == ["R1", "R2", "R3", "R4", "R5", "R6"]
    assert list(about.discrepancies) == [f"X{number:02}" for number in range(2, 18)]
    assert len(about.figures_missing) == 4
    assert (len(about.evidence_base), len(about.principles)) == (7, 5)


def test_terms_are_as_many_as_the_seeds_have() -> None:
    assert len(EDITION.org_types) == 3
    assert len(EDITION.structures) == 2
    assert list(EDITION.life_cycles) == ["template", "ml_project", "ds_project"]
    assert len(EDITION.subtasks) == 40
    assert Counter(subtask.task for subtask in EDITION.subtasks.values()) == {
        "data_engineering": 8,
        "modeling": 9,
        "deployment": 8,
        "business_analysis": 7,
        "ai_infrastructure": 8,
    }


def test_terms_stand_in_their_order() -> None:
    tasks = ["data_engineering", "modeling", "deployment", "business_analysis", "ai_infrastructure"]
    assert list(EDITION.tasks) == tasks
    assert list(EDITION.skills) == [
        "machine_learning",
        "deep_learning",
        "data_science",
        "mathematics",
        "algorithmic_coding",
        "software_engineering",
        "business_acumen",
        "communication",
        "domain_specific_languages",
        "research",
    ]
    assert [role.abbreviation for role in EDITION.roles.values()] == [
        "DS",
        "DA",
        "MLE",
        "MLR",
        "SWE-ML",
        "SWE",
    ]
    assert list(EDITION.variants) == [
        "deep_learning_engineer",
        "deep_learning_researcher",
        "software_engineer_dl",
    ]
    assert list(EDITION.subtasks)[:2] == ["de.requirements", "de.collect"]
    assert list(EDITION.subtasks)[-1] == "ai.tools"


def test_there_are_83_examples_of_which_two_are_in_p_alone() -> None:
    examples = Counter(example.edition for subtask in EDITION.subtasks.values() for example in subtask.examples)
    assert examples == {"both": 81, "P": 2}


def test_each_role_has_a_cell_for_each_skill() -> None:
    assert len(CELLS) == 60
    assert set(CELLS) == {(role, skill) for role in EDITION.roles for skill in EDITION.skills}


@pytest.mark.parametrize(("role", "skill"), CELLS)
def test_the_level_of_a_cell_is_that_of_its_score(role: str, skill: str) -> None:
    need = EDITION.roles[role].needs[skill]
    assert need.level == level_of_score(need.score)
    assert need.range[0] <= need.score <= need.range[1]
    assert need.evidence


def test_the_cells_are_of_three_kinds_of_confidence() -> None:
    confidence = Counter(need.confidence for role in EDITION.roles.values() for need in role.needs.values())
    assert confidence == {"high": 21, "medium": 26, "low": 13}


def test_scores_of_roles_are_those_reconstructed() -> None:
    scores = {role.abbreviation: [need.score for need in role.needs.values()] for role in EDITION.roles.values()}
    assert scores == {
        "DS": [225, 90, 235, 220, 170, 75, 210, 150, 180, 75],
        "DA": [60, 0, 225, 175, 0, 0, 210, 150, 250, 0],
        "MLE": [230, 100, 215, 215, 225, 225, 75, 90, 170, 75],
        "MLR": [280, 100, 270, 280, 185, 60, 50, 90, 150, 270],
        "SWE-ML": [150, 50, 140, 135, 225, 230, 75, 90, 160, 0],
        "SWE": [60, 0, 0, 0, 275, 285, 75, 90, 190, 0],
    }


def test_the_one_conflict_between_seeds_and_later_pages_is_shown() -> None:
    conflicts = {(role, skill) for role, skill in CELLS if EDITION.roles[role].needs[skill].conflict}
    assert conflicts == {("data_analyst", "algorithmic_coding")}


def test_variants_add_deep_learning() -> None:
    added = {variant.id: variant.needs["deep_learning"].score for variant in EDITION.variants.values()}
    assert added == {
        "deep_learning_engineer": 225,
        "deep_learning_researcher": 275,
        "software_engineer_dl": 160,
    }
    assert all(variant.adds == ("deep_learning",) for variant in EDITION.variants.values())


def test_the_public_tests_take_85_minutes_together() -> None:
    external = EDITION.about.external
    assert sum(test.minutes for test in external.tests.values()) == external.total_minutes == 85
    assert [role for role, advice in external.recommended.items() if not advice.page_seen] == ["ml_engineer"]


def test_weights_of_involvement_fall_from_full_to_none() -> None:
    weights = {name: code.weight for name, code in EDITION.about.involvement.items()}
    assert weights == {"full": 1.0, "dotted": 0.5, "optional": 0.25, "none": 0.0}


def test_each_subtask_and_role_has_one_sentence_for_newcomers() -> None:
    sentences = [subtask.description for subtask in EDITION.subtasks.values()]
    sentences += [role.summary for role in EDITION.roles.values()]
    assert all(sentence.endswith(".") and sentence.count(". ") == 0 for sentence in sentences)
    assert len(set(sentences)) == 46
