"""The distribution of the number of points, given ability: the recursion of Lord & Wingersky (1984)."""

from collections.abc import Iterator

import numpy as np

from waymark.assess.items import Floats


def add_item(chance: Floats, item: Floats) -> Floats:
    """Add an item to a distribution: (S, Q) of points so far and (C, Q) of its answers give (S + C - 1, Q)."""
    found = np.zeros((len(chance) + len(item) - 1, chance.shape[1]))
    for points, share in enumerate(item):
        found[points : points + len(chance)] += share * chance
    return found


def find_sums(items: list[Floats]) -> Floats:
    """Return P(points | theta), shape (S, Q), of items given as tables (C, Q) of their answers."""
    chance = np.ones((1, items[0].shape[1]))
    for item in items:
        chance = add_item(chance, item)
    return chance


def leave_each_out(items: list[Floats]) -> Iterator[tuple[int, Floats]]:
    """Yield each item's number with P(points on all other items | theta), shape (S, Q).

    Halving: what lies outside one half is added once for all of that half, so J items cost J log2 J additions.
    """
    yield from _leave(items, 0, len(items), np.ones((1, items[0].shape[1])))


def _leave(items: list[Floats], first: int, last: int, outside: Floats) -> Iterator[tuple[int, Floats]]:
    if last - first == 1:
        yield first, outside
        return
    middle = (first + last) // 2
    for low, high, others in ((first, middle, range(middle, last)), (middle, last, range(first, middle))):
        wider = outside
        for other in others:
            wider = add_item(wider, items[other])
        yield from _leave(items, low, high, wider)
