"""Seating: work that takes a processor for seconds, as much at a time as the machine can bear, and not too soon."""

import logging
from asyncio import Semaphore, timeout, wait, wrap_future
from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import Final, ParamSpec, TypeVar

from fastapi.concurrency import run_in_threadpool

from waymark.errors import Unavailable

SEAT_SECONDS: Final = 10.0
WARM_SECONDS: Final = 6.0

P = ParamSpec("P")
R = TypeVar("R")

log = logging.getLogger(__name__)


class Warmth:
    """Work that has to be done once before answers come quickly, in the background from the server's start on."""

    def __init__(self, work: Callable[[], None]) -> None:
        """Begin nothing yet: without `begin` everything counts as warm, and the first answer is merely slow."""
        self._work = work
        self._done: Future[None] | None = None

    def begin(self) -> None:
        """Do the work in a thread that does not keep the process alive."""
        self._done = Future()
        Thread(target=self._run, args=(self._done,), name="warming", daemon=True).start()

    def _run(self, done: Future[None]) -> None:
        try:
            self._work()
        except Exception:  # whoever asks next meets the same fault, and is told
            log.exception("the engine could not be warmed up")
        finally:
            done.set_result(None)

    async def demand(self) -> None:
        """Wait until the work is done; raise Unavailable where that takes long."""
        if self._done is None or self._done.done():
            return
        _, waiting = await wait({wrap_future(self._done)}, timeout=WARM_SECONDS)
        if waiting:
            raise Unavailable(
                "the engine is still being made ready",
                hint="after an installation that takes up to a minute, once; load this page again shortly",
            )


async def run_seated(seats: Semaphore, work: Callable[P, R], *given: P.args, **named: P.kwargs) -> R:
    """Run work in a thread once a seat is free; raise Unavailable when none is for long."""
    try:
        async with timeout(SEAT_SECONDS):
            await seats.acquire()
    except TimeoutError as error:
        raise Unavailable("too much is being worked out right now", hint="try again shortly") from error
    try:
        return await run_in_threadpool(work, *given, **named)
    finally:
        seats.release()
