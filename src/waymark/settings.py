"""Settings: every one that Waymark knows, read once from the environment and passed down as values."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from waymark.errors import Invalid


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What may be set from outside.

    `overlays`: folders laid over the shipped framework edition. `model`: a fitted reader to use instead of the
    shipped one.
    """

    overlays: tuple[Path, ...] = ()
    model: Path | None = None


KNOWN = {
    "WAYMARK_OVERLAYS": "folders laid over the shipped framework edition, separated like PATH",
    "WAYMARK_MODEL": "a fitted reader (.npz) to use instead of the shipped one",
}
"""Environment variables, with what each is for."""

_OTHER = frozenset({"WAYMARK_REQUIRE_BROWSER", "WAYMARK_CORPUS"})  # read by the tests alone


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from an environment (default: the process's own).

    Raise Invalid for a WAYMARK_ variable that does not exist, since a misspelt setting would silently do nothing.
    """
    given = os.environ if environment is None else environment  # noqa: TID251  the one place that reads it
    unknown = sorted(name for name in given if name.startswith("WAYMARK_") and name not in KNOWN.keys() | _OTHER)
    if unknown:
        raise Invalid(f"there is no setting {unknown[0]}", hint=f"settings are {', '.join(KNOWN)}")
    overlays = given.get("WAYMARK_OVERLAYS", "")
    model = given.get("WAYMARK_MODEL", "")
    return Settings(
        overlays=tuple(Path(folder) for folder in overlays.split(os.pathsep) if folder),
        model=Path(model) if model else None,
    )
