"""Auditing what others hand in: a file of templates in TOML, or of plain items in TOML, JSON or JSON Lines."""

import json
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any, Final

from waymark.assess.audit.auditing import Conditions, audit_bank, audit_template, check_repeats
from waymark.assess.audit.plain import SCHEMA, audit_items
from waymark.assess.audit.rules import Finding, find
from waymark.assess.templates.reading import read_tables
from waymark.errors import BadInput
from waymark.framework.faults import Page

_TEMPLATE_KEYS: Final = frozenset({"params", "derive", "verify", "constraints", "distractors"})
_LISTS: Final = ("items", "item", "templates", "template")


def audit_submission(text: str, *, name: str, conditions: Conditions) -> list[Finding]:
    """Audit a file by its text. Raise BadInput where it is neither TOML nor JSON, or holds no question."""
    rows = split_submission(text, name=name)
    plain = [row for row in rows if is_plain(row)]
    templates = [row for row in rows if not is_plain(row)]
    findings = audit_items(plain, today=conditions.today) if plain else []
    return findings + (_audit_templates(templates, name, conditions) if templates else [])


def split_submission(text: str, *, name: str) -> list[dict[str, Any]]:
    """Return the questions of a file as tables. Raise BadInput for what holds none."""
    parsed = _parse(text, name)
    if isinstance(parsed, Mapping):
        listed = next((parsed[key] for key in _LISTS if isinstance(parsed.get(key), list)), None)
        parsed = [parsed] if listed is None else listed
    if not isinstance(parsed, list) or not parsed or not all(isinstance(row, dict) and row for row in parsed):
        raise BadInput(f"{name}: no question in it", hint="give a template, a plain item, or a list of them")
    return parsed


def is_plain(row: Mapping[str, Any]) -> bool:
    """Tell whether a table is a plain item, by its schema or by having nothing that varies."""
    return row.get("schema") == SCHEMA or ("schema" not in row and not _TEMPLATE_KEYS & set(row))


def _parse(text: str, name: str) -> object:
    if name.endswith(".toml"):
        try:
            return tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise BadInput(f"{name}: this is not TOML: {error}", hint="mend it at the place named") from error
    try:
        return json.loads(text)
    except json.JSONDecodeError as whole:
        rows = [line for line in text.splitlines() if line.strip()]
        try:
            return [json.loads(line) for line in rows]
        except json.JSONDecodeError:
            message = f"{name}: this is not JSON: {whole.msg}, line {whole.lineno}"
            raise BadInput(message, hint="give JSON, JSON Lines, or TOML in a file named .toml") from whole
        except RecursionError as error:
            raise BadInput(f"{name}: it is nested too deeply", hint="give a list of flat items") from error


def _audit_templates(rows: Sequence[Mapping[str, Any]], name: str, conditions: Conditions) -> list[Finding]:
    templates, faults = read_tables({"templates": list(rows)}, page=Page(file=name), given={})
    findings = [find(1, fault.file.partition(": ")[2] or name, f"{fault.key}: {fault.message}") for fault in faults]
    audited = [audit_template(template, conditions) for template in templates]
    findings += [found for one in audited for found in one.findings]
    findings += [found for template in templates for found in check_repeats(template)]
    return findings + audit_bank(audited)
