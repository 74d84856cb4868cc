"""The rules of the audit: what each asks, its bar, and whether breaking it blocks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

from waymark.assess.templates.terms import Waiver

Level: TypeAlias = Literal["error", "warning"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule by its number; errors block, warnings need a waiver with a reason."""

    number: int
    level: Level
    name: str
    bar: str


RULES: Final = {
    rule.number: rule
    for rule in (
        Rule(number=1, level="error", name="schema", bar="every field there and known, feedback for each wrong answer"),
        Rule(number=2, level="error", name="generation", bar="no exception, under 3 tries and 20 ms a variant"),
        Rule(number=3, level="error", name="determinism", bar="the same bytes in a fresh process"),
        Rule(number=4, level="error", name="key", bar="the second route agrees in every variant"),
        Rule(number=5, level="error", name="shown", bar="the second route reads only what the stem shows"),
        Rule(number=6, level="error", name="one right answer", bar="no two options alike, one key"),
        Rule(number=7, level="error", name="tolerance", bar="at most 5 per cent of the key, no diagnosed value inside"),
        Rule(number=8, level="error", name="hidden tests", bar="reference passes, 99 per cent of mutants fail"),
        Rule(number=9, level="error", name="rendering", bar="no placeholder, NaN or HTML; no key in what is sent"),
        Rule(number=10, level="error", name="key position", bar="each share within 0.03 of 1/n"),
        Rule(number=11, level="error", name="answer-only, within", bar="at most chance + 0.05"),
        Rule(number=12, level="error", name="answer-only, across", bar="at most chance + 0.05"),
        Rule(
            number=13, level="warning", name="length and wording", bar="key longest or shortest in 35 per cent or less"
        ),
        Rule(number=14, level="warning", name="item writing", bar="no all or none of the above, no unmarked negative"),
        Rule(number=15, level="warning", name="variants", bar="100 stems or more, no key above 60 per cent"),
        Rule(number=16, level="warning", name="diagnosability", bar="each misconception told apart in 25 per cent"),
        Rule(number=17, level="warning", name="reading", bar="grade at most 12, sentences of 25 words, stem of 120"),
        Rule(number=18, level="warning", name="near-duplicates", bar="cosine of stems below 0.85; exact copies never"),
        Rule(number=19, level="warning", name="cross-item cue", bar="no stem holds key and subject of another"),
        Rule(number=20, level="warning", name="verifiable, aging", bar="a reason for each key, a date where facts age"),
        Rule(number=21, level="warning", name="sensitivity", bar="no word of the list, names balanced"),
        Rule(number=22, level="warning", name="coverage", bar="the counts of the release, all subtasks"),
        Rule(number=23, level="warning", name="features", bar="each varies, no pair beyond |r| = 0.95"),
        Rule(number=24, level="error", name="recovery", bar="RMSE 0.52, cover 0.87 to 0.93, exposure cap + 0.05"),
        Rule(number=25, level="warning", name="cold start", bar="RMSE 0.58, cover 0.87"),
        Rule(number=26, level="warning", name="expert review", bar="two people agree with 95 per cent of keys"),
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One breach of a rule: of which template or item, in words, with a seed to see it and the reason of a waiver."""

    rule: int
    level: Level
    subject: str
    message: str
    seed: int | None = None
    waived: str = ""

    @property
    def blocks(self) -> bool:
        """Whether it makes the audit fail."""
        return self.level == "error" and not self.waived


def find(rule: int, subject: str, message: str, *, seed: int | None = None, level: Level | None = None) -> Finding:
    """Make a finding at the level of its rule, or at another."""
    return Finding(rule=rule, level=level or RULES[rule].level, subject=subject, message=message, seed=seed)


def waive(findings: Iterable[Finding], waivers: Sequence[Waiver]) -> list[Finding]:
    """Mark the warnings for which an author gave a reason; errors cannot be waived, but for rule 11 up to its grace."""
    reasons = {one.rule: one.reason for one in waivers}
    return [
        replace(one, waived=reasons[one.rule]) if one.level == "warning" and one.rule in reasons else one
        for one in findings
    ]
