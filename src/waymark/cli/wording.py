"""What commands say beside their result: remarks on standard error, results as JSON on standard output."""

import sys
from collections.abc import Iterable

import typer


def make_plain(text: str) -> str:
    """Replace what a terminal would obey or choke on, a character for a character."""
    return "".join(mark if mark.isprintable() or mark in "\n\t" else "\ufffd" for mark in text)


def say(remark: str) -> None:
    """Say something in one line on standard error."""
    typer.echo(f"waymark: {make_plain(remark)}", err=True)


def say_all(remarks: Iterable[str]) -> None:
    """Say each remark in a line of its own."""
    for remark in remarks:
        say(f"note: {remark}")


def print_json(value: object) -> None:
    """Print one JSON value, null for NaN, in a line."""
    import orjson  # noqa: PLC0415

    sys.stdout.flush()
    sys.stdout.buffer.write(orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_APPEND_NEWLINE))
    sys.stdout.flush()
