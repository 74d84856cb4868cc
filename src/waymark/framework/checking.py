"""Checking an edition: every fault at once, for whoever writes or reviews data files."""

from pathlib import Path

from waymark.framework.editions import Edition
from waymark.framework.faults import Fault
from waymark.framework.linking import find_loose_links
from waymark.framework.proofing import find_misprints
from waymark.framework.reading import read_edition


def check(subject: Edition | Path | None = None) -> list[Fault]:
    """Return all faults of the shipped edition, of an overlay folder on it, or of an edition in memory.

    Faults between files show only when each file is sound by itself. Raises `MissingInput` for a path that
    is no folder.
    """
    if isinstance(subject, Edition):
        return [*find_loose_links(subject), *find_misprints(subject)]
    _, faults = read_edition(*([] if subject is None else [subject]))
    return faults
