"""The child that parses what strangers send: small limits, no way out but its answer. Run by `confining`."""

import json
import resource
import struct
import sys
from dataclasses import asdict
from typing import BinaryIO

from waymark.demand.parsing import parse
from waymark.errors import Invalid, TooLarge

CPU_SECONDS = 5
MEMORY_BYTES = 512 * 1024**2
HEAD = struct.Struct("!II")  # bytes of the name, bytes of the document


def main() -> None:
    """Answer jobs from standard input on standard output until it closes."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    jobs, answers = sys.stdin.buffer, sys.stdout.buffer
    while head := jobs.read(HEAD.size):
        name_size, size = HEAD.unpack(head)
        name = jobs.read(name_size).decode()
        _allow_cpu()
        answer = json.dumps(_answer(jobs.read(size), name)).encode()
        _send(answers, answer)


def _allow_cpu() -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + CPU_SECONDS
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def _answer(data: bytes, name: str) -> dict[str, object]:
    try:
        return {"postings": [asdict(posting) for posting in parse(data, name=name)]}
    except Invalid as error:
        return {"error": type(error).__name__, "message": error.message, "hint": error.hint}
    except (MemoryError, RecursionError):
        return {
            "error": TooLarge.__name__,
            "message": "it takes too much to parse",
            "hint": "give the posting's text",
        }


def _send(answers: BinaryIO, answer: bytes) -> None:
    answers.write(struct.pack("!I", len(answer)) + answer)
    answers.flush()


if __name__ == "__main__":
    main()
