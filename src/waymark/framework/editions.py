"""An edition: all terms of the framework, and what its first page (`edition.toml`) says of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from waymark.framework.terms import (
    LifeCycle,
    Note,
    OrgType,
    Role,
    Skill,
    Structure,
    Subtask,
    Task,
    Term,
    Variant,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A seed document, and what it has or lacks beside the other."""

    short: str
    title: str
    publisher: str
    dated: str
    file: str
    has: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceOrder:
    """Which seed document came first, as far as one can tell."""

    value: str
    why: str
    provenance: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many terms the edition holds; not compared once an overlay has changed some of them."""

    org_types: int
    structures: int
    life_cycle_variants: int
    tasks: int
    subtasks: int
    skills: int
    skills_defined_in_text: int
    roles: int
    variants: int
    subtasks_by_task: Mapping[str, int]
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """What the seeds are for."""

    stated: tuple[str, ...]
    living_document: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A fact that the seeds rest on."""

    text: str
    edition: str
    provenance: str
    companies_named: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Principle:
    """A belief that the framework is built on."""

    text: str
    edition: str
    provenance: str
    why: str = ""
    example: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningExample:
    """A story that the seeds come back to, and the principles or tasks it explains."""

    name: str
    used_for: tuple[str, ...]
    edition: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InvolvementCode:
    """What an involvement of a role in a task means, and its weight in the arithmetic of coverage."""

    meaning: str
    weight: float
    provenance: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillGroup:
    """Skills that the seeds speak of together."""

    members: tuple[str, ...]
    provenance: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedWord:
    """A proficiency word of the seeds: its rank (0 to 4) and the scores it is read as."""

    phrase: str
    rank: int | None = None
    scores: tuple[int, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One level of the proficiency scale, with its band of scores."""

    level: int
    name: str
    band: tuple[int, int]
    can: str
    provenance: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ThetaMap:
    """How ability in logits becomes a score: centre + slope * theta, clipped."""

    centre: float
    slope: float
    clip: tuple[int, int]
    cuts: tuple[float, float]
    provenance: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proficiency:
    """The proficiency scale and the words that lead to it."""

    words: Mapping[str, SeedWord]
    words_note: str
    words_provenance: str
    levels: tuple[Level, ...]
    levels_note: str
    theta_map: ThetaMap


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingFigure:
    """A figure of the seeds that did not survive, and whether its content can be rebuilt."""

    where: str
    holds: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconstruction:
    """How the needs of the roles were rebuilt without the figures that held them."""

    provenance: str
    status: str
    rules: Mapping[str, str]
    confidence: Mapping[str, str]
    columns: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicTest:
    """A test of one skill as the company later described it in public."""

    minutes: int
    categories: int
    seen: tuple[str, ...]
    for_roles: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    """The tests that a public page recommends for a role; from the test pages if its own was not seen."""

    tests: tuple[str, ...]
    page_seen: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class PageAddition:
    """What a public page says of a role (or of `all`) beyond the seeds."""

    role: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcedText:
    """A statement with the address it was seen at."""

    text: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class External:
    """Corroboration from public pages that are not seeds; it never overrides them."""

    note: str
    pages: tuple[str, ...]
    tests_note: str
    total_minutes: int
    tests: Mapping[str, PublicTest]
    recommended: Mapping[str, Recommendation]
    role_page_additions: tuple[PageAddition, ...]
    score_scale: SourcedText


@dataclass(frozen=True, slots=True, kw_only=True)
class Discrepancy:
    """A point where the seeds disagree with each other or with themselves."""

    text: str
    about: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """The first page of an edition: where it comes from and how to read it."""

    id: str
    date: date
    based_on: str
    schema_version: str
    title: str
    summary: str
    provenance_codes: Mapping[str, str]
    edition_codes: Mapping[str, str]
    sources: Mapping[str, Source]
    source_order: SourceOrder
    counts: Counts
    purpose: Purpose
    evidence_base: tuple[Fact, ...]
    principles: Mapping[str, Principle]
    running_examples: tuple[RunningExample, ...]
    involvement: Mapping[str, InvolvementCode]
    skill_groups: Mapping[str, SkillGroup]
    skill_groups_note: str
    org_notes: tuple[Note, ...]
    proficiency: Proficiency
    figures_missing: Mapping[str, MissingFigure]
    reconstruction: Reconstruction
    discrepancies: Mapping[str, Discrepancy]
    external: External
    title_notes: tuple[Note, ...]
    observations: tuple[Note, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """The whole framework, each kind of term by id and in its order.

    `overlays` names the folders laid over the shipped files. `overlaid` holds the files (`roles/x.toml`) that
    they put in place since the first page was written, `added` those of them that stood nowhere before.
    `digest` is the SHA-256 of all that was read.
    """

    about: About
    org_types: Mapping[str, OrgType]
    structures: Mapping[str, Structure]
    life_cycles: Mapping[str, LifeCycle]
    tasks: Mapping[str, Task]
    subtasks: Mapping[str, Subtask]
    skills: Mapping[str, Skill]
    roles: Mapping[str, Role]
    variants: Mapping[str, Variant]
    overlays: tuple[str, ...] = ()
    overlaid: frozenset[str] = field(default_factory=frozenset)
    added: frozenset[str] = field(default_factory=frozenset)
    digest: str = ""


def folders_of(edition: Edition) -> dict[str, Mapping[str, Term]]:
    """Return the terms of an edition by the folder that holds them."""
    return {
        "org_types": edition.org_types,
        "structures": edition.structures,
        "life_cycles": edition.life_cycles,
        "tasks": edition.tasks,
        "subtasks": edition.subtasks,
        "skills": edition.skills,
        "roles": edition.roles,
        "variants": edition.variants,
    }
