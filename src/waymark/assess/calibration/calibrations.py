"""Calibrations: what estimating items gives, with its errors and remarks."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from waymark.assess.items import Floats, Items

BINARY_MODELS: Final = ("1pl", "2pl", "3pl", "4pl")
STEP_MODELS: Final = ("gpcm", "grm")
MODELS: Final = (*BINARY_MODELS, *STEP_MODELS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something that a reader of the parameters should know; `item` is empty where it is about people."""

    kind: str
    item: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Priors:
    """What is believed of items before any answer, on the scale of (log a, b).

    With `learn`, the mean and sd of difficulties and the sd of log slopes are re-estimated from all items (empirical
    Bayes), the sds that stand here counting as much as `weight` items; the mean log slope is kept, as it sets the scale
    together with the sd of ability. `guessing` and `ceiling` are means of the lower and upper asymptote, on the logit
    scale with `guessing_sd` and `ceiling_sd`: they hold under maximum likelihood too, since asymptotes are hardly
    identified (Lord 1980). `ridge` is the penalty on the weights of standardised features.
    """

    log_slope: float = 0.0
    log_slope_sd: float = 0.5
    difficulty: float = 0.0
    difficulty_sd: float = 1.5
    guessing: float = 0.2
    guessing_sd: float = 0.7
    ceiling: float = 0.95
    ceiling_sd: float = 0.7
    ridge: float = 1.0
    learn: bool = True
    weight: float = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Ability in a group of people: normal with this mean and sd; errors are zero where it sets the scale."""

    name: str
    people: int
    mean: float
    sd: float
    se_mean: float = 0.0
    se_sd: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Items estimated from answers.

    `se_a`, `se_b`, `se_c`, `se_d` have shape (J,) and `se_steps` (J, M), NaN where a parameter was not estimated;
    `items.covariance` holds the covariance of (log |a|, b). `log_likelihood` is the marginal log-likelihood of the
    answers; `parameters` counts what was estimated. `grid` says how the check with twice the nodes ended, `errors` how
    standard errors were found. `variance` is the equivalent Rasch variance (the common slope squared) of a 1PL.
    """

    model: str
    estimator: str
    items: Items
    se_a: Floats
    se_b: Floats
    se_c: Floats
    se_d: Floats
    se_steps: Floats
    log_likelihood: float
    parameters: int
    people: int
    answers: int
    nodes: int
    grid: str
    iterations: int
    converged: bool
    errors: str
    groups: tuple[Group, ...]
    notes: tuple[Note, ...]
    priors: Priors
    weights: Floats = field(default_factory=lambda: np.zeros(0))
    correlation: Floats = field(default_factory=lambda: np.eye(1))
    variance: float | None = None

    @property
    def aic(self) -> float:
        """Return Akaike's criterion."""
        return 2.0 * self.parameters - 2.0 * self.log_likelihood

    @property
    def bic(self) -> float:
        """Return Schwarz's criterion, with people as the sample size."""
        return float(np.log(self.people)) * self.parameters - 2.0 * self.log_likelihood
