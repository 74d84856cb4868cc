"""Fitting the sentence model: first to sentences under clear headings, then to sentences labelled by reading."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, diags, hstack, vstack

from waymark.demand.cues import BIT, SECTIONS
from waymark.demand.labels import SentenceLabel
from waymark.demand.models import quantize
from waymark.demand.scanning import Int, Scan
from waymark.demand.sections import LEGAL, SentenceModel, cues_in_sentences, find_headings, headings_above

Array = NDArray[np.floating[Any]]

_NEAR = 15  # sentences below a heading that surely belong to it
_HEADING_LOG_ODDS = 2.5  # of a heading's own section, where no sentence was labelled by reading
_BOILERPLATE_LOG_ODDS = 3.0  # of "legal", likewise
_FIRST, _HEADING, _DISTANT = 0.7, 2.0, 0.5  # how freely first words, headings and the first model are weighed
_MIN_LABELLED = 500
_DISTANT_STRENGTH, _LABELLED_STRENGTH = 0.5, 1.0


def fit_sentences(
    scans: Iterable[Scan],
    labelled: Iterable[tuple[Scan, Sequence[Sequence[SentenceLabel]]]],
    words: Mapping[bytes, int],
) -> SentenceModel:
    """Fit the sentence model; `labelled` pairs scans with the labels of each of their texts.

    The first model learns from headings alone, which every corpus has; where at least 500 sentences carry a label,
    a second one corrects it.
    """
    first = _fit_headed(scans, words)
    rows = [_labelled_rows(scan, labels, words, first) for scan, labels in labelled]
    if sum(len(target) for _, target in rows) < _MIN_LABELLED:
        return first
    x, target = vstack([part for part, _ in rows]).tocsr(), np.concatenate([part for _, part in rows])
    weights, bias = _fit(x, target, strength=_LABELLED_STRENGTH)
    size = len(words)
    words_part, first_part, rest = np.split(weights, [size, 2 * size])
    heading, boilerplate, distant = np.split(rest, [len(SECTIONS) + 1, len(SECTIONS) + 2])
    return SentenceModel(
        word=quantize(words_part + first.word @ (distant * _DISTANT)),
        first=quantize(first_part * _FIRST),
        heading=quantize(heading * _HEADING + bias),
        boilerplate=quantize(boilerplate[0]),
    )


def _fit_headed(scans: Iterable[Scan], words: Mapping[bytes, int]) -> SentenceModel:
    """Learn what the sentences of each section sound like from those that stand under a clear heading."""
    parts: list[csr_matrix] = []
    targets: list[Int] = []
    for scan in scans:
        opening, opened = find_headings(scan)
        above = headings_above(scan, opening, opened)
        count = len(above)
        per_text = np.bincount(scan.sentence_text[opening], minlength=len(scan.texts))
        last = np.searchsorted(opening, np.arange(count), side="right") - 1
        distance = np.arange(count) - np.where(last >= 0, np.append(opening, 0)[last], -_NEAR)
        clear = (per_text[scan.sentence_text] >= 3) & (above < len(SECTIONS)) & (distance > 0) & (distance < _NEAR)
        counts, _ = _word_rows(scan, words)
        clear &= np.asarray((counts > 0).sum(axis=1)).ravel() >= 2
        parts.append(counts[clear])
        targets.append(above[clear])
    weights, bias = _fit(vstack(parts).tocsr(), np.concatenate(targets), strength=_DISTANT_STRENGTH)
    heading = np.zeros((len(SECTIONS) + 1, len(SECTIONS)))
    heading[:-1] = np.eye(len(SECTIONS)) * _HEADING_LOG_ODDS
    return SentenceModel(
        word=quantize(weights),
        first=np.zeros((len(words), len(SECTIONS)), np.float32),
        heading=quantize(heading + bias),
        boilerplate=quantize(np.eye(len(SECTIONS))[LEGAL] * _BOILERPLATE_LOG_ODDS),
    )


def _labelled_rows(
    scan: Scan, labels: Sequence[Sequence[SentenceLabel]], words: Mapping[bytes, int], first: SentenceModel
) -> tuple[csr_matrix, NDArray[np.int64]]:
    starts = [
        (int(scan.text_start[text]) + label.start, SECTIONS.index(label.section))
        for text, own in enumerate(labels)
        for label in own
    ]
    where = np.searchsorted(scan.sentence_start, [start for start, _ in starts], side="right") - 1
    opening, opened = find_headings(scan)
    above = headings_above(scan, opening, opened)[where]
    counts, first_words = _word_rows(scan, words)
    told = (cues_in_sentences(scan)[where] & BIT["boilerplate"]) > 0
    rows = hstack(
        [
            counts[where],
            first_words[where] * _FIRST,
            csr_matrix(np.eye(len(SECTIONS) + 1)[above] * _HEADING),
            csr_matrix(told[:, None].astype(float)),
            csr_matrix(counts[where] @ first.word * _DISTANT),
        ],
        format="csr",
    )
    return rows, np.array([section for _, section in starts], np.int64)


def _word_rows(scan: Scan, words: Mapping[bytes, int]) -> tuple[csr_matrix, csr_matrix]:
    """Return each sentence's words over the root of their number (S, V), and its first known word (S, V)."""
    place = np.fromiter(map(words.get, scan.tokens, repeat(-1)), np.int32, len(scan.tokens))
    known = np.flatnonzero(place >= 0)
    sentence, word = scan.token_sentence[known], place[known]
    shape = (len(scan.sentence_start), len(words))
    counts = csr_matrix((np.ones(len(known)), (sentence, word)), shape=shape)
    size = np.asarray(counts.sum(axis=1)).ravel()
    begins = np.flatnonzero(np.diff(sentence, prepend=-1))
    firsts = csr_matrix((np.ones(len(begins)), (sentence[begins], word[begins])), shape=shape)
    return (diags(1 / np.sqrt(np.maximum(size, 1))) @ counts).tocsr(), firsts


def _fit(x: csr_matrix, target: NDArray[np.integer[Any]], *, strength: float) -> tuple[Array, Array]:
    """Return the weights (F, 6) and bias (6) of a multinomial logistic regression."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415  heavy, and only fitting needs it

    fitted = LogisticRegression(C=strength, max_iter=1000, tol=1e-3).fit(x, target)
    weights, bias = np.zeros((x.shape[1], len(SECTIONS))), np.zeros(len(SECTIONS))
    weights[:, fitted.classes_], bias[fitted.classes_] = fitted.coef_.T, fitted.intercept_
    return weights, bias
