"""Linking: putting the items of one calibration on the scale of another, by the items that both have.

theta_reference = A theta + B, so b* = A b + B, steps* = A step + B and a* = a / A. A and B come from the means and
standard deviations of the common items' parameters (Marco 1977; Loyd & Hoover 1980), or by matching their curves:
test characteristic curves (Stocking & Lord 1983) or every category of every item (Haebara 1980), for items with steps
as in Kim & Kolen (2007), always in both directions, so that linking back gives the inverse.
"""

from dataclasses import dataclass, replace
from math import sqrt
from typing import Final, Literal, TypeAlias

import numpy as np
from scipy import stats
from scipy.optimize import least_squares

from waymark.assess.curves import expected_scores, probabilities
from waymark.assess.items import BINARY, Floats, Ints, Items, take_items
from waymark.errors import BadInput

Method: TypeAlias = Literal["stocking_lord", "haebara", "mean_sigma", "mean_mean"]

LIMIT: Final = 2.7
_LEAST: Final = {"stocking_lord": 3, "haebara": 3, "mean_sigma": 2, "mean_mean": 2}
_FEW: Final = 10
_NODES: Final = 41
_REACH: Final = 4.0
_IQR: Final = 0.7413  # standard deviation of a normal distribution, by its interquartile range
_ROUNDS: Final = 20
_SMALL: Final = 1e-3  # logits below which a difference is no drift, however alike the others are


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """theta_reference = slope * theta + shift, by `anchors`.

    The standard errors and the `covariance` (2, 2) of (slope, shift) are by the jackknife that deletes one anchor at a
    time: they cover what differs from anchor to anchor (errors of their parameters, drift), not what all anchors share
    (the sampling of the people who were calibrated). `drifted` are common items that were dropped, `differences` the
    b_reference - b* of every common item by `common`, and `criterion` the mean squared distance of what was matched.
    """

    method: Method
    slope: float
    shift: float
    slope_se: float
    shift_se: float
    covariance: Floats
    anchors: tuple[str, ...]
    drifted: tuple[str, ...]
    common: tuple[str, ...]
    differences: Floats
    criterion: float
    notes: tuple[str, ...]

    @property
    def intervals(self) -> Floats:
        """95% intervals of slope and shift (2, 2), by Student's t with one degree of freedom less than anchors."""
        reach = stats.t.ppf(0.975, len(self.anchors) - 1) * np.sqrt(np.diag(self.covariance))
        middle = np.array([self.slope, self.shift])
        return np.stack([middle - reach, middle + reach], axis=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
    """The common items as either calibration has them, in one order."""

    own: Items
    reference: Items


def link(
    items: Items,
    reference: Items,
    *,
    method: Method = "stocking_lord",
    skill: str | None = None,
    robust: bool = True,
    limit: float = LIMIT,
) -> Link:
    """Find the link from the scale of `items` to that of `reference` by their common ids, for one skill.

    With `robust`, anchors are dropped whose difference of difficulty has a robust z (difference less the median, over
    0.74 interquartile ranges of the anchors kept; Huynh & Meyer 2010) beyond `limit`, and is as many of its own
    standard errors wide where these are known; those within are taken back, until nothing changes. Raise BadInput
    where too few items are common, where one is of two kinds, or where several skills are there and none is chosen.
    """
    pair, notes = _pair(_of_skill(items, skill), _of_skill(reference, skill), method=method)
    size = len(pair.own)
    kept, found = _settle(pair, method=method, limit=limit) if robust else (np.arange(size), None)
    anchors = _take(pair, kept)
    slope, shift, criterion = _solve(anchors, method=method, start=found or _match_medians(pair))
    covariance = _jackknife(anchors, method=method, found=(slope, shift))
    if len(kept) < _FEW:
        notes = (*notes, f"only {len(kept)} anchors: a link should have {_FEW} or more")
    drifted = tuple(pair.own.ids[row] for row in range(size) if row not in set(kept.tolist()))
    return Link(
        method=method,
        slope=slope,
        shift=shift,
        slope_se=sqrt(covariance[0, 0]),
        shift_se=sqrt(covariance[1, 1]),
        covariance=covariance,
        anchors=anchors.own.ids,
        drifted=drifted,
        common=pair.own.ids,
        differences=pair.reference.b - slope * pair.own.b - shift,
        criterion=criterion,
        notes=notes,
    )


def rescale(items: Items, *, slope: float, shift: float, skill: str | None = None) -> Items:
    """Return the items, or those of one skill, on the scale slope * theta + shift, with steps, covariance and testlets.

    Raise BadInput for a slope that is not above zero, or a skill that is not there.
    """
    if not slope > 0 or not np.isfinite([slope, shift]).all():
        raise BadInput(f"a slope of {slope} and a shift of {shift}", hint="a link has a finite slope above zero")
    rows = np.ones(len(items), dtype=bool) if skill is None else items.skill == _number(items, skill)
    grow, move = np.where(rows, slope, 1.0), np.where(rows, shift, 0.0)
    turn = np.stack([np.ones(len(items)), grow], axis=1)
    testlets = np.ones(len(items.testlet_sd))
    testlets[np.unique(items.testlet[rows & (items.testlet >= 0)])] = slope
    return replace(
        items,
        a=items.a / grow,
        b=items.b * grow + move,
        steps=items.steps * grow[:, None] + move[:, None],
        covariance=items.covariance * turn[:, :, None] * turn[:, None, :],
        testlet_sd=items.testlet_sd * testlets,
    )


def _of_skill(items: Items, skill: str | None) -> Items:
    if skill is None:
        several = np.unique(items.skill)
        if len(several) > 1:
            names = ", ".join(items.skills[number] for number in several)
            raise BadInput(f"items of {len(several)} skills", hint=f"link one skill at a time: {names}")
        return items
    return take_items(items, np.flatnonzero(items.skill == _number(items, skill)))


def _number(items: Items, skill: str) -> int:
    if skill not in items.skills:
        raise BadInput(f"there is no skill {skill!r}", hint=f"there are {', '.join(items.skills)}")
    return items.skills.index(skill)


def _pair(items: Items, reference: Items, *, method: Method) -> tuple[_Pair, tuple[str, ...]]:
    place = {name: row for row, name in enumerate(reference.ids)}
    rows = np.array([row for row, name in enumerate(items.ids) if name in place], dtype=np.int64)
    own = take_items(items, rows)
    other = take_items(reference, np.array([place[name] for name in own.ids], dtype=np.int64))
    for row, name in enumerate(own.ids):
        if own.kind[row] != other.kind[row] or own.categories[row] != other.categories[row]:
            hint = "give the two items different ids, or calibrate them alike"
            raise BadInput(f"item {name!r} is not of the same kind on both sides", hint=hint)
    usable = np.isfinite(own.a + own.b + other.a + other.b) & (own.a > 0) & (other.a > 0)
    kept = np.flatnonzero(usable)
    if len(kept) < _LEAST[method]:
        known = f"{len(kept)} common items with estimates and positive slopes"
        hint = f"{method} needs {_LEAST[method]}, and a sound link {_FEW} or more"
        raise BadInput(known, hint=hint)
    gone = [own.ids[row] for row in np.flatnonzero(~usable)]
    notes = (f"not estimated, or with a slope below zero, and left out: {', '.join(gone)}",) if gone else ()
    return _take(_Pair(own=own, reference=other), kept), notes


def _take(pair: _Pair, rows: Ints) -> _Pair:
    return _Pair(own=take_items(pair.own, rows), reference=take_items(pair.reference, rows))


def _settle(pair: _Pair, *, method: Method, limit: float) -> tuple[Ints, tuple[float, float]]:
    """Return the anchors without those that drifted, and the link that they give.

    The first link is by medians, which half the anchors cannot mislead; half of the anchors are always kept.
    """
    size = len(pair.own)
    least = max(_LEAST[method], (size + 1) // 2)
    found, kept = _match_medians(pair), np.arange(size)
    for number in range(_ROUNDS):
        differences = pair.reference.b - found[0] * pair.own.b - found[1]
        low, middle, high = np.percentile(differences[kept], [25, 50, 75])
        away = np.abs(differences - middle)
        noise = np.sqrt(pair.reference.covariance[:, 1, 1] + found[0] ** 2 * pair.own.covariance[:, 1, 1])
        within = away <= limit * np.maximum(max(_IQR * (high - low), _SMALL), noise)
        within[np.argsort(away, kind="stable")[:least]] = True
        if number and np.array_equal(np.flatnonzero(within), kept):
            break
        kept = np.flatnonzero(within)
        found = _solve(_take(pair, kept), method=method, start=found)[:2]
    return kept, found


def _match_medians(pair: _Pair) -> tuple[float, float]:
    slope = float(np.exp(np.median(np.log(pair.own.a / pair.reference.a))))
    return slope, float(np.median(pair.reference.b - slope * pair.own.b))


def _solve(pair: _Pair, *, method: Method, start: tuple[float, float]) -> tuple[float, float, float]:
    """Return slope, shift, and the mean squared distance of what is matched."""
    if method in {"mean_sigma", "mean_mean"}:
        own, other = _places(pair.own), _places(pair.reference)
        if method == "mean_sigma":
            slope = float(np.std(other) / np.std(own)) if np.ptp(own) > 0 else float("nan")
        else:
            slope = float(np.mean(pair.own.a) / np.mean(pair.reference.a))
        if not slope > 0:
            hint = "link by curves, or by anchors that differ in difficulty"
            raise BadInput("the anchors are all of one difficulty", hint=hint)
        shift = float(np.mean(other) - slope * np.mean(own))
        return slope, shift, float(np.mean((other - slope * own - shift) ** 2))
    matched = _match(pair, summed=method == "stocking_lord")
    aim = np.array([np.log(start[0]), start[1]])
    done = least_squares(lambda aim: matched.join(matched.measure(aim)), aim, method="lm", xtol=1e-10, ftol=1e-12)
    return float(np.exp(done.x[0])), float(done.x[1]), float(2.0 * done.cost)


def _places(items: Items) -> Floats:
    """Return the difficulties of binary items and the steps of the others, in one order."""
    binary = np.array(items.kind, dtype=str) == BINARY
    stepped = items.steps[~binary].ravel()
    return np.concatenate([items.b[binary], stepped[np.isfinite(stepped)]])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Matched:
    """The curves of anchors on abilities `theta` (Q,), and how far they are apart at a link (log A, B).

    One row an anchor for the sum of curves (Stocking-Lord), one a category above the lowest for Haebara (each anchor's
    first in `start`). `there` and `here` are the curves that do not move, `root` the square root of the weights.
    """

    pair: _Pair
    summed: bool
    theta: Floats
    root: Floats
    there: Floats
    here: Floats
    start: Ints

    def measure(self, aim: Floats) -> Floats:
        """Return the weighted differences of all curves, shape (rows, 2 Q)."""
        slope, shift = float(np.exp(aim[0])), float(aim[1])
        forth = self.there - _draw(rescale(self.pair.own, slope=slope, shift=shift), self.theta, summed=self.summed)
        other = rescale(self.pair.reference, slope=1.0 / slope, shift=-shift / slope)
        back = self.here - _draw(other, self.theta, summed=self.summed)
        return np.concatenate([forth * self.root, back * self.root], axis=1)

    def join(self, rows: Floats) -> Floats:
        """Return what is squared and summed, of mean size whatever the number of anchors."""
        size = len(self.pair.own)
        found: Floats = rows.sum(axis=0) / size if self.summed else rows.ravel() / sqrt(size)
        return found

    def drop_each(self, aim: Floats, *, step: float = 1e-4) -> Floats:
        """Return the links (J, 2) as (log A, B) without each anchor in turn, by one step of Gauss-Newton from `aim`."""
        rows = self.measure(aim)
        moved = np.stack(
            [(self.measure(aim + step * way) - self.measure(aim - step * way)) / (2 * step) for way in np.eye(2)],
            axis=2,
        )
        if self.summed:
            rows, moved = rows.sum(axis=0) - rows, moved.sum(axis=0) - moved
            normal, force = np.einsum("jqk,jql->jkl", moved, moved), np.einsum("jqk,jq->jk", moved, rows)
        else:
            normal = np.add.reduceat(np.einsum("rqk,rql->rkl", moved, moved), self.start)
            force = np.add.reduceat(np.einsum("rqk,rq->rk", moved, rows), self.start)
            normal, force = normal.sum(axis=0) - normal, force.sum(axis=0) - force
        found: Floats = aim - np.linalg.solve(normal, force[:, :, None])[:, :, 0]
        return found


def _match(pair: _Pair, *, summed: bool) -> _Matched:
    theta = np.linspace(-_REACH, _REACH, _NODES)
    weight = np.exp(-0.5 * theta**2)
    return _Matched(
        pair=pair,
        summed=summed,
        theta=theta,
        root=np.sqrt(weight / weight.sum() / 2.0),
        there=_draw(pair.reference, theta, summed=summed),
        here=_draw(pair.own, theta, summed=summed),
        start=pair.own.offsets[:-1] - np.arange(len(pair.own)),
    )


def _draw(items: Items, theta: Floats, *, summed: bool) -> Floats:
    if summed:
        return expected_scores(items, theta)
    return np.delete(probabilities(items, theta), items.offsets[:-1], axis=0)


def _jackknife(pair: _Pair, *, method: Method, found: tuple[float, float]) -> Floats:
    """Return the covariance of (slope, shift) by leaving out one anchor at a time (Quenouille 1956; Tukey 1958)."""
    size = len(pair.own)
    if size <= _LEAST[method]:
        return np.full((2, 2), np.nan)
    if method in {"mean_sigma", "mean_mean"}:
        rest = (np.delete(np.arange(size), row) for row in range(size))
        links = np.array([_solve(_take(pair, rows), method=method, start=found)[:2] for rows in rest])
    else:
        links = _match(pair, summed=method == "stocking_lord").drop_each(np.array([np.log(found[0]), found[1]]))
        links[:, 0] = np.exp(links[:, 0])
    away = links - links.mean(axis=0)
    covariance: Floats = away.T @ away * ((size - 1) / size)
    return covariance
