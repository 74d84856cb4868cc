"""Use cases of the framework: show a term or the whole edition, check an edition."""

from pathlib import Path
from typing import Any

from waymark.actions.workspace import Workspace
from waymark.framework import Fault, check, export_edition, export_term, find_term


def show(workspace: Workspace, term: str | None = None) -> dict[str, Any]:
    """Return one term, or the whole edition, as plain values; raise UnknownTerm for an id that does not exist."""
    if term is None:
        return export_edition(workspace.edition)
    return export_term(workspace.edition, find_term(workspace.edition, term))


def check_edition(folder: Path | None = None) -> list[Fault]:
    """Return the faults of the shipped edition, or of it with an overlay folder laid over."""
    return check(folder)
