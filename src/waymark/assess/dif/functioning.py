"""Differential item functioning: whether people of one ability, but of different groups, answer an item alike."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from waymark.assess.dif.mantel import Mantel, classify_delta, classify_mean, compare_binary, compare_ordered
from waymark.assess.dif.matching import (
    CRITERIA,
    choose_criterion,
    make_criterion,
    pool_levels,
    set_anchor,
    tabulate_groups,
)
from waymark.assess.dif.regressing import Regression, regress_groups
from waymark.assess.items import Floats, Ints, Items
from waymark.assess.multiplicity import adjust_p
from waymark.assess.responses import Responses, as_list, take_people
from waymark.errors import BadInput

UNKNOWN: Final = "not enough data to say"
MEANINGS: Final = {"A": "negligible", "B": "slight to moderate", "C": "moderate to large", "": UNKNOWN}
_Z95: Final = 1.959963984540054
_THICK: Final = 5  # people of each group at a level, below which neighbouring levels are pooled
_POOLED_PER_SD: Final = 4  # pooled levels stay this narrow: within them groups that differ by 1 SD differ by 0.005 SD


@dataclass(frozen=True, slots=True, kw_only=True)
class DifRules:
    """When a difference is called one.

    `smallest` is the fewest people of each group at levels that both groups reach, `rarest` the fewest of them who
    gave the rarer answer; below either there is no verdict. With `purify`, items of class B and C leave the matching
    criterion, again and again until the same items leave, at most `rounds` times and never more than half.
    """

    smallest: int = 50
    rarest: int = 5
    alpha: float = 0.05
    purify: bool = True
    rounds: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class LogisticDif:
    """Logistic regression of one item (proportional odds for ordered answers), Swaminathan & Rogers 1990.

    `log_odds` is the focal group's log odds of a better answer less the reference group's, `slope_change` the same of
    the slopes by standard deviation of the criterion; both with 95 % intervals. Classes by the gain in Nagelkerke's R2
    of the joint test: A where it is not significant; else below .13, .26 and above (Zumbo & Thomas 1997), or
    below .035, .070 and above (Jodoin & Gierl 2001).
    """

    log_odds: float
    log_odds_low: float
    log_odds_high: float
    slope_change: float
    slope_change_low: float
    slope_change_high: float
    chi_square_uniform: float
    p_uniform: float
    chi_square_nonuniform: float
    p_nonuniform: float
    chi_square_joint: float
    p_joint: float
    p_joint_adjusted: float
    r2_uniform: float
    r2_joint: float
    zumbo_thomas: str
    jodoin_gierl: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemDif:
    """One item, one focal group. Effects below zero are against the focal group.

    `effect` is MH D-DIF = -2.35 ln(odds ratio) for binary items, and the standardised mean difference in standard
    deviations of the item for ordered ones, with its standard error and 95 % interval. `n_reference` and `n_focal`
    count the people who saw the item at levels of the matching criterion that both groups reach. `ets_class` is A, B,
    C, or empty where `verdict` says that there is not enough data; then effect and tests are NaN. `p_adjusted` is for
    the false discovery rate over all items and groups. `in_criterion` says whether purification left the item in.
    """

    item: str
    reference: str
    focal: str
    n_reference: int
    n_focal: int
    strata: int
    matching: str
    method: str
    effect: float
    standard_error: float
    low: float
    high: float
    odds_ratio: float
    chi_square: float
    p: float
    p_adjusted: float
    ets_class: str
    verdict: str
    in_criterion: bool
    logistic: LogisticDif | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
    """What was found of all items for one focal group."""

    focal: str
    anchor: NDArray[np.bool_]
    mantel: Mantel
    classes: list[str]
    regression: Regression


def detect_dif(
    responses: Responses,
    groups: Sequence[str | None],
    *,
    reference: str | None = None,
    items: Items | None = None,
    criterion: str | None = None,
    rules: DifRules | None = None,
) -> tuple[ItemDif, ...]:
    """Compare every group with the reference group (the largest, if none is named) on every item.

    `groups` names each person's group; people with None or "" are left out. People are matched on the number right
    when everybody answered everything, else on the ability estimate from `items`, else on the share right of the
    items that they saw, which is fair only where these are of like difficulty; `criterion` ("score", "ability",
    "share") chooses another. Where people guess and the groups differ much in ability, regression on the number right
    finds non-uniform differences that are none; Mantel-Haenszel, which the class rests on, hardly does. Raise BadInput
    for labels that do not fit the responses.
    """
    rules = rules or DifRules()
    names, code = _number_groups(responses, groups, reference)
    kind = criterion or choose_criterion(responses, items)
    categories = _count_categories(responses, items)
    pairs = [
        _compare(responses, code, focal=(place, name), setting=(items, kind, categories), rules=rules)
        for place, name in enumerate(names)
        if place > 0
    ]
    return _report(responses.items, names[0], pairs, binary=categories <= 2, matching=CRITERIA[kind])


def _number_groups(responses: Responses, groups: Sequence[str | None], reference: str | None) -> tuple[list[str], Ints]:
    """Return group names, the reference first, and each person's number, -1 for none."""
    if len(groups) != responses.people:
        raise BadInput(f"{len(groups)} group labels for {responses.people} people", hint="one label a person")
    labels = np.array(["" if label is None else str(label) for label in groups])
    names, counts = np.unique(labels[labels != ""], return_counts=True)
    if len(names) < 2:
        raise BadInput(f"{len(names)} group(s) to compare", hint="give labels of at least two groups")
    first = str(names[np.argmax(counts)]) if reference is None else reference
    if first not in names:
        raise BadInput(f"no group {first!r}", hint=f"the groups are {', '.join(names)}")
    ordered = [first, *(str(name) for name in names if name != first)]
    code = np.full(len(labels), -1, dtype=np.int64)
    for place, name in enumerate(ordered):
        code[labels == name] = place
    return ordered, code


