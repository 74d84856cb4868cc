import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

import polars as pl
import pytest

from waymark.actions.trying import (
    MOST_COLUMNS,
    CalibratedTable,
    make_example,
    try_calibration,
    warm_calibration,
)
from waymark.actions.workspace import Workspace
from waymark.errors import BadInput, TooLarge


@pytest.fixture(scope="module")
def example(workspace: Workspace) -> bytes:
    return make_example(workspace)


@pytest.fixture(scope="module")
def table(workspace: Workspace, example: bytes) -> CalibratedTable:
    return try_calibration(workspace, example, name="example.csv", model="2pl")


def test_the_made_up_table_is_the_same_every_time_and_has_gaps(workspace: Workspace, example: bytes) -> None:
    assert make_example(workspace) == example
    frame = pl.read_csv(io.BytesIO(example))
    assert frame.shape == (1_000, 19)
    assert 0.02 < sum(frame.null_count().row(0)) / frame.drop("id").height / 18 < 0.04


def test_its_wrong_key_is_found_and_no_other(table: CalibratedTable) -> None:
    assert [note["item"] for note in table.described["notes"] if note["kind"] == "reversed"] == ["q07"]


def test_the_items_come_as_a_table_too(table: CalibratedTable) -> None:
    frame = pl.read_csv(io.StringIO(table.csv))
    assert frame["item"].to_list() == [row["item"] for row in table.described["rows"]]
    assert frame["b"].to_list() == pytest.approx([row["b"] for row in table.described["rows"]])


def test_curves_lie_within_their_bands_and_near_what_was_seen(table: CalibratedTable) -> None:
    far = []
    for curve in table.curves:
        assert len(curve.theta) == len(curve.share) == len(curve.low) == len(curve.high)
        for low, share, high in zip(curve.low, curve.share, curve.high, strict=True):
            assert 0 <= low <= share <= high <= 1
        assert sum(n for *_, n in curve.seen) > 900
        for theta, share, n in curve.seen:
            place = round((theta - curve.theta[0]) / (curve.theta[1] - curve.theta[0]))
            expected = curve.share[place]
            far.append(abs(share - expected) > 0.05 + 3 * (expected * (1 - expected) / n) ** 0.5)
    assert sum(far) <= 0.02 * len(far)


def test_a_flat_item_has_a_flat_curve(table: CalibratedTable) -> None:
    flat = next(curve for curve in table.curves if curve.item == "q12")
    assert max(flat.share) - min(flat.share) < 0.4


@pytest.mark.parametrize("model", ["1pl", "3pl", "4pl", "gpcm", "grm"])
def test_every_model_can_be_tried(workspace: Workspace, example: bytes, model: str) -> None:
    tried = try_calibration(workspace, example, name="example.csv", model=model)
    assert tried.described["model"] == model
    assert len(tried.curves) == 18
    assert all(bool(curve.low) == (model not in {"gpcm", "grm"}) for curve in tried.curves)


def test_parquet_gives_the_same_as_csv(workspace: Workspace, example: bytes, table: CalibratedTable) -> None:
    held = io.BytesIO()
    pl.read_csv(io.BytesIO(example)).write_parquet(held)
    tried = try_calibration(workspace, held.getvalue(), name="example.parquet", model="2pl")
    assert tried.csv == table.csv


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"\x1f\x8b\x08packed", "packed"),
        (b"id,q1,q2,q3\na,1,0,1\n", "people"),
        (b"a,b,c\nx,hello,1\n" * 2, "hello"),
        (b"PAR1 but nothing more", "Parquet"),
    ],
)
def test_what_is_no_table_of_answers_is_refused_with_a_reason(workspace: Workspace, data: bytes, words: str) -> None:
    with pytest.raises(BadInput, match=words) as caught:
        try_calibration(workspace, data, name="t.csv", model="2pl")
    assert caught.value.hint
    assert "leave-out" not in caught.value.hint


def test_an_unknown_model_is_refused(workspace: Workspace, example: bytes) -> None:
    with pytest.raises(BadInput, match="5pl"):
        try_calibration(workspace, example, name="t.csv", model="5pl")


def test_more_columns_than_can_be_borne_are_refused(workspace: Workspace) -> None:
    names = ",".join(f"q{number}" for number in range(MOST_COLUMNS + 1))
    row = ",".join("1" for _ in range(MOST_COLUMNS + 1))
    with pytest.raises(TooLarge):
        try_calibration(workspace, f"{names}\n{row}\n".encode(), name="t.csv", model="2pl")


def test_more_cells_than_can_be_borne_are_refused(workspace: Workspace) -> None:
    data = b"a,b\n" + b"1,0\n" * 1_000_001
    with pytest.raises(TooLarge):
        try_calibration(workspace, data, name="t.csv", model="2pl")


def test_a_calibration_that_takes_too_long_is_ended(workspace: Workspace, example: bytes) -> None:
    hours = count()
    slow = replace(workspace, clock=lambda: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=next(hours)))
    with pytest.raises(TooLarge, match="20 seconds"):
        try_calibration(slow, example, name="t.csv", model="2pl")


def test_warming_leaves_nothing_behind(workspace: Workspace, table: CalibratedTable, example: bytes) -> None:
    warm_calibration(workspace)
    assert try_calibration(workspace, example, name="example.csv", model="2pl") == table
