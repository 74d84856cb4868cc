"""Results of assess on a terminal: tables of estimates with intervals and numbers of cases."""

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from waymark.cli.wording import make_plain

MOST = 40
REACH = "\u00b1 is the half-width of a 95% interval."
_Z95 = 1.959963984540054


def show_calibration(told: Mapping[str, Any]) -> None:
    """Print fit, groups, items with 95% intervals, and remarks."""
    console = Console(highlight=False)
    console.print(
        f"{told['model']} ({told['estimator']}): {told['estimated']:,} of {told['items']:,} items from"
        f" {told['answers']:,} answers of {told['people']:,} people"
    )
    fit = told["fit"]
    console.print(
        f"log-likelihood {told['log_likelihood']:,.3f} with {told['parameters']:,} parameters, AIC {fit['aic']:,.1f},"
        f" BIC {fit['bic']:,.1f}; standard errors: {told['errors']}; {told['iterations']} steps"
    )
    if not told["converged"]:
        console.print(Text("! not converged", style="yellow"))
    if any((group["mean"], group["sd"]) != (0.0, 1.0) for group in told["groups"]):
        for group in told["groups"]:
            mean, sd = show_spread(group["mean"], group["se_mean"]), show_spread(group["sd"], group["se_sd"])
            console.print(Text(f"{make_plain(group['name'])}: mean {mean}, sd {sd}, n {group['people']:,}"))
    _show_correlation(console, told["correlation"])
    _show_items(console, told["rows"])


def _show_correlation(console: Console, correlation: Mapping[str, Mapping[str, float]]) -> None:
    names = list(correlation)
    if len(names) > 1:
        table = make_table("correlation", *names)
        for row in names:
            table.add_row(show_plain(row), *(f"{correlation[row][column]:.2f}" for column in names))
        console.print(table)


def _show_items(console: Console, rows: Sequence[Mapping[str, Any]]) -> None:
    stepped = any(row.get("steps") for row in rows)
    guessed = any(row["c"] for row in rows)
    table = make_table("item", "skill", "a", "b", *["steps"] * stepped, *["c"] * guessed)
    for row in rows[:MOST]:
        cells = [show_spread(row["a"], row["se_a"]), show_spread(row["b"], row["se_b"])]
        cells += [", ".join(f"{one:.2f}" for one in row.get("steps") or ())] * stepped
        cells += [f"{row['c']:.2f}"] * guessed
        table.add_row(show_plain(row["item"]), show_plain(row["skill"]), *cells)
    console.print(table)
    console.print(Text(REACH, style="dim"))
    tell_rest(console, len(rows))


def tell_rest(console: Console, size: int) -> None:
    """Say how many rows are not shown."""
    if size > MOST:
        console.print(Text(f"... and {size - MOST:,} more (--json, or the file written, has all)", style="dim"))


def show_scores(told: Mapping[str, Any]) -> None:
    """Print a row a skill: people, their mean, spread, error, reliability, levels and how sure these are."""
    console = Console(highlight=False)
    console.print(f"{told['method'].upper()} scores of {told['people']:,} people (logits; score = 150 + 50 x ability)")
    table = make_table("skill", "n", "answers", "mean", "sd", "error", "rel.", "levels 1 / 2 / 3", "level right")
    for skill, row in told["skills"].items():
        table.add_row(
            show_plain(skill),
            f"{row['n']:,}",
            f"{row['answers']:.1f}",
            *(show_number(row[key]) for key in ("mean", "sd", "se", "reliability")),
            " / ".join(f"{n:,}" for n in row["levels"].values()),
            _share(row["accuracy"]),
        )
    console.print(table)
    console.print(Text(REACH, style="dim"))


def show_dif(told: Mapping[str, Any]) -> None:
    """Print what differs first, then what there is not enough data for, then the rest."""
    console = Console(highlight=False)
    groups = ", ".join(f"{make_plain(name)} {n:,}" for name, n in told["groups"].items())
    head = f"People matched on {told['matching']}; groups {groups}; reference {make_plain(told['reference'])}"
    console.print(Text(head))
    table = make_table("item", "group", "class", "effect", "p adj.", "log odds", "n of both")
    order = {"C": 0, "B": 1, "": 2, "A": 3}
    rows = sorted(told["items"], key=lambda row: order[row["ets_class"]])
    for row in rows[:MOST]:
        logistic = row["logistic"]
        table.add_row(
            show_plain(row["item"]),
            show_plain(row["focal"]),
            row["ets_class"] or "-",
            _bounds(row["effect"], row["high"]) or row["verdict"],
            show_number(row["p_adjusted"], 4),
            "" if logistic is None else _bounds(logistic["log_odds"], logistic["log_odds_high"]),
            f"{row['n_reference']:,} {row['n_focal']:,}",
        )
    console.print(table)
    tell_rest(console, len(rows))
    counts = ", ".join(f"{name}: {n:,}" for name, n in told["classes"].items())
    console.print(Text(f"{counts}. Effects below zero are against the group named. {REACH}", style="dim"))


def show_fit(told: Mapping[str, Any]) -> None:
    """Print the fit of the model, the items that fit worst, dependent pairs, and people to look at again."""
    console = Console(highlight=False)
    for skill, found in told["skills"].items():
        console.print(Text(skill, style="bold"))
        if found["model"] is not None:
            _show_model(console, found["model"])
        if found["items"] is not None:
            _show_item_fit(console, found["items"])
        if found["dependence"] is not None:
            _show_pairs(console, found["dependence"])
        people = found["people"]
        again = people["look_again"]
        words = f"People: {people['judged']:,} judged, {len(again):,} to look at again"
        console.print(Text(f"{words} ({people['expected']:.0f} if all were as the model says)"))
        for one in again[:5]:
            line = f"  {make_plain(one['person'])}: lz* {one['lz_star']:.2f}, p {one['p']:.5f}"
            console.print(Text(f"{line}, {one['answers']} answers"))


