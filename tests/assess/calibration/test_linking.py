import numpy as np
import pytest

from waymark.assess.calibration.linking import Method, link, rescale
from waymark.assess.curves import expected_scores
from waymark.assess.items import Floats, Items, make_items, take_items
from waymark.errors import BadInput

METHODS: tuple[Method, ...] = ("stocking_lord", "haebara", "mean_sigma", "mean_mean")
STEPS = np.array([-0.8, 0.1, 0.7])


def draw(*, size: int = 24, seed: int = 2) -> Items:
    """Return binary, partial-credit and graded items in turn, with testlets and known errors."""
    rng = np.random.default_rng(seed)  # noqa: TID251
    b = rng.normal(size=size)
    kinds = tuple(("binary", "gpcm", "grm")[place % 3] for place in range(size))
    steps = np.where(np.array([kind == "binary" for kind in kinds])[:, None], np.nan, b[:, None] + STEPS)
    return make_items(
        tuple(f"i{place}" for place in range(size)),
        a=np.exp(rng.normal(0, 0.25, size)),
        b=b,
        c=np.where(np.arange(size) % 3 == 0, 0.15, 0.0),
        kind=kinds,
        steps=steps,
        covariance=np.tile(np.array([[0.01, 0.003], [0.003, 0.02]]), (size, 1, 1)),
        testlet=np.arange(size) % 4 - 1,
        testlet_sd=np.array([0.3, 0.5, 0.7]),
    )


def move(items: Items, differences: Floats) -> Items:
    """Make items harder by the differences."""
    return make_items(
        items.ids,
        a=items.a,
        b=items.b + differences,
        c=items.c,
        kind=items.kind,
        steps=items.steps + differences[:, None],
        covariance=items.covariance,
    )


@pytest.mark.parametrize("method", METHODS)
def test_a_known_link_is_found(method: Method) -> None:
    reference = draw()
    own = rescale(reference, slope=1 / 1.3, shift=-0.4 / 1.3)
    found = link(own, reference, method=method)
    assert (found.slope, found.shift) == pytest.approx((1.3, 0.4), abs=1e-6)
    assert found.criterion == pytest.approx(0, abs=1e-12)
    assert found.drifted == ()
    assert found.notes == ()
    assert found.anchors == reference.ids


@pytest.mark.parametrize("method", METHODS)
def test_linking_back_is_the_inverse(method: Method) -> None:
    reference = draw()
    noise = np.random.default_rng(9).normal(0, 0.1, len(reference))  # noqa: TID251
    own = move(rescale(reference, slope=0.8, shift=0.5), noise)
    there = link(own, reference, method=method, robust=False)
    back = link(reference, own, method=method, robust=False)
    assert (back.slope, back.shift) == pytest.approx((1 / there.slope, -there.shift / there.slope), abs=1e-5)


def test_rescaled_items_answer_as_before_at_the_same_ability() -> None:
    items = draw()
    theta = np.linspace(-2, 2, 9)
    moved = rescale(items, slope=1.4, shift=-0.3)
    assert expected_scores(moved, 1.4 * theta - 0.3) == pytest.approx(expected_scores(items, theta), abs=1e-12)


def test_rescaling_takes_errors_and_testlets_along() -> None:
    moved = rescale(draw(), slope=2.0, shift=1.0)
    assert moved.covariance[0] == pytest.approx(np.array([[0.01, 0.006], [0.006, 0.08]]))
    assert moved.testlet_sd == pytest.approx([0.6, 1.0, 1.4])


def test_rescaling_one_skill_leaves_the_others() -> None:
    items = make_items(
        ("x", "y"), b=np.array([1.0, 1.0]), skills=("one", "two"), skill=np.array([0, 1]), testlet=np.array([0, 1]),
        testlet_sd=np.array([0.5, 0.5]),
    )  # fmt: skip
    moved = rescale(items, slope=2.0, shift=1.0, skill="two")
    assert moved.b == pytest.approx([1, 3])
    assert moved.a == pytest.approx([1, 0.5])
    assert moved.testlet_sd == pytest.approx([0.5, 1.0])


@pytest.mark.parametrize("method", METHODS)
def test_items_that_drifted_are_dropped_and_listed(method: Method) -> None:
    reference = draw()
    drift = np.zeros(24)
    drift[[4, 11]] = 1.0, -0.9
    own = rescale(move(reference, drift), slope=1 / 1.3, shift=-0.4 / 1.3)
    found = link(own, reference, method=method)
    assert found.drifted == ("i4", "i11")
    assert (found.slope, found.shift) == pytest.approx((1.3, 0.4), abs=1e-6)
    assert found.differences[[4, 11]] == pytest.approx([-1.0, 0.9], abs=1e-6)
    kept = link(own, reference, method=method, robust=False)
    assert kept.drifted == ()
    assert abs(kept.slope - 1.3) + abs(kept.shift - 0.4) > 1e-3


