"""The shape of a reading: the plain values that `read_posting` gives for one posting."""

from typing import NotRequired, TypedDict


class Evidence(TypedDict):
    """A slice of the text and the term it speaks for."""

    start: int
    end: int
    text: str
    kind: str
    id: str
    section: str


class Finding(TypedDict):
    """Something wrong or odd with the posting."""

    kind: str
    message: str
    evidence: list[Evidence]


class RoleGuess(TypedDict):
    """The roles that a posting may mean, by probability."""

    best: str
    probabilities: dict[str, float]
    variant: NotRequired[str | None]


class Asked(TypedDict):
    """What a posting asks of one skill."""

    level: int
    score: dict[str, float]
    required: bool


class Reading(TypedDict):
    """One posting as it was read."""

    id: str
    title: str
    role: RoleGuess
    tasks: dict[str, float]
    subtasks: dict[str, float]
    skills: dict[str, Asked]
    tools: list[str]
    evidence: list[Evidence]
    findings: list[Finding]
    text: str
    summary: NotRequired[str]
