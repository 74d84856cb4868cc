"""How often differences that are none are called one, and planted ones are found."""

import numpy as np
import pytest

from waymark.assess.curves import logistic
from waymark.assess.dif.functioning import DifRules, ItemDif, detect_dif
from waymark.assess.items import Items, make_items
from waymark.assess.responses import Responses, make_responses


def draw(
    rng: np.random.Generator, *, people: int, size: int, impact: float, missing: float = 0.0, planted: float = 0.0
) -> tuple[Responses, list[str], Items]:
    """Return answers to 2PL items; the first tenth is harder for the focal group (a third of all) by `planted`."""
    items = make_items(
        tuple(f"i{number}" for number in range(size)), a=np.exp(rng.normal(0, 0.2, size)), b=rng.normal(size=size)
    )
    focal = rng.random(people) < 1 / 3
    theta = rng.normal(size=people) - impact * focal
    place = items.b + np.zeros((people, size))
    place[np.ix_(focal, np.arange(size // 10))] += planted
    right = rng.random(place.shape) < logistic(items.a * (theta[:, None] - place))
    cells = np.where(rng.random(place.shape) < missing, -1, right)
    return make_responses(cells, items=items.ids), ["f" if one else "r" for one in focal], items


def rates(found: list[ItemDif]) -> dict[str, float]:
    logistic_tests = [row.logistic for row in found if row.logistic is not None]
    return {
        "mantel": float(np.mean([row.p < 0.05 for row in found])),
        "interval": float(np.mean([not row.low <= 0 <= row.high for row in found])),
        "uniform": float(np.mean([one.p_uniform < 0.05 for one in logistic_tests])),
        "nonuniform": float(np.mean([one.p_nonuniform < 0.05 for one in logistic_tests])),
        "joint": float(np.mean([one.p_joint < 0.05 for one in logistic_tests])),
    }


@pytest.mark.parametrize(
    ("people", "size", "impact", "missing"),
    [(900, 30, 0.0, 0.0), (900, 30, 0.7, 0.0), (300, 80, 0.5, 0.0), (2000, 40, 0.7, 0.5)],
    ids=["no impact", "impact", "thin levels", "half missing"],
)
def test_false_alarms_are_near_five_in_a_hundred(people: int, size: int, impact: float, missing: float) -> None:
    rng = np.random.Generator(np.random.PCG64(21))
    found: list[ItemDif] = []
    for _ in range(25):
        responses, groups, items = draw(rng, people=people, size=size, impact=impact, missing=missing)
        found += detect_dif(responses, groups, items=items)
    found = [row for row in found if row.ets_class]
    error = np.sqrt(0.05 * 0.95 / len(found))
    observed = rates(found)
    assert 0.02 < observed.pop("mantel") < 0.05 + 3.5 * error  # the correction for continuity makes it conservative
    assert all(0.05 - 3.5 * error < rate < 0.065 + 3.5 * error for rate in observed.values()), observed


def test_planted_differences_are_found_and_their_size_is_right() -> None:
    rng = np.random.Generator(np.random.PCG64(22))
    planted: list[tuple[ItemDif, float]] = []
    clean: list[tuple[ItemDif, float]] = []
    for _ in range(15):
        responses, groups, items = draw(rng, people=3000, size=30, impact=0.5, planted=0.8)
        for row, a in zip(detect_dif(responses, groups, items=items), items.a, strict=True):
            (planted if row.item in {"i0", "i1", "i2"} else clean).append((row, a))
    assert np.mean([row.ets_class in {"B", "C"} for row, _ in planted]) > 0.95
    assert np.mean([row.p_adjusted < 0.05 for row, _ in planted]) > 0.95
    assert np.mean([row.ets_class == "A" for row, _ in clean]) > 0.99
    assert np.mean([row.effect + 2.35 * 0.8 * a for row, a in planted]) == pytest.approx(0, abs=0.1)
    covered = np.mean([row.low < -2.35 * 0.8 * a < row.high for row, a in planted])
    assert covered > 0.85


def test_a_crossing_difference_is_found_by_regression() -> None:
    rng = np.random.Generator(np.random.PCG64(23))
    found = []
    for _ in range(15):
        focal = rng.random(2000) < 0.5
        slope = np.where(focal[:, None] & (np.arange(20) == 0), 0.3, 1.2)
        right = rng.random((2000, 20)) < logistic(
            slope * (rng.normal(size=(2000, 1)) - np.r_[0.0, rng.normal(size=19)])
        )
        groups = ["f" if one else "r" for one in focal]
        found.append(detect_dif(make_responses(right), groups, rules=DifRules(purify=False))[0])
    assert np.mean([row.logistic is not None and row.logistic.p_nonuniform < 0.05 for row in found]) > 0.95
    assert np.mean([row.ets_class == "A" for row in found]) > 0.8  # which Mantel-Haenszel cannot see


def test_false_alarms_with_ordered_answers_are_near_five_in_a_hundred() -> None:
    rng = np.random.Generator(np.random.PCG64(24))
    found: list[ItemDif] = []
    for _ in range(25):
        focal = rng.random(900) < 0.4
        theta = rng.normal(size=900) - 0.5 * focal
        latent = 1.5 * (theta[:, None] - rng.normal(0, 0.5, 15)) + rng.logistic(size=(900, 15))
        found += detect_dif(
            make_responses(np.digitize(latent, [-1.5, 0.0, 1.5])), ["f" if one else "r" for one in focal]
        )
    observed = rates(found)
    error = np.sqrt(0.05 * 0.95 / len(found))
    assert all(abs(rate - 0.05) < 0.015 + 3.5 * error for rate in observed.values()), observed
