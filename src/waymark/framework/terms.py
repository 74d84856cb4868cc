"""The nouns of the framework: what one data file of an edition may hold.

A field of a class is a key of its file, except `id`, which is the file's path. Where the two seed
documents differ, `x` holds what we make of both and `x_by_edition` what each of them says.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Involvement: TypeAlias = Literal["full", "dotted", "optional", "none"]
Confidence: TypeAlias = Literal["high", "medium", "low"]

OWN = "own"
"""The edition code of what stands in neither seed document."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A remark, with the seed edition it comes from."""

    text: str
    edition: str = OWN
    provenance: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why something is held that the seeds do not say."""

    why: str
    provenance: str = "inferred"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrgType:
    """A kind of AI organisation; one that `combines` others does the work of all of them."""

    id: str
    order: int
    name: str
    goal: str
    goal_by_edition: Mapping[str, str] = field(default_factory=dict)
    output: str = ""
    output_by_edition: Mapping[str, str] = field(default_factory=dict)
    workflow: tuple[str, ...] = ()
    combines: tuple[str, ...] = ()
    edition: str = OWN
    provenance: str = "design"


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    """A way to place AI people within a company."""

    id: str
    order: int
    name: str
    description: str
    edition: str = OWN
    provenance: str = "design"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a life cycle, with the task that carries it out where that is known."""

    text: str
    text_by_edition: Mapping[str, str] = field(default_factory=dict)
    task: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsentTask:
    """A task that a life cycle does without."""

    task: str
    why: str
    provenance: str = "inferred"


@dataclass(frozen=True, slots=True, kw_only=True)
class LostFigure:
    """A figure that the text points to and that did not survive."""

    status: str
    holds: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LifeCycle:
    """The course of a project; `template` names the general cycle that it is a case of."""

    id: str
    order: int
    name: str
    steps: tuple[Step, ...]
    repeats: bool = False
    template: str = ""
    cross_cutting: tuple[Step, ...] = ()
    absent_tasks: tuple[AbsentTask, ...] = ()
    task_mapping: Reason | None = None
    figure: LostFigure | None = None
    notes: tuple[Note, ...] = ()
    edition: str = OWN
    provenance: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherName:
    """Another name of a task, and where it is used."""

    name: str
    where: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillsSummary:
    """What a task as a whole asks of people."""

    text: str
    text_by_edition: Mapping[str, str] = field(default_factory=dict)
    edition: str = OWN


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolGroup:
    """Tools of one kind that a task uses."""

    kind: str
    names: tuple[str, ...]
    edition: str = OWN
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One of the large parts of the work; the ids of its subtasks start with `code` and a dot."""

    id: str
    order: int
    code: str
    name: str
    description: str
    description_by_edition: Mapping[str, str] = field(default_factory=dict)
    cross_cutting: bool = False
    supports: tuple[str, ...] = ()
    supports_by_edition: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    also_called: tuple[OtherName, ...] = ()
    skills_summary: SkillsSummary | None = None
    tools: tuple[ToolGroup, ...] = ()
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One thing that people do in a subtask."""

    text: str
    edition: str = OWN
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subtask:
    """A piece of work, with the skills it draws on: ids of skills, or `skill/facet`."""

    id: str
    task: str
    order: int
    name: str
    description: str
    skills: tuple[str, ...]
    skills_by_edition: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    examples: tuple[Example, ...] = ()
    methods: tuple[str, ...] = ()
    applications: tuple[Example, ...] = ()
    technologies: tuple[str, ...] = ()
    also_involves: tuple[str, ...] = ()
    facet_note: str = ""
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Facet:
    """One face of a skill that means different things in different tasks."""

    name: str
    seed_wording: str = ""
    examples: tuple[str, ...] = ()
    used_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Skill:
    """A skill that is measured, asked and taught; one axis of every profile."""

    id: str
    order: int
    name: str
    group: str
    definition: str
    definition_provenance: str = "design"
    definition_note: str = ""
    topics: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    facets: Mapping[str, Facet] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """How much of one skill a role asks: a score with the range that the evidence allows."""

    level: int
    score: int
    range: tuple[int, int]
    confidence: Confidence
    evidence: str
    conflict: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Depth:
    """How deep a role goes into modeling."""

    value: str
    edition: str = OWN
    provenance: str = "design"


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionalTask:
    """What some people in a role do of a task that the role does not need."""

    examples: tuple[str, ...]
    edition: str = OWN
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Complements:
    """The tasks that a role leaves to colleagues."""

    tasks: tuple[str, ...]
    text: str
    edition: str = OWN


@dataclass(frozen=True, slots=True, kw_only=True)
class ProficiencyWord:
    """A word of the seeds on a group of skills, or on one skill, in a role."""

    word: str
    word_by_edition: Mapping[str, str] = field(default_factory=dict)
    group: str = ""
    skill: str = ""
    remark: str = ""
    edition: str = OWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A role of an AI team: its tasks, and what it needs of each skill."""

    id: str
    order: int
    name: str
    abbreviation: str
    summary: str
    tasks: Mapping[str, Involvement]
    needs: Mapping[str, Need]
    modeling_depth: Depth | None = None
    optional_tasks: Mapping[str, OptionalTask] = field(default_factory=dict)
    complements: Complements | None = None
    proficiency_words: tuple[ProficiencyWord, ...] = ()
    tools: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    tools_note: str = ""
    titles: tuple[str, ...] = ()
    titles_open_ended: bool = True
    titles_note: str = ""
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """A role (or another variant) with more skills, or with other needs, than its base."""

    id: str
    order: int
    name: str
    summary: str
    base: str
    adds: tuple[str, ...]
    needs: Mapping[str, Need]
    application_focus: tuple[str, ...] = ()
    architectures_named: tuple[str, ...] = ()
    edition: str = OWN
    provenance: str = "design"
    notes: tuple[Note, ...] = ()


Term: TypeAlias = OrgType | Structure | LifeCycle | Task | Subtask | Skill | Role | Variant


def split_skill(reference: str) -> tuple[str, str]:
    """Split a reference to a skill into the skill and its facet, which may be empty.

    >>> split_skill("domain_specific_languages/query"), split_skill("research")
    (('domain_specific_languages', 'query'), ('research', ''))
    """
    skill, _, facet = reference.partition("/")
    return skill, facet
