"""`waymark assess bank`, `show`, `audit`: what is on the shelves, one question as its author sees it, the audit."""

from contextlib import closing
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import typer

from waymark.cli.opening import open_from_settings
from waymark.cli.wording import make_plain, print_json, say
from waymark.errors import BadInput

_FILE = "Audit this file of templates (TOML) or plain items (TOML, JSON, JSON Lines) instead of the shipped bank."

Json: TypeAlias = Annotated[bool, typer.Option("--json", help="Print one JSON value.")]


def describe(*, as_json: Json = False) -> None:
    """Count the templates of the bank by skill, topic, format and difficulty band."""
    from waymark.actions.assess.bank import describe_bank  # noqa: PLC0415  the bank loads only when needed

    told = describe_bank()
    if as_json:
        print_json(told)
        return
    promised = told["release"]
    typer.echo(
        f"{'skill':28}{'templates':>10}{'beginning':>11}{'developing':>12}{'accomplished':>14}{'work samples':>14}"
    )
    for row in told["skills"]:
        bands = row["bands"]
        counts = f"{bands['beginning']:>11}{bands['developing']:>12}{bands['accomplished']:>14}"
        typer.echo(f"{row['skill']:28}{row['templates']:>10}{counts}{row['work_samples']:>14}")
    typer.echo(f"{'all':28}{told['templates']:>10}")
    formats = ", ".join(f"{name} {count}" for name, count in told["formats"].items())
    typer.echo(f"formats: {formats}")
    short = [row["topic"] for row in told["topics"] if row["templates"] < promised["per_topic"]]
    typer.echo(f"topics: {len(told['topics'])}, {len(short)} with fewer than {promised['per_topic']} templates")
    say(f"difficulty: {told['calibration']}")


def show(
    template: Annotated[str, typer.Argument(help="Id of a template, such as ql.joins.join_row_count.")],
    *,
    seed: Annotated[int, typer.Option(help="Seed of the variant: the same seed gives the same question.", min=0)] = 1,
    as_json: Json = False,
) -> None:
    """Show one drawn question as its author sees it: stem, options, key, wrong answers, worked solution."""
    from waymark.actions.assess.bank import show as run  # noqa: PLC0415

    told = run(template, seed=seed)
    if as_json:
        print_json(told)
        return
    typer.echo(make_plain(f"{told['title']}  ({told['format']}, {told['band']}, version {told['version']})\n"))
    typer.echo(make_plain(told["stem"]) + "\n")
    for line in _list_answered(told):
        typer.echo(make_plain(line))
    typer.echo(make_plain(f"\nkey: {told['key']}\n\n{told['rationale']}"))
    for wrong in told["wrong"]:
        shown = wrong.get("shown", wrong["answer"])
        typer.echo(make_plain(f"- {shown}: {wrong['misconception']}: {wrong['feedback']}"))
    known = told["difficulty"]
    say(f"difficulty b {known['b']:+.1f} (sd {known['sd']:.2f}), {known['calibration']}")


def _list_answered(told: dict[str, Any]) -> list[str]:
    lines = [f"  {one['id']}  {one['text']}" for one in told.get("options", ())]
    lines += [f"  {place}  {step}" for place, step in enumerate(told.get("steps", ()))]
    lines += [f"  {row['left']}: {' | '.join(row['choices'])}" for row in told.get("rows", ())]
    for part in told.get("parts", ()):
        lines += ["", part["stem"], *_list_answered(part)]
    if told.get("starter"):
        lines += ["starter:", told["starter"]]
    return lines


def audit(  # noqa: PLR0913  one argument an option
    only: Annotated[
        list[str] | None, typer.Argument(help="Templates, topics or skills to audit; default: the whole bank.")
    ] = None,
    *,
    file: Annotated[Path | None, typer.Option(help=_FILE)] = None,
    variants: Annotated[int, typer.Option(help="Variants drawn of each template.", min=20, max=100_000)] = 500,
    programs: Annotated[int, typer.Option(help="Variants of each task whose programs are run.", min=1, max=1_000)] = 12,
    changed: Annotated[
        bool, typer.Option("--changed", help="Only templates whose version has not passed an audit before.")
    ] = False,
    record: Annotated[Path | None, typer.Option(help="Write the versions that passed, as JSON by id.")] = None,
    as_json: Json = False,
) -> None:
    """Audit the bank, or a file of questions from elsewhere: a row a rule with its bar; exit 1 when one is broken."""
    from waymark.actions.assess import bank  # noqa: PLC0415

    if file is not None and (only or changed):
        raise BadInput("--file audits that file alone", hint="leave out the names, or --file")
    workspace = open_from_settings()
    if file is not None:
        with closing(workspace.jail):
            report = bank.audit_file(workspace, file, variants=variants, programs=programs)
    else:
        report = bank.audit(
            workspace, only=only or (), variants=variants, programs=programs, changed=changed, say=_say_progress
        )
    if record is not None:
        bank.record_passed(report, record)
    told = bank.describe_report(report)
    if as_json:
        print_json(told)
    else:
        _print_report(told)
    raise typer.Exit(0 if told["passed"] else 1)


def _say_progress(what: str) -> None:
    import sys  # noqa: PLC0415  read when asked: tests replace it

    if sys.stderr.isatty():
        typer.echo(f"\r\x1b[2K{make_plain(what)}", nl=False, err=True)


def _print_report(told: dict[str, Any]) -> None:
    for one in told["findings"]:
        if not one["waived"]:
            seed = "" if one["seed"] is None else f" (seed {one['seed']})"
            typer.echo(make_plain(f"{one['level']:8}{one['rule']:>3}  {one['subject']}: {one['message']}{seed}"))
    typer.echo(f"\n{'rule':34}{'status':10}{'found':>6}  bar")
    for row in told["rules"]:
        typer.echo(f"{row['number']:>2} {row['name']:31}{row['status']:10}{row['findings']:>6}  {row['bar']}")
    verdict = "passed" if told["passed"] else "failed"
    say(f"{verdict}: {told['errors']} errors, {told['warnings']} warnings")
