"""The table of exit codes, and what every command says of itself."""

from collections.abc import Iterator
from typing import Any

import typer.main

from waymark.cli.main import EXIT_CODES, app
from waymark.errors import KINDS


def walk(command: Any, path: str) -> Iterator[tuple[str, Any]]:
    yield path, command
    for name, member in getattr(command, "commands", {}).items():
        yield from walk(member, f"{path} {name}")


COMMANDS = dict(walk(typer.main.get_command(app), "waymark"))


def test_every_kind_of_error_has_an_exit_code() -> None:
    assert set(EXIT_CODES) == set(KINDS)
    assert set(EXIT_CODES.values()) == {1, 2}


def test_the_commands_that_others_rely_on_are_there() -> None:
    relied_on = ["framework show", "framework check", "demand read", "demand fit", "serve"]
    relied_on += [f"assess {verb}" for verb in ("simulate", "calibrate", "score", "dif", "fit", "predict", "link")]
    assert [name for name in relied_on if f"waymark {name}" not in COMMANDS] == []


def test_every_command_has_help() -> None:
    assert [path for path, command in COMMANDS.items() if not command.help] == []


def test_every_option_and_argument_has_help() -> None:
    silent = [
        f"{path} {parameter.name}"
        for path, command in COMMANDS.items()
        for parameter in command.params
        if not parameter.help
    ]
    assert silent == []


def test_every_command_that_prints_a_result_takes_json() -> None:
    printing = [
        path for path, command in COMMANDS.items() if not hasattr(command, "commands") and path != "waymark serve"
    ]
    without = [path for path in printing if not any("--json" in p.opts for p in COMMANDS[path].params)]
    assert without == []
