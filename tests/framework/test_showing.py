"""Terms by id, and plain values for JSON."""

import json
from itertools import chain

import pytest

from waymark.errors import UnknownTerm
from waymark.framework import export_edition, export_term, find_term, load_edition

EDITION = load_edition()
KINDS = ("org_types", "structures", "life_cycles", "tasks", "subtasks", "skills", "roles", "variants")
PLAIN = json.loads(json.dumps(export_edition(EDITION), allow_nan=False))


def test_an_edition_is_exported_by_kind() -> None:
    assert list(PLAIN) == ["edition", *KINDS]
    assert {kind: len(PLAIN[kind]) for kind in KINDS} == {
        "org_types": 3,
        "structures": 2,
        "life_cycles": 3,
        "tasks": 5,
        "subtasks": 40,
        "skills": 10,
        "roles": 6,
        "variants": 3,
    }


def test_the_export_is_json_and_comes_back_unchanged() -> None:
    assert export_edition(EDITION) == PLAIN


def test_the_first_page_names_the_edition_and_what_was_read() -> None:
    first = PLAIN["edition"]
    assert (first["id"], first["date"], first["overlays"]) == ("2026.1", "2026-11-21", [])
    assert first["digest"] == EDITION.digest
    assert len(EDITION.digest) == 64


def test_each_exported_term_is_found_by_its_id() -> None:
    terms = list(chain.from_iterable(PLAIN[kind] for kind in KINDS))
    assert len(terms) == 72
    for plain in terms:
        assert export_term(EDITION, find_term(EDITION, plain["id"])) == plain


def test_a_role_is_exported_with_tasks_needs_subtasks_and_variants() -> None:
    (role,) = (role for role in PLAIN["roles"] if role["id"] == "ml_engineer")
    assert role["variants"] == ["deep_learning_engineer"]
    assert len(role["subtasks"]) == 25
    assert role["tasks"]["deployment"] == "full"
    assert role["needs"]["research"]["range"] == [0, 150]


def test_a_task_is_exported_with_its_subtasks() -> None:
    assert PLAIN["tasks"][0]["id"] == "data_engineering"
    assert PLAIN["tasks"][0]["subtasks"][0] == "de.requirements"


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [
        ("data_sientist", "did you mean data_scientist"),
        ("Data Scientist", "data_scientist"),
        ("SWE-ML", "software_engineer_ml"),
        ("de.colect", "did you mean de.collect"),
        ("domain_specific_languages/query", "domain_specific_languages"),
        ("zzz", "waymark framework show"),
    ],
)
def test_an_unknown_id_brings_the_ids_that_come_close(name: str, suggestion: str) -> None:
    with pytest.raises(UnknownTerm) as caught:
        find_term(EDITION, name)
    assert name in caught.value.message
    assert suggestion in caught.value.hint
