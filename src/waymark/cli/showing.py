"""A reading on a terminal: the verdict, what is asked, what is wrong, and the text with its evidence underlined."""

from collections.abc import Sequence

from rich.console import Console, Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from waymark.actions.demand import Read
from waymark.cli.wording import make_plain
from waymark.demand.readings import Evidence
from waymark.framework import Edition, name_level

_STYLES = {
    "skill": "underline",
    "subtask": "underline green",
    "tool": "underline cyan",
    "role": "underline magenta",
}
_CLOSE = 0.1  # difference of probabilities below which two roles are too close to call


def show_reading(item: Read, edition: Edition) -> None:
    """Print one reading for a person."""
    console = Console(highlight=False)
    reading = item.reading
    console.print(Group(Text(make_plain(reading.id), style="dim"), _verdict(item, edition)))
    asked = [f"{edition.tasks[task].name} {p:.0%}" for task, p in reading.tasks.items() if p >= 0.5]
    console.print(Text("Tasks asked: " + (", ".join(asked) or "none of the five")))
    console.print(_skills(item, edition))
    if reading.tools:
        console.print(Text("Tools: " + ", ".join(reading.tools)))
    for finding in reading.findings:
        console.print(Text(f"! {finding.message}", style="yellow"))
    console.print(Padding(underline(item.posting.text, reading.evidence), (1, 0, 2, 2)))


def _verdict(item: Read, edition: Edition) -> Text:
    reading = item.reading
    ranked = sorted(reading.probabilities.items(), key=lambda pair: -pair[1])[:3]
    names = [
        f"{edition.roles[role].name if role in edition.roles else 'outside AI teams'} {p:.0%}" for role, p in ranked
    ]
    head = names[0]
    if reading.variant is not None:
        head += f" ({edition.variants[reading.variant].name})"
    close = ranked[0][1] - ranked[1][1] < _CLOSE
    verdict = f"Too close to call: {head} or {names[1]}" if close else f"By its content: {head}"
    text = Text(verdict, style="bold")
    if reading.title:
        text.append(f"   titled {reading.title!r}", style="not bold dim")
    return text.append(f"\n  then {', '.join(names[2 if close else 1 :])}", style="not bold dim")


def _skills(item: Read, edition: Edition) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=True, header_style="dim")
    for column in ("skill", "level", "score (90% interval)", ""):
        table.add_column(column)
    for skill, asked in item.reading.skills.items():
        if asked.level:
            low, high = max(1, asked.mean - 1.645 * asked.sd), min(300, asked.mean + 1.645 * asked.sd)
            table.add_row(
                edition.skills[skill].name,
                f"{asked.level} {name_level(asked.level)}",
                f"{asked.mean:.0f} ({low:.0f} to {high:.0f})",
                "required" if asked.required else "preferred",
            )
    return table


def underline(text: str, evidence: Sequence[Evidence]) -> Text:
    """Return the text with every evidence span underlined, by kind."""
    shown = Text(make_plain(text))
    for one in evidence:
        shown.stylize(_STYLES.get(one.kind, "underline"), one.start, one.end)
    return shown
