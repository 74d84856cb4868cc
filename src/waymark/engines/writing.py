"""Writing: tables and texts put in place whole or not at all."""

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final, TypeAlias

import numpy as np
import orjson
import polars as pl
from numpy.typing import NDArray

from waymark.errors import Invalid

Column: TypeAlias = NDArray[Any] | Sequence[Any]
TABLES: Final = frozenset({".parquet", ".csv"})


def check_target(path: Path, *, endings: frozenset[str] = TABLES) -> None:
    """Raise Invalid where a file cannot be written: a folder, no folder for it, an ending that is not known."""
    if path.is_dir():
        raise Invalid(f"{path} is a folder", hint=f"name the file to write, items{min(endings)} say")
    if not path.parent.is_dir():
        raise Invalid(f"{path}: there is no folder {path.parent}", hint="make it first")
    if path.suffix.lower() not in endings:
        raise Invalid(
            f"{path}: no kind of table ends in {path.suffix!r}", hint=f"end it in {' or '.join(sorted(endings))}"
        )


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Open a partial file beside `path` that takes its place at the end; nothing stays of one that failed."""
    partial = path.with_name(path.name + ".partial")
    try:
        with partial.open("wb") as file:
            yield file
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def write_table(path: Path, columns: Mapping[str, Column]) -> None:
    """Write columns of one length as Parquet or CSV, by the ending; NaN becomes an empty cell.

    A column of shape (n, M) becomes a list a row in Parquet, without the NaN at its end, and M numbered columns in CSV.
    """
    check_target(path)
    frame = make_frame(columns, nested=path.suffix.lower() == ".parquet")
    held = io.BytesIO()
    if path.suffix.lower() == ".parquet":
        frame.write_parquet(held)
    else:
        frame.write_csv(held)
    with replacing(path) as file:
        file.write(held.getbuffer())


def make_frame(columns: Mapping[str, Column], *, nested: bool) -> pl.DataFrame:
    """Put columns together as a frame; `nested` says whether (n, M) columns become lists."""
    made: list[pl.Series] = []
    for name, values in columns.items():
        if isinstance(values, np.ndarray) and values.ndim == 2:
            made += [_nest(name, values)] if nested else _number(name, values)
        else:
            made.append(pl.Series(name, values, nan_to_null=True))
    return pl.DataFrame(made)


def _nest(name: str, values: NDArray[Any]) -> pl.Series:
    lists = [
        row[: int(size)].tolist() or None for row, size in zip(values, np.isfinite(values).sum(axis=1), strict=True)
    ]
    return pl.Series(name, lists, dtype=pl.List(pl.Float64))


def _number(name: str, values: NDArray[Any]) -> list[pl.Series]:
    single = name.removesuffix("s")
    return [pl.Series(f"{single}{place + 1}", column, nan_to_null=True) for place, column in enumerate(values.T)]


def list_rows(columns: Mapping[str, Column]) -> list[dict[str, Any]]:
    """Return columns as rows of plain values, null for NaN and a list for a row of (n, M)."""
    return make_frame(columns, nested=True).to_dicts()


def write_json(path: Path, value: object) -> None:
    """Write a value as JSON, null for NaN."""
    with replacing(path) as file:
        file.write(orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
