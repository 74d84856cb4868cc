"""Features of a batch of texts: what the words and mentions of the asking sentences say, as sparse rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import repeat

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack

from waymark.demand.cues import BIT, LEVEL
from waymark.demand.lexicon import Members
from waymark.demand.scanning import Int, Scan
from waymark.demand.sections import ASKING, PREFERRED, SentenceModel, sections_of_sentences

Floats = NDArray[np.float32]

CONCEPT_WEIGHT = 0.7  # length of a row's concept part, where its word part has length 1
_NEGATION_REACH = 28  # characters between a negation and the term it takes back


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """The words that count, and their inverse document frequency (V)."""

    words: Mapping[bytes, int]
    idf: NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Understanding:
    """A scan, with the section of each sentence and mention, and what the words around a mention say of it.

    `words` (T): place of each token in the vocabulary, -1 where unknown. `section` (S) of sentences;
    `mention_section`, `level` (0: not said, 1-3), `negated` (M) of mentions.
    """

    scan: Scan
    words: Int
    section: Int
    mention_section: Int
    level: Int
    negated: NDArray[np.bool_]

    @property
    def asked(self) -> NDArray[np.bool_]:
        """Mentions that count: in a sentence that asks, and not taken back."""
        return ASKING[self.mention_section] & ~self.negated


def understand(scan: Scan, *, vocabulary: Vocabulary, sentences: SentenceModel) -> Understanding:
    """Work out the sections, levels and negations of a scan."""
    words = np.fromiter(map(vocabulary.words.get, scan.tokens, repeat(-1)), np.int32, len(scan.tokens))
    section = sections_of_sentences(scan, words, sentences)
    return Understanding(
        scan=scan,
        words=words,
        section=section,
        mention_section=section[scan.sentence],
        level=_levels(scan),
        negated=_negations(scan),
    )


def _levels(scan: Scan) -> Int:
    """Return the level that the last level word before a mention, in its sentence, gives it; 0 where none does."""
    rows = np.flatnonzero(scan.cue_bits & LEVEL)
    if not len(rows):
        return np.zeros(len(scan.start), np.int32)
    last = np.searchsorted(scan.cue_start[rows], scan.start, side="right") - 1
    cue = rows[np.maximum(last, 0)]
    bits = scan.cue_bits[cue]
    level = np.where(bits & BIT["level 3"], 3, np.where(bits & BIT["level 2"], 2, 1))
    reached = (last >= 0) & (scan.cue_sentence[cue] == scan.sentence)
    bracketed = _bracketed_levels(scan, rows.astype(np.int32))
    return np.where(bracketed > 0, bracketed, np.where(reached, level, 0)).astype(np.int32)


def _bracketed_levels(scan: Scan, rows: Int) -> Int:
    """Return the level said right behind a mention, as in "SQL (advanced)"; 0 where there is none."""
    following = np.searchsorted(scan.cue_start[rows], scan.end, side="left")
    cue = rows[np.minimum(following, len(rows) - 1)]
    flat = np.frombuffer(scan.flat, np.uint8)
    near = (following < len(rows)) & (scan.cue_start[cue] - scan.end <= 2)
    opened = (flat[np.minimum(scan.end, len(flat) - 1)] == ord("(")) | (
        flat[np.minimum(scan.end + 1, len(flat) - 1)] == ord("(")
    )
    bits = scan.cue_bits[cue]
    level = np.where(bits & BIT["level 3"], 3, np.where(bits & BIT["level 2"], 2, 1))
    return np.where(near & opened, level, 0).astype(np.int32)


def _negations(scan: Scan) -> NDArray[np.bool_]:
    """Say which mentions are taken back ("no PhD needed", "SQL is not required")."""
    negated = np.zeros(len(scan.start), bool)
    before = np.flatnonzero(scan.cue_bits & BIT["negation before"])
    if len(before):
        last = np.searchsorted(scan.cue_start[before], scan.start, side="right") - 1
        cue = before[np.maximum(last, 0)]
        gap = scan.start - scan.cue_end[cue]
        negated |= (last >= 0) & (scan.cue_sentence[cue] == scan.sentence) & (gap >= 0) & (gap <= _NEGATION_REACH)
    after = np.flatnonzero(scan.cue_bits & BIT["negation after"])
    if len(after):
        following = np.searchsorted(scan.cue_start[after], scan.end, side="left")
        cue = after[np.minimum(following, len(after) - 1)]
        gap = scan.cue_start[cue] - scan.end
        same = (following < len(after)) & (scan.cue_sentence[cue] == scan.sentence)
        negated |= same & (gap >= 0) & (gap <= _NEGATION_REACH)
    return negated


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What the asking sentences of N texts hold: counts of words (N, V) and of concepts (N, C).

    And, for what concepts are evidence for: mentions of skills in duties and requirements, in preferences, with a
    strong and with a light level word (N, K each), and mentions of subtasks (N, S).
    """

    words: csr_matrix
    concepts: csr_matrix
    asked: Floats
    preferred: Floats
    strong: Floats
    light: Floats
    subtasks: Floats


