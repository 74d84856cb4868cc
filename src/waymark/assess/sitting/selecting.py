"""Choosing the next item: the largest expected fall of what the sitting still has to settle, per minute.

All that depends on an item's curve is tabulated once a bank: r(m, v), the share of the projection's variance v that
one answer is expected to remove when the projection is N(m, v). It is exact for any response model,

    r = sum_x S1(x)^2 / (S0(x) v),   S0 = E[P(x | u)],  S1 = E[P(x | u) (u - m)],

the expected fall of the posterior variance (van der Linden & Pashley 2010, minimum expected posterior variance).
For K skills the fall of Var(theta_k) is Cov(theta_k, u)^2 r / v, so a choice costs one look-up an item.
"""

from math import exp, floor, log, sqrt
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from waymark.assess.chance import NOISE, THOMPSON, draw_normal, draw_uniform
from waymark.assess.compiling import compiled
from waymark.assess.items import Floats, Ints
from waymark.assess.sitting.inferring import Belief, Curves, project

MEANS: Final = 65
LEAST_MEAN: Final = -4.0
MEAN_SPACING: Final = 0.125
LEVELS: Final = 9
WIDEST: Final = 1.3
NARROWING: Final = 0.78
NARROWEST: Final = WIDEST * NARROWING ** (LEVELS - 1)
CELLS: Final = MEANS * LEVELS
ERROR_STEPS: Final = 50
FARTHEST: Final = 5.0  # standard deviations from a cut at which nothing is left to settle

GREEDY, SAMPLED, PILOTED = 0, 1, 2
PRECISION, DECISIONS = 0, 1
UNFINISHED, REACHED, NOT_WORTH_IT, ITEMS_SPENT, MINUTES_SPENT, NOTHING_LEFT = 0, 1, 2, 3, 4, 5


class Menu(NamedTuple):
    """What selection needs of a bank of J items, K skills and T topics.

    `gain` (CELLS, J) holds r; `shortlist` (K, CELLS, L) the best items of a skill in a cell, -1 beyond the last;
    `order` (J,) the items by skill with those of skill k from `first[k]` on; `minutes` (J,); `case` (J,) the variance
    of the dimension of an item's testlet, 0 without one; `topic` (J,) with -1 for none; `quota` (T,) the largest number
    of answers a topic should get, 0 where it is free; enemies of item j are `enemy[enemy_first[j]:enemy_first[j + 1]]`;
    `log_a`, `b` (J,) and the lower factor `spread` (J, 3) of their covariance, all zero where an item counts as known;
    `error` (ERROR_STEPS + 1, ERROR_STEPS + 1) is `make_errors`.
    """

    gain: NDArray[np.float32]
    shortlist: Ints
    order: Ints
    first: Ints
    minutes: Floats
    case: Floats
    topic: Ints
    quota: Floats
    enemy_first: Ints
    enemy: Ints
    log_a: Floats
    b: Floats
    spread: Floats
    error: Floats


class Policy(NamedTuple):
    """Rules as numbers.

    By skill (K,): `target` sd, `weight`, `least` and `most` answers; by decision (D,): `cut`, `tolerance` in standard
    deviations, and `direction` (D, K).
    """

    mode: int
    target: Floats
    weight: Floats
    least: Ints
    most: Ints
    direction: Floats
    cut: Floats
    tolerance: Floats
    most_items: int
    most_minutes: float
    least_gain: float
    per_minute: int
    temperature: float
    exploration: int
    pilot_every: int


class Progress(NamedTuple):
    """What a sitting has used.

    `blocked` (J,) items, answers by `topics` (T,) and `skills` (K,), [`minutes`] so far, [`testlet`] under way or [-1];
    `open` (K,) is room for which skills still ask for answers.
    """

    blocked: NDArray[np.uint8]
    topics: Ints
    skills: Ints
    minutes: Floats
    testlet: Ints
    open: NDArray[np.uint8]


@compiled
def find_cell(mean: float, variance: float) -> int:
    """Return the cell of `Menu.gain` nearest to N(mean, variance)."""
    column = floor((mean - LEAST_MEAN) / MEAN_SPACING + 0.5)
    level = floor(log(sqrt(variance) / WIDEST) / log(NARROWING) + 0.5)
    return min(max(level, 0), LEVELS - 1) * MEANS + min(max(column, 0), MEANS - 1)


