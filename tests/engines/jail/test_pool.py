"""Honest jobs, and what the pool does with its zygotes."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from math import inf

import pytest

from waymark.engines.jail import Jail, Job, Outcome
from waymark.engines.jail.limits import JOBS_PER_ZYGOTE, STDOUT_KEPT
from waymark.engines.jail.zygotes import Zygote, can_wrap
from waymark.errors import BadInput, TooLarge, Unavailable

START_THREADS = """
import threading
threading.stack_size(65536)
for _ in range(70):
    threading.Thread(target=time.sleep, args=(30,)).start()
"""
FRAME = {"$frame": {"columns": ["a", "b"], "rows": [[1, 2.5], [1, None], [2, 4.0]]}}


def run(jail: Jail, source: str, *cases: object, libraries: tuple[str, ...] = (), entry: str = "f") -> Outcome:
    return jail.run(Job(language="python", source=source, entry=entry, cases=cases, libraries=libraries))


def take_values(outcome: Outcome) -> list[object]:
    assert (outcome.status, outcome.message) == ("done", "")
    return [result["value"] for result in outcome.results]


def list_idle(jail: Jail) -> list[Zygote]:
    return [zygote for queue in jail._idle.values() for zygote in queue.queue]  # noqa: SLF001


def test_a_function_is_called_once_a_case(jail: Jail) -> None:
    assert take_values(run(jail, "def f(a, b):\n    return a + b", [1, 2], ["x", "y"])) == [3, "xy"]


def test_what_a_call_does_to_its_arguments_is_not_seen_by_the_next(jail: Jail) -> None:
    shared = [3, 1, 2]
    assert take_values(run(jail, "def f(x):\n    x.sort()\n    return x.pop()", [shared], [shared])) == [3, 3]


def test_an_error_of_one_case_leaves_the_others(jail: Jail) -> None:
    outcome = run(jail, "def f(x):\n    return 1 / x", [0], [2])
    assert outcome.results == ({"error": "ZeroDivisionError: division by zero (line 2)"}, {"value": 0.5})


def test_a_script_is_run_and_its_output_kept(jail: Jail) -> None:
    outcome = run(jail, "print('caf\u00e9', 1 + 1)", [1], entry="")
    assert (outcome.status, outcome.results, outcome.stdout) == ("done", (), "caf\u00e9 2\n")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("def f(:", "SyntaxError: invalid syntax (line 1)"),
        ("x = 1\nraise KeyError('no')", "KeyError: 'no' (line 2)"),
        ("def g(): pass", "there is no function f"),
        ("f = 3", "there is no function f"),
        ("\0", "SyntaxError: source code string cannot contain null bytes"),
    ],
)
def test_a_source_that_does_not_load_has_failed(jail: Jail, source: str, message: str) -> None:
    outcome = run(jail, source, [1])
    assert (outcome.status, outcome.results) == ("failed", ())
    assert outcome.message.removeprefix("ValueError: ").removeprefix("SyntaxError: ") == message.removeprefix(
        "SyntaxError: "
    )


def test_values_that_json_lacks_are_marked_or_refused(jail: Jail) -> None:
    source = "def f():\n    return [float('nan'), float('-inf'), (1, True, None), {2: 'x'}]"
    assert take_values(run(jail, source, [])) == [[{"$float": "nan"}, {"$float": "-inf"}, [1, True, None], {"2": "x"}]]
    (result,) = run(jail, "def f():\n    return {1, 2}", []).results
    assert result["error"].startswith("TypeError: the result is a set")


def test_floats_that_json_lacks_can_be_given(jail: Jail) -> None:
    assert take_values(run(jail, "def f(x):\n    return x > 10**300", [{"$float": "inf"}])) == [True]


def test_arrays_go_in_and_come_out(jail: Jail) -> None:
    source = (
        "import numpy as np\ndef f(x):\n    assert isinstance(x, np.ndarray)\n    return [x @ x, x.sum(), x.dtype.kind]"
    )
    outcome = run(jail, source, [{"$array": [[1.0, 2.0], [0.0, 1.0]]}], libraries=("numpy",))
    assert take_values(outcome) == [[[[1.0, 4.0], [0.0, 1.0]], 4.0, "f"]]


def test_linear_algebra_and_seeded_chance_work(jail: Jail) -> None:
    source = (
        "import numpy as np\ndef f(n):\n    rng = np.random.default_rng(1)\n    a = rng.normal(size=(n, n))\n"
        "    return round(float(np.abs(np.linalg.solve(a, a) - np.eye(n)).max()), 6)"
    )
    assert take_values(run(jail, source, [80], libraries=("numpy",))) == [0.0]


def test_frames_go_in_and_come_out(jail: Jail) -> None:
    source = "import polars as pl\ndef f(d):\n    return d.group_by('a').agg(pl.col('b').sum()).sort('a')"
    values = take_values(run(jail, source, [FRAME], [FRAME], libraries=("polars",)))
    assert values == [{"columns": ["a", "b"], "rows": [[1, 2.5], [2, 4.0]]}] * 2


def test_frames_can_be_lazy_joined_written_and_asked_in_sql(jail: Jail) -> None:
    source = (
        "import polars as pl\ndef f(d):\n"
        "    d.write_parquet('x.parquet')\n"
        "    lazy = pl.scan_parquet('x.parquet').join(d.lazy(), on='a').filter(pl.col('b') > 3).select('a', 'b')\n"
        "    day = pl.Series(['2024-03-01']).str.to_date()\n"
        "    asked = pl.SQLContext(d=d).execute('SELECT count(*) AS n FROM d').collect()\n"
        "    return [lazy, day, asked]"
    )
    (value,) = take_values(run(jail, source, [FRAME], libraries=("polars", "numpy")))
    assert value == [
        {"columns": ["a", "b"], "rows": [[2, 4.0]]},
        ["2024-03-01"],
        {"columns": ["n"], "rows": [[3]]},
    ]


def test_a_job_may_use_threads_files_and_the_standard_library(jail: Jail) -> None:
    source = (
        "import csv, decimal, json, sqlite3, tempfile, zoneinfo\nfrom concurrent.futures import ThreadPoolExecutor\n"
        "from dataclasses import dataclass\n@dataclass\nclass P:\n    x: int\n"
        "def f(n):\n    with ThreadPoolExecutor(4) as pool:\n"
        "        squares = list(pool.map(lambda x: x * x, range(n)))\n"
        "    with tempfile.NamedTemporaryFile('w+') as file:\n        file.write('kept')\n        file.seek(0)\n"
        "        return [sum(squares), file.read(), P(2).x, str(zoneinfo.ZoneInfo('Europe/Paris'))]"
    )
    assert take_values(run(jail, source, [10])) == [[285, "kept", 2, "Europe/Paris"]]


def test_a_library_that_was_not_named_is_not_there(jail: Jail) -> None:
    assert run(jail, "import numpy\ndef f(): pass", []).message.startswith("ModuleNotFoundError")


def test_no_job_finds_the_files_of_another(jail: Jail) -> None:
    run(jail, "open('left', 'w').write('x')", entry="")
    assert run(jail, "import os\nprint(os.listdir())", entry="").stdout == "[]\n"


def test_of_a_long_output_the_beginning_is_kept(jail: Jail) -> None:
    outcome = run(jail, "print('ab' * 100_000)", entry="")
    assert (outcome.status, outcome.stdout) == ("done", "ab" * (STDOUT_KEPT // 2))


@pytest.mark.parametrize(
    ("source", "status", "message"),
    [
        ("for n in range(3000):\n    open(f'{n}', 'w').close()", "killed", "it makes too many or too large files"),
        (
            START_THREADS,
            "killed",
            "it starts too many threads",
        ),
        ("while True:\n    print('x' * 1000)", "output", "it writes too much"),
        ("held = [b'x'] * 10**9", "memory", "it takes more memory than is allowed"),
    ],
)
def test_what_goes_beyond_a_limit_is_ended_before_its_time_is_over(source: str, status: str, message: str) -> None:
    with Jail(jobs=1) as jail:
        outcome = run(jail, f"import time\n{source}\ntime.sleep(30)", entry="")
    assert (outcome.status, outcome.message) == (status, message)
    assert outcome.seconds < 10


def test_a_query_is_run_on_each_database(jail: Jail) -> None:
    def make_case(*rows: list[object]) -> dict[str, object]:
        return {"tables": {"Sales": {"columns": ["who", "sum of"], "rows": list(rows)}}}

    source = 'WITH t AS (SELECT who, "sum of" AS s FROM sales) SELECT who, sum(s) OVER (PARTITION BY who) AS n FROM t'
    job = Job(language="sql", source=source, cases=(make_case(["a", 1], ["a", 2.5], [None, None]), make_case()))
    assert take_values(jail.run(job)) == [
        {"columns": ["who", "n"], "rows": [[None, None], ["a", 3.5], ["a", 3.5]]},
        {"columns": ["who", "n"], "rows": []},
    ]


def test_a_query_with_a_fault_says_which(jail: Jail) -> None:
    job = Job(language="sql", source="SELECT absent FROM t", cases=({"tables": {"t": {"columns": ["a"], "rows": []}}},))
    assert jail.run(job).results == ({"error": "OperationalError: no such column: absent"},)


@pytest.mark.parametrize(
    ("job", "kind"),
    [
        (Job(language="perl", source=""), BadInput),
        (Job(language="sql", source="x" * 20_001), TooLarge),
        (Job(language="python", source="x" * 64_001), TooLarge),
        (Job(language="python", source="", libraries=("os",)), BadInput),
        (Job(language="python", source="", entry="f()"), BadInput),
        (Job(language="python", source="", cpu_seconds=inf), BadInput),
        (Job(language="python", source="", memory_mb=0), BadInput),
        (Job(language="python", source="", entry="f", cases=([object()],)), BadInput),
        (Job(language="python", source="", entry="f", cases=([inf],)), BadInput),
        (Job(language="python", source="", entry="f", cases=("x" * 34_000_000,)), TooLarge),
    ],
)
def test_a_job_that_cannot_be_run_is_refused(jail: Jail, job: Job, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        jail.run(job)


def test_an_argument_that_is_no_list_is_an_error_of_the_case(jail: Jail) -> None:
    (result,) = run(jail, "def f(*x): return x", 3).results
    assert result["error"].startswith("TypeError")


def test_a_zygote_is_kept_and_replaced_when_it_has_run_its_jobs() -> None:
    with Jail(jobs=1) as jail:
        run(jail, "def f(): return 1", [])
        (first,) = list_idle(jail)
        run(jail, "def f(): return 1", [])
        (second,) = list_idle(jail)
        assert second is first
        first.done = JOBS_PER_ZYGOTE - 1
        run(jail, "def f(): return 1", [])
        assert list_idle(jail) == []
        assert first.process.returncode is not None
        assert not os.path.exists(first.scratch)  # noqa: PTH110  a name, not a path that is used
        assert take_values(run(jail, "def f(): return 1", [])) == [1]


def test_a_zygote_that_was_ended_is_replaced() -> None:
    with Jail(jobs=1) as jail:
        jail.warm()
        (first,) = list_idle(jail)
        os.kill(first.process.pid, signal.SIGKILL)
        first.process.wait()
        assert take_values(run(jail, "def f(): return 1", [])) == [1]


def test_closing_ends_the_zygotes_and_removes_their_scratch() -> None:
    with Jail(jobs=1) as jail:
        jail.warm()
        jail.warm("numpy")
        idle = list_idle(jail)
        assert len(idle) == 2
    assert all(zygote.process.returncode is not None for zygote in idle)
    assert not any(os.path.exists(zygote.scratch) for zygote in idle)  # noqa: PTH110


def test_many_threads_may_ask_at_once() -> None:
    with Jail(jobs=2) as jail, ThreadPoolExecutor(6) as threads:
        outcomes = list(threads.map(lambda n: run(jail, "def f(x):\n    return x * x", [n]), range(24)))
    assert [outcome.results[0]["value"] for outcome in outcomes] == [n * n for n in range(24)]


def test_a_jail_without_webassembly_refuses_by_that_way() -> None:
    with Jail(way="wasmtime") as jail, pytest.raises(Unavailable, match="plain Python alone"):
        run(jail, "def f(): pass", [])


def test_bubblewrap_runs_the_same_jobs_where_it_is_installed() -> None:
    with Jail(jobs=1, way="bubblewrap") as jail:
        if not can_wrap():
            with pytest.raises(Unavailable):
                run(jail, "def f(): return 1", [])
            return
        source = (
            "import os\ndef write(path):\n    try:\n        open(path, 'w')\n    except OSError:\n"
            "        return False\n    return True\ndef f(x):\n"
            "    return [int(x @ x), *map(os.path.exists, ('/proc', '/sys', '/etc/passwd')),"
            " *map(write, ('/x', '/dev/x', '/dev/shm/x', 'x'))]"
        )
        outcome = run(jail, source, [{"$array": [1, 2]}], libraries=("numpy",))
        assert take_values(outcome) == [[5, False, False, False, False, False, False, True]]
