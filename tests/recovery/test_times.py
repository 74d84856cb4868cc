"""Whether the model of response times finds the parameters that made the times."""

import numpy as np
import pytest

from waymark.assess.fit.timing import correlate_speed, find_speeds, fit_times, make_times


@pytest.mark.parametrize("missing", [0.0, 0.5])
def test_parameters_are_recovered_and_their_errors_are_honest(missing: float) -> None:
    rng = np.random.Generator(np.random.PCG64(41))
    beta, alpha = rng.normal(0, 0.5, 12), np.exp(rng.normal(0.6, 0.3, 12))
    away: list[list[float]] = []
    speeds = []
    for _ in range(60):
        tau = 0.35 * rng.normal(size=(500, 1))
        minutes = np.exp(beta - tau + rng.normal(size=(500, 12)) / alpha)
        minutes[rng.random(minutes.shape) < missing] = np.nan
        model = fit_times(make_times(minutes))
        assert model.converged
        away.append([*((model.beta - beta) / model.se_beta), *((model.alpha - alpha) / model.se_alpha)])
        speeds.append((model.speed_sd - 0.35) / model.se_speed_sd)
    z = np.array(away)
    assert np.abs(z.mean()) < 0.15
    assert 0.85 < np.sqrt((z[:, :12] ** 2).mean()) < 1.15
    assert 0.85 < np.sqrt((z[:, 12:] ** 2).mean()) < 1.15
    assert 0.75 < np.sqrt(np.mean(np.square(speeds))) < 1.3


@pytest.mark.parametrize("truth", [-0.4, 0.0, 0.6])
def test_the_correlation_of_speed_with_ability_is_freed_of_error(truth: float) -> None:
    rng = np.random.Generator(np.random.PCG64(42))
    inside, values = [], []
    for _ in range(40):
        theta = rng.normal(size=800)
        tau = 0.35 * (truth * theta + np.sqrt(1 - truth**2) * rng.normal(size=800))
        sd = rng.choice([0.4, 0.6], 800)  # two lengths of test
        reliability = 1 - sd**2
        eap = reliability * theta + sd * np.sqrt(reliability) * rng.normal(size=800)
        minutes = np.exp(rng.normal(size=8) - tau[:, None] + rng.normal(size=(800, 8)) / 2.0)
        times = make_times(minutes)
        found = correlate_speed(find_speeds(times, fit_times(times)), eap, sd)
        inside.append(found.low < truth < found.high)
        values.append(found.value)
    assert np.mean(values) == pytest.approx(truth, abs=0.03)
    assert np.mean(inside) > 0.85