def count(seen: Understanding, *, vocabulary: Vocabulary, members: Members) -> Counts:
    """Count words, concepts and evidence."""
    scan, rows = seen.scan, len(seen.scan.texts)
    asking = (seen.words >= 0) & ASKING[seen.section[scan.token_sentence]] & ~_in_negation(seen)
    words = _tally(scan.sentence_text[scan.token_sentence[asking]], seen.words[asking], (rows, len(vocabulary.words)))
    text, kept = scan.sentence_text[scan.sentence], seen.asked
    preferred = seen.mention_section == PREFERRED
    shape = (rows, len(members.skills))

    def mentions(which: NDArray[np.bool_]) -> csr_matrix:
        return _tally(text[which], scan.concept[which], shape)

    concepts = mentions(kept)
    return Counts(
        words=words,
        concepts=concepts,
        asked=np.asarray(mentions(kept & ~preferred) @ members.skills, np.float32),
        preferred=np.asarray(mentions(kept & preferred) @ members.skills, np.float32),
        strong=np.asarray(mentions(kept & ~preferred & (seen.level == 3)) @ members.skills, np.float32),
        light=np.asarray(mentions(kept & (seen.level == 1)) @ members.skills, np.float32),
        subtasks=np.asarray(concepts @ members.subtasks, np.float32),
    )


def _in_negation(seen: Understanding) -> NDArray[np.bool_]:
    scan = seen.scan
    inside = np.zeros(len(scan.token_start), bool)
    for number in np.flatnonzero(seen.negated).tolist():
        begin, end = np.searchsorted(scan.token_start, (scan.start[number], scan.end[number]))
        inside[begin:end] = True
    return inside


def _tally(row: Int, column: Int, shape: tuple[int, int]) -> csr_matrix:
    """Count equal (row, column) pairs into a sparse matrix."""
    keys, counts = np.unique(row.astype(np.int64) * shape[1] + column, return_counts=True)
    starts = np.searchsorted(keys, np.arange(shape[0] + 1, dtype=np.int64) * shape[1])
    return csr_matrix((counts.astype(np.float32), (keys % shape[1]).astype(np.int32), starts), shape=shape)


def weigh_rows(counts: csr_matrix, idf: NDArray[np.float32], length: float) -> csr_matrix:
    """Damp counts (1 + ln n), weigh them by `idf` and scale every row to `length`."""
    values = (1 + np.log(counts.data)) * idf[counts.indices]
    rows = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
    norm = np.sqrt(np.bincount(rows, weights=values**2, minlength=counts.shape[0]))
    values = values * (length / np.maximum(norm, 1e-9))[rows]
    return csr_matrix((values.astype(np.float32), counts.indices, counts.indptr), shape=(counts.shape[0], len(idf)))


def aggregate(counts: Counts) -> Floats:
    """Return five numbers a skill (N, 5 K): ln(1 + asked), ln(1 + preferred), strong, light, share of all asked."""
    share = counts.asked / np.maximum(counts.asked.sum(axis=1, keepdims=True), 1)
    return np.concatenate(
        [
            np.log1p(counts.asked),
            np.log1p(counts.preferred),
            np.minimum(counts.strong, 1),
            np.minimum(counts.light, 1),
            share,
        ],
        axis=1,
    )


def design(counts: Counts, *, vocabulary: Vocabulary, scale: Floats) -> csr_matrix:
    """Return the rows (N, V + C + 5 K) that the reader's weights act on; `scale` (5 K) is of the aggregates."""
    ones = np.ones(counts.concepts.shape[1], np.float32)
    return hstack(
        [
            weigh_rows(counts.words, vocabulary.idf, 1.0),
            weigh_rows(counts.concepts, ones, CONCEPT_WEIGHT),
            csr_matrix(aggregate(counts) * scale),
        ],
        format="csr",
    )
