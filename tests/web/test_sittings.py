from dataclasses import replace

import pytest

from waymark.actions.watching import Scene, Watched, watch_sitting
from waymark.actions.workspace import Workspace
from waymark.framework import Edition
from waymark.web.sittings import span_score, tell_end, tell_remarks, trace_moments, view_sitting

SKILLS = ("machine_learning", "mathematics", "research")


@pytest.fixture(scope="module")
def watched(workspace: Workspace) -> Watched:
    return watch_sitting(workspace, Scene(skills=SKILLS, target_sd=0.6, seed=2))


def test_a_score_has_the_interval_of_nine_in_ten_within_the_scale() -> None:
    span = span_score(0.0, 0.5)
    assert span.mean == 150.0
    assert span.high - span.mean == pytest.approx(41.1, abs=0.1)
    assert span_score(2.9, 1.0).high == 300
    assert span_score(-9.0, 1.0).low == 1


def test_moments_follow_the_steps_and_mark_only_items_of_the_skill(watched: Watched) -> None:
    for skill in SKILLS:
        moments = trace_moments(watched, skill)
        assert len(moments) == len(watched.steps) + 1
        asked = [moment.difficulty is not None for moment in moments[1:]]
        assert asked == [step.skill == skill for step in watched.steps]


def test_every_skill_has_an_outcome_a_figure_and_its_share_of_the_items(watched: Watched, edition: Edition) -> None:
    view = view_sitting(watched, edition=edition)
    assert [outcome.skill for outcome in view.outcomes] == list(SKILLS)
    assert len(view.figures) == 3
    assert sum(outcome.answers for outcome in view.outcomes) == len(view.rows) == len(watched.steps)
    for outcome in view.outcomes:
        assert 1 / 3 <= outcome.probability <= 1
        assert outcome.holds == (outcome.score.low <= outcome.truth <= outcome.score.high)


def test_a_truth_outside_its_interval_is_named(watched: Watched, edition: Edition) -> None:
    far = replace(watched, truth={**watched.truth, "research": 9.0})
    remarks = tell_remarks(far, view_sitting(far, edition=edition).outcomes)
    assert "it lies outside for" in remarks[0]
    assert "research" in remarks[0]


@pytest.mark.parametrize(
    ("end", "words"),
    [("goal reached", "as precisely as asked"), ("no item left", "no item left to ask"), ("new end", "new end")],
)
def test_the_end_is_told_in_words(watched: Watched, end: str, words: str) -> None:
    assert words in tell_end(replace(watched, end=end))
    assert tell_end(replace(watched, steps=watched.steps[:1], minutes=1.2)).startswith(
        "It ended after 1 answer and 1 minute:"
    )
