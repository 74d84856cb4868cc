"""Machines: what the figures were measured on."""

import os
import platform
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Where, with what and when: `core` is the one measured on (-1: not chosen), `load` the one-minute load before."""

    cpu: str
    cores: int
    core: int
    memory_gb: float
    system: str
    python: str
    commit: str
    date: str
    load: float


def describe_machine(root: Path, *, core: int) -> Machine:
    """Describe this machine and the commit of the repository at `root`."""
    return Machine(
        cpu=_cpu_name(),
        cores=os.cpu_count() or 0,
        core=core,
        memory_gb=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9,
        system=f"{platform.system()} {platform.release()}",
        python=f"{platform.python_implementation()} {platform.python_version()}",
        commit=_commit(root),
        date=time.strftime("%Y-%m-%d", time.gmtime()),
        load=os.getloadavg()[0],
    )


def _cpu_name() -> str:
    table = Path("/proc/cpuinfo")
    lines = table.read_text(encoding="utf-8").splitlines() if table.is_file() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _commit(root: Path) -> str:
    """Return the commit, with a mark where the tree differs from it."""
    git = shutil.which("git")
    if git is None:
        return "unknown"
    name = _ask([git, "-C", str(root), "rev-parse", "--short", "HEAD"])
    changed = _ask([git, "--no-optional-locks", "-C", str(root), "status", "--porcelain", "--", "src", "benchmarks"])
    return (name or "unknown") + (" with uncommitted changes" if changed else "")


def _ask(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  git, on this repository
    return done.stdout.strip() if done.returncode == 0 else ""
