"""Tables of postings: Parquet, CSV and JSON Lines, read in slices so that memory stays bounded."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from waymark.demand.parsing import MIN_CHARACTERS, scrub
from waymark.demand.postings import Posting
from waymark.errors import BadInput, TooLarge, WaymarkError

if TYPE_CHECKING:
    import polars as pl

TABLES = frozenset({".parquet", ".csv", ".jsonl", ".ndjson"})
REQUIRED = ("id", "title", "description")
OPTIONAL = ("company", "location", "posted", "salary_min", "salary_max", "currency")
MAX_CHARACTERS = 200_000
_SLICE = 4_096
Row = Posting | tuple[str, WaymarkError]


def read_table(path: Path) -> Iterator[Row]:
    """Yield the rows of a table as postings, in order; a row that cannot be read as (name, error)."""
    try:
        if path.suffix.lower() in (".jsonl", ".ndjson"):
            yield from _read_json_lines(path)
            return
        for number, row in enumerate(_rows(path), start=1):
            yield _posting(row, name=f"{path}: row {number}")
    except WaymarkError as error:
        yield str(path), error


def read_frame(path: Path) -> Iterator[Mapping[str, Any]]:
    """Yield the rows of a Parquet or CSV table, raising BadInput for one without the columns."""
    yield from _rows(path)


def _rows(path: Path) -> Iterator[Mapping[str, Any]]:
    import polars as pl  # noqa: PLC0415  half a second that most commands do not need

    try:
        frame = _scan(path)
        names = frame.collect_schema().names()
        missing = [name for name in REQUIRED if name not in names]
        if missing:
            raise BadInput(
                f"the table has no column {', '.join(missing)}",
                hint=f"it needs {', '.join(REQUIRED)}; it has {', '.join(names[:12]) or 'none'}",
            )
        wanted = frame.select([name for name in (*REQUIRED, *OPTIONAL) if name in names])
        for part in wanted.collect_batches(chunk_size=_SLICE):
            yield from part.iter_rows(named=True)
    except (pl.exceptions.PolarsError, OSError, ValueError) as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise BadInput(
            f"the table cannot be read: {first[:160]}", hint="check that its ending tells its kind"
        ) from error


def _scan(path: Path) -> "pl.LazyFrame":
    import polars as pl  # noqa: PLC0415

    if path.suffix.lower() == ".parquet":
        return pl.scan_parquet(path)
    return pl.scan_csv(path, infer_schema=False)


def _read_json_lines(path: Path) -> Iterator[Row]:
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            name = f"{path}: line {number}"
            try:
                row = json.loads(line)
                if not isinstance(row, dict):
                    raise BadInput("not a JSON object", hint='write {"id": ..., "title": ..., "description": ...}')
                missing = [key for key in REQUIRED if key not in row]
                if missing:
                    raise BadInput(f"no {', '.join(missing)}", hint=f"each line needs {', '.join(REQUIRED)}")
                yield _posting(row, name=name)
            except (ValueError, RecursionError):
                yield name, BadInput("not valid JSON", hint="one JSON object a line")
            except WaymarkError as error:
                yield name, error


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
