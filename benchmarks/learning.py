"""Measure what a bank without any response data states of its first people, and what it has learned after thousands.

300 items of one skill, b known from features alone (R2 0.5, so that predictions err by 0.66) and log a to 0.3; sittings
end at a standard deviation of 0.3 or after 30 answers, and every one teaches the bank before the next begins. Truth is
drawn from the stated priors. Coverage of the first 100 people needs many banks, since people of one bank share its
errors; the rest is over a few long runs. Then monitors of drift, leak and DIF on streams without any change.

    .venv/bin/python benchmarks/learning.py [--json] [--explore thompson|pilot|none] [--runs 5] [--starts 40]
"""

import argparse
import json
from typing import Any

import numpy as np

from waymark import assess

Figures = dict[str, Any]
SIZE, SPREAD, R2, PEOPLE = 300, 0.93, 0.5, 6_000
SPANS = ((0, 100), (100, 1_000), (1_000, 3_000), (3_000, PEOPLE))
ALPHA = 0.05
BARS = "coverage of the first 100 at least .94 of 95%; RMSE of b after 6,000 at most .20; false alarms at most .05"


def make_bank(rng: np.random.Generator) -> assess.Bank:
    """Make a bank of which only features are known."""
    predicted = rng.normal(size=SIZE) * SPREAD * np.sqrt(R2)
    covariance = np.tile(np.diag([0.3**2, SPREAD**2 * (1 - R2)]), (SIZE, 1, 1))
    names = tuple(f"i{place}" for place in range(SIZE))
    return assess.make_bank(assess.make_items(names, b=predicted, covariance=covariance))


def run(seed: int, *, people: int, explore: str) -> tuple[list[Figures], Figures]:
    """Send people through one such bank; return figures by span of people, and of the items."""
    rng = np.random.default_rng(seed)  # noqa: TID251  a script makes its own chance
    rules = assess.Rules(target_sd=0.3, most_items=30, exploration=explore)
    found = assess.simulate_online(make_bank(rng), rules, rng=rng, people=people)
    course, truth = found.simulation.course, found.simulation.takers
    error = (course.mean - truth.theta)[:, 0]
    z, spans = np.abs(error) / course.sd[:, 0], []
    for first, last in SPANS:
        if first < people:
            rows = slice(first, min(last, people))
            spans.append(
                {
                    "people": f"{first:,} to {last:,}",
                    "length": float((course.item[rows] >= 0).sum(axis=1).mean()),
                    "rmse": float(np.sqrt((error[rows] ** 2).mean())),
                    "stated": float(np.sqrt((course.sd[rows] ** 2).mean())),
                    "coverage95": float((z[rows] <= 1.959964).mean()),
                    "coverage90": float((z[rows] <= 1.644854).mean()),
                }
            )
    off, sds = found.means[-1][:, 1] - truth.b, found.sds[-1][:, 1]
    return spans, {"rmse_b": float(np.sqrt((off**2).mean())), "stated_b": float(np.sqrt((sds**2).mean()))}


def watch_nothing(seed: int, *, items: int = 60, people: int = 800, each: int = 30) -> tuple[np.ndarray[Any, Any], int]:
    """Return which monitors of a stream without change ever alarm, and how many monitors there are of each kind."""
    rng = np.random.default_rng(seed)  # noqa: TID251  a script makes its own chance
    covariance = np.tile(np.diag([0.05, 0.12]), (items, 1, 1))
    made = assess.make_items(
        tuple(f"i{place}" for place in range(items)),
        a=rng.lognormal(0, 0.3, items),
        b=rng.normal(size=items),
        covariance=covariance,
    )
    bank = assess.make_bank(made)
    takers = assess.draw_takers(bank, people, rng=rng)
    item = np.argsort(rng.random((people, items)), axis=1)[:, :each].ravel()
    person = np.repeat(np.arange(people), each)
    away = takers.a[item] * (takers.theta[person, 0] - takers.b[item])
    right = (rng.random(len(item)) < 1 / (1 + np.exp(-away))).astype(np.int64)
    told = assess.foretell(bank, person=person, item=item, score=right)
    record = assess.make_record(
        item,
        right,
        np.where(right == 1, told.chance, 1 - told.chance),
        person=person,
        spread=told.spread,
        gap=rng.normal(0, 0.4, len(item)),
        gap_sd=0.4,
        group=rng.integers(0, 2, people)[person],
    )
    state = assess.watch(assess.begin_watch(bank.items, groups=("a", "b"), alpha=ALPHA), record)
    return state.first >= 0, items


def measure(*, explore: str, runs: int, starts: int) -> Figures:
    """Return all figures."""
    done = [run(seed, people=PEOPLE, explore=explore) for seed in range(1, runs + 1)]
    first = [run(seed, people=100, explore=explore)[0][0] for seed in range(100, 100 + starts)]
    alarms = np.concatenate([watch_nothing(seed)[0] for seed in range(12)])
    return {
        "explore": explore,
        "starts": {name: _mean([one[name] for one in first]) for name in first[0] if name != "people"},
        "runs": [
            {
                "people": spans[0]["people"],
                **{name: _mean([one[name] for one in spans]) for name in spans[0] if name != "people"},
            }
            for spans in zip(*(spans for spans, _ in done), strict=True)
        ],
        "items": [items for _, items in done],
        "rmse_b": _mean([items["rmse_b"] for _, items in done]),
        "false_alarms": dict(zip(("drift", "leak", "dif a", "dif b"), alarms.mean(axis=0).tolist(), strict=True)),
        "monitors_of_a_kind": len(alarms),
    }


def _mean(values: list[float]) -> list[float]:
    """Return the mean over banks with its standard error."""
    return [float(np.mean(values)), float(np.std(values, ddof=1) / np.sqrt(len(values)))]


def write_report(found: Figures) -> str:
    """Return the figures as lines of text."""
    lines = [f"bar: {BARS}", f"exploration {found['explore']}; mean over banks and its standard error", ""]
    rows = [("first 100, many banks", found["starts"]), *((row["people"], row) for row in found["runs"])]
    for name, row in rows:
        told = "  ".join(f"{key} {row[key][0]:.3f} ({row[key][1]:.3f})" for key in row if key != "people")
        lines.append(f"{name:22} {told}")
    lines.append(f"RMSE of b after {PEOPLE:,}: {found['rmse_b'][0]:.3f} ({found['rmse_b'][1]:.3f})")
    shares = ", ".join(f"{kind} {share:.4f}" for kind, share in found["false_alarms"].items())
    count = f"{found['monitors_of_a_kind']:,} monitors of each kind without any change, at most {ALPHA} allowed"
    return "\n".join([*lines, f"share that ever alarmed: {shares} ({count})"])


def main() -> None:
    """Measure everything and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--explore", default="thompson", choices=("thompson", "pilot", "none"))
    parser.add_argument("--runs", type=int, default=5, help="banks that 6,000 people go through")
    parser.add_argument("--starts", type=int, default=40, help="banks of which the first 100 people are looked at")
    given = parser.parse_args()
    found = measure(explore=given.explore, runs=given.runs, starts=given.starts)
    print(json.dumps(found) if given.json else write_report(found))


if __name__ == "__main__":
    main()
