"""Options of multiple-choice items: who takes which, and what speaks against an item or its key."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from waymark.assess.ability.locating import Grid, check_match, log_likelihoods, log_probabilities, make_grid, weigh
from waymark.assess.fit.nominal import Nominal, fit_nominal
from waymark.assess.items import BINARY, Floats, Ints, Items
from waymark.assess.multiplicity import adjust_p
from waymark.assess.responses import Responses
from waymark.errors import BadInput

WRONG_KEY: Final = "its choosers are abler than those of the key: possible wrong key"
DOUBLE_KEY: Final = "attracts able people: possible second key"
DEAD: Final = "nobody takes it"
WEAK_KEY: Final = "those who take the key are less able than the others"
FEWEST: Final = 100
"""People below which an item's options are counted but not judged."""
RARE: Final = 0.02
"""Share that the upper end of an option's interval stays below when nobody takes it."""

_FITTED: Final = 10  # choosers below which an option has no slope of its own
_CLASSES: Final = 80
_Z95: Final = 1.959963984540054


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionReport:
    """One option: how many took it, their share with Wilson's (1927) 95 % interval, and who they are.

    `ability` is the mean ability of those who took it, in standard deviations of the population, `slope` that of the
    nominal model (the slopes of an item sum to zero), both with 95 % intervals; NaN where fewer than ten took it.
    `p` is one-sided, small where a wrong option's choosers are abler than all others who answered, and where those of
    the key are less able. `p_adjusted` is for the false discovery rate over all options. `flags` say what speaks
    against it.
    """

    option: int
    is_key: bool
    n: int
    share: float
    share_low: float
    share_high: float
    ability: float
    ability_low: float
    ability_high: float
    slope: float
    slope_low: float
    slope_high: float
    p: float
    p_adjusted: float
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemOptions:
    """The options of one item, answered by `n` people; `judged` is false where these are fewer than `FEWEST`."""

    item: str
    n: int
    judged: bool
    ability_from: str
    options: tuple[OptionReport, ...]


def analyse_options(
    choices: ArrayLike,
    key: Ints,
    *,
    items: Items | None = None,
    names: tuple[str, ...] | None = None,
    offered: Ints | None = None,
    alpha: float = 0.05,
) -> tuple[ItemOptions, ...]:
    """Fit the nominal model (Bock 1972) to every item, ability being that shown by the other items.

    `choices` (N, J) are option numbers from 0, -1 where there is none; `key` (J,) the right ones, `offered` (J,) how
    many there were (the highest taken, by default). Ability comes from the keyed parameters in `items`, else from the
    share right of the other items, shrunk by Kelley's (1947) formula. The item itself never counts, so that a wrong
    key cannot defend itself. This is an analysis of options; it scores nobody. Flags rest on `p_adjusted` < alpha.
    """
    given, right = _read(choices, key)
    ids = names or (items.ids if items is not None else tuple(f"item{number + 1}" for number in range(given.shape[1])))
    if len(ids) != given.shape[1]:
        raise BadInput(f"{len(ids)} names for {given.shape[1]} columns", hint="name every item once")
    width = np.maximum(given.max(axis=0), right) + 1 if offered is None else np.asarray(offered, dtype=np.int64)
    if (width <= np.maximum(given.max(axis=0), right)).any():
        raise BadInput("an option that was not offered was taken or is the key", hint="mend offered, choices or key")
    scores = np.where(given >= 0, given == right, -1).astype(np.int8)
    grid = make_grid(nodes=31, reach=4.5)
    known = _Known(scores, items, ids, grid)
    found = []
    for item in range(given.shape[1]):
        rows = np.flatnonzero(given[:, item] >= 0)
        posterior = known.leave_out(item, rows)
        found.append(_look(given[rows, item], posterior, grid, ids[item], int(right[item]), int(width[item])))
    source = "keyed parameters" if items is not None else "share right of the other items"
    return _flag([replace(one, ability_from=source) for one in found], alpha)


