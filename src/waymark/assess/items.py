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

    Raise BadInput for lengths that differ, repeated ids, or parameters that no item can have.
    """
    size = len(ids)
    kinds = (kind,) * size if isinstance(kind, str) else kind
    stepped = np.full((size, 0), np.nan) if steps is None else np.atleast_2d(np.asarray(steps, dtype=float))
    has_steps = np.array([one != BINARY for one in kinds], dtype=bool)
    place = np.full(size, b, dtype=float) if np.ndim(b) == 0 else np.asarray(b, dtype=float)
    if has_steps.any() and stepped.shape[0] == size:
        place = place.copy()
        place[has_steps] = np.nanmean(stepped[has_steps], axis=1)
    items = Items(
        ids=tuple(ids),
        skills=tuple(skills),
        skill=np.zeros(size, dtype=np.int64) if skill is None else np.asarray(skill, dtype=np.int64),
        a=_fill(a, size),
        b=place,
        c=_fill(c, size),
        d=_fill(d, size),
        kind=tuple(kinds),
        steps=stepped,
        covariance=np.zeros((size, 2, 2)) if covariance is None else np.asarray(covariance, dtype=float),
        testlet=np.full(size, -1, dtype=np.int64) if testlet is None else np.asarray(testlet, dtype=np.int64),
        testlet_sd=np.zeros(0) if testlet_sd is None else np.asarray(testlet_sd, dtype=float),
        minutes=_fill(minutes, size),
    )
    check_items(items)
    return items


def _fill(value: Floats | float, size: int) -> Floats:
    return np.full(size, value, dtype=float) if np.ndim(value) == 0 else np.asarray(value, dtype=float)


def check_items(items: Items) -> None:
    """Raise BadInput, naming the item, for parameters that no item can have."""
    size = len(items)
    if len(set(items.ids)) != size:
        twice = next(one for one in items.ids if items.ids.count(one) > 1)
        raise BadInput(f"item {twice!r} is there twice", hint="give every item an id of its own")
    for name in ("skill", "a", "b", "c", "d", "kind", "steps", "covariance", "testlet", "minutes"):
        if len(getattr(items, name)) != size:
            raise BadInput(f"{len(getattr(items, name))} values of {name} for {size} items", hint="one value an item")
    wrong = {
        "a skill that is not named": (items.skill < 0) | (items.skill >= len(items.skills)),
        "guessing c outside 0 to 1": ~((items.c >= 0) & (items.c < 1)),
        "an upper asymptote d outside c to 1": ~((items.d > items.c) & (items.d <= 1)),
        "an infinite parameter": np.isinf(items.a) | np.isinf(items.b),
        "a time that is not above zero": ~(items.minutes > 0),
        "a testlet without a standard deviation": items.testlet >= len(items.testlet_sd),
        "a kind that is not known": ~np.isin(np.array(items.kind, dtype=str), KINDS),
    }
    for what, rows in wrong.items():
        if rows.any():
            place = int(np.flatnonzero(rows)[0])
            raise BadInput(f"item {items.ids[place]!r} has {what}", hint="mend the item's parameters")


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
