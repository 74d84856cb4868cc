import re

import pytest
from selectolax.lexbor import LexborHTMLParser, LexborNode

from waymark.framework import Edition, needs_of, tabulate_involvement
from waymark.framework.crosswalk import load_crosswalks
from waymark.web.framework import find_faces, group_skills, nearest_links, tell_titles
from waymark.web.wording import INVOLVEMENT_WORDS

from .conftest import Visit


def read_page(visit: Visit, address: str) -> LexborHTMLParser:
    response = visit("GET", address)
    assert response.status_code == 200
    return LexborHTMLParser(response.text)


def words_of(node: LexborNode | None) -> str:
    assert node is not None
    return " ".join(node.text().split())


def test_the_matrix_says_in_words_what_each_role_does(visit: Visit, edition: Edition) -> None:
    rows = read_page(visit, "/framework").css(".matrix tbody tr")
    for row, (role, involvement) in zip(rows, tabulate_involvement(edition).items(), strict=True):
        assert words_of(row.css_first("th")) == edition.roles[role].name
        told = [words_of(cell) for cell in row.css("td")]
        assert told == [INVOLVEMENT_WORDS[word] for word in involvement.values()]


def test_the_framework_page_names_every_term(visit: Visit, edition: Edition) -> None:
    page = words_of(read_page(visit, "/framework").body)
    for terms in (
        edition.tasks,
        edition.subtasks,
        edition.skills,
        edition.roles,
        edition.org_types,
        edition.structures,
        edition.life_cycles,
    ):
        for term in terms.values():
            assert term.name in page


def test_the_life_cycle_is_drawn_with_a_link_to_each_task(visit: Visit, edition: Edition) -> None:
    drawing = read_page(visit, "/framework").css_first("svg.loop")
    assert drawing is not None
    assert {link.attributes["href"] for link in drawing.css("a")} == {
        f"/framework/tasks/{task}" for task in edition.tasks
    }
    assert words_of(drawing.css_first("title")).startswith("The life cycle: data engineering, modeling")


def test_a_role_page_tells_all_of_the_role(visit: Visit, edition: Edition) -> None:
    for role in edition.roles.values():
        page = words_of(read_page(visit, f"/framework/roles/{role.id}").body)
        assert role.summary in page
        for skill, need in needs_of(edition, role.id).items():
            assert f"{edition.skills[skill].name}{need.evidence}" in page.replace("  ", " ")
            assert f"{need.score} {need.range[0]} to {need.range[1]}" in page
        for names in role.tools.values():
            assert all(name in page for name in names)
        for title in role.titles:
            assert title in page
        for note in role.notes:
            assert note.text in page


def test_a_title_that_other_roles_share_names_them(visit: Visit, edition: Edition) -> None:
    page = words_of(read_page(visit, "/framework/roles/data_analyst").css_first(".titles"))
    assert "data scientist also Data scientist" in page
    assert "risk analyst this role only" in page
    assert tell_titles(edition, "data_analyst")["risk analyst"] == ()


def test_a_variant_has_a_page_with_its_own_needs(visit: Visit, edition: Edition) -> None:
    page = read_page(visit, "/framework/roles/deep_learning_engineer")
    need = edition.variants["deep_learning_engineer"].needs["deep_learning"]
    assert "A variant of Machine learning engineer" in words_of(page.body)
    assert f"{need.score} {need.range[0]} to {need.range[1]}" in words_of(page.css_first(".skills"))


def test_a_task_page_tells_every_subtask_and_the_skills_it_draws_on(visit: Visit, edition: Edition) -> None:
    for task in edition.tasks:
        page = read_page(visit, f"/framework/tasks/{task}")
        for subtask in edition.subtasks.values():
            if subtask.task != task:
                continue
            entry = page.css_first(f"li[id='{subtask.id}']")
            assert subtask.description in words_of(entry)
            assert all(example.text in words_of(entry) for example in subtask.examples)
            linked = [link.attributes["href"] for link in entry.css(".chips a")]  # type: ignore[union-attr]
            assert linked == [f"/framework/skills/{reference.partition('/')[0]}" for reference in subtask.skills]


def test_a_skill_page_tells_its_work_and_its_levels_by_role(visit: Visit, edition: Edition) -> None:
    for skill in edition.skills.values():
        page = read_page(visit, f"/framework/skills/{skill.id}")
        text = words_of(page.body)
        assert skill.definition in text
        assert len(page.css(".skills tbody tr")) == len(edition.roles) + len(edition.variants)
        assert all(item in text for items in skill.topics.values() for item in items)


def test_wherever_a_crosswalk_is_shown_its_credit_stands(visit: Visit, addresses: tuple[str, ...]) -> None:
    for address in addresses:
        text = words_of(read_page(visit, address).body)
        if re.search("O.NET", text):
            assert all(crosswalk.credit in text for crosswalk in load_crosswalks())


def test_the_about_page_credits_every_source(visit: Visit, edition: Edition) -> None:
    text = words_of(read_page(visit, "/about").body)
    assert all(source.title in text for source in edition.about.sources.values())
    assert all(rule in text for rule in edition.about.reconstruction.rules.values())
    assert "Apache License 2.0" in text


def test_every_skill_stands_in_one_group(edition: Edition) -> None:
    members = [skill for skills in group_skills(edition).values() for skill in skills]
    assert sorted(members) == sorted(edition.skills)


def test_a_facet_is_named_beside_the_work_that_uses_it(edition: Edition) -> None:
    faces = find_faces(edition, "domain_specific_languages")
    assert faces["de.query"] == "Data query languages"
    assert faces["mo.accelerate"] == "Languages for accelerators"


def test_nearer_concepts_come_first() -> None:
    relations = [link.relation for link in nearest_links("data_scientist") if link.scheme == "esco"]
    assert relations == sorted(relations, key=["exact", "close", "narrower", "broader"].index)


@pytest.mark.parametrize("kind", ["roles", "tasks", "skills"])
def test_an_unknown_term_is_not_found_and_names_the_known_ones(visit: Visit, kind: str) -> None:
    response = visit("GET", f"/framework/{kind}/<b>x</b>")
    assert response.status_code == 404
    response = visit("GET", f"/framework/{kind}/nurse")
    assert response.status_code == 404
    assert f"{kind.title()} are " in response.text
