"""Banks: items made ready for adaptive testing, with everything tabulated that does not depend on the person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from waymark.assess.items import Floats, Ints, Items, take_items
from waymark.assess.sitting.exposing import Exposure, make_exposure, set_rates
from waymark.assess.sitting.inferring import LOWEST, NODES, SPACING, Curves
from waymark.assess.sitting.selecting import (
    CELLS,
    ERROR_STEPS,
    FARTHEST,
    LEAST_MEAN,
    LEVELS,
    MEAN_SPACING,
    MEANS,
    NARROWING,
    WIDEST,
    Menu,
)
from waymark.assess.softening import soften
from waymark.errors import BadInput

SHORTLIST: Final = 48
MARGIN: Final = 0.004  # keeps the share seen in a thousand sittings below the cap too, not only the expected one
_BLOCK = 2_000  # items tabulated at a time
_Number = TypeVar("_Number", bound=np.generic)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bank:
    """Items with the prior of the people who sit them, and the tables that inference and selection read.

    `version` is a hash of all that a sitting's course depends on: same version, seed and answers, same sitting.
    `correlation` (K, K) of the skills in the population N(0, correlation); `topic` (J,) numbers the content area of
    each item in `topics`, -1 where none is named. `exposure` numbers what exposure counts; where its rates were fitted,
    `cap` is the share that they keep every item below (see `controlling`), else None.
    """

    items: Items
    correlation: Floats
    topics: tuple[str, ...]
    topic: Ints
    exposure: Exposure
    cap: float | None
    version: str
    curves: Curves
    menu: Menu
    places: Mapping[str, int]


def make_bank(  # noqa: PLR0913  every keyword has its own default
    items: Items,
    *,
    correlation: Floats | float = 0.0,
    topic: Sequence[str] = (),
    quotas: Mapping[str, float] | None = None,
    enemies: Sequence[Sequence[str]] = (),
    rates: Floats | None = None,
    cap: float | None = None,
) -> Bank:
    """Make a bank of items whose parameters are all known or uncertain (`Items.covariance`), never missing.

    `correlation` is a matrix (K, K) or one number for all pairs; `topic` names the content area of each item, `quotas`
    the most answers each topic should get; `enemies` are sets of item ids of which one sitting may see one;
    `rates` (units,) are chances that a unit (an item, or a whole case) is open to a sitting, fitted for `cap`.

    Raise BadInput for items that were not estimated, unknown ids or topics, a matrix that is no correlation, rates not
    in (0, 1] or without their cap.
    """
    _check_estimated(items)
    _check_rates(rates, cap)
    matrix = _correlate(correlation, len(items.skills))
    places = {name: place for place, name in enumerate(items.ids)}
    topics = tuple(dict.fromkeys(topic))
    if topic and len(topic) != len(items):
        raise BadInput(f"{len(topic)} topics for {len(items)} items", hint="name the topic of every item")
    number = {name: place for place, name in enumerate(topics)}
    _check_quotas(quotas or {}, number)
    own = np.array([number[name] for name in topic], dtype=np.int64) if topic else np.full(len(items), -1)
    exposure = make_exposure(items) if rates is None else set_rates(make_exposure(items), rates)
    curves = _make_curves(items)
    quota = np.array([quotas.get(name, 0.0) for name in topics], dtype=float) if quotas else np.zeros(0)
    menu = _make_menu(items, curves, own if quotas else np.full(len(items), -1), quota, _pair(enemies, places))
    return Bank(
        items=items,
        correlation=matrix,
        topics=topics,
        topic=own,
        exposure=exposure,
        cap=cap,
        version=_digest(items, matrix, own, quota, exposure.rate, cap, menu),
        curves=curves,
        menu=menu,
        places=places,
    )


def refresh(bank: Bank, items: Items) -> Bank:
    """Return the bank with parameters learned since it was made: a new version, the same as one made from `items`.

    Only curves of items that changed are averaged anew. Raise BadInput for other items than those of the bank.
    """
    _check_estimated(items)
    before = bank.items
    if items.ids != before.ids or items.kind != before.kind or items.skills != before.skills:
        raise BadInput("items other than those of the bank", hint="make a new bank of them")
    names = ("skill", "a", "b", "c", "d", "steps", "covariance", "testlet")
    same = [np.isclose(getattr(items, name), getattr(before, name), rtol=0, atol=0, equal_nan=True) for name in names]
    rows = np.flatnonzero(~np.logical_and.reduce([one.reshape(len(items), -1).all(axis=1) for one in same]))
    curves = bank.curves._replace(
        curve=bank.curves.curve.copy(),
        skill=_settle(items.skill),
        testlet=_settle(items.testlet),
        testlet_variance=items.testlet_sd**2,
    )
    if len(rows):
        places = [np.arange(curves.offset[row], curves.offset[row + 1]) for row in rows]
        curves.curve[np.concatenate(places)] = soften(take_items(items, rows), GRID)
    menu = _make_menu(items, curves, bank.menu.topic, bank.menu.quota, (bank.menu.enemy_first, bank.menu.enemy))
    exposure = set_rates(make_exposure(items), bank.exposure.rate)
    return replace(
        bank,
        items=items,
        exposure=exposure,
        version=_digest(items, bank.correlation, bank.topic, menu.quota, exposure.rate, bank.cap, menu),
        curves=curves,
        menu=menu,
    )


def find_exposure(bank: Bank, cap: float | None) -> Exposure:
    """Return the rates under which no item goes to more than `cap` of sittings: the fitted ones, or the cap for all."""
    if cap is None or (bank.cap is not None and bank.cap <= cap):
        return bank.exposure
    return set_rates(bank.exposure, max(cap - MARGIN, 0.9 * cap))


GRID: Final[Floats] = np.linspace(LOWEST, LOWEST + SPACING * (NODES - 1), NODES)


def _make_curves(items: Items) -> Curves:
    return Curves(
        curve=soften(items, GRID),
        offset=items.offsets,
        skill=_settle(items.skill),
        testlet=_settle(items.testlet),
        testlet_variance=items.testlet_sd**2,
    )


def _check_estimated(items: Items) -> None:
    if not len(items):
        raise BadInput("a bank without items", hint="give at least one item")
    unknown = np.flatnonzero(~(np.isfinite(items.a) & np.isfinite(items.b)))
    if len(unknown):
        name = items.ids[int(unknown[0])]
        raise BadInput(f"item {name!r} has no parameters", hint="leave out items that could not be calibrated")
    unsure = np.flatnonzero(~np.isfinite(items.covariance).all(axis=(1, 2)))
    if len(unsure):
        name = items.ids[int(unsure[0])]
        raise BadInput(f"item {name!r} has no covariance", hint="give zeros where the parameters count as known")


def _settle(array: NDArray[_Number]) -> NDArray[_Number]:
    """Return an array as kernels are compiled for: an odd layout would have them all compiled again."""
    return np.array(array, order="C")


def _check_rates(rates: Floats | None, cap: float | None) -> None:
    if (rates is None) != (cap is None) or not (cap is None or 0 < cap <= 1):
        raise BadInput(
            f"exposure rates fitted for the cap {cap}", hint="give rates with their cap in (0, 1], or neither"
        )


def _check_quotas(quotas: Mapping[str, float], topics: Mapping[str, int]) -> None:
    for name, most in quotas.items():
        if name not in topics or not 0 <= most < np.inf:
            raise BadInput(
                f"a quota of {most} for topic {name!r}", hint=f"topics are {', '.join(topics) or 'not named'}"
            )


def _correlate(given: Floats | float, skills: int) -> Floats:
    matrix = np.array(given, dtype=np.float64)
    if matrix.ndim == 0:
        matrix = np.eye(skills) + float(matrix) * (1.0 - np.eye(skills))
    if matrix.shape != (skills, skills) or not np.allclose(matrix, matrix.T) or not np.allclose(np.diag(matrix), 1):
        raise BadInput(f"no correlation of {skills} skills", hint="give a symmetric matrix with ones on its diagonal")
    if np.linalg.eigvalsh(matrix)[0] < 1e-9:
        raise BadInput("a correlation that is not positive definite", hint="no skill may be a sum of others")
    return matrix


def _pair(enemies: Sequence[Sequence[str]], places: Mapping[str, int]) -> tuple[Ints, Ints]:
    foes: list[set[int]] = [set() for _ in places]
    for group in enemies:
        for name in group:
            if name not in places:
                raise BadInput(
                    f"item {name!r} is an enemy of others but not in the bank", hint="name items of the bank"
                )
        rows = {places[name] for name in group}
        for row in rows:
            foes[row] |= rows - {row}
    first = np.concatenate(([0], np.cumsum([len(one) for one in foes]))).astype(np.int64)
    return first, np.array([foe for one in foes for foe in sorted(one)], dtype=np.int64)


def _make_menu(items: Items, curves: Curves, topic: Ints, quota: Floats, enemies: tuple[Ints, Ints]) -> Menu:
    order = np.argsort(items.skill, kind="stable")
    first = np.searchsorted(items.skill[order], np.arange(len(items.skills) + 1))
    gain = tabulate_gains(curves)
    case = np.where(items.testlet >= 0, np.append(curves.testlet_variance, 0.0)[items.testlet], 0.0)
    share = gain / (1.0 + gain * (case / list_cells()[1][:, None] ** 2)) if case.any() else gain
    return Menu(
        gain=gain,
        shortlist=_shorten(share / items.minutes, order, first),
        order=order,
        first=first,
        minutes=_settle(items.minutes),
        case=case,
        topic=topic,
        quota=quota,
        enemy_first=enemies[0],
        enemy=enemies[1],
        log_a=np.log(np.maximum(items.a, 1e-3)),
        b=_settle(items.b),
        spread=_factor(items.covariance),
        error=make_errors(),
    )


def list_cells() -> tuple[Floats, Floats]:
    """Return mean and standard deviation of each cell of the table of gains, each of shape (CELLS,)."""
    means = LEAST_MEAN + MEAN_SPACING * np.arange(MEANS)
    return np.tile(means, LEVELS), np.repeat(WIDEST * NARROWING ** np.arange(LEVELS), MEANS)


def tabulate_gains(curves: Curves) -> NDArray[np.float32]:
    """Return r, the share of the projection's variance that an answer is expected to remove: (CELLS, J)."""
    mean, sd = list_cells()
    away = GRID[:, None] - mean
    weight = np.exp(-0.5 * (away / sd) ** 2)
    weight /= weight.sum(axis=0)
    centre = (weight * away).sum(axis=0)
    variance = (weight * away**2).sum(axis=0) - centre**2
    tilted = weight * (away - centre)
    gain = np.empty((CELLS, len(curves.skill)), dtype=np.float32)
    for begin in range(0, gain.shape[1], _BLOCK):
        end = min(begin + _BLOCK, gain.shape[1])
        rows = curves.curve[curves.offset[begin] : curves.offset[end]]
        parts = (rows @ tilted) ** 2 / np.maximum(rows @ weight, 1e-12)
        sums = np.add.reduceat(parts, curves.offset[begin:end] - curves.offset[begin], axis=0)
        gain[:, begin:end] = (sums / variance).T
    return gain


