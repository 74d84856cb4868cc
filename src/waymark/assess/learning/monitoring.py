"""Monitoring: whether items still behave as the bank says, with a false-alarm rate that holds at all times.

Per item and kind of change an e-process runs: the product over answers of p_changed / p_bank, with p_bank the chance
that the bank gave to what happened before it happened. While nothing has changed its expectation is 1 at any time, so
that P(it ever reaches 1 / alpha) <= alpha (Ville 1939; Ramdas et al. 2023), however often one looks. What may have
changed, and since when, is averaged over: changes may begin at every 20th answer, with weights that sum to one.

drift   for everybody: b moved by -1, -0.5, 0.5, 1, or a multiplied by 0.7, 1.4
leak    some know the answer: the faster an answer, the surer the bet that it is right. The times decide only how much
        is bet, so they may follow any law; what is assumed is that speed and rightness are independent given ability
dif     for one group, b moved by 0.4 or 0.8 either way, in the group alone or half against half
        Leak and dif are also bets against the item having moved for everybody: what counts is the fast against the
        slow, and the group against the others.

An item that the bank is not sure of is no false alarm: with stated covariance, p_bank is of an item that is learned
from the answers (an extended Kalman filter on (log a, b), on the logit scale).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from waymark.assess.curves import logistic
from waymark.assess.items import Floats, Ints, Items
from waymark.assess.learning.recording import Record
from waymark.assess.softening import find_uncertain
from waymark.errors import BadInput

DRIFT, LEAK, DIF = "drift", "leak", "dif"
SHIFTS: Final = np.array([-1.0, -0.5, 0.5, 1.0])
FACTORS: Final = np.array([0.7, 1.4])
KNOWERS: Final = np.array([0.1, 0.3, 0.8])  # shares of people who know a leaked answer,
HASTE: Final = np.log([0.2, 0.5])  # the log of the share of the usual time that they take,
KNOWN: Final = 0.95  # and the chance that they are right
GROUP_SHIFTS: Final = np.array([-0.8, -0.4, 0.4, 0.8])
SETTINGS: Final = len(GROUP_SHIFTS) * 2
BLOCK: Final = 20
SPAN: Final = 5.0  # blocks after which half of the weight of all beginnings is spent
_COMMON: Final = 0.5  # sd of the shift for everybody that a group's is told apart from
_LARGEST: Final = 1e250
_LEAST: Final = 1e-9
_PROBIT: Final = np.pi / 8.0  # a logistic averaged over N(m, v) is nearly that of m / sqrt(1 + pi v / 8) (MacKay 1992)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What a watch over J items has come to: a value that can be kept and gone on with.

    `drift` (J, 6), `leak` (J, 6) and `dif` (J, G, 8) are the e-values of the alternatives, without the weight kept for
    beginnings to come. `mean` (J, 2) and `covariance` (J, 2, 2) are what has been learned of (log a, b) against the
    bank; `common` (J, 3) is the log e-value of a move for everybody, with its mean and variance. `answers` (J,) counts,
    `peak` (J, 2 + G) has the highest log e-values of drift, leak and each group, `first` the answers of the item when
    one first reached 1 / `alpha`, -1 for never.
    """

    items: Items
    groups: tuple[str, ...]
    alpha: float
    drift: Floats
    leak: Floats
    dif: Floats
    mean: Floats
    covariance: Floats
    common: Floats
    answers: Ints
    peak: Floats
    first: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """A change that was found: in which item, of which kind (and group), after how many answers, and how strongly.

    `e_value` is the evidence now, `peak` the highest so far; `message` says it in a sentence.
    """

    item: str
    kind: str
    group: str
    answers: int
    e_value: float
    peak: float
    message: str


