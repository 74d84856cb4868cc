"""The two classic data sets: sections 6 and 7 of the Law School Admission Test (Bock & Lieberman 1970).

Counts of the 32 patterns 00000, 00001, ... 11111 of 1,000 candidates each. The reference values are the maxima found
independently by two other engines on a grid of 801 points.
"""

import numpy as np
import pytest

from waymark.assess.calibration.calibrating import calibrate_skill
from waymark.assess.responses import Responses, make_responses

LSAT6 = (
    *(3, 6, 2, 11, 1, 1, 3, 4, 1, 8, 0, 16, 0, 3, 2, 15),
    *(10, 29, 14, 81, 3, 28, 15, 80, 16, 56, 21, 173, 11, 61, 28, 298),
)
LSAT7 = (
    *(12, 19, 1, 7, 3, 19, 3, 17, 10, 5, 3, 7, 7, 23, 8, 28),
    *(7, 39, 11, 34, 14, 51, 15, 90, 6, 25, 7, 35, 18, 136, 32, 308),
)
REFERENCES = {
    "section 6": (
        LSAT6,
        (0.82566, 0.72274, 0.89087, 0.68837, 0.65686),
        (2.77323, 0.99020, 0.24915, 1.28476, 2.05327),
        -2466.653377,
    ),
    "section 7": (
        LSAT7,
        (0.98755, 1.08084, 1.70748, 0.76499, 0.73567),
        (1.85586, 0.80797, 1.80521, 0.48600, 1.85446),
        -2658.805114,
    ),
}


def spell_out(counts: tuple[int, ...]) -> Responses:
    patterns = (np.arange(32)[:, None] >> np.arange(4, -1, -1)) & 1
    return make_responses(np.repeat(patterns, counts, axis=0).astype(np.int8))


@pytest.mark.parametrize("section", REFERENCES)
def test_the_two_parameter_model_reaches_the_published_maximum(section: str) -> None:
    counts, slopes, intercepts, log_likelihood = REFERENCES[section]
    fitted = calibrate_skill(spell_out(counts))
    np.testing.assert_allclose(fitted.items.a, slopes, atol=3e-4)
    np.testing.assert_allclose(-fitted.items.a * fitted.items.b, intercepts, atol=3e-4)
    assert fitted.log_likelihood == pytest.approx(log_likelihood, abs=1e-4)
    assert np.isfinite(fitted.se_a).all()
    assert (fitted.se_a > 0).all()


def test_the_rasch_model_reaches_the_published_variance() -> None:
    fitted = calibrate_skill(spell_out(LSAT6), model="1pl")
    assert fitted.variance == pytest.approx(0.57023, abs=1e-3)
    assert fitted.log_likelihood == pytest.approx(-2466.9376, abs=1e-3)
    intercepts = -fitted.items.a * fitted.items.b
    np.testing.assert_allclose(intercepts, (2.730, 0.999, 0.240, 1.306, 2.099), atol=1e-3)


def test_equal_slopes_fit_section_seven_worse_by_what_others_found() -> None:
    fitted = calibrate_skill(spell_out(LSAT7), model="1pl")
    assert fitted.variance == pytest.approx(1.02266, abs=1e-3)
    assert fitted.log_likelihood == pytest.approx(-2664.9009, abs=1e-3)