def make_errors() -> Floats:
    """Return the error expected after an answer, by distance to the cut and share of variance removed.

    With X, Y standard normal, correlated by the root of the share s, the decision errs when the new mean,
    z + root(s) Y, lies on the other side of 0 than the ability, z + X: E[Phi(-|z + root(s) Y| / root(1 - s))].
    """
    z = np.linspace(0.0, FARTHEST, ERROR_STEPS + 1)[:, None, None]
    share = np.linspace(0.0, 1.0, ERROR_STEPS + 1)[:, None]
    y = np.linspace(-7.0, 7.0, 561)
    weight = np.exp(-0.5 * y * y)
    left = np.sqrt(np.maximum(1.0 - share, 1e-12))
    errors = ndtr(-np.abs(z + np.sqrt(share) * y) / left)
    found: Floats = (errors * (weight / weight.sum())).sum(axis=-1)
    found[:, -1] = 0.0  # all is known: a step, which nodes cannot sum
    return found


def _shorten(value: NDArray[np.float64], order: Ints, first: Ints) -> Ints:
    lists = np.full((len(first) - 1, CELLS, SHORTLIST), -1, dtype=np.int64)
    for skill in range(len(first) - 1):
        rows = order[first[skill] : first[skill + 1]]
        if len(rows) > SHORTLIST:
            own = -value[:, rows]
            best = np.argpartition(own, SHORTLIST, axis=1)[:, :SHORTLIST]
            last = np.take_along_axis(own, best, axis=1).max(axis=1, keepdims=True)
            tied = (own <= last).sum(axis=1) > SHORTLIST  # of equals the first, on any machine
            best[tied] = np.argsort(own[tied], axis=1, kind="stable")[:, :SHORTLIST]
            best.sort(axis=1)
            ranks = np.argsort(np.take_along_axis(own, best, axis=1), axis=1, kind="stable")
            lists[skill] = rows[np.take_along_axis(best, ranks, axis=1)]
    return lists


def _factor(covariance: Floats) -> Floats:
    first = np.sqrt(covariance[:, 0, 0])
    cross = np.divide(covariance[:, 1, 0], first, out=np.zeros_like(first), where=first > 0)
    return np.stack([first, cross, np.sqrt(np.maximum(covariance[:, 1, 1] - cross**2, 0.0))], axis=1)


def _digest(  # noqa: PLR0913, PLR0917  all that a course depends on
    items: Items, correlation: Floats, topic: Ints, quota: Floats, rates: Floats, cap: float | None, menu: Menu
) -> str:
    digest = sha256(repr((items.ids, items.skills, items.kind, cap)).encode())
    own = (items.skill, items.a, items.b, items.c, items.d, items.steps, items.covariance, items.testlet, items.minutes)
    for array in (*own, items.testlet_sd, correlation, topic, quota, rates, menu.enemy_first, menu.enemy):
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()[:16]
