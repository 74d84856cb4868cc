"""Filtering system calls: a list of those allowed, as a seccomp program (`seccomp(2)`, classic BPF)."""

import ctypes
import os
import struct
from collections.abc import Iterable

from waymark.engines.jail.calls import ALLOWED, CHECKED, MACHINES, MISSING
from waymark.engines.jail.kernel import call, find_column

ALLOW = 0x7FFF0000
KILL = 0x80000000
REFUSE = 0x00050000 | 1  # EPERM
LACK = 0x00050000 | 38  # ENOSYS
X32 = 0x40000000
"""Bit of the calls of x86_64's second table, which would otherwise slip past numbers."""

_LOAD, _AND, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x54, 0x15, 0x35, 0x06
_THREAD = 0x10000 | 0x800 | 0x100  # CLONE_THREAD, CLONE_SIGHAND, CLONE_VM
_NAMESPACES = 0x7E020000 | 0x80  # CLONE_NEW*
_IOCTLS = (0x5401, 0x5421, 0x5450, 0x5451)  # is it a terminal; block or not; keep over exec or not
_FCNTLS = (0, 1, 2, 3, 4, 5, 6, 7, 1030)  # duplicate, flags, locks; not F_SETOWN, which sends signals
_PRCTLS = (3, 15, 16, 0x53564D41)  # is it dumpable; name of a thread; name of a mapping
_TRUNCATE, _ACCESS = 0x200, 0x3  # O_TRUNC, O_ACCMODE


def _put(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
    return struct.pack("=HBBI", code, yes, no, value)


def _give(value: int) -> bytes:
    return _put(_RETURN, value)


def _take(argument: int, *, high: bool = False) -> bytes:
    return _put(_LOAD, 16 + 8 * argument + 4 * high)


def _among(argument: int, values: Iterable[int]) -> bytes:
    """Allow a call whose argument is one of a few numbers."""
    tests = b"".join(_put(_EQUAL, value, 0, 1) + _give(ALLOW) for value in values)
    return _take(argument) + tests + _give(REFUSE)


def _masked(argument: int, mask: int, value: int, *, then: int, otherwise: int) -> bytes:
    return _take(argument) + _put(_AND, mask) + _put(_EQUAL, value, 0, 1) + _give(then) + _give(otherwise)


def _check_arguments(pid: int) -> dict[str, bytes]:
    """Return, by call of `calls.CHECKED`, the piece of program that judges its arguments; each ends the program."""
    own_limits = _take(2) + _put(_EQUAL, 0, 1, 0) + _give(REFUSE)
    own_limits += _take(2, high=True) + _put(_EQUAL, 0, 1, 0) + _give(REFUSE)
    return {
        "clone": _masked(0, _THREAD | _NAMESPACES, _THREAD, then=ALLOW, otherwise=REFUSE),
        "tgkill": _among(0, (pid,)),
        "prctl": _among(0, _PRCTLS),
        "prlimit64": own_limits + _among(0, (0, pid)),
        "ioctl": _among(1, _IOCTLS),
        "fcntl": _among(1, _FCNTLS),
        # Landlock before its third version does not see a file emptied by an open for reading
        "openat": _masked(2, _TRUNCATE | _ACCESS, _TRUNCATE, then=REFUSE, otherwise=ALLOW),
    }


def assemble(machine: str, pid: int) -> bytes:
    """Return the program for a machine and for the process that will be bound by it."""
    column, told = MACHINES[machine]
    program = _put(_LOAD, 4) + _put(_EQUAL, told, 1, 0) + _give(KILL) + _put(_LOAD, 0)
    if machine == "x86_64":
        program += _put(_AT_LEAST, X32, 0, 1) + _give(KILL)
    pieces = [(numbers[column], _give(ALLOW)) for numbers in ALLOWED.values()]
    pieces += [(CHECKED[name][column], piece) for name, piece in _check_arguments(pid).items()]
    pieces += [(numbers[column], _give(LACK)) for numbers in MISSING.values()]
    for number, piece in pieces:
        if number is not None:
            program += _put(_EQUAL, number, 0, len(piece) // 8) + piece
    return program + _give(REFUSE)


def close_calls() -> None:
    """Bind this process to the filter, for good; raise OSError where the kernel has none."""
    program = assemble(os.uname().machine, os.getpid())
    held = ctypes.create_string_buffer(program, len(program))
    head = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(held))
    call("seccomp", ctypes.c_uint(1), ctypes.c_uint(0), ctypes.create_string_buffer(head, len(head)))


def find_seccomp() -> bool:
    """Say whether the kernel filters calls and this kind of machine is known."""
    if not hasattr(os, "uname") or find_column() is None:
        return False
    try:
        call("seccomp", ctypes.c_uint(2), ctypes.c_uint(0), ctypes.byref(ctypes.c_uint32(KILL)))
    except OSError:
        return False
    return True
