"""Findings: what is wrong with a posting, each with its evidence."""

import re
from bisect import bisect_left as bisect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from waymark.demand.clues import Years, find_years, names_town, says_amount
from waymark.demand.cues import BIT, SENIORITY
from waymark.demand.lexicon import Concept
from waymark.demand.postings import Posting
from waymark.demand.readings import Evidence, Finding, SkillAsked
from waymark.framework import Edition, find_covers, find_role, needs_of

NONE = "none"
FOREIGN = "foreign"
SURE = 0.6  # probability from which a finding trusts the role or a task
UNLIKELY = 0.2  # probability below which the title's roles are held to be wrong
MANY_YEARS = 5
OPENING = 400  # characters at the start of a text that can call the whole post entry level
_ENTRY, _JUNIOR = BIT["seniority entry"], BIT["seniority junior"]
_YEARS_OR_OLDER = BIT["terms years"] | SENIORITY & ~(_ENTRY | _JUNIOR)
_AI_TITLE = re.compile(r"\b(?:data|machine learning|deep learning|ml|ai|nlp|analytics|mlops)\b", re.IGNORECASE)
_CLAUSE_END = re.compile(r"\n|\. |[;,]")  # what ends the words that years are asked of
REACH = 90  # characters after "N years" within which a tool is what the years are asked of

