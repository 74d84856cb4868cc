"""What hostile code tries: escapes, forgeries and bombs, each with what is seen of it when it is contained.

Every source defines `attack()`, which returns what came of each attempt, "BROKE" for one that worked. In a source,
$NAME is filled in from the world of the test: files, ports, processes that an escape would reach.
"""

import platform
from dataclasses import dataclass

PRELUDE = """
import ctypes, errno, os, signal, socket, sys
C = ctypes.CDLL(None, use_errno=True)
ARM = os.uname().machine == "aarch64"
def call(x86, arm, *arguments):
    if ARM and arm is None:
        return "EPERM"
    ctypes.set_errno(0)
    done = C.syscall(ctypes.c_long(arm if ARM else x86), *arguments)
    return "BROKE" if done >= 0 else errno.errorcode[ctypes.get_errno()]
def attempt(function, *arguments, **named):
    try:
        return "BROKE %r" % (function(*arguments, **named),)
    except BaseException as error:
        return type(error).__name__
def read(path):
    return open(path, "rb").read()[:100_000]
"""

REFUSED = r"(PermissionError|EPERM|EACCES|ENOSYS)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """A source, the statuses that its outcome may have, and what every attempt must have come to."""

    name: str
    source: str
    statuses: tuple[str, ...] = ("done",)
    seen: str = REFUSED
    language: str = "python"
    memory_mb: int = 512


def _escape(name: str, body: str, seen: str = REFUSED) -> Attack:
    lines = "\n".join(f"    {line}" for line in body.strip().splitlines())
    return Attack(name=name, source=f"{PRELUDE}\ndef attack():\n{lines}\n", seen=seen)


def _bomb(name: str, body: str, *statuses: str, seen: str = "") -> Attack:
    lines = "\n".join(f"    {line}" for line in body.strip().splitlines())
    return Attack(name=name, source=f"{PRELUDE}\ndef attack():\n{lines}\n", statuses=statuses, seen=seen)


def _query(name: str, source: str, *statuses: str, seen: str = "") -> Attack:
    return Attack(name=name, source=source, statuses=statuses or ("done",), seen=seen, language="sql")


ESCAPES = (
    _escape("read the shadow file", 'return [attempt(read, p) for p in ("/etc/shadow", "/etc/passwd", "/etc/hosts")]'),
    _escape(
        "read the home folder",
        'return [attempt(os.listdir, "$HOME"), attempt(os.listdir, "/home")]',
        rf"({REFUSED}|FileNotFound)",
    ),
    _escape(
        "read the templates with their keys",
        'return [attempt(read, "$KEYS"), attempt(os.listdir, "$PACKAGE"), attempt(read, "$SECRET_FILE")]',
    ),
    _escape(
        "import our package", "import waymark.settings\nreturn ['BROKE']", r"(ModuleNotFoundError|PermissionError)"
    ),
    _escape(
        "read the grader's memory",
        'return [attempt(read, "/proc/$GRADER/" + part) for part in ("mem", "maps", "environ", "cmdline", "fd/0")]'
        ' + [attempt(os.listdir, "/proc")]',
    ),
    _escape(
        "read the zygote's memory",
        'return [attempt(read, f"/proc/{os.getppid()}/" + part) for part in ("mem", "maps", "environ")]',
    ),
    _escape(
        "find secrets in the environment",
        'return ["BROKE" if any("$SECRET" in v for v in os.environ.values()) else "EPERM",'
        ' attempt(read, "/proc/self/environ")]',
    ),
    _escape(
        "use the parents' open files",
        "found = []\nfor n in range(256):\n    try:\n        found.append((n, os.fstat(n).st_mode & 0o170000))\n"
        "    except OSError:\n        pass\n"
        "outside = [n for n, _ in found if n > 3]\nreturn ['BROKE %r' % (outside,)] if outside else ['EPERM']",
    ),
    _escape(
        "reach a TCP port",
        'return [attempt(socket.create_connection, ("127.0.0.1", $TCP), 1), attempt(socket.socket, 10, 1),'
        " call(41, 198, 2, 1, 0), call(42, 203, 0, None, 0), call(49, 200, 0, None, 0)]",
    ),
    _escape(
        "send a UDP packet or ask a name server",
        "def udp():\n    s = socket.socket(2, 2)\n    return s.sendto(b'x', ('127.0.0.1', $UDP))\n"
        "return [attempt(udp), attempt(socket.socket, 2, 3), attempt(socket.socket, 17, 3)]"
        ' + [REF if (REF := attempt(socket.getaddrinfo, "example.org", 80)) != "gaierror" else "EPERM"]',
    ),
    _escape(
        "reach unix and abstract sockets",
        "def to(where):\n    s = socket.socket(1, 1)\n    s.connect(where)\n"
        'return [attempt(to, "$UNIX"), attempt(to, "\\0$ABSTRACT"), attempt(socket.socketpair)]',
    ),
    _escape(
        "trace a process",
        "return [call(101, 117, 16, $VICTIM, None, None), call(101, 117, 0x4206, os.getppid(), None, None),"
        " call(310, 270, $VICTIM, None, 0, None, 0, 0), call(311, 271, os.getppid(), None, 0, None, 0, 0),"
        " call(438, 438, 3, 0, 0), call(434, 434, $VICTIM, 0), call(312, 272, $VICTIM, os.getpid(), 0, 0, 0)]",
    ),
    _escape(
        "kill other processes",
        "return [attempt(os.kill, p, 9) for p in ($VICTIM, os.getppid(), 1, -1, 0)]"
        " + [attempt(os.killpg, os.getpgrp(), 9)]"
        " + [call(200, 130, $VICTIM, 9), call(234, 131, $VICTIM, $VICTIM, 9), call(129, 138, $VICTIM, 9, None)]",
    ),
    _escape(
        "signal by way of a file's owner",
        "import fcntl\nr, w = os.pipe()\n"
        "return [attempt(fcntl.fcntl, r, fcntl.F_SETOWN, $VICTIM), attempt(fcntl.fcntl, r, fcntl.F_SETSIG, 9)]",
    ),
    _escape(
        "start a shell",
        'import subprocess\nreturn [attempt(os.execv, "/bin/sh", ["sh", "-c", "echo x > $OUT"]),'
        ' attempt(os.posix_spawn, "/bin/sh", ["sh", "-c", "echo x > $OUT"], {}),'
        ' attempt(subprocess.run, ["/bin/sh", "-c", "echo x > $OUT"]), attempt(os.execv, sys.executable, ["p"])]'
        ' + ["EPERM" if os.system("echo x > $OUT") else "BROKE"]',
    ),
    _escape(
        "leave a daemon behind",
        "return [attempt(os.fork), attempt(os.forkpty), attempt(os.setsid), call(57, None), call(58, None),"
        " call(56, 220, 17, None, None, None, 0), call(435, 435, None, 0), call(112, 157)]",
    ),
    _escape(
        "play with links",
        'os.symlink("$SECRET_FILE", "link")\nos.symlink("$OUTSIDE", "folder")\n'
        'return [attempt(read, "link"), attempt(read, "folder/secret"), attempt(os.link, "$SECRET_FILE", "hard"),'
        ' attempt(open, "folder/new", "w"), attempt(os.rename, "$SECRET_FILE", "mine"),'
        ' attempt(os.rename, "link", "$OUT")]',
        r"(PermissionError|OSError)",
    ),
    _escape(
        "write outside scratch",
        'return [attempt(open, p, "w") for p in ("$OUT", "$TEMPORARY/$ABSTRACT", "/dev/shm/$ABSTRACT",'
        ' "/var/lib/$ABSTRACT", "../$ABSTRACT", "$SECRET_FILE")] + [attempt(os.mkdir, "$OUT"),'
        ' attempt(os.truncate, "$SECRET_FILE", 0),'
        ' attempt(os.open, "$SECRET_FILE", os.O_RDONLY | os.O_TRUNC), attempt(os.unlink, "$SECRET_FILE"),'
        ' attempt(os.chmod, "$SECRET_FILE", 0), attempt(os.utime, "$SECRET_FILE"),'
        ' attempt(os.chown, "$SECRET_FILE", 1, 1), attempt(os.mkfifo, "pipe"), attempt(os.mknod, "node")]',
    ),
    _escape(
        "change mounts, roots and namespaces",
        'return [call(165, 40, b"none", b"/", b"tmpfs", 0, None), call(166, 39, b"/", 0), call(272, 97, 0x10000000),'
        ' call(308, 268, 0, 0), call(155, 41, b".", b"."), attempt(os.chroot, "."), call(430, 430, b"tmpfs", 0),'
        ' call(428, 428, 0, b"/", 0), call(169, 142, 0, 0, 0, None), call(135, 92, 0x0040000)]',
    ),
    _escape(
        "use keys, rings, programs and faults of the kernel",
        "return [call(250, 219, 0, -3, 1), call(248, 217, b'user', b'x', b'y', 1, -3), call(425, 425, 8, None),"
        " call(426, 426, 0, 0, 0, 0, None, 0), call(427, 427, 0, 0, None, 0), call(321, 280, 0, None, 0),"
        " call(323, 282, 0), call(298, 241, None, 0, -1, -1, 0), call(175, 105, None, 0, b''),"
        " call(317, 277, 1, 0, None), call(444, 444, None, 0, 1), call(265, 37, -100, b'a', -100, b'b', 0)]",
    ),
    _escape(
        "run a program from memory",
        'return [attempt(os.memfd_create, "x"), call(319, 279, b"x", 0), call(322, 281, 0, b"", None, None, 0x1000),'
        " call(59, 221, b'/bin/sh', None, None), call(447, 447, 0)]",
    ),
    _escape(
        "take the limits off again",
        "import resource\nreturn [attempt(resource.setrlimit, resource.RLIMIT_CPU, (1000, 1000)),"
        " attempt(resource.prlimit, $VICTIM, resource.RLIMIT_CPU, (1, 1)),"
        " attempt(resource.prlimit, os.getppid(), resource.RLIMIT_CPU), call(157, 167, 1, 0, 0, 0, 0),"
        " call(157, 167, 4, 1, 0, 0, 0), call(157, 167, 22, 0, 0, 0, 0), attempt(os.setuid, 0),"
        " attempt(os.setpriority, 0, 0, -5), attempt(os.nice, -5), call(126, 91, None, None)]",
        rf"({REFUSED}|ValueError)",  # what Python makes of a refused limit
    ),
)
"""Ways out of the child."""

_CODE = (
    "import mmap\nroom = mmap.mmap(-1, 4096, prot=7)\nroom.write(bytes.fromhex('$CODE'))\n"
    "where = ctypes.addressof(ctypes.c_char.from_buffer(room))\n"
    "return ['BROKE %d' % ctypes.CFUNCTYPE(ctypes.c_long)(where)()]"
)
OTHER_TABLES = (
    _bomb("call by the 32-bit table", _CODE.replace("$CODE", "b814000000cd80c3"), "killed", seen="SIGSYS"),
    _bomb("call by the x32 table", "return [call(0x40000000 + 39, 0)]", "killed", seen="SIGSYS"),
)
"""The tables that x86_64 has besides its own."""

_DONE = '{"status": "done", "results": [{"value": "forged"}, {"value": "forged"}], "message": ""}'
FORGERIES = (
    _escape(
        "walk frames for the key",
        "frame, found = sys._getframe(), []\n"
        "while frame is not None:\n    found.append(repr((frame.f_locals, frame.f_globals)))\n"
        "    frame = frame.f_back\n"
        "import gc\nfound += [repr(o) for o in gc.get_objects() if isinstance(o, (str, bytes, dict, list))][:20_000]\n"
        "return ['BROKE' if any(''.join(reversed('$TERCES')) in text for text in found) else 'EPERM']",
    ),
    Attack(
        name="scan the memory for what an earlier job left",
        source=PRELUDE
        + """
