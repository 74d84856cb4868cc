import numpy as np
import pytest

from waymark.assess.calibration.populations import describe_spread, make_nodes, spread_normal
from waymark.assess.grouping import sort_groups
from waymark.errors import BadInput

ONE = np.ones(1)


def test_nodes_are_even_and_cover_six_sds() -> None:
    theta = make_nodes(61, mean=0 * ONE, sd=ONE)
    assert len(theta) == 61
    np.testing.assert_allclose(np.diff(theta), 0.2)
    np.testing.assert_allclose(theta[[0, 30, 60]], [-6.0, 0.0, 6.0], atol=1e-12)


def test_wide_groups_get_more_nodes_at_the_same_distance() -> None:
    theta = make_nodes(61, mean=np.array([0.0, 2.0]), sd=np.array([1.0, 1.5]))
    np.testing.assert_allclose(np.diff(theta), 0.2)
    assert theta[0] <= -7.0
    assert theta[-1] >= 11.0


def test_doubling_keeps_the_nodes_that_were_there() -> None:
    coarse, fine = make_nodes(61, mean=0 * ONE, sd=ONE), make_nodes(121, mean=0 * ONE, sd=ONE)
    np.testing.assert_allclose(fine[::2], coarse, atol=1e-12)


def test_a_normal_population_has_its_mean_and_sd() -> None:
    mean, sd = np.array([0.0, 0.7]), np.array([1.0, 1.4])
    theta = make_nodes(61, mean=mean, sd=sd)
    density = np.exp(spread_normal(theta, mean=mean, sd=sd))
    np.testing.assert_allclose(density.sum(axis=1), 1.0)
    found = describe_spread(500 * density, theta)
    np.testing.assert_allclose(found, (mean, sd), atol=1e-6)


def test_the_largest_group_sets_the_scale_unless_another_is_named() -> None:
    names = ["b"] * 3 + ["a"] * 2
    assert list(sort_groups(names, people=5, reference=None, anchored=False).moving) == [True, False]
    assert list(sort_groups(names, people=5, reference="a", anchored=False).moving) == [False, True]
    assert list(sort_groups(names, people=5, reference=None, anchored=True).moving) == [True, True]
    assert list(sort_groups(None, people=5, reference=None, anchored=False).moving) == [False]


def test_groups_that_do_not_fit_are_refused() -> None:
    with pytest.raises(BadInput, match="2 groups for 3 people"):
        sort_groups(["a", "b"], people=3, reference=None, anchored=False)
    with pytest.raises(BadInput, match="no group 'c'"):
        sort_groups(["a", "b"], people=2, reference="c", anchored=False)
