"""Locating people on the scale of one skill: likelihoods, posteriors and expected abilities on a grid."""

from dataclasses import dataclass

import numpy as np

from waymark.assess.curves import TINY, probabilities
from waymark.assess.items import Floats, Items
from waymark.assess.responses import Responses, make_incidence
from waymark.errors import BadInput


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Nodes of ability, shape (Q,), and the share of the population at each of them, which sums to one."""

    theta: Floats
    weight: Floats


def make_grid(*, mean: float = 0.0, sd: float = 1.0, nodes: int = 61, reach: float = 6.0) -> Grid:
    """Lay equally spaced nodes over `reach` standard deviations on both sides of a normal population."""
    if not (sd > 0 and nodes >= 3 and reach > 0):
        raise BadInput(
            f"a grid of {nodes} nodes over {reach} x {sd}", hint="give at least 3 nodes, reach and sd above 0"
        )
    z = np.linspace(-reach, reach, nodes)
    weight = np.exp(-0.5 * z * z)
    return Grid(theta=mean + sd * z, weight=weight / weight.sum())


def check_match(responses: Responses, items: Items) -> None:
    """Raise BadInput unless both name the same items in the same order and these measure one skill."""
    if responses.items != items.ids:
        raise BadInput(
            f"responses to {len(responses.items)} items but parameters of {len(items)}, or in another order",
            hint="bring both to the same items with take_columns and take_items",
        )
    if len(np.unique(items.skill)) > 1:
        raise BadInput("items of several skills", hint="take one skill at a time")


def log_probabilities(items: Items, theta: Floats) -> Floats:
    """Return ln P(category | theta), shape (rows, Q); zero for items that were not estimated, which so say nothing."""
    found: Floats = np.log(np.maximum(probabilities(items, theta), TINY))
    return np.nan_to_num(found, nan=0.0)


def log_likelihoods(responses: Responses, items: Items, theta: Floats) -> Floats:
    """Return each person's log-likelihood at every node, shape (N, Q)."""
    check_match(responses, items)
    incidence = make_incidence(responses, categories=items.categories)
    return incidence.gather(log_probabilities(items, theta))


def weigh(log_likelihood: Floats, grid: Grid) -> Floats:
    """Return the posterior of each person over the grid, shape (N, Q), rows that sum to one."""
    with np.errstate(divide="ignore"):
        level = log_likelihood + np.log(grid.weight)
    level -= level.max(axis=1, keepdims=True)
    np.exp(level, out=level)
    level /= level.sum(axis=1, keepdims=True)
    return level


def find_posteriors(responses: Responses, items: Items, *, grid: Grid) -> Floats:
    """Return the posterior of each person over the grid, shape (N, Q)."""
    return weigh(log_likelihoods(responses, items, grid.theta), grid)


def summarise(posterior: Floats, theta: Floats) -> tuple[Floats, Floats]:
    """Return the mean (EAP; Bock & Mislevy 1982) and standard deviation of each posterior, both of shape (N,)."""
    mean = posterior @ theta
    spread = posterior @ (theta * theta) - mean * mean
    return mean, np.sqrt(np.maximum(spread, 0.0))