KINDS = (
    "title_disagrees",
    "too_many_tasks",
    "entry_level_with_many_years",
    "impossible_years",
    "no_level",
    "no_pay",
    "no_place",
    "foreign_skill",
    "narrowing_language",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the findings rest on: the posting, what was read in it, and its mentions.

    `dated` are (first year, span) of the asked tools in text order; `narrowing` the mentions of narrowing language.
    `cues` are (bits, start, end) of seniority, pay and place words, `title_cues` the bits in the title;
    `year_ends` where words for years end, the company's own years left out.
    `title_roles` are the roles that the title's words name, or `foreign`; none where it was read blind.
    """

    posting: Posting
    best: str
    probabilities: Mapping[str, float]
    tasks: Mapping[str, float]
    skills: Mapping[str, SkillAsked]
    evidence: Sequence[Evidence]
    dated: tuple[tuple[int, tuple[int, int, str]], ...]
    narrowing: tuple[tuple[Concept, Evidence], ...]
    title_roles: frozenset[str]
    year_ends: tuple[int, ...]
    title: str
    cues: tuple[tuple[int, int, int], ...]
    title_cues: int


def find_faults(facts: Facts, *, edition: Edition, year: int) -> tuple[Finding, ...]:
    """Return all findings, in the order of `KINDS`; `year` is the one in which the posting is read."""
    years = list(find_years(facts.posting.text, facts.year_ends))
    return (
        *_title_disagrees(facts, edition),
        *_too_many_tasks(facts, edition),
        *_entry_level(facts, years),
        *_impossible_years(facts, years, year),
        *_silence(facts, years),
        *_foreign_skills(facts, edition),
        *_narrowing(facts),
    )


def _title_disagrees(facts: Facts, edition: Edition) -> Iterator[Finding]:
    sure = facts.probabilities[facts.best] >= SURE
    named = sum(facts.probabilities.get(NONE if role == FOREIGN else role, 0.0) for role in facts.title_roles)
    if not facts.title_roles or not sure or named > UNLIKELY:
        return
    if facts.best == NONE:
        if FOREIGN in facts.title_roles or _AI_TITLE.search(facts.title) is None:
            return
        yield Finding(
            kind="title_disagrees",
            message=f"The title {facts.title!r} promises work in an AI team; the text asks for other work.",
        )
        return
    role = find_role(edition, facts.best)[0]
    titled = [name for name in facts.title_roles if name != FOREIGN]
    own = {task for task, how in role.tasks.items() if how == "full" and facts.tasks[task] >= 0.5}
    telling = own - {t for name in titled for t, how in edition.roles[name].tasks.items() if how == "full"}
    yield Finding(
        kind="title_disagrees",
        message=f"The title says {facts.title!r}; by its content this is a {role.name}"
        f" ({facts.probabilities[facts.best]:.0%} likely).",
        evidence=_evidence_for_tasks(facts, telling or own, edition)[:4],
    )


def _too_many_tasks(facts: Facts, edition: Edition) -> Iterator[Finding]:
    asked = frozenset(task for task, probability in facts.tasks.items() if probability >= SURE)
    if facts.best == NONE or not asked or len(_covers(edition, asked)[0]) <= 1:
        return
    covers = _covers(edition, asked)
    least = len(covers[0])
    teams = [" + ".join(edition.roles[role].name for role in team) for team in covers if len(team) == least]
    tasks = ", ".join(edition.tasks[task].name.lower() for task in edition.tasks if task in asked)
    yield Finding(
        kind="too_many_tasks",
        message=f"One person is asked for {tasks}; no single role covers all of them."
        f" The smallest team that would: {' or '.join(teams[:3])}.",
        evidence=_evidence_for_tasks(facts, asked, edition),
    )


def _covers(edition: Edition, tasks: frozenset[str]) -> tuple[tuple[str, ...], ...]:
    """Return the minimal teams for a set of tasks; a dotted involvement counts, since one person is asked."""
    return _cached_covers(_ById(edition), tasks)


class _ById:
    """An edition as a key of a cache: equal by content digest, so that equal editions share answers."""

    __slots__ = ("edition",)

    def __init__(self, edition: Edition) -> None:
        self.edition = edition

    def __hash__(self) -> int:
        return hash(self.edition.digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ById) and other.edition.digest == self.edition.digest


@cache
def _cached_covers(key: _ById, tasks: frozenset[str]) -> tuple[tuple[str, ...], ...]:
    return find_covers(key.edition, tasks=tasks, least=0.5)


def _evidence_for_tasks(facts: Facts, tasks: frozenset[str] | set[str], edition: Edition) -> tuple[Evidence, ...]:
    """Return up to two spans a task, from the evidence for its subtasks."""
    found: list[Evidence] = []
    for task in edition.tasks:
        if task in tasks:
            own = [e for e in facts.evidence if e.kind == "subtask" and edition.subtasks[e.id].task == task]
            found += own[:2]
    return tuple(found)


def _entry_level(facts: Facts, years: list[Years]) -> Iterator[Finding]:
    most = max(years, key=lambda one: one.least, default=None)
    if most is None or most.least < MANY_YEARS:
        return
    text = facts.posting.text
    said = [
        (start, end)
        for bits, start, end in facts.cues
        if bits & _ENTRY and not bits & _YEARS_OR_OLDER and start < OPENING
    ]
    titled = facts.title_cues & (_ENTRY | _JUNIOR) and not facts.title_cues & _YEARS_OR_OLDER
    if not titled and not said:
        return
    kind = "entry_level_with_many_years"
    yield Finding(
        kind=kind,
        message=f"Called entry level, yet {most.least} years are asked.",
        evidence=tuple(_quote(text, *span, kind) for span in (*said[:1], (most.start, most.end))),
    )


def _impossible_years(facts: Facts, years: list[Years], year: int) -> Iterator[Finding]:
    posted = facts.posting.posted[:4]
    when = min(year, int(posted)) if posted.isdecimal() and int(posted) > 1990 else year
    text = facts.posting.text
    kind = "impossible_years"
    starts = [start for _, (start, _, _) in facts.dated]
    for number, one in enumerate(years):
        limit = min(one.end + REACH, years[number + 1].start if number + 1 < len(years) else len(text))
        clause = _CLAUSE_END.search(text, one.end, limit)
        stop = limit if clause is None else clause.start()
        for since, (start, end, said) in facts.dated[max(0, bisect(starts, one.start) - 1) : bisect(starts, stop)]:
            owned = one.end <= start < stop or (end < one.start and text[end : one.start].strip() == "(")
            if owned and one.least > when - since:
                yield Finding(
                    kind=kind,
                    message=f"{one.least} years of {said} are asked; it came out in {since},"
                    f" {when - since} years before {when}.",
                    evidence=(_quote(text, one.start, one.end, kind), _quote(text, start, end, kind)),
                )


def _silence(facts: Facts, years: list[Years]) -> Iterator[Finding]:
    posting, text = facts.posting, facts.posting.text
    said = 0
    for bits, _, _ in facts.cues:
        said |= bits
    if not years and not (said | facts.title_cues) & SENIORITY:
        yield Finding(kind="no_level", message="Nothing says at what level the post is: no step, no years.")
    paid = posting.salary_min is not None or posting.salary_max is not None
    if (
        not paid
        and not said & BIT["terms pay"]
        and not says_amount(text, (start for bits, start, _ in facts.cues if bits & BIT["terms currency"]))
    ):
        yield Finding(kind="no_pay", message="Nothing is said of pay.")
    if not posting.location and not said & BIT["terms place"] and not names_town(text):
        yield Finding(kind="no_place", message="Nothing says where the work is done.")


def _foreign_skills(facts: Facts, edition: Edition) -> Iterator[Finding]:
    if facts.best == NONE or facts.probabilities[facts.best] < SURE:
        return
    needs = needs_of(edition, facts.best)
    for skill, asked in facts.skills.items():
        ceiling = needs[skill].range[1]
        if asked.level < 2 or not asked.required or asked.mean - asked.sd <= ceiling or skill == "deep_learning":
            continue
        owners = [role for role in edition.roles if needs_of(edition, role)[skill].level == 3]
        if owners:
            spans = [e for e in facts.evidence if e.kind == "skill" and e.id == skill]
            role = edition.roles[facts.best].name
            yield Finding(
                kind="foreign_skill",
                message=f"{edition.skills[skill].name} is asked at level {asked.level}; a {role}"
                f" needs at most {ceiling} of 300. It belongs to: {', '.join(edition.roles[r].name for r in owners)}.",
                evidence=tuple(spans[:3]),
            )


def _narrowing(facts: Facts) -> Iterator[Finding]:
    for concept, evidence in facts.narrowing:
        yield Finding(
            kind="narrowing_language",
            message=f"“{evidence.text}”: {concept.reason} Better: {concept.instead}",
            evidence=(evidence,),
        )


def _quote(text: str, start: int, end: int, kind: str) -> Evidence:
    return Evidence(start, end, text[start:end], "finding", kind, "other")
