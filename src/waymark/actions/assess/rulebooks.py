"""Rulebooks: the rules of a sitting as TOML, the shipped ones or one's own."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from waymark.assess.sitting.rules import Decision, Rules
from waymark.errors import BadInput, MissingInput
from waymark.framework.tables import open_data

SHIPPED: Final = "assess/rules.toml"
_KINDS: Final[Mapping[str, tuple[type, ...]]] = {
    "goal": (str,),
    "target_sd": (int, float, dict),
    "confidence": (int, float),
    "decisions": (list,),
    "weights": (dict,),
    "least_items": (int,),
    "most_items_per_skill": (int,),
    "most_items": (int,),
    "most_minutes": (int, float),
    "least_gain": (int, float),
    "per_minute": (bool,),
    "exposure_cap": (int, float),
    "temperature": (int, float),
    "exploration": (str,),
    "pilot_every": (int,),
    "warm_start": (bool,),
}
"""What each rule may be."""


def load_rules(path: Path | None = None, *, changes: Mapping[str, Any] | None = None) -> Rules:
    """Read the shipped rules, a file laid over them, and single changes over both (None changes nothing).

    Raise MissingInput or BadInput, naming file and key.
    """
    table = _read_toml(open_data(SHIPPED).read_bytes(), SHIPPED)
    if path is not None:
        if not path.is_file():
            raise MissingInput(f"{path}: no such file", hint="name a TOML file of rules")
        table |= _check(_read_toml(path.read_bytes(), str(path)), str(path))
    table |= {key: value for key, value in (changes or {}).items() if value is not None}
    decisions = tuple(_decide(one, str(path)) for one in table.pop("decisions", ()))
    return Rules(**table, decisions=decisions)


def _read_toml(data: bytes, name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(data.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"{name}: {error}", hint="mend the TOML at the place named") from error


def _check(table: dict[str, Any], name: str) -> dict[str, Any]:
    for key, value in table.items():
        if key not in _KINDS:
            raise BadInput(f"{name}: there is no rule {key!r}", hint=f"the rules are {', '.join(_KINDS)}")
        kinds = _KINDS[key]
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            raise BadInput(f"{name}: {key} = {value!r}", hint=f"give {' or '.join(kind.__name__ for kind in kinds)}")
        members = value.values() if isinstance(value, dict) else ()
        if not all(isinstance(one, int | float) and not isinstance(one, bool) for one in members):
            raise BadInput(f"{name}: {key} = {value!r}", hint="give a number a skill")
    return table


def _decide(table: object, name: str) -> Decision:
    keys = {"name", "weights", "cut"}
    if not isinstance(table, dict) or set(table) != keys or not isinstance(table["weights"], dict):
        raise BadInput(f"{name}: a decision of {table!r}", hint="give name, weights (a number a skill) and cut")
    numbers = (table["cut"], *table["weights"].values())
    if not all(isinstance(one, int | float) and not isinstance(one, bool) for one in numbers):
        raise BadInput(f"{name}: decision {table['name']!r}", hint="weights and cut are numbers")
    return Decision(name=str(table["name"]), weights=table["weights"], cut=float(table["cut"]))


def describe_rules(rules: Rules) -> dict[str, Any]:
    """Return the rules as plain values."""
    told = {key: getattr(rules, key) for key in _KINDS if key != "decisions"}
    told["decisions"] = [{"name": one.name, "weights": dict(one.weights), "cut": one.cut} for one in rules.decisions]
    return told
