"""Run the benchmarks of the assessment engine beside its anchors, on the same data in the same run.

Anchors that are not installed are left out and named (see anchors/README.md). Measures and does not judge: bars stand
beside the figures. `--json` prints JSON; `--anchors PYTHON` names the Python that has mirt-py.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from machines import describe_machine
from processes import ONE_THREAD, run, take_one_core

HERE = Path(__file__).parent
ROOT = HERE.parent
ANCHORS = ROOT / ".venv-anchors" / "bin" / "python"
Figures = dict[str, Any]
SIZES = ((1_000, 50), (10_000, 100), (100_000, 100))
BARS = {
    (1_000, 50): "at most 1/3 of OpenMx's CPU time, log-likelihood within 0.01 of its",
    (100_000, 100): "at most 1/10 of OpenMx's CPU time, log-likelihood within 0.01 of its",
    "score": "at most 1/5 of rpf's CPU time, deviation at most 1e-5",
    500: "mean length at most 16.6; stated error within 2 % of the real one",
    10_000: "at most 1/10 of mirt-py's batch per item; stated error within 2 % of the real one",
    "skills": "at most 51 items (8 separate tests: 68), coverage .94 to .96, under 1 ms an item at 10,000",
    "together": "under 5 CPU s, RMSE of the correlations at most .025",
    "sparse": "under 30 CPU s and 500 MiB",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """A program that prints one line of JSON about what it measured."""

    name: str
    command: Sequence[str]


def ask(contender: Contender) -> Figures:
    """Return what a contender prints, or {"failed": exit code}."""
    print(f"{contender.name}: {' '.join(contender.command[-4:])} ...", file=sys.stderr)
    environment = {**os.environ, **ONE_THREAD}  # noqa: TID251  handed on to the children
    cost = run(contender.command, environment=environment)
    if cost.code:
        return {"failed": cost.code}
    answer: Figures = json.loads(cost.output.splitlines()[-1])
    return answer


def name_contenders(work: str, inputs: Sequence[str], *, anchors: Path, passes: int) -> list[Contender]:
    """Return who can do a piece of work here: Waymark, and the anchors that are installed."""
    many = ("--passes", str(passes))
    own = Contender(name="Waymark", command=(sys.executable, str(HERE / "engine.py"), work, *inputs, *many))
    found = [own]
    program = (str(anchors), str(HERE / "anchors" / "mirt_py.py"), work, *inputs)
    if anchors.is_file():
        extra = {"calibrate": ("--nodes", "61", "--squarem"), "score": ("--nodes", "61"), "adapt": ("--nodes", "61")}
        found += [
            Contender(name="mirt-py, its default", command=(*program, *many)),
            Contender(name="mirt-py, 61 nodes", command=(*program, *extra[work], *many)),
        ]
    script = {"calibrate": "openmx.R", "score": "rpf.R"}.get(work)
    if script and shutil.which("Rscript"):
        name = "OpenMx" if work == "calibrate" else "rpf"
        command = (shutil.which("Rscript") or "Rscript", str(HERE / "anchors" / script), *inputs, *many)
        found.append(Contender(name=name, command=command))
    return found


def lay_out(folder: Path) -> None:
    """Write the seeded data that all contenders read."""
    for people, size in (*SIZES, (100_000, 51)):
        rng = np.random.default_rng(people + size)  # noqa: TID251  the seed of the made-up answers
        count = size - size % 10
        a, b, theta = rng.lognormal(0.0, 0.3, count), rng.normal(size=count), rng.normal(size=people)
        answers = rng.random((people, count)) < 1.0 / (1.0 + np.exp(-a * (theta[:, None] - b)))
        np.save(folder / f"answers_{people}_{size}.npy", answers.astype(np.int8))
        np.save(folder / f"bank_{people}_{size}.npy", np.column_stack([a, -a * b]))
    for size in (500, 10_000):
        rng = np.random.default_rng(size)  # noqa: TID251  the seed of the made-up bank
        a, b = rng.lognormal(0.0, 0.3, size), rng.normal(size=size)
        np.save(folder / f"bank_{size}.npy", np.column_stack([a, -a * b]))
        np.save(folder / f"abilities_{size}.npy", rng.normal(size=1_000))


def measure(folder: Path, *, anchors: Path, passes: int) -> list[Figures]:
    """Return one row for each piece of work and contender."""
    works: list[tuple[str, Any, list[str]]] = [
        ("calibrate", size, [str(folder / f"answers_{size[0]}_{size[1]}.npy")]) for size in SIZES
    ]
    works.append(("score", "score", [str(folder / "answers_100000_51.npy"), str(folder / "bank_100000_51.npy")]))
    works += [
        ("adapt", size, [str(folder / f"bank_{size}.npy"), str(folder / f"abilities_{size}.npy")])
        for size in (500, 10_000)
    ]
    rows = []
    for work, key, inputs in works:
        about = {"work": work, "what": _spell(key), "bar": BARS.get(key, "")}
        contenders = name_contenders(work, inputs, anchors=anchors, passes=passes)
        rows += [about | {"who": one.name} | ask(one) for one in contenders]
    alone = {
        "skills": [("800", "0.6", "0.4"), ("800", "0.8", "0.4"), ("10000", "0.6", "0.4")],
        "together": [("2000", "120", "8"), ("10000", "240", "8")],
        "sparse": [("100000", "20000", "30")],
    }
    for work, inputs_of in alone.items():
        for given in inputs_of:
            one = Contender(name="Waymark", command=(sys.executable, str(HERE / "engine.py"), work, *given))
            rows.append({"work": work, "what": " x ".join(given), "bar": BARS[work], "who": one.name, **ask(one)})
    return rows


def _spell(key: Any) -> str:  # noqa: ANN401  a size or a pair of them
    return " x ".join(f"{part:,}" for part in key) if isinstance(key, tuple) else f"{key}"


SHOWN = {
    "cpu_seconds": ("CPU s", ".3f"),
    "cpu_seconds_with_errors": ("with SEs", ".3f"),
    "log_likelihood": ("log-likelihood", ",.3f"),
    "deviation": ("deviation", ".1e"),
    "microseconds_per_item": ("us/item", ".1f"),
    "length": ("length", ".2f"),
    "length_apart": ("apart", ".2f"),
    "mean_length": ("length", ".2f"),
    "rmse": ("RMSE", ".4f"),
    "mean_error": ("stated", ".4f"),
    "mean_standard_error": ("stated", ".4f"),
    "coverage": ("coverage", ".3f"),
    "rmse_of_a": ("RMSE a", ".4f"),
    "rmse_of_b": ("RMSE b", ".3f"),
    "rmse_of_correlations": ("RMSE rho", ".4f"),
    "peak_mib": ("peak MiB", ".0f"),
}


def write_report(machine: Figures, rows: Sequence[Figures]) -> str:
    """Return all figures as a page of text."""
    lines = [
        f"machine   {machine['cpu']}, {machine['cores']} cores, one used; load {machine['load']:.1f} before",
        f"software  {machine['system']}, {machine['python']}, commit {machine['commit']}, {machine['date']}",
    ]
    before = None
    for row in rows:
        if (row["work"], row["what"]) != before:
            lines += ["", f"{row['work']} {row['what']}" + (f"   bar: {row['bar']}" if row["bar"] else "")]
            before = (row["work"], row["what"])
        told = [f"{name} {row[key]:{form}}" for key, (name, form) in SHOWN.items() if key in row]
        lines.append(f"  {row['who']:22}" + ("  ".join(told) if "failed" not in row else f"failed ({row['failed']})"))
    return "\n".join(lines)


def main() -> None:
    """Measure everything and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--passes", type=int, default=3, help="passes, of which the best counts (3)")
    parser.add_argument("--anchors", type=Path, default=ANCHORS, help="the Python that has mirt-py")
    given = parser.parse_args()
    machine = asdict(describe_machine(ROOT, core=take_one_core()))
    with tempfile.TemporaryDirectory() as folder:
        lay_out(Path(folder))
        rows = measure(Path(folder), anchors=given.anchors, passes=given.passes)
    print(json.dumps({"machine": machine, "rows": rows}) if given.json else write_report(machine, rows))


if __name__ == "__main__":
    main()
