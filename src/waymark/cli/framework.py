"""`waymark framework`: show a term or the edition, check an edition."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from waymark.cli.opening import open_from_settings
from waymark.errors import MissingInput

app = typer.Typer(help="The framework: tasks, subtasks, skills, roles.", no_args_is_help=True)


@app.command()
def show(
    term: Annotated[str | None, typer.Argument(help="Id of a role, skill, task, subtask ...; without it: all.")] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON value.")] = False,
) -> None:
    """Show one term, or the whole edition."""
    from waymark.actions import framework  # noqa: PLC0415

    value = framework.show(open_from_settings(), term)
    if as_json:
        typer.echo(json.dumps(value, ensure_ascii=False))
    elif term is None:
        _print_edition(value)
    else:
        _print_value(value)


@app.command()
def check(
    folder: Annotated[Path | None, typer.Argument(help="An overlay folder; without it: the shipped edition.")] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON value.")] = False,
) -> None:
    """Name the faults of an edition; exit 1 when there are any."""
    from waymark.actions import framework  # noqa: PLC0415

    if folder is not None and not folder.is_dir():
        raise MissingInput(f"{folder}: no such folder", hint="name the folder of an overlay")
    faults = framework.check_edition(folder)
    if as_json:
        rows = [{"file": f.file, "key": f.key, "message": f.message, "mend": f.mend} for f in faults]
        typer.echo(json.dumps(rows, ensure_ascii=False))
    else:
        for fault in faults:
            typer.echo(f"{fault.file}: {fault.key}: {fault.message} ({fault.mend})")
        typer.echo(f"{len(faults)} faults" if faults else "no faults", err=True)
    raise typer.Exit(1 if faults else 0)


def _print_edition(edition: dict[str, Any]) -> None:
    for kind in ("org_types", "tasks", "skills", "roles", "variants"):
        typer.echo(f"{kind.replace('_', ' ')}:")
        for term in edition[kind]:
            typer.echo(f"  {term['id']:<28} {term.get('name', '')}")
    typer.echo("\nShow one with `waymark framework show ID`; `--json` gives everything.", err=True)


def _print_value(value: object, depth: int = 0) -> None:
    pad = "  " * depth
    if isinstance(value, dict):
        for key, member in value.items():
            if isinstance(member, dict | list) and member:
                typer.echo(f"{pad}{key}:")
                _print_value(member, depth + 1)
            elif member not in (None, "", [], {}):
                typer.echo(f"{pad}{key}: {member}")
    elif isinstance(value, list):
        for member in value:
            if isinstance(member, dict | list):
                typer.echo(f"{pad}-")
                _print_value(member, depth + 1)
            else:
                typer.echo(f"{pad}- {member}")
