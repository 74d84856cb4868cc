"""Parsing what strangers send in child processes with limits, so that a hostile document costs only itself."""

import json
import os
import select
import struct
import subprocess
import sys
import time
from contextlib import suppress
from queue import Empty, LifoQueue
from typing import Any, cast

from waymark.demand.parsing import MAX_BYTES
from waymark.demand.postings import Posting
from waymark.engines.confined import CPU_SECONDS, HEAD
from waymark.errors import BadInput, Invalid, TooLarge, Unavailable

WALL_SECONDS = 2 * CPU_SECONDS
_ERRORS: dict[str, type[Invalid]] = {"BadInput": BadInput, "TooLarge": TooLarge}


class Confinement:
    """A pool of parsing children: started when needed, kept while sound, ended after a document that broke one."""

    def __init__(self) -> None:
        """Start with no child."""
        self._idle: LifoQueue[subprocess.Popen[bytes]] = LifoQueue()

    def parse(self, data: bytes, *, name: str) -> list[Posting]:
        """Parse one document as `demand.parsing.parse` does.

        Raise its errors, TooLarge where the document uses up the child's 5 seconds of processor time or 512 MB,
        and Unavailable where no child can be started.
        """
        if len(data) > MAX_BYTES:
            raise TooLarge(f"more than {MAX_BYTES / 1e6:.0f} MB", hint="give the posting's own text")
        child = self._take()
        answer = _ask(child, data, name)
        if answer is None:
            child.kill()
            _end(child)
            raise TooLarge("it takes too long or too much memory to parse", hint="give the posting's own text")
        self._idle.put(child)
        if "error" in answer:
            raise _ERRORS[str(answer["error"])](str(answer["message"]), hint=str(answer["hint"]))
        return [Posting(**posting) for posting in answer["postings"]]

    def warm(self, children: int = 2) -> None:
        """Start children before they are needed, since a start takes as long as most parsing."""
        for _ in range(children):
            self._idle.put(_start())

    def close(self) -> None:
        """End all idle children."""
        while True:
            try:
                child = self._idle.get_nowait()
            except Empty:
                return
            _end(child)

    def _take(self) -> subprocess.Popen[bytes]:
        while True:
            try:
                child = self._idle.get_nowait()
            except Empty:
                return _start()
            if child.poll() is None:
                return child
            _end(child)


def _start() -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            [sys.executable, "-m", "waymark.engines.confined"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"PATH": os.defpath, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONSAFEPATH": "1"},
        )
    except OSError as error:
        raise Unavailable("no process can be started to parse it", hint="try again later") from error


def _end(child: subprocess.Popen[bytes]) -> None:
    """Close a child's pipes, at which it ends, and take its exit status; what it did not read is lost."""
    for stream in (child.stdin, child.stdout):
        if stream is not None:
            with suppress(BrokenPipeError):
                stream.close()
    child.wait()


def _ask(child: subprocess.Popen[bytes], data: bytes, name: str) -> dict[str, Any] | None:
    """Return the child's answer, None where it died or took too long."""
    if child.stdin is None or child.stdout is None:
        return None
    label = name.encode("utf-8", "replace")
    try:
        child.stdin.write(HEAD.pack(len(label), len(data)) + label + data)
        child.stdin.flush()
        due = time.monotonic() + WALL_SECONDS
        head = _receive(child, 4, due)
        body = None if head is None else _receive(child, struct.unpack("!I", head)[0], due)
    except OSError:
        return None
    return None if body is None else cast("dict[str, Any]", json.loads(body))


def _receive(child: subprocess.Popen[bytes], size: int, due: float) -> bytes | None:
    if child.stdout is None:
        return None
    pieces: list[bytes] = []
    while size:
        ready, _, _ = select.select([child.stdout], [], [], max(0.0, due - time.monotonic()))
        piece = os.read(child.stdout.fileno(), min(size, 1 << 16)) if ready else b""
        if not piece:
            return None
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)
