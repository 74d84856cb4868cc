"""What follows from an edition: which role does what, who covers which tasks, what titles may mean."""

from collections.abc import Iterable
from itertools import combinations

from waymark.errors import UnknownTerm
from waymark.framework.editions import Edition
from waymark.framework.terms import Involvement, Need, Role, Variant, split_skill

CARRIED: frozenset[Involvement] = frozenset({"full", "dotted"})
"""Involvements by which a role carries out the subtasks of a task."""

NOT_NEEDED = Need(level=0, score=0, range=(0, 0), confidence="low", evidence="The role does not name this skill.")


def find_role(edition: Edition, role: str) -> tuple[Role, tuple[Variant, ...]]:
    """Return the role that a role or variant is or is based on, and the variants on the way from it.

    Raises `UnknownTerm`.
    """
    variants: tuple[Variant, ...] = ()
    name = role
    while name in edition.variants:
        variants = (edition.variants[name], *variants)
        name = edition.variants[name].base
    if name not in edition.roles:
        raise UnknownTerm(f"there is no role {name!r}", hint=f"roles are {', '.join(edition.roles)}")
    return edition.roles[name], variants


def needs_of(edition: Edition, role: str) -> dict[str, Need]:
    """Return what a role or variant needs of each skill of the edition, in the order of the skills.

    Raises `UnknownTerm`.
    """
    found, variants = find_role(edition, role)
    needs = dict(found.needs)
    for variant in variants:
        needs.update(variant.needs)
    return {skill: needs.get(skill, NOT_NEEDED) for skill in edition.skills}


def involvement_of(edition: Edition, role: str) -> dict[str, Involvement]:
    """Return the involvement of a role or variant in each task; raises `UnknownTerm`."""
    tasks = find_role(edition, role)[0].tasks
    return {task: tasks.get(task, "none") for task in edition.tasks}


def tabulate_involvement(edition: Edition) -> dict[str, dict[str, Involvement]]:
    """Return the matrix of roles by tasks."""
    return {role: involvement_of(edition, role) for role in edition.roles}


def tabulate_weights(edition: Edition) -> dict[str, dict[str, float]]:
    """Return the matrix of roles by tasks, each involvement as its weight in the arithmetic of coverage."""
    weights = {name: code.weight for name, code in edition.about.involvement.items()}
    return {
        role: {task: weights[word] for task, word in row.items()} for role, row in tabulate_involvement(edition).items()
    }


def variants_of(edition: Edition, role: str) -> tuple[str, ...]:
    """Return the variants that name a role or variant as their base."""
    return tuple(variant.id for variant in edition.variants.values() if variant.base == role)


def subtasks_of(edition: Edition, role: str, *, carried: Iterable[Involvement] = CARRIED) -> tuple[str, ...]:
    """Return the subtasks of the tasks that a role carries out, by default with full or dotted involvement.

    Raises `UnknownTerm`.
    """
    words = frozenset(carried)
    tasks = {task for task, word in involvement_of(edition, role).items() if word in words}
    return tuple(subtask.id for subtask in edition.subtasks.values() if subtask.task in tasks)


def skills_of(edition: Edition, subtask: str) -> tuple[str, ...]:
    """Return the skills that a subtask draws on, without facets; raises `UnknownTerm`."""
    if subtask not in edition.subtasks:
        raise UnknownTerm(f"there is no subtask {subtask!r}", hint=f"subtasks are {', '.join(edition.subtasks)}")
    return tuple(dict.fromkeys(split_skill(skill)[0] for skill in edition.subtasks[subtask].skills))


def group_by_skill(edition: Edition, *, within: Iterable[str] | None = None) -> dict[str, tuple[str, ...]]:
    """Return for each skill the subtasks that draw on it, of all or of those within a given set.

    Raises `UnknownTerm`.
    """
    names = tuple(edition.subtasks if within is None else within)
    drawn = {subtask: skills_of(edition, subtask) for subtask in names}
    return {skill: tuple(subtask for subtask in names if skill in drawn[subtask]) for skill in edition.skills}


def find_uncovered_tasks(edition: Edition, role: str) -> tuple[str, ...]:
    """Return the tasks that a role does not carry out in full; raises `UnknownTerm`."""
    return tuple(task for task, word in involvement_of(edition, role).items() if word != "full")


def find_covers(
    edition: Edition, *, tasks: Iterable[str] | None = None, least: float = 1.0
) -> tuple[tuple[str, ...], ...]:
    """Return the minimal sets of roles that cover all tasks, or the given ones; smaller sets first.

    A role covers a task when its involvement weighs at least `least`; a set is minimal when it covers no more
    without any one of its roles. Raises `UnknownTerm` for an unknown task.
    """
    wanted = frozenset(edition.tasks if tasks is None else tasks)
    for task in sorted(wanted - edition.tasks.keys()):
        raise UnknownTerm(f"there is no task {task!r}", hint=f"tasks are {', '.join(edition.tasks)}")
    weights = tabulate_weights(edition)
    covered = {
        role: wanted & {task for task, weight in row.items() if weight >= least} for role, row in weights.items()
    }
    covers: list[tuple[str, ...]] = []
    for size in range(len(wanted) + 1):
        for group in combinations(covered, size):
            whole = frozenset[str]().union(*(covered[role] for role in group)) == wanted
            if whole and not any(set(smaller) <= set(group) for smaller in covers):
                covers.append(group)
    return tuple(covers)


def map_titles(edition: Edition, *, own_names: bool = False) -> dict[str, tuple[str, ...]]:
    """Return for each title in the wild the roles that list it, titles in alphabetical order.

    With `own_names` each role also answers to its own name, written as a title.
    """
    roles = edition.roles.values()
    listed = {role.id: (*role.titles, *([name_as_title(role.name)] if own_names else [])) for role in roles}
    titles = sorted({title for names in listed.values() for title in names})
    return {title: tuple(role for role, names in listed.items() if title in names) for title in titles}


def map_ambiguous_titles(edition: Edition, *, own_names: bool = False) -> dict[str, tuple[str, ...]]:
    """Return the titles that point to more than one role."""
    return {title: roles for title, roles in map_titles(edition, own_names=own_names).items() if len(roles) > 1}


def name_as_title(name: str) -> str:
    """Write the name of a role the way that titles are listed.

    >>> name_as_title("Software engineer, machine learning")
    'software engineer - machine learning'
    """
    return name[:1].lower() + name[1:].replace(", ", " - ")


def group_by_task(edition: Edition) -> dict[str, tuple[str, ...]]:
    """Return the subtasks of each task."""
    return {
        task: tuple(subtask.id for subtask in edition.subtasks.values() if subtask.task == task)
        for task in edition.tasks
    }
