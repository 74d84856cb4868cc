"""Progress of long work, on standard error and only where somebody watches."""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from waymark.cli.wording import say


def track(items: Sequence[Any], what: str) -> Iterable[Any]:
    """Pass on the items with a bar that tells how many have gone by."""
    if not sys.stderr.isatty():
        return items
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import track as show  # noqa: PLC0415

    return show(items, description=f"{what:<24}", console=Console(stderr=True), transient=True)


@contextmanager
def counting(what: str) -> Iterator[Callable[[int, float], object] | None]:
    """Give a function that shows number and value of every step of work that may end at any of them."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console  # noqa: PLC0415

    with Console(stderr=True).status(what) as status:
        yield lambda number, value: status.update(f"{what}: step {number}, log-likelihood {value:,.3f}")


def warn_of_compiling(*, compiled: bool) -> None:
    """Say why the first run takes its time."""
    if not compiled:
        say("the first run compiles its kernels, which takes some 25 seconds of processor time, once")
