"""Run the benchmarks: speed of reading beside named peers, memory, start, and the accuracy that the model carries.

Measures and does not judge: the bars are printed beside the figures and the exit code is 0. `--json` prints JSON.
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from machines import describe_machine
from processes import ONE_THREAD, Cost, run, take_one_core

HERE = Path(__file__).parent
ROOT = HERE.parent
REAL = ROOT.parent / "shared" / "data" / "postings"
LENGTH = 3_500  # bytes of the posting that the bar on speed is set for
READ, KEPT = 2_500, 10_000
PASSES, STARTS = 3, 5
CONTENDERS = {
    "table": "Waymark, a table",
    "texts": "Waymark, text files",
    "pages": "Waymark, web pages",
    "phrase_matcher": "spaCy PhraseMatcher",
    "flashtext": "flashtext",
    "tfidf": "TF-IDF + logistic regression",
}
BARS = {
    "speed": "at least 2,000 postings/s of 3.5 kB",
    "ratio": "at least 4 times PhraseMatcher",
    "memory": "less than 500 MB",
    "help": "less than 0.3 s",
}
Figures = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What all measurements share: the environment of the children, and the folder of what they read."""

    environment: Mapping[str, str]
    folder: Path

    def ask(self, program: str, *arguments: str) -> Figures:
        """Run a program beside this one and return the JSON it prints, or {"failed": exit code}."""
        cost = run([sys.executable, str(HERE / program), *arguments], environment=self.environment)
        if cost.code:
            return {"failed": cost.code}
        answer: Figures = json.loads(cost.output)
        return answer


def measure_reading(bench: Bench, *, passes: int) -> Figures:
    """Return the speed of each contender: postings and MB of text a CPU second, and postings of 3.5 kB."""
    figures = {}
    for name in CONTENDERS:
        print(f"reading: {name} ...", file=sys.stderr)
        one = bench.ask("reading.py", name, str(bench.folder), str(passes))
        if "failed" not in one:
            one["postings_per_second"] = one["postings"] / one["seconds"]
            one["megabytes_per_second"] = one["bytes"] / one["seconds"] / 1e6
            one["of_3500_bytes_per_second"] = one["bytes"] / one["seconds"] / LENGTH
        figures[name] = one
    return figures


def measure_memory(bench: Bench, *, count: int) -> Figures:
    """Return the peak memory of one process that reads the longer table and prints every reading."""
    print("memory ...", file=sys.stderr)
    command = _command(bench.folder / "longer.parquet")
    cost = run(command, environment=bench.environment)
    return _told(cost, command) | {"peak_mb": cost.peak, "postings": count}


def measure_start(bench: Bench) -> Figures:
    """Return the best wall and CPU seconds of the help and of the first verdict on one text file."""
    print("start ...", file=sys.stderr)
    program = Path(sys.executable).with_name("waymark")
    commands = {"verdict": _command(bench.folder / "texts" / "00000.txt")}
    if program.is_file():
        commands = {"help": [str(program), "--help"], **commands}
    figures = {}
    for name, command in commands.items():
        costs = [run(command, environment=bench.environment) for _ in range(STARTS)]
        wall, cpu = min(cost.wall for cost in costs), min(cost.cpu for cost in costs)
        figures[name] = _told(costs[-1], command) | {"wall": wall, "cpu": cpu}
    return figures


def _command(path: Path) -> list[str]:
    """Return the command that reads an input: Waymark's own, or the library's where the tree has none yet."""
    if (ROOT / "src" / "waymark" / "cli" / "main.py").is_file():
        return [str(Path(sys.executable).with_name("waymark")), "demand", "read", str(path), "--json"]
    return [sys.executable, str(HERE / "reading.py"), "print", str(path)]


def _told(cost: Cost, command: Sequence[str]) -> Figures:
    shown = " ".join(Path(part).name if os.sep in part else part for part in command)
    return {"command": shown} | ({"failed": cost.code} if cost.code else {})


