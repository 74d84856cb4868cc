"""Fitting the reader: from a corpus and labels by reading to a `Model`, the same to the bit for the same input.

Every stage is convex and run to convergence, and the weights are rounded, so chance enters only through the folds.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack, vstack

from waymark.demand.cues import Cues
from waymark.demand.features import Counts, Vocabulary, count, design, understand
from waymark.demand.labels import Label, SentenceLabel
from waymark.demand.lexicon import Lexicon, find_members
from waymark.demand.models import Floats, Model, quantize
from waymark.demand.postings import Posting
from waymark.demand.scanning import Scan, scan
from waymark.demand.sections import SentenceModel
from waymark.demand.sentences import fit_sentences
from waymark.demand.stages import Examples, HeldOut, Schema, Track, fit_stages
from waymark.errors import BadInput

BATCH = 64
AGGREGATE_WEIGHT = 0.1  # spread of the aggregates beside word and concept parts of length 1 and 0.7
MIN_LABELLED = 50
_MIN_TEXTS = 8  # texts a word must stand in to count
_MAX_SHARE = 0.6  # share of texts above which a word says nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Lessons:
    """What a reader is taught: labels of postings and of sentences by posting id, and texts of foreign occupations."""

    labels: Mapping[str, Label]
    sentences: Mapping[str, Sequence[SentenceLabel]]
    foreign: Sequence[Posting]


def fit(
    corpus: Sequence[Posting],
    lessons: Lessons,
    *,
    schema: Schema,
    phrases: tuple[Lexicon, Cues],
    rng: np.random.Generator,
    track: Track = lambda items, _: items,
) -> tuple[Model, HeldOut]:
    """Fit a reader to the postings of a corpus that have a label, using all of its texts for words and sections.

    Raise BadInput where fewer than 50 postings are labelled.
    """
    rows = np.array([number for number, posting in enumerate(corpus) if posting.id in lessons.labels], int)
    if len(rows) < MIN_LABELLED:
        raise BadInput(
            f"{len(rows)} of {len(corpus)} postings have a label", hint=f"at least {MIN_LABELLED} are needed"
        )
    texts = _Texts(corpus, lessons, *phrases, track)
    vocabulary, sentences = _learn_words(texts)
    examples = _make_examples(texts, rows, vocabulary, sentences, schema)
    return fit_stages(examples, schema=schema, rng=rng, track=track)


@dataclass(frozen=True, slots=True)
class _Texts:
    """What there is to learn from, and the phrases to read it with."""

    corpus: Sequence[Posting]
    lessons: Lessons
    lexicon: Lexicon
    cues: Cues
    track: Track

    def scan(self, postings: Sequence[Posting], what: str = "") -> Iterator[Scan]:
        """Yield scans of the postings, a batch at a time; `what` names the work where its progress is shown."""
        batches = [postings[start : start + BATCH] for start in range(0, len(postings), BATCH)]
        for batch in self.track(batches, what) if what else batches:
            yield scan([posting.text for posting in batch], lexicon=self.lexicon, cues=self.cues)


def _learn_words(texts: _Texts) -> tuple[Vocabulary, SentenceModel]:
    """Choose the words that count (not yet weighed) and fit the sentence model over them."""
    words = _choose_words(texts.scan(texts.corpus, "words"))
    taught = [posting for posting in texts.corpus if posting.id in texts.lessons.sentences]
    told = [texts.lessons.sentences[posting.id] for posting in taught]
    batches = (told[start : start + BATCH] for start in range(0, len(told), BATCH))
    labelled = zip(texts.scan(taught), batches, strict=True)
    sentences = fit_sentences(texts.scan(texts.corpus, "sections"), labelled, words)
    return Vocabulary(words=words, idf=np.ones(len(words), np.float32)), sentences


def _make_examples(
    texts: _Texts, rows: NDArray[np.int64], vocabulary: Vocabulary, sentences: SentenceModel, schema: Schema
) -> Examples:
    members = find_members(texts.lexicon, skills=schema.skills, subtasks=schema.subtasks)

    def count_all(scans: Iterable[Scan]) -> list[Counts]:
        seen = (understand(one, vocabulary=vocabulary, sentences=sentences) for one in scans)
        return [count(one, vocabulary=vocabulary, members=members) for one in seen]

    counts = count_all(texts.scan(texts.corpus, "features"))
    foreign = count_all(texts.scan(texts.lessons.foreign))
    vocabulary = replace(vocabulary, idf=_idf(counts))
    unscaled = np.ones(5 * len(schema.skills), np.float32)
    x = vstack([design(one, vocabulary=vocabulary, scale=unscaled) for one in counts]).tocsr()
    scale = _aggregate_scale(x, len(unscaled))
    labelled = [texts.corpus[row] for row in rows.tolist()]
    titles = [posting.title for posting in labelled]
    strange = [design(one, vocabulary=vocabulary, scale=scale) for one in foreign]
    return Examples(
        x=_scale_aggregates(x[rows], scale),
        foreign=vstack(strange).tocsr() if strange else x[:0],
        mentions=np.concatenate([one.subtasks for one in counts])[rows],
        labels=tuple(texts.lessons.labels[posting.id] for posting in labelled),
        titles=titles,
        title_scan=scan(titles, lexicon=texts.lexicon, cues=texts.cues),
        concepts=tuple(f"{concept.family}/{concept.id}" for concept in texts.lexicon.concepts),
        vocabulary=vocabulary,
        sentences=sentences,
        scale=scale,
    )


def _choose_words(scans: Iterable[Scan]) -> dict[bytes, int]:
    texts: Counter[bytes] = Counter()
    for one in scans:
        bounds = np.searchsorted(one.sentence_text[one.token_sentence], np.arange(len(one.texts) + 1))
        for begin, end in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
            texts.update(set(one.tokens[begin:end]))
    kept = sorted(word for word, count in texts.items() if count >= _MIN_TEXTS and not word.isdigit())
    return {word: number for number, word in enumerate(kept)}


def _idf(counts: Sequence[Counts]) -> Floats:
    words = vstack([one.words for one in counts]).tocsr()
    texts = np.bincount(words.indices, minlength=words.shape[1])
    idf = np.log(words.shape[0] / np.maximum(texts, 1)) + 1
    idf[(texts < _MIN_TEXTS) | (texts > _MAX_SHARE * words.shape[0])] = 0
    return quantize(idf)


def _aggregate_scale(x: csr_matrix, size: int) -> Floats:
    part = np.asarray(x[:, -size:].todense())
    return quantize(AGGREGATE_WEIGHT / np.maximum(part.std(axis=0), 0.05))


def _scale_aggregates(x: csr_matrix, scale: Floats) -> csr_matrix:
    part = np.asarray(x[:, -len(scale) :].todense())
    return hstack([x[:, : -len(scale)], csr_matrix(part * scale)], format="csr")