def _read(choices: ArrayLike, key: Ints) -> tuple[Ints, Ints]:
    raw, right = np.asarray(choices), np.asarray(key)
    if raw.ndim != 2 or raw.shape[1] < 2 or right.shape != raw.shape[1:]:
        raise BadInput(
            f"choices of shape {raw.shape} with a key of shape {right.shape}",
            hint="a column and a key an item, two or more",
        )
    given = np.where(np.isnan(raw), -1, raw) if np.issubdtype(raw.dtype, np.floating) else raw
    if not np.issubdtype(raw.dtype, np.number) or (given != np.rint(given)).any() or (given > 100).any():
        raise BadInput("choices that are no option numbers", hint="number the options of an item from 0")
    if not np.issubdtype(right.dtype, np.integer) or (right < 0).any():
        raise BadInput("a key that is no option number", hint="number the options of an item from 0")
    return np.maximum(given, -1).astype(np.int64), right.astype(np.int64)


class _Known:
    """What the other items show of everybody's ability."""

    def __init__(
        self,
        scores: np.ndarray[tuple[int, ...], np.dtype[np.int8]],
        items: Items | None,
        ids: tuple[str, ...],
        grid: Grid,
    ) -> None:
        """Sum over all items once."""
        self.scores, self.items, self.grid = scores, items, grid
        if items is not None:
            if any(kind != BINARY for kind in items.kind):
                raise BadInput("options of items with steps", hint="take the items with one right option")
            responses = Responses(items=ids, people=len(scores), matrix=scores)
            check_match(responses, items)
            self.table = log_probabilities(items, grid.theta)
            self.level = log_likelihoods(responses, items, grid.theta)
        self.right, self.seen = (scores > 0).sum(axis=1), (scores >= 0).sum(axis=1)

    def leave_out(self, item: int, rows: Ints) -> Floats:
        """Return the posterior of some people without one item, (n, Q)."""
        own = self.scores[rows, item].astype(np.int64)
        if self.items is not None:
            return weigh(self.level[rows] - self.table[self.items.offsets[item] + own], self.grid)
        if len(rows) == 0:
            return np.zeros((0, len(self.grid.theta)))
        share = (self.right[rows] - own) / np.maximum(self.seen[rows] - 1, 1)
        z = (share - share.mean()) / (share.std() or 1.0)
        trust = self._find_reliability(item)
        gap = self.grid.theta - trust * z[:, None]
        density = np.exp(-0.5 * gap * gap / (1.0 - trust))
        found: Floats = density / density.sum(axis=1, keepdims=True)
        return found

    def _find_reliability(self, item: int) -> float:
        """Return Cronbach's alpha of the other items, over the people who answered all of them, kept off 0 and 1."""
        others = np.delete(self.scores, item, axis=1)
        others = others[(others >= 0).all(axis=1)]
        if len(others) < 30 or others.shape[1] < 2 or others.sum(axis=1).var() == 0:
            return 0.5
        parts = others.var(axis=0).sum() / others.sum(axis=1).var()
        return float(np.clip(others.shape[1] / (others.shape[1] - 1) * (1.0 - parts), 0.05, 0.97))


def _look(chosen: Ints, posterior: Floats, grid: Grid, name: str, key: int, width: int) -> ItemOptions:
    """Count the options of one item and fit those that enough people took."""
    n = np.bincount(chosen, minlength=width)
    fitted = np.flatnonzero(n >= _FITTED)
    judged = len(chosen) >= FEWEST and len(fitted) >= 2
    blank = np.full(width, np.nan)
    columns = {what: blank.copy() for what in ("ability", "ability_error", "slope", "slope_error", "p")}
    if judged:
        nominal, counts = _fit(chosen, posterior, grid, fitted)
        size = len(fitted)
        columns["slope"][fitted], columns["slope_error"][fitted] = nominal.slope[:size], nominal.slope_error[:size]
        columns["ability"][fitted] = nominal.ability[:size]
        columns["ability_error"][fitted] = nominal.spread[:size] / np.sqrt(n[fitted])
        z = _compare_choosers(nominal, counts)[:size]
        columns["p"][fitted] = np.where(fitted == key, special.ndtr(z), special.ndtr(-z))
    low, high = find_wilson(n, len(chosen))
    reports = tuple(
        OptionReport(
            option=option,
            is_key=option == key,
            n=int(n[option]),
            share=float(n[option] / len(chosen)) if len(chosen) else np.nan,
            share_low=float(low[option]),
            share_high=float(high[option]),
            **_give_interval("ability", columns, option),
            **_give_interval("slope", columns, option),
            p=float(columns["p"][option]),
            p_adjusted=np.nan,
            flags=(),
        )
        for option in range(width)
    )
    return ItemOptions(item=name, n=len(chosen), judged=judged, ability_from="", options=reports)


