"""The reading: what a posting asks, which role it really is, and the evidence for each claim."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from waymark.framework import Profile, profile_of_scores


class Evidence(NamedTuple):
    """A span that supports a claim: `text` is `start` to `end` (code points) of the text that was read.

    `kind` is skill, subtask, tool, role or finding, `id` what it supports, `section` where it stands: duties, required,
    preferred, about or other. A named tuple, since a posting has some eighty of them.
    """

    start: int
    end: int
    text: str
    kind: str
    id: str
    section: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something wrong with, or odd about, a posting."""

    kind: str
    message: str
    evidence: tuple[Evidence, ...] = ()


class SkillAsked(NamedTuple):
    """How much of a skill is asked: level 0-3, score 1-300 (0 where not asked) with its sd, and whether it must be."""

    level: int
    mean: float
    sd: float
    required: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a posting asks. Probabilities are calibrated; a task or subtask counts as asked at 0.5 or more."""

    id: str
    title: str
    best: str
    variant: str | None
    probabilities: Mapping[str, float]
    tasks: Mapping[str, float]
    subtasks: Mapping[str, float]
    skills: Mapping[str, SkillAsked]
    tools: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    findings: tuple[Finding, ...]
    blind: bool

    @property
    def profile(self) -> Profile:
        """The profile asked: the skills with level 1 or more, on the framework's scale."""
        return profile_of_scores({skill: (max(1.0, a.mean), a.sd) for skill, a in self.skills.items() if a.level})


def describe(reading: Reading) -> dict[str, Any]:
    """Return a reading as plain values, in the shape that `waymark demand read --json` prints."""
    return {
        "id": reading.id,
        "title": reading.title,
        "role": {
            "best": reading.best,
            "variant": reading.variant,
            "probabilities": _round(reading.probabilities),
            "blind": reading.blind,
        },
        "tasks": _round(reading.tasks),
        "subtasks": _round(reading.subtasks),
        "skills": {
            skill: {
                "level": asked.level,
                "score": {"mean": round(asked.mean, 1), "sd": round(asked.sd, 1)},
                "required": asked.required,
            }
            for skill, asked in reading.skills.items()
        },
        "tools": list(reading.tools),
        "evidence": [evidence._asdict() for evidence in reading.evidence],
        "findings": [
            {
                "kind": finding.kind,
                "message": finding.message,
                "evidence": [evidence._asdict() for evidence in finding.evidence],
            }
            for finding in reading.findings
        ],
    }


def _round(values: Mapping[str, float]) -> dict[str, float]:
    return {key: round(value, 4) for key, value in values.items()}