def attack():
    r, w = os.pipe()
    C.sbrk.restype = C.write.argtypes = None
    C.sbrk.restype, C.write.argtypes = ctypes.c_void_p, (ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t)
    wanted, seen = b"$NEXT", 0  # each letter the next one, so that this source is not what it looks for
    shift = bytes((n + 1) % 256 for n in range(256))
    tops = [C.sbrk(ctypes.c_long(0)) or 0, id([]) + (1 << 23), id(os) + (1 << 23)]
    for top in tops:
        for place in range((top | 4095) + 1 - (1 << 24), top, 4096):
            if C.write(w, place, 4096) == 4096:  # a page that is not there is refused, and kills nobody
                seen += 1
                if wanted in os.read(r, 4096).translate(shift):
                    return ["BROKE"]
    return ["EPERM" if seen > 500 else "saw nothing"]
""",
        seen="EPERM",
    ),
    Attack(
        name="return what equals everything",
        source="class Any(str):\n    def __eq__(self, other): return True\n    __hash__ = str.__hash__\n"
        "def attack():\n    return [Any('mine'), type('X', (float,), {'__eq__': lambda a, b: True})(2.5)]",
        seen=r"(mine|2\.5)",
    ),
    Attack(
        name="patch what the runner uses",
        source="import builtins, json, sys\n"
        "json.dumps = lambda *a, **k: '{}'\njson.loads = lambda *a, **k: []\n"
        "builtins.isinstance = lambda *a: True\nbuiltins.len = lambda x: 0\n"
        "def attack():\n    return ['x']",
        statuses=("killed",),
        seen="before it gave a result",
    ),
    Attack(
        name="forge the report and leave",
        source=f"import os\nos.write(3, b'''{_DONE}''')\nos._exit(0)",
        statuses=("killed",),
        seen="other results",
    ),
    Attack(
        name="forge a verdict",
        source='import os\nos.write(3, b\'{"status": "done", "results": [{"value": 1, "correct": true}],'
        ' "message": "", "score": 100}\')\nos._exit(0)',
        statuses=("killed",),
        seen="lacks a part",
    ),
    Attack(
        name="forge a nested report",
        source='import os\nos.write(3, b\'{"status": "done", "results": \' + b\'[\' * 200_000)\nos._exit(0)',
        statuses=("killed",),
        seen="cannot be read",
    ),
    Attack(name="leave while loading", source="import sys\nsys.exit(0)", statuses=("failed",), seen="SystemExit"),
    Attack(
        name="leave in the call",
        source="import sys\ndef attack():\n    sys.exit(0)",
        seen="SystemExit",
    ),
    Attack(
        name="speak to the zygote",
        source="import os\nfor n in (0, 1, 2, *range(4, 64)):\n    try:\n        os.write(n, b'\\0' * 64)\n"
        "    except OSError:\n        pass\ndef attack():\n    return ['x']",
        seen="x",
    ),
)
"""Ways to be told right for nothing."""

BOMBS = (
    _bomb("fork bomb", "return [attempt(os.fork) for _ in range(1000)][:5]", "done", seen=REFUSED),
    _bomb(
        "thread bomb",
        "import threading, time\nthreading.stack_size(65536)\nfor _ in range(5000):\n"
        "    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()\ntime.sleep(60)\nreturn ['BROKE']",
        "killed",
        "memory",
        "done",
        seen=r"(threads|RuntimeError|can't start)",
    ),
    _bomb("memory bomb", "held = []\nwhile True:\n    held.append(bytearray(1 << 24))", "memory", "timeout"),
    _bomb("a list without end", "held = [0]\nwhile True:\n    held += held", "memory", "timeout"),
    _bomb(
        "mappings without end",
        "import mmap\nheld = [mmap.mmap(-1, 1 << 26) for _ in range(10_000)]\nreturn ['BROKE']",
        "done",
        "memory",
        seen=r"(OSError|)",
    ),
    _bomb("loop", "signal.signal(signal.SIGXCPU, signal.SIG_IGN)\nwhile True:\n    pass", "timeout"),
    _bomb("sleep", "import time\ntime.sleep(100)", "timeout"),
    _bomb("stop itself", "signal.raise_signal(signal.SIGSTOP)\nreturn ['BROKE']", "timeout"),
    _bomb("output without end", "while True:\n    print('x' * 10_000)", "output"),
    _bomb("a result without end", "return ['x' * (1 << 23)]", "output"),
    _bomb("a report without end", "while True:\n    os.write(3, b'x' * 65536)", "output"),
    _bomb(
        "recursion",
        "sys.setrecursionlimit(10**9)\ndef f(): f()\nexec('x=' + '(' * 50)\nf()",
        "killed",
        "memory",
        "done",
        seen=r"(SIGSEGV|RecursionError|SyntaxError|memory)",
    ),
    _bomb(
        "nesting in C",
        "held = []\nfor _ in range(3_000_000):\n    held = [held]\nreturn held",
        "timeout",
        "done",
        "killed",
        seen=r"(nested|SIGSEGV|processor time)",
    ),
    _bomb("a huge number", "return [10 ** (10 ** 8)]", "timeout", "done", "memory", seen=r"(ValueError|)"),
    _bomb("a huge text of a number", "sys.set_int_max_str_digits(0)\nreturn [str(7 ** 30_000_000)]", "timeout"),
    _bomb("a regular expression", "import re\nreturn [bool(re.match('(a+)+$', 'a' * 60 + 'b'))]", "timeout"),
    _bomb(
        "one large file",
        "with open('x', 'wb') as file:\n    for _ in range(4096):\n        file.write(b'x' * 65536)",
        "done",
        seen="OSError",
    ),
    _bomb(
        "many large files",
        "import time\nfor n in range(60):\n    open(f'{n}', 'wb').write(b'x' * (15 << 20))\n    time.sleep(.02)\n"
        "time.sleep(60)",
        "killed",
    ),
    _bomb(
        "20,000 files", "for n in range(20_000):\n    open(f'{n}', 'w').close()\nimport time\ntime.sleep(60)", "killed"
    ),
    _bomb(
        "deep folders",
        "for n in range(20_000):\n    os.mkdir('d')\n    os.chdir('d')\nimport time\ntime.sleep(60)",
        "killed",
    ),
    _bomb(
        "folders that cannot be opened",
        "os.mkdir('a')\nopen('a/b', 'w').close()\nos.umask(0o777)\nos.mkdir('a/c')\nos.mkdir('d')\nreturn ['x']",
        "done",
        "killed",
    ),
    _bomb(
        "a zip that swells",
        "import io, zipfile\nheld = io.BytesIO()\n"
        "with zipfile.ZipFile(held, 'w', zipfile.ZIP_DEFLATED) as z:\n    for n in range(8):\n"
        "        z.writestr(f'{n}', b'\\0' * (14 << 20))\nzipfile.ZipFile(held).extractall()\n"
        "import time\ntime.sleep(60)",
        "killed",
        "timeout",
    ),
    _bomb("closing everything", "os.closerange(0, 64)\nreturn ['x']", "killed"),
    _bomb("closing everything and staying", "os.closerange(0, 64)\nimport time\ntime.sleep(60)", "timeout"),
    _bomb("open files without end", "held = [open('/dev/null') for _ in range(1000)]", "done", seen="OSError"),
    _bomb("a fault of its own", "return [ctypes.string_at(1)]", "killed", seen="SIGSEGV"),
)
"""Ways to use up what others need."""

_TABLES = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n)"
QUERIES = (
    _query("a query without end", _TABLES + " SELECT count(*) FROM n", seen="interrupted"),  # noqa: S608  hostile on purpose
    _query("rows without end", _TABLES + " SELECT x FROM n", seen="more than 10,000 rows"),  # noqa: S608  hostile on purpose
    _query("a text by one step", "SELECT printf('%.*c', 999999999, 'x')", seen="not authorized"),
    _query("a text by format", "SELECT length(format('%.*c', 999999999, 'x'))", seen="not authorized"),
    _query("a blob by one step", "SELECT hex(zeroblob(900000000))", seen="not authorized"),
    _query(
        "a text that doubles",
        "WITH RECURSIVE t(x) AS (SELECT 'x' UNION ALL SELECT x || x FROM t) SELECT max(x) FROM t",
        seen="too big",
    ),
    _query(
        "join without end",
        "SELECT count(*) FROM t" + "".join(f", t AS t{n}" for n in range(11)),  # noqa: S608  hostile on purpose
        seen="interrupted",
    ),
    _query("load a library", "SELECT load_extension('/usr/lib/x.so')", seen="(not authorized|no such function)"),
    _query("attach a file", "ATTACH '$SECRET_FILE' AS s", seen="not authorized"),
    _query("write a file", "VACUUM INTO '$OUT'", seen="(not authorized|denied)"),
    _query("set the engine", "PRAGMA journal_mode", seen="not authorized"),
    _query("ask the engine", "SELECT * FROM pragma_database_list", seen="(not authorized|prohibited)"),
    _query("change the tables", "DELETE FROM t", seen="not authorized"),
    _query("two statements", "SELECT 1; DROP TABLE t", seen="one statement"),
    _query(
        "a file by a function",
        "SELECT readfile('$SECRET_FILE'), writefile('$OUT', 'x')",
        seen="(not authorized|no such function)",
    ),
    _query("names of tables", "SELECT sql FROM sqlite_master", seen="(not authorized|prohibited)"),
)
"""Queries that mean harm."""

ATTACKS = (
    *ESCAPES,
    *(OTHER_TABLES if platform.machine() == "x86_64" else ()),
    *FORGERIES,
    *BOMBS,
    *QUERIES,
)
