"""Reading the shipped data files that are not terms of the edition: phrases, labels, fitted models."""

import tomllib
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from waymark.errors import BadData

Table = dict[str, Any]


def read_tables(folder: str) -> dict[str, Table]:
    """Return every TOML file below `waymark/data/<folder>`, by its path without the ending, in path order.

    Raise BadData naming the file and line where one is not TOML.
    """
    return {path: _parse(path, source) for path, source in sorted(_walk(files("waymark") / "data" / folder, ""))}


def open_data(path: str) -> Traversable:
    """Return a shipped data file by its path below `waymark/data`."""
    return files("waymark").joinpath("data", *path.split("/"))


def parse_table(path: str) -> Table:
    """Return one shipped TOML file by its path below `waymark/data`. Raise BadData where it is not TOML."""
    return _parse(path.removesuffix(".toml"), open_data(path).read_text(encoding="utf-8"))


def _walk(folder: Traversable, prefix: str) -> Iterator[tuple[str, str]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _walk(entry, f"{prefix}{entry.name}/")
        elif entry.name.endswith(".toml"):
            yield prefix + entry.name.removesuffix(".toml"), entry.read_text(encoding="utf-8")


def _parse(path: str, source: str) -> Table:
    try:
        return tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        raise BadData(f"{path}.toml: {error}", hint="mend the TOML at the place named") from error
