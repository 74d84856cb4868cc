import numpy as np
import pytest

from waymark.assess.ability.scores import find_levels
from waymark.assess.ability.scoring import score
from waymark.assess.items import Floats, Items, make_items
from waymark.assess.responses import make_responses
from waymark.errors import BadInput
from waymark.framework.scale import level_of_theta

SIZE = 20


def make_test(*, skills: int = 1, seed: int = 1) -> Items:
    rng = np.random.Generator(np.random.PCG64(seed))
    return make_items(
        tuple(f"i{number}" for number in range(SIZE)),
        a=np.exp(rng.normal(0, 0.3, SIZE)),
        b=rng.normal(size=SIZE),
        skills=tuple("abcdef"[:skills]),
        skill=np.arange(SIZE) % skills,
    )


def draw(items: Items, *, people: int, seed: int) -> Floats:
    rng = np.random.Generator(np.random.PCG64(seed))
    theta = rng.normal(size=(people, 1)) * np.ones(len(items.skills))
    chance = 1 / (1 + np.exp(-items.a * (theta[:, items.skill] - items.b)))
    return (rng.random(chance.shape) < chance).astype(float)


ITEMS = make_test()
MATRIX = draw(ITEMS, people=200, seed=2)


@pytest.mark.parametrize("kind", [np.int8, np.uint8, np.int64, np.float32, np.float64, np.bool_])
def test_plain_matrices_of_any_type_score_alike(kind: type) -> None:
    found = score(MATRIX.astype(kind), ITEMS)
    np.testing.assert_allclose(
        found.estimate, score(make_responses(MATRIX, items=ITEMS.ids), ITEMS).estimate, atol=2e-5
    )


def test_an_answer_missing_is_left_out_not_wrong() -> None:
    cells = MATRIX.copy()
    cells[0, :5] = np.nan
    few = make_items(ITEMS.ids[5:], a=ITEMS.a[5:], b=ITEMS.b[5:])
    found = score(cells, ITEMS)
    assert found.estimate[0, 0] == pytest.approx(score(MATRIX[:1, 5:], few).estimate[0, 0], abs=2e-5)
    assert (found.answers[0, 0], found.answers[1, 0]) == (15, 20)


def test_columns_are_matched_by_name() -> None:
    turned = make_responses(MATRIX[:, ::-1], items=ITEMS.ids[::-1])
    np.testing.assert_allclose(score(turned, ITEMS).estimate, score(MATRIX, ITEMS).estimate, atol=1e-12)


def test_uncertain_items_widen_the_posterior() -> None:
    wide = make_items(ITEMS.ids, a=ITEMS.a, b=ITEMS.b, covariance=np.tile(0.5 * np.eye(2), (SIZE, 1, 1)))
    known, unsure = score(MATRIX, ITEMS), score(MATRIX, wide)
    assert (unsure.sd > known.sd).mean() > 0.95


def test_several_skills_without_correlation_are_each_scored_alone() -> None:
    items = make_test(skills=2)
    found = score(MATRIX, items)
    for skill in range(2):
        own = np.flatnonzero(items.skill == skill)
        few = make_items(tuple(items.ids[one] for one in own), a=items.a[own], b=items.b[own])
        alone = score(MATRIX[:, own], few)
        np.testing.assert_allclose(found.estimate[:, skill], alone.estimate[:, 0], atol=1e-4)
        np.testing.assert_allclose(found.level_probabilities[:, skill], alone.level_probabilities[:, 0], atol=1e-4)
        np.testing.assert_array_equal(found.answers[:, skill], len(own))


def test_a_correlation_lends_strength_and_is_told() -> None:
    items = make_test(skills=2)
    related = np.array([[1.0, 0.8], [0.8, 1.0]])
    alone, joint = score(MATRIX, items), score(MATRIX, items, correlation=related)
    assert (joint.sd < alone.sd).all()
    assert joint.covariance is not None
    np.testing.assert_allclose(np.sqrt(np.diagonal(joint.covariance, axis1=1, axis2=2)), joint.sd)
    assert (joint.covariance[:, 0, 1] > 0).all()
    assert score(MATRIX, ITEMS).covariance is None


