"""One pass over a batch of texts: mentions of the lexicon's concepts, sentences and tokens, as arrays."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, repeat

import numpy as np
from ahocorasick_rs import AhoCorasick
from numpy.typing import NDArray

from waymark.demand.cues import Cues
from waymark.demand.folding import TOKEN_BYTES, flatten, fold
from waymark.demand.lexicon import Check, Lexicon

Int = NDArray[np.int32]

_SEPARATOR = b"\n\n\n\n"  # four blanks, which no form or veto holds: nothing reaches from one posting into the next
_BLANK = 32
_REACH = 4  # words that may stand between a verb and its object


def flags_of(marks: bytes) -> NDArray[np.bool_]:
    """Return a table of 256 flags, set for the given bytes."""
    flags = np.zeros(256, bool)
    flags[list(marks)] = True
    return flags


_IN_TOKEN = flags_of(TOKEN_BYTES)
_CONTINUES = flags_of(TOKEN_BYTES + b"+#")
_STOP, _GAP, _POINT, _SMALL, _LARGE, _LINE = (1 << bit for bit in range(6))


def _kinds() -> bytes:
    table = bytearray(256)
    for bit, marks in (
        (_STOP, b".?!;*"),
        (_GAP, b" \n"),
        (_POINT, b"."),
        (_SMALL, bytes(range(97, 123)) + b")"),
        (_LARGE, bytes(range(65, 91))),
        (_LINE, b"\n"),
    ):
        for mark in marks:
            table[mark] |= bit
    return bytes(table)


_KIND = _kinds()
_WRITTEN = bytes(range(256)).lower().replace(b"\n", b" ")  # small letters and one kind of blank, marks as they are


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """What one pass found in a batch of N texts; positions count from the start of the joined batch.

    `text_start` (N): where each text begins. `concept`, `start`, `end`, `sentence` (M): the mentions, in order.
    `sentence_start` (S): where each sentence begins; `sentence_text` (S): the text it belongs to.
    `token_start`, `token_sentence` (T) and `tokens` (T): the words of the batch. `cue_*` (C): the cues, in order.
    """

    texts: tuple[str, ...]
    flat: bytes
    text_start: Int
    concept: Int
    start: Int
    end: Int
    sentence: Int
    sentence_start: Int
    sentence_text: Int
    tokens: list[bytes]
    token_start: Int
    token_sentence: Int
    cue_bits: Int
    cue_start: Int
    cue_end: Int
    cue_sentence: Int


def scan(texts: Sequence[str], *, lexicon: Lexicon, cues: Cues) -> Scan:
    """Scan a batch of texts in one pass of the automaton."""
    flats = [flatten(text) for text in texts]
    flat = _SEPARATOR + _SEPARATOR.join(flats) + _SEPARATOR
    text_start = np.cumsum([len(_SEPARATOR), *(len(one) + len(_SEPARATOR) for one in flats)], dtype=np.int32)[:-1]
    folded = fold(flat)
    sentence_start = _sentence_starts(flat)
    sentence_text = np.searchsorted(text_start, sentence_start, side="right").astype(np.int32) - 1
    marks = np.frombuffer(folded, np.uint8)
    is_blank = marks == _BLANK
    token_start = (np.flatnonzero(is_blank[:-1] & ~is_blank[1:]) + 1).astype(np.int32)
    token_sentence = _sentence_of(sentence_start, token_start)
    tokens = folded.split()
    cue, cue_blank = _find(folded.decode("ascii"), marks, cues.automaton, cues.length, cues.shorter)
    words = _Words(tokens, token_start, token_sentence)
    concept, start, end = _find_mentions((folded, flat.translate(_WRITTEN)), texts, text_start, words, lexicon)
    return Scan(
        texts=tuple(texts),
        flat=flat,
        text_start=text_start,
        concept=concept,
        start=start,
        end=end,
        sentence=_sentence_of(sentence_start, start),
        sentence_start=sentence_start,
        sentence_text=np.maximum(sentence_text, 0),
        tokens=tokens,
        token_start=token_start,
        token_sentence=token_sentence,
        cue_bits=cues.bits[cue],
        cue_start=cue_blank + 1,
        cue_end=cue_blank + cues.length[cue],
        cue_sentence=_sentence_of(sentence_start, cue_blank + 1),
    )


@dataclass(frozen=True, slots=True)
class _Words:
    """The words of a batch: the tokens, where each begins, and its sentence."""

    tokens: list[bytes]
    start: Int
    sentence: Int


def _find_mentions(
    views: tuple[bytes, bytes], texts: Sequence[str], text_start: Int, words: _Words, lexicon: Lexicon
) -> tuple[Int, Int, Int]:
    """Return the concept, start and end of each mention, in text order; `views` as in `_sound`."""
    marks = np.frombuffer(views[0], np.uint8)
    form, blank = _find(views[0].decode("ascii"), marks, lexicon.automaton, lexicon.form_length, lexicon.form_shorter)
    kept = _sound(form, blank, views, texts, text_start, lexicon)
    form, start = form[kept], blank[kept] + 1
    end = start + lexicon.form_length[form] - 1
    place = np.searchsorted(words.start, start).astype(np.int32)
    paired, verb_start, row = _pair(form, place, words.tokens, words.start, words.sentence, lexicon)
    concept = np.concatenate([lexicon.form_concept[form], paired])
    start = np.concatenate([start, verb_start])
    end = np.concatenate([end, end[row]])
    order = np.lexsort((end, start))
    order = order[concept[order] >= 0]
    return concept[order], start[order], end[order]


def _sentence_of(sentence_start: Int, start: Int) -> Int:
    return np.searchsorted(sentence_start, start, side="right").astype(np.int32) - 1


def _sentence_starts(flat: bytes) -> Int:
    """Return where sentences begin: after line ends, stops before a blank, list marks, and run-together stops."""
    kind = np.frombuffer(flat.translate(_KIND), np.uint8)  # a table by translate is ten times faster than by index
    stop = (kind[:-1] & _STOP > 0) & (kind[1:] & _GAP > 0)
    stop[2:] &= kind[:-3] & _POINT == 0  # "e.g. ", "i.e. " do not end a sentence
    points = np.flatnonzero(kind[1:-1] & _POINT)
    glued = points[(kind[points] & _SMALL > 0) & (kind[points + 2] & _LARGE > 0)] + 1
    stop[glued] = True
    stop |= kind[:-1] & _LINE > 0
    return np.concatenate([np.zeros(1, np.int32), (np.flatnonzero(stop) + 1).astype(np.int32)])


def _find(
    haystack: str, marks: NDArray[np.uint8], automaton: AhoCorasick, length: Int, shorter: Int
) -> tuple[Int, Int]:
    """Return the forms that stand as whole words, and the blank before each."""
    raw = automaton.find_matches_as_indexes(haystack)
    found = np.fromiter(chain.from_iterable(raw), np.int32, 3 * len(raw)).reshape(-1, 3)
    form, blank = found[:, 0].copy(), found[:, 1]
    cut = _CONTINUES[marks[blank + length[form]]]
    while cut.any():  # the longest form ends inside a word: fall back on the longest form that begins it
        form[cut] = shorter[form[cut]]
        cut &= form >= 0
        cut[cut] = _CONTINUES[marks[blank[cut] + length[form[cut]]]]
    return form[form >= 0], blank[form >= 0]


def _pair(
    form: Int, place: Int, tokens: list[bytes], token_start: Int, token_sentence: Int, lexicon: Lexicon
) -> tuple[Int, Int, Int]:
    """Join objects with the nearest verb up to four words before them ("build scalable data pipelines").

    Return the concept of each pair, where its verb begins, and the row of its object.
    """
    rows = np.flatnonzero(lexicon.form_object[form] >= 0)
    things, places = lexicon.form_object[form[rows]], place[rows]
    verb = np.fromiter(map(lexicon.verbs.get, tokens, repeat(-1)), np.int32, len(tokens))
    concept = np.full(len(rows), -1, np.int32)
    begins = np.zeros(len(rows), np.int32)
    for gap in range(1, _REACH + 2):
        before = np.maximum(places - gap, 0)
        usable = (concept < 0) & (places >= gap) & (verb[before] >= 0)
        usable &= token_sentence[before] == token_sentence[places]
        found = np.where(usable, lexicon.pairs[things, verb[before]], -1)
        begins = np.where(found >= 0, token_start[before], begins)
        concept = np.where(found >= 0, found, concept)
    kept = concept >= 0
    return concept[kept], begins[kept], rows[kept].astype(np.int32)


def _sound(
    form: Int, blank: Int, views: tuple[bytes, bytes], texts: Sequence[str], text_start: Int, lexicon: Lexicon
) -> NDArray[np.bool_]:
    """Say which forms stand in their letter case and beside no word that gives them another meaning.

    `views` are the folded texts and the texts as written, in small letters.
    """
    folded, written = views
    kept = np.ones(len(form), bool)
    doubtful = np.flatnonzero(lexicon.form_checked[form])
    begin = blank[doubtful] + 1
    owner = np.searchsorted(text_start, begin, side="right") - 1
    rows = zip(
        doubtful.tolist(),
        form[doubtful].tolist(),
        begin.tolist(),
        owner.tolist(),
        (begin - text_start[owner]).tolist(),
        strict=True,
    )
    for number, which, place, text, offset in rows:
        check = lexicon.checks[which]
        spelt = not check.letters or check.letters == _letters(texts[text][offset : offset + check.size])
        kept[number] = spelt and not _is_vetoed(check, place, folded, written)
    return kept


def _is_vetoed(check: Check, place: int, folded: bytes, written: bytes) -> bool:
    """Say whether a neighbour gives a match another meaning; a veto may hold marks that folding makes blanks."""
    after, before = check.after, check.before
    end = place + check.size
    if after and (folded.startswith(after, end) or written.startswith(after, end)):
        return True
    return bool(before) and (folded.endswith(before, 0, place) or written.endswith(before, 0, place))


def _letters(text: str) -> str:
    return text if text.isalpha() else "".join(filter(str.isalpha, text))
