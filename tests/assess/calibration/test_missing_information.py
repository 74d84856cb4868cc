import numpy as np
import pytest

from waymark.assess.calibration.expecting import expect, make_crowd
from waymark.assess.calibration.families import FAMILIES, Model, log_probabilities, slopes
from waymark.assess.calibration.missing_information import Evidence, Layout, lay_out, miss_by_item, multiply_scores
from waymark.assess.calibration.populations import make_nodes, spread_normal
from waymark.assess.calibration.starting import naturalise_items
from waymark.assess.items import Floats
from waymark.assess.responses import Responses, make_responses, make_sparse_responses

from .drawing import Answers, draw_answers, draw_items, draw_people

PEOPLE, ITEMS = 60, 4
MEAN, SD = np.array([0.0, 0.5]), np.array([1.0, 1.3])
THETA = make_nodes(61, mean=MEAN, sd=SD)
LOG_PRIOR = spread_normal(THETA, mean=MEAN, sd=SD)
GROUP = np.arange(PEOPLE) % 2


def make(name: str, *, listed: bool = False) -> tuple[Evidence, Layout, Answers]:
    items = draw_items(name, size=ITEMS, seed=8)
    answers = draw_answers(items, draw_people(PEOPLE, seed=8), seed=8, missing=0.2)
    model = Model(name=name, family=FAMILIES[name], categories=items.categories)
    x = naturalise_items(model, items, np.arange(ITEMS))
    away = (THETA - MEAN[:, None]) / SD[:, None]
    evidence = Evidence(
        crowd=make_crowd(list_answers(answers) if listed else make_responses(answers), categories=model.categories),
        table=log_probabilities(model, x, THETA),
        score=slopes(model, x, THETA),
        theta=THETA,
        log_prior=LOG_PRIOR[GROUP],
        group_score=np.stack([away / SD[:, None], away**2 - 1], axis=1),
    )
    free = np.ones(x.shape, dtype=bool)
    if name == "3pl":
        free[:, 3] = False
    return evidence, lay_out(model, free, moving=np.array([False, True])), answers


def list_answers(answers: Answers) -> Responses:
    person, item = np.nonzero(answers >= 0)
    names = tuple(f"item{number + 1}" for number in range(ITEMS))
    return make_sparse_responses(person, item, answers[person, item], items=names, people=len(answers))


def score_people(evidence: Evidence, layout: Layout, answers: Answers) -> tuple[Floats, Floats]:
    """Return posteriors (N, Q) and all scores (N, size, Q), person by person."""
    weight = np.empty((PEOPLE, len(THETA)))
    score = np.zeros((PEOPLE, layout.size, len(THETA)))
    for person, row in enumerate(answers):
        level = evidence.log_prior[person].copy()
        for item, given in enumerate(row):
            if given >= 0:
                level += evidence.table[item, given]
                for one in np.flatnonzero(layout.number[item] >= 0):
                    score[person, layout.number[item, one]] += evidence.score[item, one, given]
        weight[person] = np.exp(level) / np.exp(level).sum()
        if GROUP[person] == 1:
            score[person, layout.first_group :] = evidence.group_score[1]
    return weight, score


@pytest.mark.parametrize("listed", [False, True], ids=["matrix", "list"])
@pytest.mark.parametrize("name", FAMILIES)
def test_missing_information_is_the_sum_of_covariances_of_scores(name: str, listed: bool) -> None:  # noqa: FBT001  pytest gives it
    evidence, layout, answers = make(name, listed=listed)
    evidence = give_groups(evidence)
    weight, score = score_people(evidence, layout, answers)
    mean = np.einsum("nq,nkq->nk", weight, score)
    expected = np.einsum("nq,nkq,nlq->kl", weight, score, score) - mean.T @ mean
    found = multiply_scores(evidence, layout, expected=False)
    np.testing.assert_allclose(found, expected, atol=1e-6 * np.abs(expected).max())
    np.testing.assert_allclose(multiply_scores(evidence, layout, expected=True), mean.T @ mean, rtol=1e-5, atol=1e-6)


def give_groups(evidence: Evidence) -> Evidence:
    """Return the evidence with its people in two groups."""
    crowd = evidence.crowd
    return Evidence(
        crowd=type(crowd)(people=crowd.people, group=GROUP, blocks=crowd.blocks, starts=crowd.starts),
        table=evidence.table,
        score=evidence.score,
        theta=evidence.theta,
        log_prior=evidence.log_prior,
        group_score=evidence.group_score,
    )


@pytest.mark.parametrize("listed", [False, True], ids=["matrix", "list"])
@pytest.mark.parametrize("name", ["2pl", "grm"])
def test_the_information_of_an_item_alone_is_its_block(name: str, listed: bool) -> None:  # noqa: FBT001  pytest gives it
    evidence, layout, _ = make(name, listed=listed)
    whole = multiply_scores(give_groups(evidence), layout, expected=False)
    items = draw_items(name, size=ITEMS, seed=8)
    model = Model(name=name, family=FAMILIES[name], categories=items.categories)
    x = naturalise_items(model, items, np.arange(ITEMS))
    counts = expect(evidence.crowd, model, x, THETA, evidence.log_prior).counts
    blocks = miss_by_item(evidence, counts)
    for item in range(ITEMS):
        own = layout.number[item]
        np.testing.assert_allclose(blocks[item], whole[np.ix_(own, own)], rtol=1e-3, atol=1e-3)


def test_a_common_slope_has_one_place() -> None:
    _, layout, _ = make("1pl")
    assert set(layout.number[:, 0]) == {0}
    assert layout.size == 1 + ITEMS + 2
