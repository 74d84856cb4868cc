"""Frames: CSV and Parquet tables as they lie in files, requests or rows of JSON, with every fault of form named."""

import csv
import gzip
import io
import os
import re
import subprocess
import sys
import zlib
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

import polars as pl

from waymark.engines.unpacking import CPU_SECONDS, FAULT
from waymark.errors import BadInput, MissingInput, TooLarge, Unavailable

Source: TypeAlias = Path | bytes | Sequence[Mapping[str, Any]]
"""A file, the bytes of one that a stranger sent, or rows (JSON)."""

SEPARATORS: Final = (",", ";", "\t", "|")
MAX_BYTES: Final = 2_000_000_000
MAX_UNZIPPED: Final = 500_000_000  # a thousandth of which may be all that was packed
MAX_FIELD: Final = 1_000_000
UNNAMED: Final = "(unnamed)"
WALL_SECONDS: Final = 2 * CPU_SECONDS
_GZIP: Final = b"\x1f\x8b"
_QUOTED: Final = re.compile(rb'"[^"]*"')
_QUOTE_HINT: Final = "quote cells that hold separators, quotes or line breaks"
_KIND_HINT: Final = "give CSV or Parquet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table to read: where from, what messages call it, and how many cells it may have."""

    source: Source
    name: str = "the table"
    most_cells: int | None = None


def open_table(path: Path) -> Table:
    """Return the table in a file, named by its path."""
    return Table(source=path, name=str(path))


def read_frame(table: Table) -> pl.DataFrame:
    """Read a table: Parquet with its types, CSV with every cell as text (null where empty), rows with theirs.

    CSV may be gzipped, begin with a byte order mark, be UTF-16 or cp1252, and separate by comma, semicolon, tab or bar.
    A first column without a name gets `UNNAMED`. Raise MissingInput or BadInput, naming row and column of what is
    wrong, and TooLarge beyond its limit.
    """
    source, name, most_cells = table.source, table.name, table.most_cells
    try:
        frame = _read(source, name, most_cells)
    except OSError as error:
        raise BadInput(f"{name}: {error.strerror or 'it cannot be read'}", hint="check the file") from error
    if not frame.width:
        raise BadInput(f"{name} is empty", hint="it needs a first row that names the columns, and a row a person")
    check_cells(frame.height, frame.width, most_cells, name=name)
    return frame


def check_cells(rows: int, columns: int, most: int | None, *, name: str) -> None:
    """Raise TooLarge for a table of more than `most` cells."""
    if most is not None and rows * columns > most:
        raise TooLarge(f"{name} has {rows:,} x {columns:,} cells", hint=f"at most {most:,} at a time")


def _read(source: Source, name: str, most_cells: int | None) -> pl.DataFrame:
    if isinstance(source, Path):
        _check_file(source, name)
        with source.open("rb") as file:
            head = file.read(4)
        if head == b"PAR1":
            return _read_parquet(source, name, most_cells)
        return _read_csv(source.read_bytes(), name, most_cells)
    if isinstance(source, bytes):
        if source[:4] == b"PAR1":
            return _unpack(source, name, most_cells)
        if source[:2] == _GZIP:
            raise BadInput(f"{name} is packed", hint=_KIND_HINT)
        return _read_csv(source, name, most_cells)
    return _read_rows(source, name)


def _check_file(path: Path, name: str) -> None:
    if path.is_dir():
        raise BadInput(f"{name} is a folder", hint="name a table (.parquet or .csv)")
    if not path.exists():
        raise MissingInput(f"{name}: no such file", hint="check the path")
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise TooLarge(f"{name}: {size / 1e9:.1f} GB", hint=f"at most {MAX_BYTES / 1e9:.0f} GB")