def test_differences_within_their_errors_are_no_drift() -> None:
    reference = draw()
    small = np.zeros(24)
    small[4] = 0.3  # twice its standard error of 0.2
    assert link(move(reference, small), reference).drifted == ()


@pytest.mark.parametrize("method", ["stocking_lord", "haebara"])
def test_the_step_of_the_jackknife_is_the_link_without_the_anchor(method: Method) -> None:
    reference = draw()
    noise = np.random.default_rng(9).normal(0, 0.1, 24)  # noqa: TID251
    own = move(rescale(reference, slope=0.8, shift=0.5), noise)
    found = link(own, reference, method=method, robust=False)
    rests = [take_items(own, np.delete(np.arange(24), row)) for row in range(24)]
    links = [link(rest, reference, method=method, robust=False) for rest in rests]
    exact = np.array([[one.slope, one.shift] for one in links])
    wanted = np.sqrt(23 * np.var(exact, axis=0))
    assert (found.slope_se, found.shift_se) == pytest.approx(tuple(wanted), rel=0.03)


def test_intervals_hold_the_link_and_widen_with_fewer_anchors() -> None:
    reference = draw()
    noise = np.random.default_rng(9).normal(0, 0.1, 24)  # noqa: TID251
    found = link(move(reference, noise), reference)
    assert (found.intervals[:, 0] < [found.slope, found.shift]).all()
    assert np.diff(found.intervals, axis=1).ravel() == pytest.approx(
        2 * 2.0687 * np.array([found.slope_se, found.shift_se]), rel=1e-3
    )


def test_few_anchors_are_told() -> None:
    items = draw(size=9)
    assert link(items, items).notes == ("only 9 anchors: a link should have 10 or more",)


@pytest.mark.parametrize(
    ("method", "size"), [("mean_sigma", 1), ("mean_mean", 1), ("haebara", 2), ("stocking_lord", 2)]
)
def test_too_few_anchors_are_refused(method: Method, size: int) -> None:
    items = draw()
    with pytest.raises(BadInput, match=f"{size} common items"):
        link(take_items(items, np.arange(size)), items, method=method)


def test_two_anchors_give_a_link_without_errors() -> None:
    items = draw()
    found = link(take_items(items, np.array([0, 1])), items, method="mean_sigma")
    assert (found.slope, found.shift) == pytest.approx((1, 0))
    assert np.isnan(found.slope_se)


def test_items_that_were_not_estimated_are_no_anchors() -> None:
    items = draw()
    other = make_items(
        items.ids, a=np.where(np.arange(24) == 0, -0.5, items.a), b=np.where(np.arange(24) == 3, np.nan, items.b),
        c=items.c, kind=items.kind, steps=np.where(np.arange(24)[:, None] == 4, items.steps, items.steps),
    )  # fmt: skip
    found = link(other, items)
    assert found.notes == ("not estimated, or with a slope below zero, and left out: i0, i3",)
    assert len(found.anchors) == 22


def test_an_item_of_two_kinds_is_refused_by_name() -> None:
    items = draw()
    other = make_items(items.ids, a=items.a, b=items.b)
    with pytest.raises(BadInput, match="item 'i1' is not of the same kind"):
        link(other, items)


def test_skills_are_linked_one_at_a_time() -> None:
    rng = np.random.default_rng(3)  # noqa: TID251
    ids = tuple(f"i{place}" for place in range(24))
    items = make_items(ids, b=rng.normal(size=24), skills=("one", "two"), skill=np.arange(24) % 2)
    moved = rescale(items, slope=1.5, shift=0.2, skill="two")
    with pytest.raises(BadInput, match="items of 2 skills"):
        link(moved, items)
    assert link(moved, items, skill="one").slope == pytest.approx(1.0, abs=1e-6)
    assert link(moved, items, skill="two").slope == pytest.approx(1 / 1.5, abs=1e-6)
    with pytest.raises(BadInput, match="there is no skill 'three'"):
        link(moved, items, skill="three")


def test_anchors_of_one_difficulty_give_no_unit() -> None:
    items = make_items(tuple("abcd"), b=0.5)
    with pytest.raises(BadInput, match="all of one difficulty"):
        link(items, items, method="mean_sigma")


def test_a_slope_must_rise() -> None:
    with pytest.raises(BadInput, match="slope of -1"):
        rescale(draw(), slope=-1.0, shift=0.0)
