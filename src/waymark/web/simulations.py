"""Simulations: a simulated population made ready to be shown, and its figures read in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from waymark.actions.watching import Crowd
from waymark.framework import Edition
from waymark.framework.scale import POINTS_PER_LOGIT
from waymark.report.drawing import Figure
from waymark.report.simulations import draw_simulation
from waymark.web.sittings import ENDS
from waymark.web.wording import speak_count, speak_points

STATED: Final = 0.9
NEAR: Final = 0.02  # the true difficulties, drawn once a run, move the coverage of all its people by about so much
MISFITS: Final[Mapping[str, str]] = {
    "none": "answer as the model says",
    "guessing": "guess blindly at times",
    "careless": "slip where they know better",
    "speeded": "guess when time runs out",
    "preknowledge": "know some items beforehand",
}
"""What each kind of taker does."""

MEASURES: Final[tuple[tuple[str, str, str], ...]] = (
    ("items", "Items", "count"),
    ("minutes", "Minutes", "count"),
    ("se", "Stated error", "points"),
    ("rmse", "Real error", "points"),
    ("bias", "Bias", "signed"),
    ("coverage90", "Truth in the 90% interval", "share"),
    ("level_accuracy", "Level right", "share"),
    ("max_exposure", "Most shown item", "share"),
)
"""The measures of a row by key, as the head of its column, with the unit that it is spoken in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A measure as it is spoken, with its 95% interval."""

    value: str
    interval: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One measure of people who answer as the model says, and of the same people who do not."""

    measure: str
    fitting: Cell
    misfitting: Cell


@dataclass(frozen=True, slots=True, kw_only=True)
class CrowdView:
    """Everything that the page of a simulated population shows; `detection` says whether the misfit was noticed."""

    crowd: Crowd
    summary: Mapping[str, Any]
    figures: Mapping[str, Figure]
    rows: tuple[tuple[str, str, tuple[Cell, ...]], ...]
    totals: tuple[Cell, ...]
    readings: tuple[str, ...]
    comparisons: tuple[Comparison, ...]
    breaks: tuple[str, ...]
    detection: tuple[str, ...] = ()


def view_crowd(crowd: Crowd, found: Mapping[str, Any], *, edition: Edition) -> CrowdView:
    """Make the summaries of a population ready to be shown; the figures are those of the people asked for."""
    names = {skill.id: skill.name for skill in edition.skills.values()}
    fitting, misfitting = found["fitting"], found["misfitting"]
    shown = misfitting or fitting
    return CrowdView(
        crowd=crowd,
        summary=shown,
        figures={figure.name: figure for figure in draw_simulation(shown, names)},
        rows=tuple((skill, names[skill], speak_row(row)) for skill, row in shown["skills"].items()),
        totals=speak_row(shown["totals"]),
        readings=tuple(read_totals(shown, crowd)),
        comparisons=tuple(_compare(fitting["totals"], misfitting["totals"])) if misfitting else (),
        breaks=tuple(tell_breaks(fitting["totals"], misfitting["totals"])) if misfitting else (),
        detection=tell_detection(shown["detection"]),
    )


def tell_detection(told: Mapping[str, Any]) -> tuple[str, ...]:
    """Tell whether the answers themselves gave the takers away, each sign with its z and n."""
    if told["found"] is None:
        return ("There are too few answers to tell from them whether people answer as the model says.",)
    found = [f"Noticed (z = {one['z']:.1f}, n = {one['n']:,}): {one['words']}" for one in told["signs"] if one["found"]]
    return tuple(found) or ("The answers alone give no sign of it (false alarms: 1 in 100).",)


def speak_row(row: Mapping[str, Any]) -> tuple[Cell, ...]:
    """Speak every measure of a row."""
    return tuple(speak_measure(row, key) for key, _, _ in MEASURES)


def speak_measure(row: Mapping[str, Any], key: str) -> Cell:
    """Speak one measure with its 95% interval."""
    unit = next(own for name, _, own in MEASURES if name == key)
    low, high = row["intervals"][key]
    return Cell(value=speak_figure(row[key], unit), interval=f"{speak_figure(low, unit)} to {speak_figure(high, unit)}")


def speak_figure(value: float, unit: str) -> str:
    """Speak a figure in its unit: a count, points of score (given in logits), or a share.

    >>> speak_figure(0.5, "points"), speak_figure(0.898, "share"), speak_figure(27.31, "count")
    ('25.0', '89.8%', '27.3')
    """
    if unit == "share":
        return f"{value:.1%}"
    if unit == "count":
        return f"{value:.1f}"
    return speak_points(value, signed=unit == "signed")


