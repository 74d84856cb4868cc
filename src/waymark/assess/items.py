"""Items: what is known of each question, one array a parameter."""

from dataclasses import dataclass, field, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from waymark.errors import BadInput

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

BINARY, PARTIAL_CREDIT, GRADED = "binary", "gpcm", "grm"
KINDS = (BINARY, PARTIAL_CREDIT, GRADED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Items:
    """J items, each measuring one of K skills, with parameters on the logistic metric (no 1.7).

    binary  P(1) = c + (d - c) / (1 + exp(-a (theta - b)))           1PL to 4PL; Birnbaum 1968, Barton & Lord 1981
    gpcm    P(k) proportional to exp(sum_{h<=k} a (theta - step_h))   Muraki 1992
    grm     P(at least k) = 1 / (1 + exp(-a (theta - step_k)))        Samejima 1969

    `a`, `b`, `c`, `d` have shape (J,); `steps` (J, M), NaN beyond an item's own steps and for binary items;
    `b` of an item with steps is their mean. `covariance` (J, 2, 2) is the posterior covariance of (log a, b), zero
    where the item counts as known. `testlet` (J,) numbers the case that an item belongs to, -1 for none, and
    `testlet_sd` (T,) is the standard deviation of each case's own dimension, in logits of ability (Bradlow, Wainer &
    Wang 1999). `minutes` (J,) is the expected time of an answer. NaN in `a` or `b` means not estimated.
    """

    ids: tuple[str, ...]
    skills: tuple[str, ...]
    skill: Ints
    a: Floats
    b: Floats
    c: Floats
    d: Floats
    kind: tuple[str, ...]
    steps: Floats
    covariance: Floats
    testlet: Ints
    testlet_sd: Floats = field(default_factory=lambda: np.zeros(0))
    minutes: Floats

    def __len__(self) -> int:
        """Return the number of items."""
        return len(self.ids)

    @property
    def categories(self) -> Ints:
        """Number of answer categories of each item, 2 for a binary one."""
        return np.where(np.array(self.kind) == BINARY, 2, 1 + np.isfinite(self.steps).sum(axis=1)).astype(np.int64)

    @property
    def offsets(self) -> Ints:
        """Row of each item's category 0 in a table of all categories of all items, and the number of rows: (J + 1,)."""
        return np.concatenate(([0], np.cumsum(self.categories)))


def make_items(  # noqa: PLR0913  one argument a parameter of the model
    ids: tuple[str, ...],
    *,
    a: Floats | float = 1.0,
    b: Floats | float = 0.0,
    c: Floats | float = 0.0,
    d: Floats | float = 1.0,
    kind: str | tuple[str, ...] = BINARY,
    steps: Floats | None = None,
    skills: tuple[str, ...] = ("ability",),
    skill: Ints | None = None,
    covariance: Floats | None = None,
    testlet: Ints | None = None,
    testlet_sd: Floats | None = None,
    minutes: Floats | float = 1.0,
) -> Items:
    """Make items, filling what is not said: one skill, no guessing, known parameters, a minute an answer.

    Arrays are copied. Raise BadInput for lengths that differ, repeated ids, or parameters that no item can have.
    """
    size = len(ids)
    kinds = (kind,) * size if isinstance(kind, str) else kind
    stepped = np.full((size, 0), np.nan) if steps is None else np.atleast_2d(np.array(steps, dtype=float))
    items = Items(
        ids=tuple(ids),
        skills=tuple(skills),
        skill=np.zeros(size, dtype=np.int64) if skill is None else np.array(skill, dtype=np.int64),
        a=_fill(a, size),
        b=_place(_fill(b, size), stepped, kinds),
        c=_fill(c, size),
        d=_fill(d, size),
        kind=tuple(kinds),
        steps=stepped,
        covariance=np.zeros((size, 2, 2)) if covariance is None else np.array(covariance, dtype=float),
        testlet=np.full(size, -1, dtype=np.int64) if testlet is None else np.array(testlet, dtype=np.int64),
        testlet_sd=np.zeros(0) if testlet_sd is None else np.array(testlet_sd, dtype=float),
        minutes=_fill(minutes, size),
    )
    check_items(items)
    return items


def _place(b: Floats, steps: Floats, kinds: tuple[str, ...]) -> Floats:
    """Put the mean of its steps in the place of b where an item has steps."""
    if len(steps) == len(kinds) == len(b):
        count = np.isfinite(steps).sum(axis=1)
        middle = np.where(count > 0, np.nansum(steps, axis=1) / np.maximum(count, 1), np.nan)
        return np.where(np.array(kinds, dtype=str) != BINARY, middle, b)
    return b


def _fill(value: Floats | float, size: int) -> Floats:
    return np.full(size, value, dtype=float) if np.ndim(value) == 0 else np.array(value, dtype=float, order="C")


def check_items(items: Items) -> None:
    """Raise BadInput, naming the item, for parameters that no item can have."""
    size = len(items)
    if len(set(items.ids)) != size:
        twice = next(one for one in items.ids if items.ids.count(one) > 1)
        raise BadInput(f"item {twice!r} is there twice", hint="give every item an id of its own")
    if len(set(items.skills)) != len(items.skills):
        raise BadInput(f"a skill is named twice in {', '.join(items.skills)}", hint="name every skill once")
    for name in ("skill", "a", "b", "c", "d", "kind", "steps", "covariance", "testlet", "minutes"):
        if len(getattr(items, name)) != size:
            raise BadInput(f"{len(getattr(items, name))} values of {name} for {size} items", hint="one value an item")
    if items.covariance.shape != (size, 2, 2) or not (items.testlet_sd >= 0).all():
        raise BadInput("a covariance or a testlet_sd that is none", hint="shapes (J, 2, 2) and (T,), no sd below zero")
    wrong = {
        "a skill that is not named": (items.skill < 0) | (items.skill >= len(items.skills)),
        "guessing c outside 0 to 1": ~((items.c >= 0) & (items.c < 1)),
        "an upper asymptote d outside c to 1": ~((items.d > items.c) & (items.d <= 1)),
        "an infinite parameter": np.isinf(items.a) | np.isinf(items.b),
        "a time that is not above zero": ~(items.minutes > 0) | np.isinf(items.minutes),
        "a testlet without a standard deviation": (items.testlet >= len(items.testlet_sd)) | (items.testlet < -1),
        "a kind that is not known": ~np.isin(np.array(items.kind, dtype=str), KINDS),
        "steps that its kind cannot have": _find_bad_steps(items),
        "a covariance that is none": _find_bad_covariances(items),
    }
    for what, rows in wrong.items():
        if rows.any():
            place = int(np.flatnonzero(rows)[0])
            raise BadInput(f"item {items.ids[place]!r} has {what}", hint="mend the item's parameters")


def _find_bad_steps(items: Items) -> NDArray[np.bool_]:
    """Return which estimated items with steps have none, a gap among them, or graded ones in the wrong order."""
    kinds, there = np.array(items.kind, dtype=str), np.isfinite(items.steps)
    count = there.sum(axis=1)
    gap = (count == 0) | (there != (np.arange(there.shape[1]) < count[:, None])).any(axis=1)
    falls = items.a[:, None] * np.diff(items.steps, axis=1) < -1e-9  # P(at least k) would rise with k
    wrong = (kinds != BINARY) & (gap | np.isinf(items.steps).any(axis=1)) | (kinds == GRADED) & falls.any(axis=1)
    found: NDArray[np.bool_] = wrong & np.isfinite(items.a)
    return found


def _find_bad_covariances(items: Items) -> NDArray[np.bool_]:
    """Return which covariances are numbers but have a variance below zero or a correlation beyond one."""
    (slope, shared), (_, place) = np.moveaxis(items.covariance, 0, 2)
    with np.errstate(over="ignore"):
        found: NDArray[np.bool_] = (slope < 0) | (place < 0) | (shared**2 > slope * place * (1 + 1e-9) + 1e-15)
    return found


def take_items(items: Items, rows: Ints) -> Items:
    """Return the items of the given rows, in that order; skills and testlets keep their numbers."""
    return replace(
        items,
        ids=tuple(items.ids[row] for row in rows),
        kind=tuple(items.kind[row] for row in rows),
        **{
            name: getattr(items, name)[rows]
            for name in ("skill", "a", "b", "c", "d", "steps", "covariance", "testlet", "minutes")
        },
    )
