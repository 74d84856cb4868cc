import math

import numpy as np
import pytest
from scipy import stats

from waymark.assess.dif.mantel import Mantel, classify_delta, classify_mean, compare_binary, compare_ordered
from waymark.assess.items import Floats

# Berkeley admissions of 1973, admitted and rejected by department (Bickel, Hammel & O'Connell 1975)
MEN = [[512, 313], [353, 207], [120, 205], [138, 279], [53, 138], [22, 351]]
WOMEN = [[89, 19], [17, 8], [202, 391], [131, 244], [94, 299], [24, 317]]


def as_table(rows: list[list[int]]) -> Floats:
    return np.array(rows, dtype=float)[:, None, ::-1]


def make_test(effect: float, error: float, p: float) -> Mantel:
    one = np.array([1])
    return Mantel(
        effect=np.array([effect]),
        standard_error=np.array([error]),
        odds_ratio=np.array([1.0]),
        chi_square=np.array([1.0]),
        p=np.array([p]),
        reference=one,
        focal=one,
        rarer=one,
        strata=one,
    )


def test_mantel_haenszel_equals_the_figures_that_r_prints_for_the_berkeley_admissions() -> None:
    found = compare_binary(as_table(MEN), as_table(WOMEN))
    assert found.chi_square[0] == pytest.approx(1.4269, abs=1e-4)
    assert found.p[0] == pytest.approx(0.2323, abs=1e-4)
    assert found.odds_ratio[0] == pytest.approx(0.9046968, abs=1e-7)
    reach = 1.959964 * found.standard_error[0]
    assert np.exp((found.effect[0] + reach) / -2.35) == pytest.approx(0.7719074, abs=1e-6)
    assert np.exp((found.effect[0] - reach) / -2.35) == pytest.approx(1.0603298, abs=1e-6)
    assert (found.reference[0], found.focal[0], found.strata[0]) == (2691, 1835, 6)


def test_mantels_test_of_two_answers_is_mantel_haenszel_without_the_correction() -> None:
    found = compare_ordered(as_table(MEN), as_table(WOMEN))
    assert found.chi_square[0] == pytest.approx(1.5246, abs=1e-4)


def test_the_odds_ratio_of_a_single_level_is_that_of_the_table_with_woolfs_error() -> None:
    found = compare_binary(np.array([[[10.0, 30.0]]]), np.array([[[20.0, 15.0]]]))
    assert found.odds_ratio[0] == pytest.approx(30 * 20 / (10 * 15))
    assert found.standard_error[0] == pytest.approx(2.35 * math.sqrt(1 / 10 + 1 / 30 + 1 / 20 + 1 / 15))


def test_levels_of_one_group_alone_change_nothing() -> None:
    men, women = as_table(MEN), as_table(WOMEN)
    lone = np.array([[[7.0, 3.0]]])
    wider = compare_binary(np.concatenate([men, lone, 0 * lone]), np.concatenate([women, 0 * lone, lone]))
    plain = compare_binary(men, women)
    for name in ("effect", "standard_error", "chi_square"):
        assert getattr(wider, name)[0] == pytest.approx(getattr(plain, name)[0], rel=1e-12)
    assert (wider.reference[0], wider.strata[0]) == (plain.reference[0], plain.strata[0])


def test_mean_difference_and_its_error_by_hand() -> None:
    reference = np.array([[[5.0, 10.0, 5.0]], [[2.0, 8.0, 10.0]]])
    focal = np.array([[[6.0, 3.0, 1.0]], [[4.0, 10.0, 16.0]]])
    found = compare_ordered(reference, focal)
    difference = 10 / 40 * (5 / 10 - 20 / 20) + 30 / 40 * (42 / 30 - 28 / 20)
    scores = np.repeat([0, 1, 2], [17, 31, 32])
    assert found.effect[0] == pytest.approx(difference / scores.std())
    gap, variance = 0.0, 0.0
    spread = 0.0
    for r, f in zip(reference[:, 0], focal[:, 0], strict=True):
        pool = np.repeat([0, 1, 2], (r + f).astype(int))
        n_r, n_f = r.sum(), f.sum()
        gap += f @ [0, 1, 2] - n_f * pool.mean()
        drawn = n_r * n_f / (n_r + n_f) * pool.var(ddof=1)  # sampling without replacement
        variance += drawn
        spread += (n_f / 40) ** 2 * (1 / n_f + 1 / n_r) ** 2 * drawn
    assert found.chi_square[0] == pytest.approx(gap**2 / variance)
    assert found.p[0] == pytest.approx(stats.chi2.sf(gap**2 / variance, 1))
    assert found.standard_error[0] == pytest.approx(math.sqrt(spread) / scores.std())


def test_a_table_that_says_nothing_gives_nan_and_no_class() -> None:
    nothing = compare_binary(np.array([[[0.0, 9.0]]]), np.array([[[0.0, 9.0]]]))
    assert np.isnan([nothing.effect[0], nothing.standard_error[0]]).all()
    assert classify_delta(nothing) == [""]
    assert classify_mean(compare_ordered(np.array([[[0.0, 9.0]]]), np.array([[[0.0, 9.0]]]))) == [""]


@pytest.mark.parametrize(
    ("effect", "error", "p", "name"),
    [
        (-0.9, 0.1, 0.001, "A"),  # small, however sure
        (-1.8, 1.0, 0.07, "A"),  # large, but not significant
        (1.2, 0.3, 0.001, "B"),
        (-1.6, 0.5, 0.001, "B"),  # large, but not significantly above 1
        (-1.6, 0.3, 0.001, "C"),
        (2.5, 0.3, 0.001, "C"),
    ],
)
def test_ets_classes_need_size_and_significance(effect: float, error: float, p: float, name: str) -> None:
    assert classify_delta(make_test(effect, error, p)) == [name]


@pytest.mark.parametrize(
    ("effect", "p", "name"), [(0.3, 0.2, "A"), (0.16, 0.001, "A"), (-0.2, 0.001, "B"), (-0.26, 0.001, "C")]
)
def test_classes_of_ordered_items(effect: float, p: float, name: str) -> None:
    assert classify_mean(make_test(effect, 0.05, p)) == [name]
