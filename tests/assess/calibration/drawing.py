"""Answers drawn from known items, for the tests of calibration."""

import numpy as np
from numpy.typing import NDArray

from waymark.assess.curves import probabilities
from waymark.assess.items import BINARY, Floats, Items, make_items

Answers = NDArray[np.int8]


def make_rng(seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(seed))


def draw_items(model: str, *, size: int, seed: int, steps: int = 3) -> Items:
    """Return items with log slopes N(0, .3^2) and difficulties or steps N(0, 1), as the model has them."""
    rng = make_rng(seed)
    names = tuple(f"i{number}" for number in range(size))
    a = np.full(size, 1.2) if model == "1pl" else np.exp(rng.normal(0, 0.3, size))
    if model in {"gpcm", "grm"}:
        return make_items(names, a=a, kind=model, steps=np.sort(rng.normal(0, 1, (size, steps)), axis=1))
    low, high = (0.2 if model in {"3pl", "4pl"} else 0.0), (0.95 if model == "4pl" else 1.0)
    return make_items(names, a=a, b=rng.normal(0, 1, size), c=low, d=high, kind=BINARY)


def draw_answers(items: Items, theta: Floats, *, seed: int, missing: float = 0.0) -> Answers:
    """Return scores (N, J) of people of ability theta (N,), -1 where an item was left out by chance."""
    rng = make_rng(seed + 1000)
    table = probabilities(items, theta)
    scores = np.empty((len(theta), len(items)), dtype=np.int8)
    for item, (first, last) in enumerate(zip(items.offsets[:-1], items.offsets[1:], strict=True)):
        below = np.cumsum(table[first:last], axis=0)[:-1]
        scores[:, item] = (rng.random(len(theta)) > below).sum(axis=0)
    scores[rng.random(scores.shape) < missing] = -1
    return scores


def draw_people(size: int, *, seed: int, mean: float = 0.0, sd: float = 1.0) -> Floats:
    return mean + sd * make_rng(seed + 2000).normal(size=size)
