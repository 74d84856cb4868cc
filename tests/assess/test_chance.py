import numpy as np
import pytest
from scipy import stats

from waymark.assess import chance
from waymark.assess.chance import (
    ANSWER,
    ELIGIBLE,
    EVEN,
    LAPSE,
    NOISE,
    PILOT,
    SPAN,
    THOMPSON,
    TIME,
    derive_seed,
    draw_evenly,
    draw_normal,
    draw_uniform,
    mix,
)
from waymark.assess.items import Floats

SEED = 2**61 + 12_345


def uniforms(seed: int, end: int, count: int = 20_000) -> Floats:
    return np.array([draw_uniform(seed, end, place) for place in range(count)])


def evens(seed: int, strata: int) -> Floats:
    return np.array([[draw_evenly(seed, ELIGIBLE, place, number) for number in range(EVEN)] for place in range(strata)])


def test_draws_are_known_numbers_on_every_machine() -> None:
    assert (mix(0), mix(1), mix(0xFFFFFFFF)) == (0, 1753845952, 1734902346)
    assert draw_uniform(SEED, ANSWER, 7) == 0.8842840064387414
    assert draw_normal(SEED, TIME, 7) == pytest.approx(-0.8318812306096288, rel=1e-14)
    assert derive_seed(SEED, 7) == 2252152610826122868
    assert draw_evenly(SEED, ELIGIBLE, 3, 10_000) == 0.43175178049750884


def test_mixing_maps_different_numbers_to_different_ones_and_spreads_neighbours() -> None:
    found = np.array([mix(value) for value in range(50_000)])
    assert len(set(found.tolist())) == 50_000
    flips = [(mix(value) ^ mix(value ^ 1 << bit)).bit_count() for value in range(300) for bit in range(32)]
    assert np.mean(flips) == pytest.approx(16.0, abs=0.1)


def test_uniform_draws_fill_the_unit_interval_evenly() -> None:
    for seed in (0, 1, SEED):
        for end in (ELIGIBLE, ANSWER, LAPSE, TIME, NOISE, THOMPSON, PILOT):
            assert stats.kstest(uniforms(seed, end, 4_000), "uniform").pvalue > 1e-3


def test_the_lowest_and_the_highest_draw_lie_strictly_inside_the_unit_interval() -> None:
    """A draw hangs on one 32-bit hash, so the 32 hashes next to either end can all be tried."""

    def draw(first: int) -> float:
        return (float(first >> 5) * 67108864.0 + float(mix(first ^ 0x85EBCA6B) >> 6) + 0.5) / 9007199254740992.0

    assert max(draw(0xFFFFFFE0 + last) for last in range(32)) < 1.0
    assert min(draw(last) for last in range(32)) > 0.0


def test_draws_for_different_ends_seeds_or_places_have_nothing_to_do_with_one_another() -> None:
    rows = [uniforms(seed, end) for seed in (3, 4) for end in (ELIGIBLE, ANSWER, LAPSE, TIME, NOISE, THOMPSON, PILOT)]
    rows += [np.roll(rows[0], 1)]
    between = np.asarray(np.corrcoef(rows))[np.triu_indices(len(rows), 1)]
    assert np.abs(between).max() < 4.5 / np.sqrt(20_000)


def test_normal_draws_are_standard_normal() -> None:
    found = [draw_normal(SEED, THOMPSON, place) for place in range(-2_000, 8_000)]
    assert stats.kstest(found, "norm").pvalue > 1e-3


def test_seeds_derived_from_one_seed_differ_and_have_62_bits() -> None:
    found = {derive_seed(SEED, number) for number in range(50_000)}
    assert len(found) == 50_000
    assert min(found) >= 0
    assert 2**61 < max(found) < 2**62
    assert derive_seed(SEED, 5) != derive_seed(SEED + 1, 5)
    assert derive_seed(SEED, 5) != derive_seed(SEED, 5 + 2**32)


@pytest.mark.parametrize("seed", [0, 9, 2**32, SEED])
def test_sittings_of_one_run_have_draws_of_their_own_whatever_its_seed(seed: int) -> None:
    assert len({draw_uniform(derive_seed(seed, number), ANSWER, 5) for number in range(2_000)}) == 2_000


def test_consecutive_numbers_fall_once_into_each_part_in_every_block_and_run() -> None:
    for first in (0, 7 * EVEN):
        for place in (0, 1, 40):
            parts = [int(EVEN * draw_evenly(SEED, ELIGIBLE, place, first + number)) for number in range(EVEN)]
            assert sorted(parts) == list(range(EVEN))
            for run in range(0, EVEN, SPAN):
                assert sorted(part * SPAN // EVEN for part in parts[run : run + SPAN]) == list(range(SPAN))


def test_even_draws_of_different_places_are_independent_of_one_another() -> None:
    found = evens(SEED, 40)
    between = np.asarray(np.corrcoef(found))[np.triu_indices(40, 1)]
    assert between.std() == pytest.approx(1 / np.sqrt(EVEN), rel=0.15)
    assert np.abs(between).max() < 5 / np.sqrt(EVEN)


def test_an_even_draw_is_uniform_over_seeds() -> None:
    found = [draw_evenly(derive_seed(9, seed), ELIGIBLE, 2, 77) for seed in range(4_000)]
    assert stats.kstest(found, "uniform").pvalue > 1e-3


def test_no_two_ends_share_a_number() -> None:
    ends = [chance.ELIGIBLE, ANSWER, LAPSE, TIME, NOISE, THOMPSON, PILOT]
    assert len(set(ends)) == len(ends)
