import numpy as np
import pytest

from waymark.assess.calibration.expecting import choose_prior, expect, make_crowd, weigh
from waymark.assess.calibration.families import FAMILIES, Model, log_probabilities
from waymark.assess.calibration.populations import make_nodes, spread_normal
from waymark.assess.calibration.starting import naturalise_items
from waymark.assess.items import Floats
from waymark.assess.responses import make_responses, make_sparse_responses

from .drawing import Answers, draw_answers, draw_items, draw_people, make_rng

PEOPLE, ITEMS, NODES = 40, 5, 61
ONE = np.ones(1)
THETA = make_nodes(NODES, mean=0 * ONE, sd=ONE)
LOG_PRIOR = spread_normal(THETA, mean=0 * ONE, sd=ONE)


def make(name: str, *, missing: float = 0.2) -> tuple[Model, Floats, Answers]:
    items = draw_items(name, size=ITEMS, seed=4)
    answers = draw_answers(items, draw_people(PEOPLE, seed=4), seed=4, missing=missing)
    model = Model(name=name, family=FAMILIES[name], categories=items.categories)
    return model, naturalise_items(model, items, np.arange(ITEMS)), answers


def sum_plainly(model: Model, x: Floats, answers: Answers, log_prior: Floats) -> tuple[Floats, float]:
    """Return expected counts (J, M, Q) and the log-likelihood, person by person."""
    table = log_probabilities(model, x, THETA)
    counts, total = np.zeros_like(table), 0.0
    for person, row in enumerate(answers):
        level = log_prior[person].copy()
        for item, score in enumerate(row):
            level += table[item, score] if score >= 0 else 0.0
        mass = np.exp(level).sum()
        total += float(np.log(mass))
        for item, score in enumerate(row):
            if score >= 0:
                counts[item, score] += np.exp(level) / mass
    return counts, total


@pytest.mark.parametrize("name", FAMILIES)
def test_counts_and_likelihood_are_the_sums_over_people(name: str) -> None:
    model, x, answers = make(name)
    found = expect(make_crowd(make_responses(answers), categories=model.categories), model, x, THETA, LOG_PRIOR)
    counts, total = sum_plainly(model, x, answers, np.repeat(LOG_PRIOR, PEOPLE, axis=0))
    np.testing.assert_allclose(found.counts, counts, atol=1e-5)
    assert found.log_likelihood == pytest.approx(total, abs=1e-6)
    assert found.density.sum() == pytest.approx(PEOPLE)


def test_every_person_may_have_a_prior_of_his_own() -> None:
    model, x, answers = make("2pl")
    mean, sd = draw_people(PEOPLE, seed=5), 0.5 + make_rng(5).random(PEOPLE)
    own = spread_normal(THETA, mean=mean, sd=sd)
    found = expect(make_crowd(make_responses(answers), categories=model.categories), model, x, THETA, own)
    counts, total = sum_plainly(model, x, answers, own)
    np.testing.assert_allclose(found.counts, counts, atol=1e-5)
    assert found.log_likelihood == pytest.approx(total, abs=1e-6)


def test_groups_have_priors_and_densities_of_their_own() -> None:
    model, x, answers = make("2pl")
    group = np.arange(PEOPLE) % 2
    two = spread_normal(THETA, mean=np.array([0.0, 1.0]), sd=np.array([1.0, 0.7]))
    crowd = make_crowd(make_responses(answers), categories=model.categories, group=group)
    found = expect(crowd, model, x, THETA, two)
    counts, _ = sum_plainly(model, x, answers, two[group])
    np.testing.assert_allclose(found.counts, counts, atol=1e-5)
    np.testing.assert_allclose(found.density.sum(axis=1), PEOPLE / 2, atol=1e-6)


def test_lists_and_matrices_give_the_same() -> None:
    model, x, answers = make("2pl")
    person, item = np.nonzero(answers >= 0)
    names = tuple(f"item{number + 1}" for number in range(ITEMS))
    listed = make_sparse_responses(person, item, answers[person, item], items=names, people=PEOPLE)
    first = expect(make_crowd(make_responses(answers), categories=model.categories), model, x, THETA, LOG_PRIOR)
    second = expect(make_crowd(listed, categories=model.categories), model, x, THETA, LOG_PRIOR)
    assert first.counts.tobytes() == second.counts.tobytes()
    assert first.log_likelihood == second.log_likelihood


def test_blocks_of_people_change_nothing() -> None:
    model, x, answers = make("2pl")
    many = make_responses(np.tile(answers, (20, 1)))
    whole = make_crowd(many, categories=model.categories, nodes=1)
    parts = make_crowd(many, categories=model.categories, nodes=10_000)
    assert len(parts.blocks) > len(whole.blocks) == 1
    first, second = (expect(one, model, x, THETA, LOG_PRIOR) for one in (whole, parts))
    assert first.counts.tobytes() == second.counts.tobytes()
    assert first.log_likelihood == second.log_likelihood


def test_doubts_are_the_posterior_variances_of_those_who_answered() -> None:
    model, x, answers = make("2pl")
    crowd = make_crowd(make_responses(answers), categories=model.categories)
    weight, _ = weigh(crowd.blocks[0], log_probabilities(model, x, THETA), choose_prior(crowd, LOG_PRIOR, 0))
    variance = weight @ THETA**2 - (weight @ THETA) ** 2
    doubt = expect(crowd, model, x, THETA, LOG_PRIOR, doubts=True).doubt
    assert doubt is not None
    np.testing.assert_allclose(doubt[2, 1], variance[answers[:, 2] == 1].sum(), rtol=1e-5)


def test_people_without_an_answer_keep_their_prior() -> None:
    model, x, _ = make("2pl")
    empty = make_responses(np.vstack([np.full((1, ITEMS), -1), np.ones((9, ITEMS))]).astype(np.int8))
    crowd = make_crowd(empty, categories=model.categories)
    weight, level = weigh(crowd.blocks[0], log_probabilities(model, x, THETA), LOG_PRIOR[0])
    np.testing.assert_allclose(weight[0], np.exp(LOG_PRIOR[0]), atol=1e-12)
    assert level[0] == pytest.approx(0.0, abs=1e-9)
