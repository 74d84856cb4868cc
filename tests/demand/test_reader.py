from dataclasses import replace

import numpy as np
import pytest

from waymark.demand.batching import BATCH
from waymark.demand.lexicon import compile_lexicon, concepts_of
from waymark.demand.phrasing import load_cues, load_lexicon
from waymark.demand.postings import Posting
from waymark.demand.reader import ASKED, UNSHOWN, Reader, make_reader, make_schema, read, read_batch
from waymark.demand.readings import Reading
from waymark.errors import BadData
from waymark.framework import load_edition, variants_of

TEXT = """About us
Fernmoor sells flour.

Requirements:
- Strong SQL and Python, 3+ years
- Experience with Tableau dashboards
- No Java needed
- Kafka is a plus

What you'll do:
- Build Tableau dashboards, write SQL queries and present recommendations to stakeholders
"""


def posting(text: str = TEXT, **fields: str) -> Posting:
    return Posting(id="x", text=text, **fields)  # type: ignore[arg-type]  # every field named here is a text


def read_one(reader: Reader, one: Posting, *, blind: bool = False) -> Reading:
    return next(read([one], reader, year=2026, blind=blind))


def test_an_analyst_is_read_as_one_with_tools_and_skills(reader: Reader) -> None:
    reading = read_one(reader, posting())
    assert reading.best == "data_analyst"
    assert {"sql", "python", "tableau", "kafka"} <= set(reading.tools)
    assert "java" not in reading.tools
    assert reading.skills["domain_specific_languages"].level >= 1
    assert reading.skills["domain_specific_languages"].required
    assert reading.tasks["business_analysis"] >= ASKED


def test_evidence_stands_in_text_order_and_is_what_the_text_says(reader: Reader) -> None:
    reading = read_one(reader, posting())
    assert reading.evidence
    assert [one.start for one in reading.evidence] == sorted(one.start for one in reading.evidence)
    assert all(TEXT[one.start : one.end] == one.text for one in reading.evidence)
    kafka = next(one for one in reading.evidence if one.id == "kafka")
    assert (kafka.text, kafka.section) == ("Kafka", "preferred")


def test_nothing_is_claimed_that_no_span_shows(reader: Reader) -> None:
    reading = read_one(reader, posting())
    shown = {(one.kind, one.id) for one in reading.evidence}
    assert all(("skill", skill) in shown for skill, asked in reading.skills.items() if asked.level)
    assert all(("subtask", subtask) in shown for subtask, p in reading.subtasks.items() if p >= ASKED)
    task_of = {subtask: term.task for subtask, term in reader.edition.subtasks.items()}
    supported = {task_of[name] for kind, name in shown if kind == "subtask"}
    assert {task for task, p in reading.tasks.items() if p >= ASKED} <= supported


def test_a_text_that_asks_nothing_claims_nothing(reader: Reader) -> None:
    reading = read_one(reader, posting("Lorem ipsum dolor sit amet."))
    assert reading.evidence == ()
    assert reading.tools == ()
    assert all(asked.level == 0 and not asked.required for asked in reading.skills.values())
    assert max(reading.tasks.values()) <= UNSHOWN
    assert max(reading.subtasks.values()) <= UNSHOWN


def test_a_blind_reading_is_deaf_to_title_and_company(reader: Reader) -> None:
    named = posting(title="Machine learning researcher", company="Deep Learning Labs")
    blind, nameless = read_one(reader, named, blind=True), read_one(reader, posting())
    assert blind.blind
    assert replace(blind, blind=False, title="") == nameless


def test_a_title_moves_the_probabilities(reader: Reader) -> None:
    titled = read_one(reader, posting(title="Data engineer"))
    assert titled.title == "Data engineer"
    assert titled.probabilities != read_one(reader, posting()).probabilities


def test_deep_learning_makes_a_variant(reader: Reader) -> None:
    text = (
        "Requirements:\n- Expert in deep learning, PyTorch, neural networks and transformers, 5+ years\n"
        "- Strong deep learning and computer vision\nWhat you'll do:\n"
        "- Train and evaluate deep neural networks in PyTorch\n"
        "- Deploy deep learning models to production and retrain them\n- Build data pipelines for training images\n"
    )
    reading = read_one(reader, posting(text, title="Deep learning engineer"))
    assert reading.skills["deep_learning"].level >= 2
    variants = variants_of(reader.edition, reading.best)
    assert reading.variant == (variants[0] if variants else None)
    assert read_one(reader, posting()).variant is None


def test_skills_asked_lie_on_the_scale(reader: Reader) -> None:
    for asked in read_one(reader, posting()).skills.values():
        assert 0 <= asked.level <= 3
        assert (asked.mean == 0) == (asked.level == 0)
        assert 0 <= asked.mean <= 300
        assert asked.sd > 0


def test_postings_are_read_in_order_however_many(reader: Reader) -> None:
    many = [replace(posting("Write SQL."), id=str(number)) for number in range(2 * BATCH + 1)]
    assert [reading.id for reading in read(iter(many), reader, year=2026)] == [one.id for one in many]
    assert list(read([], reader, year=2026)) == []
    assert read_batch(many[:3], reader, year=2026) == list(read(many[:3], reader, year=2026))


def test_the_schema_is_the_edition_and_none() -> None:
    edition = load_edition()
    schema = make_schema(edition)
    assert schema.roles == (*edition.roles, "none")
    assert (len(schema.tasks), len(schema.skills), len(schema.subtasks)) == (5, 10, 40)
    assert [schema.subtask_task[k] for k in range(40)] == [edition.subtasks[name].task for name in schema.subtasks]


def test_a_model_of_other_phrases_is_refused(reader: Reader) -> None:
    other = compile_lexicon(concepts_of({"sql": {"forms": ["sql"]}}, family="tools/query"))
    with pytest.raises(BadData, match="other phrases") as caught:
        make_reader(reader.edition, lexicon=other, cues=load_cues(), model=reader.model)
    assert "waymark demand fit" in caught.value.hint


def test_the_shipped_parts_fit_together_and_are_made_once(reader: Reader) -> None:
    assert load_lexicon() is load_lexicon()
    assert load_cues() is load_cues()
    assert np.isfinite(reader.model.weights).all()
