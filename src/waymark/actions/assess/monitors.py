"""Monitors: whether items and stated intervals still hold, by a stream of recorded answers."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from waymark.actions.assess.trials import open_bank
from waymark.assess.ability.scoring import score
from waymark.assess.fit.timing import fit_times, make_sparse_times
from waymark.assess.items import BINARY, Floats, Ints, take_items
from waymark.assess.learning.coverages import Verdict, check_profiles, judge_coverage, open_coverage
from waymark.assess.learning.departures import MisfitSign, find_signs
from waymark.assess.learning.foretelling import foretell
from waymark.assess.learning.ledgers import Entry, enter, open_ledger, read_ledger
from waymark.assess.learning.monitoring import (
    DIF,
    DRIFT,
    LEAK,
    Alarm,
    Watch,
    adjust_peak,
    begin_watch,
    list_alarms,
    select_changed,
    watch,
    weigh,
)
from waymark.assess.learning.recording import Record, foresee_times, make_record
from waymark.assess.responses import Responses, make_sparse_responses, take_people
from waymark.assess.sitting.banks import Bank
from waymark.engines.frames import Table
from waymark.engines.streams import Stream, read_stream
from waymark.engines.writing import Column, check_target, list_rows, write_table
from waymark.errors import BadInput

RATE: Final = 0.05
_LEAST: Final = 1e-9
_FEWEST: Final = 4  # answers to a skill of which the later half can say something of the profile by the earlier


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitored:
    """The watch over the items, the ledger of what was foretold, the check of intervals by skill, and remarks."""

    bank: Bank
    answers: int
    people: int
    watch: Watch
    alarms: tuple[Alarm, ...]
    ledger: tuple[Entry, ...]
    coverage: dict[str, Verdict]
    signs: tuple[MisfitSign, ...]
    notes: tuple[str, ...]


def monitor(
    answers: Table,
    items: Table,
    *,
    people: str | None = None,
    group: str | None = None,
    alpha: float = 0.01,
    out: Path | None = None,
) -> Monitored:
    """Watch a stream of answers to binary items of a bank, in the order in which they came.

    What was foretold of an answer is the column `chance` where that is filled, else what the bank says of the person
    after the answers before. Raise MissingInput, TooLarge or BadInput for tables that cannot be watched, Invalid where
    `out` cannot be written.
    """
    if out is not None:
        check_target(out)
    stream = read_stream(answers, people=people, group=group)
    bank, notes = open_bank(items)
    kept, item, more = _place(stream, bank)
    record, timed = _make_record(stream, bank, kept, item)
    state = watch(begin_watch(bank.items, groups=stream.groups, alpha=alpha), record)
    ledger = open_ledger(bank.items)
    period = stream.period[kept]
    for number in sorted(set(period.tolist())):
        name = stream.periods[number] if number >= 0 else ""
        ledger = enter(ledger, _take(record, period == number), period=name)
    done = Monitored(
        bank=bank,
        answers=len(record),
        people=len(np.unique(record.person)),
        watch=state,
        alarms=list_alarms(state),
        ledger=read_ledger(ledger),
        coverage=_check_coverage(bank, record, alpha),
        signs=find_signs(record, bank.items, longest=int(record.place.max()) + 1, alpha=alpha),
        notes=(*stream.notes, *notes, *more, *timed),
    )
    if out is not None:
        write_table(out, lay_out_watch(done))
    return done


def _place(stream: Stream, bank: Bank) -> tuple[Ints, Ints, list[str]]:
    """Return the answers to binary items of the bank, the place of their items in it, and what was left out."""
    place = np.array([bank.places.get(name, -1) for name in stream.items], dtype=np.int64)[stream.item]
    binary = np.array(bank.items.kind, dtype=str)[np.maximum(place, 0)] == BINARY
    foreign, stepped = place < 0, (place >= 0) & ~binary
    notes = [f"{int(foreign.sum()):,} answers to items that the bank does not have are left out"] * bool(foreign.any())
    notes += [f"{int(stepped.sum()):,} answers to items with steps are left out"] * bool(stepped.any())
    kept = np.flatnonzero((place >= 0) & binary)
    if not len(kept):
        raise BadInput("no answer is to a binary item of the bank", hint="name items as in the table of items")
    if stream.score[kept].max() > 1:
        row = int(kept[np.argmax(stream.score[kept] > 1)])
        name = stream.items[int(stream.item[row])]
        raise BadInput(f"a score of {stream.score[row]} for {name!r}, a binary item", hint="score its answers 0 and 1")
    pair = stream.person[kept] * len(bank.items) + place[kept]
    _, first = np.unique(pair, return_index=True)
    if len(first) < len(kept):
        notes.append(f"{len(kept) - len(first):,} answers to an item that the person had before are left out")
        kept = kept[np.sort(first)]
    return kept, place[kept], notes


def _make_record(stream: Stream, bank: Bank, kept: Ints, item: Ints) -> tuple[Record, list[str]]:
    """Return the answers with what was foretold of each: the chance of right, the spread of ability, and the time."""
    person, right = stream.person[kept], stream.score[kept]
    told = foretell(bank, person=person, item=item, score=right)
    chance = np.where(right == 1, told.chance, 1.0 - told.chance)
    stated = stream.chance[kept]
    chance = np.clip(np.where(np.isnan(stated), chance, stated), _LEAST, 1.0 - _LEAST)
    place = _count_before(person)
    gap, gap_sd, notes = _foresee(stream.minutes[kept], bank, person, item, place)
    record = make_record(
        item,
        right,
        chance,
        person=person,
        place=place,
        spread=told.spread,
        gap=gap,
        gap_sd=gap_sd,
        group=stream.group[kept],
    )
    return record, notes


def _count_before(person: Ints) -> Ints:
    """Return how many answers each person had given before each."""
    order = np.argsort(person, kind="stable")
    ranked = person[order]
    found = np.empty(len(person), dtype=np.int64)
    found[order] = np.arange(len(person)) - np.searchsorted(ranked, ranked)
    return found


def _foresee(minutes: Floats, bank: Bank, person: Ints, item: Ints, place: Ints) -> tuple[Floats, Floats, list[str]]:
    """Return log times less those foretold and their sd; how long items take is read from all times of the stream."""
    timed = np.flatnonzero(np.isfinite(minutes))
    nothing = np.full(len(minutes), np.nan), np.ones(len(minutes))
    if not len(timed):
        return *nothing, ["no times were recorded, so leaks show only in answers: give minutes or seconds"]
    try:
        model = fit_times(
            make_sparse_times(
                person[timed], item[timed], minutes[timed], items=bank.items.ids, people=int(person.max()) + 1
            )
        )
    except BadInput as error:
        return *nothing, [f"times are not used: {error.message}"]
    excess = np.full((int(person.max()) + 1, int(place.max()) + 1), np.nan)
    excess[person[timed], place[timed]] = np.log(minutes[timed]) - model.beta[item[timed]]
    noise = float(np.sqrt(np.nanmean(model.alpha**-2.0)))
    gap, gap_sd = foresee_times(excess, speed_sd=max(model.speed_sd, _LEAST), noise_sd=noise)
    return gap[person, place], np.where(np.isfinite(gap), gap_sd, 1.0)[person, place], []


def _take(record: Record, rows: Any) -> Record:  # noqa: ANN401  a mask of answers
    names = ("person", "place", "item", "right", "chance", "spread", "gap", "gap_sd", "group")
    return Record(**{name: getattr(record, name)[rows] for name in names})


def _check_coverage(bank: Bank, record: Record, alpha: float) -> dict[str, Verdict]:
    """Hold what the earlier half of a person's answers to a skill said of him against the later half."""
    found = {}
    for number, name in enumerate(bank.items.skills):
        rows = np.flatnonzero(bank.items.skill[record.item] == number)
        own = _take(record, rows)
        nth, count = _count_before(own.person), np.bincount(own.person, minlength=int(record.person.max()) + 1)
        enough = count[own.person] >= _FEWEST
        if not enough.any():
            continue
        early = nth < count[own.person] // 2
        columns = np.flatnonzero(bank.items.skill == number)
        before = _collect(bank, columns, own, enough & early)
        later = _collect(bank, columns, own, enough & ~early)
        people = np.unique(own.person[enough])
        items = take_items(bank.items, columns)
        profile = score(take_people(before, people), items)
        coverage = check_profiles(
            open_coverage(),
            items,
            mean=profile.estimate[:, number],
            sd=profile.sd[:, number],
            later=take_people(later, people),
        )
        found[name] = judge_coverage(coverage, alpha=alpha)
    return found


