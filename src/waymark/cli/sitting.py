"""`waymark assess sit`: take a test in the terminal."""

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from waymark.cli.opening import open_from_settings
from waymark.cli.wording import make_plain, print_json, say
from waymark.errors import Invalid

if TYPE_CHECKING:
    from waymark.actions.assess.testing import Test
    from waymark.actions.workspace import Workspace

_HELP = {
    "choice": "answer with a letter",
    "choices": "answer with letters, such as A C",
    "number": "answer with a number",
    "text": "answer with what is printed; @file for a longer text",
    "order": "answer with the numbers in your order, such as 2 0 1",
    "match": "answer with a number for each row, such as 1 0 2",
    "program": "answer with @file, or type the program and end it with a line that holds a full stop alone",
}


def sit(
    *,
    skills: Annotated[str, typer.Option(help="Skills to measure, by comma; default: all.")] = "",
    minutes: Annotated[float | None, typer.Option(help="Stop after about so many minutes.", min=1)] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of the test; default: drawn.", min=0)] = None,
    practice: Annotated[bool, typer.Option("--practice", help="Say after each answer what was right.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the profile as one JSON value.")] = False,
) -> None:
    """Take a test here: questions are chosen for what they tell; nothing is stored. An empty answer skips, q ends."""
    from waymark.actions.assess import testing  # noqa: PLC0415  the engine loads only when needed

    workspace = open_from_settings()
    wanted = [one.strip() for one in skills.split(",") if one.strip()]
    drawn = int.from_bytes(workspace.generator(time.monotonic_ns()).bytes(4), "big") if seed is None else seed
    test = testing.start(workspace, skills=wanted, minutes=minutes, seed=drawn)
    try:
        while test.asked is not None:
            after = _ask(workspace, test, practice=practice)
            if after is None:
                break
            test = after
    finally:
        workspace.jail.close()
    told = testing.describe_test(test)
    if as_json:
        print_json(told)
        return
    _show_profile(told)


def _ask(workspace: "Workspace", test: "Test", *, practice: bool) -> "Test | None":
    """Ask the question; return the test after the answer, or None when the person ends it."""
    from waymark.actions.assess import testing  # noqa: PLC0415
    from waymark.assess.templates.questions import show_question  # noqa: PLC0415

    assert test.asked is not None  # noqa: S101  the caller looked
    shown, begun = show_question(test.asked.question), time.monotonic()
    typer.echo(make_plain(f"\n{len(test.sitting.answers) + 1}.  {shown['stem']}\n"), err=True)
    said: Any = _answer_all(shown) if shown["response"] == "case" else _answer(shown)
    if said is None:
        return None
    seconds = time.monotonic() - begun
    if said == "":
        return testing.skip(test, seconds=seconds)
    try:
        after, found = testing.submit(workspace, test, said, seconds=seconds)
    except Invalid as error:
        say(str(error))
        return test
    if practice:
        say("right" if found.right else f"not right. {found.feedback}".strip())
        typer.echo(make_plain(test.asked.question.solution + "\n"), err=True)
    return after


def _answer_all(shown: dict[str, Any]) -> Any:  # noqa: ANN401  a list, "" to skip or None to end
    answers = []
    for part in shown["parts"]:
        typer.echo(make_plain(part["stem"]), err=True)
        said = _answer(part)
        if said is None:
            return None
        answers.append(said)
    return answers if any(one != "" for one in answers) else ""


def _answer(shown: dict[str, Any]) -> Any:  # noqa: ANN401  of the kind of the question, "" to skip or None to end
    kind = shown["response"]
    for line in _list_choices(shown):
        typer.echo(make_plain(line), err=True)
    typer.echo(f"({_HELP[kind]}; empty skips, q ends)", err=True)
    line = sys.stdin.readline()
    if not line or line.strip() == "q":
        return None
    text = line.strip()
    if text.startswith("@"):
        return Path(text[1:]).read_text(encoding="utf-8")
    if text and kind == "program":
        return _read_program(line)
    return _read(shown, text) if text else ""


def _read_program(first: str) -> str:
    lines = [first]
    while (line := sys.stdin.readline()) and line.strip() != ".":
        lines.append(line)
    return "".join(lines)


def _list_choices(shown: dict[str, Any]) -> list[str]:
    lines = [f"  {one['id']}  {one['text']}" for one in shown.get("options", ())]
    lines += [f"  {place}  {step}" for place, step in enumerate(shown.get("steps", ()))]
    for row in shown.get("rows", ()):
        lines.append(f"  {row['left']}")
        lines += [f"      {place}  {choice}" for place, choice in enumerate(row["choices"])]
    return lines + ([f"starter:\n{shown['starter']}"] if shown.get("starter") else [])


def _read(shown: dict[str, Any], text: str) -> Any:  # noqa: ANN401  as `_answer`
    words = text.replace(",", " ").split()
    match shown["response"]:
        case "choice":
            return text.upper()
        case "choices":
            return [word.upper() for word in words]
        case "order":
            return [int(word) if word.isdigit() else word for word in words]
        case "match":
            rows = zip(shown["rows"], words, strict=False)
            return {row["left"]: _pick(row["choices"], word) for row, word in rows}
        case _:
            return text


def _pick(choices: list[str], word: str) -> str:
    return choices[int(word)] if word.isdigit() and int(word) < len(choices) else word


def _show_profile(told: dict[str, Any]) -> None:
    from waymark.framework.scale import name_level  # noqa: PLC0415

    typer.echo(f"{'skill':28}{'score':>6}  {'90% interval':14}{'likeliest level':24}{'answers':>8}")
    for skill, row in told["skills"].items():
        span, level = f"{row['low']} to {row['high']}", f"{name_level(row['level'])} ({row['probability']:.0%})"
        typer.echo(f"{skill:28}{row['score']:>6}  {span:14}{level:24}{row['answers']:>8}")
    say(f"{told['answers']} answers, {told['ended']}; seed {told['seed']}; difficulties {told['calibration']}")
