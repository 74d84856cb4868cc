"""Tables of postings: Parquet, CSV and JSON Lines, read in slices so that memory stays bounded."""

import csv
import json
from codecs import BOM_UTF8
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from waymark.demand.parsing import MAX_BYTES, MIN_CHARACTERS, scrub
from waymark.demand.postings import Posting
from waymark.errors import BadInput, TooLarge, WaymarkError

if TYPE_CHECKING:
    from _csv import Reader

TABLES = frozenset({".parquet", ".csv", ".jsonl", ".ndjson"})
REQUIRED = ("id", "title", "description")
OPTIONAL = ("company", "location", "posted", "salary_min", "salary_max", "currency")
MAX_CHARACTERS = 200_000
MAX_LINE = MAX_BYTES
_SLICE = 4_096
_QUOTE = "quote cells that hold commas, quotes or line breaks"
Row = Posting | tuple[str, WaymarkError]


def read_table(path: Path) -> Iterator[Row]:
    """Yield the rows of a table as postings, in order; a row that cannot be read as (name, error)."""
    readers = {".parquet": _read_parquet, ".csv": _read_csv}
    rows = 0
    try:
        for row in readers.get(path.suffix.lower(), _read_json_lines)(path):
            rows += 1
            yield row
        if not rows:
            raise BadInput("the table has no rows", hint=f"each row needs {', '.join(REQUIRED)}")
    except WaymarkError as error:
        yield str(path), error
    except OSError as error:
        yield str(path), BadInput(error.strerror or "it cannot be read", hint="check the file and its permissions")


def _read_parquet(path: Path) -> Iterator[Row]:
    import polars as pl  # noqa: PLC0415  half a second that most commands do not need

    try:
        frame = pl.scan_parquet(path, glob=False)
        names = frame.collect_schema().names()
        _check_columns(names)
        wanted = frame.select([name for name in (*REQUIRED, *OPTIONAL) if name in names])
        number = 0
        for part in wanted.collect_batches(chunk_size=_SLICE):
            for row in part.iter_rows(named=True):
                number += 1
                yield _posting(row, name=f"{path}: row {number}")
    except (pl.exceptions.PolarsError, OSError, ValueError) as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise BadInput(
            f"the table cannot be read: {first[:160]}", hint="check that its ending tells its kind"
        ) from error


def _read_csv(path: Path) -> Iterator[Row]:
    csv.field_size_limit(MAX_LINE)
    with path.open("rb") as file:
        rows = csv.reader(map(_decode, _lines(file)), strict=True)
        header = next(_cells(rows, path), [])
        if isinstance(header, tuple):
            raise header[1]
        _check_columns(header)
        for cells in _cells(rows, path):
            if isinstance(cells, tuple):
                yield cells
            elif len(cells) == len(header):
                yield _posting(dict(zip(header, cells, strict=True)), name=f"{path}: line {rows.line_num}")
            elif cells:
                yield (
                    f"{path}: line {rows.line_num}",
                    BadInput(f"{len(cells)} cells where the header has {len(header)}", hint=_QUOTE),
                )


def _cells(rows: "Reader", path: Path) -> Iterator[list[str] | tuple[str, WaymarkError]]:
    """Yield the cells of each row; one that is no row as (name, error)."""
    while True:
        try:
            yield next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield f"{path}: line {rows.line_num}", BadInput(f"not a row of a CSV table: {error}", hint=_QUOTE)


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Yield the lines of a file, holding no more than `MAX_LINE` bytes of any."""
    while line := file.readline(MAX_LINE + 1):
        rest = line
        while not rest.endswith(b"\n") and (rest := file.readline(MAX_LINE)):
            pass
        yield line


def _decode(line: bytes) -> str:
    if len(line) > MAX_LINE:
        raise TooLarge(f"it has a line of more than {MAX_LINE / 1e6:.0f} MB", hint="check that it is a CSV table")
    try:
        return line.removeprefix(BOM_UTF8).decode()
    except UnicodeDecodeError:
        return line.decode("cp1252", "replace")


def _check_columns(names: Sequence[str]) -> None:
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        there = ", ".join(name[:40] if name.isprintable() else ascii(name[:40]) for name in names[:12])
        raise BadInput(
            f"the table has no column {', '.join(missing)}",
            hint=f"it needs {', '.join(REQUIRED)}; it has {there or 'none'}",
        )
    doubled = [name for name in (*REQUIRED, *OPTIONAL) if names.count(name) > 1]
    if doubled:
        raise BadInput(f"the table has two columns {doubled[0]}", hint="rename or drop one of them")


def _read_json_lines(path: Path) -> Iterator[Row]:
    with path.open("rb") as file:
        for number, line in enumerate(_lines(file), start=1):
            if not line.strip():
                continue
            name = f"{path}: line {number}"
            try:
                yield _posting(_parse_line(line), name=name)
            except (ValueError, RecursionError):
                yield name, BadInput("not valid JSON", hint="one JSON object a line")
            except WaymarkError as error:
                yield name, error


def _parse_line(line: bytes) -> Mapping[str, Any]:
    if len(line) > MAX_LINE:
        raise TooLarge(f"a line of more than {MAX_LINE / 1e6:.0f} MB", hint="one posting a line")
    row = json.loads(line)
    if not isinstance(row, dict):
        raise BadInput("not a JSON object", hint='write {"id": ..., "title": ..., "description": ...}')
    missing = [key for key in REQUIRED if key not in row]
    if missing:
        raise BadInput(f"no {', '.join(missing)}", hint=f"each line needs {', '.join(REQUIRED)}")
    return row


def _posting(row: Mapping[str, Any], *, name: str) -> Row:
    text = _text(row["description"])
    if len(text.strip()) < MIN_CHARACTERS:
        return name, BadInput("its description is empty", hint="leave the row out or fill it")
    if len(text) > MAX_CHARACTERS:
        return name, TooLarge(f"its description has {len(text):,} characters", hint=f"at most {MAX_CHARACTERS:,}")
    return Posting(
        id=_text(row["id"]) or name,
        text=text,
        title=_text(row["title"]),
        company=_text(row.get("company")),
        location=_text(row.get("location")),
        posted=_text(row.get("posted")),
        salary_min=_amount(row.get("salary_min")),
        salary_max=_amount(row.get("salary_max")),
        currency=_text(row.get("currency")),
    )


def _text(value: object) -> str:
    return "" if value is None else scrub(str(value))


def _amount(value: object) -> float | None:
    try:
        amount = float(str(value))
    except ValueError:
        return None
    return amount if 0 < amount < float("inf") else None
