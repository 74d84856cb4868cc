"""The way by WebAssembly: a CPython for WASI inside wasmtime, in a child of its own; the standard library alone.

Slower by far than a zygote; it is for machines whose kernel has no walls of its own.
"""

import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

from waymark.engines.jail.framing import Ending
from waymark.engines.jail.jobs import Job
from waymark.engines.jail.limits import RESULT_BYTES
from waymark.errors import Unavailable

_HOST = """
import sys
from wasmtime import Config, Engine, Linker, Module, Store, WasiConfig
interpreter, program, job, out, memory = sys.argv[1:]
config = Config()
config.cache = True
engine = Engine(config)
store = Store(engine)
store.set_limits(memory_size=int(memory) * 1024**2)
wasi = WasiConfig()
wasi.argv = ["python", "-I", "-S", "-c", open(program).read()]
wasi.stdin_file, wasi.stdout_file = job, out
store.set_wasi(wasi)
linker = Linker(engine)
linker.define_wasi()
linker.instantiate(store, Module.from_file(engine, interpreter)).exports(store)["_start"](store)
"""
"""What runs in the child: it gives the guest no folder, no network and no environment."""

_PARTS = ("limits", "encoding", "querying", "running")


def find_lack(wasi: Path | None) -> str:
    """Return what is missing for this way, "" where nothing is."""
    if find_spec("wasmtime") is None:
        return "the module wasmtime is not installed"
    if wasi is None:
        return "no file of a CPython for WASI is set"
    return "" if wasi.is_file() else f"{wasi}: no such file"


def run(encoded: bytes, job: Job, *, wasi: Path | None, wall_seconds: float) -> Ending:
    """Run a job inside WebAssembly; raise Unavailable for one that needs a library or SQL."""
    if wasi is None or job.libraries or job.language != "python":
        raise Unavailable("this machine can run plain Python alone", hint="`waymark doctor` tells what is missing")
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="waymark-jail-") as folder:
        program, given, written = (Path(folder) / name for name in ("program", "job", "out"))
        program.write_text(make_program(), encoding="utf-8")
        given.write_bytes(encoded)
        written.touch()
        command = [sys.executable, "-I", "-c", _HOST, *map(str, (wasi, program, given, written)), str(job.memory_mb)]
        stopped, code = "", 0
        try:
            limit = min(wall_seconds, job.cpu_seconds + 5.0)
            code = subprocess.run(command, capture_output=True, timeout=limit, env={}, check=False).returncode  # noqa: S603  our own program
        except subprocess.TimeoutExpired:
            stopped = "wall"
        if written.stat().st_size > RESULT_BYTES:
            stopped = "output"
        report = b"" if stopped else written.read_bytes()
    seconds = time.monotonic() - began
    return Ending(code=code, cpu_seconds=0.0, seconds=seconds, stopped=stopped, report=report, stdout=b"")


def make_program() -> str:
    """Return the runner as one program: our modules by their text, since the guest sees no folder.

    It keeps no standard output, which carries the report.
    """
    here = Path(__file__).parent
    texts = {name: (here / f"{name}.py").read_text(encoding="utf-8") for name in _PARTS}
    return f"""
import io, json, sys, types
for name in ("waymark", "waymark.engines", "waymark.engines.jail"):
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__path__ = []
try:
    import sqlite3
except ImportError:
    sys.modules["waymark.engines.jail.querying"] = types.ModuleType("querying")
    sys.modules["waymark.engines.jail.querying"].query = None
for name, text in {texts!r}.items():
    whole = "waymark.engines.jail." + name
    if whole not in sys.modules:
        sys.modules[whole] = types.ModuleType(whole)
        exec(text, sys.modules[whole].__dict__)
out, sys.stdout = sys.stdout, io.StringIO()
job = json.load(sys.stdin)
out.write(json.dumps(sys.modules["waymark.engines.jail.running"].make_report(job), allow_nan=False))
"""
