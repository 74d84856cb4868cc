"""Encoding values of the child as plain JSON, and reading such values back as arguments."""

import datetime as dt
import sys
from collections.abc import Callable, Mapping
from math import inf, isfinite, isnan, nan
from typing import Any

_DEPTH = 60
_DIGITS_BITS = 13_000
_FLOATS = {"nan": nan, "inf": inf, "-inf": -inf}


def make_plain(value: Any, depth: int = 0) -> Any:  # noqa: ANN401  whatever a candidate returns
    """Return a value as JSON can carry it; raise TypeError or ValueError for one that it cannot."""
    if depth > _DEPTH:
        raise ValueError("the result is nested too deeply")
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return _make_number(value)
    if isinstance(value, str):
        return str.encode(value, "utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_make_key(key): make_plain(part, depth + 1) for key, part in value.items()}
    if not isinstance(value, list | tuple):
        return _make_library_plain(value, depth)
    return [make_plain(part, depth + 1) for part in value]


def _make_number(value: float) -> Any:  # noqa: ANN401  a number or {"$float": ...}
    if isinstance(value, int):
        whole = int(value)
        if whole.bit_length() > _DIGITS_BITS:
            raise ValueError("the result is a whole number of more than 3,900 digits")
        return whole
    if isfinite(value):
        return float(value)
    return {"$float": "nan" if isnan(value) else "inf" if value > 0 else "-inf"}


def _make_key(key: Any) -> str:  # noqa: ANN401
    if isinstance(key, str):
        return str.encode(key, "utf-8", "replace").decode()
    if key is None or isinstance(key, bool):
        return {None: "null", True: "true", False: "false"}[key]
    if isinstance(key, int | float):
        return repr(key)
    raise TypeError(f"a key of a result is a {type(key).__name__}, not a text")


def _make_library_plain(value: Any, depth: int) -> Any:  # noqa: ANN401
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    numpy, polars = sys.modules.get("numpy"), sys.modules.get("polars")
    if numpy is not None and isinstance(value, numpy.ndarray | numpy.generic):
        return make_plain(value.tolist(), depth + 1)
    if polars is not None:
        if isinstance(value, polars.LazyFrame):
            value = value.collect()
        if isinstance(value, polars.DataFrame):
            rows = [[make_plain(cell, depth + 1) for cell in row] for row in value.rows()]
            return {"columns": list(value.columns), "rows": rows}
        if isinstance(value, polars.Series):
            return make_plain(value.to_list(), depth + 1)
    raise TypeError(f"the result is a {type(value).__name__}, which plain JSON cannot carry")


def revive(value: Any) -> Any:  # noqa: ANN401
    """Return an argument with its marked parts as the arrays, frames and floats that they stand for."""
    if isinstance(value, list):
        return [revive(part) for part in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        key, part = next(iter(value.items()))
        make = _MARKS.get(key)
        if make is not None:
            return make(part)
    return {key: revive(part) for key, part in value.items()}


def _make_array(nested: Any) -> Any:  # noqa: ANN401
    import numpy as np  # noqa: PLC0415  only jobs that name it have it

    return np.array(revive(nested))


def _make_frame(table: Any) -> Any:  # noqa: ANN401
    import polars as pl  # noqa: PLC0415

    return pl.DataFrame(revive(table["rows"]), schema=table["columns"], orient="row", infer_schema_length=None)


_MARKS: Mapping[str, Callable[[Any], Any]] = {
    "$array": _make_array,
    "$frame": _make_frame,
    "$float": _FLOATS.__getitem__,
}
