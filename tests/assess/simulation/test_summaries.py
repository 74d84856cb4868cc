import json
from typing import Any

import numpy as np
import pytest
from scipy.stats import binomtest

from waymark.assess.curves import information
from waymark.assess.items import make_items
from waymark.assess.simulation.simulating import Simulation, simulate
from waymark.assess.simulation.summaries import share_given, summarise
from waymark.assess.sitting.banks import make_bank
from waymark.assess.sitting.rules import Rules
from waymark.assess.sitting.sittings import ENDS
from waymark.framework.scale import level_of_theta

Z90, Z95 = 1.6448536269514722, 1.959963984540054


@pytest.fixture(scope="module")
def simulation() -> Simulation:
    rng = np.random.default_rng(3)  # noqa: TID251  tests make their own chance
    items = make_items(
        tuple(f"i{row}" for row in range(90)),
        a=rng.lognormal(0, 0.3, 90),
        b=rng.normal(size=90),
        skills=("s", "t", "u"),
        skill=np.arange(90) % 3,
        minutes=rng.lognormal(0, 0.4, 90),
    )
    bank = make_bank(items, correlation=0.3)
    return simulate(
        bank, Rules(target_sd=0.45, most_items=25, exposure_cap=0.7), rng=rng, people=400, skills=("s", "u")
    )


@pytest.fixture(scope="module")
def summary(simulation: Simulation) -> dict[str, Any]:
    return summarise(simulation)


def test_each_skill_has_its_row_and_what_was_not_asked_none(simulation: Simulation, summary: dict[str, Any]) -> None:
    assert list(summary["skills"]) == ["s", "u"]
    assert summary["people"] == 400
    assert summary["bank"] == {"version": simulation.bank.version, "items": 90}


@pytest.mark.parametrize(("name", "skill"), [("s", 0), ("u", 2)])
def test_the_numbers_of_a_skill_are_those_of_its_people(
    simulation: Simulation, summary: dict[str, Any], name: str, skill: int
) -> None:
    row, course = summary["skills"][name], simulation.course
    theta, mean, sd = simulation.takers.theta[:, skill], course.mean[:, skill], course.sd[:, skill]
    error = mean - theta
    assert row["n"] == 400
    assert row["items"] == pytest.approx(course.answers[:, skill].mean())
    assert row["bias"] == pytest.approx(error.mean())
    assert row["rmse"] == pytest.approx(np.sqrt((error**2).mean()))
    assert row["se"] == pytest.approx(np.sqrt((sd**2).mean()))
    assert row["coverage90"] == pytest.approx((np.abs(error) <= Z90 * sd).mean())
    levels = [level_of_theta(one) == level_of_theta(other) for one, other in zip(mean, theta, strict=True)]
    assert row["level_accuracy"] == pytest.approx(np.mean(levels))
    shares = share_given(simulation)
    assert row["max_exposure"] == pytest.approx(shares[simulation.bank.items.skill == skill].max())


def test_intervals_are_those_of_a_mean_over_people(simulation: Simulation, summary: dict[str, Any]) -> None:
    row = summary["skills"]["s"]
    error = simulation.course.mean[:, 0] - simulation.takers.theta[:, 0]
    half = Z95 * error.std(ddof=1) / 20
    assert row["intervals"]["bias"] == pytest.approx([error.mean() - half, error.mean() + half])
    squares = error**2
    half = Z95 * squares.std(ddof=1) / 20
    ends = [np.sqrt(squares.mean() - half), np.sqrt(squares.mean() + half)]
    assert row["intervals"]["rmse"] == pytest.approx(ends)
    most = row["max_exposure"]
    exact = binomtest(round(most * 400), 400).proportion_ci(0.95)
    assert row["intervals"]["max_exposure"] == pytest.approx([exact.low, exact.high])
    for name, (low, high) in row["intervals"].items():
        assert low <= row[name] <= high