def begin_watch(items: Items, *, groups: Sequence[str] = (), alpha: float = 0.01, learning: bool = False) -> Watch:
    """Begin a watch over the items of a bank; `groups` are those whose numbers stand in the records.

    With `learning`, chances come from beliefs that learn after every sitting, so items' uncertainty is in them already.
    Raise BadInput for an alpha outside (0, 1).
    """
    if not 0 < alpha < 1:
        raise BadInput(f"a false-alarm rate of {alpha}", hint="give a number between 0 and 1")
    size, kinds = len(items), 2 + len(groups)
    unsure = np.zeros(size, dtype=bool) if learning else find_uncertain(items)
    covariance = np.where(unsure[:, None, None], items.covariance, 0.0)
    common = np.zeros((size, 3))
    common[:, 2] = _COMMON**2 + covariance[:, 1, 1]
    return Watch(
        items=replace(items, covariance=covariance),
        groups=tuple(groups),
        alpha=alpha,
        drift=np.zeros((size, len(SHIFTS) + len(FACTORS))),
        leak=np.zeros((size, len(KNOWERS) * len(HASTE))),
        dif=np.zeros((size, len(groups), SETTINGS)),
        mean=np.zeros((size, 2)),
        covariance=covariance.copy(),
        common=common,
        answers=np.zeros(size, dtype=np.int64),
        peak=np.zeros((size, kinds)),
        first=np.full((size, kinds), -1, dtype=np.int64),
    )


def watch(state: Watch, record: Record) -> Watch:
    """Return the watch after further answers, in their order; groups are passed over where none are watched.

    Raise BadInput for items or groups that the watch does not have.
    """
    _check(state, record)
    names = ("drift", "leak", "dif", "mean", "covariance", "common", "answers", "peak", "first")
    after = replace(state, **{name: getattr(state, name).copy() for name in names})
    order = np.argsort(record.item, kind="stable")
    item = record.item[order]
    rank = np.arange(len(item)) - np.searchsorted(item, item)
    by_rank = order[np.argsort(rank, kind="stable")]
    for rows in np.split(by_rank, np.cumsum(np.bincount(rank))[:-1]) if len(record) else ():
        _take(after, record, rows)
    return after


def _check(state: Watch, record: Record) -> None:
    if len(record) and (record.item.min() < 0 or record.item.max() >= len(state.items)):
        raise BadInput("an answer to an item that is not watched", hint="number items as in the bank")
    if len(record) and state.groups and record.group.max() >= len(state.groups):
        raise BadInput("an answer of a group that is not watched", hint="name all groups when the watch begins")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Round:
    """One answer each to different items: places `item` (n,), scores, and the logit that the bank foretold.

    `level` is the logit without asymptotes, `bend` how much ability's and the item's spread flatten it, `chance` (n,)
    the probability of right under the item as it is known by now.
    """

    item: Ints
    right: NDArray[np.bool_]
    a: Floats
    low: Floats
    width: Floats
    spread: Floats
    level: Floats
    bend: Floats
    chance: Floats

    def rise(self, level: Floats) -> Floats:
        """Return P(right) at logits (n, ...)."""
        shape = (-1,) + (1,) * (level.ndim - 1)
        found: Floats = self.low.reshape(shape) + self.width.reshape(shape) * logistic(level)
        return found

    def compare(self, chance: Floats) -> Floats:
        """Return the ratio of what another probability of right (n, ...) gave to the answer to what `chance` gave."""
        shape = (-1,) + (1,) * (chance.ndim - 1)
        right, own = self.right.reshape(shape), self.chance.reshape(shape)
        found: Floats = np.where(right, chance / own, (1.0 - chance) / (1.0 - own))
        return found


def _take(state: Watch, record: Record, rows: Ints) -> None:
    """Take in one answer each to different items."""
    now, slope = _look(state, record, rows)
    before, number = state.answers[now.item], state.answers[now.item] // BLOCK
    opened = np.where(before % BLOCK == 0, _keep(number) - _keep(number + 1), 0.0)
    own = (
        (state.drift, _bet_drift(now)),
        (state.leak, _bet_leak(now, record.gap[rows], record.gap_sd[rows])),
        (state.dif, _bet_dif(now, record.group[rows], len(state.groups))),
    )
    for wealth, ratio in own:
        start = opened.reshape((-1,) + (1,) * (ratio.ndim - 1))
        wealth[now.item] = np.minimum((wealth[now.item] + start) * ratio, _LARGEST)
    _learn(state, now, slope)
    state.answers[now.item] += 1
    height = np.log(weigh(state, now.item))
    state.peak[now.item] = np.maximum(state.peak[now.item], height)
    alarm = (height >= -np.log(state.alpha)) & (state.first[now.item] < 0)
    state.first[now.item] = np.where(alarm, state.answers[now.item, None], state.first[now.item])


def _keep(number: Ints) -> Floats:
    """Return the weight kept for beginnings after the first `number` blocks."""
    found: Floats = 1.0 / (1.0 + number / SPAN)
    return found


