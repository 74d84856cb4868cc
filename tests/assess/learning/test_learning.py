import numpy as np

from waymark.assess.items import make_items
from waymark.assess.learning.learning import simulate_online
from waymark.assess.simulation.simulating import simulate
from waymark.assess.sitting.banks import Bank, make_bank
from waymark.assess.sitting.rules import Rules
from waymark.assess.sitting.taking import draw_takers

RULES = Rules(target_sd=0.4, most_items=12, exploration="pilot")


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)  # noqa: TID251  tests make their own chance


def make_small_bank(*, known: bool = False, size: int = 40) -> Bank:
    own = rng()
    covariance = np.tile(np.diag([0.09, 0.45]), (size, 1, 1))
    items = make_items(
        tuple(f"i{row}" for row in range(size)), b=own.normal(size=size), covariance=None if known else covariance
    )
    return make_bank(items)


def test_the_same_seed_gives_the_same_bits() -> None:
    first, second = (simulate_online(make_small_bank(), RULES, rng=rng(3), people=60) for _ in range(2))
    assert np.array_equal(first.simulation.course.item, second.simulation.course.item)
    assert np.array_equal(first.simulation.course.mean, second.simulation.course.mean)
    assert np.array_equal(first.beliefs.weight, second.beliefs.weight)


def test_items_that_are_known_make_it_a_plain_simulation() -> None:
    bank = make_small_bank(known=True)
    takers = draw_takers(bank, 50, rng=rng(4))
    learned = simulate_online(bank, RULES, rng=rng(5), takers=takers)
    plain = simulate(bank, RULES, rng=rng(5), takers=takers)
    assert np.array_equal(learned.simulation.course.item, plain.course.item)
    assert np.array_equal(learned.simulation.course.mean, plain.course.mean)


def test_the_bank_itself_is_not_written_to() -> None:
    bank, twin = make_small_bank(), make_small_bank()
    simulate_online(bank, RULES, rng=rng(3), people=30)
    assert np.array_equal(bank.curves.curve, twin.curves.curve)
    assert np.array_equal(bank.menu.gain, twin.menu.gain)
    assert np.array_equal(bank.menu.b, twin.menu.b)


def test_beliefs_are_noted_at_the_marks_and_count_every_answer() -> None:
    found = simulate_online(make_small_bank(), RULES, rng=rng(3), people=130, marks=(20, 100))
    assert found.marks.tolist() == [20, 100, 130]
    assert found.means.shape == (3, 40, 2)
    assert (found.sds[2, :, 1] <= found.sds[0, :, 1] + 0.05).all()
    assert found.beliefs.answers.sum() == (found.simulation.course.item >= 0).sum()


def test_learning_brings_difficulties_nearer_the_truth() -> None:
    found = simulate_online(make_small_bank(), RULES, rng=rng(6), people=600, marks=(50,))
    error = np.sqrt(((found.means[:, :, 1] - found.simulation.takers.b) ** 2).mean(axis=1))
    assert error[1] < 0.6 * error[0]
