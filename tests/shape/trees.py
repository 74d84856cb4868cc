"""The repository as the tests of its shape see it: what is tracked, and the modules of the package."""

import ast
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "waymark"
MODULES = sorted(SOURCE.rglob("*.py"))


@cache
def list_tracked() -> tuple[Path, ...]:
    """Return every file that is, or could be, committed; without git, every file of the folders that are."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listed.returncode == 0:
        paths = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    else:
        folders = ("src", "tests", "docs", "benchmarks", "requirements")
        paths = [*ROOT.glob("*.*"), *(path for name in folders for path in (ROOT / name).rglob("*"))]
    return tuple(path for path in paths if path.is_file() and "__pycache__" not in path.parts)


@cache
def read_texts() -> dict[Path, str]:
    """Return the text of every tracked file that is text."""
    texts = {}
    for path in list_tracked():
        data = path.read_bytes()
        if b"\0" not in data:
            texts[path] = data.decode("utf-8")
    return texts


@cache
def parse_module(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))
