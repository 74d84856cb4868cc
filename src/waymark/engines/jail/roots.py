"""Roots: the folders and files that a child may read, and no more."""

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from waymark.engines.jail.limits import LIBRARIES

SYSTEM = ("/usr/lib", "/usr/lib64", "/lib", "/lib64", "/usr/share/zoneinfo", "/etc/ld.so.cache", "/etc/localtime")
DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random")


def list_roots(libraries: Sequence[str], sites: Sequence[str]) -> list[Path]:
    """Return what may be read: system libraries, the standard library and the folders of the named libraries.

    No folder of installed packages is given as a whole, since ours, with its keys, may lie in one.
    """
    standard = Path(os.__file__).parent
    wanted = [Path(path) for path in SYSTEM] + [standard]
    wanted += [
        Path(site) / folder for name in libraries for site in sites for folder in LIBRARIES[name] if name in LIBRARIES
    ]
    real = {path.resolve() for path in wanted if path.exists()}
    tops = [path for path in sorted(real) if not any(parent in real for parent in path.parents)]
    closed = {found.resolve() for top in (*tops, standard) for found in _find_packages(top)}
    own = {path for path in real if any(parent in closed for parent in path.parents)}
    return sorted({part for top in tops for part in _open_around(top, closed)} | own)


def find_interpreter() -> Path:
    """Return the program that runs the zygote, without any environment around it."""
    return Path(sys.executable).resolve()


def _find_packages(top: Path) -> Iterator[Path]:
    """Yield the folders of installed packages below a folder of libraries."""
    for pattern in ("*-packages", "python3*/*-packages"):
        yield from top.glob(pattern)


def _open_around(path: Path, closed: set[Path]) -> Iterator[Path]:
    """Yield a folder, or its parts where something below it is closed."""
    if path in closed:
        return
    if not any(path in one.parents for one in closed):
        yield path
        return
    for part in sorted(path.iterdir()):
        if not part.is_symlink():
            yield from _open_around(part, closed)
