"""`waymark demand`: read postings, fit a reader."""

import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from waymark.cli.opening import open_from_settings
from waymark.cli.wording import say
from waymark.errors import Invalid

app = typer.Typer(help="Demand: what postings really ask, and which role each is.", no_args_is_help=True)

_INPUTS = "Files of text, HTML or JSON-LD, folders, tables (.parquet .csv .jsonl), or - for standard input."


@app.command()
def read(
    inputs: Annotated[list[str], typer.Argument(help=_INPUTS, metavar="INPUT...")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON Lines, one reading a posting.")] = False,
    blind: Annotated[bool, typer.Option("--blind", help="Withhold title and company from the reader.")] = False,
    model: Annotated[Path | None, typer.Option(help="A reader made by `waymark demand fit`.")] = None,
) -> None:
    """Read postings: role by content, tasks, skills, tools, findings, each with its evidence."""
    from waymark.actions.demand import read_all  # noqa: PLC0415
    from waymark.engines.sources import Failure  # noqa: PLC0415

    failures = 0
    workspace = open_from_settings(model=model)
    workspace.reader()
    for item in read_all(workspace, inputs, blind=blind):
        if isinstance(item, Failure):
            failures += 1
            say(f"{item.name}: {item.error}")
        elif as_json:
            _print_json(item)
        else:
            from waymark.cli.showing import show_reading  # noqa: PLC0415

            show_reading(item, workspace.edition)
    sys.stdout.flush()
    if failures:
        raise typer.Exit(2)


def _print_json(item: Any) -> None:  # noqa: ANN401  the type lives behind a lazy import
    import orjson  # noqa: PLC0415

    from waymark.demand.readings import describe  # noqa: PLC0415

    value = describe(item.reading)
    if item.posting.derived:
        value["text"] = item.posting.text  # the caller does not have it, and the offsets count in it
    sys.stdout.buffer.write(orjson.dumps(value) + b"\n")


@app.command()
def fit(
    corpus: Annotated[list[str], typer.Argument(help="Tables, files or folders of postings.", metavar="CORPUS...")],
    *,
    out: Annotated[Path, typer.Option(help="Where to write the model (.npz).")],
    labels: Annotated[Path | None, typer.Option(help="A table of labels; default: the shipped one, by id.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of the folds.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON value.")] = False,
) -> None:
    """Fit a reader to a corpus and labels by reading; the same input gives the same bytes."""
    from waymark.actions.demand import fit_reader  # noqa: PLC0415

    if not out.parent.is_dir():
        raise Invalid(f"{out}: there is no folder {out.parent}", hint="make it first")
    if out.is_dir():
        raise Invalid(f"{out} is a folder", hint="name the file to write, model.npz say")
    fitted = fit_reader(open_from_settings(), corpus, labels=labels, seed=seed, track=_track)
    partial = out.with_name(out.name + ".partial")
    partial.write_bytes(fitted.model)
    partial.replace(out)
    if as_json:
        typer.echo(json.dumps({"out": str(out), "bytes": len(fitted.model), **fitted.about}))
        return
    typer.echo(f"{out}: {len(fitted.model):,} bytes, fitted to {fitted.about['labelled']:,} labelled postings.")
    typer.echo("Out of fold, on postings drawn at random within titles and sources:")
    for part, figures in fitted.figures.items():
        for name, figure in figures.items():
            interval = f"[{figure.low:.3f}, {figure.high:.3f}]"
            typer.echo(f"  {part:<18} {name:<26} {figure.value:.3f}  {interval}  n={figure.n}")


def _track(items: Sequence[Any], what: str) -> Iterable[Any]:
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import track  # noqa: PLC0415

    return track(items, description=f"{what:<24}", console=Console(stderr=True), transient=True)
