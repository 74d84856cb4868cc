"""The shapes of the API's answers, which its OpenAPI document shows."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict


class Shape(BaseModel):
    """A shape that takes no field it does not know."""

    model_config = ConfigDict(extra="forbid")


class Problem(BaseModel):
    """What went wrong (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    hint: str | None = None
    instance: str | None = None


class EvidenceShape(Shape):
    """A span of the text; `text` equals its slice from `start` to `end` in code points."""

    start: int
    end: int
    text: str
    kind: Literal["skill", "subtask", "tool", "role", "finding"]
    id: str
    section: Literal["duties", "required", "preferred", "about", "other"]


class RoleShape(Shape):
    """Which role it is by its content, with calibrated probabilities that sum to 1."""

    best: str
    variant: str | None
    probabilities: dict[str, float]
    blind: bool


class ScoreShape(Shape):
    """A score of 1-300 (0: not asked) with its standard deviation."""

    mean: float
    sd: float


class SkillShape(Shape):
    """How much of a skill is asked."""

    level: Literal[0, 1, 2, 3]
    score: ScoreShape
    required: bool


class FindingShape(Shape):
    """Something wrong with, or odd about, the posting."""

    kind: str
    message: str
    evidence: list[EvidenceShape]


class ReadingShape(Shape):
    """What a posting asks; a task or subtask counts as asked at 0.5 or more."""

    id: str
    title: str
    role: RoleShape
    tasks: dict[str, float]
    subtasks: dict[str, float]
    skills: dict[str, SkillShape]
    tools: list[str]
    evidence: list[EvidenceShape]
    findings: list[FindingShape]
    text: str


class FaultShape(Shape):
    """A fault of an edition: where it is, and how to mend it."""

    file: str
    key: str
    message: str
    mend: str


class EditionShape(BaseModel):
    """The whole edition; each kind of term is a list in its order."""

    edition: Any
    org_types: list[dict[str, Any]]
    tasks: list[dict[str, Any]]
    subtasks: list[dict[str, Any]]
    skills: list[dict[str, Any]]
    roles: list[dict[str, Any]]
    variants: list[dict[str, Any]]
