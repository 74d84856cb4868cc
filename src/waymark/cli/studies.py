"""`waymark assess predict`, `options`, `times`, `explain`, `monitor`: studies of answers, times and features."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from waymark.cli.opening import open_from_settings
from waymark.cli.tables import (
    Correlation,
    Items,
    Json,
    LeftOut,
    Mean,
    People,
    Responses,
    Spread,
    name_columns,
    name_population,
    open_if,
    open_one,
)
from waymark.cli.wording import print_json, say_all
from waymark.errors import BadInput

if TYPE_CHECKING:
    from waymark.engines.answers import Columns
    from waymark.engines.frames import Table

_CHOICES = "A table of the options that people chose, by letter, number or word: a row a person, a column an item."
_KEY = "A table with columns item and key; options (A|B|C|D) names those that nobody may have taken."
_TIMES = "A table of times: a row a person, a column an item, empty = no time."
_KNOWN = "A table of items, as `calibrate` writes it: ability is then by their parameters."
_FEATURES = "A table: item, a column of numbers a feature, maybe template and skill; further items are new ones."
_STREAM = "A table, a row an answer in their order: person, item, score, maybe minutes or seconds, chance, period."
_OUT_OPTIONS = "Where to write a row an option (.parquet or .csv)."

MaybeItems: TypeAlias = Annotated[Path | None, typer.Option("--items", help=_KNOWN)]


def predict(  # noqa: PLR0913  one argument an option
    responses: Responses,
    *,
    out: Annotated[Path, typer.Option(help="Where to write the predictions (.parquet or .csv).")],
    items: Annotated[Path | None, typer.Option("--items", help="Predict by these items; default: by --model.")] = None,
    model: Annotated[
        str | None,
        typer.Option(
            help="stack (a mixture weighed by answers held back), 1pl, 2pl or 3pl; default without items: stack."
        ),
    ] = None,
    skills: Annotated[Path | None, typer.Option(help="With a model: a table with columns item and skill.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of the answers that are held back.", min=0)] = 1,
    mean: Mean = 0.0,
    sd: Spread = 1.0,
    correlation: Correlation = None,
    people: People = None,
    left_out: LeftOut = None,
    as_json: Json = False,
) -> None:
    """Predict every answer that was not seen from those that were: by known items, or by models of the answers."""
    from waymark.actions.assess import abilities  # noqa: PLC0415

    columns, table = name_columns(people, None, left_out), open_one(responses)
    if items is None:
        if (mean, sd, correlation) != (0.0, 1.0, None):
            raise BadInput("a population without items", hint="a model is estimated with its population; leave it out")
        told = _predict_by_models(table, model=model, skills=skills, seed=seed, columns=columns, out=out)
    elif model is not None or skills is not None:
        raise BadInput("items and a model to predict by", hint="give --items, or --model with maybe --skills")
    else:
        among = name_population(mean, sd, correlation)
        found = abilities.predict(table, open_one(items), population=among, columns=columns, out=out)
        told = abilities.describe_predictions(found, out=out)
    if as_json:
        print_json(told)
        return
    from waymark.cli.findings import show_predictions  # noqa: PLC0415

    show_predictions(told)
    say_all(told["notes"])


def _predict_by_models(
    table: "Table", *, model: str | None, skills: Path | None, seed: int, columns: "Columns", out: Path
) -> dict[str, Any]:
    from waymark.actions.assess import mixtures  # noqa: PLC0415

    found = mixtures.predict_by_models(
        open_from_settings(),
        table,
        model=model or mixtures.STACK,
        skills=open_if(skills),
        seed=seed,
        columns=columns,
        out=out,
    )
    return mixtures.describe_mixed(found, out=out)


def study_options(  # noqa: PLR0913  one argument an option
    responses: Annotated[Path, typer.Argument(help=_CHOICES, metavar="RESPONSES")],
    *,
    key: Annotated[Path, typer.Option(help=_KEY)],
    items: MaybeItems = None,
    alpha: Annotated[float, typer.Option(help="False discovery rate of the flags.")] = 0.05,
    out: Annotated[Path | None, typer.Option(help=_OUT_OPTIONS)] = None,
    people: People = None,
    left_out: LeftOut = None,
    as_json: Json = False,
) -> None:
    """Study the options of items: who takes which, dead ones, a second key, a wrong key."""
    from waymark.actions.assess.distractors import describe_options  # noqa: PLC0415
    from waymark.actions.assess.distractors import study_options as run  # noqa: PLC0415

    columns = name_columns(people, None, left_out)
    done = run(open_one(responses), open_one(key), items=open_if(items), alpha=alpha, columns=columns, out=out)
    told = describe_options(done, out=out)
    if as_json:
        print_json(told)
        return
    from waymark.cli.findings import show_options  # noqa: PLC0415

    show_options(told)
    _end(out, done.notes)


def study_times(  # noqa: PLR0913  one argument an option
    times: Annotated[Path, typer.Argument(help=_TIMES, metavar="TIMES")],
    *,
    responses: Annotated[Path | None, typer.Option(help="Scored answers of the same people, with --items.")] = None,
    items: MaybeItems = None,
    unit: Annotated[str, typer.Option(help="minutes, seconds or milliseconds.")] = "minutes",
    alpha: Annotated[float, typer.Option(help="Rate of false alarms a person.")] = 0.01,
    out: Annotated[Path | None, typer.Option(help="Where to write a row a person (.parquet or .csv).")] = None,
    people: People = None,
    left_out: LeftOut = None,
    as_json: Json = False,
) -> None:
    """Fit times of answers: intensity and discrimination of items, speed of people, rapid guessing, foreknowledge."""
    from waymark.actions.assess.pacing import describe_times  # noqa: PLC0415
    from waymark.actions.assess.pacing import study_times as run  # noqa: PLC0415

    done = run(
        open_one(times),
        responses=open_if(responses),
        items=open_if(items),
        unit=unit,
        alpha=alpha,
        columns=name_columns(people, None, left_out),
        out=out,
    )
    told = describe_times(done, out=out)
    if as_json:
        print_json(told)
        return
    from waymark.cli.findings import show_times  # noqa: PLC0415

    show_times(told)
    _end(out, done.notes)


def explain(  # noqa: PLR0913  one argument an option
    items: Annotated[Path, typer.Argument(help="A table of items, as `calibrate` writes it.", metavar="ITEMS")],
    *,
    features: Annotated[Path, typer.Option(help=_FEATURES)],
    responses: Annotated[
        Path | None, typer.Option(help="Scored answers: adds the LLTM that is fitted to them.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Where to write the priors of new items (.parquet or .csv).")] = None,
    people: People = None,
    left_out: LeftOut = None,
    as_json: Json = False,
) -> None:
    """Explain difficulty and slope by features of items, and give new items the prior that follows."""
    from waymark.actions.assess.explanations import describe_explanation, explain_difficulty  # noqa: PLC0415

    columns = name_columns(people, None, left_out)
    done = explain_difficulty(
        open_one(items), open_one(features), responses=open_if(responses), columns=columns, out=out
    )
    told = describe_explanation(done, out=out)
    if as_json:
        print_json(told)
        return
    from waymark.cli.findings import show_explanation  # noqa: PLC0415

    show_explanation(told)
    _end(out, told["notes"])


def monitor(  # noqa: PLR0913  one argument an option
    answers: Annotated[Path, typer.Argument(help=_STREAM, metavar="ANSWERS")],
    *,
    items: Items,
    group: Annotated[str | None, typer.Option(help="Column with the person's group: watches DIF.")] = None,
    alpha: Annotated[float, typer.Option(help="Rate of false alarms of an item and kind, at all times.")] = 0.01,
    out: Annotated[Path | None, typer.Option(help="Where to write a row an item and kind (.parquet or .csv).")] = None,
    people: People = None,
    as_json: Json = False,
) -> None:
    """Watch recorded answers: drift, leaks and DIF of items, what was foretold, whether stated intervals hold."""
    from waymark.actions.assess.monitors import describe_watch  # noqa: PLC0415
    from waymark.actions.assess.monitors import monitor as run  # noqa: PLC0415

    done = run(open_one(answers), open_one(items), people=people, group=group, alpha=alpha, out=out)
    told = describe_watch(done, out=out)
    if as_json:
        print_json(told)
        return
    from waymark.cli.findings import show_watch  # noqa: PLC0415

    show_watch(told)
    _end(out, done.notes)


def _end(out: Path | None, notes: tuple[str, ...] | list[str]) -> None:
    """Say where the table was written, and the remarks."""
    if out is not None:
        typer.echo(f"Written: {out}")
    say_all(notes)
