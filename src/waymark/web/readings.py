"""Readings: what `read_posting` says of one posting, made ready for the page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from waymark.framework import Edition, name_level
from waymark.web.drawing import Range, draw_range
from waymark.web.highlighting import Piece, Span, cut_pieces, cut_window
from waymark.web.shapes import Asked, Evidence, Finding, Reading
from waymark.web.verdicts import Verdict, state_verdict
from waymark.web.wording import EVIDENCE_WORDS, SECTION_WORDS, spell_code

ASKED = 0.5
"""A task or subtask counts as asked from this probability on."""

MARKED = 300
"""How many pieces of evidence are marked in one text; the JSON holds all."""

LISTED = 60
"""How many of them also stand in the list below the text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRow:
    """A task with its probability, and the subtasks that are asked or named, most likely first."""

    task: str
    probability: float
    subtasks: tuple[tuple[str, float], ...]

    @property
    def asked(self) -> bool:
        """Say whether the posting asks it."""
        return self.probability >= ASKED


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillRow:
    """A skill with the level asked, its score, and the places that say so."""

    skill: str
    level: int
    level_name: str
    score: Range
    required: bool
    place: int | None
    mentions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """Words of the posting behind a finding; `place` is where they are marked, if they are."""

    text: str
    place: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingRow:
    """A finding with its quotes."""

    kind: str
    message: str
    quotes: tuple[Quote, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRow:
    """A piece of evidence in the list below the text."""

    text: str
    kind: str
    term: str
    section: str
    place: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Everything the page of a reading shows; `pieces` are the text with its evidence."""

    reading: Reading
    verdict: Verdict
    tasks: tuple[TaskRow, ...]
    skills: tuple[SkillRow, ...]
    tools: tuple[tuple[str, int | None], ...]
    findings: tuple[FindingRow, ...]
    pieces: tuple[Piece, ...]
    kinds: tuple[str, ...]
    evidence: tuple[EvidenceRow, ...]
    found: int
    hidden: int
    shown: int


def view_reading(reading: Reading, *, edition: Edition, blind: bool, share: int = 1) -> View:
    """Arrange a reading for the page, in the order of the edition or of importance.

    `share` is how many readings divide one page.
    """
    window = cut_window(reading["text"], share=share)
    evidence = gather_evidence(reading)
    spans = [
        _make_span(item, place=place, edition=edition)
        for place, item in enumerate(evidence)
        if item["start"] < len(window)
    ][: MARKED // share]
    shown = {span.place for span in spans}
    return View(
        reading=reading,
        verdict=state_verdict(reading, edition=edition, blind=blind),
        tasks=_arrange_tasks(reading, edition),
        skills=_arrange_skills(reading, edition, shown=shown),
        tools=_arrange_tools(reading, shown=shown),
        findings=tuple(_arrange_finding(finding, evidence, shown) for finding in reading["findings"]),
        pieces=cut_pieces(window, spans),
        kinds=tuple(kind for kind in EVIDENCE_WORDS if any(span.kind == kind for span in spans)),
        evidence=_list_evidence(evidence[: LISTED // share], edition, shown=shown),
        found=len(evidence),
        hidden=len(reading["text"]) - len(window),
        shown=len(window),
    )


def gather_evidence(reading: Reading) -> list[Evidence]:
    """Return the evidence of a reading, then the words that only its findings quote."""
    known = {(item["start"], item["end"]) for item in reading["evidence"]}
    quoted = [
        item
        for finding in reading["findings"]
        for item in finding["evidence"]
        if (item["start"], item["end"]) not in known
    ]
    return [*reading["evidence"], *(Evidence(**{**item, "kind": "finding"}) for item in quoted)]


def name_term(kind: str, term: str, *, edition: Edition) -> str:
    """Return the name of what a piece of evidence speaks for; its id in words when there is no such term."""
    terms: Mapping[str, Mapping[str, object]] = {
        "skill": edition.skills,
        "subtask": edition.subtasks,
        "role": {**edition.roles, **edition.variants},
    }
    found = terms.get(kind, {}).get(term)
    return str(getattr(found, "name", spell_code(term)))


def _make_span(item: Evidence, *, place: int, edition: Edition) -> Span:
    name = name_term(item["kind"], item["id"], edition=edition)
    section = SECTION_WORDS.get(item["section"], item["section"])
    note = f"{EVIDENCE_WORDS.get(item['kind'], item['kind'])}: {name} ({section})"
    return Span(start=item["start"], end=item["end"], place=place, kind=item["kind"], note=note)


def _arrange_tasks(reading: Reading, edition: Edition) -> tuple[TaskRow, ...]:
    named = {item["id"] for item in reading["evidence"] if item["kind"] == "subtask"}
    likely = sorted(reading["subtasks"].items(), key=lambda row: -row[1])
    kept = [(subtask, p) for subtask, p in likely if p >= ASKED or subtask in named]
    task_of = {subtask.id: subtask.task for subtask in edition.subtasks.values()}
    return tuple(
        TaskRow(
            task=task,
            probability=reading["tasks"].get(task, 0.0),
            subtasks=tuple(row for row in kept if task_of.get(row[0]) == task),
        )
        for task in edition.tasks
    )


def _arrange_skills(reading: Reading, edition: Edition, *, shown: set[int]) -> tuple[SkillRow, ...]:
    rows = [
        _make_skill_row(skill, reading["skills"][skill], evidence=reading["evidence"], shown=shown)
        for skill in edition.skills
        if skill in reading["skills"]
    ]
    return tuple(sorted(rows, key=lambda row: (-row.level, -row.score.mean)))


def _make_skill_row(skill: str, asked: Asked, *, evidence: Sequence[Evidence], shown: set[int]) -> SkillRow:
    places = [place for place, item in enumerate(evidence) if item["kind"] == "skill" and item["id"] == skill]
    return SkillRow(
        skill=skill,
        level=asked["level"],
        level_name=name_level(asked["level"]),
        score=draw_range(asked["score"]["mean"], asked["score"]["sd"]),
        required=asked["required"],
        place=next((place for place in places if place in shown), None),
        mentions=len(places),
    )


def _list_evidence(evidence: Sequence[Evidence], edition: Edition, *, shown: set[int]) -> tuple[EvidenceRow, ...]:
    return tuple(
        EvidenceRow(
            text=item["text"],
            kind=EVIDENCE_WORDS.get(item["kind"], item["kind"]),
            term=name_term(item["kind"], item["id"], edition=edition),
            section=SECTION_WORDS.get(item["section"], item["section"]),
            place=place if place in shown else None,
        )
        for place, item in enumerate(evidence)
    )


def _arrange_tools(reading: Reading, *, shown: set[int]) -> tuple[tuple[str, int | None], ...]:
    """Return the tools by the words that first name them, each with the place of these words."""
    first: dict[str, tuple[str, int | None]] = {}
    for place, item in enumerate(reading["evidence"]):
        if item["kind"] == "tool":
            first.setdefault(item["id"], (item["text"], place if place in shown else None))
    named = [first.get(tool, (spell_code(tool), None)) for tool in reading["tools"]]
    return tuple({label.casefold(): (label, place) for label, place in reversed(named)}.values())[::-1]


def _arrange_finding(finding: Finding, evidence: Sequence[Evidence], shown: set[int]) -> FindingRow:
    places = {(item["start"], item["end"]): place for place, item in enumerate(evidence) if place in shown}
    spans = {(item["start"], item["end"]): item["text"] for item in finding["evidence"]}
    quotes = tuple(
        Quote(text=text, place=places.get(span))
        for span, text in spans.items()
        if not any(_holds(other, span) for other in spans)
    )
    return FindingRow(kind=finding["kind"], message=finding["message"], quotes=quotes)


def _holds(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Say whether a span holds another and more."""
    return one != other and one[0] <= other[0] and other[1] <= one[1]
