"""Strict decoding of the tables of a data file into terms: the fields of a class are the keys of its file.

The type of a field is its schema: text, whole number, number, truth value, date, one of a few words
(`Literal`), a list (`tuple`), a table by name (`Mapping`) or a table with known keys (a dataclass).
A field without default is a key that must be there; a key without field is a fault.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import date, datetime
from difflib import get_close_matches
from functools import cache
from math import isfinite
from types import UnionType
from typing import Literal, TypeAlias, TypeVar, cast, get_args, get_origin, get_type_hints

from waymark.framework.faults import Fault, Page

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """The faults found so far in one file."""

    page: Page
    faults: list[Fault]

    def blame(self, key: str, message: str, mend: str) -> None:
        """Note one fault of the file."""
        self.faults.append(self.page.fault(key, message, mend))


Decoder: TypeAlias = Callable[[object, str, Ledger], object]
"""Reads one value at a key; what it returns counts only if it has blamed nothing."""


def decode(kind: type[T], table: Mapping[str, object], *, given: Mapping[str, object], ledger: Ledger) -> T | None:
    """Decode a whole file into a term of a kind, or note its faults and return None.

    `given` holds the fields that do not stand in the file: the id, which is its path.
    """
    before = len(ledger.faults)
    values = _decode_fields(kind, table, key="", ledger=ledger, given=given)
    return kind(**values) if len(ledger.faults) == before else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Schema:
    decoders: Mapping[str, Decoder]
    required: tuple[str, ...]


@cache
def _schema_of(kind: type) -> _Schema:
    hints = get_type_hints(kind)
    members = fields(kind)
    required = (f.name for f in members if f.default is MISSING and f.default_factory is MISSING)
    return _Schema(decoders={f.name: _decoder_of(hints[f.name]) for f in members}, required=tuple(required))


def _decode_fields(
    kind: type, table: Mapping[str, object], *, key: str, ledger: Ledger, given: Mapping[str, object]
) -> dict[str, object]:
    schema = _schema_of(kind)
    values = dict(given)
    for name, value in table.items():
        if name in schema.decoders and name not in given:
            values[name] = schema.decoders[name](value, _join(key, name), ledger)
        else:
            _blame_unknown(name, key, ledger, known=[known for known in schema.decoders if known not in given])
    for name in schema.required:
        if name not in values:
            ledger.blame(_join(key, name), "this key is missing", f"add {name} = ...")
    return values


def _blame_unknown(name: str, key: str, ledger: Ledger, *, known: list[str]) -> None:
    near = get_close_matches(name, known, n=1)
    mend = f"rename it to {near[0]}" if near else f"delete it; known here are {', '.join(known)}"
    if name == "id":
        mend = "delete it; the path of the file is the id"
    ledger.blame(_join(key, name), "this key is not known", mend)


def _join(key: str, name: str) -> str:
    return f"{key}.{name}" if key else name


def _decoder_of(hint: object) -> Decoder:
    if isinstance(hint, type) and is_dataclass(hint):
        return _table_decoder(hint)
    if isinstance(hint, type) and hint in _PLAIN:
        return _PLAIN[hint]
    return _compound_decoder(get_origin(hint), get_args(hint))


def _compound_decoder(origin: object, arguments: tuple[object, ...]) -> Decoder:
    if origin is Literal:
        return _word_decoder(arguments)
    if origin is tuple and arguments[-1] is Ellipsis:
        return _list_decoder(_decoder_of(arguments[0]))
    if origin is tuple:
        return _row_decoder([_decoder_of(argument) for argument in arguments])
    if origin is UnionType:
        return _decoder_of(arguments[0])
    return _map_decoder(_decoder_of(arguments[1]))


def _table_decoder(kind: type[object]) -> Decoder:
    def read(value: object, key: str, ledger: Ledger) -> object:
        if not isinstance(value, dict):
            return _blame_type(value, key, ledger, wanted="a table")
        before = len(ledger.faults)
        values = _decode_fields(kind, value, key=key, ledger=ledger, given={})
        return kind(**values) if len(ledger.faults) == before else None

    return read


def _map_decoder(inner: Decoder) -> Decoder:
    def read(value: object, key: str, ledger: Ledger) -> object:
        if not isinstance(value, dict):
            return _blame_type(value, key, ledger, wanted="a table")
        if any(not name.strip() for name in value):
            ledger.blame(key, "a name in this table is empty", "give the entry a name")
        return {name: inner(item, _join(key, name), ledger) for name, item in value.items()}

    return read


def _list_decoder(inner: Decoder) -> Decoder:
    def read(value: object, key: str, ledger: Ledger) -> object:
        if not isinstance(value, list):
            return _blame_type(value, key, ledger, wanted="a list")
        for place, item in _find_repeats(value):
            ledger.blame(f"{key}[{place}]", f"{item!r} stands here for the second time", "delete one of the two")
        return tuple(inner(item, f"{key}[{place}]", ledger) for place, item in enumerate(value, start=1))

    return read


def _find_repeats(items: list[object]) -> Iterator[tuple[int, str]]:
    seen: set[str] = set()
    for place, item in enumerate(items, start=1):
        if isinstance(item, str):
            if item in seen:
                yield place, item
            seen.add(item)


def _row_decoder(inner: list[Decoder]) -> Decoder:
    def read(value: object, key: str, ledger: Ledger) -> object:
        if not isinstance(value, list) or len(value) != len(inner):
            return _blame_type(value, key, ledger, wanted=f"a list of {len(inner)}")
        cells = zip(inner, value, strict=True)
        return tuple(one(item, f"{key}[{place}]", ledger) for place, (one, item) in enumerate(cells, start=1))

    return read


def _word_decoder(words: tuple[object, ...]) -> Decoder:
    def read(value: object, key: str, ledger: Ledger) -> object:
        if value not in words:
            ledger.blame(key, f"{value!r} is not a word for this key", f"use one of {', '.join(map(str, words))}")
        return value

    return read


def _read_text(value: object, key: str, ledger: Ledger) -> object:
    if not isinstance(value, str):
        return _blame_type(value, key, ledger, wanted="a text")
    if not value or value != value.strip():
        ledger.blame(key, "the text is empty or has blanks around it", "write the text, or delete the key")
    return value


def _read_whole_number(value: object, key: str, ledger: Ledger) -> object:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return value if whole else _blame_type(value, key, ledger, wanted="a whole number")


def _read_number(value: object, key: str, ledger: Ledger) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return _blame_type(value, key, ledger, wanted="a number")
    if not isfinite(value):
        ledger.blame(key, f"{value} is not a finite number", "give a finite number")
    return float(value)


def _read_truth(value: object, key: str, ledger: Ledger) -> object:
    return value if isinstance(value, bool) else _blame_type(value, key, ledger, wanted="true or false")


def _read_date(value: object, key: str, ledger: Ledger) -> object:
    day = isinstance(value, date) and not isinstance(value, datetime)
    return value if day else _blame_type(value, key, ledger, wanted="a date such as 2026-11-21")


_PLAIN: Mapping[type, Decoder] = {
    str: _read_text,
    int: _read_whole_number,
    float: _read_number,
    bool: _read_truth,
    date: _read_date,
}

_TYPE_WORDS: Mapping[type, str] = {
    str: "a text",
    bool: "a truth value",
    int: "a whole number",
    float: "a number",
    list: "a list",
    dict: "a table",
}


def _blame_type(value: object, key: str, ledger: Ledger, *, wanted: str) -> object:
    found = _TYPE_WORDS.get(cast("type", type(value)), "a date or time")
    size = f" of {len(value)}" if isinstance(value, list) else ""
    ledger.blame(key, f"this is {found}{size}, not {wanted}", f"give {wanted}")
    return value