def test_the_order_of_skills_does_not_matter() -> None:
    items = make_test(skills=3)
    related = np.array([[1.0, 0.8, 0.2], [0.8, 1.0, 0.5], [0.2, 0.5, 1.0]])
    turned = make_items(ITEMS.ids, a=ITEMS.a, b=ITEMS.b, skills=("c", "b", "a"), skill=2 - items.skill)
    one, other = score(MATRIX, items, correlation=related), score(MATRIX, turned, correlation=related[::-1, ::-1])
    np.testing.assert_allclose(one.estimate, other.estimate[:, ::-1], atol=1e-6)


@pytest.mark.parametrize("method", ["eap", "map", "wle"])
def test_levels_and_their_probabilities_fit_the_estimates(method: str) -> None:
    found = score(MATRIX, ITEMS, method=method)
    np.testing.assert_allclose(found.level_probabilities.sum(axis=2), 1.0, atol=1e-12)
    assert found.level[:, 0].tolist() == [level_of_theta(float(one)) for one in found.estimate[:, 0]]
    likeliest = 1 + found.level_probabilities[:, 0].argmax(axis=1)
    assert (likeliest == found.level[:, 0]).mean() > 0.9


def test_a_cut_belongs_to_the_level_below() -> None:
    np.testing.assert_array_equal(find_levels(np.array([[-1.0, -0.999, 1.0, 1.001, np.nan]])), [[1, 2, 2, 3, 0]])


def test_methods_order_people_alike_and_shrink_as_they_should() -> None:
    eap, mode, warm = (score(MATRIX, ITEMS, method=method) for method in ("eap", "map", "wle"))
    assert eap.estimate.std() < warm.estimate.std()
    assert np.corrcoef(np.column_stack([eap.estimate, mode.estimate, warm.estimate]).T).min() > 0.99
    for found in (eap, mode, warm):
        assert found.reliability[0] == pytest.approx(0.8, abs=0.1)


def test_a_wle_of_nobody_s_answers_has_no_level() -> None:
    cells = MATRIX.copy()
    cells[0] = np.nan
    found = score(cells, ITEMS, method="wle")
    assert (found.level[0, 0], found.answers[0, 0]) == (0, 0)
    assert np.isnan(found.estimate[0, 0])
    assert np.isfinite(found.reliability).all()


def test_one_person_has_no_reliability() -> None:
    assert np.isnan(score(MATRIX[:1], ITEMS).reliability[0])


def test_lists_count_answers_by_skill() -> None:
    items = make_test(skills=2)
    cells = np.full((3, SIZE), -1)
    cells[0, [0, 2, 3]], cells[1, 1] = 1, 0
    listed = make_responses(cells, items=items.ids)
    assert listed.matrix is None
    found = score(listed, items, correlation=np.array([[1.0, 0.5], [0.5, 1.0]]))
    assert found.answers.tolist() == [[2, 1], [0, 1], [0, 0]]
    np.testing.assert_allclose(found.estimate[2], 0.0, atol=1e-6)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"method": "ml"}, "no method 'ml'"),
        ({"sd": -1.0}, "no distribution"),
        ({"mean": np.zeros(7)}, "shape"),
        ({"correlation": np.eye(3)}, "for 1 skills"),
    ],
)
def test_what_cannot_be_meant_is_refused(options: dict[str, object], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        score(MATRIX, ITEMS, **options)  # type: ignore[arg-type]


def test_a_correlation_that_is_none_is_refused() -> None:
    with pytest.raises(BadInput, match="no distribution"):
        score(MATRIX, make_test(skills=2), correlation=np.array([[1.0, 1.2], [1.2, 1.0]]))
