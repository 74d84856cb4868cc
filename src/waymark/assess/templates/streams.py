"""A stream of chance that gives the same numbers for ever, whatever the version of Python or numpy."""

from collections.abc import MutableSequence, Sequence
from hashlib import blake2b
from math import cos, log, pi, sqrt
from typing import Final, TypeVar

T = TypeVar("T")

_BITS: Final = 64
_WORDS: Final = 8  # of 64 bits in a digest of 64 bytes


class Stream:
    """Hand out numbers from the BLAKE2b digests of a name and a counter.

    The methods are named as those of `random.Random`, which authors know; their numbers are this class's own, because
    a question must be rebuilt to the byte years later and the standard library promises that for `random()` alone.
    """

    def __init__(self, *name: str | int) -> None:
        """Start a stream; equal names give equal streams."""
        self._name = "|".join(str(part) for part in name).encode()
        self._block = 0
        self._words: list[int] = []

    def _draw(self) -> int:
        if not self._words:
            digest = blake2b(self._name + b"#%d" % self._block, digest_size=8 * _WORDS).digest()
            self._block += 1
            self._words = [int.from_bytes(digest[8 * place : 8 * place + 8], "big") for place in range(_WORDS)][::-1]
        return self._words.pop()

    def random(self) -> float:
        """Return a number in [0, 1) with 53 bits."""
        return (self._draw() >> 11) * 2.0**-53

    def randbelow(self, size: int) -> int:
        """Return a whole number from 0 to size - 1; the bias of the multiplication is below size / 2^64."""
        if size < 1:
            raise ValueError("nothing to choose from")
        return (self._draw() * size) >> _BITS

    def randint(self, low: int, high: int) -> int:
        """Return a whole number from low to high, both included."""
        return low + self.randbelow(high - low + 1)

    def randrange(self, start: int, stop: int | None = None, step: int = 1) -> int:
        """Return one of `range(start, stop, step)`."""
        return self.choice(range(start) if stop is None else range(start, stop, step))

    def uniform(self, low: float, high: float) -> float:
        """Return a number between low and high."""
        return low + (high - low) * self.random()

    def gauss(self, mu: float = 0.0, sigma: float = 1.0) -> float:
        """Return a normal number (Box and Muller 1958)."""
        radius = sqrt(-2.0 * log(1.0 - self.random()))
        return mu + sigma * radius * cos(2.0 * pi * self.random())

    def choice(self, items: Sequence[T]) -> T:
        """Return one of the items."""
        return items[self.randbelow(len(items))]

    def choices(self, items: Sequence[T], weights: Sequence[float] | None = None, *, k: int = 1) -> list[T]:
        """Return k items drawn with replacement, by weight where weights are given."""
        if weights is None:
            return [self.choice(items) for _ in range(k)]
        total = float(sum(weights))
        return [items[self._weigh(weights, total)] for _ in range(k)]

    def _weigh(self, weights: Sequence[float], total: float) -> int:
        left = self.random() * total
        for place, weight in enumerate(weights):
            left -= weight
            if left < 0:
                return place
        return len(weights) - 1

    def shuffle(self, items: MutableSequence[T]) -> None:
        """Put the items into a random order in place (Fisher and Yates)."""
        for last in range(len(items) - 1, 0, -1):
            place = self.randbelow(last + 1)
            items[last], items[place] = items[place], items[last]

    def sample(self, items: Sequence[T], k: int) -> list[T]:
        """Return k different items in random order."""
        if k > len(items):
            raise ValueError(f"{k} of {len(items)} items cannot be sampled")
        pool = list(items)
        self.shuffle(pool)
        return pool[:k]
