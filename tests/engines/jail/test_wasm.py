"""The program that goes into WebAssembly, run by the Python of this machine: it needs no file of ours."""

import json
import subprocess
import sys

from waymark.engines.jail.jobs import Job, encode_job
from waymark.engines.jail.wasm import make_program


def test_the_program_runs_a_job_on_its_own() -> None:
    job = Job(
        language="python", source="def f(x):\n    print('aside')\n    return x + 1", entry="f", cases=([1], ["x"])
    )
    done = subprocess.run(  # noqa: S603  our own program
        [sys.executable, "-I", "-S", "-c", make_program()], input=encode_job(job), capture_output=True, check=True
    )
    report = json.loads(done.stdout)
    assert report["status"] == "done"
    assert report["results"][0] == {"value": 2}
    assert report["results"][1]["error"].startswith("TypeError")
