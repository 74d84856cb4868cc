"""What follows from the shipped edition: golden values, worked out by hand from the seeds."""

import pytest

from waymark.errors import UnknownTerm
from waymark.framework import covering, load_edition

EDITION = load_edition()


def test_roles_have_this_many_subtasks() -> None:
    counts = {role: len(covering.subtasks_of(EDITION, role)) for role in EDITION.roles}
    assert counts == {
        "data_scientist": 24,
        "data_analyst": 15,
        "ml_engineer": 25,
        "ml_researcher": 17,
        "software_engineer_ml": 33,
        "software_engineer": 16,
    }


def test_without_dotted_lines_an_ml_software_engineer_does_no_modeling() -> None:
    subtasks = covering.subtasks_of(EDITION, "software_engineer_ml", carried=["full"])
    assert len(subtasks) == 24
    assert not any(subtask.startswith("mo.") for subtask in subtasks)


def test_skills_are_used_by_this_many_subtasks() -> None:
    counts = {skill: len(users) for skill, users in covering.group_by_skill(EDITION).items()}
    assert counts == {
        "machine_learning": 13,
        "deep_learning": 1,
        "data_science": 9,
        "mathematics": 7,
        "algorithmic_coding": 12,
        "software_engineering": 20,
        "business_acumen": 7,
        "communication": 1,
        "domain_specific_languages": 6,
        "research": 1,
    }


@pytest.mark.parametrize(
    ("role", "skill", "count"),
    [
        ("data_scientist", "data_science", 9),
        ("data_scientist", "algorithmic_coding", 12),
        ("data_scientist", "domain_specific_languages", 5),
        ("data_analyst", "algorithmic_coding", 5),
        ("ml_researcher", "algorithmic_coding", 9),
        ("software_engineer", "mathematics", 0),
        ("software_engineer_ml", "software_engineering", 20),
    ],
)
def test_counts_that_the_evidence_of_needs_cites(role: str, skill: str, count: int) -> None:
    within = covering.subtasks_of(EDITION, role)
    assert len(covering.group_by_skill(EDITION, within=within)[skill]) == count


def test_facets_count_as_their_skill() -> None:
    assert covering.skills_of(EDITION, "mo.accelerate") == ("domain_specific_languages", "algorithmic_coding")


def test_what_a_role_complements_is_exactly_what_it_does_not_do_in_full() -> None:
    for role in EDITION.roles.values():
        assert role.complements is not None
        assert set(role.complements.tasks) == set(covering.find_uncovered_tasks(EDITION, role.id))


def test_the_matrix_of_roles_by_tasks() -> None:
    matrix = covering.tabulate_involvement(EDITION)
    assert {role: " ".join(row.values()) for role, row in matrix.items()} == {
        "data_scientist": "full full none full none",
        "data_analyst": "full none none full none",
        "ml_engineer": "full full full none none",
        "ml_researcher": "full full optional none optional",
        "software_engineer_ml": "full dotted full none full",
        "software_engineer": "full none none none full",
    }
    assert list(covering.tabulate_weights(EDITION)["software_engineer_ml"].values()) == [1, 0.5, 1, 0, 1]


def test_data_scientist_and_ml_software_engineer_are_the_only_covering_pair() -> None:
    covers = covering.find_covers(EDITION)
    assert [cover for cover in covers if len(cover) <= 2] == [("data_scientist", "software_engineer_ml")]


def test_four_more_minimal_sets_cover_all_tasks() -> None:
    short = {role.id: role.abbreviation for role in EDITION.roles.values()}
    triples = {tuple(short[role] for role in cover) for cover in covering.find_covers(EDITION) if len(cover) == 3}
    assert triples == {
        ("DS", "MLE", "SWE"),
        ("DA", "MLE", "SWE-ML"),
        ("DA", "MLE", "SWE"),
        ("DA", "MLR", "SWE-ML"),
    }
    assert len(covering.find_covers(EDITION)) == 5


def test_no_role_can_be_left_out_of_a_cover() -> None:
    for cover in covering.find_covers(EDITION):
        for left_out in cover:
            rest = [covering.find_uncovered_tasks(EDITION, role) for role in cover if role != left_out]
            assert set.intersection(*map(set, rest))


def test_a_smaller_wish_has_smaller_covers() -> None:
    assert covering.find_covers(EDITION, tasks=["deployment"]) == (
        ("ml_engineer",),
        ("software_engineer_ml",),
    )
    assert covering.find_covers(EDITION, tasks=[]) == ((),)


def test_dotted_involvement_covers_when_half_is_enough() -> None:
    covers = covering.find_covers(EDITION, tasks=["modeling", "ai_infrastructure"], least=0.5)
    assert covers[0] == ("software_engineer_ml",)


def test_covering_an_unknown_task_is_refused() -> None:
    with pytest.raises(UnknownTerm, match="no task 'cooking'"):
        covering.find_covers(EDITION, tasks=["cooking"])


def test_titles_point_to_these_roles() -> None:
    short = {role.id: role.abbreviation for role in EDITION.roles.values()}
    titles = {title: " ".join(short[role] for role in roles) for title, roles in covering.map_titles(EDITION).items()}
    assert titles == {
        "algorithm engineer": "MLE",
        "business analyst": "DA",
        "data analyst": "DS",
        "data engineer": "SWE",
        "data scientist": "DS DA MLE MLR",
        "full-stack data scientist": "DS MLE SWE-ML",
        "machine learning engineer": "DS MLE SWE-ML",
        "machine learning researcher": "MLR",
        "marketing analyst": "DA",
        "quantitative analyst": "DS",
        "research engineer": "MLE MLR",
        "research scientist": "DS DA MLE MLR",
        "risk analyst": "DA",
        "software development engineer": "SWE",
        "software engineer": "MLE SWE-ML SWE",
        "software engineer - AI infrastructure": "SWE",
        "software engineer - data": "SWE",
        "software engineer - machine learning": "MLE",
        "statistician": "DS",
    }


def test_six_titles_are_ambiguous_and_eight_with_own_names() -> None:
    assert len(covering.map_titles(EDITION)) == 19
    assert len(covering.map_ambiguous_titles(EDITION)) == 6
    named = covering.map_ambiguous_titles(EDITION, own_names=True)
    assert len(named) == 8
    assert named["data analyst"] == ("data_scientist", "data_analyst")
    assert named["software engineer - machine learning"] == ("ml_engineer", "software_engineer_ml")


def test_a_variant_needs_what_its_base_needs_and_more() -> None:
    base, variant = (covering.needs_of(EDITION, role) for role in ("ml_engineer", "deep_learning_engineer"))
    assert list(base) == list(variant) == list(EDITION.skills)
    assert {skill for skill in base if base[skill] != variant[skill]} == {"deep_learning"}
    assert (base["deep_learning"].score, variant["deep_learning"].score) == (100, 225)


def test_a_variant_works_on_the_tasks_of_its_base() -> None:
    assert len(covering.subtasks_of(EDITION, "software_engineer_dl")) == 33
    assert covering.variants_of(EDITION, "ml_researcher") == ("deep_learning_researcher",)


@pytest.mark.parametrize("ask", [covering.needs_of, covering.subtasks_of, covering.find_role, covering.skills_of])
def test_an_unknown_id_is_refused(ask: object) -> None:
    assert callable(ask)
    with pytest.raises(UnknownTerm, match="alchemist"):
        ask(EDITION, "alchemist")
