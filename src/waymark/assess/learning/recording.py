"""Recording: every answer with what was foretold of it before it came, for those who check the foretelling."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from waymark.assess.chance import derive_seed
from waymark.assess.compiling import compiled
from waymark.assess.items import BINARY, Floats, Ints
from waymark.assess.simulation.simulating import Course, Simulation
from waymark.assess.sitting.inferring import Curves
from waymark.assess.sitting.taking import Takers, respond
from waymark.errors import BadInput

SPEED_SD: Final = 0.25  # of the log of people's pace,
NOISE_SD: Final = 0.35  # and of log times about it, where a time model has not said otherwise


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """n answers to binary items in the order in which they came, with what was foretold of them.

    `chance` (n,) is the probability of a right answer before it came, `right` (n,) whether it came; `person` and
    `place` number the person and the answer within the sitting; `spread` is the sd of ability before the answer. `gap`
    is the log of the time over that foretold and `gap_sd` what it should vary by, NaN where there is no time. `group`
    (n,) numbers the person's group, -1 for none; labels serve to check items and never enter a score.
    """

    person: Ints
    place: Ints
    item: Ints
    right: Ints
    chance: Floats
    spread: Floats
    gap: Floats
    gap_sd: Floats
    group: Ints

    def __len__(self) -> int:
        """Return the number of answers."""
        return len(self.item)


def make_record(  # noqa: PLR0913  a column each
    item: Ints,
    right: Ints,
    chance: Floats,
    *,
    person: Ints | None = None,
    place: Ints | None = None,
    spread: Floats | float = 0.35,
    gap: Floats | None = None,
    gap_sd: Floats | float = NOISE_SD,
    group: Ints | None = None,
) -> Record:
    """Make a record, filling what is not said: an answer a person, no times, no groups.

    Raise BadInput for columns of different lengths, answers that are not 0 or 1, or chances outside 0 to 1.
    """
    size = len(item)
    columns = {
        "person": np.arange(size) if person is None else person,
        "place": np.zeros(size, dtype=np.int64) if place is None else place,
        "item": item,
        "right": right,
        "chance": chance,
        "spread": np.full(size, spread, dtype=float) if np.ndim(spread) == 0 else spread,
        "gap": np.full(size, np.nan) if gap is None else gap,
        "gap_sd": np.full(size, gap_sd, dtype=float) if np.ndim(gap_sd) == 0 else gap_sd,
        "group": np.full(size, -1) if group is None else group,
    }
    floats = {"chance", "spread", "gap", "gap_sd"}
    made = {name: np.asarray(given, dtype=float if name in floats else np.int64) for name, given in columns.items()}
    for name, column in made.items():
        if column.shape != (size,):
            raise BadInput(f"{name} of shape {column.shape} for {size} answers", hint="give one value an answer")
    if not np.isin(made["right"], (0, 1)).all():
        raise BadInput("answers that are neither right (1) nor wrong (0)", hint="leave out items with steps")
    if not ((made["chance"] >= 0) & (made["chance"] <= 1)).all():
        raise BadInput("chances outside 0 to 1", hint="give the probability of a right answer before it came")
    return Record(**made)


def read_course(simulation: Simulation, *, groups: Sequence[int] | None = None) -> Record:
    """Return the answers of simulated sittings, person by person; those to items with steps are left out.

    `groups` numbers each person's group. Times are foretold from the item's minutes and the pace of the person's
    earlier answers.
    """
    course, items = simulation.course, simulation.bank.items
    binary = np.array(items.kind, dtype=str) == BINARY
    person, place = np.nonzero((course.item >= 0) & binary[np.maximum(course.item, 0)])
    item, score = course.item[person, place].astype(np.int64), course.score[person, place].astype(np.int64)
    came = course.chance[person, place].astype(float)
    spread = np.concatenate([np.ones((len(course.item), 1)), course.width[:, :-1]], axis=1)[person, place]
    gap, gap_sd = foresee_times(np.log(find_minutes(simulation) / items.minutes[np.maximum(course.item, 0)]))
    return make_record(
        item,
        score,
        np.where(score == 1, came, 1.0 - came),
        person=person,
        place=place,
        spread=spread,
        gap=gap[person, place],
        gap_sd=gap_sd[person, place],
        group=None if groups is None else np.asarray(groups, dtype=np.int64)[person],
    )


def foresee_times(excess: Floats, *, speed_sd: float = SPEED_SD, noise_sd: float = NOISE_SD) -> tuple[Floats, Floats]:
    """Return each log time less that foretold from the person's earlier ones, and its sd, both (N, M).

    `excess` (N, M) is the log of the time over the item's own, in the order of the answers, NaN where there is none.
    It is normal about minus the person's speed, N(0, speed_sd^2), with `noise_sd` (van der Linden 2006).
    """
    there = np.isfinite(excess)
    count = np.cumsum(there, axis=1) - there
    total = np.cumsum(np.where(there, excess, 0.0), axis=1) - np.where(there, excess, 0.0)
    left = count + (noise_sd / speed_sd) ** 2
    return excess - total / left, noise_sd * np.sqrt(1.0 + 1.0 / left)


def find_minutes(simulation: Simulation) -> Floats:
    """Return the minutes of every answer (N, M), NaN after the end, drawn again as they were drawn in the sittings."""
    course = simulation.course
    found = np.full(course.item.shape, np.nan)
    _draw_minutes(
        simulation.seed, simulation.rules.most_minutes, simulation.takers, simulation.bank.curves, course, found
    )
    return found


@compiled
def _draw_minutes(seed: int, most: float, takers: Takers, curves: Curves, course: Course, found: Floats) -> None:
    longest = course.item.shape[1]
    for person in range(course.item.shape[0]):
        own, spent = derive_seed(seed, person), 0.0
        for place in range(longest):
            item = course.item[person, place]
            if item < 0:
                break
            gone = max(place / longest, spent / most)
            _, minutes = respond(takers, person, item, curves.skill[item], own, gone)
            found[person, place] = minutes
            spent += minutes
