"""What a bank that starts from nothing states, and what its monitors promise, on simulated people."""

import numpy as np
import pytest

from waymark.assess.curves import logistic
from waymark.assess.items import Floats, Ints, make_items
from waymark.assess.learning.foretelling import foretell
from waymark.assess.learning.learning import Learning, simulate_online
from waymark.assess.learning.monitoring import Watch, begin_watch, list_alarms, watch
from waymark.assess.learning.recording import foresee_times, make_record
from waymark.assess.sitting.banks import Bank, make_bank
from waymark.assess.sitting.rules import Rules

KNOWN_BY_FEATURES = 0.66  # sd of what features (R2 0.5) say of b, and of what they leave


def rng(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)  # noqa: TID251  tests make their own chance


def start_cold(seed: int, *, people: int, explore: str) -> Learning:
    """Send people through 300 items that nobody has answered, each sitting teaching the next."""
    own = rng(seed)
    covariance = np.tile(np.diag([0.3**2, KNOWN_BY_FEATURES**2]), (300, 1, 1))
    names = tuple(f"i{row}" for row in range(300))
    bank = make_bank(make_items(names, b=KNOWN_BY_FEATURES * own.normal(size=300), covariance=covariance))
    return simulate_online(bank, Rules(target_sd=0.3, most_items=30, exploration=explore), rng=own, people=people)


def find_distance(found: Learning) -> Floats:
    """Return how far people lie from what was stated of them, in stated standard deviations."""
    course = found.simulation.course
    distance: Floats = np.abs(course.mean - found.simulation.takers.theta)[:, 0] / course.sd[:, 0]
    return distance


@pytest.mark.parametrize(("explore", "banks"), [("thompson", 10), ("pilot", 25)])
def test_intervals_of_the_first_hundred_people_hold_without_any_response_data(explore: str, banks: int) -> None:
    distance = np.concatenate([find_distance(start_cold(seed, people=100, explore=explore)) for seed in range(banks)])
    assert (distance <= 1.959964).mean() >= 0.94
    assert (distance <= 1.644854).mean() >= 0.885


def test_difficulties_are_learned_from_six_thousand_people() -> None:
    errors = []
    for seed in (1, 2):
        found = start_cold(seed, people=6_000, explore="pilot")
        off = found.means[-1][:, 1] - found.simulation.takers.b
        errors.append(np.sqrt((off**2).mean()))
        assert (find_distance(found)[3_000:] <= 1.959964).mean() == pytest.approx(0.95, abs=0.012)
    assert np.mean(errors) <= 0.20


ITEMS, ANSWERS = 60, 30


def watch_stream(
    seed: int, *, people: int, unsure: bool = False, alpha: float = 0.05, moved: int = 0, told: int = 0, biased: int = 0
) -> Watch:
    """Watch a stream; after a quarter of it the first items move, the next leak, the last are harder for group b."""
    own = rng(seed)
    a, b = own.lognormal(0, 0.3, ITEMS), own.normal(size=ITEMS)
    covariance = np.tile(np.diag([0.05, 0.12]) * unsure, (ITEMS, 1, 1))
    items = make_items(tuple(f"i{row}" for row in range(ITEMS)), a=a, b=b, covariance=covariance)
    bank = make_bank(items)
    real_a = a * np.exp(np.sqrt(covariance[:, 0, 0]) * own.normal(size=ITEMS))
    real_b = b + np.sqrt(covariance[:, 1, 1]) * own.normal(size=ITEMS)
    theta, group = own.normal(size=people), own.integers(0, 2, people)
    item = np.argsort(own.random((people, ITEMS)), axis=1)[:, :ANSWERS].ravel()
    person = np.repeat(np.arange(people), ANSWERS)
    late = person >= people // 4
    place = real_b[item] + 0.8 * ((item < moved) & late) + 0.8 * ((item >= ITEMS - biased) & (group[person] == 1))
    right = (own.random(len(item)) < logistic(real_a[item] * (theta[person] - place))).astype(np.int64)
    excess = own.normal(0, 0.25, people)[person] + own.normal(0, 0.35, len(item))
    knows = (item >= 10) & (item < 10 + told) & late & (own.random(len(item)) < 0.15)
    right[knows] = own.random(int(knows.sum())) < 0.95
    excess[knows] += np.log(0.2)
    state = begin_watch(bank.items, groups=("a", "b"), alpha=alpha)
    return _follow(state, bank, person, item, right, excess.reshape(people, ANSWERS), group[person])


def _follow(  # noqa: PLR0917  the columns of a stream
    state: Watch, bank: Bank, person: Ints, item: Ints, right: Ints, excess: Floats, group: Ints
) -> Watch:
    """Foretell every answer from those before, as a monitor of recorded answers does, and watch what came."""
    before = foretell(bank, person=person, item=item, score=right)
    gap, gap_sd = foresee_times(excess)
    record = make_record(
        item,
        right,
        np.where(right == 1, before.chance, 1.0 - before.chance),
        person=person,
        spread=before.spread,
        gap=gap.ravel(),
        gap_sd=gap_sd.ravel(),
        group=group,
    )
    return watch(state, record)


@pytest.mark.parametrize("unsure", [False, True])
def test_monitors_alarm_falsely_no_more_often_than_they_state(*, unsure: bool) -> None:
    """Abilities are estimated from the same answers, times and groups are there, and items may be uncertain."""
    alarmed = np.concatenate([watch_stream(seed, people=800, unsure=unsure).first >= 0 for seed in range(8)])
    assert alarmed.shape == (8 * ITEMS, 4)
    error = np.sqrt(0.05 * 0.95 / len(alarmed))
    assert (alarmed.mean(axis=0) <= 0.05 + 2 * error).all()


def test_what_was_planted_is_found() -> None:
    alarms = list_alarms(watch_stream(3, people=2_400, alpha=0.01, moved=5, told=5, biased=5))
    found = {kind: {alarm.item for alarm in alarms if alarm.kind == kind} for kind in ("drift", "leak", "dif")}
    assert len(found["drift"] & {f"i{row}" for row in range(5)}) >= 4
    assert found["leak"] == {f"i{row}" for row in range(10, 15)}
    assert len(found["dif"] & {f"i{row}" for row in range(ITEMS - 5, ITEMS)}) >= 4
    assert not any(found[kind] & {f"i{row}" for row in range(15, ITEMS - 5)} for kind in found)
