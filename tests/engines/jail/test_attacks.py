"""Attacks on the jail, each contained, and each followed by an honest job that the same zygote runs."""

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from string import Template
from tempfile import gettempdir
from typing import Any

import pytest

import waymark
from waymark.engines.jail import Jail, Job, Outcome

from .attacks import ATTACKS, BOMBS, ESCAPES, FORGERIES, QUERIES, Attack

SECRET = "the" + "-key-" + "7f3a91"
LEFT = "another-person-s-answer-5d1c"
PACKAGE = Path(waymark.__file__).parent
TABLES = {"tables": {"t": {"columns": ["a", "b"], "rows": [[n, n * n] for n in range(40)]}}}
HONEST = Job(
    language="python", source="def double(x):\n    print(x)\n    return 2 * x", entry="double", cases=([2], [3])
)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What an escape would reach: a folder, listeners, a process."""

    outside: Path
    sockets: dict[str, socket.socket]
    victim: subprocess.Popen[bytes]

    def fill(self, source: str) -> str:
        """Write the names of what is here into a source."""
        ports = {name: str(self.sockets[name].getsockname()[1]) for name in ("TCP", "UDP")}
        return Template(source).safe_substitute(
            ports,
            HOME=str(Path.home()),
            KEYS=str(next((PACKAGE / "data").rglob("*.toml"))),
            PACKAGE=str(PACKAGE),
            SECRET=SECRET,
            NEXT="".join(chr(ord(letter) + 1) for letter in LEFT),
            TERCES=SECRET[::-1],  # for sources that look for the secret where their own text lies
            SECRET_FILE=str(self.outside / "secret"),
            OUTSIDE=str(self.outside),
            OUT=str(self.outside / "out"),
            UNIX=str(self.outside / "socket"),
            ABSTRACT=self.abstract,
            TEMPORARY=gettempdir(),
            GRADER=str(os.getpid()),
            VICTIM=str(self.victim.pid),
        )

    @property
    def abstract(self) -> str:
        """The name of the abstract socket, and of any file that an attack would leave elsewhere."""
        return f"waymark-{os.getpid()}"

    def list_harm(self) -> list[str]:
        """Return what an attack did out here."""
        harm = [f"connected to {name}" for name, one in self.sockets.items() if was_reached(one)]
        secret = self.outside / "secret"
        if not secret.is_file() or secret.read_text() != SECRET or secret.stat().st_mode & 0o777 != 0o644:
            harm.append("changed the file")
        harm += [f"left {path.name}" for path in self.outside.iterdir() if path.name not in {"secret", "socket"}]
        elsewhere = [Path(folder) / self.abstract for folder in (gettempdir(), "/dev/shm", "/var/lib")]  # noqa: S108
        harm += [f"left {path}" for path in elsewhere if path.exists()]
        if self.victim.poll() is not None:
            harm.append("ended a process")
        return harm


def was_reached(listener: socket.socket) -> bool:
    with suppress(BlockingIOError):
        if listener.type == socket.SOCK_DGRAM:
            listener.recv(1)
        else:
            listener.accept()[0].close()
        return True
    return False


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    outside = tmp_path_factory.mktemp("outside")
    (outside / "secret").write_text(SECRET)
    (outside / "secret").chmod(0o644)
    sockets = {
        "TCP": socket.socket(),
        "UDP": socket.socket(type=socket.SOCK_DGRAM),
        "UNIX": socket.socket(socket.AF_UNIX),
        "ABSTRACT": socket.socket(socket.AF_UNIX),
    }
    places: dict[str, Any] = {"TCP": ("127.0.0.1", 0), "UDP": ("127.0.0.1", 0), "UNIX": str(outside / "socket")}
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as victim:
        made = World(outside=outside, sockets=sockets, victim=victim)
        for name, one in sockets.items():
            one.bind(places.get(name, f"\0{made.abstract}"))
            one.setblocking(False)  # noqa: FBT003  the form of the standard library
            if one.type != socket.SOCK_DGRAM:
                one.listen()
        yield made
        victim.kill()
    for one in sockets.values():
        one.close()


def list_zygotes() -> list[int]:
    """Return the zygotes of this process and what came from them by a fork, also where it ran away to init."""
    parents: dict[int, int] = {}
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if b"waymark.engines.jail.zygote" in (place / "cmdline").read_bytes():
                told = (place / "stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
                parents[int(place.name)] = int(told[1])
    return sorted(pid for pid in parents if _find_origin(pid, parents) in {os.getpid(), 1})  # others test here too


def _find_origin(pid: int, parents: dict[int, int]) -> int:
    while pid in parents:
        pid = parents[pid]
    return pid


def list_scratch(jail: Jail) -> list[Path]:
    """Return what is left in the scratch folders of all zygotes."""
    zygotes = [zygote for queue in jail._idle.values() for zygote in queue.queue]  # noqa: SLF001  a look from outside
    return [path for zygote in zygotes for path in Path(zygote.scratch).iterdir()]


def run(jail: Jail, attack: Attack, world: World) -> Outcome:
    source = world.fill(attack.source)
    cases = (TABLES,) if attack.language == "sql" else ([],)
    return jail.run(
        Job(
            language=attack.language,
            source=source,
            entry="attack" if attack.language == "python" else "",
            cases=cases,
            cpu_seconds=1.0,
            memory_mb=attack.memory_mb,
        )
    )


def list_attempts(outcome: Outcome) -> list[str]:
    """Return what an attack says of each of its attempts, or what the jail says of the attack."""
    if outcome.status != "done":
        return [outcome.message]
    (result,) = outcome.results
    value = result.get("value", result.get("error"))
    return [one if isinstance(one, str) else json.dumps(one) for one in (value if isinstance(value, list) else [value])]


def test_there_are_enough_of_them() -> None:
    assert len(ESCAPES) + len(FORGERIES) >= 21
    assert len(BOMBS) + len(QUERIES) >= 13


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_an_attack_is_contained_and_the_jail_stands(attack: Attack, jail: Jail, world: World) -> None:
    jail.warm()
    jail.run(Job(language="python", source=f"def f(x):\n    return x, '{LEFT}'", entry="f", cases=([LEFT * 50],)))
    before = list_zygotes()
    outcome = run(jail, attack, world)
    attempts = list_attempts(outcome)
    late = outcome.status == "timeout" and attack in (*BOMBS, *QUERIES)  # the clock came first
    assert late or outcome.status in attack.statuses, outcome
    assert late or [one for one in attempts if not re.search(attack.seen, one)] == []
    told = json.dumps(outcome.results) + outcome.stdout + outcome.message
    assert SECRET not in told
    assert "BROKE" not in told
    assert world.list_harm() == []
    assert list_scratch(jail) == []
    honest = jail.run(HONEST)
    assert (honest.status, honest.results, honest.stdout) == ("done", ({"value": 4}, {"value": 6}), "2\n3\n")
    assert list_zygotes() == before
