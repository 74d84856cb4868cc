"""Kernel calls that Python does not offer, by way of the C library."""

import ctypes
import os

from waymark.engines.jail.calls import MACHINES, NEEDED

_LIBRARY = ctypes.CDLL(None, use_errno=True)


def find_column() -> int | None:
    """Return the column of this machine in the tables of calls, None for a machine that they do not know."""
    known = MACHINES.get(os.uname().machine)
    return known[0] if known is not None and ctypes.sizeof(ctypes.c_void_p) == 8 else None


def call(name: str, *arguments: object) -> int:
    """Make a system call of `calls.NEEDED`; raise OSError where the kernel refuses it."""
    column = find_column()
    number = None if column is None else NEEDED[name][column]
    if number is None:
        raise OSError(38, "this kind of machine is not known", name)
    _LIBRARY.syscall.restype = ctypes.c_long
    result = int(_LIBRARY.syscall(ctypes.c_long(number), *arguments))
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), name)
    return result


def control(option: int, *values: int) -> None:
    """Call prctl; raise OSError where it refuses."""
    given = [ctypes.c_ulong(value) for value in (*values, 0, 0, 0, 0)[:4]]
    if _LIBRARY.prctl(ctypes.c_int(option), *given) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), "prctl")
