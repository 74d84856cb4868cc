"""The reading: what a posting asks, which role it really is, and the evidence for each claim."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, overload

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


class Quotes(Sequence[Evidence]):
    """Evidence that is quoted when it is first looked at: half of the readings of a market study never are."""

    __slots__ = ("_quote", "_quoted")

    def __init__(self, quote: Callable[[], tuple[Evidence, ...]]) -> None:
        """Keep how to quote; the spans were found before."""
        self._quote = quote
        self._quoted: tuple[Evidence, ...] | None = None

    def all(self) -> tuple[Evidence, ...]:
        """Return all of them, in text order."""
        if self._quoted is None:
            self._quoted = self._quote()
        return self._quoted

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.all())

    @overload
    def __getitem__(self, place: int) -> Evidence: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Evidence, ...]: ...
    def __getitem__(self, place: int | slice) -> Evidence | tuple[Evidence, ...]:
        """Return one, or a slice of them."""
        return self.all()[place]

    def __iter__(self) -> Iterator[Evidence]:
        """Walk them in text order."""
        return iter(self.all())

    def __eq__(self, other: object) -> bool:
        """Compare as a tuple would."""
        return self.all() == tuple(other) if isinstance(other, Sequence) else NotImplemented

    def __hash__(self) -> int:
        """Hash as a tuple would."""
        return hash(self.all())

    def __repr__(self) -> str:
        """Show them as a tuple."""
        return repr(self.all())

    def __reduce__(self) -> tuple[type[tuple[Evidence, ...]], tuple[tuple[Evidence, ...]]]:
        """Travel to another process as a plain tuple."""
        return tuple, (self.all(),)


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
    evidence: Sequence[Evidence]
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