def _look(state: Watch, record: Record, rows: Ints) -> tuple[_Round, Floats]:
    """Return the answers with the item as it is known by now, and the slopes (n, 2) of the logit in (log a, b)."""
    item, items = record.item[rows], state.items
    a, low, width = items.a[item], items.c[item], items.d[item] - items.c[item]
    spread = record.spread[rows]
    star = np.clip((record.chance[rows] - low) / width, 1e-6, 1.0 - 1e-6)
    level = np.log(star / (1.0 - star))
    bend = 1.0 / np.sqrt(1.0 + _PROBIT * a * a * (spread**2 + items.covariance[item, 1, 1]))
    known = 1.0 / np.sqrt(1.0 + _PROBIT * a * a * (spread**2 + state.covariance[item, 1, 1]))
    slope = np.stack([level * bend**2, -a * bend], axis=1)
    learned = level * known / bend + (slope * state.mean[item]).sum(axis=1)
    chance = np.clip(low + width * logistic(learned), _LEAST, 1.0 - _LEAST)
    sure = ~items.covariance[item].any(axis=(1, 2))
    now = _Round(
        item=item,
        right=record.right[rows] == 1,
        a=a,
        low=low,
        width=width,
        spread=spread,
        level=level,
        bend=bend,
        chance=np.where(sure, np.clip(record.chance[rows], _LEAST, 1.0 - _LEAST), chance),
    )
    return now, slope


def _bet_drift(now: _Round) -> Floats:
    """Return p_changed / p_bank for every drift, (n, 6)."""
    moved = now.level[:, None] - (now.a * now.bend)[:, None] * SHIFTS
    steeper = now.a[:, None] * FACTORS
    flattened = 1.0 / np.sqrt(1.0 + _PROBIT * steeper**2 * now.spread[:, None] ** 2)
    scaled = (now.level / now.bend)[:, None] * FACTORS * flattened
    return now.compare(now.rise(np.concatenate([moved, scaled], axis=1)))


def _bet_leak(now: _Round, gap: Floats, gap_sd: Floats) -> Floats:
    """Return p_changed / p_bank for every leak, (n, 6): the faster the answer, the more is bet on its being right."""
    timed = np.isfinite(gap)
    far, sd = np.where(timed, gap, 0.0)[:, None], np.where(timed, gap_sd, 1.0)[:, None]
    surprise = np.where(timed[:, None], (far**2 - (far - HASTE) ** 2) / (2.0 * sd**2), 0.0)
    odds = np.exp(np.clip(surprise, -50.0, 50.0))[:, None, :] * (KNOWERS / (1.0 - KNOWERS))[:, None]
    knows = (odds / (1.0 + odds)).reshape(len(gap), -1)
    return now.compare((1.0 - knows) * now.chance[:, None] + knows * np.maximum(KNOWN, now.chance[:, None]))


def _bet_dif(now: _Round, group: Ints, groups: int) -> Floats:
    """Return p_changed / p_bank for every shift of every group, (n, G, 8); 1 where the group is not known."""
    member = group[:, None] == np.arange(groups)
    alone = np.where(member[:, :, None], GROUP_SHIFTS, 0.0)
    halves = np.where(member[:, :, None], GROUP_SHIFTS, -GROUP_SHIFTS) / 2.0
    shift = np.where(group[:, None, None] >= 0, np.concatenate([alone, halves], axis=2), 0.0)
    moved = now.compare(now.rise(now.level[:, None, None] - (now.a * now.bend)[:, None, None] * shift))
    return np.where(group[:, None, None] >= 0, moved, 1.0)


def _learn(state: Watch, now: _Round, slope: Floats) -> None:
    """Learn of the items, and of a move for everybody, from the answers."""
    item, right = now.item, now.right.astype(float)
    rise = (now.chance - now.low) * (now.low + now.width - now.chance) / now.width
    pull = rise / (now.chance * (1.0 - now.chance))
    gain = np.einsum("npr,nr->np", state.covariance[item], slope)
    taken = 1.0 / (1.0 + np.einsum("np,np->n", gain, slope) * rise * pull)
    state.mean[item] += gain * (taken * pull * (right - now.chance))[:, None]
    state.covariance[item] -= gain[:, :, None] * gain[:, None, :] * (taken * rise * pull)[:, None, None]
    common = state.common[item]
    bend = now.a / np.sqrt(1.0 + _PROBIT * now.a**2 * (now.spread**2 + common[:, 2]))
    chance = np.clip(now.rise(now.level * bend / (now.a * now.bend) - bend * common[:, 1]), _LEAST, 1.0 - _LEAST)
    steep = bend * (chance - now.low) * (now.low + now.width - chance) / now.width
    told = 1.0 / (1.0 / common[:, 2] + steep**2 / (chance * (1.0 - chance)))
    state.common[item, 0] += np.log(now.compare(chance))
    state.common[item, 1] -= told * steep * (right - chance) / (chance * (1.0 - chance))
    state.common[item, 2] = told


