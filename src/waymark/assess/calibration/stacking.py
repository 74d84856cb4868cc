"""Stacking: a mixture of models for predicting answers, weighed by how well each foretold answers held back.

Yao, Vehtari, Simpson & Gelman 2018. No model is true of real answers: guessing, slopes that differ and slopes that do
not each hold here and there, and what is best for a new answer is seldom one of them alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from waymark.assess.ability.predicting import predict
from waymark.assess.calibration.calibrating import calibrate_skill
from waymark.assess.items import Floats, Ints, Items
from waymark.assess.responses import Responses, as_list, make_sparse_responses
from waymark.errors import BadInput

MODELS: Final = ("1pl", "2pl", "3pl")
_ROUNDS: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Mixture:
    """Models with their items, estimated from all answers, and `weights` (M,) that sum to one.

    `losses` (M,) is the mean log-loss of each model on answers held back, `loss` that of the mixture.
    """

    models: tuple[str, ...]
    items: tuple[Items, ...]
    weights: Floats
    losses: Floats
    loss: float


def stack(responses: Responses, *, rng: np.random.Generator, models: Sequence[str] = MODELS, folds: int = 5) -> Mixture:
    """Fit models of one skill to answers of 0 and 1, and weigh them by cross-validation over answers.

    Each of the `folds` holds back its share of the answers, drawn by `rng`. Models with priors learned from the items
    themselves; one for which there are too few items is left out. Raise BadInput where none is left.
    """
    person, item, score = as_list(responses)
    if score.max() > 1 or folds < 2 or len(score) < folds:
        raise BadInput("answers that cannot be stacked", hint="give scores of 0 and 1, and two folds or more")
    fitted = {name: found for name in models if (found := _fit(responses, name)) is not None}
    if not fitted:
        raise BadInput(f"too few answers for any of {', '.join(models)}", hint="add items or people")
    fold = rng.permutation(len(score)) % folds
    chance = np.empty((len(score), len(fitted)))
    for number in range(folds):
        out = fold == number
        kept = make_sparse_responses(
            person[~out], item[~out], score[~out], items=responses.items, people=responses.people
        )
        for column, name in enumerate(fitted):
            chance[out, column] = _foretell(kept, _fit(kept, name))[person[out], item[out]]
    right = np.where(score[:, None] == 1, chance, 1.0 - chance)
    weights = weigh_models(right)
    return Mixture(
        models=tuple(fitted),
        items=tuple(fitted.values()),
        weights=weights,
        losses=-np.log(right).mean(axis=0),
        loss=float(-np.log(right @ weights).mean()),
    )


def predict_mixture(mixture: Mixture, responses: Responses) -> Floats:
    """Return the probability of right of every person on every item, (N, J)."""
    parts = [weight * _foretell(responses, items) for weight, items in zip(mixture.weights, mixture.items, strict=True)]
    found: Floats = np.sum(parts, axis=0)
    return found


def weigh_models(right: Floats) -> Floats:
    """Return the weights (M,) under which the log of the mixture's probabilities (n, M) is highest, by EM."""
    weights = np.full(right.shape[1], 1.0 / right.shape[1])
    for _ in range(_ROUNDS):
        weights = (weights * right / (right @ weights)[:, None]).mean(axis=0)
    return weights


def _fit(responses: Responses, model: str) -> Items | None:
    try:
        return calibrate_skill(responses, model=model, estimator="map").items
    except BadInput:
        return None


def _foretell(responses: Responses, items: Items | None) -> Floats:
    """Predict, by the share of right answers where an item was not estimated."""
    share = _share_right(responses)
    if items is None:
        return np.tile(share, (responses.people, 1))
    found = predict(responses, items)
    return np.where(np.isfinite(found), found, share)


def _share_right(responses: Responses) -> Floats:
    _, item, score = as_list(responses)
    size = len(responses.items)
    right: Ints = np.bincount(item, weights=score, minlength=size)
    found: Floats = (right + 0.5) / (np.bincount(item, minlength=size) + 1.0)
    return found