def _collect(bank: Bank, columns: Ints, record: Record, rows: Any) -> Responses:  # noqa: ANN401  a mask of answers
    place = np.full(len(bank.items), -1, dtype=np.int64)
    place[columns] = np.arange(len(columns))
    return make_sparse_responses(
        record.person[rows],
        place[record.item[rows]],
        record.right[rows],
        items=tuple(bank.items.ids[row] for row in columns),
        people=int(record.person.max()) + 1,
    )


def lay_out_watch(done: Monitored) -> dict[str, Column]:
    """Return the columns of a table of the watch, a row an item and kind of change."""
    kinds = _list_kinds(done.watch.groups)
    now, state, ids = weigh(done.watch), done.watch, done.bank.items.ids
    peak = np.exp(state.peak)
    return {
        "item": [name for name in ids for _ in kinds],
        "kind": [kind for _ in ids for kind, _ in kinds],
        "group": [group for _ in ids for _, group in kinds],
        "answers": np.repeat(state.answers, len(kinds)),
        "e_value": now.ravel(),
        "peak": peak.ravel(),
        "alarm": (state.first >= 0).ravel(),
        "noticed_after": [int(number) if number >= 0 else None for number in state.first.ravel()],
        "selected": select_changed(adjust_peak(state.peak), rate=RATE).ravel(),
    }


def _list_kinds(groups: Sequence[str]) -> list[tuple[str, str]]:
    return [(DRIFT, ""), (LEAK, ""), *((DIF, name) for name in groups)]


def describe_watch(done: Monitored, *, out: Path | None = None) -> dict[str, Any]:
    """Return what the stream came to as plain values, with the rates of false alarms that hold at all times."""
    tests = len(done.bank.items) * len(_list_kinds(done.watch.groups))
    return {
        **({"out": str(out)} if out is not None else {}),
        "answers": done.answers,
        "people": done.people,
        "groups": list(done.watch.groups),
        "false_alarms": {
            "rate": done.watch.alpha,
            "of": "each item and kind of change, however long and often one looks",
            "tests": tests,
            "expected_at_most": tests * done.watch.alpha,
            "selected_false_discovery_rate": RATE,
        },
        "alarms": [asdict(one) for one in done.alarms],
        "items": list_rows(lay_out_watch(done)),
        "ledger": [asdict(one) for one in done.ledger],
        "coverage": {name: asdict(one) for name, one in done.coverage.items()},
        "signs": [asdict(one) for one in done.signs],
        "notes": list(done.notes),
    }