def weigh(state: Watch, rows: Ints | None = None) -> Floats:
    """Return the e-values now of drift, leak and dif by group, (J, 2 + G), for all items or those of `rows`."""
    own = np.arange(len(state.items)) if rows is None else rows
    kept = _keep((state.answers[own] + BLOCK - 1) // BLOCK)
    drift, leak = state.drift[own].mean(axis=1) + kept, state.leak[own].mean(axis=1) + kept
    against = np.exp(np.maximum(state.common[own, 0], 0.0))[:, None]
    dif = state.dif[own].mean(axis=2) + kept[:, None]
    return np.concatenate([drift[:, None], leak[:, None] / against, dif / against], axis=1)


def list_alarms(state: Watch) -> tuple[Alarm, ...]:
    """Return the changes that have reached 1 / alpha, strongest first.

    Each item and kind keeps its own rate of false alarms; `select_changed` holds their share over the whole bank.
    """
    now, kinds = weigh(state), [(DRIFT, ""), (LEAK, ""), *((DIF, name) for name in state.groups)]
    rows, columns = np.nonzero(state.first >= 0)
    found = [_tell(state, now, int(row), kinds, int(column)) for row, column in zip(rows, columns, strict=True)]
    return tuple(sorted(found, key=lambda alarm: -alarm.peak))


def _tell(state: Watch, now: Floats, row: int, kinds: list[tuple[str, str]], column: int) -> Alarm:
    kind, group = kinds[column]
    name, count = state.items.ids[row], int(state.first[row, column])
    if kind == DRIFT:
        best = int(np.argmax(state.drift[row]))
        moved = best < len(SHIFTS)
        how = f"b moved by {SHIFTS[best]:+g}" if moved else f"a times {FACTORS[best - len(SHIFTS)]:g}"
        message = f"{name} no longer answers as the bank says, most like {how}"
    elif kind == LEAK:
        message = f"{name} is answered rightly too often by those who are fast: its answer may have gone round"
    else:
        best = int(np.argmax(state.dif[row, column - 2]))
        harder = "harder" if GROUP_SHIFTS[best % len(GROUP_SHIFTS)] > 0 else "easier"
        message = f"{name} is {harder} for group {group} than for others of the same ability"
    peak = float(np.exp(state.peak[row, column]))
    text = f"{message} (noticed after {count} answers; odds of {peak:.3g} to 1)"
    return Alarm(
        item=name, kind=kind, group=group, answers=count, e_value=float(now[row, column]), peak=peak, message=text
    )


def select_changed(e_values: Floats, *, rate: float = 0.05) -> NDArray[np.bool_]:
    """Return which of m e-values stand for changes, of which a share of at most `rate` is expected to be false.

    e-BH (Wang & Ramdas 2022): the k largest, for the largest k with e_(k) >= m / (rate k); they may hang together.
    """
    given = np.ravel(e_values)
    order = np.argsort(-given, kind="stable")
    count = np.arange(1, len(given) + 1)
    passed = np.flatnonzero(given[order] >= len(given) / (rate * count))
    found = np.zeros(len(given), dtype=bool)
    if len(passed):
        found[order[: passed[-1] + 1]] = True
    return found.reshape(np.shape(e_values))


def adjust_peak(peak: Floats) -> Floats:
    """Return e-values from the highest values that e-processes ever reached, given as logs.

    (S - 1 - log S) / (log S)^2, an adjuster for looking back (Dawid, de Rooij, Shafer, Shen, Vereshchagin & Vovk 2011).
    """
    log = np.maximum(peak, 1e-3)
    found: Floats = (np.exp(log) - 1.0 - log) / log**2
    return found
