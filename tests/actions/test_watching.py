from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from waymark.actions.watching import (
    LEVELS,
    MOST_SEED,
    Crowd,
    Scene,
    draw_truths,
    save_figures,
    watch_crowd,
    watch_sitting,
)
from waymark.actions.workspace import Workspace
from waymark.errors import BadInput, UnknownTerm

SKILLS = ("machine_learning", "mathematics", "research")
SCENE = Scene(skills=SKILLS, target_sd=0.6, seed=5)
CROWD = Crowd(skills=SKILLS[:2], people=60, target_sd=0.6, most_items=20)


def test_the_same_scene_gives_the_same_sitting_and_another_seed_another(workspace: Workspace) -> None:
    first = watch_sitting(workspace, SCENE)
    assert watch_sitting(workspace, SCENE) == first
    assert watch_sitting(workspace, replace(SCENE, seed=6)).steps != first.steps


def test_skills_are_told_in_one_order_however_they_are_asked(workspace: Workspace) -> None:
    turned = watch_sitting(workspace, replace(SCENE, skills=SKILLS[::-1]))
    assert replace(turned, scene=SCENE) == watch_sitting(workspace, SCENE)
    assert tuple(turned.truth) == turned.profile.skills == SKILLS


def test_a_sitting_narrows_until_every_skill_is_known_as_asked(workspace: Workspace) -> None:
    watched = watch_sitting(workspace, SCENE)
    assert watched.end == "goal reached"
    assert max(watched.profile.sd) <= SCENE.target_sd < min(watched.prior.sd)
    assert watched.steps[-1].sd == watched.profile.sd
    assert watched.steps[-1].mean == watched.profile.mean
    assert len({step.item for step in watched.steps}) == len(watched.steps)
    assert {step.skill for step in watched.steps} <= set(SKILLS)
    assert all(0 < step.chance < 1 and step.gain > 0 and 0 <= step.credit <= 1 for step in watched.steps)


@pytest.mark.parametrize("level", [level for level, span in LEVELS.items() if span])
def test_a_taker_of_a_level_is_of_that_level_in_every_skill(workspace: Workspace, level: str) -> None:
    low, high = LEVELS[level] or (0.0, 0.0)
    for seed in range(3):
        watched = watch_sitting(workspace, replace(SCENE, level=level, seed=seed, target_sd=0.9))
        assert all(low < truth < high for truth in watched.truth.values())


def test_truths_go_together_as_the_skills_do(workspace: Workspace) -> None:
    correlation = np.array([[1.0, 0.8], [0.8, 1.0]])
    rng = workspace.generator(1)
    drawn = np.array([draw_truths("random", correlation, rng=rng) for _ in range(2_000)])
    assert np.corrcoef(drawn.T)[0, 1] == pytest.approx(0.8, abs=0.05)


def test_a_warm_start_begins_narrower_and_from_the_evidence_alone(workspace: Workspace) -> None:
    cold, warm = (watch_sitting(workspace, replace(SCENE, warm_start=warm)) for warm in (False, True))
    assert cold.evidence == {}
    assert set(warm.evidence) == set(SKILLS)
    assert max(warm.prior.sd) < min(cold.prior.sd)
    assert cold.prior.mean == (0.0, 0.0, 0.0)


def test_guesses_make_scores_too_low_for_the_able(workspace: Workspace) -> None:
    able = replace(SCENE, level="accomplished")
    gaps = [
        sum(watch_sitting(workspace, replace(able, seed=seed, guessing=guessing)).profile.mean[0] for seed in range(12))
        for guessing in (False, True)
    ]
    assert gaps[1] < gaps[0] - 2.0


@pytest.mark.parametrize(
    "changes",
    [
        {"skills": SKILLS[:2]},
        {"skills": ("research", "research", "mathematics")},
        {"level": "expert"},
        {"target_sd": 0.01},
        {"target_sd": float("nan")},
        {"seed": -1},
        {"seed": MOST_SEED + 1},
    ],
)
def test_what_is_no_scene_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        replace(SCENE, **changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"skills": ()},
        {"people": 1},
        {"people": 1_001},
        {"most_items": 0},
        {"most_items": 121},
        {"most_items": 61, "people": 1_000},
        {"cap": 0.0},
        {"cap": 1.5},
        {"rate": 0.0},
        {"misfit": "bored"},
        {"target_sd": 2.0},
    ],
)
def test_what_is_no_crowd_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        replace(CROWD, **changes)


def test_an_unknown_skill_is_named(workspace: Workspace) -> None:
    with pytest.raises(UnknownTerm, match="juggling"):
        watch_sitting(workspace, replace(SCENE, skills=(*SKILLS, "juggling")))


def test_a_crowd_is_the_same_people_with_and_without_misfit(workspace: Workspace) -> None:
    found = watch_crowd(workspace, CROWD)
    assert found["misfitting"] is None
    both = watch_crowd(workspace, replace(CROWD, misfit="guessing", rate=0.5))
    assert both["fitting"] == found["fitting"]
    bands = [
        [(row["n"], row["theta"]) for row in both[part]["figures"]["conditional"]] for part in ("fitting", "misfitting")
    ]
    assert bands[0] == bands[1]
    assert both["misfitting"]["totals"]["bias"] < both["fitting"]["totals"]["bias"] - 0.2


def test_a_crowd_is_told_of_its_own_skills_and_items_alone(workspace: Workspace) -> None:
    summary = watch_crowd(workspace, CROWD)["fitting"]
    assert set(summary["skills"]) == set(CROWD.skills)
    assert len(summary["figures"]["exposure"]["shares"]) == summary["bank"]["items"]
    assert summary["people"] == CROWD.people


def test_the_figures_of_a_simulation_are_saved_as_files(workspace: Workspace, tmp_path: Path) -> None:
    summary = watch_crowd(workspace, CROWD)["fitting"]
    paths = save_figures(workspace, summary, tmp_path / "new")
    assert [path.name for path in paths] == ["information.svg", "conditional.svg", "exposure.svg", "convergence.svg"]
    texts = [path.read_text(encoding="utf-8") for path in paths]
    assert "Machine learning" in texts[0]
    save_figures(workspace, summary, tmp_path)
    assert [(tmp_path / path.name).read_text(encoding="utf-8") for path in paths] == texts
