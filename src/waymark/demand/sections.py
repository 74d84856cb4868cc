"""Sections: which sentence tells of the company, the duties, what is required, preferred, offered, or the law."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from waymark.demand.cues import BIT, HEADING, SECTIONS
from waymark.demand.scanning import Int, Scan, flags_of

ABOUT, DUTIES, REQUIRED, PREFERRED, BENEFITS, LEGAL = range(6)
ASKING = np.array([False, True, True, True, False, False])
"""Sections that ask something of the reader; the others never raise a skill."""

MAX_SILENT = np.array([0.3, 0.4, 0.4, 0.4, 0.2, 0.2, 0.4])
"""Probability of asking nothing above which a sentence is not heard, by the section of the heading above it."""
MAX_SILENT_TOLD = 0.15  # the same where a boilerplate phrase stands in it
MAX_HEADING = 70  # characters of a line that still reads as a heading
_NO_HEADING = len(SECTIONS)
_HEADING_BITS = np.array([BIT[f"heading {section}"] for section in SECTIONS])
_UPPER = flags_of(bytes(range(65, 91)))
_OPENS = flags_of(b'\n*#-?>.:;!("')  # characters right before a heading written in small letters
_BLANK, _NEWLINE = 32, 10
_BULLETS = b" \t*#-=>_.:?!()[]\"'0123456789\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class SentenceModel:
    """A linear model of a sentence's section, over V words.

    `word` (V, 6): weight of each word; `first` (V, 6): of the first known word; `heading` (7, 6): of the heading above
    (last row: none); `boilerplate` (6): of a boilerplate phrase in the sentence.
    """

    word: NDArray[np.float32]
    first: NDArray[np.float32]
    heading: NDArray[np.float32]
    boilerplate: NDArray[np.float32]


def find_headings(scan: Scan) -> tuple[Int, Int]:
    """Return the sentences that are (or begin with) a heading, and the section each opens."""
    sentences: list[int] = []
    sections: list[int] = []
    flat = scan.flat
    marks = np.frombuffer(flat, np.uint8)
    before, first = marks[scan.cue_start - 1], marks[scan.cue_start]
    opens = _OPENS[before] | (_OPENS[marks[scan.cue_start - 2]] & (before == _BLANK))
    after = marks[scan.cue_end]
    closes = (after != _BLANK) | _UPPER[marks[np.minimum(scan.cue_end + 1, len(marks) - 1)]]
    possible = opens | (_UPPER[first] & closes)  # the rest are words in the middle of a sentence
    for number in np.flatnonzero(possible & ((scan.cue_bits & HEADING) > 0)).tolist():
        begin, end = int(scan.cue_start[number]), int(scan.cue_end[number])
        if _stands_as_heading(flat, begin, end):
            sentences.append(int(scan.cue_sentence[number]))
            sections.append(int(np.flatnonzero(_HEADING_BITS & scan.cue_bits[number])[0]))
    return np.array(sentences, np.int32), np.array(sections, np.int32)


def _stands_as_heading(flat: bytes, begin: int, end: int) -> bool:
    line = flat.rfind(b"\n", 0, begin) + 1
    starts_line = not flat[line:begin].strip(_BULLETS)
    stop = flat.find(b"\n", end, end + MAX_HEADING)
    after = flat[end : end + 3].lstrip(b"*_ ")
    if after[:1] == b":" and (starts_line or _starts_sentence(flat, begin)):
        return True
    if starts_line and stop >= 0 and stop - line <= MAX_HEADING:
        rest = flat[end:stop].strip(_BULLETS)
        return len(rest.split()) <= 4
    return _is_inline_heading(flat, begin, end)


def _starts_sentence(flat: bytes, begin: int) -> bool:
    return flat[begin : begin + 1].isupper() or flat[max(0, begin - 3) : begin].rstrip()[-1:] in (
        b".",
        b";",
        b"?",
        b"!",
        b"*",
    )


def _is_inline_heading(flat: bytes, begin: int, end: int) -> bool:
    """Say whether a run of capitalised words opens a section inside text whose line breaks were lost."""
    words = flat[begin:end].split()
    if not words or not all(word[:1].isupper() for word in words if len(word) > 3):
        return False
    following = flat[end : end + 4].lstrip(b" -*?")[:1]
    before = flat[max(0, begin - 2) : begin].strip()
    shouted = flat[begin:end].isupper() and len(words) > 1
    return following.isupper() and (shouted or (before[-1:] in (b".", b"!", b")", b"?", b";") and len(words) > 1))


def headings_above(scan: Scan, sentences: Int, sections: Int) -> Int:
    """Return for each sentence the section of the last heading at or above it in its text; 6 where there is none.

    A heading that asks nothing (company, benefits, law) reaches to the end of its first paragraph only, so that such
    a block set before a posting does not silence the posting.
    """
    count = len(scan.sentence_start)
    if not len(sentences):
        return np.full(count, _NO_HEADING, np.int32)
    last = np.maximum(np.searchsorted(sentences, np.arange(count), side="right") - 1, 0)
    opening = sentences[last]
    within = (opening <= np.arange(count)) & (scan.sentence_text[opening] == scan.sentence_text)
    paragraph = _paragraphs(scan)
    spoken = np.append(np.unique(scan.token_sentence), count - 1)
    body = spoken[np.minimum(np.searchsorted(spoken, opening, side="right"), len(spoken) - 1)]
    within &= ASKING[sections[last]] | (paragraph <= paragraph[body])
    return np.asarray(np.where(within, sections[last], _NO_HEADING), np.int32)


def _paragraphs(scan: Scan) -> Int:
    """Return the number of blank lines before each sentence (S)."""
    line = np.frombuffer(scan.flat, np.uint8) == _NEWLINE
    blank = np.flatnonzero(line[:-1] & line[1:])
    return np.searchsorted(blank, scan.sentence_start, side="left").astype(np.int32)


def sections_of_sentences(scan: Scan, words: Int, model: SentenceModel) -> Int:
    """Return each sentence's section, from its words, the heading above it and the cues in it.

    `words` (T) holds each token's place in the model's vocabulary (-1: unknown). A sentence is judged by itself
    and its heading alone, so that text put beside it changes nothing.
    """
    opening, opened = find_headings(scan)
    above = headings_above(scan, opening, opened)
    bits = cues_in_sentences(scan)
    told = (bits & BIT["boilerplate"]) > 0
    scores = score_sentences(scan, words, model, above=above, told=told)
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    most = np.where(told, MAX_SILENT_TOLD, MAX_SILENT[above])
    silent = powers[:, ~ASKING].sum(axis=1) > most * powers.sum(axis=1)
    sections: Int = np.where(silent[:, None] == ASKING, -np.inf, scores).argmax(axis=1).astype(np.int32)
    sections[((bits & BIT["sentence preferred"]) > 0) & ASKING[sections]] = PREFERRED
    return sections


def score_sentences(
    scan: Scan, words: Int, model: SentenceModel, *, above: Int, told: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """Return log-odds of the six sections for each sentence (S, 6).

    `above` (S) is the section of the heading above each, `told` (S) says where a boilerplate phrase stands.
    """
    count = len(scan.sentence_start)
    known = np.flatnonzero(words >= 0)
    sentence, word = scan.token_sentence[known], words[known]
    size = np.bincount(sentence, minlength=count)
    scores = np.zeros((count, len(SECTIONS)), np.float32)
    if len(known):
        begins = np.flatnonzero(np.diff(sentence, prepend=-1))
        own = sentence[begins]
        scores[own] = np.add.reduceat(model.word[word], begins, axis=0)
        scores[own] /= np.sqrt(size[own])[:, None]
        scores[own] += model.first[word[begins]]
    scores += model.heading[above]
    scores += model.boilerplate * told[:, None]
    return scores


def cues_in_sentences(scan: Scan) -> Int:
    """Return the bits of all cues in each sentence (S)."""
    bits = np.zeros(len(scan.sentence_start), np.int32)
    np.bitwise_or.at(bits, scan.cue_sentence, scan.cue_bits)
    return bits
