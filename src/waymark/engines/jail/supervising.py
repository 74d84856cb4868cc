"""Supervising one child: take what it writes up to a limit, end it when its time is over, count what it holds."""

import mmap
import os
import select
import signal
import time
from contextlib import suppress
from dataclasses import dataclass

from waymark.engines.jail import scratch
from waymark.engines.jail.framing import Ending
from waymark.engines.jail.limits import RESULT_BYTES, STDOUT_BYTES, STDOUT_KEPT, THREADS

_TICK = 0.02
_WASTE = 1 << 16


class Room:
    """Memory for what a child writes, which is not there in processes that are forked later."""

    def __init__(self) -> None:
        """Take it from the kernel."""
        held = mmap.mmap(-1, RESULT_BYTES + STDOUT_KEPT + _WASTE)
        held.madvise(mmap.MADV_DONTFORK)
        view = memoryview(held)
        self.report = view[:RESULT_BYTES]
        self.stdout = view[RESULT_BYTES:-_WASTE]
        self.waste = view[-_WASTE:]


@dataclass(slots=True, kw_only=True)
class Stream:
    """What came down a pipe: as much of it as `kept` has room for, and how many bytes in all."""

    pipe: int
    limit: int
    kept: memoryview
    waste: memoryview
    size: int = 0

    def take(self) -> bool:
        """Read once; say whether more may come."""
        count = os.readv(self.pipe, [self.kept[self.size :], self.waste])
        self.size += count
        return count > 0

    def show(self) -> memoryview:
        """Return what was kept."""
        return self.kept[: self.size]


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """A child in its own process group, and the pipes on which it reports and prints."""

    pid: int
    report: int
    stdout: int


def supervise(child: Child, folder: str, room: Room, *, wall_seconds: float, jobs: int) -> Ending:
    """Return how a child ended; end it when it has gone beyond a limit, or when nobody waits at the pipe of `jobs`."""
    began = time.monotonic()
    report = Stream(pipe=child.report, limit=RESULT_BYTES, kept=room.report, waste=room.waste)
    stdout = Stream(pipe=child.stdout, limit=STDOUT_BYTES, kept=room.stdout, waste=room.waste)
    stopped = _watch(child, folder, (report, stdout), due=began + wall_seconds, jobs=jobs)
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    _, status, used = os.wait4(child.pid, 0)
    return Ending(
        code=os.waitstatus_to_exitcode(status),
        cpu_seconds=used.ru_utime + used.ru_stime,
        seconds=time.monotonic() - began,
        stopped=stopped,
        report=report.show(),
        stdout=stdout.show(),
    )


def _watch(child: Child, folder: str, streams: tuple[Stream, Stream], *, due: float, jobs: int) -> str:
    """Return why the child has to be ended, "" where it ended by itself."""
    end = os.pidfd_open(child.pid)
    poll = select.poll()
    open_streams = {stream.pipe: stream for stream in streams}
    for pipe in (*open_streams, end):
        poll.register(pipe, select.POLLIN)
    poll.register(jobs, 0)
    try:
        while True:
            ready = {pipe for pipe, _ in poll.poll(_TICK * 1000)}
            for pipe in ready & open_streams.keys():
                if not open_streams[pipe].take():
                    poll.unregister(pipe)
                    del open_streams[pipe]
            if end in ready and not ready & open_streams.keys():
                return ""
            stopped = _judge(child, folder, streams, late=time.monotonic() > due or jobs in ready, idle=not ready)
            if stopped:
                return stopped
    finally:
        os.close(end)


def _judge(child: Child, folder: str, streams: tuple[Stream, Stream], *, late: bool, idle: bool) -> str:
    """Return what the child has gone beyond; what costs a look at files is done between its words only."""
    if any(stream.size > stream.limit for stream in streams):
        return "output"
    if late:
        return "wall"
    if idle and _count_threads(child.pid) > THREADS:
        return "threads"
    return "scratch" if idle and scratch.is_overfull(folder) else ""


def _count_threads(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:  # noqa: PTH123  fifty times a second
            return int(file.read().rpartition(b")")[2].split()[17])
    except OSError:
        return 0
