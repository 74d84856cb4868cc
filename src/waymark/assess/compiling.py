"""Compiling scalar kernels with numba where it is there; without it the same source runs interpreted."""

import os
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar, cast

F = TypeVar("F", bound=Callable[..., object])

numba: Any = None
if find_spec("numba") is not None:  # declared, yet nothing but speed hangs on it
    import numba

COMPILED: bool = numba is not None and not numba.config.DISABLE_JIT
"""Whether kernels are compiled; `NUMBA_DISABLE_JIT=1`, numba's own switch, chooses the other way."""


def compiled(kernel: F) -> F:
    """Compile a kernel on first use and keep the machine code on disk where that can be written; nothing without numba.

    Never `fastmath`: sums keep the order they are written in, so both ways give the same bits. Kernels let go of the
    interpreter, so that a server answers others while one of them runs.
    """
    if not COMPILED:
        return kernel
    before, cache = numba.config.CACHE_DIR, _find_cache()
    numba.config.CACHE_DIR = str(cache or before)  # read while decorating, and only then
    try:
        return cast("F", numba.njit(cache=cache is not None, error_model="numpy")(kernel))
    finally:
        numba.config.CACHE_DIR = before


def is_warm(kernel: Callable[..., object]) -> bool:
    """Return whether a kernel need not be compiled: it is kept on disk as the sources are now, or runs interpreted."""
    if not COMPILED:
        return True
    folder, module = _find_cache(), kernel.__module__.rpartition(".")[2]
    name: str = getattr(kernel, "__name__")  # noqa: B009  a callable need not have one, a kernel has
    return folder is not None and any(folder.rglob(f"{module}.{name}-*.nbi"))


@cache
def _find_cache() -> Path | None:
    """Return a folder named for the sources of all kernels, or None where neither package nor home may be written.

    numba looks only at the file of the kernel that is called: a change in another file, whose kernels were compiled
    into it, would go unnoticed.
    """
    here = Path(__file__).parent
    digest = sha256()
    for path in sorted(here.rglob("*.py")):
        source = path.read_bytes()
        if b"@compiled" in source:
            digest.update(source)
    home = Path(os.path.expanduser("~"))  # noqa: PTH111  Path.home() raises for a user without one
    roots = [here / "__pycache__", *([home / ".cache" / "waymark"] if home.is_absolute() else [])]
    root = next((one for one in roots if _may_write(one)), None)
    return root and root / f"kernels-{digest.hexdigest()[:12]}"


def _may_write(folder: Path) -> bool:
    """Tell whether a folder, or where it is missing the nearest one above it, lets files be made."""
    there = next(one for one in (folder, *folder.parents) if os.path.exists(one))  # noqa: PTH110  never raises
    return os.access(there, os.W_OK | os.X_OK)
