"""The shipped reader, put together once for all tests that read, and made-up answers for those that assess."""

import csv
from pathlib import Path
from typing import Any

import numpy as np
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


@pytest.fixture(scope="session")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with made-up answers of 600 people to 24 items of two skills that correlate by 0.6, from a fixed seed.

    responses.csv has gaps and a column `group`, for whose group f item q3 is harder; complete.csv is the same without
    gaps or groups, steps.csv has scores 0 to 2; skills.csv names the skill of each item.
    """
    folder = tmp_path_factory.mktemp("study")
    rng = np.random.default_rng(11)  # noqa: TID251
    skill, slope, place = np.arange(24) % 2, np.exp(rng.normal(0.1, 0.2, 24)), np.linspace(-1.8, 1.8, 24)
    theta = rng.standard_normal((600, 2)) @ np.linalg.cholesky(np.array([[1.0, 0.6], [0.6, 1.0]])).T
    group = np.where(rng.random(600) < 0.45, "f", "m")
    away = slope * (theta[:, skill] - place)
    away[:, 2] -= np.where(group == "f", 1.5, 0.0)
    right = (rng.random((600, 24)) < 1 / (1 + np.exp(-away))).astype(int)
    twice = right + (rng.random((600, 24)) < 1 / (1 + np.exp(1.0 - away)))
    seen = rng.random((600, 24)) > 0.1
    people, items = [f"p{number:03}" for number in range(600)], [f"q{number + 1}" for number in range(24)]
    gaps = [
        [str(cell) if there else "" for cell, there in zip(*row, strict=True)] for row in zip(right, seen, strict=True)
    ]
    write_csv(folder / "responses.csv", ["person", "group", *items], people, group.tolist(), gaps)
    write_csv(folder / "complete.csv", ["person", *items], people, right.tolist())
    write_csv(folder / "steps.csv", ["person", *items], people, twice.tolist())
    names = ["algebra" if one == 0 else "logic" for one in skill]
    write_csv(folder / "skills.csv", ["item", "skill"], items, names)
    return folder


def write_csv(path: Path, header: list[str], *columns: list[Any]) -> None:
    """Write a table whose columns are lists of cells, or of lists of cells."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        for row in zip(*columns, strict=True):
            writer.writerow([cell for own in row for cell in (own if isinstance(own, list) else [own])])
