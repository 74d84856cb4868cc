"""The reader: postings in, readings out, a batch at a time."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from waymark.demand.batching import make_batches
from waymark.demand.cues import BIT, SENIORITY, Cues
from waymark.demand.estimating import Estimates, estimate, estimate_with_titles
from waymark.demand.features import Counts, Understanding, count, understand
from waymark.demand.findings import Facts, find_faults
from waymark.demand.lexicon import Concept, Lexicon, Members, find_members
from waymark.demand.models import Model
from waymark.demand.postings import Posting
from waymark.demand.readings import Evidence, Quotes, Reading, SkillAsked
from waymark.demand.scanning import Scan, scan
from waymark.demand.sections import ASKING
from waymark.demand.stages import NONE, Schema
from waymark.errors import BadData
from waymark.framework import Edition, variants_of

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
    """What the assembly of readings looks up, by concept, by subtask, by role.

    `is_tool`, `is_narrowing`, `is_dated` (C) flag concepts, `tool_of` names tools; `in_task` (S, T) says which subtask
    belongs to which task, `task_of` is the same as places.
    """

    is_tool: NDArray[np.bool_]
    is_narrowing: NDArray[np.bool_]
    is_dated: NDArray[np.bool_]
    tool_of: dict[int, str]
    in_task: NDArray[np.int64]
    task_of: tuple[int, ...]
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
        tables=_tabulate(edition, lexicon, model),
    )


def _tabulate(edition: Edition, lexicon: Lexicon, model: Model) -> _Tables:
    concepts = lexicon.concepts
    in_task = np.zeros((len(model.subtasks), len(model.tasks)), np.int64)
    in_task[np.arange(len(model.subtasks)), list(model.subtask_task)] = 1
    return _Tables(
        is_tool=np.array([concept.kind == "tool" for concept in concepts]),
        is_narrowing=np.array([concept.family == _NARROWING for concept in concepts]),
        is_dated=np.array([bool(concept.since) for concept in concepts]),
        tool_of={number: _name_tool(concept) for number, concept in enumerate(concepts) if concept.kind == "tool"},
        in_task=in_task,
        task_of=model.subtask_task,
        since={number: concept.since for number, concept in enumerate(concepts) if concept.since},
        variant_of={role: variants[0] for role in edition.roles if (variants := variants_of(edition, role))},
    )


def _name_tool(concept: Concept) -> str:
    """Return a tool's id; "excel_name" is Excel in its own letter case, and the same tool."""
    plain = concept.id.removesuffix("_name").removesuffix("_language")
    return plain if plain in concept.name.lower() else concept.id


def _claims(lexicon: Lexicon, number: int) -> tuple[tuple[str, str], ...]:
    """Return the (kind, id) pairs that a mention of a concept is evidence for."""
    concept = lexicon.concepts[number]
    own: tuple[tuple[str, str], ...] = ()
    if concept.kind == "tool":
        own = (("tool", _name_tool(concept)),)
    elif concept.kind == "role":
        own = (("role", concept.family.split("/", 1)[1]),)
    return (
        *own,
        *(("skill", skill) for skill in concept.skills),
        *(("subtask", s) for s in concept.subtasks),
    )


def read(postings: Iterable[Posting], reader: Reader, *, year: int, blind: bool = False) -> Iterator[Reading]:
    """Read postings in order, a batch at a time; `blind` withholds title and company. `year` is the present one."""
    for batch in make_batches(postings, size_of=lambda posting: len(posting.text)):
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
    tools: list[list[int]]
    narrowing: list[list[int]]
    dated: list[list[int]]


def _lay_out(
    postings: Sequence[Posting],
    seen: Understanding,
    counts: Counts,
    estimates: Estimates,
    title_scan: Scan,
    reader: Reader,
) -> _Batch:
    """Settle what is claimed: a skill, a task or a subtask without a mention that shows it is not."""
    scan, tables = seen.scan, reader.tables
    text = scan.sentence_text[scan.sentence]
    found = (counts.asked + counts.preferred) > 0
    level = np.where(found, np.rint(estimates.skill), 0).astype(int)
    mentioned = counts.subtasks > 0
    subtasks = np.where(mentioned, estimates.subtasks, np.minimum(estimates.subtasks, UNSHOWN))
    bounds = np.searchsorted(text, np.arange(len(postings) + 1))

    return _Batch(
        postings=postings,
        concept=scan.concept.tolist(),
        start=(scan.start - scan.text_start[text]).tolist(),
        end=(scan.end - scan.text_start[text]).tolist(),
        section=seen.mention_section.tolist(),
        asked=seen.asked.tolist(),
        bounds=bounds.tolist(),
        year_ends=_year_ends(seen),
        role=estimates.role.tolist(),
        tasks=np.where(mentioned @ tables.in_task > 0, estimates.tasks, np.minimum(estimates.tasks, UNSHOWN)).tolist(),
        subtasks=subtasks.tolist(),
        level=level.tolist(),
        mean=np.where(level > 0, np.clip(100 * estimates.skill - 50, 1, 300), 0.0).tolist(),
        sd=(100 * estimates.skill_sd).tolist(),
        required=((counts.asked > 0) & (level > 0)).tolist(),
        shown=(subtasks >= ASKED).tolist(),
        title_roles=_title_roles(title_scan, reader),
        cues=_telling_cues(scan),
        title_cues=_title_cues(title_scan),
        tools=_rows_by_text(seen.asked & tables.is_tool[scan.concept], bounds),
        narrowing=_rows_by_text(tables.is_narrowing[scan.concept], bounds),
        dated=_rows_by_text(seen.asked & tables.is_dated[scan.concept], bounds),
    )


