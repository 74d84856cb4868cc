"""Reading templates from TOML: strict, with every fault named by file and key."""

import json
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from hashlib import blake2b
from typing import Any, Final

from waymark.assess.templates.terms import RESPONSES, Parameter, Template
from waymark.errors import BadData
from waymark.framework.decoding import Ledger, decode
from waymark.framework.faults import Fault, Page, describe_faults

ENGINE: Final = "1"
"""Raised whenever the engine would draw other bytes from the same template."""

_GIVEN: Final = ("id", "params", "version", "source")
_MOST_VALUES: Final = 100_000


def read_file(text: str, *, name: str, given: Mapping[str, str] | None = None) -> tuple[list[Template], list[Fault]]:
    """Read a file with one template, or with several under `template`, and find all faults.

    `given` holds what its place says of all its templates (skill, topic), so that the file need not.
    """
    page = Page(file=name)
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return [], [page.fault("(file)", f"this is not TOML: {error}", "mend it at the place named")]
    return read_tables(table, page=page, given=given or {})


def read_tables(
    table: Mapping[str, Any], *, page: Page, given: Mapping[str, str]
) -> tuple[list[Template], list[Fault]]:
    """Read the templates of a parsed file and find all faults."""
    rows = next((table[name] for name in ("template", "templates") if isinstance(table.get(name), list)), [table])
    templates, faults, seen = [], [], set()
    for place, row in enumerate(rows, start=1):
        own = Page(file=f"{page.file}: {row.get('id', f'template {place}') if isinstance(row, dict) else place}")
        template, found = read_template(row if isinstance(row, dict) else {}, page=own, given=given)
        faults += found
        if template is not None:
            if template.id in seen:
                faults.append(own.fault("id", f"{template.id} is here twice", "give each template an id of its own"))
            seen.add(template.id)
            templates.append(template)
    return templates, faults


def read_template(
    row: Mapping[str, Any], *, page: Page, given: Mapping[str, str]
) -> tuple[Template | None, list[Fault]]:
    """Read one template and find all its faults; there is none where a fault keeps it from being drawn."""
    table = {**given, **_strip(row)}
    table.pop("schema", None)
    ledger = Ledger(page=page, faults=[])
    source = json.dumps(table, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_write_date)
    own = {
        "id": str(table.pop("id", "")),
        "params": _read_params(table.pop("params", {}), ledger),
        "version": blake2b(f"{ENGINE}|{source}".encode(), digest_size=8).hexdigest(),
        "source": source,
    }
    if not own["id"]:
        ledger.blame("id", "this key is missing", 'add id = "..."')
    if "program" not in table:
        table["program"] = _guess_program(table)
    template = decode(Template, table, given=own, ledger=ledger)
    if template is not None:
        ledger.faults.extend(_find_faults(template, page))
    return (None if ledger.faults else template), ledger.faults


def _guess_program(table: Mapping[str, Any]) -> dict[str, Any]:
    """Return how a template's programs run where it does not say so: by its format and what its scripts import."""
    if table.get("format") == "sql_query":
        return {"language": "sql"}
    script = str(table.get("derive", ""))
    return {"libraries": [name for name in ("numpy", "polars") if f"import {name}" in script]}


def decode_template(source: str) -> Template:
    """Rebuild a template from its `source`, as a record keeps it. Raise BadData for what is none."""
    try:
        table = json.loads(source)
    except json.JSONDecodeError as error:
        raise BadData(f"this is no source of a template: {error}", hint="give the text that was kept") from error
    day = table.get("valid_until")
    table |= {"valid_until": date.fromisoformat(day)} if day else {}
    template, faults = read_template(table, page=Page(file="source"), given={})
    if template is None:
        raise describe_faults(faults)
    return template


def _strip(value: Any) -> Any:  # noqa: ANN401  any value of a TOML file
    """Take the blanks around texts away, which TOML's quotes bring along; choices of parameters stay."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, dict):
        return {name: own if name == "params" else _strip(own) for name, own in value.items()}
    return [_strip(own) for own in value] if isinstance(value, list) else value


def _write_date(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def _read_params(table: object, ledger: Ledger) -> dict[str, Parameter]:
    if not isinstance(table, dict):
        ledger.blame("params", "this is no table", "write [params]")
        return {}
    found = {}
    for name, row in table.items():
        values = _list_values(row)
        if not name.isidentifier() or name.startswith("_"):
            ledger.blame(f"params.{name}", "this is no name for a parameter", "use letters, digits and _")
        elif not values or len(values) > _MOST_VALUES:
            mend = "write { choice = [...] }, { int = [low, high, step] } or { float = [low, high, step] }"
            ledger.blame(f"params.{name}", "this says no values", mend)
        else:
            found[name] = Parameter(values=values)
    return found


def _list_values(row: object) -> tuple[Any, ...]:
    if not isinstance(row, dict) or len(row) != 1:
        return ()
    kind, values = next(iter(row.items()))
    if not isinstance(values, list) or not values:
        return ()
    if kind == "choice":
        return tuple(values)
    numbers = tuple(one for one in values if isinstance(one, int | float) and not isinstance(one, bool))
    return _list_steps(kind, numbers) if len(numbers) == len(values) in (2, 3) else ()


def _list_steps(kind: str, numbers: tuple[float, ...]) -> tuple[float, ...]:
    """Return the numbers from low to high by a step of 1 or another; none where that is no range."""
    low, high, step = (*numbers, 1)[:3]
    whole = all(isinstance(one, int) for one in (low, high, step))
    if step <= 0 or high < low or (high - low) / step > _MOST_VALUES or kind not in {"int", "float"}:
        return ()
    if kind == "int":
        return tuple(range(int(low), int(high) + 1, int(step))) if whole else ()
    return tuple(round(low + place * step, 12) for place in range(int((high - low) / step + 1e-9) + 1))


def _find_faults(template: Template, page: Page) -> Iterator[Fault]:
    yield from page.find_unknown("format", [template.format], known=RESPONSES, what="format")
    words = {*RESPONSES.values(), ""}
    yield from page.find_unknown("response", [template.response], known=words, what="way to answer")
    if template.format not in RESPONSES:
        return
    if template.answered == "case":
        if len(template.parts) < 2:
            yield page.fault("parts", "a case has two questions or more", "add [[template.parts]]")
        for place, part in enumerate(template.parts, start=1):
            yield from page.find_unknown(f"parts[{place}].format", [part.format], known=RESPONSES, what="format")
    elif not template.key.value:
        yield page.fault("key.value", "this key is missing", 'add key = { value = "..." }')
    if template.minutes <= 0:
        yield page.fault("minutes", f"{template.minutes} is not above zero", "give the minutes it takes")
