"""Figures of simulated sittings as files: drawings, and the data behind them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from waymark.actions.assess.trials import Tried
from waymark.actions.workspace import Workspace
from waymark.assess.simulation.summaries import summarise
from waymark.engines.writing import Column, replacing, write_json, write_table
from waymark.errors import Invalid
from waymark.report.simulations import draw_simulation
from waymark.report.styling import write_document

_CONVERGENCE: Final = ("answers", "sd", "low", "high", "n")
_BANDS: Final = ("from", "to", "n", "theta", "bias", "rmse", "se", "coverage90")


def write_figures(workspace: Workspace, done: Tried, folder: Path) -> list[str]:
    """Write the four figures into a folder: a drawing (SVG) and a table (CSV) each, and all data as JSON.

    Return the names of the files. Raise Invalid where the folder is none.
    """
    if not folder.is_dir():
        raise Invalid(f"{folder}: no such folder", hint="make it first")
    told = summarise(done.simulation)
    tables = _tabulate(told["figures"])
    for name, columns in tables.items():
        write_table(folder / f"{name}.csv", columns)
    write_json(folder / "figures.json", told["figures"])
    drawn = draw_simulation(told, {skill.id: skill.name for skill in workspace.edition.skills.values()})
    for figure in drawn:
        with replacing(folder / f"{figure.name}.svg") as file:
            file.write(write_document(figure).encode())
    return ["figures.json", *(f"{name}.csv" for name in tables), *(f"{figure.name}.svg" for figure in drawn)]


def _tabulate(figures: Mapping[str, Any]) -> dict[str, dict[str, Column]]:
    rows, bands, shares = figures["information"], figures["conditional"], figures["exposure"]["shares"]
    intervals = [band["coverage90_interval"] for band in bands]
    return {
        "information": {
            "skill": [row["skill"] for row in rows for _ in row["theta"]],
            **{name: [value for row in rows for value in row[name]] for name in ("theta", "information")},
        },
        "conditional": {
            **_gather(bands, _BANDS),
            "coverage90_low": [low for low, _ in intervals],
            "coverage90_high": [high for _, high in intervals],
        },
        "exposure": {"rank": list(range(1, len(shares) + 1)), "share": shares},
        "convergence": _gather(figures["convergence"], _CONVERGENCE),
    }


def _gather(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> dict[str, Column]:
    return {name: [row[name] for row in rows] for name in names}
