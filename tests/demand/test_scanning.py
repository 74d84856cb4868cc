from itertools import pairwise

import pytest

from waymark.demand.cues import BIT
from waymark.demand.lexicon import compile_lexicon, concepts_of
from waymark.demand.phrasing import load_cues, load_lexicon
from waymark.demand.scanning import Scan, flags_of, scan


def look(*texts: str) -> Scan:
    return scan(texts, lexicon=load_lexicon(), cues=load_cues())


def mentions(seen: Scan, number: int = 0) -> list[tuple[str, str]]:
    """Return the (concept, words) of one text of a scan."""
    begin, text = int(seen.text_start[number]), seen.texts[number]
    own = seen.sentence_text[seen.sentence] == number
    return [
        (load_lexicon().concepts[concept].id, text[start - begin : end - begin])
        for concept, start, end in zip(
            seen.concept[own].tolist(), seen.start[own].tolist(), seen.end[own].tolist(), strict=True
        )
    ]


def sentences(text: str) -> list[str]:
    seen = look(text)
    flat = seen.flat.decode()
    starts = [*seen.sentence_start.tolist(), len(flat)]
    parts = (flat[begin:end].strip() for begin, end in pairwise(starts))
    return [part for part in parts if part]


def test_mentions_are_whole_words_with_their_own_span() -> None:
    assert mentions(look("Python (primary), C++/C# \u2013 not NoSQLite.")) == [
        ("python", "Python"),
        ("cpp", "C++"),
        ("csharp", "C#"),
    ]


def test_the_longest_name_wins_and_a_cut_one_falls_back() -> None:
    tables = {"data": {"forms": ["big data"]}, "tool": {"forms": ["big data tool"], "plural": False}}
    lexicon = compile_lexicon(concepts_of(tables, family="tools/x"))
    found = scan(["a big data tool", "a big data toolbox", "a big database"], lexicon=lexicon, cues=load_cues())
    assert [lexicon.concepts[concept].id for concept in found.concept.tolist()] == ["tool", "data"]


def test_offsets_count_code_points_beyond_the_first_plane() -> None:
    text = "\U0001f40d\U0001f525 Python and \U0001f4ca Tableau"
    assert mentions(look(text)) == [("python", "Python"), ("tableau", "Tableau")]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("One. Two? Three! Four; five", ["One.", "Two?", "Three!", "Four;", "five"]),
        ("Tools, e.g. Spark, i.e. fast ones", ["Tools, e.g. Spark, i.e. fast ones"]),
        ("first line\nsecond line", ["first line", "second line"]),
        ("We run Node.js in v3.9", ["We run Node.js in v3.9"]),
        ("It ended.Then it began", ["It ended.", "Then it began"]),
    ],
)
def test_sentences_end_at_lines_and_stops(text: str, parts: list[str]) -> None:
    assert sentences(text) == parts


def test_nothing_reaches_from_one_posting_into_the_next() -> None:
    pieces = ("power", "bi and machine", "learning. We are young,", "dynamic. Toys", "R and r&", "d", "", " ")
    together = look(*pieces)
    for number, piece in enumerate(pieces):
        assert mentions(together, number) == mentions(look(piece)), piece


def test_an_empty_batch_and_empty_texts_are_scanned() -> None:
    assert len(look().concept) == 0
    seen = look("", "SQL", "")
    assert [mentions(seen, number) for number in range(3)] == [[], [("sql", "SQL")], []]


def test_words_of_a_verb_and_its_object_stay_in_one_sentence() -> None:
    assert ("build_pipelines", "Build fast data pipelines") in mentions(look("Build fast data pipelines"))
    assert "build_pipelines" not in dict(mentions(look("What we build: trust.\nData pipelines are ours.")))


def test_cues_carry_what_they_say_and_where() -> None:
    seen = look("No PhD needed, 5+ years of SQL.")
    told = {
        seen.flat[start:end].decode(): bits
        for bits, start, end in zip(seen.cue_bits.tolist(), seen.cue_start.tolist(), seen.cue_end.tolist(), strict=True)
    }
    assert told["No"] & BIT["negation before"]
    assert told["5+ years"] & BIT["level 3"]
    assert told["5+ years"] & BIT["terms years"]


def test_flags_are_set_for_the_given_bytes_alone() -> None:
    flags = flags_of(b"az")
    assert flags.sum() == 2
    assert flags[[97, 122]].all()
