import numpy as np
from scipy import stats

from waymark.assess.multiplicity import adjust_p


def test_adjusted_p_equals_scipys() -> None:
    p = np.random.Generator(np.random.PCG64(1)).random(50) ** 2
    np.testing.assert_allclose(adjust_p(p), stats.false_discovery_control(p))


def test_what_was_not_tested_stays_out_of_the_family() -> None:
    found = adjust_p(np.array([0.01, np.nan, 0.04]))
    np.testing.assert_allclose(found, [0.02, np.nan, 0.04])
    assert np.isnan(adjust_p(np.array([np.nan]))).all()
