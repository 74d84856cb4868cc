"""The shipped reader, put together once for all tests that read."""

import pytest

from waymark.demand.models import Model, decode_model
from waymark.demand.phrasing import load_cues, load_lexicon
from waymark.demand.reader import Reader, make_reader
from waymark.framework import load_edition
from waymark.framework.tables import open_data


@pytest.fixture(scope="session")
def model() -> Model:
    return decode_model(open_data("models/reader.npz").read_bytes(), name="models/reader.npz")


@pytest.fixture(scope="session")
def reader(model: Model) -> Reader:
    return make_reader(load_edition(), lexicon=load_lexicon(), cues=load_cues(), model=model)
