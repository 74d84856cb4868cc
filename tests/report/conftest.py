"""A summary of simulated sittings written by hand, in the shape that simulations give."""

from typing import Any

import pytest


@pytest.fixture
def summary() -> dict[str, Any]:
    theta = [-4.0 + 0.25 * place for place in range(33)]
    return {
        "figures": {
            "information": [
                {"skill": skill, "theta": theta, "information": [height / (1 + value * value) for value in theta]}
                for skill, height in (("a", 12.0), ("b", 7.0), ("c", 20.0))
            ],
            "conditional": [
                {
                    "from": None if low is None else low,
                    "to": high,
                    "n": 200,
                    "theta": theta_there,
                    "bias": -0.2 * theta_there,
                    "rmse": 0.5,
                    "se": 0.48,
                    "coverage90": 0.9,
                    "coverage90_interval": [0.85, 0.94],
                }
                for low, high, theta_there in ((None, -1.0, -1.6), (-1.0, 1.0, 0.0), (1.0, None, 1.7))
            ],
            "exposure": {"cap": 0.4, "shares": [0.39, 0.3, 0.3, 0.1, 0.0], "never_given": 1, "n": 500},
            "convergence": [
                {
                    "answers": place,
                    "sd": 1 / (1 + place / 8),
                    "low": 0.9 / (1 + place / 8),
                    "high": 1.1 / (1 + place / 8),
                    "n": 501 - place,
                }
                for place in range(1, 31)
            ],
        }
    }


@pytest.fixture
def names() -> dict[str, str]:
    return {"a": "Algebra", "b": "Botany & <Beyond>", "c": "Query and other domain-specific languages"}