@compiled
def read_share(menu: Menu, item: int, mean: float, variance: float) -> float:
    """Return r of an item at N(mean, variance), between the cells of `Menu.gain`.

    Linear in the mean and in the log of the sd; below the narrowest level r / (1 - r) falls with the variance.
    """
    across = min(max((mean - LEAST_MEAN) / MEAN_SPACING, 0.0), MEANS - 1.0)
    down = min(max(log(sqrt(variance) / WIDEST) / log(NARROWING), 0.0), LEVELS - 1.0)
    column, row = min(int(across), MEANS - 2), min(int(down), LEVELS - 2)
    right, below = across - column, down - row
    cell, gain = row * MEANS + column, menu.gain
    upper = float(gain[cell, item]) * (1.0 - right) + float(gain[cell + 1, item]) * right
    lower = float(gain[cell + MEANS, item]) * (1.0 - right) + float(gain[cell + MEANS + 1, item]) * right
    share = float(upper * (1.0 - below) + lower * below)
    if variance < NARROWEST * NARROWEST:
        share *= variance / (variance * share + NARROWEST * NARROWEST * (1.0 - share))
    return share


@compiled
def expect_error(error: Floats, z: float, share: float) -> float:
    """Return the error expected after an answer that removes `share` of a decision's variance, by interpolation.

    `z` is the distance of the mean from the cut in standard deviations.
    """
    across = min(abs(z) / FARTHEST, 1.0) * ERROR_STEPS
    down = min(max(share, 0.0), 1.0) * ERROR_STEPS
    row, column = min(int(across), ERROR_STEPS - 1), min(int(down), ERROR_STEPS - 1)
    right, below = across - row, down - column
    upper = error[row, column] * (1.0 - below) + error[row, column + 1] * below
    lower = error[row + 1, column] * (1.0 - below) + error[row + 1, column + 1] * below
    return float(upper * (1.0 - right) + lower * right)


@compiled
def list_open(belief: Belief, policy: Policy, progress: Progress) -> int:
    """Write into `progress.open` which skills still ask for answers of their own; return how many do."""
    covariance, target, least, most = belief.covariance, policy.target, policy.least, policy.most
    counts, is_open = progress.skills, progress.open
    pending = policy.mode == DECISIONS and find_open_decision(belief, policy) >= 0
    total = 0
    for skill in range(target.shape[0]):
        wanted = pending or counts[skill] < least[skill]
        if policy.mode == PRECISION:
            wanted = wanted or covariance[skill, skill] > target[skill] * target[skill]
        is_open[skill] = 1 if wanted and counts[skill] < most[skill] else 0
        total += is_open[skill]
    return total


@compiled
def find_decision(belief: Belief, direction: Floats) -> tuple[float, float]:
    """Return mean and variance of a linear function of the skills."""
    mean, variance = 0.0, 0.0
    for row in range(direction.shape[0]):
        mean += direction[row] * belief.mean[row]
        for column in range(direction.shape[0]):
            variance += direction[row] * belief.covariance[row, column] * direction[column]
    return mean, variance


@compiled
def is_settled(belief: Belief, policy: Policy, decision: int) -> bool:
    """Tell whether the chance of deciding wrongly now is within the decision's tolerance."""
    mean, variance = find_decision(belief, policy.direction[decision])
    return bool(abs(mean - policy.cut[decision]) >= policy.tolerance[decision] * sqrt(variance))


@compiled
def find_open_decision(belief: Belief, policy: Policy) -> int:
    """Return the number of the first decision that is not settled, -1 when all are."""
    for decision in range(policy.cut.shape[0]):
        if not is_settled(belief, policy, decision):
            return decision
    return -1


@compiled
def weigh_precision(belief: Belief, policy: Policy, progress: Progress, skill: int, share: float) -> float:
    """Return the weighted fall of the open skills' variances when `share` of a skill's variance is removed.

    What falls below a skill's target is not counted.
    """
    covariance, target, weight, is_open = belief.covariance, policy.target, policy.weight, progress.open
    scale = share / covariance[skill, skill]
    worth = 0.0
    for other in range(target.shape[0]):
        if is_open[other]:
            fall = covariance[other, skill] * covariance[other, skill] * scale
            excess = covariance[other, other] - target[other] * target[other]
            worth += weight[other] * (min(fall, excess) if excess > 0.0 else fall)
    return worth


