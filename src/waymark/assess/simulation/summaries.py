"""Summaries of simulated sittings: one row a skill, the whole, and the data of the four figures."""

from dataclasses import dataclass
from math import sqrt
from typing import Any, Final

import numpy as np
from scipy.stats import beta

from waymark.assess.curves import information
from waymark.assess.items import Floats
from waymark.assess.simulation.detecting import describe_misfit
from waymark.assess.simulation.simulating import Simulation
from waymark.assess.sitting.sittings import ENDS
from waymark.framework.scale import CUTS

Z90: Final = 1.6448536269514722
Z95: Final = 1.959963984540054
EDGES: Final = np.array([-np.inf, -2.0, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0, np.inf])
_GRID: Final = np.linspace(-4.0, 4.0, 33)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A number from n cases with its 95% interval."""

    value: float
    low: float
    high: float
    n: int


def summarise(simulation: Simulation) -> dict[str, Any]:
    """Return what sittings came to: `skills` (a row each), `totals`, `detection` (of misfit), `figures`: plain values.

    Each row has items, minutes, se (root mean square of the stated sd), bias, rmse, coverage90 (share of stated 90%
    intervals that hold the truth), level_accuracy and max_exposure; `intervals` has the 95% interval of each, over
    people, and n. Abilities are in logits.
    """
    names = simulation.bank.items.skills
    rows = {name: _describe(simulation, [place]) for place, name in enumerate(names) if _asked(simulation, place)}
    asked = [place for place in range(len(names)) if _asked(simulation, place)] or list(range(len(names)))
    return {
        "people": len(simulation.takers.theta),
        "bank": {"version": simulation.bank.version, "items": len(simulation.bank.items)},
        "skills": rows,
        "totals": _describe(simulation, asked) | {"ends": _count_ends(simulation)},
        "detection": describe_misfit(simulation),
        "figures": {
            "information": _information(simulation, asked),
            "conditional": _conditional(simulation, asked),
            "exposure": _exposures(simulation),
            "convergence": _convergence(simulation),
        },
    }


def _asked(simulation: Simulation, skill: int) -> bool:
    return bool(simulation.course.answers[:, skill].any())


def _describe(simulation: Simulation, skills: list[int]) -> dict[str, Any]:
    course, takers = simulation.course, simulation.takers
    error = course.mean[:, skills] - takers.theta[:, skills]
    sd = course.sd[:, skills]
    levels = np.digitize(course.mean[:, skills], CUTS, right=True) == np.digitize(
        takers.theta[:, skills], CUTS, right=True
    )
    exposure = share_given(simulation)[np.isin(simulation.bank.items.skill, skills)]
    figures = {
        "items": _mean(course.answers[:, skills].sum(axis=1)),
        "minutes": _mean(_minutes(simulation, skills)),
        "se": _root_mean(sd**2),
        "bias": _mean(error.mean(axis=1)),
        "rmse": _root_mean(error**2),
        "coverage90": _mean((np.abs(error) <= Z90 * sd).mean(axis=1)),
        "level_accuracy": _mean(levels.mean(axis=1)),
        "max_exposure": _share(float(exposure.max(initial=0.0)), len(error)),
    }
    intervals = {name: [figure.low, figure.high] for name, figure in figures.items()}
    return {name: figure.value for name, figure in figures.items()} | {"intervals": intervals, "n": len(error)}


def _mean(values: Floats) -> Figure:
    """Return the mean over people with its normal 95% interval."""
    own = np.asarray(values, dtype=np.float64)
    half = Z95 * float(own.std(ddof=1)) / sqrt(len(own)) if len(own) > 1 else float("inf")
    mean = float(own.mean())
    return Figure(value=mean, low=mean - half, high=mean + half, n=len(own))


def _root_mean(squares: Floats) -> Figure:
    """Return the root of the mean square, people as the unit, with the interval of the mean square under the root."""
    inner = _mean(squares.mean(axis=1))
    return Figure(value=sqrt(inner.value), low=sqrt(max(inner.low, 0.0)), high=sqrt(max(inner.high, 0.0)), n=inner.n)


def _share(share: float, n: int) -> Figure:
    """Return a share with its exact binomial 95% interval (Clopper & Pearson 1934)."""
    k = round(share * n)
    low = float(beta.ppf(0.025, k, n - k + 1)) if k else 0.0
    high = float(beta.ppf(0.975, k + 1, n - k)) if k < n else 1.0
    return Figure(value=share, low=low, high=high, n=n)


def share_given(simulation: Simulation) -> Floats:
    """Return the share of people who were given each item, shape (J,)."""
    given = simulation.course.item[simulation.course.item >= 0]
    return np.bincount(given, minlength=len(simulation.bank.items)) / len(simulation.course.item)


def _minutes(simulation: Simulation, skills: list[int]) -> Floats:
    """Return each person's expected minutes on the items of some skills, scaled to the minutes really spent."""
    items, course = simulation.bank.items, simulation.course
    planned = np.where(course.item >= 0, items.minutes[course.item], 0.0)
    own = np.where(np.isin(items.skill[course.item], skills), planned, 0.0).sum(axis=1)
    whole = np.maximum(planned.sum(axis=1), 1e-12)
    found: Floats = course.minutes * own / whole
    return found


