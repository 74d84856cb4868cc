"""What a child may read holds nothing of ours."""

from pathlib import Path

import pytest

import waymark
from waymark.engines.jail.roots import list_roots
from waymark.engines.jail.zygotes import find_sites, wrap

PACKAGE = Path(waymark.__file__).resolve().parent


def lies_in(path: Path, root: Path) -> bool:
    return path == root or root in path.parents


@pytest.mark.parametrize("libraries", [(), ("numpy",), ("polars",), ("numpy", "polars")])
def test_neither_our_package_nor_installed_packages_nor_the_home_folder_are_open(libraries: tuple[str, ...]) -> None:
    sites = find_sites(libraries)
    roots = list_roots(libraries, sites)
    closed = [PACKAGE, PACKAGE / "data", Path.home(), Path("/etc"), Path("/proc"), Path("/tmp"), *map(Path, sites)]  # noqa: S108
    assert [(place, root) for place in closed for root in roots if lies_in(place, root)] == []
    packages = [root for root in roots if any(one.name.endswith("-packages") for one in (root, *root.parents))]
    assert all(
        root.name.split(".")[0].strip("_") in {"numpy", "polars", "scipy", "sklearn", "joblib"}
        or root.name.startswith(("_polars", "scikit_learn"))
        for root in packages
    )
    assert bool(packages) == bool(libraries)


def test_the_standard_library_is_open() -> None:
    import json.decoder  # noqa: PLC0415

    assert any(lies_in(Path(json.decoder.__file__).resolve(), root) for root in list_roots((), ()))


def test_bubblewrap_shows_no_data_of_ours() -> None:
    command = wrap(list_roots((), ()), "/scratch")
    shown = [Path(one) for place, one in enumerate(command) if command[place - 1] == "--ro-bind"]
    assert [path for path in shown if lies_in(PACKAGE / "data", path)] == []
    assert "--unshare-all" in command
    assert "/proc" not in command
