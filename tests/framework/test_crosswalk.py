import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest

from waymark.errors import BadData
from waymark.framework import load_edition
from waymark.framework.crosswalk import (
    SCHEMES,
    Kind,
    Link,
    Scheme,
    links_of,
    load_crosswalk,
    load_crosswalks,
    read_crosswalk,
)

PAGE = Path(__file__).parents[2] / "docs" / "crosswalk.md"
HEAD = """
source = "a source"
version = "1"
licence = "a licence"
credit = "a credit line"
changes = "none"
checked_on = 2026-11-21
"""
ESCO = """
[[link]]
term = "research"
kind = "skill"
uuid = "0d282d6e-0000-4000-8000-000000000000"
label = "read a lot"
type = "skill"
relation = "close"
"""
ONET = """
[[link]]
term = "de.query"
kind = "subtask"
type = "technology"
example = "A query program"
commodity_code = "43232306"
commodity = "Query software"
relation = "broader"
"""


def ids_by_kind() -> Mapping[Kind, frozenset[str]]:
    edition = load_edition()
    return {
        "skill": frozenset(edition.skills),
        "subtask": frozenset(edition.subtasks),
        "role": frozenset(edition.roles),
        "variant": frozenset(edition.variants),
    }


def linked(scheme: Scheme, kind: Kind) -> set[str]:
    return {link.term for link in load_crosswalk() if link.scheme == scheme and link.kind == kind}


def links_to(scheme: Scheme) -> list[Link]:
    return [link for link in load_crosswalk() if link.scheme == scheme]


def test_every_linked_term_is_a_term_of_the_edition_of_that_kind() -> None:
    known = ids_by_kind()
    assert [link for link in load_crosswalk() if link.term not in known[link.kind]] == []


def test_every_term_without_counterpart_is_a_term_of_the_edition() -> None:
    known = frozenset[str]().union(*ids_by_kind().values())
    assert {entry.term for crosswalk in load_crosswalks() for entry in crosswalk.unlinked} <= known


@pytest.mark.parametrize("scheme", SCHEMES)
def test_at_least_38_subtasks_are_linked(scheme: Scheme) -> None:
    assert len(linked(scheme, "subtask")) >= 38


@pytest.mark.parametrize("scheme", SCHEMES)
def test_all_skills_roles_and_variants_are_linked(scheme: Scheme) -> None:
    assert len(linked(scheme, "skill")) == 10
    assert len(linked(scheme, "role")) == 6
    assert len(linked(scheme, "variant")) == 3


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_term_is_linked_or_has_a_reason_why_not(scheme: Scheme) -> None:
    crosswalk = next(crosswalk for crosswalk in load_crosswalks() if crosswalk.scheme == scheme)
    told = {link.term for link in crosswalk.links} | {entry.term for entry in crosswalk.unlinked}
    assert told >= frozenset[str]().union(*ids_by_kind().values())


@pytest.mark.parametrize("scheme", SCHEMES)
def test_roles_and_variants_are_linked_to_occupations_only(scheme: Scheme) -> None:
    people = [link for link in links_to(scheme) if link.kind in {"role", "variant"}]
    assert {link.type for link in people} == {"occupation"}


def test_relations_are_those_of_skos() -> None:
    assert {link.relation for link in load_crosswalk()} <= {"exact", "close", "broader", "narrower"}


def test_codes_of_esco_are_uuids() -> None:
    uuid = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
    assert [link for link in links_to("esco") if not uuid.fullmatch(link.code)] == []


def test_codes_of_onet_are_occupation_or_commodity_codes() -> None:
    code = re.compile(r"\d\d-\d{4}\.\d\d|4323\d{4}")
    assert [link for link in links_to("onet") if not code.fullmatch(link.code)] == []


def test_no_concept_is_linked_twice_to_one_term() -> None:
    keys = [(link.scheme, link.term, link.type, link.code, link.label) for link in load_crosswalk()]
    assert len(keys) == len(set(keys))


def test_a_code_has_one_label_everywhere() -> None:
    esco = {(link.code, link.label) for link in links_to("esco")}
    onet = {(link.code, link.label) for link in links_to("onet") if link.type != "technology"}
    for pairs in (esco, onet):
        assert len({code for code, _ in pairs}) == len(pairs)


def test_a_commodity_code_has_one_title_everywhere() -> None:
    pairs = {(link.code, link.commodity or link.label) for link in links_to("onet") if link.type != "occupation"}
    assert len({code for code, _ in pairs}) == len(pairs)


def test_notes_are_one_short_sentence() -> None:
    notes = [link.note for link in load_crosswalk() if link.note]
    assert [note for note in notes if not note.endswith(".") or len(note) > 110] == []


