"""Framing: messages between the pool and a zygote, as bytes with their lengths before them."""

import os
import select
import struct
import time
from dataclasses import dataclass

from waymark.engines.jail.limits import JOB_BYTES, RESULT_BYTES, STDOUT_KEPT

JOB = struct.Struct("!IdI")
"""Head of a job: bytes that follow, seconds of processor time, MB of memory."""

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
    report: bytes
    stdout: bytes


def pack_ending(ending: Ending) -> bytes:
    """Return an ending as the bytes of an answer."""
    sizes = len(ending.report), len(ending.stdout)
    head = ANSWER.pack(ending.code, ending.cpu_seconds, ending.seconds, STOPS.index(ending.stopped), *sizes)
    return head + ending.report + ending.stdout


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


def send(pipe: int, data: bytes) -> None:
    """Write all bytes."""
    view = memoryview(data)
    while view:
        view = view[os.write(pipe, view) :]


def receive_job(pipe: int) -> tuple[bytes, float, int] | None:
    """Return the next job, its processor seconds and its memory; None when there will be no more."""
    head = receive(pipe, JOB.size)
    if head is None:
        return None
    size, cpu_seconds, memory_mb = JOB.unpack(head)
    if size > JOB_BYTES:
        return None
    body = receive(pipe, size)
    return None if body is None else (body, cpu_seconds, memory_mb)
