"""A folder laid over the shipped edition, in which tests plant faults and new terms."""

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import pytest

SHIPPED = Path(str(files("waymark"))) / "data" / "framework"


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """An overlay that starts empty."""

    folder: Path

    def put(self, path: str, content: str | bytes) -> None:
        """Write one of its files."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)

    def change(self, path: str, old: str, new: str) -> None:
        """Copy a shipped file with its first `old` replaced."""
        text = (SHIPPED / path).read_text(encoding="utf-8")
        assert old in text, f"{path} has no {old!r}"
        self.put(path, text.replace(old, new, 1))


@pytest.fixture
def overlay(tmp_path: Path) -> Overlay:
    """Give an empty overlay."""
    folder = tmp_path / "overlay"
    folder.mkdir()
    return Overlay(folder=folder)
