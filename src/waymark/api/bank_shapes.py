"""The shapes of what the item bank answers."""

from typing import Any

from waymark.api.shapes import Shape


class SkillCountShape(Shape):
    """Templates of a skill, by band, and how many of them are work samples."""

    skill: str
    templates: int
    bands: dict[str, int]
    work_samples: int


class TopicCountShape(Shape):
    """Templates of a topic, by band."""

    topic: str
    skill: str
    title: str
    templates: int
    bands: dict[str, int]


class TemplateShape(Shape):
    """A template of the shelves; another version is another content."""

    id: str
    title: str
    format: str
    band: str
    version: str


class BankShape(Shape):
    """The bank in numbers, and what the release promises."""

    templates: int
    calibration: str
    release: dict[str, int]
    work_samples: int
    skills: list[SkillCountShape]
    topics: list[TopicCountShape]
    formats: dict[str, int]
    bands: dict[str, int]
    items: list[TemplateShape]


class ShownShape(Shape):
    """One drawn question; how it is answered (`options`, `rows`, `steps`, `parts`, ...) depends on `response`."""

    id: str
    title: str
    version: str
    seed: int
    skill: str
    topic: str
    band: str
    cognitive: str
    format: str
    minutes: float
    stem: str
    response: str
    options: list[dict[str, str]] | None = None
    rows: list[dict[str, Any]] | None = None
    steps: list[str] | None = None
    parts: list[dict[str, Any]] | None = None
    language: str | None = None
    libraries: list[str] | None = None
    entry: str | None = None
    starter: str | None = None
    examples: list[Any] | None = None
    mutants: dict[str, str] | None = None
    key: Any
    rationale: str
    feedback: str
    wrong: list[dict[str, Any]]
    difficulty: dict[str, Any]
    features: dict[str, float]
    tries: int


class RuleShape(Shape):
    """A rule of the audit with its bar and what became of it: kept, broken or not run."""

    number: int
    level: str
    name: str
    bar: str
    status: str
    findings: int
    waived: int


class FindingShape(Shape):
    """One breach of a rule, with a seed to see it and the reason of a waiver."""

    rule: int
    level: str
    subject: str
    message: str
    seed: int | None
    waived: str


class AuditShape(Shape):
    """An audit: whether nothing blocks, a row a rule, all findings."""

    passed: bool
    subject: str
    questions: int
    variants: int
    errors: int
    warnings: int
    rules: list[RuleShape]
    findings: list[FindingShape]
