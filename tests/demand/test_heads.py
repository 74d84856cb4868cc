import numpy as np
import pytest
from scipy.sparse import csr_matrix

from waymark.demand.heads import (
    Head,
    balance,
    fit_flags,
    fit_levels,
    fit_roles,
    fit_subtasks,
    fit_temperature,
    folds,
    logit,
)


def generator() -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(7))


def test_a_head_is_a_linear_map() -> None:
    head = Head(weights=np.array([[1.0, 2.0], [0.0, -1.0]]), bias=np.array([0.5, 0.0]))
    rows = np.array([[2.0, 1.0]])
    assert head.score(rows).tolist() == [[2.5, 3.0]]
    assert head.score(csr_matrix(rows)).tolist() == [[2.5, 3.0]]


def test_rare_roles_weigh_more() -> None:
    role = np.array([0, 0, 0, 1])
    assert balance(role, 2) == pytest.approx([np.sqrt(2 / 3)] * 3 + [np.sqrt(2)])
    assert balance(role, 2, power=0).tolist() == [1, 1, 1, 1]


def test_roles_are_learnt_and_absent_ones_stay_unlikely() -> None:
    x = np.repeat(np.eye(3), 20, axis=0)
    soft = np.repeat(np.eye(4)[[0, 2, 3]], 20, axis=0)
    head = fit_roles(x, soft, np.ones(60), strength=10.0)
    assert head.score(np.eye(3)).argmax(axis=1).tolist() == [0, 2, 3]
    assert (head.bias[1] < head.bias[[0, 2, 3]] - 5).all()


def test_a_shared_label_pulls_both_ways() -> None:
    x = np.repeat(np.eye(3), 20, axis=0)
    soft = np.array([[0.6, 0.4, 0]] * 20 + [[0, 1.0, 0]] * 20 + [[0, 0, 1.0]] * 20)
    scores = fit_roles(x, soft, np.ones(60), strength=1e4).score(np.eye(3))
    share = 1 / (1 + np.exp(scores[0, 1] - scores[0, 0]))
    assert share == pytest.approx(0.6, abs=0.02)


def test_flags_are_learnt_and_a_column_of_one_kind_gets_its_base_rate() -> None:
    x = np.repeat(np.eye(2), 10, axis=0)
    flags = np.zeros((20, 3))
    flags[:10, 0] = flags[:, 1] = 1
    head = fit_flags(x, flags, strength=10.0)
    scores = head.score(np.eye(2))
    assert scores[0, 0] > 0 > scores[1, 0]
    assert head.bias[1:].tolist() == pytest.approx([np.log(20.5 / 0.5), np.log(0.5 / 20.5)])


def test_levels_are_learnt() -> None:
    x = csr_matrix(np.repeat(np.eye(2), 20, axis=0))
    levels = np.array([[3.0, 0.0]] * 20 + [[0.0, 2.0]] * 20)
    assert fit_levels(x, levels, ridge=1e-3).score(np.eye(2)) == pytest.approx(np.array([[3, 0], [0, 2]]), abs=0.01)


def test_rare_subtasks_share_what_their_mentions_say() -> None:
    rng = generator()
    marks = (rng.random((200, 2)) < [0.5, 0.05]).astype(float)
    mentions = marks * 2
    head, own = fit_subtasks(csr_matrix((200, 1)), mentions, np.zeros((200, 2)), marks, strength=3.0)
    assert head.weights[:, 1].tolist() == [0]
    assert (own[:, 0] > 0).all()


def test_folds_part_the_rows_and_keep_the_shares_of_roles() -> None:
    role = np.array([0] * 50 + [1] * 10)
    parts = list(folds(role, count=5, rng=generator()))
    assert sorted(np.concatenate([held for _, held in parts]).tolist()) == list(range(60))
    for fit_on, held in parts:
        assert not set(fit_on) & set(held)
        assert np.bincount(role[held]).tolist() == [10, 2]


def test_folds_are_the_same_for_the_same_chance() -> None:
    role = np.arange(20) % 3
    one, other = (list(folds(role, count=4, rng=generator())) for _ in range(2))
    assert all(np.array_equal(a[1], b[1]) for a, b in zip(one, other, strict=True))


def test_the_logit_is_finite_at_the_ends() -> None:
    assert logit(np.array([0.5, 0.75])).tolist() == pytest.approx([0, np.log(3)])
    assert np.isfinite(logit(np.array([0.0, 1.0]))).all()


def test_the_temperature_cools_the_overconfident() -> None:
    scores = np.tile([4.0, 0.0], (100, 1))
    role = np.array([0] * 75 + [1] * 25)
    best = 4 / np.log(3)  # the temperature at which the likelier of the two has probability 0.75
    assert fit_temperature(scores, role, candidates=[0.5, 1.0, best, 8.0]) == best
