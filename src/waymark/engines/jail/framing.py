"""Framing: messages between the pool and a zygote, as bytes with their lengths before them."""

import os
import select
import struct
import time
from dataclasses import dataclass

from waymark.engines.jail.limits import JOB_BYTES, RESULT_BYTES, STDOUT_KEPT

JOB = struct.Struct("!IdI")
"""Head of a job: bytes that follow, seconds of processor time, MB of memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What a zygote knows of a job: its bytes, its seconds of processor time, its MB (2**20 bytes) of memory.

    The memory comes on top of what is mapped already.
    """

    size: int
    cpu_seconds: float
    memory_mb: int


ANSWER = struct.Struct("!iddBII")
"""Head of an answer: exit code (minus a signal), processor seconds, wall seconds, why it was stopped, two lengths."""

STOPS = ("", "wall", "output", "scratch", "threads")
"""Why a zygote ended a child, by its number in an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What a zygote saw of a child: its exit code (minus the signal that ended it), cost, and the bytes it wrote."""

    code: int
    cpu_seconds: float
    seconds: float
    stopped: str
    report: bytes | memoryview
    stdout: bytes | memoryview


def send_ending(pipe: int, ending: Ending) -> None:
    """Write an ending as an answer, without a copy of what the child wrote."""
    sizes = len(ending.report), len(ending.stdout)
    head = ANSWER.pack(ending.code, ending.cpu_seconds, ending.seconds, STOPS.index(ending.stopped), *sizes)
    for part in (head, ending.report, ending.stdout):
        send(pipe, part)


def receive_ending(pipe: int, due: float) -> Ending | None:
    """Read an answer; None where the zygote ended, took longer than the clock `due` or said what it never says."""
    head = receive(pipe, ANSWER.size, due)
    if head is None:
        return None
    code, cpu_seconds, seconds, stopped, of_report, of_stdout = ANSWER.unpack(head)
    if of_report > RESULT_BYTES or of_stdout > STDOUT_KEPT or stopped >= len(STOPS):
        return None
    body = receive(pipe, of_report + of_stdout, due)
    if body is None:
        return None
    return Ending(
        code=code,
        cpu_seconds=cpu_seconds,
        seconds=seconds,
        stopped=STOPS[stopped],
        report=body[:of_report],
        stdout=body[of_report:],
    )


def receive(pipe: int, size: int, due: float | None = None) -> bytes | None:
    """Read that many bytes; None at the end of the pipe or at the clock `due`."""
    pieces: list[bytes] = []
    while size:
        if due is not None and not select.select([pipe], [], [], max(0.0, due - time.monotonic()))[0]:
            return None
        piece = os.read(pipe, min(size, 1 << 20))
        if not piece:
            return None
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)


def send(pipe: int, data: bytes | memoryview) -> None:
    """Write all bytes."""
    view = memoryview(data)
    while view:
        view = view[os.write(pipe, view) :]


def receive_head(pipe: int) -> Head | None:
    """Return what comes before the next job, which is left in the pipe; None when there will be no more."""
    data = receive(pipe, JOB.size)
    if data is None:
        return None
    size, cpu_seconds, memory_mb = JOB.unpack(data)
    return Head(size=size, cpu_seconds=cpu_seconds, memory_mb=memory_mb) if size <= JOB_BYTES else None
