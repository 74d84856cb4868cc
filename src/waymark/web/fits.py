"""Fits: tests of items, model, pairs and people made ready to be shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final

from waymark.actions.trying import Z95

LEVEL: Final = 0.05  # of the false discovery rate at which an item is said to misfit
CLOSE: Final = 0.05  # RMSEA and SRMSR up to which fit is called close (Maydeu-Olivares & Joe 2014)
SHOWN_PAIRS: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class FitRow:
    """An item as its row tells it; `verdict` is empty where it fits."""

    item: str
    statistic: str
    p: str
    rmsea: str
    gap: str
    people: int
    verdict: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FitView:
    """What the tests of fit came to, in words: of the model, of items (worst first), of pairs, of people."""

    model: str
    rows: tuple[FitRow, ...]
    pairs: tuple[str, ...]
    more_pairs: int
    dependence: str
    people: str


def view_fit(found: Mapping[str, Any]) -> FitView:
    """Make the tests of fit of one skill ready to be shown."""
    pairs = () if found["dependence"] is None else found["dependence"]["flagged"]
    return FitView(
        model=_speak_model(found["model"]),
        rows=tuple(_view_item(row) for row in _sort_items(found["items"] or ())),
        pairs=tuple(_speak_pair(pair) for pair in pairs[:SHOWN_PAIRS]),
        more_pairs=max(len(pairs) - SHOWN_PAIRS, 0),
        dependence=_speak_dependence(found["dependence"]),
        people=_speak_people(found["people"]),
    )


def _sort_items(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return sorted(rows, key=lambda row: row["p"] if _is_there(row["p"]) else 2.0)


def _is_there(value: float | None) -> bool:
    return value is not None and isfinite(value)


def _view_item(row: Mapping[str, Any]) -> FitRow:
    tested = _is_there(row["p"])
    wrong = tested and row["p_adjusted"] < LEVEL
    return FitRow(
        item=row["item"],
        statistic=f"{row['chi_square']:.1f} on {row['df']} df" if tested else "not tested",
        p=speak_p(row["p_adjusted"]) if tested else "",
        rmsea=f"{row['rmsea']:.3f}" if tested else "",
        gap=_speak_gap(row) if tested and _is_there(row["residual"]) else "",
        people=row["n"],
        verdict="does not answer as the model says" if wrong else "",
    )


def _speak_gap(row: Mapping[str, Any]) -> str:
    shown = f"{row['residual']:+.2f}".replace("-", "\N{MINUS SIGN}")
    return f"{shown} \N{PLUS-MINUS SIGN} {Z95 * row['residual_error']:.2f}"


def speak_p(value: float) -> str:
    """Speak a probability to three decimals.

    >>> speak_p(0.0000012)
    'below 0.001'
    """
    return "below 0.001" if value < 0.001 else f"{value:.3f}"


def _speak_model(model: Mapping[str, Any] | None) -> str:
    if model is None or not _is_there(model["p"]):
        return "Not tested: M2 needs people who answered every item, whose answers are right or wrong."
    close = "close" if max(model["rmsea"], model["srmsr"]) <= CLOSE else "not close"
    test = f"M2 {model['m2']:,.1f} on {model['df']:,} df, p {speak_p(model['p'])}"
    size = f"RMSEA {model['rmsea']:.3f} (90% interval {model['rmsea_low']:.3f} to {model['rmsea_high']:.3f})"
    return (
        f"Fit is {close}: {size}, SRMSR {model['srmsr']:.3f}; {test}, by {model['n']:,} people who answered all items."
    )


def _speak_pair(pair: Mapping[str, Any]) -> str:
    span = f"{pair['q3']:.2f} ({pair['low']:.2f} to {pair['high']:.2f})".replace("-", "\N{MINUS SIGN}")
    return f"{pair['first'][:80]} with {pair['second'][:80]}: Q3 {span}"


def _speak_dependence(found: Mapping[str, Any] | None) -> str:
    if found is None or not _is_there(found["maximum"]):
        return "Not tested: too few people answered the same items."
    count, limit = len(found["flagged"]), f"{found['critical']:.2f} above the mean of all pairs"
    said = "No pair hangs" if count == 0 else "1 pair hangs" if count == 1 else f"{count:,} pairs hang"
    return f"{said} together beyond ability (Q3 more than {limit})."


def _speak_people(found: Mapping[str, Any]) -> str:
    judged, again = found["judged"], len(found["look_again"])
    if not judged:
        return f"Nobody was judged: that takes {found['fewest_answers']} answers of a person."
    verb = "gives" if again == 1 else "give"
    expected = f"{found['expected']:.0f} would if all were as the model says"
    return f"Of {judged:,} people judged by lz*, {again:,} {verb} answers that do not go together; {expected}."