def _read_parquet(path: Path, name: str, most_cells: int | None) -> pl.DataFrame:
    try:
        scan = pl.scan_parquet(path, glob=False)
        columns = len(scan.collect_schema())
        check_cells(int(scan.select(pl.len()).collect().item()), columns, most_cells, name=name)
        return scan.collect()
    except (pl.exceptions.PolarsError, OSError, ValueError) as error:
        raise _tell_parquet(str(error) or type(error).__name__, name) from error


def _tell_parquet(fault: str, name: str) -> BadInput:
    return BadInput(f"{name} cannot be read as Parquet: {fault.splitlines()[0][:160]}", hint="write the file again")


def _unpack(data: bytes, name: str, most_cells: int | None) -> pl.DataFrame:
    """Read Parquet that a stranger sent, in a child with limits."""
    child = [sys.executable, "-m", "waymark.engines.unpacking", str(most_cells or MAX_BYTES)]
    place = {
        "PATH": os.defpath,
        "PYTHONPATH": os.pathsep.join(sys.path),
        "PYTHONSAFEPATH": "1",
        "POLARS_MAX_THREADS": "1",
    }
    try:
        done = subprocess.run(child, input=data, capture_output=True, check=False, env=place, timeout=WALL_SECONDS)  # noqa: S603  our own module
    except subprocess.TimeoutExpired as error:
        raise TooLarge(f"{name} takes too long to unpack", hint="send it as CSV") from error
    except OSError as error:
        raise Unavailable("no process can be started to unpack it", hint="try again later, or send CSV") from error
    if done.returncode == FAULT:
        raise _tell_parquet(done.stderr.decode("utf-8", "replace") or "it is broken", name)
    if done.returncode != 0:
        limit = "" if most_cells is None else f", and at most {most_cells:,} cells"
        raise TooLarge(f"{name} unpacks to too much", hint=f"send it as CSV{limit}")
    return pl.read_ipc(io.BytesIO(done.stdout))


def _read_rows(rows: Sequence[Mapping[str, Any]], name: str) -> pl.DataFrame:
    """Read rows as JSON gives them; every cell becomes text, as in CSV, since a column may mix kinds.

    A list becomes numbered columns: `steps` step1, step2 and so on.
    """
    columns: dict[str, list[str | None]] = {}
    for number, row in enumerate(rows):
        if not isinstance(row, Mapping):
            raise BadInput(f"{name}: row {number + 1} is no object", hint='write {"id": "p1", "q1": 1, "q2": null}')
        for column, value in _spread_lists(row):
            columns.setdefault(column, [None] * number).append(_say(value, number, column, name))
        for cells in columns.values():
            cells.extend([None] * (number + 1 - len(cells)))
    return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))


