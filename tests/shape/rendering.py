"""Render the reference pages from the program itself: commands, settings, the API, the findings."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import typer.main

from waymark.actions.workspace import open_workspace
from waymark.api import build_api
from waymark.cli.main import app
from waymark.demand import findings
from waymark.errors import KINDS
from waymark.settings import KNOWN

MADE = "<!-- Made by `python docs/render.py` from the program; a test compares. -->"
FINDINGS: Mapping[str, str] = {
    "title_disagrees": "The title names a role that the text does not bear out.",
    "too_many_tasks": "More tasks are asked than any one role covers; it names the smallest team that would.",
    "entry_level_with_many_years": "It calls itself entry level or junior and asks five years or more.",
    "impossible_years": "More years of a tool are asked than the tool has existed.",
    "no_level": "Nothing says how senior the person should be.",
    "no_pay": "Nothing is said of pay.",
    "no_place": "Nothing says where the work is done.",
    "foreign_skill": "A skill is asked at a level that belongs to another role.",
    "narrowing_language": "Words that are known to narrow the field of applicants.",
}
"""What each kind of finding says."""


def render_pages() -> dict[str, str]:
    """Return every reference page by its name."""
    return {
        "cli.md": _join("# Command line", *_render_commands()),
        "settings.md": _join("# Settings", *_render_settings()),
        "api.md": _join("# HTTP API", *_render_api()),
        "findings.md": _join("# Findings", *_render_findings()),
    }


def _join(heading: str, *blocks: str) -> str:
    return "\n\n".join((heading, MADE, *blocks)) + "\n"


def _table(head: tuple[str, ...], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def _render_commands() -> Iterator[str]:
    yield (
        "Results go to standard output, messages to standard error. Exit code 0: done; 1: what was asked for is not so;"
        " 2: bad usage or bad input. `-h` or `--help` with any command tells its options."
    )
    for path, command in _walk(typer.main.get_command(app), "waymark"):
        yield f"## `{path}`"
        yield command.help.strip()
        rows = [(f"`{_name(one)}`", one.help, _default(one)) for one in command.params]
        if rows:
            yield _table(("argument or option", "what it is", "default"), rows)


def _walk(command: Any, path: str) -> Iterator[tuple[str, Any]]:
    yield path, command
    for name, member in getattr(command, "commands", {}).items():
        yield from _walk(member, f"{path} {name}")


def _name(parameter: Any) -> str:
    if parameter.opts[0].startswith("-"):
        return ", ".join(parameter.opts)
    return str(parameter.metavar or parameter.name.upper())


def _default(parameter: Any) -> str:
    if parameter.required:
        return "must be given"
    return "" if parameter.default in (None, False) else f"`{parameter.default}`"


def _render_settings() -> Iterator[str]:
    yield "Read from the environment. A variable that starts with `WAYMARK_` and is not here is refused."
    yield _table(("variable", "what it sets"), [(f"`{name}`", told) for name, told in KNOWN.items()])


def _render_api() -> Iterator[str]:
    workspace = open_workspace()
    document = build_api(workspace).openapi()
    yield (
        "All paths lie below `/api/v1`; `/api/v1/openapi.json` describes them (OpenAPI 3.1). What goes wrong is told as"
        " a problem (`application/problem+json`, RFC 9457) with `detail` and `hint`. `/health/live` says whether the"
        " server is alive, `/health/ready` whether it can read."
    )
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            yield f"## `{method.upper()} {path}`"
            yield operation["description"]
            rows = [
                (f"`{one['name']}`", one["in"], one.get("description", ""), _required(one))
                for one in operation.get("parameters", ())
            ]
            if rows:
                yield _table(("parameter", "in", "what it is", "required"), rows)
            told = [(f"`{status}`", own["description"]) for status, own in sorted(operation["responses"].items())]
            yield _table(("status", "when"), told)
    yield "## Errors"
    yield _table(("kind", "when"), [(kind.__name__, (kind.__doc__ or "").strip()) for kind in KINDS])


def _required(parameter: Mapping[str, Any]) -> str:
    return "yes" if parameter.get("required") else "no"


def _render_findings() -> Iterator[str]:
    yield "What is wrong with a posting, or odd about it. Each finding has a message and the spans it rests on."
    yield _table(("kind", "what it says"), [(f"`{kind}`", FINDINGS[kind]) for kind in findings.KINDS])
