"""Likelihoods: what each person's answers say of an ability, on a grid of abilities."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from scipy.special import logsumexp

from waymark.assess.items import Floats, Ints, Items, take_items
from waymark.assess.responses import Responses, make_incidence, take_columns
from waymark.assess.softening import gauss_hermite, soften
from waymark.errors import BadInput

LEAST: Final = 1e-300
TESTLET_NODES: Final = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveTable:
    """Curves of items of one skill: log P (rows, Q) of the items in `columns`, which stand on their own.

    A case (testlet) is a table of its own whose last axis runs over `spots`: the nodes of its dimension, with
    log `weights`; the table then has shape (rows, Q * G).
    """

    columns: Ints
    categories: Ints
    logs: Floats
    weights: Floats


def match_items(items: Items, responses: Responses) -> Items:
    """Return the items in the order of the columns of the responses.

    Raise BadInput, naming the column, for an item that is not there.
    """
    if items.ids == responses.items:
        return items
    place = {one: number for number, one in enumerate(items.ids)}
    unknown = [one for one in responses.items if one not in place]
    if unknown:
        raise BadInput(
            f"responses to {unknown[0]!r}, which is not among the {len(items)} items",
            hint="leave the column out, or calibrate the item first",
        )
    return take_items(items, np.array([place[one] for one in responses.items], dtype=np.int64))


def tabulate_curves(items: Items, theta: Floats) -> tuple[CurveTable, ...]:
    """Return the tables that `add_logs` needs: one of the items on their own, and one a testlet.

    Item-parameter uncertainty is averaged into the curves (`soften`); items that were not estimated are left out.
    The dimension gamma ~ N(0, testlet_sd^2) of a testlet adds to the ability of its items (Bradlow, Wainer & Wang
    1999) and is integrated out at every theta (Gibbons & Hedeker 1992).
    """
    known = np.isfinite(items.a) & np.isfinite(items.b)
    case = np.where(items.testlet >= 0, items.testlet, -1)
    if len(items.testlet_sd):
        case = np.where(items.testlet_sd[np.maximum(case, 0)] > 0, case, -1)
    return tuple(
        _tabulate(
            items, np.flatnonzero(known & (case == number)), theta, sd=items.testlet_sd[number] if number >= 0 else 0
        )
        for number in np.unique(case[known])
    )


def _tabulate(items: Items, columns: Ints, theta: Floats, *, sd: float) -> CurveTable:
    own = replace(take_items(items, columns), testlet=np.full(len(columns), -1))
    nodes, weights = gauss_hermite(TESTLET_NODES) if sd > 0 else (np.zeros(1), np.ones(1))
    spots = (theta[:, None] + sd * nodes).ravel()
    logs = np.log(np.maximum(soften(own, spots), LEAST))
    return CurveTable(columns=columns, categories=own.categories, logs=logs, weights=np.log(weights))


def average_curves(items: Items, theta: Floats) -> Floats:
    """Return P(category | theta), (rows, Q), of an answer yet to come: averaged over item and testlet.

    NaN for items that were not estimated.
    """
    table = np.full((int(items.offsets[-1]), len(theta)), np.nan)
    offsets, widths = items.offsets, items.categories
    for part in tabulate_curves(items, theta):
        rows = np.concatenate([offsets[column] + np.arange(widths[column]) for column in part.columns])
        curves = np.exp(part.logs).reshape(len(rows), len(theta), -1)
        table[rows] = curves @ np.exp(part.weights)
    return table


def add_logs(responses: Responses, tables: tuple[CurveTable, ...], theta: Floats) -> Floats:
    """Return each person's log-likelihood at every node `theta` (Q,) of the tables, shape (N, Q)."""
    size = len(theta)
    total = np.zeros((responses.people, size))
    for table in tables:
        whole = len(table.columns) == len(responses.items)
        own = responses if whole else take_columns(responses, table.columns)
        part = make_incidence(own, categories=table.categories).gather(table.logs)
        if len(table.weights) > 1:
            part = logsumexp(part.reshape(len(part), size, -1) + table.weights, axis=2)
        total += part
    return total