def _count_categories(responses: Responses, items: Items | None) -> Ints:
    if items is not None:
        return items.categories
    if responses.matrix is not None:
        top: Ints = responses.matrix.max(axis=0).astype(np.int64)
    else:
        _, item, score = as_list(responses)
        top = np.zeros(len(responses.items), dtype=np.int64)
        np.maximum.at(top, item, score)
    categories: Ints = np.maximum(top, 1) + 1
    return categories


def _compare(
    responses: Responses,
    code: Ints,
    *,
    focal: tuple[int, str],
    setting: tuple[Items | None, str, Ints],
    rules: DifRules,
) -> _Pair:
    """Test one focal group, leaving out of the criterion what differs, until the same items leave."""
    items, kind, categories = setting
    rows = np.flatnonzero((code == 0) | (code == focal[0]))
    group = (code[rows] > 0).astype(np.int64)
    chosen = responses if len(rows) == responses.people else take_people(responses, rows)
    criterion = make_criterion(chosen, items=items, kind=kind, categories=categories)
    for turn in range(rules.rounds + 1):
        table, value = tabulate_groups(criterion, group)
        mantel, classes = _judge(table, categories, rules)
        kept = _purify(classes, mantel.effect)
        if not rules.purify or turn == rules.rounds or (kept == criterion.anchor).all():
            break
        criterion = set_anchor(criterion, kept)
    regression = regress_groups(table[0], table[1], value)
    return _Pair(focal=focal[1], anchor=criterion.anchor, mantel=mantel, classes=classes, regression=regression)


def _judge(table: Floats, categories: Ints, rules: DifRules) -> tuple[Mantel, list[str]]:
    """Return the tests and classes of all items; an empty class where there is not enough data."""
    pooled = [pool_levels(one, width=_choose_width(table)) for one in table]
    tests = {
        True: compare_binary(pooled[0][..., :2], pooled[1][..., :2]),
        False: compare_ordered(pooled[0], pooled[1]),
    }
    binary = categories <= 2
    names = {
        True: classify_delta(tests[True], alpha=rules.alpha),
        False: classify_mean(tests[False], alpha=rules.alpha),
    }
    mixed = Mantel(
        **{
            field.name: np.where(binary, getattr(tests[True], field.name), getattr(tests[False], field.name))
            for field in fields(Mantel)
        }
    )
    enough = (np.minimum(mixed.reference, mixed.focal) >= rules.smallest) & (mixed.rarer >= rules.rarest)
    return mixed, [names[bool(kind)][row] if enough[row] else "" for row, kind in enumerate(binary)]


def _choose_width(table: Floats) -> int:
    """Return how many neighbouring levels to pool: one, unless the smaller group is thin on them."""
    people = table.sum(axis=3)
    reached = np.maximum((people > 0).sum(axis=1), 1)
    if float(np.median((people.sum(axis=1) / reached).min(axis=0))) >= _THICK:
        return 1
    by_level = people.sum(axis=(0, 2))
    at = np.arange(len(by_level))
    mean = np.average(at, weights=by_level)
    return max(1, int(np.sqrt(np.average((at - mean) ** 2, weights=by_level)) / _POOLED_PER_SD))


