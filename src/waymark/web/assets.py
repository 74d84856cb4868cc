"""The static files: read once, served under an address that names their content."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from waymark.report.styling import RULES

FOLDER = Path(__file__).parent / "static"
MEDIA_TYPES: Mapping[str, str] = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """One static file; `path` changes with any byte of `body`, so it may be kept for ever."""

    name: str
    path: str
    media_type: str
    body: bytes


def load_assets(folder: Path = FOLDER) -> dict[str, Asset]:
    """Return the static files of a folder by name."""
    return {file.name: make_asset(file.name, file.read_bytes()) for file in list_files(folder)}


def list_files(folder: Path) -> list[Path]:
    """Return the files of a folder that may be served."""
    return [file for file in sorted(folder.iterdir()) if file.suffix in MEDIA_TYPES]


def make_figure_style() -> Asset:
    """Return the stylesheet of the figures, which pages and files have in common."""
    return make_asset("figures.css", RULES.encode())


def make_asset(name: str, body: bytes) -> Asset:
    """Make a static file of its content."""
    digest = sha256(body).hexdigest()[:12]
    return Asset(name=name, path=f"/static/{digest}/{name}", media_type=MEDIA_TYPES[Path(name).suffix], body=body)
