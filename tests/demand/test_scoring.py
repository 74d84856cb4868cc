import numpy as np
import pytest

from waymark.demand.labels import Label
from waymark.demand.scoring import (
    calibration_error,
    f1,
    macro_f1,
    score_roles,
    score_skills,
    score_tasks,
    weighted_kappa,
)
from waymark.demand.stages import Schema

SCHEMA = Schema(roles=("a", "b", "none"), tasks=("s", "t"), skills=("k",), subtasks=(), subtask_task=())


def generator() -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(3))


def label(role: str, *, second: str | None = None, tasks: str = "", skill: int = 0) -> Label:
    return Label(
        id="x",
        role=role,
        second=second,
        fit="clear",
        tasks=frozenset(tasks),
        skills=(skill,),
        need=".",
        flags=frozenset(),
        subtasks=None,
        drawn="chosen",
    )


def test_f1_by_hand() -> None:
    truth, said = np.array([1, 1, 1, 0, 0], bool), np.array([1, 1, 0, 1, 0], bool)
    assert f1(truth, said) == pytest.approx(2 * 2 / (3 + 3))
    assert f1(truth, ~truth) == 0
    assert f1(np.zeros(3, bool), np.zeros(3, bool)) == 0


def test_macro_f1_means_over_the_classes_that_occur() -> None:
    truth, said = np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1])
    assert macro_f1(truth, said, 3) == pytest.approx((2 / 3 + 4 / 5) / 2)


def test_weighted_kappa_by_hand() -> None:
    # Three levels; pairs (0,0) (1,1) (2,2) (0,2): observed 4/4. Margins 2,1,1 and 1,1,2 over 4 rows:
    # by chance ((2*1*1) + (2*2*4) + (1*1*1) + (1*2*1) + (1*1*4) + (1*1*1)) / 4 = 26 / 4.
    truth, said = np.array([0, 1, 2, 0]), np.array([0, 1, 2, 2])
    assert weighted_kappa(truth, said, levels=3) == pytest.approx(1 - 4 / 6.5)
    assert weighted_kappa(truth, truth, levels=3) == 1
    assert weighted_kappa(np.array([0, 3]), np.array([3, 0])) == pytest.approx(-1)
    assert weighted_kappa(np.array([2, 2]), np.array([2, 2])) == 1


def test_calibration_error_by_hand() -> None:
    confidence = np.array([0.95, 0.95, 0.55, 0.55, 1.0])
    right = np.array([True, True, True, False, True])
    # Bin 0.9-1: mean 2.9/3 against 1, three of five rows; bin 0.5-0.6: 0.55 against 0.5, two of five.
    assert calibration_error(confidence, right) == pytest.approx(0.6 * (1 - 2.9 / 3) + 0.4 * 0.05)
    assert calibration_error(np.array([1.0]), np.array([False])) == 1


def test_roles_are_scored_inside_and_outside_the_scope() -> None:
    probabilities = np.array([[0.9, 0.1, 0.0], [0.4, 0.6, 0.0], [0.1, 0.2, 0.7], [0.2, 0.1, 0.7], [0.8, 0.1, 0.1]])
    labels = [label("a"), label("a", second="b"), label("b"), label("none"), label("none")]
    figures = score_roles(probabilities, labels, SCHEMA, rng=generator())
    assert figures["accuracy"].value == pytest.approx(1 / 3)
    assert figures["lenient"].value == pytest.approx(2 / 3)
    assert figures["top_two"].value == 1
    assert figures["lost_to_none"].value == pytest.approx(1 / 3)
    assert figures["foreign_as_none"].value == pytest.approx(1 / 2)
    assert (figures["accuracy"].n, figures["foreign_as_none"].n) == (3, 2)
    assert all(figure.low <= figure.value <= figure.high for figure in figures.values())


def test_tasks_and_skills_are_scored_inside_the_scope() -> None:
    labels = [
        label("a", tasks="s", skill=3),
        label("b", tasks="st", skill=1),
        label("none", tasks="t", skill=0),
    ]
    tasks = score_tasks(np.array([[0.9, 0.6], [0.5, 0.5], [0, 0]]), labels, SCHEMA, rng=generator())
    assert tasks["micro_f1"].value == pytest.approx(2 * 3 / (3 + 4))
    assert tasks["exact_set"].value == pytest.approx(1 / 2)
    skills = score_skills(np.array([[2.4], [1.4], [3.0]]), labels, rng=generator())
    assert skills["mae"].value == pytest.approx(1 / 2)
    assert skills["required_f1"].value == 1
    assert skills["mae"].n == 2


def test_an_interval_is_the_same_for_the_same_chance() -> None:
    labels = [label("a"), label("b"), label("a")]
    probabilities = np.array([[0.9, 0.1, 0], [0.3, 0.7, 0], [0.2, 0.8, 0]])
    one, other = (score_roles(probabilities, labels, SCHEMA, rng=generator()) for _ in range(2))
    assert one == other