def test_the_heads_carry_the_required_credit_lines() -> None:
    esco, onet = load_crosswalks()
    assert esco.credit == "This service uses the ESCO classification of the European Commission."
    assert esco.version == "v1.1.1"
    assert "USDOL/ETA" in onet.credit
    assert onet.licence == "CC BY 4.0"


@pytest.mark.parametrize(("scheme", "name"), [("esco", "ESCO"), ("onet", r"O\*NET")])
def test_the_counts_of_the_documentation_are_those_of_the_data(scheme: Scheme, name: str) -> None:
    page = PAGE.read_text(encoding="utf-8")
    for kind, known in ids_by_kind().items():
        links = [link for link in links_to(scheme) if link.kind == kind]
        relations = Counter(link.relation for link in links)
        cells = [name, f"{kind}s", f"{len(linked(scheme, kind))} of {len(known)}", len(links)]
        cells += [relations[relation] for relation in ("exact", "close", "broader", "narrower")]
        assert f"| {' | '.join(map(str, cells))} |" in page


def test_links_of_a_term_come_from_both_schemes() -> None:
    links = links_of("de.query")
    assert ("esco", "use query languages", "exact") in {(link.scheme, link.label, link.relation) for link in links}
    assert {link.scheme for link in links} == {"esco", "onet"}
    assert {link.term for link in links} == {"de.query"}


def test_an_id_that_is_no_linked_term_has_no_links() -> None:
    assert links_of("de.fly") == ()


def test_a_concept_has_its_public_address() -> None:
    links = {(link.scheme, link.label): link.uri for link in links_of("data_scientist")}
    assert links["esco", "data scientist"] == (
        "http://data.europa.eu/esco/occupation/258e46f9-0075-4a2e-adae-1ff0477e0f30"
    )
    assert links["onet", "Data Scientists"] == "https://www.onetonline.org/link/summary/15-2051.00"


def test_a_skill_of_esco_has_an_address_and_a_technology_of_onet_has_none() -> None:
    links = {(link.scheme, link.label): link.uri for link in links_of("de.query")}
    assert links["esco", "SQL"] == "http://data.europa.eu/esco/skill/598de5b0-5b58-4ea7-8058-a4bc4d18c742"
    assert links["onet", "BigQuery"] == ""


def test_a_technology_bears_the_code_of_its_commodity() -> None:
    (link,) = read_crosswalk(HEAD + ONET, scheme="onet").links
    assert (link.code, link.label, link.commodity) == ("43232306", "A query program", "Query software")


def test_a_term_without_counterpart_is_kept_with_its_reason() -> None:
    text = HEAD + ESCO + '[[unlinked]]\nterm = "de.label"\nreason = "nothing like it"\n'
    (entry,) = read_crosswalk(text, scheme="esco").unlinked
    assert (entry.term, entry.reason) == ("de.label", "nothing like it")


@pytest.mark.parametrize(
    ("scheme", "text", "place"),
    [
        ("esco", HEAD + ESCO.replace("close", "related"), "esco.toml: link[1].relation: 'related'"),
        ("esco", HEAD + ESCO.replace('"skill"', '"task"'), "esco.toml: link[1].kind: 'task'"),
        ("esco", HEAD + ESCO.replace("0d282d6e-", "0d282d6e"), "esco.toml: link[1].uuid: "),
        ("esco", HEAD + ESCO.replace('type = "skill"', 'type = "occupation"'), "esco.toml: link[1].type: "),
        ("esco", HEAD + ESCO.replace("label =", "lable ="), "esco.toml: link[1].lable: "),
        ("esco", HEAD + ESCO + ESCO, "esco.toml: link[2]: research is linked"),
        ("esco", HEAD.replace("credit", "thanks") + ESCO, "esco.toml: thanks: "),
        ("esco", HEAD.replace("2026-11-21", '"today"') + ESCO, "esco.toml: checked_on: "),
        ("esco", HEAD + "[[link]", "esco.toml: (file): "),
        ("esco", HEAD + 'link = "none"', "esco.toml: link: "),
        (
            "esco",
            HEAD + ESCO + '[[unlinked]]\nterm = "research"\nreason = "none"\n',
            "esco.toml: unlinked[1].term: research",
        ),
        ("onet", HEAD + ONET.replace('example = "A query program"', ""), "onet.toml: link[1].example: "),
        ("onet", HEAD + ONET + 'soc = "15-2051.00"', "onet.toml: link[1].soc: "),
        ("onet", HEAD + ONET.replace("43232306", "4323"), "onet.toml: link[1].commodity_code: "),
        ("onet", HEAD + ONET.replace('"subtask"', '"role"'), "onet.toml: link[1].type: "),
    ],
)
def test_a_faulty_file_is_refused_with_file_key_and_mend(scheme: Scheme, text: str, place: str) -> None:
    with pytest.raises(BadData) as caught:
        read_crosswalk(text, scheme=scheme)
    assert place in caught.value.message
    assert caught.value.hint
