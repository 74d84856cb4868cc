"""The workspace: everything a use case needs from the world, as one value."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import numpy as np

from waymark.demand.models import Model, decode_model
from waymark.demand.phrasing import load_cues, load_lexicon
from waymark.demand.reader import Reader, make_reader
from waymark.engines.confining import Confinement
from waymark.engines.jail import Jail
from waymark.errors import MissingInput
from waymark.framework import Edition, load_edition
from waymark.framework.tables import open_data

SHIPPED_MODEL = "models/reader.npz"


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """Hold the edition, the reader (made on first use), the clock, chance, and where strangers' texts and code run."""

    edition: Edition
    reader: Callable[[], Reader]
    clock: Callable[[], datetime]
    generator: Callable[[int], np.random.Generator]
    confinement: Confinement
    jail: Jail


def open_workspace(*, overlays: tuple[Path, ...] = (), model: Path | None = None) -> Workspace:
    """Open a workspace; raise BadData or MissingInput for an overlay that is faulty or absent."""
    edition = load_edition(*overlays)

    @cache
    def reader() -> Reader:
        return make_reader(edition, lexicon=load_lexicon(), cues=load_cues(), model=load_model(model))

    return Workspace(
        edition=edition,
        reader=reader,
        clock=lambda: datetime.now(UTC),  # noqa: TID251  the one clock
        generator=np.random.default_rng,  # noqa: TID251  the one maker of generators
        confinement=Confinement(),
        jail=Jail(),
    )


def load_model(path: Path | None) -> Model:
    """Load a fitted reader, by default the shipped one; raise MissingInput or BadData where there is none."""
    if path is None:
        return decode_model(open_data(SHIPPED_MODEL).read_bytes(), name=SHIPPED_MODEL)
    if not path.is_file():
        raise MissingInput(f"{path}: no such file", hint="make a model with `waymark demand fit`")
    return decode_model(path.read_bytes(), name=str(path))
