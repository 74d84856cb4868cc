"""`waymark assess simulate`: made-up people sent through a bank under its rules."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from waymark.cli.opening import open_from_settings
from waymark.cli.tracking import track, warn_of_compiling
from waymark.cli.wording import print_json, say_all
from waymark.errors import Invalid

if TYPE_CHECKING:
    from waymark.actions.assess.trials import Trial

_MISFIT = "How people depart from the model: none, guessing, careless, speeded or preknowledge."

People: TypeAlias = Annotated[int, typer.Option(help="Made-up people to send through.", min=1)]
Seed: TypeAlias = Annotated[int, typer.Option(help="Seed of all chance: the same seed gives the same bytes.", min=0)]
Skills: TypeAlias = Annotated[str, typer.Option(help="Skills to measure, by comma; default: all of the bank.")]
Bank: TypeAlias = Annotated[Path | None, typer.Option(help="A table of items; default: the shipped bank.")]
RulesFile: TypeAlias = Annotated[Path | None, typer.Option(help="A TOML file of rules laid over the shipped ones.")]
Correlation: TypeAlias = Annotated[
    float | None, typer.Option(help="Correlation of every two skills; default: the bank's.", min=-0.99, max=0.99)
]
Target: TypeAlias = Annotated[float | None, typer.Option(help="Standard deviation to reach in every skill.")]
MostItems: TypeAlias = Annotated[int | None, typer.Option(help="Most answers a skill gets.", min=1)]
MisfitKind: TypeAlias = Annotated[str, typer.Option(help=_MISFIT)]
Rate: TypeAlias = Annotated[float, typer.Option(help="Share of answers that misfit concerns.", min=0, max=1)]
Evidence: TypeAlias = Annotated[float, typer.Option(help="Reliability of a signal about every skill before the test.")]
Cap: TypeAlias = Annotated[float | None, typer.Option(help="Most of the sittings that an item may go to.")]
Control: TypeAlias = Annotated[int, typer.Option(help="People to fit exposure rates with first; 0: none.", min=0)]
Explore: TypeAlias = Annotated[str | None, typer.Option(help="Ask what teaches about items: none, thompson or pilot.")]
Learn: TypeAlias = Annotated[bool, typer.Option("--learn", help="Let every sitting teach the bank about its items.")]
Figures: TypeAlias = Annotated[Path | None, typer.Option(help="Folder to write the four figures and their data into.")]
Json: TypeAlias = Annotated[bool, typer.Option("--json", help="Print one JSON value.")]


def simulate(  # noqa: PLR0913  one argument an option, read by name below
    *,
    people: People = 1_000,
    seed: Seed = 1,
    skills: Skills = "",
    bank: Bank = None,
    rules: RulesFile = None,
    correlation: Correlation = None,
    target_se: Target = None,
    most_items: MostItems = None,
    misfit: MisfitKind = "none",
    rate: Rate = 0.2,
    evidence: Evidence = 0.0,
    exposure_cap: Cap = None,
    control: Control = 0,
    explore: Explore = None,
    learn: Learn = False,
    figures: Figures = None,
    as_json: Json = False,
) -> None:
    """Simulate sittings: items, minutes, errors stated and real, levels told right, exposure, by skill."""
    given = dict(locals())  # the options by their names, as `_make_trial` reads them
    _run(_make_trial(given), figures=figures, as_json=as_json)


def _make_trial(given: Mapping[str, Any]) -> "Trial":
    from waymark.actions.assess.trials import Trial  # noqa: PLC0415
    from waymark.assess.sitting.taking import Misfit  # noqa: PLC0415
    from waymark.engines.frames import open_table  # noqa: PLC0415

    return Trial(
        people=given["people"],
        seed=given["seed"],
        skills=tuple(name.strip() for name in given["skills"].split(",") if name.strip()),
        bank=None if given["bank"] is None else open_table(given["bank"]),
        rules=given["rules"],
        changes={
            "target_sd": given["target_se"],
            "most_items_per_skill": given["most_items"],
            "exposure_cap": given["exposure_cap"],
            "exploration": given["explore"],
        },
        correlation=given["correlation"],
        misfit=Misfit(kind=given["misfit"], rate=given["rate"]),
        evidence=given["evidence"],
        control=given["control"],
        learn=given["learn"],
    )


def _run(trial: "Trial", *, figures: Path | None, as_json: bool) -> None:
    from waymark.actions.assess import trials  # noqa: PLC0415

    if figures is not None and not figures.is_dir():
        raise Invalid(f"{figures}: no such folder", hint="make it first")
    warn_of_compiling(compiled=trials.is_compiled())
    workspace = open_from_settings()
    done = trials.simulate(workspace, trial, track=track)
    if figures is not None:
        from waymark.actions.assess.figures import write_figures  # noqa: PLC0415

        write_figures(workspace, done, figures)
    told = trials.describe_trial(done)
    if as_json:
        print_json(told)
        return
    from waymark.cli.tabulating import show_simulation  # noqa: PLC0415

    show_simulation(told)
    say_all(done.notes)
