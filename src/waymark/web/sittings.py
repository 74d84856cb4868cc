"""Sittings: a watched sitting made ready to be shown: figures, rows of its tables, and what came of it in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from waymark.actions.watching import GUESSED, RELIABILITY, Step, Watched
from waymark.framework import Edition, name_level
from waymark.framework.scale import POINTS_PER_LOGIT, level_of_theta, probabilities_of_levels, score_of_theta
from waymark.report.drawing import Figure
from waymark.report.sittings import Moment, draw_sitting_key, draw_skill
from waymark.web.drawing import INTERVAL_90
from waymark.web.wording import in_sentence, join_words, speak_count

ENDS: Final = {
    "goal reached": "every skill was known as precisely as asked",
    "no item worth its time": "no item left was worth its time",
    "items spent": "the answers that a sitting may have were spent",
    "minutes spent": "the time was up",
    "no item left": "the bank had no item left to ask",
}
"""Why a sitting ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A score with its 90% interval, on the scale of 1 to 300."""

    low: float
    mean: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came out for one skill: score, likeliest level with its probability, and whether the truth lies within."""

    skill: str
    name: str
    score: Interval
    level: int
    level_name: str
    probability: float
    truth: float
    true_level: str
    holds: bool
    answers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One answer as the table tells it."""

    number: int
    item: str
    skill: str
    difficulty: float
    said: str
    score: Interval
    chance: float
    gain: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SittingView:
    """Everything that the page of a watched sitting shows."""

    watched: Watched
    figures: tuple[Figure, ...]
    key: Figure
    outcomes: tuple[Outcome, ...]
    rows: tuple[Row, ...]
    summary: str
    remarks: tuple[str, ...]


def view_sitting(watched: Watched, *, edition: Edition) -> SittingView:
    """Make a watched sitting ready to be shown."""
    names = {skill: edition.skills[skill].name for skill in watched.profile.skills}
    outcomes = tuple(_view_outcome(watched, skill, name) for skill, name in names.items())
    return SittingView(
        watched=watched,
        figures=tuple(
            draw_skill(f"skill-{skill}", name, moments=trace_moments(watched, skill), truth=speak_truth(watched, skill))
            for skill, name in names.items()
        ),
        key=draw_sitting_key("key"),
        outcomes=outcomes,
        rows=tuple(
            _view_step(step, number, watched.profile.skills, names) for number, step in enumerate(watched.steps, 1)
        ),
        summary=tell_end(watched),
        remarks=tuple(tell_remarks(watched, outcomes)),
    )


def span_score(mean: float, sd: float) -> Interval:
    """Return an ability ~ N(mean, sd^2), in logits, as a score with its 90% interval."""
    return Interval(
        low=score_of_theta(mean - INTERVAL_90 * sd),
        mean=score_of_theta(mean),
        high=score_of_theta(mean + INTERVAL_90 * sd),
    )


def trace_moments(watched: Watched, skill: str) -> tuple[Moment, ...]:
    """Return what was known of a skill before the first answer and after each."""
    place = watched.profile.skills.index(skill)
    first = span_score(watched.prior.mean[place], watched.prior.sd[place])
    moments = [Moment(low=first.low, mean=first.mean, high=first.high)]
    for step in watched.steps:
        own = span_score(step.mean[place], step.sd[place])
        asked = step.skill == skill
        moments.append(
            Moment(
                low=own.low,
                mean=own.mean,
                high=own.high,
                difficulty=score_of_theta(step.difficulty) if asked else None,
                credit=step.credit,
            )
        )
    return tuple(moments)


def speak_truth(watched: Watched, skill: str) -> float:
    """Return the true score of a skill."""
    return score_of_theta(watched.truth[skill])


def _view_outcome(watched: Watched, skill: str, name: str) -> Outcome:
    mean, sd = watched.profile.theta(skill)
    chances = probabilities_of_levels(mean=mean, sd=sd)
    level = chances.index(max(chances))
    truth = watched.truth[skill]
    return Outcome(
        skill=skill,
        name=name,
        score=span_score(mean, sd),
        level=level,
        level_name=name_level(level),
        probability=chances[level],
        truth=score_of_theta(truth),
        true_level=name_level(level_of_theta(truth)),
        holds=abs(truth - mean) <= INTERVAL_90 * sd,
        answers=sum(step.skill == skill for step in watched.steps),
    )


def _view_step(step: Step, number: int, skills: Sequence[str], names: dict[str, str]) -> Row:
    place = skills.index(step.skill)
    return Row(
        number=number,
        item=step.item,
        skill=names[step.skill],
        difficulty=score_of_theta(step.difficulty),
        said="right" if step.credit >= 1 else "in part" if step.credit > 0 else "wrong",
        score=span_score(step.mean[place], step.sd[place]),
        chance=step.chance,
        gain=step.gain * POINTS_PER_LOGIT**2,
    )


def tell_end(watched: Watched) -> str:
    """Say how long the sitting was and why it ended."""
    answers, minutes = speak_count(len(watched.steps), "answer"), speak_count(round(watched.minutes), "minute")
    return f"It ended after {answers} and {minutes}: {ENDS.get(watched.end, watched.end)}."


def tell_remarks(watched: Watched, outcomes: Sequence[Outcome]) -> list[str]:
    """Say how far to trust what came out."""
    missed = [in_sentence(outcome.name) for outcome in outcomes if not outcome.holds]
    within = f"{len(outcomes) - len(missed)} of {len(outcomes)} intervals hold the true score"
    remarks = [f"{within}; it lies outside for {join_words(missed)}." if missed else f"{within}."]
    if watched.scene.guessing:
        remarks.append(
            f"This taker guesses blindly at about {GUESSED:.0%} of the items. The model knows nothing of it, so the "
            "scores come out too low and the intervals may miss the truth."
        )
    else:
        remarks.append("Over many takers who answer as the model says, nine intervals in ten hold it.")
    if watched.evidence:
        remarks.append(
            f"Before the first answer the engine was given a made-up signal about each skill with a reliability of "
            f"{RELIABILITY:g}. It is weighed by that reliability and never counts as an answer."
        )
    return remarks
