"""The pages of the framework: the matrix, the life cycle, and a page a role, task and skill."""

from collections.abc import Mapping, Sequence

from fastapi.responses import Response
from starlette.requests import Request

from waymark.errors import UnknownTerm
from waymark.framework import (
    Edition,
    find_covers,
    find_role,
    group_by_skill,
    group_by_task,
    involvement_of,
    map_ambiguous_titles,
    needs_of,
    subtasks_of,
    tabulate_involvement,
    variants_of,
)
from waymark.framework.crosswalk import Link, links_of, load_crosswalks
from waymark.framework.editions import Discrepancy
from waymark.framework.terms import split_skill
from waymark.web.drawing import draw_loop
from waymark.web.sites import site_of

NEARNESS: Sequence[str] = ("exact", "close", "narrower", "broader")
"""Relations of the crosswalk, nearest first."""


def show_framework(request: Request) -> Response:
    """Show the whole framework on one page."""
    site = site_of(request)
    edition = site.edition
    return site.renderer.page(
        request,
        "framework.html",
        matrix=tabulate_involvement(edition),
        ring=draw_loop(edition),
        subtasks=group_by_task(edition),
        covers=find_covers(edition),
        groups=group_skills(edition),
        cycles=tuple(edition.life_cycles.values()),
    )


def show_role(request: Request) -> Response:
    """Show a role, or a variant of one."""
    site = site_of(request)
    edition, role = site.edition, request.path_params["role"]
    found, variants = find_role(edition, role)
    return site.renderer.page(
        request,
        "role.html",
        role=found,
        variant=variants[-1] if variants else None,
        chain=variants,
        needs=needs_of(edition, role),
        tasks=involvement_of(edition, role),
        subtasks=subtasks_of(edition, role),
        titles=tell_titles(edition, found.id),
        variants=variants_of(edition, role),
        discrepancies=find_discrepancies(edition, role),
        remarks=[row.text for row in edition.about.external.role_page_additions if row.role == role],
        links=nearest_links(role),
        crosswalks=load_crosswalks(),
    )


def show_task(request: Request) -> Response:
    """Show a task with its subtasks."""
    site = site_of(request)
    edition, task = site.edition, request.path_params["task"]
    if task not in edition.tasks:
        raise UnknownTerm(f"there is no task {task!r}", hint=f"tasks are {', '.join(edition.tasks)}")
    members = group_by_task(edition)[task]
    return site.renderer.page(
        request,
        "task.html",
        task=edition.tasks[task],
        subtasks=tuple(edition.subtasks[subtask] for subtask in members),
        involvement={role: row[task] for role, row in tabulate_involvement(edition).items()},
        discrepancies=find_discrepancies(edition, task, *members),
        links={subtask: nearest_links(subtask) for subtask in members},
        crosswalks=load_crosswalks(),
    )


def show_skill(request: Request) -> Response:
    """Show a skill: who needs how much of it, and for what work."""
    site = site_of(request)
    edition, skill = site.edition, request.path_params["skill"]
    if skill not in edition.skills:
        raise UnknownTerm(f"there is no skill {skill!r}", hint=f"skills are {', '.join(edition.skills)}")
    people = (*edition.roles, *edition.variants)
    return site.renderer.page(
        request,
        "skill.html",
        skill=edition.skills[skill],
        users=group_by_skill(edition)[skill],
        faces=find_faces(edition, skill),
        needs={role: needs_of(edition, role)[skill] for role in people},
        discrepancies=find_discrepancies(edition, skill),
        links=nearest_links(skill),
        crosswalks=load_crosswalks(),
    )


def show_about(request: Request) -> Response:
    """Show where everything comes from, how it is done, and what happens to what is pasted."""
    site = site_of(request)
    return site.renderer.page(request, "about.html", crosswalks=load_crosswalks())


def group_skills(edition: Edition) -> dict[str, tuple[str, ...]]:
    """Return the skills of each group, groups in the order of the edition."""
    skills = edition.skills.values()
    order = dict.fromkeys((*edition.about.skill_groups, *(skill.group for skill in skills)))
    groups = {group: tuple(skill.id for skill in skills if skill.group == group) for group in order}
    return {group: members for group, members in groups.items() if members}


def tell_titles(edition: Edition, role: str) -> dict[str, tuple[str, ...]]:
    """Return the titles of a role, each with the other roles that go by it."""
    shared = map_ambiguous_titles(edition, own_names=True)
    return {
        title: tuple(other for other in shared.get(title, ()) if other != role) for title in edition.roles[role].titles
    }


def find_faces(edition: Edition, skill: str) -> dict[str, str]:
    """Return for each subtask that draws on one face of a skill the name of that face."""
    faces: dict[str, str] = {}
    for subtask in edition.subtasks.values():
        for drawn, facet in map(split_skill, subtask.skills):
            if drawn == skill and facet in edition.skills[skill].facets:
                faces[subtask.id] = edition.skills[skill].facets[facet].name
    return faces


def find_discrepancies(edition: Edition, *terms: str) -> Mapping[str, Discrepancy]:
    """Return the points where the sources disagree about any of the terms."""
    wanted = set(terms)
    return {code: found for code, found in edition.about.discrepancies.items() if wanted & set(found.about)}


def nearest_links(term: str) -> tuple[Link, ...]:
    """Return the crosswalk of a term, nearest relations first."""
    return tuple(sorted(links_of(term), key=lambda link: (link.scheme, NEARNESS.index(link.relation))))
