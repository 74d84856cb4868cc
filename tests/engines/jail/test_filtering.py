"""The filter, run by a small machine for its kind of program, for both kinds of computer."""

import struct

import pytest

from waymark.engines.jail.calls import ALLOWED, CHECKED, MACHINES, MISSING
from waymark.engines.jail.filtering import ALLOW, KILL, LACK, REFUSE, assemble, find_seccomp

PID = 4321
HARMFUL = {
    "ptrace": (101, 117),
    "kill": (62, 129),
    "tkill": (200, 130),
    "socket": (41, 198),
    "connect": (42, 203),
    "execve": (59, 221),
    "execveat": (322, 281),
    "mount": (165, 40),
    "unshare": (272, 97),
    "setns": (308, 268),
    "bpf": (321, 280),
    "memfd_create": (319, 279),
    "keyctl": (250, 219),
    "userfaultfd": (323, 282),
    "perf_event_open": (298, 241),
    "process_vm_readv": (310, 270),
    "linkat": (265, 37),
    "fchmodat": (268, 53),
    "setuid": (105, 146),
    "seccomp": (317, 277),
    "pidfd_open": (434, 434),
    "truncate": (76, 45),
}


def judge(machine: str, number: int, *arguments: int, told: int | None = None) -> int:
    """Return what the filter of a machine says to a call."""
    program = assemble(machine, PID)
    given = (*arguments, 0, 0, 0, 0, 0, 0)[:6]
    data = struct.pack("=IIQ6Q", number, MACHINES[machine][1] if told is None else told, 0, *given)
    at = held = 0
    while True:
        code, yes, no, value = struct.unpack_from("=HBBI", program, 8 * at)
        at += 1
        if code == 0x20:
            (held,) = struct.unpack_from("=I", data, value)
        elif code == 0x54:
            held &= value
        elif code in (0x15, 0x35):
            at += yes if (held == value if code == 0x15 else held >= value) else no
        else:
            return int(value)


@pytest.mark.parametrize("machine", MACHINES)
def test_the_lists_say_what_is_allowed(machine: str) -> None:
    column = MACHINES[machine][0]
    numbers = [
        own for calls in (ALLOWED, CHECKED, MISSING) for one in calls.values() if (own := one[column]) is not None
    ]
    assert len(numbers) == len(set(numbers))
    assert {judge(machine, one[column] or 0) for one in ALLOWED.values() if one[column] is not None} == {ALLOW}
    assert {judge(machine, one[column] or 0) for one in MISSING.values()} == {LACK}
    assert {name: judge(machine, one[column]) for name, one in HARMFUL.items()} == dict.fromkeys(HARMFUL, REFUSE)


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("clone", (0x3D0F00,), ALLOW),  # a thread, as the C library makes it
        ("clone", (0x1200011,), REFUSE),  # a fork
        ("clone", (0x4111,), REFUSE),  # a vfork
        ("clone", (0x3D0F00 | 0x10000000,), REFUSE),  # a thread in a namespace of users
        ("tgkill", (PID, PID, 9), ALLOW),
        ("tgkill", (PID - 1, PID - 1, 9), REFUSE),
        ("prctl", (15,), ALLOW),
        ("prctl", (1, 0), REFUSE),
        ("prctl", (4, 1), REFUSE),
        ("prlimit64", (0, 7, 0, 1), ALLOW),
        ("prlimit64", (0, 7, 1, 0), REFUSE),
        ("prlimit64", (0, 7, 1 << 32, 0), REFUSE),
        ("prlimit64", (1, 7, 0, 1), REFUSE),
        ("ioctl", (1, 0x5401), ALLOW),
        ("ioctl", (1, 0x5412), REFUSE),  # typing into a terminal
        ("fcntl", (1, 3), ALLOW),
        ("fcntl", (1, 8), REFUSE),
        ("openat", (0, 0, 0o102), ALLOW),
        ("openat", (0, 0, 0x241), ALLOW),
        ("openat", (0, 0, 0x200), REFUSE),  # emptying by an open for reading
    ],
)
def test_arguments_are_looked_at(machine: str, name: str, arguments: tuple[int, ...], expected: int) -> None:
    assert judge(machine, CHECKED[name][MACHINES[machine][0]] or 0, *arguments) == expected


def test_other_tables_end_the_process() -> None:
    assert judge("x86_64", 20, told=0x40000003) == KILL
    assert judge("x86_64", 0x40000000) == KILL
    assert judge("aarch64", 63, told=0x40000028) == KILL


def test_this_kernel_filters() -> None:
    assert find_seccomp()
