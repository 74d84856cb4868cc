from itertools import product

import numpy as np

from waymark.assess.fit.sum_scores import find_sums, leave_each_out

RNG = np.random.Generator(np.random.PCG64(1))
ITEMS = [RNG.dirichlet(np.ones(width), size=3).T for width in (2, 3, 2, 4, 2)]


def enumerate_sums(items: list[np.ndarray[tuple[int, ...], np.dtype[np.float64]]]) -> list[list[float]]:
    top = sum(len(item) - 1 for item in items)
    found = np.zeros((top + 1, 3))
    for answers in product(*(range(len(item)) for item in items)):
        found[sum(answers)] += np.prod([item[k] for item, k in zip(items, answers, strict=True)], axis=0)
    return [[float(value) for value in row] for row in found]


def test_sums_equal_those_over_all_patterns() -> None:
    np.testing.assert_allclose(find_sums(ITEMS), enumerate_sums(ITEMS))


def test_each_item_is_left_out_once() -> None:
    found = dict(leave_each_out(ITEMS))
    assert sorted(found) == [0, 1, 2, 3, 4]
    for item, chance in found.items():
        np.testing.assert_allclose(chance, enumerate_sums(ITEMS[:item] + ITEMS[item + 1 :]))
