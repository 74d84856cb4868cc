import numpy as np
import pytest

from waymark.demand.cues import SECTIONS
from waymark.demand.features import understand
from waymark.demand.models import Model
from waymark.demand.phrasing import load_cues, load_lexicon
from waymark.demand.scanning import Scan, scan
from waymark.demand.sections import ASKING, PREFERRED, cues_in_sentences, find_headings, headings_above


def look(*texts: str) -> Scan:
    return scan(texts, lexicon=load_lexicon(), cues=load_cues())


def headings(text: str) -> list[str]:
    """Return the sections that the headings of a text open, in order."""
    return [SECTIONS[section] for section in find_headings(look(text))[1]]


@pytest.mark.parametrize(
    ("text", "opened"),
    [
        (
            "About us\nWe sell tea.\n\nRequirements:\n- SQL\n\nNice to have\n- R",
            ["about", "required", "preferred"],
        ),
        ("**What you'll do**\n- build", ["duties"]),
        ("RESPONSIBILITIES\nBuild.", ["duties"]),
        ("We build. Requirements: SQL.", ["required"]),
        ("Our requirements grow with every client we win, which is why we hire.", []),
        ("you will meet requirements that change from week to week", []),
    ],
)
def test_headings_open_sections_where_they_stand_as_headings(text: str, opened: list[str]) -> None:
    assert headings(text) == opened


def test_a_heading_rules_until_the_next_and_never_in_the_next_posting() -> None:
    seen = look("Hello there\nRequirements\nSQL\nR", "Python")
    above = headings_above(seen, *find_headings(seen))
    flat = seen.flat.decode().splitlines()
    said = {line: SECTIONS[k] if k < 6 else "none" for line, k in zip(flat, above.tolist(), strict=False) if line}
    assert said == {
        "Hello there": "none",
        "Requirements": "required",
        "SQL": "required",
        "R": "required",
        "Python": "none",
    }


def test_without_headings_no_sentence_stands_under_one() -> None:
    seen = look("SQL and R")
    above = headings_above(seen, np.array([], np.int32), np.array([], np.int32))
    assert set(above.tolist()) == {len(SECTIONS)}


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("Requirements:\n- Strong Python and SQL", True),
        ("What you'll do:\n- Build data pipelines in Python", True),
        ("Benefits:\n- Medical, dental and vision insurance, 401(k), paid time off", False),
        (
            "We are an equal opportunity employer and do not discriminate on the basis of race or religion.",
            False,
        ),
    ],
)
def test_sentences_are_heard_where_they_ask(model: Model, text: str, asks: bool) -> None:  # noqa: FBT001
    seen = understand(look(text), vocabulary=model.vocabulary, sentences=model.sentences)
    last = int(seen.scan.token_sentence[-1])
    assert bool(ASKING[seen.section[last]]) is asks


def test_a_plus_is_preferred_and_only_in_its_own_sentence(model: Model) -> None:
    text = "Requirements:\nPython is a must. Kafka is a plus. SQL too."
    seen = understand(look(text), vocabulary=model.vocabulary, sentences=model.sentences)
    names = [load_lexicon().concepts[concept].id for concept in seen.scan.concept.tolist()]
    preferred = [name for name, section in zip(names, seen.mention_section, strict=True) if section == PREFERRED]
    assert preferred == ["kafka"]


def test_a_sentence_is_judged_by_itself_and_its_heading_alone(model: Model) -> None:
    own = "Requirements:\nStrong SQL and Python."
    around = "Legal:\nWe do not discriminate.\n\n" + own + "\n\nBenefits:\nTea and a pension."
    read = []
    for text in (own, around):
        seen = understand(look(text), vocabulary=model.vocabulary, sentences=model.sentences)
        read.append({SECTIONS[section] for section in seen.mention_section})
    assert read[0] == read[1] == {"required"}


def test_the_cues_of_a_sentence_are_gathered() -> None:
    seen = look("No SQL. Salary and remote.")
    bits = cues_in_sentences(seen)
    assert len(bits) == len(seen.sentence_start)
    assert int(np.bitwise_or.reduce(bits)) == int(np.bitwise_or.reduce(seen.cue_bits))
