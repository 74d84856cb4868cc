"""Measure a job of the jail beside a subprocess with limits, on the same answer in the same run.

The peer starts a Python for each job and bounds it by rlimits alone, as many graders do: no wall keeps it from files,
network or other processes. `--jobs` says how many jobs are timed; the first of each kind, which starts the zygote,
is not.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from machines import describe_machine
from processes import ONE_THREAD
from waymark.engines.jail import Jail, Job

ROOT = Path(__file__).parent.parent
SOURCES = {
    "bare": "def f(x):\n    return sorted(x)",
    "numpy": "import numpy as np\ndef f(x):\n    return np.sort(np.array(x)).tolist()",
    "polars": "import polars as pl\ndef f(x):\n    return pl.Series(x).sort().to_list()",
}
CASES = tuple([[n, 3, 1, 2]] for n in range(12))
PEER = "import json, sys\ncases = json.load(sys.stdin)\n{source}\nprint(json.dumps([list(f(*case)) for case in cases]))"
BAR = "at most 25 ms a job from the zygote (p50)"


def time_jobs(run: Callable[[], None], count: int) -> tuple[float, float]:
    """Return the median and the 95th percentile of the milliseconds that a job takes."""
    run()
    taken = []
    for _ in range(count):
        began = time.perf_counter()
        run()
        taken.append((time.perf_counter() - began) * 1000)
    taken.sort()
    return taken[count // 2], taken[int(count * 0.95)]


def run_in_jail(jail: Jail, kind: str) -> None:
    """Run one honest job and insist that it was done."""
    libraries = () if kind == "bare" else (kind,)
    job = Job(language="python", source=SOURCES[kind], entry="f", cases=CASES, libraries=libraries)
    outcome = jail.run(job)
    if outcome.status != "done" or outcome.results[0] != {"value": [0, 1, 2, 3]}:
        raise SystemExit(f"{kind}: {outcome.status} {outcome.message} {outcome.results[:1]}")


def limit() -> None:
    """Bound a subprocess as the peer does."""
    for kind, most in ((resource.RLIMIT_CPU, 5), (resource.RLIMIT_FSIZE, 1 << 24), (resource.RLIMIT_CORE, 0)):
        resource.setrlimit(kind, (most, most))


def run_in_subprocess(kind: str) -> None:
    """Run the same job in a process of its own behind rlimits."""
    program = PEER.format(source=SOURCES[kind])
    done = subprocess.run(  # noqa: S603  our own program
        [sys.executable, "-c", program],
        input=json.dumps(CASES).encode(),
        capture_output=True,
        check=True,
        preexec_fn=limit,
        env={**os.environ, **ONE_THREAD},  # noqa: TID251  handed on to the child
    )
    if json.loads(done.stdout)[0] != [0, 1, 2, 3]:
        raise SystemExit(f"{kind}: the peer is wrong")


def main() -> None:
    """Measure every kind and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--jobs", type=int, default=200, help="jobs of the jail that are timed (200)")
    parser.add_argument("--peer-jobs", type=int, default=20, help="jobs of the peer that are timed (20)")
    given = parser.parse_args()
    machine = describe_machine(ROOT, core=-1)
    rows = []
    with Jail(jobs=1) as jail:
        for kind in SOURCES:
            own = time_jobs(partial(run_in_jail, jail, kind), given.jobs)
            peer = time_jobs(partial(run_in_subprocess, kind), given.peer_jobs)
            rows.append({"kind": kind, "jail": own, "subprocess": peer})
    if given.json:
        print(json.dumps({"machine": machine.cpu, "load": machine.load, "bar": BAR, "rows": rows}))
        return
    print(f"machine   {machine.cpu}, {machine.cores} cores, load {machine.load:.1f} before; {machine.system}")
    print(f"software  {machine.python}, commit {machine.commit}, {machine.date}\n\nms a job, p50 (p95)   bar: {BAR}")
    for row in rows:
        (middle, high), (peer_middle, peer_high) = row["jail"], row["subprocess"]
        told = f"subprocess + rlimits {peer_middle:6.1f} ({peer_high:.1f})"
        print(f"  {row['kind']:8} jail {middle:6.1f} ({high:.1f})   {told}")


if __name__ == "__main__":
    main()
