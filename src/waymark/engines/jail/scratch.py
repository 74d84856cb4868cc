"""Scratch: the one folder that a child may write to; measured while it runs, emptied after it."""

import os
import stat

from waymark.engines.jail.limits import SCRATCH_BYTES, SCRATCH_FILES


def is_overfull(folder: str) -> bool:
    """Say whether a folder holds too many files or bytes, or anything that cannot be looked into."""
    files = held = 0
    todo = [folder]
    while todo:
        try:
            with os.scandir(todo.pop()) as entries:
                for entry in entries:
                    files += 1
                    if files > SCRATCH_FILES:
                        return True
                    told = entry.stat(follow_symlinks=False)
                    held += told.st_blocks * 512
                    if stat.S_ISDIR(told.st_mode):
                        todo.append(entry.path)
        except FileNotFoundError:
            continue
        except OSError:
            return True
    return held > SCRATCH_BYTES


def empty(folder: str) -> None:
    """Remove all that a folder holds, however deep, and never follow a link.

    Folders inside folders are first moved to the top, so that neither a path nor a stack grows with the depth.
    """
    top = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        moved = 0
        while names := os.listdir(top):  # noqa: PTH208  by number, not by path
            for name in names:
                if not _is_folder(name, top):
                    os.unlink(name, dir_fd=top)
                else:
                    moved = _empty_one(name, top, moved)
                    os.rmdir(name, dir_fd=top)
    finally:
        os.close(top)


def _is_folder(name: str, place: int) -> bool:
    return stat.S_ISDIR(os.stat(name, dir_fd=place, follow_symlinks=False).st_mode)


def _empty_one(name: str, top: int, moved: int) -> int:
    """Empty a folder at the top; return the number that the next folder moved there will carry."""
    os.chmod(name, 0o700, dir_fd=top)
    place = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=top)
    try:
        for inner in os.listdir(place):  # noqa: PTH208
            if not _is_folder(inner, place):
                os.unlink(inner, dir_fd=place)
                continue
            os.chmod(inner, 0o700, dir_fd=place)
            moved += 1
            while _exists(f"{moved}.moved", top):
                moved += 1
            os.rename(inner, f"{moved}.moved", src_dir_fd=place, dst_dir_fd=top)
    finally:
        os.close(place)
    return moved


def _exists(name: str, place: int) -> bool:
    try:
        os.stat(name, dir_fd=place, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True
