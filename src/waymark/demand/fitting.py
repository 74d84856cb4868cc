"""Fitting the reader: from a corpus and labels by reading to a `Model`, the same to the bit for the same input.

Every stage is convex and run to convergence, and the weights are rounded, so chance enters only through the folds.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import repeat

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, diags, hstack, vstack

from waymark.demand.cues import SECTIONS, Cues
from waymark.demand.features import Counts, Vocabulary, count, design, understand
from waymark.demand.labels import Label
from waymark.demand.lexicon import Lexicon, Members
from waymark.demand.models import Floats, Model, quantize
from waymark.demand.postings import Posting
from waymark.demand.scanning import Scan, scan
from waymark.demand.sections import SentenceModel, find_headings, headings_above
from waymark.demand.stages import Examples, HeldOut, Schema, Track, fit_stages
from waymark.errors import BadInput

BATCH = 64
AGGREGATE_WEIGHT = 0.1  # spread of the aggregates beside word and concept parts of length 1 and 0.7
MIN_LABELLED = 50
_MIN_TEXTS = 8  # texts a word must stand in to count
_MAX_SHARE = 0.6  # share of texts above which a word says nothing
_HEADING_LOG_ODDS = 2.5
_NEAR_HEADING = 15  # sentences below a heading that surely belong to it
_SENTENCE_STRENGTH = 0.5


def fit(  # noqa: PLR0913  the corpus, what to learn and what to learn it with
    corpus: Sequence[Posting],
    labels: Mapping[str, Label],
    *,
    schema: Schema,
    lexicon: Lexicon,
    cues: Cues,
    members: Members,
    rng: np.random.Generator,
    track: Track = lambda items, _: items,
) -> tuple[Model, HeldOut]:
    """Fit a reader to the postings of a corpus that have a label, using all of its texts for words and sections.

    Raise BadInput where fewer than 50 postings are labelled.
    """
    rows = np.array([number for number, posting in enumerate(corpus) if posting.id in labels], int)
    if len(rows) < MIN_LABELLED:
        raise BadInput(
            f"{len(rows)} of {len(corpus)} postings have a label", hint=f"at least {MIN_LABELLED} are needed"
        )
    batches = [corpus[start : start + BATCH] for start in range(0, len(corpus), BATCH)]

    def scans(what: str) -> Iterator[Scan]:
        for batch in track(batches, what):
            yield scan([posting.text for posting in batch], lexicon=lexicon, cues=cues)

    words = _choose_words(scans("words"))
    sentences = _fit_sentences(scans("sections"), words)
    vocabulary = Vocabulary(words=words, idf=np.ones(len(words), np.float32))
    counts = [
        count(understand(one, vocabulary=vocabulary, sentences=sentences), vocabulary=vocabulary, members=members)
        for one in scans("features")
    ]
    vocabulary = replace(vocabulary, idf=_idf(counts))
    unscaled = np.ones(5 * len(schema.skills), np.float32)
    x = vstack([design(one, vocabulary=vocabulary, scale=unscaled) for one in counts]).tocsr()
    x, scale = _scale_aggregates(x, len(unscaled))
    mentions = np.concatenate([one.subtasks for one in counts])[rows]
    chosen = tuple(labels[corpus[row].id] for row in rows.tolist())
    titles = [corpus[row].title for row in rows.tolist()]
    examples = Examples(
        x=x[rows],
        mentions=mentions,
        labels=chosen,
        titles=titles,
        title_scan=scan(titles, lexicon=lexicon, cues=cues),
        concepts=tuple(f"{concept.family}/{concept.id}" for concept in lexicon.concepts),
        vocabulary=vocabulary,
        sentences=sentences,
        scale=scale,
    )
    return fit_stages(examples, schema=schema, rng=rng, track=track)


def _choose_words(scans: Iterable[Scan]) -> dict[bytes, int]:
    texts: Counter[bytes] = Counter()
    for one in scans:
        bounds = np.searchsorted(one.sentence_text[one.token_sentence], np.arange(len(one.texts) + 1))
        for begin, end in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
            texts.update(set(one.tokens[begin:end]))
    kept = sorted(word for word, count in texts.items() if count >= _MIN_TEXTS and not word.isdigit())
    return {word: number for number, word in enumerate(kept)}


def _fit_sentences(scans: Iterable[Scan], words: Mapping[bytes, int]) -> SentenceModel:
    """Learn what sentences of each section sound like from those that stand under a clear heading."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415  heavy, and only fitting needs it

    parts: list[csr_matrix] = []
    targets: list[NDArray[np.int32]] = []
    for one in scans:
        opening, opened = find_headings(one)
        above = headings_above(one, opening, opened)
        count = len(above)
        per_text = np.bincount(one.sentence_text[opening], minlength=len(one.texts))
        last = np.searchsorted(opening, np.arange(count), side="right") - 1
        distance = np.arange(count) - np.where(last >= 0, np.append(opening, 0)[last], -_NEAR_HEADING)
        clear = (per_text[one.sentence_text] >= 3) & (above < len(SECTIONS)) & (0 < distance) & (distance < _NEAR_HEADING)
        place = np.fromiter(map(words.get, one.tokens, repeat(-1)), np.int32, len(one.tokens))
        known = place >= 0
        counts = csr_matrix(
            (np.ones(int(known.sum())), (one.token_sentence[known], place[known])), shape=(count, len(words))
        )
        clear &= np.asarray(counts.sum(axis=1)).ravel() >= 2
        parts.append(counts[clear])
        targets.append(above[clear])
    x = vstack(parts).tocsr()
    x = diags(1 / np.sqrt(np.asarray(x.sum(axis=1)).ravel())) @ x
    fitted = LogisticRegression(C=_SENTENCE_STRENGTH, max_iter=1000, tol=1e-3).fit(x, np.concatenate(targets))
    word = np.zeros((len(words), len(SECTIONS)), np.float32)
    word[:, fitted.classes_] = fitted.coef_.T
    heading = np.zeros((len(SECTIONS) + 1, len(SECTIONS)))
    heading[:-1] = np.eye(len(SECTIONS)) * _HEADING_LOG_ODDS
    heading[:, fitted.classes_] += fitted.intercept_
    return SentenceModel(word=quantize(word), heading=quantize(heading))


def _idf(counts: Sequence[Counts]) -> Floats:
    words = vstack([one.words for one in counts]).tocsr()
    texts = np.bincount(words.indices, minlength=words.shape[1])
    idf = np.log(words.shape[0] / np.maximum(texts, 1)) + 1
    idf[(texts < _MIN_TEXTS) | (texts > _MAX_SHARE * words.shape[0])] = 0
    return quantize(idf)


def _scale_aggregates(x: csr_matrix, size: int) -> tuple[csr_matrix, Floats]:
    part = np.asarray(x[:, -size:].todense())
    scale = quantize(AGGREGATE_WEIGHT / np.maximum(part.std(axis=0), 0.05))
    return hstack([x[:, :-size], csr_matrix(part * scale)], format="csr"), scale
