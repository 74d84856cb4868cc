"""Scratch is measured and emptied, however it was left."""

import os
from pathlib import Path

from waymark.engines.jail import scratch
from waymark.engines.jail.limits import SCRATCH_BYTES, SCRATCH_FILES


def test_a_few_files_are_not_too_many(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b").write_text("x")
    assert not scratch.is_overfull(str(tmp_path))


def test_many_files_or_bytes_are_too_many(tmp_path: Path) -> None:
    few, large = tmp_path / "few", tmp_path / "large"
    few.mkdir()
    large.mkdir()
    for number in range(SCRATCH_FILES + 1):
        (few / f"{number}").touch()
    (large / "x").write_bytes(b"x" * (SCRATCH_BYTES + 1))
    assert scratch.is_overfull(str(few))
    assert scratch.is_overfull(str(large))


def test_everything_is_removed_and_no_link_followed(tmp_path: Path) -> None:
    outside, folder = tmp_path / "outside", tmp_path / "scratch"
    outside.mkdir()
    (outside / "kept").touch()
    folder.mkdir()
    (folder / "link").symlink_to(outside)
    (folder / "1.moved").mkdir()
    (folder / "a" / "b" / "c").mkdir(parents=True)
    (folder / "a" / "b" / "c" / "link").symlink_to(outside)
    (folder / "a" / "b" / "x").touch()
    (folder / "a" / "b").chmod(0)
    scratch.empty(str(folder))
    assert list(folder.iterdir()) == []
    assert (outside / "kept").exists()


def test_a_depth_beyond_any_path_is_removed(tmp_path: Path) -> None:
    place = os.open(tmp_path, os.O_RDONLY)
    for _ in range(3000):
        os.mkdir("folder", dir_fd=place)
        below = os.open("folder", os.O_RDONLY, dir_fd=place)
        os.close(place)
        place = below
    os.close(place)
    scratch.empty(str(tmp_path))
    assert list(tmp_path.iterdir()) == []