def write_report(figures: Figures) -> str:
    """Return all figures as a page of text."""
    machine, corpus = figures["machine"], figures["corpus"]
    size = corpus["bytes"] / corpus["postings"] / 1e3
    core = "not pinned" if machine["core"] < 0 else f"measured on core {machine['core']}"
    lines = [
        f"machine   {machine['cpu']}, {machine['cores']} cores ({core}), {machine['memory_gb']:.0f} GB",
        f"load      {machine['load']:.1f} before and {figures['load_after']:.1f} after; other work slows all of them",
        f"software  {machine['system']}, {machine['python']}, commit {machine['commit']}, {machine['date']}",
        f"postings  {corpus['postings']:,} ({corpus['origin']}), {size:.2f} kB each on average",
        "",
        *_reading_lines(figures["reading"]),
        "",
        *_memory_lines(figures["memory"]),
        *_start_lines(figures["start"]),
        "",
        *_accuracy_lines(figures["about"]),
    ]
    return "\n".join(lines)


def _reading_lines(reading: Figures) -> list[str]:
    lines = [
        "Reading, one core, one thread, CPU time, best pass; every peer does a part of the work only",
        f"{'':30}{'postings/s':>11}{'MB/s':>7}{'of 3.5 kB/s':>13}{'ratio':>7}  what it does",
    ]
    matcher = reading["phrase_matcher"].get("postings_per_second")
    for name, title in CONTENDERS.items():
        one = reading[name]
        if "failed" in one:
            lines.append(f"{title:30}not measured (exit code {one['failed']})")
            continue
        ratio = f"{one['postings_per_second'] / matcher:.2f}" if matcher else "-"
        lines.append(
            f"{title:30}{one['postings_per_second']:>11,.0f}{one['megabytes_per_second']:>7.2f}"
            f"{one['of_3500_bytes_per_second']:>13,.0f}{ratio:>7}  {one['note']}"
        )
    return [*lines, f"bars: {BARS['speed']}; {BARS['ratio']} (ratio = times PhraseMatcher in this run)"]


def _memory_lines(memory: Figures) -> list[str]:
    failed = f", ended with exit code {memory['failed']}" if "failed" in memory else ""
    peak = f"{memory['peak_mb']:.0f} MB at most while reading {memory['postings']:,} postings"
    return [f"Memory    {peak} ({memory['command']}{failed}); bar: {BARS['memory']}"]


def _start_lines(start: Figures) -> list[str]:
    bars = {"help": f"; bar: {BARS['help']}"}
    return [
        f"Start     {one['wall']:.2f} s, {one['cpu']:.2f} s of CPU ({one['command']}"
        + (f", ended with exit code {one['failed']}" if "failed" in one else "")
        + f"{bars.get(name, '')})"
        for name, one in start.items()
    ]


def _accuracy_lines(about: Figures) -> list[str]:
    parts = about.get("figures")
    if not parts:
        return ["Accuracy  the fitted model carries no figures"]
    lines = ["Accuracy  out of fold, as the fitted model carries it: value (95% interval, postings)"]
    for part, own in parts.items():
        lines += [
            f"  {part:18}{name:28}{one['value']:.3f} ({one['low']:.3f} to {one['high']:.3f}, {one['n']:,})"
            for name, one in own.items()
        ]
    return lines


def main() -> None:
    """Measure everything and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--postings", type=int, default=READ, help=f"postings to read in a pass (default {READ:,})")
    parser.add_argument("--passes", type=int, default=PASSES, help=f"passes, of which the best counts ({PASSES})")
    given = parser.parse_args()
    machine = asdict(describe_machine(ROOT, core=take_one_core()))
    environment = {**os.environ, **ONE_THREAD}  # noqa: TID251  handed on to the children
    where = environment.get("WAYMARK_CORPUS") or (str(REAL) if REAL.is_dir() else "")
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(environment=environment, folder=Path(folder))
        corpus = bench.ask("corpora.py", where, folder, str(given.postings), str(KEPT))
        if "failed" in corpus:
            print("the postings could not be laid out; see above", file=sys.stderr)
            return
        figures = {
            "machine": machine,
            "corpus": corpus,
            "reading": measure_reading(bench, passes=given.passes),
            "memory": measure_memory(bench, count=KEPT),
            "start": measure_start(bench),
            "about": bench.ask("reading.py", "about", folder),
            "load_after": os.getloadavg()[0],
        }
    print(json.dumps(figures, indent=2) if given.json else write_report(figures))


if __name__ == "__main__":
    main()
