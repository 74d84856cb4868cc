"""`waymark assess`: calibrate items, score people, look for DIF and misfit, link; what else there is, registered."""

from pathlib import Path
from typing import Annotated

import typer

from waymark.cli import bank, simulation, sitting, studies
from waymark.cli.opening import open_from_settings
from waymark.cli.tables import (
    Correlation,
    Group,
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
from waymark.cli.tracking import counting
from waymark.cli.wording import print_json, say_all

app = typer.Typer(help="Assess: item response theory from tables of responses.", no_args_is_help=True)
app.command("bank")(bank.describe)
app.command("show")(bank.show)
app.command("audit")(bank.audit)
app.command("sit")(sitting.sit)
app.command("simulate")(simulation.simulate)
app.command("predict")(studies.predict)
app.command("options")(studies.study_options)
app.command("times")(studies.study_times)
app.command("explain")(studies.explain)
app.command("monitor")(studies.monitor)


@app.command()
def calibrate(  # noqa: PLR0913  one argument an option
    responses: Responses,
    *,
    out: Annotated[Path, typer.Option(help="Where to write the items (.parquet or .csv).")],
    model: Annotated[str, typer.Option(help="1pl, 2pl, 3pl, 4pl, gpcm or grm.")] = "2pl",
    skills: Annotated[
        Path | None, typer.Option(help="A table with columns item and skill; default: one skill.")
    ] = None,
    estimator: Annotated[str, typer.Option(help="ml, or map with priors learned from all items.")] = "ml",
    group: Group = None,
    reference: Annotated[str | None, typer.Option(help="Group with mean 0 and sd 1; default: the largest.")] = None,
    fixed: Annotated[Path | None, typer.Option(help="A table of items that keep their parameters.")] = None,
    people: People = None,
    left_out: LeftOut = None,
    as_json: Json = False,
) -> None:
    """Estimate item parameters by marginal likelihood, with standard errors, fit and remarks."""
    from waymark.actions.assess.calibration import Choices, describe_calibration  # noqa: PLC0415
    from waymark.actions.assess.calibration import calibrate as run  # noqa: PLC0415

    choices = Choices(
        model=model, estimator=estimator, skills=open_if(skills), fixed=open_if(fixed), reference=reference
    )
    with counting("calibrating") as track:
        done = run(open_one(responses), choices, columns=name_columns(people, group, left_out), out=out, track=track)
    if as_json:
        print_json(describe_calibration(done, out=out))
        return
    from waymark.cli.tabulating import show_calibration  # noqa: PLC0415

    told = describe_calibration(done, out=out, rows=True)
    show_calibration(told)
    typer.echo(f"Written: {out}")
    say_all(f"{note['item']}: {note['message']}" if note["item"] else note["message"] for note in told["notes"])


@app.command()
def score(  # noqa: PLR0913  one argument an option
    responses: Responses,
    *,
    items: Items,
    out: Annotated[Path, typer.Option(help="Where to write the scores (.parquet or .csv).")],
    method: Annotated[str, typer.Option(help="eap, map or wle.")] = "eap",
    plausible: Annotated[int, typer.Option(help="Plausible values to draw for everybody.", min=0, max=1000)] = 0,
    seed: Annotated[int, typer.Option(help="Seed of the plausible values.", min=0)] = 1,
    mean: Mean = 0.0,
    sd: Spread = 1.0,
    correlation: Correlation = None,
    people: People = None,
    left_out: LeftOut = None,
    as_json: Json = False,
) -> None:
    """Score everybody on every skill of the items, with standard deviations and chances of levels."""
    from waymark.actions.assess.abilities import describe_scores  # noqa: PLC0415
    from waymark.actions.assess.abilities import score as run  # noqa: PLC0415

    done = run(
        open_from_settings(),
        open_one(responses),
        open_one(items),
        method=method,
        population=name_population(mean, sd, correlation),
        plausible=plausible,
        seed=seed,
        columns=name_columns(people, None, left_out),
        out=out,
    )
    told = describe_scores(done, out=out)
    if as_json:
        print_json(told)
        return
    from waymark.cli.tabulating import show_scores  # noqa: PLC0415

    show_scores(told)
    typer.echo(f"Written: {out}")
    say_all(done.notes)


@app.command()
def dif(  # noqa: PLR0913  one argument an option
    responses: Responses,
    *,
    group: Annotated[str, typer.Option(help="Column with each person's group.")],
    reference: Annotated[str | None, typer.Option(help="Group to compare with; default: the largest.")] = None,
    items: Annotated[Path | None, typer.Option(help="Match people on ability by these items.")] = None,
    people: People = None,
    left_out: LeftOut = None,
    as_json: Json = False,
) -> None:
    """Find items that groups of one ability answer differently: Mantel-Haenszel and logistic, classes A, B, C."""
    from waymark.actions.assess.scrutiny import describe_dif, find_dif  # noqa: PLC0415

    columns = name_columns(people, group, left_out)
    done = find_dif(open_one(responses), columns, reference=reference, items=open_if(items))
    told = describe_dif(done)
    if as_json:
        print_json(told)
        return
    from waymark.cli.tabulating import show_dif  # noqa: PLC0415

    show_dif(told)
    say_all(done.notes)


@app.command()
def fit(  # noqa: PLR0913  one argument an option
    responses: Responses,
    *,
    items: Items,
    out: Annotated[Path | None, typer.Option(help="Where to write the fit of every person (.parquet, .csv).")] = None,
    known: Annotated[bool, typer.Option("--known", help="The items were calibrated with other people.")] = False,
    replicates: Annotated[int, typer.Option(help="Data sets to judge dependence by; 0: a rule of thumb.", min=0)] = 0,
    seed: Annotated[int, typer.Option(help="Seed of these data sets.", min=0)] = 1,
    people: People = None,
    left_out: LeftOut = None,
    as_json: Json = False,
) -> None:
    """Test the fit of items (S-X2), model (M2), pairs of items (Q3) and people (lz*)."""
    from waymark.actions.assess.fits import Checking, check_fit, describe_fit  # noqa: PLC0415

    done = check_fit(
        open_from_settings(),
        open_one(responses),
        open_one(items),
        checking=Checking(known=known, replicates=replicates, seed=seed),
        columns=name_columns(people, None, left_out),
        out=out,
    )
    told = describe_fit(done, out=out)
    if as_json:
        print_json(told)
        return
    from waymark.cli.tabulating import show_fit  # noqa: PLC0415

    show_fit(told)
    if out is not None:
        typer.echo(f"Written: {out}")
    say_all(done.notes)


@app.command()
def link(
    own: Annotated[Path, typer.Argument(help="The table of items to put on another scale.", metavar="FROM")],
    reference: Annotated[Path, typer.Argument(help="A table of items on that scale, some in both.", metavar="TO")],
    *,
    out: Annotated[Path, typer.Option(help="Where to write FROM on the scale of TO (.parquet or .csv).")],
    method: Annotated[str, typer.Option(help="stocking_lord, haebara, mean_sigma or mean_mean.")] = "stocking_lord",
    keep_all: Annotated[bool, typer.Option("--keep-all", help="Keep anchors that seem to have drifted.")] = False,
    as_json: Json = False,
) -> None:
    """Put the items of one calibration on the scale of another, by the items that both have."""
    from waymark.actions.assess.links import describe_links  # noqa: PLC0415
    from waymark.actions.assess.links import link as run  # noqa: PLC0415

    done = run(open_one(own), open_one(reference), method=method, robust=not keep_all, out=out)
    told = describe_links(done, out=out)
    if as_json:
        print_json(told)
        return
    from waymark.cli.tabulating import show_links  # noqa: PLC0415

    show_links(told)
    typer.echo(f"Written: {out}")
    say_all(done.notes)
