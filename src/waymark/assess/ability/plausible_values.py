"""Plausible values: draws of everybody's abilities from their posterior (Mislevy 1991)."""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from waymark.assess.ability.joints import Block, lay_joints, make_prior, spread_of, take_block
from waymark.assess.ability.likelihoods import match_items
from waymark.assess.ability.posteriors import lay_posteriors
from waymark.assess.ability.propagation import tilt
from waymark.assess.grids import NODES
from waymark.assess.items import Floats, Ints, Items
from waymark.assess.responses import Responses
from waymark.errors import BadInput

SWEEPS: Final = 8  # of Gibbs, from draws of the Gaussian that expectation propagation found
FINENESS: Final = 2.0
_CELLS: Final = 1 << 19


def draw_plausible(  # noqa: PLR0913  the parts of the prior are options of their own
    responses: Responses,
    items: Items,
    *,
    draws: int,
    rng: np.random.Generator,
    correlation: Floats | None = None,
    mean: ArrayLike = 0.0,
    sd: ArrayLike = 1.0,
    nodes: int = NODES,
) -> Floats:
    """Return draws of everybody's abilities, (draws, N, K), under the prior and items of `score`.

    One skill is drawn from its grid; several by Gibbs, a skill at a time from the product of its likelihood on the
    grid and its conditional prior.
    """
    if draws < 1:
        raise BadInput(f"{draws} draws", hint="ask for at least one")
    own = match_items(items, responses)
    skills = len(own.skills)
    prior = make_prior(mean, sd, correlation, people=responses.people, skills=skills)
    found = np.empty((draws, responses.people, skills))
    if skills == 1:
        for posterior in lay_posteriors(
            responses, own, mean=prior.mean[:, 0], sd=spread_of(prior)[:, 0], nodes=nodes, fineness=FINENESS
        ):
            for some, rows in _split(draws, posterior.weights.size, len(posterior.people)):
                drawn = draw_from(posterior.weights[rows], posterior.theta, rng)
                found[some, posterior.people, 0] = drawn.reshape(-1, len(posterior.people))
        return found
    for block in lay_joints(responses, own, prior=prior, nodes=nodes, fineness=FINENESS):
        for some, rows in _split(draws, len(block.theta) * block.joint.mean.size, len(block.people)):
            drawn = _draw_jointly(take_block(block, rows), rng)
            found[some, block.people] = drawn.reshape(-1, len(block.people), skills)
    return found


def _split(draws: int, cells: int, people: int) -> Iterator[tuple[slice, Ints]]:
    """Yield some of the draws at a time, with the rows of people repeated for each of them."""
    size = max(1, _CELLS // cells)
    for first in range(0, draws, size):
        last = min(first + size, draws)
        yield slice(first, last), np.tile(np.arange(people), last - first)


def draw_from(weights: Floats, theta: Floats, rng: np.random.Generator) -> Floats:
    """Return a draw (n,) from each density with the given weights (n, Q) at equally spaced nodes.

    A draw is a node and a triangular step to either side, which adds spacing^2 / 6 to the variance; taking a twelfth
    of the second differences off the weights beforehand takes that away again.
    """
    sharp = weights * (7.0 / 6.0)
    sharp[:, 1:] -= weights[:, :-1] / 12.0
    sharp[:, :-1] -= weights[:, 1:] / 12.0
    np.maximum(sharp, 0.0, out=sharp)
    below = np.cumsum(sharp, axis=1, out=sharp)
    level = rng.random(len(weights)) * below[:, -1]
    node = np.minimum((below <= level[:, None]).sum(axis=1), len(theta) - 1)
    step = rng.random(len(weights)) - rng.random(len(weights))
    found: Floats = theta[node] + step * (theta[1] - theta[0])
    return found


def _draw_jointly(block: Block, rng: np.random.Generator) -> Floats:
    joint, mean = block.joint, block.prior.mean
    factor = np.linalg.cholesky(joint.covariance)
    drawn = joint.mean + (factor @ rng.standard_normal(mean.shape)[:, :, None])[:, :, 0]
    precision = np.broadcast_to(np.linalg.inv(block.prior.covariance), joint.covariance.shape)
    for _ in range(SWEEPS):
        for skill, logs in enumerate(block.logs):
            variance = 1.0 / precision[:, skill, skill]
            pull = (precision[:, skill] * (drawn - mean)).sum(axis=1) * variance
            centre = drawn[:, skill] - pull
            weights = tilt(logs, block.theta, mean=centre, variance=variance).weights
            drawn[:, skill] = draw_from(weights, block.theta, rng)
    return drawn
