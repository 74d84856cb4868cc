"""Findings of studies on a terminal: predictions, options, times, explanations, monitors."""

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.text import Text

from waymark.cli.tabulating import MOST, REACH, make_table, show_number, show_plain, show_spread, tell_rest
from waymark.cli.wording import make_plain


def show_predictions(told: Mapping[str, Any]) -> None:
    """Print how much was predicted, and by which models."""
    console = Console(highlight=False, soft_wrap=True)
    size = f"{told['predicted']:,} cells of {told['people']:,} people and {told['items']:,} items predicted."
    console.print(Text(f"{told['out']}: {size}"))
    for skill, own in told.get("mixture", {}).items():
        parts = ", ".join(f"{one['model']} {one['weight']:.2f} (loss {one['loss']:.4f})" for one in own["models"])
        console.print(Text(f"{make_plain(skill)}: weights {parts}; together {own['loss']:.4f} on answers held back"))


def show_options(told: Mapping[str, Any]) -> None:
    """Print the options of every item, those with something against them first."""
    console = Console(highlight=False)
    console.print(Text(f"{told['people']:,} people; ability by {told['ability_from']}"))
    table = make_table("item", "option", "n", "share", "ability", "with the rest", "against it")
    items = sorted(told["items"], key=lambda item: not any(option["flags"] for option in item["options"]))
    for item in items[:MOST]:
        for option in item["options"]:
            table.add_row(
                show_plain(item["item"]),
                show_plain(option["option"] + " (key)" * option["is_key"]),
                f"{option['n']:,}",
                f"{option['share']:.1%}",
                _bound(option["ability"], option["ability_high"]),
                _bound(option["rest_correlation"], option["rest_high"]),
                show_plain("; ".join(option["flags"])),
            )
    console.print(table)
    tell_rest(console, len(items))
    counts = "; ".join(f"{flag}: {n:,}" for flag, n in told["flags"].items())
    rate = f"at most {told['false_discovery_rate']:.0%} of flags are expected to be false"
    console.print(Text(f"{counts}; {rate}. {REACH}", style="dim"))


def _bound(value: float | None, high: float | None) -> str:
    shown = show_number(value)
    return f"{shown}\u00b1{high - value:.2f}" if shown and high is not None and value is not None else ""


def show_times(told: Mapping[str, Any]) -> None:
    """Print items by how long they take, and people to look at again."""
    console = Console(highlight=False)
    speed = told["speed_sd"]
    head = f"{told['times']:,} times of {told['people']:,} people; speed varies by"
    console.print(Text(f"{head} {show_spread(speed['value'], speed['se'])} (sd of log minutes)"))
    table = make_table("item", "intensity", "discrimination", "median minutes", "n")
    for row in told["items"][:MOST]:
        table.add_row(
            show_plain(row["item"]),
            show_spread(row["intensity"], row["se_intensity"]),
            show_spread(row["discrimination"], row["se_discrimination"]),
            show_number(row["median_minutes"]),
            f"{row['n']:,}",
        )
    console.print(table)
    tell_rest(console, len(told["items"]))
    own = told["speed_with_ability"]
    if own is not None:
        console.print(Text(f"Speed with ability: {own['value']:.2f} ({own['low']:.2f} to {own['high']:.2f})"))
    review = told["review"]
    again = sorted(
        (row for row in told["rows"] if row["verdict"] == "look again"), key=lambda row: row["p_rapid"] or 1.0
    )
    words = f"People, by {told['judged_by']}: {review['judged']:,} judged, {len(again):,} to look at again"
    console.print(Text(f"{words} (at most {review['expected']:.0f} if all were as the model says). {REACH}"))
    for row in again[:5]:
        console.print(Text(f"  {make_plain(row['person'])}: {row['reasons']}"))


def show_explanation(told: Mapping[str, Any]) -> None:
    """Print weights, shares explained and residuals of difficulty and slope, and the priors of new items."""
    console = Console(highlight=False)
    for name, words in (("difficulty", "Difficulty b"), ("log_slope", "Log slope")):
        if told[name] is not None:
            _show_one(console, told[name], words)
    lltm = told["lltm"]
    if lltm is not None:
        test = f"chi-square {lltm['statistic']:.1f} on {lltm['df']:,} df, p {lltm['p']:.2g}"
        words = "small p: items differ beyond their features, and its standard errors are too small"
        console.print(Text(f"LLTM without residuals against free difficulties: {test} ({words})"))
    if told["new_items"]:
        table = make_table("new item", "b", "log slope")
        for row in told["new_items"][:MOST]:
            cells = [show_spread(row[one]["value"], row[one]["se"]) if one in row else "" for one in ("b", "log_a")]
            table.add_row(show_plain(row["item"]), *cells)
        console.print(table)
        tell_rest(console, len(told["new_items"]))
    console.print(Text(REACH, style="dim"))


def _show_one(console: Console, found: Mapping[str, Any], words: str) -> None:
    table = make_table(f"{words}, {found['items']:,} items", "weight", "by one sd")
    for row in found["weights"]:
        weight, standard = show_spread(row["value"], row["se"]), show_spread(row["standard"], row["standard_se"])
        table.add_row(show_plain(row["feature"]), weight, standard)
    console.print(table)
    parts = (
        ("share explained", "marginal_r2"),
        ("in templates left out", "cross_validated_r2"),
        ("sd of templates", "template_sd"),
        ("of items", "residual_sd"),
    )
    shown = (f"{said} {_range(found[key])}" for said, key in parts)
    console.print(Text("; ".join(shown)))


def _range(estimate: Mapping[str, float]) -> str:
    value = show_number(estimate["value"])
    return f"{value} ({estimate['low']:.2f} to {estimate['high']:.2f})" if value else "not known"


def show_watch(told: Mapping[str, Any]) -> None:
    """Print the alarms with their rate, what was foretold against what came, and how stated intervals hold."""
    console = Console(highlight=False)
    rate = told["false_alarms"]
    console.print(Text(f"{told['answers']:,} answers of {told['people']:,} people"))
    for alarm in told["alarms"][:MOST]:
        console.print(Text(f"! {alarm['kind']}: {make_plain(alarm['message'])}", style="yellow"))
    tell_rest(console, len(told["alarms"]))
    words = (
        f"{len(told['alarms']):,} alarms of {rate['tests']:,} monitors; each alarms falsely with a chance of at most"
    )
    console.print(Text(f"{words} {rate['rate']:g}, however long and often one looks"))
    table = make_table("foretold against seen", "answers", "foretold", "seen", "z", "boldness")
    for row in (row for row in told["ledger"] if row["kind"] != "item"):
        table.add_row(
            show_plain(f"{row['kind']} {row['name']}".strip()),
            f"{row['answers']:,}",
            f"{row['foretold']:.3f}",
            f"{row['seen']:.3f}",
            f"{row['z']:+.2f}",
            f"{row['ratio']:.2f} ({row['low']:.2f} to {row['high']:.2f})",
        )
    console.print(table)
    for skill, own in told["coverage"].items():
        console.print(Text(f"{make_plain(skill)}: {own['message']}"))
