"""`waymark COLUMN VERB`: the commands, and the table from error kind to exit code."""

import sys
from typing import Annotated

import typer

from waymark.cli import assess, demand, doctor, framework, serving
from waymark.errors import Conflict, Denied, Invalid, NotFound, Unavailable, WaymarkError, kind_of

EXIT_CODES: dict[type[WaymarkError], int] = {NotFound: 2, Invalid: 2, Conflict: 1, Denied: 1, Unavailable: 1}
"""0 done, 1 the thing asked for is not so, 2 bad usage or bad input."""

app = typer.Typer(
    name="waymark",
    help="Open skills intelligence for AI teams: read postings, measure skills, plan the way between the two.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(framework.app, name="framework")
app.add_typer(demand.app, name="demand")
app.add_typer(assess.app, name="assess")
app.command("serve")(serving.serve)
app.command("doctor")(doctor.examine)


def _print_version(wanted: bool) -> None:  # noqa: FBT001  the form Typer calls it in
    if wanted:
        from importlib.metadata import version  # noqa: PLC0415

        typer.echo(f"waymark {version('waymark')}")
        raise typer.Exit


@app.callback()
def begin(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and end."),
    ] = False,
) -> None:
    """Open skills intelligence for AI teams."""


def run() -> None:
    """Run the command line; an error of ours becomes one line and an exit code, never a traceback."""
    try:
        app()
    except WaymarkError as error:
        typer.echo(f"waymark: {error}", err=True)
        sys.exit(EXIT_CODES[kind_of(error)])
    except KeyboardInterrupt:
        typer.echo("waymark: interrupted", err=True)
        sys.exit(130)
    except OSError as error:  # a full disk, a folder that may not be written; a closed pipe ends in Typer
        named = f"{error.filename}: " if error.filename else ""
        typer.echo(f"waymark: {named}{error.strerror or error}", err=True)
        sys.exit(1)
