"""Predicting: what each person is likely to answer to every item, given what he answered so far."""

import numpy as np
from numpy.typing import ArrayLike

from waymark.assess.ability.joints import lay_marginals, make_prior
from waymark.assess.ability.likelihoods import average_curves, match_items
from waymark.assess.grids import NODES
from waymark.assess.items import Floats, Items
from waymark.assess.responses import Responses


def predict(
    responses: Responses,
    items: Items,
    *,
    correlation: Floats | None = None,
    mean: ArrayLike = 0.0,
    sd: ArrayLike = 1.0,
    nodes: int = NODES,
) -> Floats:
    """Return the expected score of every person on every item, (N, J): of a binary item the probability of right.

    As `predict_categories`, whose arguments these are.
    """
    chances = predict_categories(responses, items, correlation=correlation, mean=mean, sd=sd, nodes=nodes)
    own = match_items(items, responses)
    credit = np.concatenate([np.arange(width) for width in own.categories])
    found: Floats = np.add.reduceat(chances * credit, own.offsets[:-1], axis=1)
    return found


def predict_categories(
    responses: Responses,
    items: Items,
    *,
    correlation: Floats | None = None,
    mean: ArrayLike = 0.0,
    sd: ArrayLike = 1.0,
    nodes: int = NODES,
) -> Floats:
    """Return the probability of every answer of every person, (N, rows) with rows as in `Items.offsets`.

    P(answer | answers so far) = the integral of the item's curve over the person's posterior, both carrying what is
    not known of the items; an answer to a case is as of a case not begun. NaN for items that were not estimated. The
    prior is that of `score`.
    """
    own = match_items(items, responses)
    prior = make_prior(mean, sd, correlation, people=responses.people, skills=len(own.skills))
    found = np.empty((responses.people, int(own.offsets[-1])))
    skill = np.repeat(own.skill, own.categories)
    tables: dict[bytes, Floats] = {}
    for people, theta, marginals in lay_marginals(responses, own, prior=prior, nodes=nodes):
        if theta.tobytes() not in tables:
            tables[theta.tobytes()] = average_curves(own, theta)
        table = tables[theta.tobytes()]
        for number, weights in enumerate(marginals):
            rows = np.flatnonzero(skill == number) if len(marginals) > 1 else np.arange(len(skill))
            found[np.ix_(people, rows)] = weights @ table[rows].T
    return found
