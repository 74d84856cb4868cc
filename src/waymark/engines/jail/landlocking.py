"""Landlock: rights to files, ports and signals that a process gives up for good (`landlock(7)`)."""

import ctypes
import os
import struct
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from waymark.engines.jail.kernel import call, find_column

EXECUTE, WRITE_FILE, READ_FILE, READ_FOLDER = 1, 2, 4, 8
_REMOVE_FOLDER, _REMOVE_FILE, _MAKE_FOLDER, _MAKE_FILE, _MAKE_LINK = 1 << 4, 1 << 5, 1 << 7, 1 << 8, 1 << 12
_REFER, _TRUNCATE, _DEVICES = 1 << 13, 1 << 14, 1 << 15
_FIRST = (1 << 13) - 1
READ = READ_FILE | READ_FOLDER
FILE_RIGHTS = EXECUTE | WRITE_FILE | READ_FILE | _TRUNCATE | _DEVICES
SCRATCH = (
    READ | WRITE_FILE | _REMOVE_FOLDER | _REMOVE_FILE | _MAKE_FOLDER | _MAKE_FILE | _MAKE_LINK | _REFER | _TRUNCATE
)
"""All but running programs and making devices, pipes and sockets."""


def find_landlock() -> int:
    """Return the version of Landlock that the kernel speaks, 0 where it has none."""
    if not hasattr(os, "uname") or find_column() is None:
        return 0
    with suppress(OSError):
        return call("landlock_create_ruleset", ctypes.c_void_p(None), ctypes.c_size_t(0), ctypes.c_uint32(1))
    return 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruleset:
    """What is allowed; all else of what is handled is refused once it is in force."""

    number: int
    files: int

    def allow(self, path: Path, rights: int) -> None:
        """Allow rights below a folder or to a file; what does not exist is passed over."""
        try:
            place = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            return
        try:
            granted = rights & self.files & (-1 if path.is_dir() else FILE_RIGHTS)
            rule = struct.pack("=Qi", granted, place)
            rule_type, flags = ctypes.c_int(1), ctypes.c_uint32(0)
            call("landlock_add_rule", ctypes.c_int(self.number), rule_type, ctypes.c_char_p(rule), flags)
        finally:
            os.close(place)

    def enforce(self) -> None:
        """Bind this process to the rules, for good."""
        call("landlock_restrict_self", ctypes.c_int(self.number), ctypes.c_uint32(0))


def make_ruleset() -> Ruleset:
    """Return rules that allow nothing, with all that this kernel's version can refuse."""
    version = find_landlock()
    files = _FIRST | (_REFER if version >= 2 else 0) | (_TRUNCATE if version >= 3 else 0)
    files |= _DEVICES if version >= 5 else 0
    ports = 3 if version >= 4 else 0  # bind and connect TCP
    scopes = 3 if version >= 6 else 0  # abstract sockets and signals stay among the jailed
    told = struct.pack("=QQQ", files, ports, scopes)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    made = call("landlock_create_ruleset", ctypes.c_char_p(told), ctypes.c_size_t(size), ctypes.c_uint32(0))
    return Ruleset(number=made, files=files)