def _count_ends(simulation: Simulation) -> dict[str, int]:
    counts = np.bincount(simulation.course.end, minlength=len(ENDS))
    return {ENDS[place]: int(count) for place, count in enumerate(counts) if count}


def _information(simulation: Simulation, skills: list[int]) -> list[dict[str, Any]]:
    items = simulation.bank.items
    table = information(items, _GRID)
    return [
        {
            "skill": items.skills[skill],
            "theta": _GRID.tolist(),
            "information": table[items.skill == skill].sum(axis=0).tolist(),
        }
        for skill in skills
    ]


def _conditional(simulation: Simulation, skills: list[int]) -> list[dict[str, Any]]:
    """Return bias, rmse, stated se and coverage by band of true ability, all skills together."""
    theta = simulation.takers.theta[:, skills].ravel()
    error = simulation.course.mean[:, skills].ravel() - theta
    sd = simulation.course.sd[:, skills].ravel()
    band = np.digitize(theta, EDGES[1:-1])
    rows = []
    for place in range(len(EDGES) - 1):
        own = band == place
        if own.any():
            inside = float((np.abs(error[own]) <= Z90 * sd[own]).mean())
            rows.append(
                {
                    "from": float(EDGES[place]) if place else None,
                    "to": float(EDGES[place + 1]) if place < len(EDGES) - 2 else None,
                    "n": int(own.sum()),
                    "theta": float(theta[own].mean()),
                    "bias": float(error[own].mean()),
                    "rmse": float(np.sqrt((error[own] ** 2).mean())),
                    "se": float(np.sqrt((sd[own] ** 2).mean())),
                    "coverage90": inside,
                    "coverage90_interval": [(found := _share(inside, int(own.sum()))).low, found.high],
                }
            )
    return rows


def _exposures(simulation: Simulation) -> dict[str, Any]:
    shares = np.sort(share_given(simulation))[::-1]
    return {
        "cap": simulation.rules.exposure_cap,
        "shares": shares.tolist(),
        "never_given": int((shares == 0).sum()),
        "n": len(simulation.course.item),
    }


def _convergence(simulation: Simulation) -> list[dict[str, Any]]:
    """Return the mean stated sd after each answer, over sittings that came so far, with its middle 80 per cent."""
    width = simulation.course.width
    rows = []
    for place in range(width.shape[1]):
        there = width[~np.isnan(width[:, place]), place]
        if not len(there):
            break
        low, high = np.quantile(there, [0.1, 0.9])
        rows.append(
            {"answers": place + 1, "sd": float(there.mean()), "low": float(low), "high": float(high), "n": len(there)}
        )
    return rows