@compiled
def weigh_decisions(belief: Belief, policy: Policy, error: Floats, skill: int, share: float) -> float:
    """Return the fall of the summed errors of the open decisions when `share` of a skill's variance is removed."""
    worth = 0.0
    for decision in range(policy.cut.shape[0]):
        if is_settled(belief, policy, decision):
            continue
        direction = policy.direction[decision]
        mean, variance = find_decision(belief, direction)
        along = 0.0
        for other in range(direction.shape[0]):
            along += direction[other] * belief.covariance[other, skill]
        removed = share * along * along / (belief.covariance[skill, skill] * variance)
        z = (mean - policy.cut[decision]) / sqrt(variance)
        worth += expect_error(error, z, 0.0) - expect_error(error, z, removed)
    return worth


@compiled
def sample_share(menu: Menu, item: int, seed: int, mean: float, variance: float) -> float:
    """Return r under parameters drawn from the item's posterior (Thompson 1933), the same all through a sitting.

    By Fisher information a^2 p (1 - p) with the logistic averaged over N(mean, variance) (MacKay 1992).
    """
    first, second = draw_normal(seed, THOMPSON, 2 * item), draw_normal(seed, THOMPSON, 2 * item + 1)
    a = exp(menu.log_a[item] + menu.spread[item, 0] * first)
    b = menu.b[item] + menu.spread[item, 1] * first + menu.spread[item, 2] * second
    z = a * (mean - b) / sqrt(1.0 + 0.39269908169872414 * a * a * variance)
    small = exp(-abs(z))
    fisher = a * a * small / ((1.0 + small) * (1.0 + small))
    return fisher * variance / (1.0 + fisher * variance)


@compiled
def scan(  # noqa: C901  one pass over the items, each factor of the criterion a line; calls inside would be dear
    menu: Menu, policy: Policy, progress: Progress, places: Ints, how: tuple[int, float, float, int]
) -> int:
    """Return the best of the items at `places` that are not blocked, or -1; `how` is (cell, mean, variance, seed)."""
    cell, mean, variance, seed = how
    row, blocked, minutes, topic = menu.gain[cell], progress.blocked, menu.minutes, menu.topic
    quota, counts, spread, case = menu.quota, progress.topics, menu.spread, menu.case
    step = progress.skills.sum()
    piloting = policy.exploration == PILOTED and step % policy.pilot_every == policy.pilot_every - 1
    sampling = policy.exploration == SAMPLED
    best, most = -1, -1.0
    for place in range(places.shape[0]):
        item = places[place]
        if item < 0:
            break
        if blocked[item]:
            continue
        value = float(row[item])
        if sampling and spread[item, 0] + spread[item, 2] > 0.0:
            value = sample_share(menu, item, seed, mean, variance)
        if piloting:
            first, cross, rest = spread[item, 0], spread[item, 1], spread[item, 2]
            value *= first * first + cross * cross + rest * rest + 1e-9
        if case[item] > 0.0:
            value /= 1.0 + value * case[item] / variance
        if policy.per_minute:
            value /= minutes[item]
        if topic[item] >= 0 and quota[topic[item]] > 0.0:  # the maximum priority index (Cheng & Chang 2009)
            value *= max(1.0 - counts[topic[item]] / quota[topic[item]], 0.001)
        if policy.temperature > 0.0:
            noise = draw_uniform(seed, NOISE, step * row.shape[0] + item)
            value *= exp(-policy.temperature * log(-log(noise)))
        if value > most:
            best, most = item, value
    return best


@compiled
def find_best(belief: Belief, menu: Menu, policy: Policy, progress: Progress, skill: int, seed: int) -> int:
    """Return the best item of a skill, or -1: from the shortlist of its cell where that may decide, else from all."""
    mean, variance = belief.mean[skill], belief.covariance[skill, skill]
    how = (find_cell(mean, variance), mean, variance, seed)
    every = menu.order[menu.first[skill] : menu.first[skill + 1]]
    plain = policy.exploration == GREEDY and policy.per_minute and menu.quota.shape[0] == 0
    if plain and every.shape[0] > menu.shortlist.shape[2]:
        best = scan(menu, policy, progress, menu.shortlist[skill, how[0]], how)
        if best >= 0:
            return best
    return scan(menu, policy, progress, every, how)