def _purify(classes: list[str], effect: Floats) -> NDArray[np.bool_]:
    """Return the items that stay in the criterion: all but the largest effects of class B and C, at least half."""
    different = np.array([name in {"B", "C"} for name in classes])
    size = np.where(different, np.abs(np.nan_to_num(effect)), -1.0)
    leaving = np.argsort(-size, kind="stable")[: min(int(different.sum()), len(classes) // 2)]
    kept = np.ones(len(classes), dtype=bool)
    kept[leaving] = False
    return kept


def _report(
    names: tuple[str, ...], reference: str, pairs: list[_Pair], *, binary: NDArray[np.bool_], matching: str
) -> tuple[ItemDif, ...]:
    """Write a row an item and group, with p-values adjusted over all of them."""
    told = [np.where([bool(name) for name in pair.classes], pair.mantel.p, np.nan) for pair in pairs]
    adjusted = adjust_p(np.concatenate(told)).reshape(len(pairs), -1)
    joint = [np.where(np.isfinite(p), pair.regression.p_joint, np.nan) for p, pair in zip(told, pairs, strict=True)]
    joint_adjusted = adjust_p(np.concatenate(joint)).reshape(len(pairs), -1)
    return tuple(
        ItemDif(
            item=name,
            reference=reference,
            focal=pair.focal,
            matching=matching,
            method="Mantel-Haenszel" if binary[row] else "Mantel",
            p_adjusted=float(adjusted[place, row]),
            in_criterion=bool(pair.anchor[row]),
            logistic=_tell_logistic(pair.regression, row, float(joint_adjusted[place, row])),
            **_tell_mantel(pair, row),
        )
        for place, pair in enumerate(pairs)
        for row, name in enumerate(names)
    )


def _tell_mantel(pair: _Pair, row: int) -> dict[str, Any]:
    found, name = pair.mantel, pair.classes[row]
    numbers = ("effect", "standard_error", "odds_ratio", "chi_square", "p")
    reach = _Z95 * float(found.standard_error[row]) if name else math.nan
    return {
        "n_reference": int(found.reference[row]),
        "n_focal": int(found.focal[row]),
        "strata": int(found.strata[row]),
        "ets_class": name,
        "verdict": MEANINGS[name],
        "low": float(found.effect[row]) - reach,
        "high": float(found.effect[row]) + reach,
        **{number: float(getattr(found, number)[row]) if name else math.nan for number in numbers},
    }


def _tell_logistic(found: Regression, row: int, adjusted: float) -> LogisticDif | None:
    """Return the regression of one item, None where there was not enough data or no maximum."""
    if not np.isfinite([adjusted, found.log_odds_error[row], found.slope_change_error[row]]).all():
        return None
    odds, odds_reach = found.log_odds[row], _Z95 * found.log_odds_error[row]
    slope, slope_reach = found.slope_change[row], _Z95 * found.slope_change_error[row]
    tests = ("uniform", "nonuniform", "joint")
    gain, p = float(found.r2_joint[row]), float(found.p_joint[row])
    return LogisticDif(
        log_odds=float(odds),
        log_odds_low=float(odds - odds_reach),
        log_odds_high=float(odds + odds_reach),
        slope_change=float(slope),
        slope_change_low=float(slope - slope_reach),
        slope_change_high=float(slope + slope_reach),
        p_joint_adjusted=adjusted,
        r2_uniform=float(found.r2_uniform[row]),
        r2_joint=gain,
        zumbo_thomas=classify_gain(gain, p, bounds=(0.13, 0.26)),
        jodoin_gierl=classify_gain(gain, p, bounds=(0.035, 0.070)),
        **{f"chi_square_{test}": float(getattr(found, f"chi_square_{test}")[row]) for test in tests},
        **{f"p_{test}": float(getattr(found, f"p_{test}")[row]) for test in tests},
    )


def classify_gain(gain: float, p: float, *, bounds: tuple[float, float], alpha: float = 0.05) -> str:
    """Return A, B or C for a gain in R2: A when it is not significant or below the first bound, C above the second."""
    if p >= alpha or gain < bounds[0]:
        return "A"
    return "B" if gain <= bounds[1] else "C"
