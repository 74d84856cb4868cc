"""Zygotes from the outside: starting one, handing it a job, ending it."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import IO

from waymark.engines.jail.framing import JOB, Ending, receive, receive_ending, send
from waymark.engines.jail.jobs import Job
from waymark.engines.jail.limits import ONE_THREAD
from waymark.engines.jail.roots import find_interpreter, list_roots
from waymark.errors import Unavailable

_START_SECONDS = 30.0
_GRACE_SECONDS = 10.0
_PACKAGE = Path(__file__).resolve().parents[2]
_PROGRAM = (
    "import sys; home = sys.argv[1]; sys.path.append(home); from waymark.engines.jail.zygote import main;"
    " sys.path.remove(home); sys.argv[1:] = []; main()"
)


@dataclass(slots=True, kw_only=True)
class Zygote:
    """A running zygote, its two pipes and its scratch folder; one job at a time."""

    process: subprocess.Popen[bytes]
    jobs: IO[bytes]
    answers: IO[bytes]
    scratch: str
    wall_seconds: float
    done: int = 0

    def ask(self, job: Job, encoded: bytes) -> Ending | None:
        """Return how a job ended, None where the zygote itself is broken."""
        self.done += 1
        due = time.monotonic() + self.wall_seconds + _GRACE_SECONDS
        try:
            send(self.jobs.fileno(), JOB.pack(len(encoded), job.cpu_seconds, job.memory_mb) + encoded)
            return receive_ending(self.answers.fileno(), due)
        except OSError:
            return None

    def end(self) -> None:
        """End the zygote and its child, take its exit status, remove its scratch."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        for stream in (self.jobs, self.answers):
            with suppress(OSError):
                stream.close()
        self.process.wait()
        shutil.rmtree(self.scratch, ignore_errors=True)


def start(way: str, libraries: Sequence[str], wall_seconds: float) -> Zygote:
    """Start a zygote with libraries loaded, behind "landlock" or "bubblewrap"; raise Unavailable where it cannot."""
    sites = find_sites(libraries)
    readable = list_roots(libraries, sites)
    scratch = tempfile.mkdtemp(prefix="waymark-jail-")
    own = [str(find_interpreter()), "-I", "-S", "-X", "utf8", "-c", _PROGRAM, str(_PACKAGE.parent)]
    command = own if way == "landlock" else [*wrap(readable, scratch), *own]
    try:
        process = subprocess.Popen(  # noqa: S603  our own program
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"HOME": scratch, "TMPDIR": scratch, "POLARS_TEMP_DIR": scratch, "LANG": "C.UTF-8", **ONE_THREAD},
            cwd="/",
            start_new_session=True,
        )
    except OSError as error:
        shutil.rmtree(scratch, ignore_errors=True)
        raise Unavailable("no process can be started for the jail", hint="try again later") from error
    if process.stdin is None or process.stdout is None:
        raise Unavailable("the jail has no pipes", hint="try again later")
    zygote = Zygote(
        process=process, jobs=process.stdin, answers=process.stdout, scratch=scratch, wall_seconds=wall_seconds
    )
    given = {"scratch": scratch, "libraries": [*libraries], "sites": [*sites], "readable": [*map(str, readable)]}
    _greet(zygote, json.dumps({**given, "landlock": way == "landlock", "wall_seconds": wall_seconds}).encode())
    return zygote


def _greet(zygote: Zygote, told: bytes) -> None:
    """Tell a zygote how to be and hear whether it could."""
    due = time.monotonic() + _START_SECONDS
    body = None
    with suppress(OSError):
        send(zygote.jobs.fileno(), len(told).to_bytes(4) + told)
        size = receive(zygote.answers.fileno(), 4, due)
        body = None if size is None else receive(zygote.answers.fileno(), int.from_bytes(size), due)
    fault = "it ended while it started" if body is None else str(json.loads(body)["error"])
    if fault:
        zygote.end()
        raise Unavailable(f"the jail cannot be started: {fault}", hint="`waymark doctor` tells more")


def find_sites(libraries: Sequence[str]) -> list[str]:
    """Return the folders that hold the named libraries; raise Unavailable for one that is not installed."""
    sites = []
    for name in libraries:
        spec = find_spec(name)
        if spec is None or spec.origin is None:
            raise Unavailable(f"{name} is not installed", hint=f"pip install {name}")
        sites.append(str(Path(spec.origin).parent.parent))
    return list(dict.fromkeys(sites))


def wrap(readable: Sequence[Path], scratch: str) -> list[str]:
    """Return the command that walls off the file system, the network and other processes with bubblewrap.

    No /proc is mounted, so a child cannot look at the zygote, which is of the same user there.
    """
    interpreter = find_interpreter()
    jail = Path(__file__).resolve().parent
    ours = [_PACKAGE / "__init__.py", _PACKAGE / "errors.py", jail.parent / "__init__.py", jail]
    library = sorted((interpreter.parent.parent / "lib").glob("libpython*.so*"))
    shown = [*readable, interpreter, *library, *ours]
    links = [path for path in map(Path, ("/lib", "/lib64", "/bin")) if path.is_symlink()]
    program = shutil.which("bwrap") or "bwrap"
    command = [program, "--unshare-all", "--new-session", "--cap-drop", "ALL", "--dev", "/dev", "--chdir", "/"]
    for path in shown:
        command += ["--ro-bind", str(path), str(path)]
    for path in links:
        command += ["--symlink", str(path.readlink()), str(path)]
    closed = ["--remount-ro", "/dev", "--remount-ro", "/"]  # else what was made for the mounts could be written to
    return [*command, "--bind", scratch, scratch, *closed, "--"]


def can_wrap() -> bool:
    """Say whether bubblewrap is installed and may make its namespaces."""
    program = shutil.which("bwrap")
    if program is None or not sys.platform.startswith("linux"):
        return False
    command = [program, "--unshare-all", "--ro-bind", "/", "/", "--", "/bin/true"]
    try:
        done = subprocess.run(command, capture_output=True, timeout=10, check=False)  # noqa: S603  a look at the tool
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
