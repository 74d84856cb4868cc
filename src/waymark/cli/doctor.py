"""`waymark doctor`: whether code tasks can run here, how, and why not."""

import json
from dataclasses import asdict
from typing import Annotated

import typer

_NAMES = {
    "landlock": "Landlock",
    "seccomp": "seccomp",
    "bubblewrap": "bubblewrap",
    "wasmtime": "wasmtime",
    "way": "way taken",
    "trial": "honest job",
}


def examine(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON value.")] = False,
) -> None:
    """Say whether code tasks can run on this machine, behind which walls, and what is missing; exit 1 when not."""
    from waymark.actions import doctor  # noqa: PLC0415  engines load only when needed

    found = doctor.examine()
    runs = found[-1].there
    if as_json:
        value = {"code_tasks": runs, "findings": [asdict(one) for one in found]}
        typer.echo(json.dumps(value, ensure_ascii=False))
    else:
        for one in found:
            typer.echo(f"{'yes' if one.there else 'no':4}{_NAMES[one.part]:12}{one.told}")
        typer.echo("code tasks can run" if runs else "code tasks cannot run and are refused", err=True)
    raise typer.Exit(0 if runs else 1)
