"""Showing an edition: finding a term by its id, and plain values for JSON."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from difflib import get_close_matches
from typing import TypeAlias

from waymark.errors import UnknownTerm
from waymark.framework.covering import group_by_task, subtasks_of, variants_of
from waymark.framework.editions import Edition, folders_of
from waymark.framework.terms import Role, Task, Term

Plain: TypeAlias = "bool | int | float | str | list[Plain] | dict[str, Plain] | None"


def find_term(edition: Edition, name: str) -> Term:
    """Return the term of an id, whatever its kind; raises `UnknownTerm` with the ids that come close."""
    terms = {term.id: term for members in folders_of(edition).values() for term in members.values()}
    if name in terms:
        return terms[name]
    raise UnknownTerm(f"there is no term {name!r} in edition {edition.about.id}", hint=_suggest(name, terms))


def _suggest(name: str, terms: Mapping[str, Term]) -> str:
    """Name the ids whose id, name or abbreviation comes close."""
    spellings = {spelling: term.id for term in terms.values() for spelling in _spell(term)}
    near = get_close_matches(_fold(name), spellings, n=3, cutoff=0.6)
    ids = dict.fromkeys(spellings[spelling] for spelling in near)
    return f"did you mean {' or '.join(ids)}?" if ids else "`waymark framework show` lists all terms"


def _spell(term: Term) -> tuple[str, ...]:
    short = (term.abbreviation,) if isinstance(term, Role) else ()
    return tuple(map(_fold, (*short, term.name, term.id)))


def _fold(name: str) -> str:
    return name.lower().replace(" ", "_").replace("-", "_").replace(",", "")


def export_edition(edition: Edition) -> dict[str, Plain]:
    """Return the whole edition as plain values: its first page as `edition`, then a list a kind of term."""
    first = _export_fields(edition.about)
    first["overlays"] = list(edition.overlays)
    first["digest"] = edition.digest
    plain: dict[str, Plain] = {"edition": first}
    for folder, terms in folders_of(edition).items():
        plain[folder] = [export_term(edition, term) for term in terms.values()]
    return plain


def export_term(edition: Edition, term: Term) -> dict[str, Plain]:
    """Return one term as plain values; a task with its subtasks, a role with its subtasks and variants."""
    plain = _export_fields(term)
    match term:
        case Task():
            plain["subtasks"] = list(group_by_task(edition).get(term.id, ()))
        case Role():
            plain["subtasks"] = list(subtasks_of(edition, term.id))
            plain["variants"] = list(variants_of(edition, term.id))
    return plain


def _export_fields(value: object) -> dict[str, Plain]:
    return {member.name: _export(getattr(value, member.name)) for member in fields(value)}  # type: ignore[arg-type]


def _export(value: object) -> Plain:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(name): _export(item) for name, item in value.items()}
    if isinstance(value, tuple | list):
        return [_export(item) for item in value]
    if is_dataclass(value):
        return _export_fields(value)
    raise TypeError(f"{type(value).__name__} has no plain form")
