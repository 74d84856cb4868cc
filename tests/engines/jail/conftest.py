"""A jail that is shut for nobody: where this machine offers none, these tests fail rather than skip."""

from collections.abc import Iterator

import pytest

from waymark.engines.jail import Jail


@pytest.fixture(scope="session")
def jail() -> Iterator[Jail]:
    """One zygote at a time and a short clock, so that what outlives its job would meet the next one."""
    with Jail(jobs=1, wall_seconds=2.0) as opened:
        yield opened
