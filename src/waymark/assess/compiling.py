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
    """Compile a kernel on first use and keep the machine code on disk; leave it alone without numba.

    Never `fastmath`: sums keep the order they are written in, so both ways give the same bits.
    """
    if not COMPILED:
        return kernel
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(_find_cache())  # read while decorating, and only then
    try:
        return cast("F", numba.njit(cache=True, error_model="numpy")(kernel))
    finally:
        numba.config.CACHE_DIR = before


@cache
def _find_cache() -> Path:
    """Return a folder named for the sources of all kernels.

    numba looks only at the file of the kernel that is called: a change in another file, whose kernels were compiled
    into it, would go unnoticed.
    """
    here = Path(__file__).parent
    digest = sha256()
    for path in sorted(here.glob("*.py")):
        source = path.read_bytes()
        if b"@compiled" in source:
            digest.update(source)
    beside = here / "__pycache__"
    root = beside if os.access(beside if beside.is_dir() else here, os.W_OK) else Path.home() / ".cache" / "waymark"
    return root / f"kernels-{digest.hexdigest()[:12]}"
