"""Scoring: each person's ability in each skill, with its error, from answers to items whose parameters are known."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from waymark.assess.ability.joints import Prior, lay_joints, make_prior, spread_of
from waymark.assess.ability.likelihoods import match_items
from waymark.assess.ability.modes import find_maxima, find_unbiased
from waymark.assess.ability.posteriors import count_below, lay_posteriors, summarise
from waymark.assess.ability.scores import EAP, MAP, METHODS, Scores, describe
from waymark.assess.ability.weighted_scores import add_weights, has_weighted_score, look_up
from waymark.assess.grids import NODES
from waymark.assess.items import Floats, Ints, Items
from waymark.assess.responses import Responses, as_list, make_responses
from waymark.errors import BadInput
from waymark.framework.scale import CUTS


def score(  # noqa: PLR0913  the parts of the prior are options of their own
    responses: Responses | NDArray[Any],
    items: Items,
    *,
    method: str = EAP,
    correlation: Floats | None = None,
    mean: ArrayLike = 0.0,
    sd: ArrayLike = 1.0,
    nodes: int = NODES,
) -> Scores:
    """Return everybody's abilities: EAP (Bock & Mislevy 1982), MAP, or Warm's WLE, which knows no prior.

    `responses` may be a plain matrix, a column an item in the order of `items`. `mean` and `sd` of the prior are one
    number, one a skill (K,), one a person (N,) where there is one skill, or (N, K); skills correlate by `correlation`
    (K, K), else not at all. EAP carries the uncertainty of the items (`Items.covariance`) and testlets; MAP and WLE
    take items as known and on their own. Raise BadInput for what cannot be scored.
    """
    if method not in METHODS:
        raise BadInput(f"no method {method!r}", hint=f"choose one of {', '.join(METHODS)}")
    plain = correlation is None and np.ndim(mean) == 0 and np.ndim(sd) == 0
    if method == EAP and len(items.skills) == 1 and plain:
        quick = _score_sums(responses, items, mean=float(np.asarray(mean)), sd=float(np.asarray(sd)))
        if quick is not None:
            return quick
    read = responses if isinstance(responses, Responses) else make_responses(responses, items=items.ids)
    own = match_items(items, read)
    prior = make_prior(mean, sd, correlation, people=read.people, skills=len(own.skills))
    if method == EAP:
        return _score_one(read, own, prior, nodes) if len(own.skills) == 1 else _score_jointly(read, own, prior, nodes)
    peaks = find_maxima(read, own, prior=prior) if method == MAP else find_unbiased(read, own)
    return describe(
        method,
        own.skills,
        estimate=peaks.estimate,
        sd=np.sqrt(np.diagonal(peaks.covariance, axis1=1, axis2=2)),
        answers=count_answers(read, own),
        covariance=peaks.covariance if len(own.skills) > 1 else None,
    )


def _score_sums(responses: Responses | NDArray[Any], items: Items, *, mean: float, sd: float) -> Scores | None:
    """Score by weighted sums, or return None where they do not hold the whole likelihood."""
    matrix = responses.matrix if isinstance(responses, Responses) else np.asarray(responses)
    if matrix is None or matrix.ndim != 2 or matrix.size == 0 or not (np.isfinite(mean) and 0 < sd < np.inf):
        return None
    own = match_items(items, responses) if isinstance(responses, Responses) else items
    if matrix.shape[1] != len(own) or not has_weighted_score(own):
        return None
    total = add_weights(matrix, own.a)
    if total is None:
        return None
    found = look_up(total, own, mean=mean, sd=sd)
    return describe(
        EAP,
        own.skills,
        estimate=found.mean[:, None],
        sd=found.sd[:, None],
        answers=np.full((len(matrix), 1), len(own)),
        below=found.below[:, None],
    )


def _score_one(responses: Responses, items: Items, prior: Prior, nodes: int) -> Scores:
    size = responses.people
    estimate, sd, below = np.empty((size, 1)), np.empty((size, 1)), np.empty((size, 1, len(CUTS)))
    for posterior in lay_posteriors(responses, items, mean=prior.mean[:, 0], sd=spread_of(prior)[:, 0], nodes=nodes):
        found, people = summarise(posterior), posterior.people
        estimate[people, 0], sd[people, 0], below[people, 0] = found.mean, found.sd, found.below
    answers = count_answers(responses, items)
    return describe(EAP, items.skills, estimate=estimate, sd=sd, answers=answers, below=below)


def _score_jointly(responses: Responses, items: Items, prior: Prior, nodes: int) -> Scores:
    size, skills = prior.mean.shape
    estimate, covariance = np.empty((size, skills)), np.empty((size, skills, skills))
    below = np.empty((size, skills, len(CUTS)))
    for block in lay_joints(responses, items, prior=prior, nodes=nodes):
        estimate[block.people], covariance[block.people] = block.joint.mean, block.joint.covariance
        counting = count_below(block.theta)
        for skill, weights in enumerate(block.joint.marginals):
            below[block.people, skill] = np.clip(weights @ counting, 0.0, 1.0)
    return describe(
        EAP,
        items.skills,
        estimate=estimate,
        sd=np.sqrt(np.diagonal(covariance, axis1=1, axis2=2)),
        answers=count_answers(responses, items),
        below=below,
        covariance=covariance,
    )


def count_answers(responses: Responses, items: Items) -> Ints:
    """Return how many answers of each person bear on each skill, (N, K); items that were not estimated do not count."""
    known, skills = np.isfinite(items.a) & np.isfinite(items.b), len(items.skills)
    if responses.matrix is not None:
        parts = [responses.matrix[:, known & (items.skill == skill)] >= 0 for skill in range(skills)]
        return np.stack([part.sum(axis=1) for part in parts], axis=1)
    person, item, _ = as_list(responses)
    place = (person * skills + items.skill[item])[known[item]]
    return np.bincount(place, minlength=responses.people * skills).reshape(responses.people, skills)
