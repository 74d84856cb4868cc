"""Rules 10 to 13: what the options alone give away, by place, by a classifier, by length and wording."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final, TypeAlias
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from waymark.assess.audit.keys import list_answered
from waymark.assess.audit.rules import Finding, find
from waymark.assess.audit.samples import Sample
from waymark.assess.templates.questions import Choice, Option

Options: TypeAlias = tuple[Option, ...]
Columns: TypeAlias = NDArray[np.float64]

MOST_ABOVE: Final = 0.05
_ABSOLUTE: Final = re.compile(
    r"\b(?:always|never|only|all|none|every|must|completely|impossible|guaranteed?)\b", re.IGNORECASE
)
_HEDGED: Final = re.compile(
    r"\b(?:may|can|often|usually|some|sometimes|likely|typically|tends?|depends)\b", re.IGNORECASE
)
_NUMBER: Final = re.compile(r"[-+]?\d[\d,]*\.?\d*(?:e[-+]?\d+)?")
_BUCKETS: Final = 32


def list_choices(sample: Sample) -> list[list[Options]]:
    """Return the options of each part that is answered by one of them, with as many options in every variant."""
    parts: dict[int, list[Options]] = {}
    for variant in sample.drawn:
        for place, own in enumerate(list_answered(variant)):
            if isinstance(own, Choice) and not own.many:
                parts.setdefault(place, []).append(own.options)
    return [rows for rows in parts.values() if len({len(row) for row in rows}) == 1]


def check_positions(sample: Sample) -> Iterator[Finding]:
    """Yield keys that stand at one place too often: rule 10.

    Small samples get room for chance, four standard errors, since a bank has many keys.
    """
    for rows in list_choices(sample):
        size, count = len(rows[0]), len(rows)
        shares = Counter(_place_of_key(row) for row in rows)
        room = max(0.03, 4.0 * float(np.sqrt((1 / size) * (1 - 1 / size) / count)))
        for place in range(size):
            share = shares[place] / count
            if abs(share - 1 / size) > room:
                yield find(
                    10, sample.template.id, f"the key stands at {'ABCDEFGHIJ'[place]} in {share:.0%} of variants"
                )
                break


def check_answer_only(sample: Sample) -> Iterator[Finding]:
    """Yield a template whose key is found from its options alone: rule 11, on half of the variants."""
    for rows in list_choices(sample):
        if len(rows) < 100:
            continue
        size, half = len(rows[0]), len(rows) // 2
        found = guess_keys(rows[:half], rows[half:])
        room = MOST_ABOVE + 2.0 * float(np.sqrt((1 / size) * (1 - 1 / size) / (len(rows) - half)))
        if found > 1 / size + room:
            message = f"options alone give the key away in {found:.0%} of variants (chance {1 / size:.0%})"
            yield find(11, sample.template.id, message)


def check_several(sample: Sample) -> Iterator[Finding]:
    """Yield a question with several right options of which options alone tell which: rule 11, option by option.

    The bar is the share of the commoner kind of option plus 0.05.
    """
    parts: dict[int, list[Options]] = {}
    for variant in sample.drawn:
        for place, own in enumerate(list_answered(variant)):
            if isinstance(own, Choice) and own.many:
                parts.setdefault(place, []).append(own.options)
    for rows in parts.values():
        if len(rows) < 100:
            continue
        half = len(rows) // 2
        told = _tell(rows[half:])
        guessed = _guess(rows[:half], rows[half:]) > 0.5
        found, base = float((guessed == told).mean()), max(float(told.mean()), 1.0 - float(told.mean()))
        if found > base + MOST_ABOVE + 2.0 * float(np.sqrt(base * (1 - base) / len(told))):
            message = f"options alone tell right from wrong in {found:.0%} of cases (the commoner kind: {base:.0%})"
            yield find(11, sample.template.id, message)


def guess_keys(known: Sequence[Options], asked: Sequence[Options]) -> float:
    """Return the share of keys that gradient boosting on options alone finds, having seen others with their keys."""
    chances = _guess(known, asked)
    hits, start = 0, 0
    for row in asked:
        own = chances[start : start + len(row)]
        hits += row[int(np.argmax(own))].right
        start += len(row)
    return hits / len(asked)


def _guess(known: Sequence[Options], asked: Sequence[Options]) -> Columns:
    """Return the chance of each option to be right, as learned from known ones; all the same where all were."""
    from sklearn.ensemble import HistGradientBoostingClassifier  # noqa: PLC0415  a second to load

    told = _tell(known)
    if told.all() or not told.any():
        return np.full(sum(map(len, asked)), float(told[0]))
    model = HistGradientBoostingClassifier(max_iter=60, max_leaf_nodes=15, early_stopping=False, random_state=0)
    model.fit(_describe(known), told)
    chances: Columns = model.predict_proba(_describe(asked))[:, 1]
    return chances


def _tell(rows: Sequence[Options]) -> NDArray[np.bool_]:
    return np.array([one.right for row in rows for one in row])


def _describe(rows: Sequence[Options]) -> Columns:
    """Return what may be seen of each option among its others: place, rank, size, ratios, length, words."""
    return np.array([_describe_option(row, place) for row in rows for place in range(len(row))], dtype=np.float64)


def _describe_option(row: Options, place: int) -> list[float]:
    numbers = [_read_number(one.text) for one in row]
    lengths = [len(one.text) for one in row]
    own, others = numbers[place], [one for other, one in enumerate(numbers) if other != place]
    text, kept = row[place].text, [one.text for other, one in enumerate(row) if other != place]
    ratios = sorted(abs(own / one) if one else -1.0 for one in others)
    words = set(text.casefold().split())
    shared = [len(words & set(one.casefold().split())) for one in kept]
    bag = [0.0] * _BUCKETS
    for word in re.sub(r"\d", "#", text.casefold()).split():
        bag[crc32(word.encode()) % _BUCKETS] += 1.0
    return [
        float(place),
        float(sum(one < own for one in others)),
        own,
        *(ratios + [-1.0] * 5)[:5],
        float(lengths[place]),
        lengths[place] - sum(lengths) / len(lengths),
        float(sum(one < lengths[place] for one in lengths)),
        float(len(words)),
        float(sum(shared)),
        float(bool(_ABSOLUTE.search(text))),
        float(bool(_HEDGED.search(text))),
        *bag,
    ]


def _read_number(text: str) -> float:
    found = _NUMBER.search(text)
    return min(1e12, max(-1e12, float(found.group().replace(",", "")))) if found else -1e15


def _place_of_key(row: Options) -> int:
    return next(place for place, one in enumerate(row) if one.right)


def check_across(rows_by_template: dict[str, list[Options]], *, folds: int = 5) -> Iterator[Finding]:
    """Yield what breaks rule 12: a classifier trained on other templates' options finds keys in these.

    Templates are dealt into folds by a hash of their ids; the bar is chance + 0.05, for few items + 2 standard errors.
    """
    names = sorted(rows_by_template, key=lambda name: crc32(name.encode()))
    if len(names) < 2 * folds:
        return
    hits: list[tuple[float, float, int]] = []
    for fold in range(folds):
        asked = [row for name in names[fold::folds] for row in rows_by_template[name]]
        held = set(names[fold::folds])
        known = [row for name in names if name not in held for row in rows_by_template[name]]
        chance = sum(1 / len(row) for row in asked) / len(asked)
        hits.append((guess_keys(known, asked), chance, len(held)))
    found = sum(share * size for share, _, size in hits) / sum(size for _, _, size in hits)
    chance = sum(own * size for _, own, size in hits) / sum(size for _, _, size in hits)
    room = MOST_ABOVE + 2.0 * float(np.sqrt(chance * (1 - chance) / len(names)))
    if found > chance + room:
        yield find(12, "bank", f"options alone give the key away in {found:.1%} of items (chance {chance:.1%})")


def check_lengths(sample: Sample) -> Iterator[Finding]:
    """Yield keys that stand out by length: rule 13."""
    for rows in list_choices(sample):
        yield from judge_lengths(rows, sample.template.id)


def judge_lengths(rows: Sequence[Options], subject: str) -> Iterator[Finding]:
    """Yield what the lengths of options give away over several questions, and an option far longer than the next."""
    count = len(rows)
    longest = sum(_stands_out(row, longest=True) for row in rows) / count
    shortest = sum(_stands_out(row, longest=False) for row in rows) / count
    if count >= 20 and longest > 0.35:
        yield find(13, subject, f"the key is the longest option in {longest:.0%}")
    if count >= 20 and shortest > 0.35:
        yield find(13, subject, f"the key is the shortest option in {shortest:.0%}")
    towering = sum(_towers(row) for row in rows) / count
    if towering > 0.35:
        yield find(13, subject, f"one option is 1.6 times as long as the next in {towering:.0%}")


def _stands_out(row: Options, *, longest: bool) -> bool:
    lengths = sorted((len(one.text) for one in row), reverse=longest)
    own = len(row[_place_of_key(row)].text)
    return own == lengths[0] != lengths[1]


def _towers(row: Options) -> bool:
    lengths = sorted((len(one.text) for one in row), reverse=True)
    return lengths[0] > 1.6 * lengths[1] and lengths[0] >= 25


def find_wording(row: Options) -> Iterator[str]:
    """Yield what the wording of one question's options gives away."""
    wrong = [one.text for one in row if not one.right]
    right = [one.text for one in row if one.right]
    absolute = [bool(_ABSOLUTE.search(text)) for text in wrong]
    if len(wrong) > 1 and all(absolute) and not any(_ABSOLUTE.search(text) for text in right):
        yield "every wrong option is absolute and the key is not"
    if (
        any(_HEDGED.search(text) for text in right)
        and not any(_HEDGED.search(text) for text in wrong)
        and sum(absolute) > 1
    ):
        yield "only the key hedges"
