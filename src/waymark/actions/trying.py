"""Use cases of trying a calibration on a small table of one's own, or on one that is made up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from waymark.actions.assess.calibration import Calibrated, Choices, calibrate, describe_calibration
from waymark.actions.assess.fits import check_fit, describe_fit
from waymark.actions.workspace import Workspace
from waymark.assess.ability.plausible_values import draw_plausible
from waymark.assess.calibration.calibrations import MODELS
from waymark.assess.curves import expected_scores, logistic, probabilities
from waymark.assess.items import BINARY, Floats, Ints, Items, make_items, take_items
from waymark.assess.responses import as_matrix, take_columns
from waymark.engines.answers import read_answers
from waymark.engines.frames import Table, read_frame
from waymark.engines.item_tables import lay_out_items
from waymark.engines.writing import list_rows, make_frame
from waymark.errors import BadInput, Invalid, TooLarge

MOST_CELLS: Final = 2_000_000
MOST_COLUMNS: Final = 300
MOST_SECONDS: Final = 20
MOST_TESTED: Final = 60  # items whose fit is tested at once: M2 grows with the fourth power of their number
Z95: Final = 1.959963984540054
SURE: Final = 5.0  # a difficulty whose standard error (logits) is beyond this is as good as unknown
EXAMPLE: Final = "made-up-answers.csv"
_COLUMNS: Final = "leave out columns that hold no scores; a first one that names people may stay"
_EXAMPLE_SEED: Final = 7
_EXAMPLE_PEOPLE: Final = 1_000
_EXAMPLE_ITEMS: Final = 18
_CURVE: Final = np.linspace(-2.98, 3.0, 31)
_BANDS: Final = np.array([-np.inf, -1.5, -0.75, 0.0, 0.75, 1.5, np.inf])
_FEWEST: Final = 10  # people of a band whose share is shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """The share of an item's highest score by ability (logits), with the 95% band of a binary item.

    `seen` has ability, share and n of people in bands of ability, drawn once from their posterior.
    """

    item: str
    theta: Sequence[float]
    share: Sequence[float]
    low: Sequence[float] = ()
    high: Sequence[float] = ()
    seen: Sequence[tuple[float, float, int]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibratedTable:
    """A table that was calibrated: what it came to as plain values, its items as CSV, a curve an estimated item.

    `fit` is what the tests of fit came to, as `describe_fit` tells it; None where nothing was tested.
    """

    described: Mapping[str, Any]
    csv: str
    curves: tuple[Curve, ...]
    fit: Mapping[str, Any] | None = None


def try_calibration(workspace: Workspace, data: bytes, *, name: str, model: str) -> CalibratedTable:
    """Calibrate a table of responses that a stranger sent.

    Raise BadInput for what is no such table, TooLarge beyond 2 million cells, 300 columns or 20 seconds.
    """
    if model not in MODELS:
        raise BadInput(f"there is no model {model!r}", hint=f"models are {', '.join(MODELS)}")
    table = Table(source=_refuse_packed(data), name=name, most_cells=MOST_CELLS)
    width = read_frame(table).width
    if width > MOST_COLUMNS:
        raise TooLarge(f"{width:,} columns", hint=f"at most {MOST_COLUMNS} here; larger tables by the command line")
    due = workspace.clock() + timedelta(seconds=MOST_SECONDS)

    def watch(_number: int, _likelihood: float) -> None:
        if workspace.clock() > due:
            raise TooLarge(
                f"it takes longer than {MOST_SECONDS} seconds",
                hint="leave out people or items, or use the command line",
            )

    try:
        done = calibrate(table, Choices(model=model), track=watch)
    except BadInput as error:
        raise BadInput(error.message, hint=_COLUMNS if "leave-out" in error.hint else error.hint) from error
    return CalibratedTable(
        described=describe_calibration(done, rows=True),
        csv=make_frame(lay_out_items(done.table), nested=False).write_csv(),
        curves=_trace_curves(workspace, done, table),
        fit=_test_fit(workspace, done, table),
    )


def _refuse_packed(data: bytes) -> bytes:
    if data[:2] == b"\x1f\x8b":
        raise BadInput("the file is packed", hint="send the table itself, as CSV or Parquet")
    return data


def _test_fit(workspace: Workspace, done: Calibrated, table: Table) -> Mapping[str, Any] | None:
    """Test the items of which enough is known, the model, pairs and people; None where these are none or too many."""
    sure = find_sure(done)
    if not 2 <= len(sure) <= MOST_TESTED:
        return None
    rows = list_rows(lay_out_items(done.table))
    items = Table(source=[rows[place] for place in sure.tolist()], name="the items")
    try:
        return describe_fit(check_fit(workspace, table, items))["skills"][done.table.items.skills[0]]  # type: ignore[no-any-return]
    except Invalid:
        return None


def find_sure(done: Calibrated) -> Ints:
    """Return the items of which enough is known to draw their curve."""
    items, error = done.calibration.items, done.calibration.se_b
    return np.flatnonzero(np.isfinite(items.a) & np.isfinite(items.b) & (error < SURE))


def _trace_curves(workspace: Workspace, done: Calibrated, table: Table) -> tuple[Curve, ...]:
    sure = find_sure(done)
    if not len(sure):
        return ()
    items = take_items(done.calibration.items, sure)
    highest = items.categories - 1.0
    share = expected_scores(items, _CURVE) / highest[:, None]
    low, high = _find_band(items)
    own = read_answers(table).responses
    columns = np.array([own.items.index(item) for item in items.ids], dtype=np.int64)
    given = take_columns(own, columns)
    known = replace(items, covariance=np.zeros_like(items.covariance))  # dots are compared with the curve itself
    theta = draw_plausible(given, known, draws=1, rng=workspace.generator(1))[0, :, 0]
    scores = as_matrix(given)
    return tuple(
        Curve(
            item=item,
            theta=_CURVE.tolist(),
            share=share[place].tolist(),
            low=low[place].tolist() if items.kind[place] == BINARY else (),
            high=high[place].tolist() if items.kind[place] == BINARY else (),
            seen=_count_shares(theta, scores[:, place], highest[place]),
        )
        for place, item in enumerate(items.ids)
    )


def _find_band(items: Items) -> tuple[Floats, Floats]:
    """Return the 95% band of binary curves (J, Q): z = a (theta - b) +- 1.96 sd(z), asymptotes as known.

    dz = a (theta - b) d log |a| - a db.
    """
    a, c, own = items.a[:, None], items.c[:, None], items.covariance[:, :, :, None]
    away = _CURVE - items.b[:, None]
    spread = away**2 * own[:, 0, 0] - 2 * away * own[:, 0, 1] + own[:, 1, 1]
    half = Z95 * np.abs(a) * np.sqrt(np.maximum(np.nan_to_num(spread), 0.0))
    low, high = ((c + (items.d[:, None] - c) * logistic(a * away + side * half)) for side in (-1.0, 1.0))
    return low, high


def _count_shares(theta: Floats, scores: Any, highest: float) -> tuple[tuple[float, float, int], ...]:  # noqa: ANN401
    band = np.digitize(theta, _BANDS[1:-1])
    found = []
    for place in range(len(_BANDS) - 1):
        own = (band == place) & (scores >= 0)
        if own.sum() >= _FEWEST:
            share = float(scores[own].mean() / highest)
            found.append((float(theta[own].mean()), share, int(own.sum())))
    return tuple(found)


def make_example(workspace: Workspace) -> bytes:
    """Make a table of made-up answers: 1,000 people, 18 items, one with a wrong key, one that tells next to nothing.

    Each answer is missing with a chance of 3 in 100.
    """
    rng = workspace.generator(_EXAMPLE_SEED)
    slopes, places = np.exp(rng.normal(0.1, 0.3, _EXAMPLE_ITEMS)), np.linspace(-2.0, 2.0, _EXAMPLE_ITEMS)
    slopes[11] = 0.12
    theta, names = rng.standard_normal(_EXAMPLE_PEOPLE), tuple(f"q{number + 1:02}" for number in range(_EXAMPLE_ITEMS))
    chance = probabilities(make_items(names, a=slopes, b=places), theta)[1::2].T
    right = (rng.random(chance.shape) < chance).astype(int)
    right[:, 6] = 1 - right[:, 6]
    return _write_table(names, right, rng.random(chance.shape) >= 0.03)


def _write_table(names: Sequence[str], right: Ints, seen: NDArray[np.bool_]) -> bytes:
    lines = [",".join(("id", *names))]
    for number, (row, there) in enumerate(zip(right.tolist(), seen.tolist(), strict=True), 1):
        cells = (str(cell) if known else "" for cell, known in zip(row, there, strict=True))
        lines.append(",".join((f"p{number:04}", *cells)))
    return ("\n".join(lines) + "\n").encode()


def warm_calibration(workspace: Workspace) -> None:
    """Compile what calibrations need, with a small table that has no gaps."""
    rng = workspace.generator(_EXAMPLE_SEED)
    right = (rng.standard_normal((60, 1)) + rng.standard_normal((60, 5)) > 0).astype(int)
    table = _write_table(("a", "b", "c", "d", "e"), right, np.ones(right.shape, dtype=bool))
    try_calibration(workspace, table, name="a small table", model="2pl")
