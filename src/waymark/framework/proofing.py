"""Whether the first page of an edition is right: codes, counts, scale, groups, tests, discrepancies."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass

from waymark.framework import scale
from waymark.framework.editions import About, Edition, folders_of
from waymark.framework.faults import Fault, Page

ABOUT = Page(file="edition.toml")

ALL_ROLES = "all"
"""Stands for each role in the additions of the role pages."""


def find_misprints(edition: Edition) -> Iterator[Fault]:
    """Yield each fault of the first page, and each code of origin in the edition that it does not explain."""
    yield from _check_codes(edition)
    yield from _check_counts(edition)
    yield from _check_scale(edition.about)
    yield from _check_vocabulary(edition)
    yield from _check_external(edition)
    yield from _check_subjects(edition)


def _check_codes(edition: Edition) -> Iterator[Fault]:
    known = {"edition": edition.about.edition_codes, "provenance": edition.about.provenance_codes}
    pages: list[tuple[Page, object]] = [(ABOUT, edition.about)]
    for folder, terms in folders_of(edition).items():
        pages += [(Page(file=f"{folder}/{term.id}.toml"), term) for term in terms.values()]
    for page, value in pages:
        for key, kind, code in _walk_codes(value, ""):
            if code and code not in known[kind]:
                yield from page.find_unknown(key, [code], known=known[kind], what=f"{kind} code")
    codes = edition.about.edition_codes
    yield from ABOUT.find_unknown("sources", edition.about.sources, known=codes, what="edition code")


def _walk_codes(value: object, key: str) -> Iterator[tuple[str, str, str]]:
    """Yield key, kind (edition or provenance) and code of each code of origin within a value."""
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from _walk_codes(item, f"{key}{name}.")
    elif isinstance(value, tuple):
        for place, item in enumerate(value, start=1):
            yield from _walk_codes(item, f"{key[:-1]}[{place}].")
    elif is_dataclass(value):
        for member in fields(value):
            yield from _find_code(member.name, getattr(value, member.name), key)


def _find_code(name: str, value: object, key: str) -> Iterator[tuple[str, str, str]]:
    kind = name.rpartition("_")[2]
    if name.endswith("_by_edition") and isinstance(value, Mapping):
        yield from ((f"{key}{name}.{code}", "edition", code) for code in value)
    elif kind in {"edition", "provenance"} and isinstance(value, str):
        yield f"{key}{name}", kind, value
    elif not isinstance(value, str):
        yield from _walk_codes(value, f"{key}{name}.")


def _check_counts(edition: Edition) -> Iterator[Fault]:
    """Compare the counts with the terms, unless overlays changed terms and left the first page as it was."""
    if edition.overlaid:
        return
    held = _count_terms(edition)
    counts = edition.about.counts
    for name in (member.name for member in fields(counts)):
        stated = getattr(counts, name)
        if isinstance(stated, int) and stated != held[name]:
            yield _blame_count(name, stated, held[name])
    yield from ABOUT.find_unknown("counts.subtasks_by_task", counts.subtasks_by_task, known=edition.tasks, what="task")
    by_task = Counter(subtask.task for subtask in edition.subtasks.values())
    for task in edition.tasks:
        stated = counts.subtasks_by_task.get(task, 0)
        if stated != by_task[task]:
            yield _blame_count(f"subtasks_by_task.{task}", stated, by_task[task])


def _count_terms(edition: Edition) -> dict[str, int]:
    return {
        **{folder: len(terms) for folder, terms in folders_of(edition).items()},
        "life_cycle_variants": sum(bool(cycle.template) for cycle in edition.life_cycles.values()),
        "skills_defined_in_text": sum(skill.definition_provenance == "text" for skill in edition.skills.values()),
    }


def _blame_count(name: str, stated: int, held: int) -> Fault:
    message = f"{stated} are stated and {held} are there"
    return ABOUT.fault(f"counts.{name}", message, "correct the number, or find what is missing or too much")


def _check_scale(about: About) -> Iterator[Fault]:
    theta_map = about.proficiency.theta_map
    stated = {
        "centre": (theta_map.centre, scale.CENTRE),
        "slope": (theta_map.slope, scale.POINTS_PER_LOGIT),
        "clip": (theta_map.clip, (scale.LOWEST_SCORE, scale.HIGHEST_SCORE)),
        "cuts": (theta_map.cuts, scale.CUTS),
    }
    for name, (given, fixed) in stated.items():
        if given != fixed:
            yield ABOUT.fault(f"proficiency.theta_map.{name}", f"the scale is fixed and has {fixed}", f"write {fixed}")
    levels = [(level.level, level.name, level.band) for level in about.proficiency.levels]
    fixed_levels = list(zip(range(len(scale.BANDS)), scale.LEVEL_NAMES, scale.BANDS, strict=True))
    if levels != fixed_levels:
        mend = f"write the levels {', '.join(scale.LEVEL_NAMES)} with their bands, in this order"
        yield ABOUT.fault("proficiency.levels", "numbers, names and bands of the levels are fixed", mend)


def _check_vocabulary(edition: Edition) -> Iterator[Fault]:
    about = edition.about
    for name, group in about.skill_groups.items():
        key = f"skill_groups.{name}.members"
        yield from ABOUT.find_unknown(key, group.members, known=edition.skills, what="skill")
    for name, word in about.proficiency.words.items():
        if any(not 0 <= score <= scale.HIGHEST_SCORE for score in word.scores):
            key = f"proficiency.words.{name}.scores"
            yield ABOUT.fault(key, "a score is out of range", f"give scores of 0 to {scale.HIGHEST_SCORE}")
    fixed = ("full", "dotted", "optional", "none")
    yield from ABOUT.find_unknown("involvement", about.involvement, known=fixed, what="involvement")
    for name in fixed:
        if name not in about.involvement:
            yield ABOUT.fault(f"involvement.{name}", "this involvement is missing", "say its meaning and weight")
        elif not 0 <= about.involvement[name].weight <= 1:
            yield ABOUT.fault(f"involvement.{name}.weight", "the weight is not a share", "give a weight of 0 to 1")


def _check_external(edition: Edition) -> Iterator[Fault]:
    external = edition.about.external
    roles = [*edition.roles, *edition.variants]
    yield from ABOUT.find_unknown("external.tests", external.tests, known=edition.skills, what="skill")
    for skill, test in external.tests.items():
        key = f"external.tests.{skill}.for_roles"
        yield from ABOUT.find_unknown(key, test.for_roles, known=roles, what="role or variant")
    for role, advice in external.recommended.items():
        key = f"external.recommended.{role}"
        yield from ABOUT.find_unknown(key, [role], known=roles, what="role or variant")
        yield from ABOUT.find_unknown(f"{key}.tests", advice.tests, known=external.tests, what="test")
    for place, addition in enumerate(external.role_page_additions, start=1):
        key = f"external.role_page_additions[{place}].role"
        yield from ABOUT.find_unknown(key, [addition.role], known=[*roles, ALL_ROLES], what="role or variant")
    minutes = sum(test.minutes for test in external.tests.values())
    if minutes != external.total_minutes:
        message = f"the tests take {minutes} minutes, not {external.total_minutes}"
        yield ABOUT.fault("external.total_minutes", message, f"write {minutes}, or correct the minutes of a test")


def _check_subjects(edition: Edition) -> Iterator[Fault]:
    """Check what discrepancies and running examples are about: terms, folders, or keys of the first page."""
    folders = folders_of(edition)
    terms = [name for members in folders.values() for name in members]
    sections = [*folders, *(member.name for member in fields(edition.about))]
    for name, discrepancy in edition.about.discrepancies.items():
        key = f"discrepancies.{name}.about"
        yield from ABOUT.find_unknown(key, discrepancy.about, known=[*terms, *sections], what="term or section")
    for place, example in enumerate(edition.about.running_examples, start=1):
        key = f"running_examples[{place}].used_for"
        known = [*terms, *edition.about.principles]
        yield from ABOUT.find_unknown(key, example.used_for, known=known, what="term or principle")
