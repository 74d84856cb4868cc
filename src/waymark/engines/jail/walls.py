"""The walls around a job, in the order in which a child puts them up; none can be taken down again."""

import ctypes
import os
import resource
from math import ceil
from pathlib import Path

from waymark.engines.jail import roots
from waymark.engines.jail.filtering import close_calls
from waymark.engines.jail.framing import Head
from waymark.engines.jail.kernel import call, control
from waymark.engines.jail.landlocking import READ, READ_FILE, SCRATCH, WRITE_FILE, Ruleset, make_ruleset
from waymark.engines.jail.limits import FILE_BYTES, OPEN_FILES

_SET_PARENT_SIGNAL, _SET_DUMPABLE, _SET_NO_NEW_PRIVILEGES = 1, 4, 38
_NOBODY = 65534
_KILL = 9


def enclose(scratch: str, allowed: Head, *, rules: Ruleset | None, parent: int) -> None:
    """Put up all walls around this process; without `rules` the file system is walled off by someone else.

    Raise OSError where the kernel refuses one, so that no job runs behind fewer.
    """
    os.chdir(scratch)
    _limit(allowed)
    control(_SET_NO_NEW_PRIVILEGES, 1)
    control(_SET_DUMPABLE, 0)
    control(_SET_PARENT_SIGNAL, _KILL)
    if os.getppid() != parent:
        os._exit(1)
    if rules is not None:
        rules.enforce()
        os.close(rules.number)
    close_calls()


def _limit(allowed: Head) -> None:
    seconds = ceil(allowed.cpu_seconds)
    mapped = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) if _sees_processes() else 1 << 17
    memory = mapped * resource.getpagesize() + allowed.memory_mb * 1024**2
    limits = {
        resource.RLIMIT_AS: memory,
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_FSIZE: FILE_BYTES,
        resource.RLIMIT_NOFILE: OPEN_FILES,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_MEMLOCK: 0,
        resource.RLIMIT_MSGQUEUE: 0,
    }
    for kind, limit in limits.items():
        resource.setrlimit(kind, (limit, limit))


def _sees_processes() -> bool:
    return os.path.exists("/proc/self/statm")  # noqa: PTH110  once a job, where a Path would cost more than the look


def give_up_rights(scratch: str, needed: list[Path]) -> None:
    """Give up root, where this is root: its number where others can read what is needed, its capabilities always."""
    if os.geteuid() != 0:
        return
    if all(map(_is_open_to_all, needed)):
        os.chown(scratch, _NOBODY, _NOBODY)
        os.setgroups([])
        os.setresgid(_NOBODY, _NOBODY, _NOBODY)
        os.setresuid(_NOBODY, _NOBODY, _NOBODY)
        return
    head = (ctypes.c_uint32 * 2)(0x20080522, 0)
    call("capset", ctypes.byref(head), ctypes.byref((ctypes.c_uint32 * 6)()))


def hide_memory() -> None:
    """Close this process's memory and files to all others of the same user."""
    control(_SET_DUMPABLE, 0)


def _is_open_to_all(path: Path) -> bool:
    try:
        return all(place.stat().st_mode & 0o001 for place in (path.parent, *path.parent.parents)) and bool(
            path.stat().st_mode & 0o004
        )
    except OSError:
        return False


def make_rules(scratch: str, readable: list[Path]) -> Ruleset:
    """Return the rules for every job of a zygote: read what is listed, write to scratch, nothing else."""
    rules = make_ruleset()
    for path in readable:
        rules.allow(path, READ)
    for device in roots.DEVICES:
        rules.allow(Path(device), READ_FILE | (WRITE_FILE if device == "/dev/null" else 0))
    rules.allow(Path(scratch), SCRATCH)
    return rules
