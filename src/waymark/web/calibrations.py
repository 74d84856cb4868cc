"""Calibrations: estimated items made ready to be shown, with their curves and what is said of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from waymark.actions.trying import SURE, Z95, CalibratedTable, Curve
from waymark.framework.scale import CENTRE, POINTS_PER_LOGIT
from waymark.report.calibrations import draw_item
from waymark.report.drawing import Figure
from waymark.web.fits import FitView, view_fit
from waymark.web.simulations import Cell

SHOWN_CURVES: Final = 60
MODELS: Final[Mapping[str, str]] = {
    "1pl": "1PL: one slope for all items",
    "2pl": "2PL: a slope for each item",
    "3pl": "3PL: 2PL with guessing",
    "4pl": "4PL: 3PL with slips",
    "gpcm": "GPCM: answers in steps",
    "grm": "GRM: ordered grades",
}
"""The models that a form offers."""

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {"3pl": ("c",), "4pl": ("c", "d")}
"""Parameters that a model has besides a and b."""

UNKNOWN: Final = Cell(value="not known", interval="")


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRow:
    """An item as its row tells it: its parameters in the order of the columns, its steps, and remarks."""

    item: str
    cells: tuple[Cell, ...]
    steps: str
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TableView:
    """Everything that the page of a calibration shows."""

    table: CalibratedTable
    name: str
    parameters: tuple[str, ...]
    rows: tuple[ItemRow, ...]
    remarks: tuple[str, ...]
    figures: tuple[Figure, ...]
    more: int
    fit: FitView | None


def view_table(table: CalibratedTable, *, name: str) -> TableView:
    """Make a calibration ready to be shown."""
    described = table.described
    parameters = ("a", "b", *COLUMNS.get(described["model"], ()))
    rows = tuple(_view_item(row, parameters, described["notes"]) for row in described["rows"])
    by_item = {row.item: row for row in rows}
    return TableView(
        table=table,
        name=name,
        parameters=parameters,
        rows=rows,
        remarks=tuple(note["message"] for note in described["notes"] if not note["item"]),
        figures=tuple(
            draw_curve(f"curve-{number}", curve, row=by_item[curve.item])
            for number, curve in enumerate(table.curves[:SHOWN_CURVES], 1)
        ),
        more=max(len(table.curves) - SHOWN_CURVES, 0),
        fit=None if table.fit is None else view_fit(table.fit),
    )


def _view_item(row: Mapping[str, Any], parameters: Sequence[str], notes: Sequence[Mapping[str, str]]) -> ItemRow:
    error = row.get("se_b")
    sure = error is not None and error < SURE
    steps = row.get("steps") or ()
    return ItemRow(
        item=row["item"],
        cells=tuple(speak_parameter(row, name) if sure else UNKNOWN for name in parameters),
        steps=", ".join(speak_number(step) for step in steps) if sure else "",
        remarks=(*(note["message"] for note in notes if note["item"] == row["item"]), *_remark_slope(row)),
    )


def _remark_slope(row: Mapping[str, Any]) -> tuple[str, ...]:
    """Say where a slope cannot be told from none."""
    slope, error = row["a"], row.get("se_a")
    if slope is None or not error or abs(slope) > Z95 * error:
        return ()
    return ("may not tell people apart at all: its slope cannot be told from zero",)


def speak_parameter(row: Mapping[str, Any], name: str) -> Cell:
    """Speak a parameter with its 95% interval, where one was estimated."""
    value, error = row[name], row.get(f"se_{name}")
    if value is None:
        return UNKNOWN
    if not error:
        return Cell(value=speak_number(value), interval="")
    low, high = value - Z95 * error, value + Z95 * error
    if name in {"c", "d"}:
        low, high = max(low, 0.0), min(high, 1.0)
    return Cell(value=speak_number(value), interval=f"{speak_number(low)} to {speak_number(high)}")


def speak_number(value: float) -> str:
    """Speak a parameter to two decimals, with a true minus sign.

    >>> speak_number(0.987)
    '0.99'
    """
    return f"{value:.2f}".replace("-", "\N{MINUS SIGN}")


def draw_curve(name: str, curve: Curve, *, row: ItemRow) -> Figure:
    """Draw an item's curve on the scale of scores."""
    values: dict[str, Sequence[Any]] = {
        "score": [CENTRE + POINTS_PER_LOGIT * theta for theta in curve.theta],
        "share": curve.share,
        "seen": [(CENTRE + POINTS_PER_LOGIT * theta, share) for theta, share, _ in curve.seen],
    }
    if curve.low:
        values |= {"low": curve.low, "high": curve.high}
    slope, place = (f"{cell.value} ({cell.interval})" if cell.interval else cell.value for cell in row.cells[:2])
    said = f"Slope {slope}, difficulty {place}."
    return draw_item(name, curve.item, curve=values, said=" ".join((said, *row.remarks)))