@compiled
def choose(
    belief: Belief, curves: Curves, menu: Menu, policy: Policy, progress: Progress, seed: int
) -> tuple[int, float]:
    """Return the next item and what it is worth per minute (or per item), or (-1, 0) when none is left.

    A case that was begun is finished first; then come answers that the rules ask for.
    """
    best, most, gain = -1, -1.0, 0.0
    under_way = progress.testlet[0]
    for skill in range(policy.target.shape[0]):
        if under_way >= 0:
            item = find_in_testlet(curves, progress, under_way, skill)
        elif progress.open[skill]:
            item = find_best(belief, menu, policy, progress, skill, seed)
        else:
            continue
        if item < 0:
            continue
        share = expect_share(belief, curves, menu, item, skill)
        if policy.mode == PRECISION:
            worth = weigh_precision(belief, policy, progress, skill, share)
        else:
            worth = weigh_decisions(belief, policy, menu.error, skill, share)
        worth /= menu.minutes[item] if policy.per_minute else 1.0
        rank = worth + 1.0 + share if progress.skills[skill] < policy.least[skill] else worth
        if rank > most:
            best, most, gain = item, rank, worth
    return best, gain


@compiled
def expect_share(belief: Belief, curves: Curves, menu: Menu, item: int, skill: int) -> float:
    """Return the share of a skill's variance that an answer should remove: Cov(theta, u)^2 r / (v Var(theta))."""
    testlet, variance = curves.testlet[item], belief.covariance[skill, skill]
    case = belief.case[testlet] if testlet >= 0 else -1
    mean, wide = project(belief.mean, belief.covariance, skill, case)
    shared = variance + (belief.covariance[skill, case] if case >= 0 else 0.0)
    if case < 0:
        wide += menu.case[item]
    return float(read_share(menu, item, mean, wide) * shared * shared / (wide * variance))


@compiled
def advance(
    belief: Belief, curves: Curves, menu: Menu, policy: Policy, progress: Progress, seed: int
) -> tuple[int, float, int]:
    """Return the next item, what it is worth per minute (or per item), and how the sitting ends (UNFINISHED if not)."""
    if list_open(belief, policy, progress) == 0:
        return -1, 0.0, find_reason(belief, policy)
    if belief.size[0] >= policy.most_items:
        return -1, 0.0, ITEMS_SPENT
    if progress.minutes[0] >= policy.most_minutes:
        return -1, 0.0, MINUTES_SPENT
    item, worth = choose(belief, curves, menu, policy, progress, seed)
    if item < 0:
        return -1, 0.0, NOTHING_LEFT
    owed = progress.skills < policy.least  # while a case is under way, what other skills are owed waits for its end
    asked = owed[curves.skill[item]] or (progress.testlet[0] >= 0 and owed.any())
    if (worth <= 0.0 or worth < policy.least_gain) and not asked:
        return -1, worth, NOT_WORTH_IT
    return item, worth, UNFINISHED


@compiled
def find_reason(belief: Belief, policy: Policy) -> int:
    """Return why no skill is open: the goal is reached, or skills ran into their own cap."""
    if policy.mode == DECISIONS:
        return REACHED if find_open_decision(belief, policy) < 0 else ITEMS_SPENT
    for skill in range(policy.target.shape[0]):
        short = belief.covariance[skill, skill] > policy.target[skill] * policy.target[skill]
        if short and policy.most[skill] > 0:
            return ITEMS_SPENT
    return REACHED


@compiled
def find_in_testlet(curves: Curves, progress: Progress, testlet: int, skill: int) -> int:
    """Return the first item of a case under way that measures the skill and was not given yet, or -1."""
    for item in range(curves.testlet.shape[0]):
        if curves.testlet[item] == testlet and curves.skill[item] == skill and not progress.blocked[item]:
            return item
    return -1


@compiled
def use(curves: Curves, menu: Menu, progress: Progress, item: int, minutes: float) -> None:
    """Note that an item was given: block it and its enemies, count its topic, skill, time and case."""
    progress.blocked[item] = 1
    for place in range(menu.enemy_first[item], menu.enemy_first[item + 1]):
        progress.blocked[menu.enemy[place]] = 1
    if menu.topic[item] >= 0:
        progress.topics[menu.topic[item]] += 1
    progress.skills[curves.skill[item]] += 1
    progress.minutes[0] += minutes
    progress.testlet[0] = -1
    testlet = curves.testlet[item]
    if testlet >= 0:
        for other in range(curves.testlet.shape[0]):
            if curves.testlet[other] == testlet and not progress.blocked[other]:
                progress.testlet[0] = testlet
                break


@compiled
def use_all(curves: Curves, menu: Menu, progress: Progress, items: Ints, minutes: Floats) -> None:
    """Note that items were given, in their order."""
    for place in range(items.shape[0]):
        use(curves, menu, progress, items[place], minutes[place])
