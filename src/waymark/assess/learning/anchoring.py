"""Anchoring: a bank calibrated anew from a batch of answers, kept on its scale, with what has drifted since before.

What was known of the items before the batch is the prior, so every answer counts once: give the answers since the bank
was last anchored. First a batch estimate of all items of a skill together (`refitting`) settles the scale and tells how
far the errors of different items hang together. Then every sitting is gone through once more under those items, and
each item's posterior is laid on its grid as online learning does it (`gridding`), since its mean is closer to the truth
than the mode: slopes at the mode are too steep.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from waymark.assess.calibration.calibrations import Group
from waymark.assess.calibration.linking import Link, link, rescale
from waymark.assess.compiling import compiled
from waymark.assess.grouping import Groups, sort_groups
from waymark.assess.items import Floats, Ints, Items, take_items
from waymark.assess.learning.gridding import ItemBeliefs
from waymark.assess.learning.refitting import Refit, refit
from waymark.assess.learning.updating import learn_sitting, make_beliefs, revise
from waymark.assess.multiplicity import adjust_p
from waymark.assess.responses import Responses, as_list, make_sparse_responses, take_columns
from waymark.assess.sitting.banks import Bank, refresh
from waymark.assess.sitting.inferring import Belief, Curves, absorb, make_belief, refine_sites, reset
from waymark.assess.sitting.sittings import CASES
from waymark.assess.softening import find_uncertain
from waymark.errors import BadInput

WELL_KNOWN: Final = 0.25  # sd of a location below which an item may hold the scale
ANCHORS: Final = 10
Z95: Final = 1.959963984540054
_TOLD: Final = 0.1  # share of the variance before that the batch must remove, lest a skewed posterior look like drift


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemDrift:
    """How far an item's location by the batch alone lies from where it was known to lie, in logits.

    `before` and `after` are the means of b on the scale of the bank, `drift` with its 95% interval is by the `answers`
    of the batch, `p` tests no drift and `p_adjusted` holds the false discovery rate over the items of the bank. NaN
    where the batch says too little.
    """

    item: str
    skill: str
    answers: int
    before: float
    after: float
    drift: float
    low: float
    high: float
    p: float
    p_adjusted: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How the scale of a skill was kept.

    `held_by` is "items" where enough of them were well known before, and mean and sd of the people are free, else
    "population": the reference group has mean 0 and sd 1. `link` takes the scale of the batch to that of the bank, and
    is None where too few items were well known to tell; `items` are on the scale after it. `joint` tells whether
    errors allow for other items' errors.
    """

    skill: str
    held_by: str
    groups: tuple[Group, ...]
    link: Link | None
    joint: bool
    converged: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchoring:
    """Items after a batch, for `banks.refresh`, with the scale of each skill and the drift of each item."""

    items: Items
    scales: tuple[Scale, ...]
    drifts: tuple[ItemDrift, ...]
    answers: int
    people: int


