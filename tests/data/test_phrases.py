"""One battery over every phrase file: its own cases hold, and what it points at exists."""

from typing import Any

import numpy as np
import pytest

from waymark.demand.cues import BIT, CUES, SECTIONS
from waymark.demand.lexicon import find_members
from waymark.demand.phrasing import load_cues, load_lexicon
from waymark.demand.scanning import scan
from waymark.framework import load_edition
from waymark.framework.tables import read_tables

TABLES = read_tables("phrases")
NARROWING = "cues/narrowing"
CUE_FILES = sorted(name for name in TABLES if name.startswith("cues/") and name != NARROWING)


def cases(*families: str) -> list[Any]:
    return [
        pytest.param(family, case, id=f"{family} {number}")
        for family in families
        for number, case in enumerate(TABLES[family].get("case", []))
    ]


def finds(text: str, family: str) -> set[str]:
    """Return the concepts of one file that are found in a text."""
    lexicon = load_lexicon()
    known = [lexicon.concepts[number] for number in scan([text], lexicon=lexicon, cues=load_cues()).concept.tolist()]
    return {concept.id for concept in known if concept.family == family}


def hears(text: str) -> set[str]:
    """Return what the cues in a text say."""
    bits = int(np.bitwise_or.reduce(scan([text], lexicon=load_lexicon(), cues=load_cues()).cue_bits))
    return {cue for cue in CUES if bits & BIT[cue]}


def cues_of(family: str, part: str) -> set[str]:
    """Return the cues that the named part of a cue file stands for."""
    name = family.removeprefix("cues/")
    if name == "sections":
        return {f"heading {part}"} | ({"sentence preferred"} if part == "preferred" else set())
    if name == "boilerplate":
        return {"boilerplate"}
    kind = {"levels": "level", "negation": "negation", "seniority": "seniority", "terms": "terms"}[name]
    return {f"{kind} {part.removeprefix('level_')}"}


@pytest.mark.parametrize(("family", "case"), cases(*(name for name in TABLES if name not in CUE_FILES)))
def test_a_file_finds_what_its_cases_say_and_nothing_else(family: str, case: dict[str, Any]) -> None:
    assert finds(case["text"], family) == set(case["finds"]), case["text"]


@pytest.mark.parametrize(("family", "case"), cases(*CUE_FILES))
def test_a_cue_file_hears_what_its_cases_say(family: str, case: dict[str, Any]) -> None:
    heard = hears(case["text"])
    own = {part: cues_of(family, part) for part in TABLES[family] if part != "case"}
    for part in case["finds"]:
        assert heard & own[part], (case["text"], part)
    wanted = set().union(*(own[part] for part in case["finds"]))
    assert not heard & (set().union(*own.values()) - wanted), case["text"]


@pytest.mark.parametrize("family", sorted(TABLES))
def test_a_file_carries_cases_of_both_kinds(family: str) -> None:
    own = TABLES[family].get("case", [])
    assert any(case["finds"] for case in own)
    assert any(not case["finds"] for case in own)


@pytest.mark.parametrize("family", sorted(TABLES))
def test_cases_name_concepts_of_their_own_file(family: str) -> None:
    own = {name for case in TABLES[family].get("case", []) for name in case["finds"]}
    assert own <= set(TABLES[family]) - {"case"}


def test_concepts_are_evidence_for_what_the_edition_holds() -> None:
    edition = load_edition()
    members = find_members(load_lexicon(), skills=tuple(edition.skills), subtasks=tuple(edition.subtasks))
    skills, subtasks = members.skills.sum(axis=0), members.subtasks.sum(axis=0)
    assert [name for name, count in zip(edition.skills, skills, strict=True) if not count] == []
    assert [name for name, count in zip(edition.subtasks, subtasks, strict=True) if not count] == []


def test_every_skill_subtask_and_role_has_a_file_of_its_own() -> None:
    edition = load_edition()
    for folder, terms in (("skills", edition.skills), ("subtasks", edition.subtasks)):
        assert {name.split("/", 1)[1] for name in TABLES if name.startswith(f"{folder}/")} == set(terms)
    assert {name.split("/", 1)[1] for name in TABLES if name.startswith("roles/")} == {
        *edition.roles,
        "foreign",
    }


def test_years_of_release_are_years_in_which_software_was_released() -> None:
    dated = {concept.id: concept.since for concept in load_lexicon().concepts if concept.since is not None}
    assert len(dated) > 150
    assert {name: since for name, since in dated.items() if not 1950 <= since <= 2026} == {}


def test_only_tools_have_a_year_of_release() -> None:
    assert {concept.family for concept in load_lexicon().concepts if concept.since and concept.kind != "tool"} == set()


def test_ids_are_unique_over_all_files() -> None:
    names = [concept.id for concept in load_lexicon().concepts]
    assert len(names) == len(set(names))


def test_no_veto_forbids_a_mere_blank() -> None:
    empty = [
        concept.id
        for concept in load_lexicon().concepts
        if not all(veto.strip() for veto in (*concept.vetoes_before, *concept.vetoes_after))
    ]
    assert empty == []


def test_no_form_or_veto_is_wide_enough_to_reach_into_the_next_posting() -> None:
    lexicon = load_lexicon()
    vetoes = [veto.decode() for c in lexicon.concepts for veto in (*c.vetoes_before, *c.vetoes_after)]
    assert [form for form in (*lexicon.forms, *load_cues().forms, *vetoes) if "    " in form] == []


def test_every_form_is_found_where_it_stands_alone() -> None:
    lexicon = load_lexicon()
    plain = [c for c in lexicon.concepts if not (c.vetoes_before or c.vetoes_after)]
    forms = [(concept, form) for concept in plain for form in concept.forms]
    seen = scan([form for _, form in forms], lexicon=lexicon, cues=load_cues())
    found: dict[int, set[str]] = {}
    for text, concept in zip(seen.sentence_text[seen.sentence].tolist(), seen.concept.tolist(), strict=True):
        found.setdefault(text, set()).add(lexicon.concepts[concept].id)
    lost = [(c.family, form) for number, (c, form) in enumerate(forms) if c.id not in found.get(number, set())]
    assert lost == []


@pytest.mark.parametrize("section", SECTIONS)
def test_every_heading_opens_its_own_section(section: str) -> None:
    headings = TABLES["cues/sections"][section]["headings"]
    assert [heading for heading in headings if f"heading {section}" not in hears(heading)] == []


def test_narrowing_language_says_why_and_what_to_write() -> None:
    own = [concept for concept in load_lexicon().concepts if concept.family == NARROWING]
    assert len(own) >= 20
    assert [concept.id for concept in own if not (concept.reason and concept.instead)] == []
