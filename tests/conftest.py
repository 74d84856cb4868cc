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


@pytest.fixture(scope="session")
def records(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what 500 made-up people left besides scores on 20 items of one skill, from a fixed seed.

    answers.csv has the scores, items.csv the true parameters; choices.csv the options taken, key.csv the key, wrong for
    q3; times.csv seconds, of which the first five people rush through the second half and guess; features.csv two
    features with half of what makes items hard, and two new items; stream.csv the answers one by one, with groups,
    where q5 becomes harder and q9 is harder for group f.
    """
    folder = tmp_path_factory.mktemp("records")
    rng = np.random.default_rng(23)  # noqa: TID251
    people, items = [f"p{number:03}" for number in range(500)], [f"q{number + 1}" for number in range(20)]
    theta, slope, told = rng.standard_normal(500), np.exp(rng.normal(0.2, 0.2, 20)), rng.normal(size=(20, 2))
    place = 0.7 * told[:, 0] + 0.5 * rng.normal(size=20)
    right = (rng.random((500, 20)) < 1 / (1 + np.exp(-slope * (theta[:, None] - place)))).astype(int)
    seconds = 60 * np.exp(rng.normal(0.3, 0.3, 20) - rng.normal(0, 0.3, (500, 1)) + 0.35 * rng.normal(size=(500, 20)))
    seconds[:5, 10:], right[:5, 10:] = 4.0, rng.random((5, 10)) < 0.2
    chosen = np.where(right == 1, "A", np.array(["B", "C"])[rng.integers(0, 2, right.shape)])
    write_csv(folder / "answers.csv", ["id", *items], people, right.tolist())
    write_csv(
        folder / "items.csv",
        ["item", "a", "b", "se_a", "se_b"],
        items,
        slope.tolist(),
        place.tolist(),
        *[[0.1] * 20] * 2,
    )
    write_csv(folder / "choices.csv", ["id", *items], people, chosen.tolist())
    write_csv(folder / "key.csv", ["item", "key", "options"], items, list("AABAAAAAAAAAAAAAAAAA"), ["A|B|C|D"] * 20)
    write_csv(folder / "times.csv", ["id", *items], people, seconds.round(2).tolist())
    values = [*told.round(4).tolist(), [1.5, 0.0], [-1.5, 0.0]]
    templates = [f"t{number // 2}" for number in range(20)]
    write_csv(
        folder / "features.csv", ["item", "template", "f", "g"], [*items, "n1", "n2"], [*templates, "t0", "t99"], values
    )
    stream = []
    for number, person in enumerate(people):
        for item in rng.permutation(20)[:15]:
            harder = 1.2 * (item == 4 and number > 100) + 1.8 * (item == 8 and number % 2)
            score = int(rng.random() < 1 / (1 + np.exp(-slope[item] * (theta[number] - place[item] - harder))))
            stream.append([person, items[item], score, round(seconds[number, item], 1), "mf"[number % 2]])
    write_csv(folder / "stream.csv", ["person", "item", "score", "seconds", "sex"], stream)
    return folder