def _give_interval(what: str, columns: dict[str, Floats], option: int) -> dict[str, float]:
    value, reach = float(columns[what][option]), _Z95 * float(columns[f"{what}_error"][option])
    return {what: value, f"{what}_low": value - reach, f"{what}_high": value + reach}


def _fit(chosen: Ints, posterior: Floats, grid: Grid, fitted: Ints) -> tuple[Nominal, Floats]:
    """Fit the options that enough people took, the others taken together, to classes of people of like ability."""
    place = np.full(int(chosen.max()) + 1, len(fitted))
    place[fitted] = np.arange(len(fitted))
    answer = place[chosen]
    width = int(answer.max()) + 1
    mean = posterior @ grid.theta
    order = np.argsort(mean, kind="stable")
    group = np.empty(len(mean), dtype=np.int64)
    group[order] = np.arange(len(mean)) * min(_CLASSES, len(mean)) // len(mean)
    size = np.bincount(group)
    ordered = group[order]
    first = np.flatnonzero(np.diff(ordered, prepend=-1))
    average = np.add.reduceat(posterior[order], first, axis=0) / size[:, None]
    counts = np.bincount(group * width + answer, minlength=len(size) * width).reshape(len(size), width)
    return fit_nominal(counts.astype(float), average, grid.theta), counts.astype(float)


def _compare_choosers(nominal: Nominal, counts: Floats) -> Floats:
    """Return, for each option, how much abler its choosers are than all others, in standard errors."""
    n = counts.sum(axis=0)
    total = n.sum()
    second = nominal.spread**2 + nominal.ability**2
    other = np.maximum(total - n, 1.0)
    mean = (n @ nominal.ability - n * nominal.ability) / other
    variance = np.maximum((n @ second - n * second) / other - mean * mean, 1e-12)
    found: Floats = (nominal.ability - mean) / np.sqrt(nominal.spread**2 / n + variance / other)
    return found


def find_wilson(count: Ints, total: int) -> tuple[Floats, Floats]:
    """Return Wilson's (1927) 95 % interval of shares."""
    if total == 0:
        return np.zeros(len(count)), np.ones(len(count))
    share, z = count / total, _Z95
    scale = 1.0 + z * z / total
    middle = (share + z * z / (2 * total)) / scale
    reach = z / scale * np.sqrt(share * (1.0 - share) / total + z * z / (4.0 * total * total))
    return np.maximum(middle - reach, 0.0), np.minimum(middle + reach, 1.0)


def _flag(found: list[ItemOptions], alpha: float) -> tuple[ItemOptions, ...]:
    """Adjust p over all options of all items, and say what speaks against each."""
    adjusted = iter(adjust_p(np.array([option.p for item in found for option in item.options])))
    whole = []
    for item in found:
        key = next(option for option in item.options if option.is_key)
        options = tuple(
            replace(option, p_adjusted=float(p), flags=_list_flags(option, key, p=float(p), item=item, alpha=alpha))
            for option, p in zip(item.options, adjusted, strict=False)
        )
        whole.append(replace(item, options=options))
    return tuple(whole)


def _list_flags(
    option: OptionReport, key: OptionReport, *, p: float, item: ItemOptions, alpha: float
) -> tuple[str, ...]:
    flags = [DEAD] if option.share_high < RARE and not option.is_key and item.n >= FEWEST else []
    if p < alpha:
        flags.append(WEAK_KEY if option.is_key else WRONG_KEY if _is_abler(option, key) else DOUBLE_KEY)
    return tuple(flags)


def _is_abler(option: OptionReport, key: OptionReport) -> bool:
    """Tell whether the choosers of an option are surely (one-sided 5 %) abler than those of the key, if it has any."""
    if not np.isfinite(key.ability):
        return True
    error = np.hypot(option.ability_high - option.ability_low, key.ability_high - key.ability_low) / (2.0 * _Z95)
    return bool(option.ability - key.ability > 1.6448536269514722 * error)
