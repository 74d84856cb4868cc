"""Screening: which items and people can say something before anything is estimated."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from waymark.assess.calibration.calibrations import BINARY_MODELS, Note
from waymark.assess.items import Floats, Ints
from waymark.assess.responses import Responses, count_answers, find_highest
from waymark.errors import BadInput

_FEWEST_PEOPLE: Final = 10
_FEWEST_ITEMS: Final = {"1pl": 2, "2pl": 3, "3pl": 4, "4pl": 4, "gpcm": 2, "grm": 2}
_TWIN_PEOPLE: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Screening:
    """What is fit for estimating: item numbers `kept`; `twin` (J,) is the item that each is a copy of, else -1.

    `tally` (J, M) counts the answers in each category and `categories` (J,) is one more than the highest score.
    """

    kept: Ints
    twin: Ints
    tally: Ints
    categories: Ints
    notes: tuple[Note, ...]


def screen(responses: Responses, *, model: str, spare: NDArray[np.bool_], lenient: bool) -> Screening:
    """Sort items into those to estimate and those that cannot be, and say why.

    `spare` (J,) marks items with fixed parameters, which need nothing; `lenient` keeps items that everybody got right
    or wrong, as priors allow. Raise BadInput where too little is left for the model.
    """
    tally = count_scores(responses)
    categories = _count_categories(tally, responses, model)
    used = tally > 0
    silent: NDArray[np.bool_] = np.array(~used.any(axis=1))
    constant: NDArray[np.bool_] = np.array((used.sum(axis=1) == 1) & ~silent)
    inside = np.arange(tally.shape[1]) < categories[:, None]
    gap: NDArray[np.bool_] = np.array((inside & ~used).any(axis=1) & ~constant & ~silent)
    twin = _find_twins(responses, constant | silent | spare)
    out = silent | (twin >= 0)
    if not lenient:
        out |= ~spare & (constant | gap)
    notes = [
        *_tell(responses, silent, "unanswered", "nobody answered it: it is not estimated"),
        *_tell(responses, np.logical_and(constant, ~spare), "constant", _constant_words(lenient=lenient)),
        *_tell(responses, gap & ~spare, "gap", "a score between others was never given: merge the scores"),
        *(
            Note(kind="copy", item=responses.items[one], message=f"the same answers as {responses.items[twin[one]]!r}")
            for one in np.flatnonzero(twin >= 0)
        ),
        *_tell_people(responses),
    ]
    kept = np.flatnonzero(~out)
    if responses.people < _FEWEST_PEOPLE:
        raise BadInput(f"{responses.people} people", hint=f"calibrating needs at least {_FEWEST_PEOPLE}")
    if len(kept) < _FEWEST_ITEMS[model] and not spare.any():
        raise BadInput(
            f"{len(kept)} items to estimate, {_FEWEST_ITEMS[model]} are the least for a {model}",
            hint="add items, or use a model with fewer parameters; items that all got right or wrong do not count",
        )
    return Screening(kept=kept, twin=twin, tally=tally, categories=categories, notes=tuple(notes))


def count_scores(responses: Responses) -> Ints:
    """Return the number of answers in each category of each item, shape (J, M)."""
    return count_answers(responses, width=max(find_highest(responses) + 1, 2))


def _count_categories(tally: Ints, responses: Responses, model: str) -> Ints:
    highest = tally.shape[1] - 1 - np.argmax(tally[:, ::-1] > 0, axis=1)
    if model in BINARY_MODELS and (highest > 1).any():
        place = int(np.flatnonzero(highest > 1)[0])
        raise BadInput(
            f"item {responses.items[place]!r} has the score {highest[place]} under a {model}",
            hint="score answers 0 or 1, or choose gpcm or grm",
        )
    found: Ints = np.maximum(highest + 1, 2)
    return found


def _constant_words(*, lenient: bool) -> str:
    return "everybody scored the same" + (": the prior decides" if lenient else ": it is not estimated")


def _tell(responses: Responses, where: NDArray[np.bool_], kind: str, message: str) -> list[Note]:
    return [Note(kind=kind, item=responses.items[one], message=message) for one in np.flatnonzero(where)]


def _tell_people(responses: Responses) -> list[Note]:
    if responses.matrix is not None:
        empty = int((responses.matrix < 0).all(axis=1).sum())
    else:
        empty = int((np.diff(responses.start) == 0).sum()) if responses.start is not None else 0
    return [Note(kind="empty", item="", message=f"{empty} people without an answer")] if empty else []


def _find_twins(responses: Responses, skipped: NDArray[np.bool_]) -> Ints:
    """Return for each item (J,) the first item with the very same column, -1 where there is none."""
    twin = np.full(len(responses.items), -1, dtype=np.int64)
    if responses.matrix is None or responses.people < _TWIN_PEOPLE:
        return twin
    first: dict[bytes, int] = {}
    marks = _digest(responses.matrix)
    for item in np.flatnonzero(~skipped):
        mark = marks[:, item].tobytes()
        other = first.setdefault(mark, int(item))
        if other != item and np.array_equal(responses.matrix[:, other], responses.matrix[:, item]):
            twin[item] = other
    return twin


def _digest(matrix: NDArray[np.int8]) -> Floats:
    """Return two exact sums a column, equal for equal columns."""
    place = np.arange(1.0, len(matrix) + 1)
    weights = np.stack([np.mod(place * 7919.0, 8191.0), np.mod(place * 104_729.0, 65_521.0)])
    total = np.zeros((2, matrix.shape[1]))
    for first in range(0, len(matrix), 8_192):
        total += weights[:, first : first + 8_192] @ matrix[first : first + 8_192].astype(float)
    return total
