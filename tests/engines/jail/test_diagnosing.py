"""What is said of this machine, and of others."""

from pathlib import Path

import pytest

from waymark.engines.jail import diagnose
from waymark.engines.jail.diagnosing import _prefer, choose_way, inspect
from waymark.engines.jail.wasm import find_lack


def test_code_can_be_run_here_and_an_honest_job_shows_it() -> None:
    found = {one.part: one for one in diagnose()}
    assert list(found) == ["landlock", "seccomp", "bubblewrap", "wasmtime", "way", "trial"]
    assert all(found[part].there for part in ("landlock", "seccomp", "way", "trial"))
    assert found["way"].told == "landlock: Landlock and seccomp"
    assert choose_way() == "landlock"


def test_every_finding_is_told_in_words() -> None:
    assert all(one.told for one in inspect())


@pytest.mark.parametrize(
    ("landlock", "seccomp", "wraps", "webassembly", "way"),
    [
        (True, True, True, True, "landlock"),
        (False, True, True, True, "bubblewrap"),
        (True, False, True, True, "wasmtime"),
        (False, False, True, False, ""),
        (False, True, False, False, ""),
    ],
)
def test_a_way_is_taken_only_with_all_its_walls(
    *, landlock: bool, seccomp: bool, wraps: bool, webassembly: bool, way: str
) -> None:
    assert _prefer(landlock=landlock, seccomp=seccomp, wraps=wraps, webassembly=webassembly) == way


def test_webassembly_needs_its_interpreter(tmp_path: Path) -> None:
    assert find_lack(None)
    assert find_lack(tmp_path / "none.wasm")