def test_totals_take_all_asked_skills_of_a_person_together(simulation: Simulation, summary: dict[str, Any]) -> None:
    total, course = summary["totals"], simulation.course
    assert total["items"] == pytest.approx(course.answers.sum(axis=1).mean())
    assert total["minutes"] == pytest.approx(course.minutes.mean())
    assert total["minutes"] == pytest.approx(sum(row["minutes"] for row in summary["skills"].values()))
    both = (course.mean - simulation.takers.theta)[:, [0, 2]]
    assert total["rmse"] == pytest.approx(np.sqrt((both**2).mean()))
    assert sum(total["ends"].values()) == 400
    assert total["ends"] == {ENDS[end]: int((course.end == end).sum()) for end in np.unique(course.end)}


def test_the_information_of_a_skill_is_the_sum_over_its_items(simulation: Simulation, summary: dict[str, Any]) -> None:
    rows = summary["figures"]["information"]
    assert [row["skill"] for row in rows] == ["s", "u"]
    table = information(simulation.bank.items, np.array(rows[1]["theta"]))
    assert rows[1]["information"] == pytest.approx(table[2::3].sum(axis=0))


def test_conditional_figures_part_all_people_by_their_true_ability(
    simulation: Simulation, summary: dict[str, Any]
) -> None:
    rows = summary["figures"]["conditional"]
    assert sum(row["n"] for row in rows) == 800
    assert rows[0]["from"] is None
    assert rows[-1]["to"] is None
    theta = simulation.takers.theta[:, [0, 2]].ravel()
    error = simulation.course.mean[:, [0, 2]].ravel() - theta
    sd = simulation.course.sd[:, [0, 2]].ravel()
    row = next(row for row in rows if row["from"] == 0.0)
    own = (theta >= 0.0) & (theta < 0.5)
    assert row["n"] == own.sum()
    assert row["bias"] == pytest.approx(error[own].mean())
    assert row["rmse"] == pytest.approx(np.sqrt((error[own] ** 2).mean()))
    assert row["se"] == pytest.approx(np.sqrt((sd[own] ** 2).mean()))
    assert row["coverage90"] == pytest.approx((np.abs(error[own]) <= Z90 * sd[own]).mean())
    low, high = row["coverage90_interval"]
    assert low < row["coverage90"] < high


def test_exposure_lists_the_share_of_every_item_from_the_highest_down(
    simulation: Simulation, summary: dict[str, Any]
) -> None:
    found = summary["figures"]["exposure"]
    assert found["cap"] == 0.7
    assert found["n"] == 400
    assert found["shares"] == sorted(share_given(simulation).tolist(), reverse=True)
    assert found["never_given"] == found["shares"].count(0.0)
    assert sum(found["shares"]) == pytest.approx(summary["totals"]["items"])


def test_convergence_follows_the_sd_over_those_who_came_so_far(simulation: Simulation, summary: dict[str, Any]) -> None:
    rows, width = summary["figures"]["convergence"], simulation.course.width
    assert [row["answers"] for row in rows] == list(range(1, len(rows) + 1))
    assert rows[0]["n"] == 400
    fifth = width[~np.isnan(width[:, 4]), 4]
    assert rows[4]["sd"] == pytest.approx(fifth.mean(), rel=1e-5)
    assert rows[4]["n"] == len(fifth)
    assert (rows[4]["low"], rows[4]["high"]) == pytest.approx(tuple(np.quantile(fifth, [0.1, 0.9])), rel=1e-5)
    assert len(rows) == simulation.course.answers.sum(axis=1).max()


def test_a_summary_is_plain_values(summary: dict[str, Any]) -> None:
    assert json.loads(json.dumps(summary, allow_nan=False)) == summary


@pytest.mark.parametrize("target", [5.0, 0.5])
def test_sittings_without_any_answer_and_of_one_person_have_a_summary_too(target: float) -> None:
    rng = np.random.default_rng(3)  # noqa: TID251  tests make their own chance
    bank = make_bank(make_items(tuple("uvwxyz"), skills=("s", "t"), skill=np.arange(6) % 2))
    people = 20 if target > 1 else 1
    found = summarise(simulate(bank, Rules(target_sd=target), rng=rng, people=people))
    assert found["people"] == people
    if target > 1:
        assert list(found["skills"]) == []
        assert found["totals"]["items"] == 0.0
        assert found["totals"]["se"] == 1.0
        assert found["totals"]["ends"] == {"goal reached": 20}
    else:
        assert found["totals"]["items"] == 6.0