def _show_model(console: Console, model: Mapping[str, Any]) -> None:
    size = f"RMSEA {model['rmsea']:.3f} (90% interval {model['rmsea_low']:.3f} to {model['rmsea_high']:.3f})"
    text = f"M2 {model['m2']:.2f} on {model['df']:,} df, p {model['p']:.4f}, {size}, SRMSR {model['srmsr']:.3f}"
    console.print(Text(f"{text}; n {model['n']:,}"))


def _show_item_fit(console: Console, items: Sequence[Mapping[str, Any]]) -> None:
    table = make_table("item", "S-X2", "df", "p", "p adj.", "RMSEA", "largest gap", "n")
    rows = sorted(items, key=lambda row: row["p"] if isfinite(row["p"]) else 2.0)
    for row in rows[:MOST]:
        gap = f"{row['residual']:+.3f}\u00b1{_Z95 * row['residual_error']:.3f}" if isfinite(row["residual"]) else ""
        table.add_row(
            show_plain(row["item"]),
            show_number(row["chi_square"]),
            str(row["df"]),
            show_number(row["p"], 4),
            show_number(row["p_adjusted"], 4),
            show_number(row["rmsea"], 3),
            gap,
            f"{row['n']:,}",
        )
    console.print(table)
    tell_rest(console, len(rows))


def _show_pairs(console: Console, found: Mapping[str, Any]) -> None:
    text = f"Q3 of pairs: mean {found['mean']:.3f}, largest {found['maximum']:.3f};"
    flagged = found["flagged"]
    console.print(Text(f"{text} {len(flagged):,} more than {found['critical']:.2f} above the mean"))
    for pair in flagged[:5]:
        names = f"{make_plain(pair['first'])} with {make_plain(pair['second'])}"
        console.print(Text(f"  {names}: {pair['q3']:.2f} ({pair['low']:.2f} to {pair['high']:.2f}), n {pair['n']:,}"))


def show_links(told: Mapping[str, Any]) -> None:
    """Print slope and shift of every skill, and the anchors that were dropped."""
    console = Console(highlight=False)
    table = make_table("skill", "slope", "shift", "anchors", "dropped")
    for skill, row in told["skills"].items():
        slope, shift = show_spread(row["slope"], row["slope_se"]), show_spread(row["shift"], row["shift_se"])
        table.add_row(
            show_plain(skill), slope, shift, f"{len(row['anchors']):,}", show_plain(", ".join(row["drifted"]))
        )
    console.print(table)
    console.print(Text(f"ability on the scale of TO = slope x ability + shift. {REACH}", style="dim"))


def show_simulation(told: Mapping[str, Any]) -> None:
    """Print a row a skill, and the whole."""
    console = Console(highlight=False)
    bank = told["bank"]
    head = f"{told['people']:,} made-up people, seed {told['seed']}; bank {bank['source']} of {bank['items']:,} items"
    console.print(Text(head))
    table = make_table("skill", "items", "min.", "error", "rmse", "bias", "90%", "level", "seen")
    for skill, row in [*told["skills"].items(), ("all", told["totals"])]:
        table.add_row(
            show_plain(skill),
            f"{row['items']:.1f}",
            f"{row['minutes']:.0f}",
            f"{row['se']:.3f}",
            _bounds(row["rmse"], row["intervals"]["rmse"][1], digits=3),
            f"{row['bias']:+.3f}",
            f"{row['coverage90']:.1%}",
            f"{row['level_accuracy']:.1%}",
            f"{row['max_exposure']:.1%}",
        )
    console.print(table)
    ends = ", ".join(f"{end} {n:,}" for end, n in told["totals"]["ends"].items())
    words = f"Sittings ended: {ends}. error: as stated, rmse: as it was, in logits (50 points of the scale each); 90%:"
    words += (
        " stated intervals that hold the truth; level: told right; seen: sittings that got the item which most got."
    )
    console.print(Text(f"{words} {REACH}", style="dim"))
    for sign in told["detection"]["signs"]:
        if sign["found"]:
            text = f"! {sign['words']} (z {sign['z']:.1f}, p {sign['p']:.2g}, {sign['n']:,} answers)"
            console.print(Text(text, style="yellow"))


def make_table(first: str, *others: str) -> Table:
    """Make a table whose first column may fold."""
    table = Table(box=None, padding=(0, 1, 0, 0), header_style="dim")
    table.add_column(first, overflow="fold")
    for name in others:
        table.add_column(name)
    return table


def show_plain(text: str) -> Text:
    """Return text as it can be shown."""
    return Text(make_plain(text))


def show_number(value: float | None, digits: int = 2) -> str:
    """Return a number, nothing where there is none."""
    return "" if value is None or not isfinite(value) else f"{value:.{digits}f}"


def show_spread(value: float | None, error: float | None) -> str:
    """Return an estimate with the half-width of its 95% interval."""
    if value is None or not isfinite(value):
        return "unknown"
    if not error or not isfinite(error):
        return f"{value:.2f}"
    return f"{value:.2f}\u00b1{_Z95 * error:.2f}"


def _bounds(value: float, high: float, *, digits: int = 2) -> str:
    return f"{value:.{digits}f}\u00b1{high - value:.{digits}f}" if isfinite(value) else ""


def _share(share: Mapping[str, float] | None) -> str:
    return "" if share is None else f"{share['value']:.1%}\u00b1{share['high'] - share['value']:.1%}"
