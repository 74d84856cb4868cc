"""Mantel's tests: whether two groups, matched on ability, answer an item alike.

Tables have shape (L, J, C): people of one group at each of L levels of the matching criterion who gave each of the C
answers to each of the J items. All items are tested at once.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import special

from waymark.assess.items import Floats, Ints

DELTA: Final = -2.35  # natural log odds to the delta scale of ETS (Holland & Thayer 1988)
_ONE_SIDED: Final = 1.6448536269514722


@dataclass(frozen=True, slots=True, kw_only=True)
class Mantel:
    """One test an item, arrays of shape (J,); NaN where the table says nothing. Minus is against the focal group.

    `effect` is MH D-DIF (delta scale) for binary items and the standardised mean difference in standard deviations of
    the item for ordered ones. `reference` and `focal` count the people at levels that both groups reach, `rarer` those
    of them who gave the rarer answer (ordered: the answers other than the most frequent).
    """

    effect: Floats
    standard_error: Floats
    odds_ratio: Floats
    chi_square: Floats
    p: Floats
    reference: Ints
    focal: Ints
    rarer: Ints
    strata: Ints


def divide(above: Floats, below: Floats) -> Floats:
    """Return the quotient, NaN where it has none."""
    found: Floats = np.divide(above, below, out=np.full(np.shape(above), np.nan), where=np.asarray(below) != 0)
    return found


def compare_binary(reference: Floats, focal: Floats) -> Mantel:
    """Return the Mantel-Haenszel test of items scored 0 or 1 (Mantel & Haenszel 1959; Holland & Thayer 1988).

    With A, B right and wrong in the reference group, C, D in the focal group and T people at a level:
    alpha = sum(A D / T) / sum(B C / T), D-DIF = -2.35 ln alpha, chi2 = (|sum A - sum E(A)| - 1/2)^2 / sum Var(A).
    Standard error of ln alpha: Phillips & Holland 1987, right for many thin levels as for few thick ones (it equals
    Robins, Breslow & Greenland 1986). Levels that one group does not reach add nothing to any of the sums.
    """
    both, count = _keep_common(reference, focal)
    a, b = reference[..., 1] * both, reference[..., 0] * both
    c, d = focal[..., 1] * both, focal[..., 0] * both
    total = np.maximum(a + b + c + d, 1.0)
    ad, bc = a * d / total, b * c / total
    alpha = divide(ad.sum(axis=0), bc.sum(axis=0))
    alpha[alpha == 0] = np.nan
    spread = ((ad + alpha * bc) * (a + d + alpha * (b + c)) / total).sum(axis=0)
    error = np.sqrt(divide(spread, 2.0 * ad.sum(axis=0) ** 2))
    right = a + c
    expected = (a + b) * right / total
    variance = (a + b) * (c + d) * right * (b + d) / (total * total * np.maximum(total - 1.0, 1.0))
    gap = np.maximum(np.abs((a - expected).sum(axis=0)) - 0.5, 0.0)
    chi_square = divide(gap * gap, variance.sum(axis=0))
    return Mantel(
        effect=DELTA * np.log(alpha),
        standard_error=-DELTA * error,
        odds_ratio=alpha,
        chi_square=chi_square,
        p=special.chdtrc(1, chi_square),
        rarer=np.minimum(right.sum(axis=0), (b + d).sum(axis=0)).astype(np.int64),
        **count,
    )


def compare_ordered(reference: Floats, focal: Floats) -> Mantel:
    """Return Mantel's (1963) test of the mean score of items with ordered answers 0, 1, ..., as Zwick et al. (1993).

    chi2 = (sum F - sum E(F))^2 / sum Var(F), F the sum of the focal group's scores at a level, moments of the
    multivariate hypergeometric. SMD = sum_l w_l (focal mean - reference mean), w_l the focal group's share at level l
    (Dorans & Schmitt 1991), standard error by Zwick & Thayer 1996; both divided by the item's standard deviation.
    """
    both, count = _keep_common(reference, focal)
    score = np.arange(reference.shape[2], dtype=float)
    r, f = reference * both[..., None], focal * both[..., None]
    n_r, n_f = r.sum(axis=2), f.sum(axis=2)
    total = np.maximum(n_r + n_f, 1.0)
    first, second = (r + f) @ score, (r + f) @ (score * score)
    gap = f @ score - n_f * first / total
    variance = n_r * n_f * (total * second - first * first) / (total * total * np.maximum(total - 1.0, 1.0))
    chi_square = divide(gap.sum(axis=0) ** 2, variance.sum(axis=0))
    share = divide(n_f, np.broadcast_to(n_f.sum(axis=0), n_f.shape))
    means = divide(f @ score, n_f) - divide(r @ score, n_r)
    weight = share * (divide(np.ones_like(n_f), n_f) + divide(np.ones_like(n_r), n_r))
    people = np.maximum(total * both, 0.0).sum(axis=0)
    sd = np.sqrt(divide(second.sum(axis=0), people) - divide(first.sum(axis=0), people) ** 2)
    answers = (r + f).sum(axis=0)
    return Mantel(
        effect=divide(np.nansum(share * means, axis=0), sd),
        standard_error=divide(np.sqrt(np.nansum(weight * weight * variance, axis=0)), sd),
        odds_ratio=np.full(len(people), np.nan),
        chi_square=chi_square,
        p=special.chdtrc(1, chi_square),
        rarer=(people - answers.max(axis=1)).astype(np.int64),
        **count,
    )


def _keep_common(reference: Floats, focal: Floats) -> tuple[Floats, dict[str, Ints]]:
    """Return a mask (L, J) of the levels that both groups reach, and how many people and levels that leaves."""
    n_r, n_f = reference.sum(axis=2), focal.sum(axis=2)
    both = ((n_r > 0) & (n_f > 0)).astype(float)
    count = {
        "reference": (n_r * both).sum(axis=0).astype(np.int64),
        "focal": (n_f * both).sum(axis=0).astype(np.int64),
        "strata": both.sum(axis=0).astype(np.int64),
    }
    return both, count


def classify_delta(test: Mantel, *, alpha: float = 0.05) -> list[str]:
    """Return the ETS class of each binary item, empty where there is no test (Zwick 2012).

    A: not significantly different from 0 by the MH chi-square, or |D-DIF| below 1. C: |D-DIF| at least 1.5 and
    significantly above 1 (one-sided at 5 %). B: the rest.
    """
    size = np.abs(test.effect)
    large = (size >= 1.5) & (size - _ONE_SIDED * test.standard_error > 1.0)
    return _name_classes(test, small=(test.p >= alpha) | (size < 1.0), large=large)


def classify_mean(test: Mantel, *, alpha: float = 0.05) -> list[str]:
    """Return the class of each ordered item, as NAEP uses it (Zwick, Thayer & Mazzeo 1997), empty without a test.

    A: Mantel's test not significant or |SMD / SD| at most 0.17; C: above 0.25; B: between.
    """
    size = np.abs(test.effect)
    return _name_classes(test, small=(test.p >= alpha) | (size <= 0.17), large=size > 0.25)


def _name_classes(test: Mantel, *, small: NDArray[np.bool_], large: NDArray[np.bool_]) -> list[str]:
    known = np.isfinite(test.p) & np.isfinite(test.standard_error) & np.isfinite(test.effect)
    return [str(name) for name in np.where(known, np.where(small, "A", np.where(large, "C", "B")), "")]
