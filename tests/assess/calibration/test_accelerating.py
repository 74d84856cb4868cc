from itertools import count

import numpy as np

from waymark.assess.calibration.accelerating import find_fixed_point
from waymark.assess.items import Floats

TARGET = np.array([1.0, -2.0, 0.5, 3.0])
RATES = np.array([0.99, 0.9, 0.5, 0.1])


def pull(point: Floats) -> tuple[Floats, float | None]:
    """Go part of the way to the target, slowly in the first direction; the value falls with the distance."""
    return TARGET + RATES * (point - TARGET), -float(((point - TARGET) ** 2).sum())


def test_a_slow_linear_iteration_ends_in_a_few_steps() -> None:
    found = find_fixed_point(pull, np.zeros(4))
    assert found.converged
    assert found.iterations < 15
    np.testing.assert_allclose(found.point, TARGET, atol=1e-5)


def test_a_slow_iteration_without_a_value_ends_too() -> None:
    found = find_fixed_point(lambda point: (pull(point)[0], None), np.zeros(4))
    assert found.converged
    np.testing.assert_allclose(found.point, TARGET, atol=1e-5)


def test_an_extrapolation_that_lowers_the_value_is_taken_back() -> None:
    values = []

    def step(point: Floats) -> tuple[Floats, float | None]:
        value = -float(np.cosh(point - 1).sum())
        values.append(value)
        return point - 0.1 * np.tanh(point - 1), value

    found = find_fixed_point(step, np.array([9.0, -7.0]))
    assert found.converged
    np.testing.assert_allclose(found.point, 1.0, atol=1e-5)
    assert values[-1] == max(values)


def test_an_iteration_that_never_rests_is_given_up() -> None:
    numbers = count()
    found = find_fixed_point(lambda point: (point + 1.0, float(next(numbers))), np.zeros(2), iterations=20)
    assert not found.converged
    assert found.iterations == 20


def test_an_iteration_whose_value_stands_still_ends() -> None:
    found = find_fixed_point(lambda point: (point + 1e-3, -5.0), np.zeros(1), iterations=200)
    assert found.converged
    assert found.iterations < 50
