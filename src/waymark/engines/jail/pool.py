"""The pool of zygotes behind which candidates' code runs."""

import os
import threading
from contextlib import suppress
from pathlib import Path
from queue import Empty, LifoQueue
from types import TracebackType
from typing import Self

from waymark.engines.jail import wasm, zygotes
from waymark.engines.jail.diagnosing import choose_way
from waymark.engines.jail.jobs import Job, Outcome, encode_job
from waymark.engines.jail.judging import judge
from waymark.engines.jail.limits import JOBS_PER_ZYGOTE, WALL_SECONDS
from waymark.engines.jail.zygotes import Zygote
from waymark.errors import Unavailable


class Jail:
    """Zygotes by the libraries that they have loaded: started when needed, kept for 500 jobs; safe among threads.

    `jobs` run at once, by default one a processor; `way` is chosen by what the machine has, `wasi` is the file of a
    CPython for WASI, where one is to be fallen back on.
    """

    def __init__(
        self,
        *,
        jobs: int | None = None,
        wall_seconds: float = WALL_SECONDS,
        way: str | None = None,
        wasi: Path | None = None,
    ) -> None:
        """Start with no zygote; nothing is looked at before the first job."""
        self._turns = threading.BoundedSemaphore(jobs or os.cpu_count() or 1)
        self._lock = threading.Lock()
        self._idle: dict[tuple[str, ...], LifoQueue[Zygote]] = {}
        self._way = way
        self._wall_seconds = wall_seconds
        self._wasi = wasi
        self._closed = False

    def run(self, job: Job) -> Outcome:
        """Run a job and return what came of it.

        Raise BadInput or TooLarge for one that cannot be run, Unavailable where this machine has no jail.
        """
        encoded = encode_job(job)
        way = self._choose()
        with self._turns:
            if way == "wasmtime":
                return judge(job, wasm.run(encoded, job, wasi=self._wasi, wall_seconds=self._wall_seconds))
            zygote = self._take(tuple(sorted(set(job.libraries))))
            try:
                ending = zygote.ask(job, encoded)
            except BaseException:
                zygote.end()
                raise
            if ending is None:
                zygote.end()
                raise Unavailable("the jail broke down while the code ran", hint="try again")
            self._put_back(zygote, tuple(sorted(set(job.libraries))))
        return judge(job, ending)

    def warm(self, *libraries: str) -> None:
        """Start a zygote with the named libraries before it is needed."""
        if self._choose() != "wasmtime":
            kind = tuple(sorted(set(libraries)))
            self._put_back(self._take(kind), kind)

    def close(self) -> None:
        """End all idle zygotes; those at work end with their job."""
        with self._lock:
            self._closed = True
            queues = list(self._idle.values())
        for queue in queues:
            with suppress(Empty):
                while True:
                    queue.get_nowait().end()

    def __enter__(self) -> Self:
        """Return the jail itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()

    def _choose(self) -> str:
        with self._lock:
            if self._way is None:
                self._way = choose_way(self._wasi)
            return self._way

    def _queue(self, kind: tuple[str, ...]) -> LifoQueue[Zygote]:
        with self._lock:
            return self._idle.setdefault(kind, LifoQueue())

    def _take(self, kind: tuple[str, ...]) -> Zygote:
        queue = self._queue(kind)
        with suppress(Empty):
            while True:
                zygote = queue.get_nowait()
                if zygote.process.poll() is None:
                    return zygote
                zygote.end()
        return zygotes.start(self._choose(), kind, self._wall_seconds)

    def _put_back(self, zygote: Zygote, kind: tuple[str, ...]) -> None:
        if self._closed or zygote.done >= JOBS_PER_ZYGOTE:
            zygote.end()
        else:
            self._queue(kind).put(zygote)
