"""Ledgers: every probability that was stated before an answer, held against what happened.

While the probabilities are right, x - p sums to 0 with variance sum p (1 - p), whoever was asked what and why, since
each answer is held against what was foretold from all earlier ones. Items that the bank was not sure of make answers to
one item hang together: lines by item are right for banks that learn, or over items that are known.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from scipy.special import ndtr

from waymark.assess.items import Floats, Ints, Items
from waymark.assess.learning.recording import Record
from waymark.errors import BadInput

DECILES: Final = 10
Z95: Final = 1.959963984540054
_COLUMNS: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """Sums over answers to the items of a bank: columns n, p, x - p, p (1 - p), (x - p)^2, p (1 - p) (1 - 2 p)^2.

    `deciles` (10, 6) by stated probability, `skills` (K, 6), `items` (J, 6), `periods` (P, 6) by `names`.
    """

    bank: Items
    deciles: Floats
    skills: Floats
    items: Floats
    names: tuple[str, ...]
    periods: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of a ledger: `answers`, the share of them `foretold` to be right and the share `seen` to be.

    `z` is the standardised difference and `p` its test. `ratio` is sum (x - p)^2 / sum p (1 - p) with its 95% interval:
    1 where stated probabilities are right, above 1 where they are too bold.
    """

    kind: str
    name: str
    answers: int
    foretold: float
    seen: float
    z: float
    p: float
    ratio: float
    low: float
    high: float


def open_ledger(items: Items) -> Ledger:
    """Open a ledger for the items of a bank."""
    return Ledger(
        bank=items,
        deciles=np.zeros((DECILES, _COLUMNS)),
        skills=np.zeros((len(items.skills), _COLUMNS)),
        items=np.zeros((len(items), _COLUMNS)),
        names=(),
        periods=np.zeros((0, _COLUMNS)),
    )


def enter(ledger: Ledger, record: Record, *, period: str = "") -> Ledger:
    """Return the ledger with further answers, all of one period; raise BadInput for items that it does not keep."""
    if len(record) and (record.item.min() < 0 or record.item.max() >= len(ledger.bank)):
        raise BadInput("an answer to an item that the ledger does not keep", hint="number items as in the bank")
    p, off = record.chance, record.right - record.chance
    spread = p * (1.0 - p)
    parts = np.stack([np.ones(len(p)), p, off, spread, off**2, spread * (1.0 - 2.0 * p) ** 2], axis=1)
    names = ledger.names if period in ledger.names else (*ledger.names, period)
    periods = np.concatenate([ledger.periods, np.zeros((len(names) - len(ledger.names), _COLUMNS))])
    periods[names.index(period)] += parts.sum(axis=0)
    tenth = np.minimum((p * DECILES).astype(np.int64), DECILES - 1)
    return replace(
        ledger,
        deciles=ledger.deciles + _sum(parts, tenth, DECILES),
        skills=ledger.skills + _sum(parts, ledger.bank.skill[record.item], len(ledger.skills)),
        items=ledger.items + _sum(parts, record.item, len(ledger.items)),
        names=names,
        periods=periods,
    )


def _sum(parts: Floats, number: Ints, size: int) -> Floats:
    return np.stack([np.bincount(number, weights=column, minlength=size) for column in parts.T], axis=1)


def read_ledger(ledger: Ledger) -> tuple[Entry, ...]:
    """Return a line for all answers, and one for each decile of p, skill, period and item that has any."""
    tenths = tuple(f"{one / DECILES:.1f} to {(one + 1) / DECILES:.1f}" for one in range(DECILES))
    books = (
        ("all", ("",), ledger.deciles.sum(axis=0, keepdims=True)),
        ("decile", tenths, ledger.deciles),
        ("skill", ledger.bank.skills, ledger.skills),
        ("period", ledger.names, ledger.periods),
        ("item", ledger.bank.ids, ledger.items),
    )
    return tuple(
        _read(kind, name, row)
        for kind, names, rows in books
        for name, row in zip(names, rows, strict=True)
        if row[0] > 0
    )


def _read(kind: str, name: str, row: Floats) -> Entry:
    count, stated, off, spread, square, bend = row.tolist()
    known = max(spread, 1e-12)
    z, reach = off / known**0.5, Z95 * bend**0.5 / known
    return Entry(
        kind=kind,
        name=name,
        answers=int(count),
        foretold=stated / count,
        seen=(stated + off) / count,
        z=z,
        p=2.0 * float(ndtr(-abs(z))),
        ratio=square / known,
        low=square / known - reach,
        high=square / known + reach,
    )
