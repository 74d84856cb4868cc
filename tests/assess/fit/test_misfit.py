from itertools import product

import numpy as np
import pytest
from scipy import stats

from waymark.assess.ability.locating import make_grid
from waymark.assess.curves import logistic, probabilities
from waymark.assess.fit.misfit import count_parameters, fit_items
from waymark.assess.items import Floats, Ints, Items, make_items, take_items
from waymark.assess.responses import Responses, make_responses
from waymark.errors import BadInput


def draw(items: Items, people: int, *, seed: int = 1) -> Responses:
    rng = np.random.Generator(np.random.PCG64(seed))
    theta = rng.normal(size=people)
    table = probabilities(items, theta)
    luck = rng.random((people, len(items)))
    cells = [
        (np.cumsum(table[start : end - 1], axis=0) < luck[:, item]).sum(axis=0)
        for item, (start, end) in enumerate(zip(items.offsets[:-1], items.offsets[1:], strict=True))
    ]
    return make_responses(np.array(cells).T, items=items.ids)


def expect_by_patterns(items: Items, item: int) -> Floats:
    """Return P(answer | points), from all patterns of answers."""
    grid = make_grid()
    table = np.split(probabilities(items, grid.theta), items.offsets[1:-1])
    joint = np.zeros((int((items.categories - 1).sum()) + 1, int(items.categories[item])))
    for answers in product(*(range(len(one)) for one in table)):
        chance = np.prod([one[k] for one, k in zip(table, answers, strict=True)], axis=0) @ grid.weight
        joint[sum(answers), answers[item]] += chance
    found: Floats = joint / joint.sum(axis=1, keepdims=True)
    return found


BINARY = make_items(("a", "b", "c", "d", "e"), a=np.array([0.8, 1, 1.2, 1.5, 0.9]), b=np.linspace(-1, 1, 5))


def test_s_x2_equals_the_sum_over_all_patterns_where_nothing_needs_collapsing() -> None:
    responses = draw(BINARY, 4000)
    assert responses.matrix is not None
    cells: Ints = responses.matrix.astype(np.int64)
    found = fit_items(responses, BINARY)
    for item, fit in enumerate(found):
        expected = expect_by_patterns(BINARY, item)
        chi_square = 0.0
        for points in range(1, 5):
            group = cells[cells.sum(axis=1) == points, item]
            chance = expected[points, 1]
            chi_square += len(group) * (group.mean() - chance) ** 2 / (chance * (1 - chance))
        assert (fit.item, fit.n, fit.groups, fit.df) == (BINARY.ids[item], 4000, 4, 2)
        assert fit.chi_square == pytest.approx(chi_square)
        assert fit.p == pytest.approx(stats.chi2.sf(chi_square, 2))
        assert fit.p_adjusted >= fit.p


def test_items_with_steps_are_compared_answer_by_answer() -> None:
    items = make_items(
        ("a", "b", "c", "d"),
        kind=("gpcm", "grm", "gpcm", "binary"),
        steps=np.array([[-0.5, 0.5], [-0.7, 0.7], [0.0, 0.4], [np.nan, np.nan]]),
    )
    responses = draw(items, 20_000)
    assert responses.matrix is not None
    cells = responses.matrix.astype(np.int64)
    fit = fit_items(responses, items)[1]
    expected = expect_by_patterns(items, 1)
    chi_square, free = 0.0, 0
    for points in range(1, 7):
        group = cells[cells.sum(axis=1) == points, 1]
        due = expected[points][expected[points] > 0] * len(group)
        got = np.bincount(group, minlength=3)[expected[points] > 0]
        chi_square, free = chi_square + float(((got - due) ** 2 / due).sum()), free + len(due) - 1
    assert (fit.df, fit.groups) == (free - 3, 6)
    assert fit.chi_square == pytest.approx(chi_square)


def test_thin_groups_are_collapsed_until_every_cell_expects_one_person() -> None:
    hard = make_items(tuple("abcdefghij"), b=np.full(10, 2.5))
    fits = fit_items(draw(hard, 300), hard, parameters=0)
    assert all(0 < fit.groups < 9 for fit in fits)
    assert all(fit.df == fit.groups for fit in fits)


def test_known_parameters_cost_no_degrees_of_freedom() -> None:
    responses = draw(BINARY, 500)
    spent, free = fit_items(responses, BINARY), fit_items(responses, BINARY, parameters=0)
    assert [one.df + 2 for one in spent] == [one.df for one in free]


def test_no_degrees_of_freedom_give_no_verdict() -> None:
    three = take_items(BINARY, np.array([0, 1, 2]))
    fit = fit_items(draw(three, 500), three)[0]
    assert (fit.df, np.isnan(fit.p), np.isnan(fit.chi_square)) == (0, True, True)


def test_an_item_of_another_shape_is_found() -> None:
    rng = np.random.Generator(np.random.PCG64(3))
    items = make_items(tuple("abcdefghijklmnop"), b=np.linspace(-1.5, 1.5, 16))
    theta = rng.normal(size=(3000, 1))
    right = rng.random((3000, 16)) < logistic(theta - items.b)
    right[:, 5] = rng.random(3000) < 0.35  # ability does nothing here
    fits = fit_items(make_responses(right, items=items.ids), items)
    assert min(fits, key=lambda fit: fit.p).item == "f"
    assert fits[5].p_adjusted < 1e-6
    assert fits[5].rmsea > 0.05
    assert abs(fits[5].residual) > 4 * fits[5].residual_error


def test_people_with_gaps_are_left_out_and_too_few_are_refused() -> None:
    responses = draw(BINARY, 120)
    assert responses.matrix is not None
    cells = responses.matrix.copy()
    cells[:60, 2] = -1
    assert fit_items(make_responses(cells, items=BINARY.ids), BINARY)[0].n == 60
    cells[:100, 2] = -1
    with pytest.raises(BadInput, match="there are 20"):
        fit_items(make_responses(cells, items=BINARY.ids), BINARY)


def test_items_that_were_not_estimated_are_left_out() -> None:
    b = BINARY.b.copy()
    b[2] = np.nan
    unknown = make_items(BINARY.ids, a=BINARY.a, b=b)
    assert [fit.item for fit in fit_items(draw(BINARY, 500), unknown)] == ["a", "b", "d", "e"]
    with pytest.raises(BadInput, match="0 calibrated items"):
        fit_items(draw(BINARY, 500), make_items(BINARY.ids, b=np.nan))


def test_parameters_are_counted_by_model() -> None:
    items = make_items(
        ("a", "b", "c", "d"),
        c=np.array([0, 0.2, 0.2, 0]),
        d=np.array([1, 1, 0.9, 1]),
        kind=("binary", "binary", "binary", "gpcm"),
        steps=np.array([[np.nan] * 3] * 3 + [[-1.0, 0.0, 1.0]]),
    )
    np.testing.assert_array_equal(count_parameters(items), [2, 3, 4, 4])
