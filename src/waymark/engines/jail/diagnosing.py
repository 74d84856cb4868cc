"""Diagnosing what this machine offers for a jail, and choosing the way."""

import platform
from dataclasses import dataclass
from pathlib import Path

from waymark.engines.jail import wasm
from waymark.engines.jail.filtering import find_seccomp
from waymark.engines.jail.landlocking import find_landlock
from waymark.engines.jail.zygotes import can_wrap
from waymark.errors import Unavailable


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One part of a jail: whether it is `there`, and in words what was found."""

    part: str
    there: bool
    told: str


def inspect(wasi: Path | None = None) -> tuple[Finding, ...]:
    """Return what is there and what is missing, part by part; the last, "way", says which way is taken, if any."""
    landlock, seccomp, wraps, lacks = find_landlock(), find_seccomp(), can_wrap(), wasm.find_lack(wasi)
    way = _prefer(landlock=landlock > 0, seccomp=seccomp, wraps=wraps, webassembly=not lacks)
    told = {
        "landlock": "Landlock and seccomp",
        "bubblewrap": "bubblewrap and seccomp",
        "wasmtime": "WebAssembly: Python without numpy and polars",
        "": "none: code tasks are refused",
    }
    return (
        Finding(part="landlock", there=landlock > 0, told=f"version {landlock}" if landlock else "not in this kernel"),
        Finding(part="seccomp", there=seccomp, told=_tell_seccomp(there=seccomp)),
        Finding(part="bubblewrap", there=wraps, told="usable" if wraps else "not installed, or not allowed to run"),
        Finding(part="wasmtime", there=not lacks, told=lacks or "usable"),
        Finding(part="way", there=bool(way), told=f"{way}: {told[way]}" if way else told[way]),
    )


def choose_way(wasi: Path | None = None) -> str:
    """Return "landlock", "bubblewrap" or "wasmtime"; raise Unavailable with the reason where there is none."""
    found = inspect(wasi)
    if found[-1].there:
        return found[-1].told.partition(":")[0]
    missing = "; ".join(f"{one.part}: {one.told}" for one in found[:-1] if not one.there)
    raise Unavailable(f"code cannot be run safely here ({missing})", hint="`waymark doctor` tells what is missing")


def _prefer(*, landlock: bool, seccomp: bool, wraps: bool, webassembly: bool) -> str:
    if seccomp and landlock:
        return "landlock"
    if seccomp and wraps:
        return "bubblewrap"
    return "wasmtime" if webassembly else ""


def _tell_seccomp(*, there: bool) -> str:
    machine = platform.machine() or "this machine"
    return f"usable, calls of {machine} known" if there else f"not in this kernel, or calls of {machine} not known"