def say(row: Mapping[str, Any], key: str) -> str:
    """Say a measure with its interval in brackets."""
    cell = speak_measure(row, key)
    return f"{cell.value} [{cell.interval}]"


def read_totals(summary: Mapping[str, Any], crowd: Crowd) -> list[str]:
    """Read the totals in plain sentences."""
    totals = summary["totals"]
    return [
        (
            f"A sitting takes {say(totals, 'items')} items and {say(totals, 'minutes')} minutes on average. "
            f"{tell_ends(totals['ends'], summary['people'])}"
        ),
        tell_coverage(totals),
        (
            f"The mean error is {say(totals, 'bias')} points on the scale of 300, the typical one "
            f"{say(totals, 'rmse')} where {say(totals, 'se')} was stated."
        ),
        f"The level is right for {say(totals, 'level_accuracy')} of skills.",
        tell_exposure(summary, crowd.cap),
    ]


def tell_coverage(totals: Mapping[str, Any]) -> str:
    """Say whether the stated errors hold."""
    low, high = totals["intervals"]["coverage90"]
    off = totals["coverage90"] - STATED
    if low <= STATED <= high:
        verdict = "Stated errors hold"
    elif abs(off) <= NEAR:
        verdict = f"Stated errors hold to within {NEAR:.0%}"
    else:
        verdict = "Stated errors are too small" if off < 0 else "Stated errors are on the safe side"
    return f"{verdict}: 90% intervals contain the truth in {say(totals, 'coverage90')} of cases."


def tell_ends(ends: Mapping[str, int], people: int) -> str:
    """Say how the sittings ended, most frequent first."""
    parts = [
        f"{count:,} of {people:,} ended because {ENDS.get(end, end)}"
        for end, count in sorted(ends.items(), key=lambda pair: -pair[1])
    ]
    return "; ".join(parts) + "."


def tell_exposure(summary: Mapping[str, Any], cap: float | None) -> str:
    """Say how evenly the items were shown, and whether the cap held."""
    exposure, interval = summary["figures"]["exposure"], summary["totals"]["intervals"]["max_exposure"]
    top, items = exposure["shares"][0], len(exposure["shares"])
    never = exposure["never_given"]
    spare = f"{never:,} of {speak_count(items, 'item')} were never shown" if never else "every item was shown to some"
    if cap is None:
        return f"Without a cap the most shown item came up in {top:.1%} of sittings; {spare}."
    beyond = "by chance" if interval[0] <= cap else "by more than chance"
    held = f"within the cap of {cap:.0%}" if top <= cap else f"above the cap of {cap:.0%} {beyond}"
    return f"The most shown item came up in {top:.1%} of sittings, {held}; {spare}."


def _compare(fitting: Mapping[str, Any], misfitting: Mapping[str, Any]) -> list[Comparison]:
    return [
        Comparison(measure=head, fitting=speak_measure(fitting, key), misfitting=speak_measure(misfitting, key))
        for key, head, _ in MEASURES
    ]


def tell_breaks(fitting: Mapping[str, Any], misfitting: Mapping[str, Any]) -> list[str]:
    """Say what changes when the same people depart from the model."""
    moved = POINTS_PER_LOGIT * (misfitting["bias"] - fitting["bias"])
    way = "up" if moved > 0 else "down"
    sentences = [f"Scores move {way} by {abs(moved):.0f} points on average."]
    before, after = (say(row, "coverage90") for row in (fitting, misfitting))
    if apart(fitting, misfitting, "coverage90"):
        sentences.append(f"The 90% intervals contain the truth in {after} of cases instead of {before}.")
    else:
        sentences.append(f"The 90% intervals hold as well as before: {after} after {before}.")
    sentences.append(
        f"The level is right for {say(misfitting, 'level_accuracy')} of skills instead of "
        f"{say(fitting, 'level_accuracy')}."
    )
    return sentences


def apart(one: Mapping[str, Any], other: Mapping[str, Any], key: str) -> bool:
    """Say whether the 95% intervals of a measure do not meet."""
    (low, high), (lowest, highest) = one["intervals"][key], other["intervals"][key]
    return bool(high < lowest or highest < low)


def list_convergence(summary: Mapping[str, Any], *, most: int = 12) -> Sequence[Mapping[str, Any]]:
    """Return rows of the figure of convergence for its table: evenly spread, the first and the last among them."""
    rows: Sequence[Mapping[str, Any]] = summary["figures"]["convergence"]
    step = max(len(rows) // most, 1)
    return [row for number, row in enumerate(rows) if number % step == 0 or number == len(rows) - 1]