def _spread_lists(row: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for column, value in row.items():
        if isinstance(value, list):
            yield from ((f"{column.removesuffix('s')}{place + 1}", one) for place, one in enumerate(value))
        else:
            yield column, value


def _say(value: object, row: int, column: str, name: str) -> str | None:
    if value is None:
        return None
    if isinstance(value, str | bool | int | float):
        return str(value)
    raise BadInput(f"{name}: row {row + 1}, column {column!r}: no single value", hint="give numbers, text or null")


def _read_csv(data: bytes, name: str, most_cells: int | None) -> pl.DataFrame:
    data = _decode(data, name)
    if not data.strip():
        raise BadInput(f"{name} is empty", hint="it needs a first row that names the columns, and a row a person")
    separator = _find_separator(data)
    names = _name_columns(next(_split(data, separator, name), []), name)
    check_cells(data.count(b"\n"), 1, most_cells, name=name)
    frame = _read_quickly(data, separator, names)
    return _read_slowly(data, separator, names, name) if frame is None else frame


def _decode(data: bytes, name: str) -> bytes:
    """Return the table as UTF-8 without a byte order mark, lines ending in line feeds."""
    if data[:2] == _GZIP:
        data = _unzip(data, name)
    if data[:2] in {BOM_UTF16_LE, BOM_UTF16_BE}:
        data = data.decode("utf-16", "replace").encode()
    data = data.removeprefix(BOM_UTF8)
    if data[:4] == b"PK\x03\x04" or b"\0" in data[:4096]:
        raise BadInput(f"{name} is neither CSV nor Parquet", hint="save the sheet as CSV")
    try:
        data.decode()
    except UnicodeDecodeError:
        data = data.decode("cp1252", "replace").encode()
    return data if b"\n" in data or b"\r" not in data else data.replace(b"\r", b"\n")


def _unzip(data: bytes, name: str) -> bytes:
    try:
        with gzip.open(io.BytesIO(data)) as file:
            found = file.read(MAX_UNZIPPED + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise BadInput(f"{name} cannot be unpacked: {error}", hint=_KIND_HINT) from error
    if len(found) > MAX_UNZIPPED:
        hint = f"unpack it yourself, or split it; a table that is not packed may have {MAX_BYTES / 1e9:.0f} GB"
        raise TooLarge(f"{name} unpacks to more than {MAX_UNZIPPED / 1e6:.0f} MB", hint=hint)
    return found


def _find_separator(data: bytes) -> str:
    """Return the separator that the first line has most of."""
    line = _QUOTED.sub(b"", data.lstrip(b"\n").partition(b"\n")[0])
    return max(SEPARATORS, key=lambda mark: line.count(mark.encode()))


def _split(data: bytes, separator: str, name: str) -> Iterator[list[str]]:
    csv.field_size_limit(MAX_FIELD)
    rows = csv.reader(io.StringIO(data.decode(), newline=""), delimiter=separator, strict=True)
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            raise BadInput(
                f"{name}: line {rows.line_num} is no row of a CSV table: {error}", hint=_QUOTE_HINT
            ) from error
        if row:
            yield row


def _name_columns(header: Sequence[str], name: str) -> list[str]:
    names = [one.strip() for one in header]
    repeated = len(set(names)) < len(names)
    if repeated and all(_is_number(one) for one in names):
        raise BadInput(f"{name}: the first row holds numbers, not names", hint="name the columns in the first row")
    if names and not names[0]:
        names[0] = UNNAMED
    if "" in names:
        raise BadInput(f"{name}: column {names.index('') + 1} has no name", hint="name every column in the first row")
    if repeated:
        twice = next(one for one in names if names.count(one) > 1)
        raise BadInput(f"{name} has two columns {twice!r}", hint="rename or drop one of them")
    return names


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _read_quickly(data: bytes, separator: str, names: Sequence[str]) -> pl.DataFrame | None:
    """Read a table whose rows all have as many cells as the header, or return None."""
    try:
        frame = pl.read_csv(io.BytesIO(data), separator=separator, infer_schema=False, new_columns=list(names))
    except (pl.exceptions.PolarsError, ValueError):
        return None
    bare = _QUOTED.sub(b"", data) if b'"' in data else data
    whole = bare.count(separator.encode()) == (frame.height + 1) * (len(names) - 1)
    return frame if whole and frame.width == len(names) and (len(names) > 1 or b"\n\n" not in data) else None


def _read_slowly(data: bytes, separator: str, names: Sequence[str], name: str) -> pl.DataFrame:
    """Read a table whose form is in doubt row by row; lines without anything on them are no rows."""
    rows = []
    for number, row in enumerate(_split(data, separator, name)):
        if number and len(row) != len(names):
            raise BadInput(
                f"{name}: row {number} has {len(row)} cells where the header has {len(names)}",
                hint=f"{_QUOTE_HINT}, and give every row a cell a column",
            )
        rows.append(row)
    cells = list(zip(*rows[1:], strict=True)) or [()] * len(names)
    columns = {column: [cell or None for cell in own] for column, own in zip(names, cells, strict=True)}
    return pl.DataFrame(columns, schema=dict.fromkeys(names, pl.String))
