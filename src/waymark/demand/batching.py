"""Batching: how many postings are read together."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")

BATCH = 256
"""Postings read together: enough to spread numpy's cost (256 took an eighth less time each than 64)."""

BATCH_CHARACTERS = 2_000_000
"""Characters read together, so that a batch of very long postings stays small in memory."""


def make_batches(items: Iterable[T], *, size_of: Callable[[T], int]) -> Iterator[list[T]]:
    """Group items in order: at most `BATCH` together, and no more once they hold `BATCH_CHARACTERS`."""
    batch: list[T] = []
    size = 0
    for item in items:
        batch.append(item)
        size += size_of(item)
        if len(batch) == BATCH or size >= BATCH_CHARACTERS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
