import os
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

from waymark.assess import compiling
from waymark.assess.compiling import COMPILED, compiled, is_warm

KERNEL = "from waymark.assess.compiling import compiled\n\n\n@compiled\ndef twice(x):\n    return {} * x\n"


def double(x: float) -> float:
    return 2.0 * x


def load(folder: Path) -> ModuleType:
    """Load a copy of the module, which looks for kernels beside itself."""
    path = folder / "compiling.py"
    path.write_text(Path(compiling.__file__).read_text(encoding="utf-8"), encoding="utf-8")
    spec = spec_from_file_location("compiling_copy", path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def find_cache(folder: Path) -> Path | None:
    found: Path | None = load(folder)._find_cache()  # noqa: SLF001  its name is what is promised
    return found


def bar(path: Path) -> None:
    """Put a file where a folder would have to be made: no user, not even root, may write into it."""
    path.write_text("", encoding="utf-8")


def test_a_kernel_gives_the_same_compiled_and_interpreted() -> None:
    kernel = compiled(double)
    assert kernel(1.5) == 3.0
    assert (kernel is double) is not COMPILED


def test_the_cache_is_named_for_the_kernels_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "plain.py").write_text("x = 1\n", encoding="utf-8")
    (tmp_path / "kernels.py").write_text(KERNEL.format(2), encoding="utf-8")
    first = find_cache(tmp_path)
    (tmp_path / "plain.py").write_text("x = 2\n", encoding="utf-8")
    assert find_cache(tmp_path) == first
    (tmp_path / "kernels.py").write_text(KERNEL.format(3), encoding="utf-8")
    assert find_cache(tmp_path) != first
    assert first is not None
    assert first.parent == tmp_path / "__pycache__"


def test_the_cache_goes_to_the_home_folder_where_the_package_may_not_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package, home = tmp_path / "package", tmp_path / "home"
    package.mkdir()
    home.mkdir()
    bar(package / "__pycache__")
    monkeypatch.setenv("HOME", str(home))
    found = find_cache(package)
    assert found is not None
    assert found.parent == home / ".cache" / "waymark"


@pytest.mark.parametrize("home", ["none/of/these", "home"])
def test_kernels_work_without_a_cache_where_nothing_may_be_written(
    home: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bar(tmp_path / "__pycache__")
    (tmp_path / "home").mkdir()
    bar(tmp_path / "home" / ".cache")
    monkeypatch.setenv("HOME", home if home.startswith("none") else str(tmp_path / home))
    assert find_cache(tmp_path) is None
    assert load(tmp_path).compiled(double)(4.0) == 8.0


@pytest.mark.skipif(not COMPILED, reason="nothing is compiled here")
def test_a_kernel_is_warm_once_it_was_run_and_its_sources_have_not_changed(tmp_path: Path) -> None:
    path = tmp_path / "kernels.py"
    path.write_text(KERNEL.format(2).replace("waymark.assess.compiling", "compiling_copy"), encoding="utf-8")
    code = "import sys; sys.path.insert(0, sys.argv[1]); import compiling_copy, kernels; told = compiling_copy.is_warm"
    (tmp_path / "compiling_copy.py").write_text(Path(compiling.__file__).read_text(encoding="utf-8"), encoding="utf-8")
    code += "; print(told(kernels.twice)); kernels.twice(2.0); print(told(kernels.twice))"

    def ask() -> list[str]:
        command = [sys.executable, "-c", code, str(tmp_path)]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()  # noqa: S603  our own

    assert ask() == ["False", "True"]
    assert ask() == ["True", "True"]
    path.write_text(path.read_text(encoding="utf-8").replace("2 * x", "3 * x"), encoding="utf-8")
    assert ask() == ["False", "True"]


def test_interpreted_kernels_are_always_warm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling, "COMPILED", False)
    assert is_warm(double)


def test_numbas_own_switch_turns_compiling_off() -> None:
    code = (
        "from waymark.assess.compiling import COMPILED; from waymark.assess.chance import mix; print(COMPILED, mix(1))"
    )
    found = subprocess.run(  # noqa: S603  our own interpreter and code
        [sys.executable, "-c", code],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},  # noqa: TID251  the switch lives there
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.split() == ["False", "1753845952"]
