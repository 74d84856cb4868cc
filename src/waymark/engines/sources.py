"""Sources: files, folders, tables and standard input as a stream of postings; a broken one is said, not fatal."""

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from waymark.demand.parsing import MAX_BYTES, parse
from waymark.demand.postings import Posting
from waymark.engines.tables import TABLES, read_table
from waymark.errors import MissingInput, TooLarge, WaymarkError

STDIN = "-"
_IGNORED = frozenset({".md", ".py", ".toml", ".yaml", ".yml", ".lock", ".gitignore"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """An input, or a part of one, that could not be read, and why."""

    name: str
    error: WaymarkError


def read_sources(inputs: Iterable[str]) -> Iterator[Posting | Failure]:
    """Yield the postings of all inputs in their order: a file, a folder (its files by path), a table, or `-`."""
    for name in inputs:
        if name == STDIN:
            yield from _parse(_read_stdin, name="standard input")
        else:
            yield from _read_path(Path(name))


def _read_path(path: Path) -> Iterator[Posting | Failure]:
    if path.is_dir():
        files = sorted(p for p in path.rglob("*") if p.is_file() and not p.name.startswith("."))
        wanted = [file for file in files if file.suffix.lower() not in _IGNORED]
        if not wanted:
            yield Failure(
                name=str(path),
                error=MissingInput("the folder holds no files to read", hint="name a folder of postings"),
            )
        for file in wanted:
            yield from _read_file(file)
    elif path.exists():
        yield from _read_file(path)
    else:
        yield Failure(name=str(path), error=MissingInput("no such file or folder", hint="check the path"))


def _read_file(path: Path) -> Iterator[Posting | Failure]:
    if path.suffix.lower() in TABLES:
        for row in read_table(path):
            yield row if isinstance(row, Posting) else Failure(name=row[0], error=row[1])
        return

    def read() -> bytes:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise TooLarge(
                f"{size / 1e6:,.0f} MB is more than the {MAX_BYTES / 1e6:.0f} MB a posting may have",
                hint="give a table (.parquet, .csv, .jsonl) of postings",
            )
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)  # a device or a pipe has no size to go by, and may have no end

    yield from _parse(read, name=str(path))


def _parse(read: Callable[[], bytes], *, name: str) -> Iterator[Posting | Failure]:
    try:
        yield from parse(read(), name=name)
    except WaymarkError as error:
        yield Failure(name=name, error=error)
    except OSError as error:
        yield Failure(name=name, error=MissingInput(error.strerror or "cannot be read", hint="check its permissions"))


def _read_stdin() -> bytes:
    return sys.stdin.buffer.read(MAX_BYTES + 1)