def reanchor(
    responses: Responses,
    bank: Bank,
    *,
    groups: Sequence[str] | None = None,
    reference: str | None = None,
    nodes: int = 61,
) -> Anchoring:
    """Calibrate the items of a bank anew with answers that it has not learned from, and keep it on its scale.

    The bank's stated posteriors are the prior; items whose covariance is zero stay. `groups` (one name a person) may
    differ in ability; the `reference`, else the largest, fixes the scale until `ANCHORS` items are well known, which
    hold it from then on. Stocking and Lord's link by these items then takes out what the batch has moved.

    Raise BadInput for items that the bank does not have.
    """
    placed = _place(responses, bank)
    parts = []
    for number, name in enumerate(bank.items.skills):
        rows = np.flatnonzero(bank.items.skill == number)
        anchored = int(_find_anchors(bank.items)[rows].sum()) >= ANCHORS
        peers = sort_groups(groups, people=responses.people, reference=reference, anchored=anchored)
        own = refit(take_columns(placed, rows), take_items(bank.items, rows), peers, nodes=nodes)
        parts.append(_Part(skill=name, rows=rows, peers=peers, refit=own))
    moded = _join(bank.items, parts)
    learned = make_beliefs(bank.items)
    _sweep(learned, refresh(bank, moded), placed, parts)
    items = _add_dependence(revise(bank.items, learned), parts)
    links = [_link(items, bank.items, part) for part in parts]
    for part, found in zip(parts, links, strict=True):
        if found is not None:
            items = rescale(items, slope=found.slope, shift=found.shift, skill=part.skill)
    items = replace(items, testlet_sd=bank.items.testlet_sd)
    return Anchoring(
        items=items,
        scales=tuple(_describe(part, found) for part, found in zip(parts, links, strict=True)),
        drifts=_find_drifts(bank.items, items, parts, placed),
        answers=placed.seen,
        people=placed.people,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """One skill: the rows of its items in the bank, its groups, and its batch estimate."""

    skill: str
    rows: Ints
    peers: Groups
    refit: Refit


def _place(responses: Responses, bank: Bank) -> Responses:
    """Return the answers with a column for every item of the bank, in its order."""
    unknown = [name for name in responses.items if name not in bank.places]
    if unknown:
        raise BadInput(f"the bank has no item {unknown[0]!r}", hint="leave out answers to items of other banks")
    person, item, score = as_list(responses)
    column = np.array([bank.places[name] for name in responses.items], dtype=np.int64)[item]
    return make_sparse_responses(person, column, score, items=bank.items.ids, people=responses.people)


def _find_anchors(items: Items) -> NDArray[np.bool_]:
    """Tell which items are known well enough to hold the scale."""
    found: NDArray[np.bool_] = items.covariance[:, 1, 1] <= WELL_KNOWN**2
    return found


def _join(items: Items, parts: Sequence[_Part]) -> Items:
    """Return the items of a bank with the estimates of all skills."""
    given = {name: getattr(items, name).copy() for name in ("a", "b", "steps", "covariance")}
    for part in parts:
        for name, values in given.items():
            values[part.rows] = getattr(part.refit.items, name)
    return replace(items, **given)


def _sweep(learned: ItemBeliefs, bank: Bank, responses: Responses, parts: Sequence[_Part]) -> None:
    """Go through all sittings under the items of `bank`, and write what they teach into `learned`."""
    person, item, score = as_list(responses)
    start = np.searchsorted(person, np.arange(responses.people + 1))
    mean = np.stack([part.refit.mean[part.peers.number] for part in parts], axis=1)
    sd = np.stack([part.refit.sd for part in parts], axis=1)
    covariance = sd[:, :, None] * bank.correlation * sd[:, None, :]
    testlets = len(bank.items.testlet_sd)
    belief = make_belief(
        mean[0], covariance[0], capacity=int(np.diff(start).max()), testlets=testlets, cases=min(testlets, CASES)
    )
    learn_all(learned, belief, bank.curves, (start, item, score), (mean, covariance, parts[0].peers.number))


@compiled
def learn_all(
    learned: ItemBeliefs,
    belief: Belief,
    curves: Curves,
    answers: tuple[Ints, Ints, Ints],
    prior: tuple[Floats, Floats, Ints],
) -> None:
    """Take in whole sittings: `answers` is (start (N + 1,), item, score), `prior` (means, covariances, group).

    Answers are by person; means by person, (N, K), and covariances by group, (G, K, K).
    """
    start, item, score = answers
    mean, covariance, group = prior
    for person in range(mean.shape[0]):
        reset(belief, mean[person], covariance[group[person]])
        for place in range(start[person], start[person + 1]):
            absorb(belief, curves, item[place], score[place])
        refine_sites(belief, curves, 0, belief.size[0])
        learn_sitting(learned, belief, curves)


def _add_dependence(items: Items, parts: Sequence[_Part]) -> Items:
    """Widen each item's posterior by what other items' errors add to its own, where they were inverted together."""
    covariance = items.covariance.copy()
    for part in parts:
        covariance[part.rows] += part.refit.shared
    return replace(items, covariance=covariance)


def _link(items: Items, before: Items, part: _Part) -> Link | None:
    """Return the link of a skill by its well known items; None where they are few, or where known ones hold it."""
    rows = part.rows[_find_anchors(before)[part.rows]]
    held = ~find_uncertain(before)[part.rows].all()
    if held or len(rows) < ANCHORS:
        return None
    return link(take_items(items, rows), take_items(before, rows))


def _describe(part: _Part, found: Link | None) -> Scale:
    size = np.bincount(part.peers.number, minlength=len(part.peers.names))
    grow, move = (1.0, 0.0) if found is None else (found.slope, found.shift)
    return Scale(
        skill=part.skill,
        held_by="items" if part.peers.moving.all() else "population",
        groups=tuple(
            Group(
                name=name,
                people=int(size[number]),
                mean=grow * float(part.refit.mean[number]) + move,
                sd=grow * float(part.refit.sd[number]),
            )
            for number, name in enumerate(part.peers.names)
        ),
        link=found,
        joint=part.refit.joint,
        converged=part.refit.converged,
    )


def _find_drifts(before: Items, after: Items, parts: Sequence[_Part], responses: Responses) -> tuple[ItemDrift, ...]:
    """Compare where items were known to lie with where the batch alone puts them.

    With variances V before and W after, b after - b before has the variance V - W if nothing moved (W being what the
    batch leaves of V), and is the share 1 - W / V of what the batch alone says.
    """
    old, new = before.covariance[:, 1, 1], after.covariance[:, 1, 1]
    told = old - new
    size, error = np.full(len(before), np.nan), np.full(len(before), np.nan)
    seen = (old > 0) & (told > _TOLD * old)
    size[seen] = ((after.b - before.b) * old / np.where(seen, told, 1.0))[seen]
    error[seen] = (old / np.sqrt(np.where(seen, told, 1.0)))[seen]
    for part in parts:
        slope, bend = part.refit.gradient[:, 1], part.refit.information[:, 1, 1]
        fixed = (old[part.rows] == 0) & (bend > 0)
        size[part.rows[fixed]] = (slope / np.where(bend > 0, bend, 1.0))[fixed]
        error[part.rows[fixed]] = 1.0 / np.sqrt(bend[fixed])
    p = 2.0 * ndtr(-np.abs(size / error))
    adjusted = adjust_p(p)
    count = np.bincount(as_list(responses)[1], minlength=len(before))
    return tuple(
        ItemDrift(
            item=name,
            skill=before.skills[before.skill[row]],
            answers=int(count[row]),
            before=float(before.b[row]),
            after=float(after.b[row]),
            drift=float(size[row]),
            low=float(size[row] - Z95 * error[row]),
            high=float(size[row] + Z95 * error[row]),
            p=float(p[row]),
            p_adjusted=float(adjusted[row]),
        )
        for row, name in enumerate(before.ids)
    )
