"""The reader: postings in, readings out, a batch at a time."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice, pairwise

import numpy as np

from waymark.demand.cues import BIT, SENIORITY, Cues
from waymark.demand.estimating import Estimates, estimate, estimate_with_titles
from waymark.demand.features import Counts, Understanding, count, understand
from waymark.demand.findings import Facts, find_faults
from waymark.demand.lexicon import Concept, Lexicon, Members, find_members
from waymark.demand.models import Model
from waymark.demand.postings import Posting
from waymark.demand.readings import Evidence, Finding, Reading, SkillAsked
from waymark.demand.scanning import Scan, scan
from waymark.demand.sections import ASKING
from waymark.demand.stages import NONE, Schema
from waymark.errors import BadData
from waymark.framework import Edition, variants_of

BATCH = 64
"""Postings read together: enough to spread numpy's cost, few enough to stay in the cache."""

VARIANT_LEVEL = 2  # level of deep learning from which a role is read as its deep-learning variant
ASKED = 0.5
UNSHOWN = 0.49  # highest probability of a task or subtask that no mention shows
_evidence = partial(tuple.__new__, Evidence)  # the named tuple's own constructor takes three times as long
_SECTION_NAMES = ("about", "duties", "required", "preferred", "other", "other")
_NARROWING = "cues/narrowing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """All that reading needs, compiled once: the edition, the phrases, the cues and a fitted model."""

    edition: Edition
    schema: Schema
    lexicon: Lexicon
    cues: Cues
    members: Members
    model: Model
    claims: tuple[tuple[tuple[str, str], ...], ...] = field(repr=False)
    tables: "_Tables" = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tables:
    """What the assembly of readings looks up: per concept its narrowing, per subtask its task, per role its variant."""

    narrowing: frozenset[int]
    task_of: tuple[int, ...]
    task_named: dict[str, str]
    variant_of: dict[str, str]
    since: dict[int, int]


def make_schema(edition: Edition) -> Schema:
    """Return the ids that a reader of this edition answers with."""
    return Schema(
        roles=(*edition.roles, NONE),
        tasks=tuple(edition.tasks),
        skills=tuple(edition.skills),
        subtasks=tuple(edition.subtasks),
        subtask_task=tuple(subtask.task for subtask in edition.subtasks.values()),
    )


def make_reader(edition: Edition, *, lexicon: Lexicon, cues: Cues, model: Model) -> Reader:
    """Put a reader together; raise BadData where the model was fitted to other phrases or another edition."""
    schema = make_schema(edition)
    concepts = tuple(f"{concept.family}/{concept.id}" for concept in lexicon.concepts)
    fitted = (model.roles, model.tasks, model.skills, model.subtasks, model.concepts)
    if fitted != (schema.roles, schema.tasks, schema.skills, schema.subtasks, concepts):
        raise BadData(
            "the reader's model was fitted to other phrases or another edition",
            hint="run `waymark demand fit` again",
        )
    return Reader(
        edition=edition,
        schema=schema,
        lexicon=lexicon,
        cues=cues,
        members=find_members(lexicon, skills=schema.skills, subtasks=schema.subtasks),
        model=model,
        claims=tuple(_claims(lexicon, number) for number in range(len(lexicon.concepts))),
        tables=_Tables(
            since={k: concept.since for k, concept in enumerate(lexicon.concepts) if concept.since},
            narrowing=frozenset(k for k, concept in enumerate(lexicon.concepts) if concept.family == _NARROWING),
            task_of=model.subtask_task,
            task_named=dict(zip(schema.subtasks, schema.subtask_task, strict=True)),
            variant_of={role: variants[0] for role in edition.roles if (variants := variants_of(edition, role))},
        ),
    )


def _claims(lexicon: Lexicon, number: int) -> tuple[tuple[str, str], ...]:
    """Return the (kind, id) pairs that a mention of a concept is evidence for."""
    concept = lexicon.concepts[number]
    own: tuple[tuple[str, str], ...] = ()
    if concept.kind == "tool":
        plain = concept.id.removesuffix("_name").removesuffix("_language")  # "excel_name" is Excel in its own case
        own = (("tool", plain if plain in concept.name.lower() else concept.id),)
    elif concept.kind == "role":
        own = (("role", concept.family.split("/", 1)[1]),)
    return (
        *own,
        *(("skill", skill) for skill in concept.skills),
        *(("subtask", s) for s in concept.subtasks),
    )


def read(postings: Iterable[Posting], reader: Reader, *, year: int, blind: bool = False) -> Iterator[Reading]:
    """Read postings in order, `BATCH` at a time; `blind` withholds title and company. `year` is the present one."""
    stream = iter(postings)
    while batch := list(islice(stream, BATCH)):
        yield from read_batch(batch, reader, year=year, blind=blind)


def read_batch(postings: Sequence[Posting], reader: Reader, *, year: int, blind: bool = False) -> list[Reading]:
    """Read one batch of postings."""
    if blind:
        postings = [replace(posting, title="", company="") for posting in postings]
    model = reader.model
    seen = understand(
        scan([posting.text for posting in postings], lexicon=reader.lexicon, cues=reader.cues),
        vocabulary=model.vocabulary,
        sentences=model.sentences,
    )
    counts = count(seen, vocabulary=model.vocabulary, members=reader.members)
    titles = [posting.title for posting in postings]
    title_scan = scan(titles, lexicon=reader.lexicon, cues=reader.cues)
    estimates = estimate(counts, model=model)
    role = estimate_with_titles(estimates.role, titles, title_scan, model=model)
    batch = _lay_out(postings, seen, counts, replace(estimates, role=role), title_scan, reader)
    return [_assemble(batch, number, reader, year=year, blind=blind) for number in range(len(postings))]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Batch:
    """A batch as plain lists, which Python walks faster than arrays."""

    postings: Sequence[Posting]
    concept: list[int]
    start: list[int]
    end: list[int]
    section: list[int]
    asked: list[bool]
    bounds: list[int]
    text_start: list[int]
    year_ends: list[tuple[int, ...]]
    role: list[list[float]]
    tasks: list[list[float]]
    subtasks: list[list[float]]
    level: list[list[int]]
    mean: list[list[float]]
    sd: list[list[float]]
    required: list[list[bool]]
    shown: list[list[bool]]
    title_roles: list[frozenset[str]]
    cues: list[tuple[tuple[int, int, int], ...]]
    title_cues: list[int]


def _lay_out(
    postings: Sequence[Posting],
    seen: Understanding,
    counts: Counts,
    estimates: Estimates,
    title_scan: Scan,
    reader: Reader,
) -> _Batch:
    """Settle what is claimed: a skill, a task or a subtask without a mention that shows it is not."""
    scan = seen.scan
    count_of = len(postings)
    text = scan.sentence_text[scan.sentence]
    found = (counts.asked + counts.preferred) > 0
    level = np.where(found, np.rint(estimates.skill), 0).astype(int)
    subtasks = np.where(counts.subtasks > 0, estimates.subtasks, np.minimum(estimates.subtasks, UNSHOWN))
    return _Batch(
        postings=postings,
        concept=scan.concept.tolist(),
        start=(scan.start - scan.text_start[text]).tolist(),
        end=(scan.end - scan.text_start[text]).tolist(),
        section=seen.mention_section.tolist(),
        asked=seen.asked.tolist(),
        bounds=np.searchsorted(text, np.arange(count_of + 1)).tolist(),
        text_start=scan.text_start.tolist(),
        year_ends=_year_ends(seen),
        role=estimates.role.tolist(),
        tasks=estimates.tasks.tolist(),
        subtasks=subtasks.tolist(),
        level=level.tolist(),
        mean=np.where(level > 0, np.clip(100 * estimates.skill - 50, 1, 300), 0.0).tolist(),
        sd=(100 * estimates.skill_sd).tolist(),
        required=((counts.asked > 0) & (level > 0)).tolist(),
        shown=(subtasks >= ASKED).tolist(),
        title_roles=_title_roles(title_scan, reader),
        cues=_telling_cues(scan),
        title_cues=_title_cues(title_scan),
    )


def _telling_cues(scan: Scan) -> list[tuple[tuple[int, int, int], ...]]:
    """Return for each text the (bits, start, end) of its seniority, pay and place words."""
    rows = np.flatnonzero(scan.cue_bits & (SENIORITY | BIT["terms pay"] | BIT["terms place"] | BIT["terms currency"]))
    text = scan.sentence_text[scan.cue_sentence[rows]]
    begin = scan.text_start[text]
    spans = list(
        zip(
            scan.cue_bits[rows].tolist(),
            (scan.cue_start[rows] - begin).tolist(),
            (scan.cue_end[rows] - begin).tolist(),
            strict=True,
        )
    )
    bounds = np.searchsorted(text, np.arange(len(scan.texts) + 1)).tolist()
    return [tuple(spans[low:high]) for low, high in pairwise(bounds)]


def _year_ends(seen: Understanding) -> list[tuple[int, ...]]:
    """Return for each text where words for years end in sentences that ask."""
    scan = seen.scan
    rows = np.flatnonzero(((scan.cue_bits & BIT["terms years"]) > 0) & ASKING[seen.section[scan.cue_sentence]])
    text = scan.sentence_text[scan.cue_sentence[rows]]
    ends = (scan.cue_end[rows] - scan.text_start[text]).tolist()
    bounds = np.searchsorted(text, np.arange(len(scan.texts) + 1)).tolist()
    return [tuple(ends[low:high]) for low, high in pairwise(bounds)]


def _title_cues(scan: Scan) -> list[int]:
    bits = np.zeros(len(scan.texts), np.int32)
    np.bitwise_or.at(bits, scan.sentence_text[scan.cue_sentence], scan.cue_bits)
    return [int(one) for one in bits]


def _title_roles(title_scan: Scan, reader: Reader) -> list[frozenset[str]]:
    """Return the roles that each title names (`foreign` for an occupation outside AI teams)."""
    named: list[set[str]] = [set() for _ in title_scan.texts]
    owners = title_scan.sentence_text[title_scan.sentence].tolist()
    for owner, concept in zip(owners, title_scan.concept.tolist(), strict=True):
        named[owner].update(name for kind, name in reader.claims[concept] if kind == "role")
    return [frozenset(own) for own in named]


_Mention = tuple[int, tuple[int, int, str], str]


def _assemble(batch: _Batch, number: int, reader: Reader, *, year: int, blind: bool) -> Reading:
    posting, schema = batch.postings[number], reader.schema
    probabilities = dict(zip(schema.roles, batch.role[number], strict=True))
    best = max(probabilities, key=probabilities.__getitem__)
    skills = _skills(batch, number, schema)
    asked, narrowing = _gather(batch, number, reader)
    wanted = _wanted(batch, number, reader, best, asked)
    evidence = tuple(
        [
            _evidence((*span, *claim, section))
            for concept, span, section in asked
            for claim in reader.claims[concept]
            if claim in wanted or claim[0] == "tool"
        ]
    )
    shown = {reader.tables.task_named[name] for kind, name in wanted if kind == "subtask"}
    likely = zip(schema.tasks, batch.tasks[number], strict=True)
    tasks = {task: p if task in shown else min(p, UNSHOWN) for task, p in likely}
    since = reader.tables.since
    facts = Facts(
        posting=posting,
        best=best,
        probabilities=probabilities,
        tasks=tasks,
        skills=skills,
        evidence=evidence,
        dated=tuple([(since[concept], span) for concept, span, _ in asked if concept in since]),
        narrowing=narrowing,
        title_roles=batch.title_roles[number],
        year_ends=batch.year_ends[number],
        title=posting.title,
        cues=batch.cues[number],
        title_cues=batch.title_cues[number],
    )
    findings = find_faults(facts, edition=reader.edition, year=year)
    subtasks = dict(zip(schema.subtasks, batch.subtasks[number], strict=True))
    return _conclude(facts, subtasks, findings, variant_of=reader.tables.variant_of, blind=blind)


def _conclude(
    facts: Facts,
    subtasks: dict[str, float],
    findings: tuple[Finding, ...],
    *,
    variant_of: dict[str, str],
    blind: bool,
) -> Reading:
    deep = facts.skills["deep_learning"].level >= VARIANT_LEVEL
    return Reading(
        id=facts.posting.id,
        title=facts.title,
        best=facts.best,
        variant=variant_of.get(facts.best) if deep else None,
        probabilities=facts.probabilities,
        tasks=facts.tasks,
        subtasks=subtasks,
        skills=facts.skills,
        tools=tuple(dict.fromkeys(one.id for one in facts.evidence if one.kind == "tool")),
        evidence=facts.evidence,
        findings=findings,
        blind=blind,
    )


def _skills(batch: _Batch, number: int, schema: Schema) -> dict[str, SkillAsked]:
    rows = zip(
        schema.skills,
        batch.level[number],
        batch.mean[number],
        batch.sd[number],
        batch.required[number],
        strict=True,
    )
    return {skill: SkillAsked(level, mean, sd, required) for skill, level, mean, sd, required in rows}


def _gather(batch: _Batch, number: int, reader: Reader) -> tuple[list[_Mention], tuple[tuple[Concept, Evidence], ...]]:
    """Return the asked mentions of a text as (concept, span, section), and the narrowing language anywhere in it."""
    text = batch.postings[number].text
    asked: list[_Mention] = []
    narrowing: list[tuple[Concept, Evidence]] = []
    for row in range(batch.bounds[number], batch.bounds[number + 1]):
        concept = batch.concept[row]
        begin, end = batch.start[row], batch.end[row]
        if concept in reader.tables.narrowing:
            known = reader.lexicon.concepts[concept]
            section = _SECTION_NAMES[batch.section[row]]
            narrowing.append((known, Evidence(begin, end, text[begin:end], "finding", "narrowing_language", section)))
        elif batch.asked[row]:
            asked.append((concept, (begin, end, text[begin:end]), _SECTION_NAMES[batch.section[row]]))
    return asked, tuple(narrowing)


def _wanted(batch: _Batch, number: int, reader: Reader, best: str, asked: list[_Mention]) -> set[tuple[str, str]]:
    """Return the claims to show evidence for: the skills and subtasks asked, and the role.

    For a task that is asked without any one subtask being sure: also the likeliest subtask that is mentioned.
    """
    schema = reader.schema
    wanted = {("skill", s) for s, level in zip(schema.skills, batch.level[number], strict=True) if level}
    wanted |= {("subtask", s) for s, shown in zip(schema.subtasks, batch.shown[number], strict=True) if shown}
    wanted.add(("role", best))
    likely = [task for task, p in enumerate(batch.tasks[number]) if p >= ASKED]
    covered = {reader.tables.task_of[k] for k, shown in enumerate(batch.shown[number]) if shown}
    missing = [task for task in likely if task not in covered]
    if missing:
        mentioned = {name for concept, _, _ in asked for kind, name in reader.claims[concept] if kind == "subtask"}
        for task in missing:
            own = [
                (batch.subtasks[number][k], name)
                for k, name in enumerate(schema.subtasks)
                if reader.tables.task_of[k] == task and name in mentioned
            ]
            if own:
                wanted.add(("subtask", max(own)[1]))
    return wanted
