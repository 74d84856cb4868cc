"""Laws of reading that hold for any text and any bytes."""

import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from waymark.demand.models import decode_model
from waymark.demand.parsing import parse
from waymark.demand.phrasing import load_cues, load_lexicon
from waymark.demand.postings import Posting
from waymark.demand.reader import Reader, make_reader, read
from waymark.demand.readings import describe
from waymark.errors import BadInput, TooLarge, WaymarkError
from waymark.framework import load_edition
from waymark.framework.tables import open_data

WORDS = (
    "Python", "R", "Go", "C++", ".NET", "SQL", "power", "BI", "machine", "learning", "no", "not required", "5+ years",
    "Requirements:", "About us", "Benefits\n", "is a plus", "expert in", "(advanced)", "build", "data pipelines",
    "train", "models", "R&D", "equal opportunity", "salary", "remote", "ninja", ".",
    ";", "\n", "\n\n", ",", "-", "!", "&", "'",
)  # fmt: skip
LAWS = settings(deadline=None, max_examples=60, derandomize=True)

wild = st.text(st.characters(codec=None, exclude_categories=()), max_size=200)
phrases = st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join)
long_words = st.builds(lambda letter, size: letter * size, st.characters(codec=None), st.integers(1, 500))
texts = st.one_of(wild, phrases, long_words, st.lists(st.one_of(wild, phrases), max_size=5).map(" ".join))
titles = st.one_of(st.just(""), st.sampled_from(["Data Scientist", "Nurse", "Head of R&D"]), wild)
advertisements = st.builds(
    Posting,
    id=st.text(max_size=5),
    text=texts,
    title=titles,
    company=wild,
    location=st.sampled_from(["", "Lyon"]),
    posted=st.one_of(st.sampled_from(["", "2020-02-30", "99999", "\u0662\u0660\u0662\u0660"]), st.text(max_size=6)),
)
batches = st.lists(advertisements, max_size=6)


@cache
def shipped() -> Reader:
    """Put the shipped reader together; no fixture, since Hypothesis prints the arguments of a failing example."""
    model = decode_model(open_data("models/reader.npz").read_bytes(), name="models/reader.npz")
    return make_reader(load_edition(), lexicon=load_lexicon(), cues=load_cues(), model=model)


def tell(*postings: Posting, blind: bool = False) -> list[str]:
    """Return the readings as JSON, which keeps every digit that is printed."""
    return [json.dumps(describe(one)) for one in read(postings, shipped(), year=2026, blind=blind)]


@LAWS
@given(one=advertisements)
def test_evidence_is_a_slice_of_the_text(one: Posting) -> None:
    (reading,) = read([one], shipped(), year=2026)
    spans = [*reading.evidence, *(span for finding in reading.findings for span in finding.evidence)]
    for span in spans:
        assert 0 <= span.start < span.end <= len(one.text)
        assert one.text[span.start : span.end] == span.text


@LAWS
@given(one=advertisements)
def test_probabilities_are_probabilities(one: Posting) -> None:
    (reading,) = read([one], shipped(), year=2026)
    assert abs(sum(reading.probabilities.values()) - 1) < 1e-5
    for values in (reading.probabilities, reading.tasks, reading.subtasks):
        assert all(0 <= value <= 1 for value in values.values())
    assert reading.best in reading.probabilities
    assert reading.probabilities[reading.best] == max(reading.probabilities.values())


@LAWS
@given(one=advertisements)
def test_reading_twice_gives_the_same_bytes(one: Posting) -> None:
    assert tell(one) == tell(one)


@LAWS
@given(batch=batches)
def test_a_reading_does_not_depend_on_its_neighbours(batch: list[Posting]) -> None:
    assert tell(*batch) == [line for one in batch for line in tell(one)]


@LAWS
@given(batch=batches)
def test_readings_come_in_the_order_of_the_postings(batch: list[Posting]) -> None:
    named = [replace(one, id=str(number)) for number, one in enumerate(batch)]
    assert [reading.id for reading in read(named, shipped(), year=2026)] == [one.id for one in named]


@LAWS
@given(one=advertisements)
def test_a_blind_reading_knows_neither_title_nor_company(one: Posting) -> None:
    nameless = replace(one, title="", company="")
    assert tell(one, blind=True) == tell(nameless, blind=True)


def allowed(data: bytes) -> list[Posting]:
    """Return what bytes are parsed to: none where they are refused as they may be."""
    try:
        return parse(data, name="x")
    except WaymarkError:
        return []


marked = st.lists(
    st.sampled_from(
        [
            "<p>",
            "</p>",
            "<div ",
            "a=",
            ">",
            "<",
            "<!--",
            "<script type=ld+json>",
            "{",
            "}",
            "[",
            '"',
            "&amp;",
            "\\",
        ]
    ),
    max_size=60,
).map("".join)


