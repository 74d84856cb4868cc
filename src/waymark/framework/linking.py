"""Whether the terms of an edition agree with one another: references, orders, facets, needs, variants.

What an overlay adds need not be named by files that it did not touch: a shipped role may be silent on an
added task or skill, and a shipped facet on an added subtask.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import TypeVar

from waymark.framework.editions import Edition, folders_of
from waymark.framework.faults import Fault, Page
from waymark.framework.scale import HIGHEST_SCORE, level_of_score
from waymark.framework.terms import (
    LifeCycle,
    Need,
    OrgType,
    ProficiencyWord,
    Role,
    Skill,
    Subtask,
    Task,
    Term,
    Variant,
    split_skill,
)

T = TypeVar("T", bound=Term)


def find_loose_links(edition: Edition) -> Iterator[Fault]:
    """Yield each fault between the terms of an edition; files are paths within it."""
    yield from _check_ids(edition)
    yield from _check_orders(edition)
    yield from _check_short_names(edition)
    yield from chain.from_iterable(_check_org_type(edition, term) for term in edition.org_types.values())
    yield from chain.from_iterable(_check_life_cycle(edition, term) for term in edition.life_cycles.values())
    yield from chain.from_iterable(_check_task(edition, term) for term in edition.tasks.values())
    yield from chain.from_iterable(_check_subtask(edition, term) for term in edition.subtasks.values())
    yield from chain.from_iterable(_check_skill(edition, term) for term in edition.skills.values())
    yield from chain.from_iterable(_check_role(edition, term) for term in edition.roles.values())
    yield from chain.from_iterable(_check_variant(edition, term) for term in edition.variants.values())


def _page(folder: str, term: Term) -> Page:
    return Page(file=f"{folder}/{term.id}.toml")


def _shipped(edition: Edition, folder: str, ids: Iterable[str]) -> list[str]:
    """Leave out the ids that an overlay added."""
    return [name for name in ids if f"{folder}/{name}.toml" not in edition.added]


def _check_ids(edition: Edition) -> Iterator[Fault]:
    homes: dict[str, str] = {}
    pages = [(folder, term) for folder, terms in folders_of(edition).items() for term in terms.values()]
    for folder, term in sorted(pages, key=lambda page: _page(*page).file in edition.overlaid):
        if homes.setdefault(term.id, folder) != folder:
            message = f"the id {term.id} is taken by {homes[term.id]}/{term.id}.toml"
            yield _page(folder, term).fault("(file)", message, "rename this file")


def _check_orders(edition: Edition) -> Iterator[Fault]:
    for folder, terms in folders_of(edition).items():
        taken: dict[tuple[str, int], str] = {}
        for term in _rank_by_origin(edition, folder, terms):
            family = term.task if isinstance(term, Subtask) else ""
            place = (family, term.order)
            if term.order < 1:
                yield _page(folder, term).fault("order", f"{term.order} is no place in an order", "count from 1")
            if place in taken:
                free = 1 + max(other.order for other in terms.values())
                message = f"{term.order} is already the order of {taken[place]}"
                yield _page(folder, term).fault("order", message, f"use another number; {free} is free")
            taken.setdefault(place, term.id)


def _check_short_names(edition: Edition) -> Iterator[Fault]:
    codes: dict[str, str] = {}
    for task in _rank_by_origin(edition, "tasks", edition.tasks):
        if codes.setdefault(task.code, task.id) != task.id:
            message = f"{task.code} is already the code of {codes[task.code]}"
            yield _page("tasks", task).fault("code", message, "choose another code")
    names: dict[str, str] = {}
    for role in _rank_by_origin(edition, "roles", edition.roles):
        if names.setdefault(role.abbreviation, role.id) != role.id:
            message = f"{role.abbreviation} already stands for {names[role.abbreviation]}"
            yield _page("roles", role).fault("abbreviation", message, "choose another abbreviation")


def _rank_by_origin(edition: Edition, folder: str, terms: Mapping[str, T]) -> list[T]:
    """Put the terms that overlays put in place last, so that they are blamed for what they repeat."""
    return sorted(terms.values(), key=lambda term: f"{folder}/{term.id}.toml" in edition.overlaid)


def _check_org_type(edition: Edition, term: OrgType) -> Iterator[Fault]:
    page = _page("org_types", term)
    others = [name for name in edition.org_types if name != term.id]
    yield from page.find_unknown("combines", term.combines, known=others, what="other organisation type")
    if not term.workflow and not term.combines:
        yield page.fault("workflow", "there is neither a workflow nor what it combines", "add workflow = [...]")


def _check_life_cycle(edition: Edition, term: LifeCycle) -> Iterator[Fault]:
    page = _page("life_cycles", term)
    others = [name for name in edition.life_cycles if name != term.id]
    yield from page.find_unknown("template", filter(None, [term.template]), known=others, what="other life cycle")
    for key, steps in (("steps", term.steps), ("cross_cutting", term.cross_cutting)):
        for place, step in enumerate(steps, start=1):
            named = filter(None, [step.task])
            yield from page.find_unknown(f"{key}[{place}].task", named, known=edition.tasks, what="task")
    walked = {step.task for step in term.steps}
    for place, absent in enumerate(term.absent_tasks, start=1):
        key = f"absent_tasks[{place}].task"
        yield from page.find_unknown(key, [absent.task], known=edition.tasks, what="task")
        if absent.task in walked:
            yield page.fault(key, f"{absent.task} is absent and has a step", "delete one of the two")
    if not term.steps:
        yield page.fault("steps", "the list is empty", "name the steps")


def _check_task(edition: Edition, term: Task) -> Iterator[Fault]:
    page = _page("tasks", term)
    others = [task for task in edition.tasks.values() if task.id != term.id]
    yield from page.find_unknown("supports", term.supports, known=[task.id for task in others], what="other task")
    yield from _check_union(page, "supports", term.supports, by_edition=term.supports_by_edition)
    if not any(subtask.task == term.id for subtask in edition.subtasks.values()):
        yield page.fault("(file)", "the task has no subtask", f"add subtasks/{term.code}.<name>.toml")


def _check_union(
    page: Page, key: str, names: Iterable[str], *, by_edition: Mapping[str, tuple[str, ...]]
) -> Iterator[Fault]:
    union = set(chain.from_iterable(by_edition.values()))
    if by_edition and union != set(names):
        odd = ", ".join(sorted(union ^ set(names)))
        message = f"the lists by edition do not add up to {key}; they differ in {odd}"
        yield page.fault(f"{key}_by_edition", message, f"make {key} the union of the lists by edition")


def _check_subtask(edition: Edition, term: Subtask) -> Iterator[Fault]:
    page = _page("subtasks", term)
    yield from page.find_unknown("task", [term.task], known=edition.tasks, what="task")
    task = edition.tasks.get(term.task)
    if task is not None and not term.id.startswith(f"{task.code}."):
        message = f"the subtasks of {task.id} have ids that start with {task.code}."
        yield page.fault("(file)", message, f"rename the file to {task.code}.<name>.toml, or change its task")
    if not term.skills:
        yield page.fault("skills", "the list is empty", "name the skills that the subtask draws on")
    yield from page.find_unknown("skills", term.skills, known=_skill_references(edition), what="skill or facet")
    yield from _check_union(page, "skills", term.skills, by_edition=term.skills_by_edition)
    yield from _check_facet_use(edition, page, term)


def _skill_references(edition: Edition) -> list[str]:
    facets = [f"{skill.id}/{facet}" for skill in edition.skills.values() for facet in skill.facets]
    return [*edition.skills, *facets]


def _check_facet_use(edition: Edition, page: Page, term: Subtask) -> Iterator[Fault]:
    for name, facet in map(split_skill, term.skills):
        found = edition.skills[name].facets.get(facet) if name in edition.skills else None
        if found and term.id not in found.used_by and page.file not in edition.added:
            message = f"facets.{facet}.used_by of skills/{name}.toml does not list {term.id}"
            yield page.fault("skills", message, "add it there, or change the skill here")


def _check_skill(edition: Edition, term: Skill) -> Iterator[Fault]:
    page = _page("skills", term)
    groups = edition.about.skill_groups
    yield from page.find_unknown("group", [term.group], known=groups, what="skill group")
    if term.group in groups and term.id not in groups[term.group].members and page.file not in edition.added:
        message = f"the group {term.group} of edition.toml does not list {term.id}"
        yield page.fault("group", message, "add it to the members there, or change the group here")
    for name, facet in term.facets.items():
        key = f"facets.{name}.used_by"
        yield from page.find_unknown(key, facet.used_by, known=edition.subtasks, what="subtask")
        for user in facet.used_by:
            if user in edition.subtasks and f"{term.id}/{name}" not in edition.subtasks[user].skills:
                message = f"{user} does not use {term.id}/{name}"
                yield page.fault(key, message, f"delete {user} here, or add the facet to its skills")


def _check_role(edition: Edition, term: Role) -> Iterator[Fault]:
    page = _page("roles", term)
    yield from _check_keys(page, "tasks", term.tasks, edition.tasks, demanded=_shipped(edition, "tasks", edition.tasks))
    demanded = _shipped(edition, "skills", edition.skills)
    yield from _check_keys(page, "needs", term.needs, edition.skills, demanded=demanded)
    yield from _check_needs(page, term.needs)
    yield from _check_involvement(edition, page, term)
    for place, word in enumerate(term.proficiency_words, start=1):
        yield from _check_word(edition, page, f"proficiency_words[{place}]", word)


def _check_keys(
    page: Page, key: str, given: Iterable[str], known: Iterable[str], *, demanded: Iterable[str]
) -> Iterator[Fault]:
    what = {"tasks": "task", "needs": "skill"}[key]
    names = list(given)
    yield from page.find_unknown(key, names, known=known, what=what)
    for name in demanded:
        if name not in names:
            yield page.fault(f"{key}.{name}", f"the {what} {name} is missing", f"add it under {key}")


def _check_involvement(edition: Edition, page: Page, term: Role) -> Iterator[Fault]:
    for task in term.optional_tasks:
        if term.tasks.get(task) != "optional":
            message = f"{task} is not optional for the role"
            yield page.fault(f"optional_tasks.{task}", message, f'set tasks.{task} = "optional", or delete this')
    if term.complements is None:
        return
    yield from page.find_unknown("complements.tasks", term.complements.tasks, known=edition.tasks, what="task")
    for task in term.complements.tasks:
        if term.tasks.get(task) == "full":
            message = f"{task} is left to others and carried out in full"
            yield page.fault("complements.tasks", message, f"delete {task} here, or change tasks.{task}")


def _check_word(edition: Edition, page: Page, key: str, word: ProficiencyWord) -> Iterator[Fault]:
    about = edition.about
    if bool(word.group) == bool(word.skill):
        yield page.fault(key, "a word is said of a group or of a skill", "give either group or skill")
    yield from page.find_unknown(f"{key}.group", filter(None, [word.group]), known=about.skill_groups, what="group")
    skills = filter(None, [word.skill])
    yield from page.find_unknown(f"{key}.skill", skills, known=_skill_references(edition), what="skill or facet")
    for name, said in (("word", [word.word]), ("word_by_edition", list(word.word_by_edition.values()))):
        known = about.proficiency.words
        yield from page.find_unknown(f"{key}.{name}", said, known=known, what="proficiency word")


def _check_needs(page: Page, needs: Mapping[str, Need]) -> Iterator[Fault]:
    for skill, need in needs.items():
        low, high = need.range
        if not 0 <= low <= high <= HIGHEST_SCORE:
            message = f"{low} to {high} is not a range of scores"
            yield page.fault(f"needs.{skill}.range", message, f"give low <= high within 0 to {HIGHEST_SCORE}")
        if not 0 <= need.score <= HIGHEST_SCORE:
            message = f"{need.score} is not a score"
            yield page.fault(f"needs.{skill}.score", message, f"give a whole number of 0 to {HIGHEST_SCORE}")
        elif not low <= need.score <= high:
            message = f"the score {need.score} is outside its range of {low} to {high}"
            yield page.fault(f"needs.{skill}.score", message, "widen the range or change the score")
        elif need.level != level_of_score(need.score):
            right = level_of_score(need.score)
            message = f"the score {need.score} is of level {right}, not {need.level}"
            yield page.fault(f"needs.{skill}.level", message, f"set level = {right}, or change the score")


def _check_variant(edition: Edition, term: Variant) -> Iterator[Fault]:
    page = _page("variants", term)
    bases = [*edition.roles, *edition.variants]
    yield from page.find_unknown("base", [term.base], known=bases, what="role or variant")
    if term.id in _walk_bases(edition, term):
        yield page.fault("base", "the variant is based on itself, by way of its bases", "base it on a role")
    yield from page.find_unknown("adds", term.adds, known=edition.skills, what="skill")
    yield from page.find_unknown("needs", term.needs, known=edition.skills, what="skill")
    yield from _check_needs(page, term.needs)
    for skill in term.adds:
        if skill not in term.needs:
            message = f"the variant adds {skill} and does not say how much of it"
            yield page.fault("adds", message, f"add [needs.{skill}], or delete it here")


def _walk_bases(edition: Edition, term: Variant) -> list[str]:
    """Follow the bases of a variant until a role, an unknown id or a base seen before."""
    walked: list[str] = []
    base = term.base
    while base not in walked:
        walked.append(base)
        base = edition.variants[base].base if base in edition.variants else base
    return walked
