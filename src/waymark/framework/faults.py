"""Faults of data files: what is wrong, in which file, at which key, and how to mend it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from waymark.errors import BadData


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault of an edition, in words for whoever wrote the file.

    `key` is dotted (`needs.research.score`), entries of lists are counted from one (`examples[2].text`),
    and a fault of the file itself is at the key `(file)` or `(line ...)`.
    """

    file: str
    key: str
    message: str
    mend: str

    def __str__(self) -> str:
        """Say the fault in one line."""
        return f"{self.file}: {self.key}: {self.message} ({self.mend})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A data file under examination."""

    file: str

    def fault(self, key: str, message: str, mend: str) -> Fault:
        """Make a fault of this file."""
        return Fault(file=self.file, key=key, message=message, mend=mend)

    def find_unknown(self, key: str, names: Iterable[str], *, known: Iterable[str], what: str) -> Iterator[Fault]:
        """Yield a fault for each of the names that is not known; `what` says what they should name."""
        choices = list(known)
        for name in names:
            if name not in choices:
                near = get_close_matches(name, choices, n=1)
                mend = f"did you mean {near[0]}?" if near else f"known are {', '.join(choices)}"
                yield self.fault(key, f"there is no {what} {name!r}", mend)


def describe_faults(faults: Sequence[Fault]) -> BadData:
    """Make an error of one or more faults: the first in full, and how many others there are."""
    first = faults[0]
    others = f"; {len(faults) - 1} more" if len(faults) > 1 else ""
    return BadData(f"{first.file}: {first.key}: {first.message}{others}", hint=first.mend)
