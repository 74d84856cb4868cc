"""Opening the workspace that a command works in, from the settings."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from waymark.actions.workspace import Workspace


def open_from_settings(*, model: Path | None = None) -> "Workspace":
    """Open the workspace that the settings describe; `model` stands in for the set reader."""
    from waymark.actions.workspace import open_workspace  # noqa: PLC0415  numpy and the domain load only when needed
    from waymark.settings import read_settings  # noqa: PLC0415

    settings = read_settings()
    return open_workspace(overlays=settings.overlays, model=model or settings.model)
