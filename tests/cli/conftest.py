"""The command line, in this process and as a person starts it."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest

TEXT = (
    "\ufeffData analyst \U0001f4ca\r\n\r\nWhat you do:\r\n- Write SQL and build dashboards in Tableau\r\n"
    "- Present caf\u00e9 sales to managers\r\n\r\nYou need 3+ years of SQL. \U0001f600 Python is a plus. \U0001f600\r\n"
)
"""A posting with what shifts offsets: a byte order mark, CRLF, accents and emoji."""

Start: TypeAlias = Callable[..., subprocess.CompletedProcess[bytes]]


@pytest.fixture(scope="session")
def start() -> Start:
    """Run the installed command: start("demand", "read", "-", input=b"...")."""
    command = Path(sys.executable).with_name("waymark")

    def run(*arguments: str | Path, **options: Any) -> subprocess.CompletedProcess[bytes]:
        given: dict[str, Any] = {"capture_output": True, "timeout": 60, **options}
        return subprocess.run([command, *arguments], check=False, **given)  # noqa: S603  our own command

    return run


@pytest.fixture
def posting(tmp_path: Path) -> Path:
    path = tmp_path / "posting.txt"
    path.write_bytes(TEXT.encode())
    return path