@LAWS
@given(
    data=st.one_of(
        st.binary(max_size=400),
        texts.map(lambda text: text.encode("utf-8", "surrogatepass")),
        marked.map(lambda text: f"<html><body>{text}</body></html>".encode()),
        marked.map(lambda text: ("{" + text).encode()),
        st.recursive(
            st.none() | st.booleans() | st.floats() | st.integers() | wild | st.just("JobPosting"),
            lambda inner: (
                st.lists(inner, max_size=4)
                | st.dictionaries(
                    st.sampled_from(["@type", "description", "title", "baseSalary", "value", "@graph", "id"]),
                    inner,
                )
            ),
        ).map(lambda value: json.dumps([value, "padding to be read"]).encode()),
    )
)
def test_any_bytes_are_parsed_or_refused(data: bytes) -> None:
    for posting in allowed(data):
        assert posting.text.strip()
        assert tell(posting)


def job(description: str, **fields: str) -> str:
    extra = "".join(f', "{key}": {value}' for key, value in fields.items())
    return f'{{"@type": "JobPosting", "description": {description}{extra}}}'


HOSTILE: dict[str, tuple[Callable[[], bytes], type[WaymarkError] | None]] = {
    "empty": (lambda: b"", BadInput),
    "blank": (lambda: b" \n" * 100_000, BadInput),
    "nul bytes": (lambda: b"\x00" * 100_000, BadInput),
    "some nul bytes": (
        lambda: b"We seek an analyst who knows SQL and draws charts in Tableau every day.\x00" + b" It pays." * 99,
        None,
    ),
    "hundred megabytes": (lambda: b"a" * 100_000_000, TooLarge),
    "a million tags": (lambda: b"<p>" + b"<b>" * 1_000_000 + b"x", TooLarge),
    "a million tags in prose": (lambda: b"We seek an analyst. " + b"<b>" * 1_000_000, TooLarge),
    "nested divs": (lambda: b"<div>" * 200_000 + b"text" + b"</div>" * 200_000, TooLarge),
    "attributes": (
        lambda: b"<html><p " + b"".join(b'a%d="1" ' % n for n in range(100_000)) + b">text",
        TooLarge,
    ),
    "comments": (lambda: b"<html><p>" + b"<!--" * 200_000, TooLarge),
    "comments alone": (lambda: b"<!--" * 200_000, None),
    "instructions": (lambda: b"<html><p>" + b"<?" * 300_000, TooLarge),
    "closings": (lambda: b"<html><p>" + b"</" * 300_000, TooLarge),
    "anchors": (lambda: b"<html><p>" + b"<a " * 200_000, TooLarge),
    "open attributes": (lambda: b"<html><p>" + b'<a x="' * 100_000, TooLarge),
    "dashes": (lambda: b"<html><p><!" + b"-" * 1_000_000, BadInput),
    "entities": (lambda: b"<html><p>" + b"&amp;" * 500_000 + b" the end", None),
    "deep json": (lambda: b"[" * 200_000 + b"]" * 200_000, TooLarge),
    "deep linked data": (lambda: b'{"@graph":' * 100_000 + b"1" + b"}" * 100_000, TooLarge),
    "deep json in a page": (
        lambda: (
            b'<html><body><script type="application/ld+json">' + b"[" * 100_000 + b"</script><p>We seek an analyst</p>"
        ),
        TooLarge,
    ),
    "not a number": (lambda: job('"We seek an analyst"', baseSalary='{"value": NaN}').encode(), None),
    "endless number": (lambda: job('"We seek an analyst"', baseSalary='{"value": Infinity}').encode(), None),
    "long number": (lambda: job('"We seek an analyst"', baseSalary="9" * 5_000).encode(), BadInput),
    "lone surrogates in json": (
        lambda: job('"We seek \\ud800 an analyst \\udfff who knows SQL"').encode(),
        None,
    ),
    "lone surrogates in bytes": (
        lambda: ("We seek an analyst \ud800 " * 50).encode("utf-8", "surrogatepass"),
        None,
    ),
    "broken utf-16": (lambda: b"\xff\xfe" + b"\x00\xd8" * 100, BadInput),
    "a long string": (lambda: b'{"description": "' + b"x" * 4_900_000 + b'"}', None),
    "an open string": (lambda: b'{"description": "' + b"\\" * 4_900_000, BadInput),
    "commas": (lambda: b"[" + b"," * 2_000_000 + b"]", BadInput),
    "blanks behind a comma": (lambda: b"[1," + b" " * 2_000_000 + b"x", BadInput),
    "one long word": (lambda: b"a" * 4_900_000, None),
    "years": (lambda: b"5 years of SQL, " * 50_000, None),
    "one phrase": (lambda: b"machine learning " * 50_000, None),
    "line ends": (lambda: b"x" + b"\n" * 4_000_000 + b"x" * 30, None),
    "stops": (lambda: b"a. " * 300_000, None),
    "braces in prose": (lambda: b"{{ template }} " * 1_000, None),
}


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_hostile_input_ends_in_its_refusal_or_a_reading(name: str) -> None:
    make, refusal = HOSTILE[name]
    if refusal is not None:
        with pytest.raises(refusal) as caught:
            parse(make(), name="x")
        assert caught.value.message
        return
    postings = parse(make(), name="x")
    assert len(tell(*postings)) == len(postings) == 1