def _rows_by_text(wanted: NDArray[np.bool_], bounds: NDArray[np.int64]) -> list[list[int]]:
    """Return for each text the rows of the wanted mentions; `bounds` are the rows at which texts begin and end."""
    rows = np.flatnonzero(wanted)
    ends = np.searchsorted(rows, bounds).tolist()
    every: list[int] = rows.tolist()
    return [every[low:high] for low, high in pairwise(ends)]


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


def _assemble(batch: _Batch, number: int, reader: Reader, *, year: int, blind: bool) -> Reading:
    posting, schema = batch.postings[number], reader.schema
    probabilities = dict(zip(schema.roles, batch.role[number], strict=True))
    best = max(probabilities, key=probabilities.__getitem__)
    facts = Facts(
        posting=posting,
        best=best,
        probabilities=probabilities,
        tasks=dict(zip(schema.tasks, batch.tasks[number], strict=True)),
        skills=_skills(batch, number, schema),
        evidence=Quotes(partial(_quote, batch, number, reader, best)),
        dated=_dated(batch, number, reader) if batch.year_ends[number] else (),
        narrowing=_narrowing(batch, number, reader) if batch.narrowing[number] else (),
        title_roles=batch.title_roles[number],
        year_ends=batch.year_ends[number],
        title=posting.title,
        cues=batch.cues[number],
        title_cues=batch.title_cues[number],
    )
    named = reader.tables.tool_of
    deep = facts.skills["deep_learning"].level >= VARIANT_LEVEL
    return Reading(
        id=posting.id,
        title=facts.title,
        best=best,
        variant=reader.tables.variant_of.get(best) if deep else None,
        probabilities=probabilities,
        tasks=facts.tasks,
        subtasks=dict(zip(schema.subtasks, batch.subtasks[number], strict=True)),
        skills=facts.skills,
        tools=tuple(dict.fromkeys([named[batch.concept[row]] for row in batch.tools[number]])),
        evidence=facts.evidence,
        findings=find_faults(facts, edition=reader.edition, year=year),
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


def _dated(batch: _Batch, number: int, reader: Reader) -> tuple[tuple[int, tuple[int, int, str]], ...]:
    """Return the first year and the span of each asked tool that has one."""
    text, since = batch.postings[number].text, reader.tables.since
    spans = [(batch.concept[row], batch.start[row], batch.end[row]) for row in batch.dated[number]]
    return tuple([(since[concept], (begin, end, text[begin:end])) for concept, begin, end in spans])


def _narrowing(batch: _Batch, number: int, reader: Reader) -> tuple[tuple[Concept, Evidence], ...]:
    """Return the narrowing language of a text, wherever it stands."""
    text = batch.postings[number].text
    found = []
    for row in batch.narrowing[number]:
        begin, end, section = batch.start[row], batch.end[row], _SECTION_NAMES[batch.section[row]]
        quoted = Evidence(begin, end, text[begin:end], "finding", "narrowing_language", section)
        found.append((reader.lexicon.concepts[batch.concept[row]], quoted))
    return tuple(found)


def _quote(batch: _Batch, number: int, reader: Reader, best: str) -> tuple[Evidence, ...]:
    """Return the evidence for all that is claimed of a text, in text order."""
    text = batch.postings[number].text
    rows = [row for row in range(batch.bounds[number], batch.bounds[number + 1]) if batch.asked[row]]
    wanted = _wanted(batch, number, reader, best, rows)
    found = []
    for row in rows:
        begin, end, section = batch.start[row], batch.end[row], _SECTION_NAMES[batch.section[row]]
        for claim in reader.claims[batch.concept[row]]:
            if claim in wanted or claim[0] == "tool":
                found.append(_evidence((begin, end, text[begin:end], *claim, section)))  # noqa: PERF401
    return tuple(found)


def _wanted(batch: _Batch, number: int, reader: Reader, best: str, rows: list[int]) -> set[tuple[str, str]]:
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
        claims = [claim for row in rows for claim in reader.claims[batch.concept[row]]]
        mentioned = {name for kind, name in claims if kind == "subtask"}
        for task in missing:
            own = [
                (batch.subtasks[number][k], name)
                for k, name in enumerate(schema.subtasks)
                if reader.tables.task_of[k] == task and name in mentioned
            ]
            if own:
                wanted.add(("subtask", max(own)[1]))
    return wanted
