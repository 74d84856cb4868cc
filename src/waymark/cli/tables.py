"""Tables named on the command line of assess, and the arguments and options that several of its commands share."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

if TYPE_CHECKING:
    from waymark.actions.assess.abilities import Population
    from waymark.engines.answers import Columns
    from waymark.engines.frames import Table

_RESPONSES = "A table (.parquet, .csv, .csv.gz): a row a person, a column an item, scores 0, 1, ..., empty = not seen."
_ITEMS = "A table of items, as `calibrate` writes it; columns item, a and b suffice."

Responses: TypeAlias = Annotated[Path, typer.Argument(help=_RESPONSES, metavar="RESPONSES")]
Items: TypeAlias = Annotated[Path, typer.Option("--items", help=_ITEMS)]
Json: TypeAlias = Annotated[bool, typer.Option("--json", help="Print one JSON value.")]
People: TypeAlias = Annotated[
    str | None, typer.Option("--id", help="Column that names people; default: found by its name.")
]
Group: TypeAlias = Annotated[str | None, typer.Option("--group", help="Column with each person's group.")]
LeftOut: TypeAlias = Annotated[
    list[str] | None, typer.Option("--leave-out", help="Column that is no item; may be repeated.")
]
Mean: TypeAlias = Annotated[float, typer.Option(help="Mean ability of the people, in logits.")]
Spread: TypeAlias = Annotated[float, typer.Option("--sd", help="Standard deviation of their ability.", min=0.01)]
Correlation: TypeAlias = Annotated[
    float | None, typer.Option(help="Correlation of every two skills; default: that of the items.", min=-0.99, max=0.99)
]


def open_one(path: Path) -> "Table":
    """Return the table in a file."""
    from waymark.engines.frames import open_table  # noqa: PLC0415  polars loads only when needed

    return open_table(path)


def open_if(path: Path | None) -> "Table | None":
    """Return the table in a file, where one is named."""
    return None if path is None else open_one(path)


def name_columns(people: str | None, group: str | None, left_out: list[str] | None) -> "Columns":
    """Return which columns are no items."""
    from waymark.engines.answers import Columns  # noqa: PLC0415

    return Columns(people=people, group=group, left_out=tuple(left_out or ()))


def name_population(mean: float, sd: float, correlation: float | None) -> "Population":
    """Return who is scored."""
    from waymark.actions.assess.abilities import Population  # noqa: PLC0415

    return Population(mean=mean, sd=sd, correlation=correlation)
