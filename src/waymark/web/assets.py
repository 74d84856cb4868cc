"""The static files: read once, served under an address that names their content."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

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
    return {file.name: _read_asset(file) for file in sorted(folder.iterdir()) if file.suffix in MEDIA_TYPES}


def _read_asset(file: Path) -> Asset:
    body = file.read_bytes()
    digest = sha256(body).hexdigest()[:12]
    return Asset(
        name=file.name,
        path=f"/static/{digest}/{file.name}",
        media_type=MEDIA_TYPES[file.suffix],
        body=body,
    )
