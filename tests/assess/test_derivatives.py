import numpy as np
import pytest

from waymark.assess.curves import information, probabilities
from waymark.assess.derivatives import differentiate_answers, differentiate_matrix
from waymark.assess.items import BINARY, Items, make_items

BINARIES = make_items(
    ("v", "w", "x"),
    a=np.array([1.0, 1.7, -0.6]),
    b=np.array([0.0, -1.0, 0.5]),
    c=np.array([0.0, 0.2, 0.0]),
    d=np.array([1.0, 0.95, 1.0]),
)
STEPS = np.array([[-1.0, 0.0, 1.2], [-0.5, 0.8, np.nan]])
CREDITS = make_items(("x", "y"), a=np.array([1.3, 0.8]), kind="gpcm", steps=STEPS)
GRADES = make_items(("x", "y"), a=np.array([1.3, 0.8]), kind="grm", steps=STEPS)


def differ(items: Items, item: int, score: int, theta: float) -> tuple[float, float, float, float]:
    """Return the four derivatives by central differences."""
    h = 1e-4
    low, here, high = (probabilities(items, np.array([theta + step]))[:, 0] for step in (-h, 0, h))
    rows = slice(items.offsets[item], items.offsets[item + 1])
    once, twice = ((high - low) / (2 * h))[rows], ((high - 2 * here + low) / h**2)[rows]
    slope = once[score] / here[rows][score]
    second = twice[score] / here[rows][score] - slope**2
    return slope, second, float((once**2 / here[rows]).sum()), float((once * twice / here[rows]).sum())


@pytest.mark.parametrize("items", [BINARIES, CREDITS, GRADES], ids=["binary", "partial credit", "graded"])
def test_derivatives_agree_with_differences(items: Items) -> None:
    answers = [(item, score) for item in range(len(items)) for score in range(int(items.categories[item]))]
    for theta in (-2.0, 0.3, 1.7):
        item, score = (np.array(part) for part in zip(*answers, strict=True))
        found = differentiate_answers(items, item, score, np.full(len(item), theta))
        expected = [differ(items, *answer, theta) for answer in answers]
        np.testing.assert_allclose(np.transpose(found), expected, atol=2e-6)
        whole = information(items, np.array([theta]))[item, 0]
        np.testing.assert_allclose(found.information, whole, atol=1e-6)


def test_a_matrix_of_answers_gives_the_same_as_a_list() -> None:
    scores = np.array([[0, 1, -1], [1, -1, 0]], dtype=np.int8)
    theta = np.array([[0.5], [-1.0]]) * np.ones(3)
    person, item = np.nonzero(scores >= 0)
    listed = differentiate_answers(BINARIES, item, scores[person, item].astype(np.int64), theta[person, item])
    for whole, part in zip(differentiate_matrix(BINARIES, scores, theta), listed, strict=True):
        np.testing.assert_allclose(whole[person, item], part, rtol=1e-12)
        assert (whole[scores < 0] == 0).all()


def test_abilities_far_out_give_finite_derivatives() -> None:
    assert all(kind == BINARY for kind in BINARIES.kind)
    for theta in (-800.0, 800.0):
        found = differentiate_answers(BINARIES, np.array([0, 1, 2]), np.array([0, 1, 1]), np.full(3, theta))
        assert all(np.isfinite(part).all() for part in found)
