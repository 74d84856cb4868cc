"""Compiling scalar kernels with numba where it is there; without it the same source runs interpreted."""

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, TypeVar, cast

F = TypeVar("F", bound=Callable[..., object])

numba: Any = None
if find_spec("numba") is not None:  # declared, yet nothing but speed hangs on it
    import numba

COMPILED: bool = numba is not None and not numba.config.DISABLE_JIT
"""Whether kernels are compiled; `NUMBA_DISABLE_JIT=1`, numba's own switch, chooses the other way."""


def compiled(kernel: F) -> F:
    """Compile a kernel on first use and keep the machine code beside the source; leave it alone without numba.

    Never `fastmath`: sums keep the order they are written in, so both ways give the same bits.
    """
    if not COMPILED:
        return kernel
    return cast("F", numba.njit(cache=True, error_model="numpy")(kernel))
