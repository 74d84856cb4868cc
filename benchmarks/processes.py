"""Processes: run a command on one core with one thread, and say what it cost."""

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

ONE_THREAD = dict.fromkeys(
    (
        "BLIS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "NUMEXPR_NUM_THREADS",
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "POLARS_MAX_THREADS",
        "RAYON_NUM_THREADS",
    ),
    "1",
)
"""What keeps the libraries of all contenders to one thread; they read it when they are imported."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one process cost: wall and CPU time in seconds, peak resident memory in MB (10^6 bytes)."""

    code: int
    output: bytes
    wall: float
    cpu: float
    peak: float


def take_one_core() -> int:
    """Keep this process and its children to one core and return its number, -1 where none can be chosen."""
    if not hasattr(os, "sched_setaffinity"):
        return -1
    core = max(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {core})
    return core


def run(command: Sequence[str], *, environment: Mapping[str, str]) -> Cost:
    """Run a command to its end.

    The peak is the kernel's own count, which starts from the size of the process that asks: it must stay small.
    """
    began = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603  our own programs, with our own arguments
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=dict(environment)
    )
    output = b"" if process.stdout is None else _drain(process.stdout.fileno())
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.stdout is not None:
        process.stdout.close()
    return Cost(
        code=process.returncode,
        output=output,
        wall=wall,
        cpu=used.ru_utime + used.ru_stime,
        peak=used.ru_maxrss * 1024 / 1e6,
    )


def _drain(pipe: int, *, kept: int = 1_000_000) -> bytes:
    """Read a pipe to its end and return the first `kept` bytes; the rest would swell this process."""
    output = b""
    while part := os.read(pipe, 1 << 16):
        if len(output) < kept:
            output += part
    return output
