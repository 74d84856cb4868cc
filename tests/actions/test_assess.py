"""Use cases of assess on tables in any form: what is written, what is refused before the work begins, what repeats."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from waymark.actions.assess.abilities import Population, describe_scores, lay_out_scores, predict, score
from waymark.actions.assess.calibration import Choices, calibrate, describe_calibration
from waymark.actions.assess.fits import name_model
from waymark.actions.assess.links import link
from waymark.actions.assess.scrutiny import find_dif
from waymark.actions.assess.trials import Trial, describe_trial, open_bank, open_shipped_bank, simulate
from waymark.actions.workspace import Workspace
from waymark.assess.items import make_items
from waymark.assess.templates.shelves import load_templates
from waymark.engines.answers import Columns
from waymark.engines.frames import Table, open_table
from waymark.engines.item_tables import ItemTable, lay_out_items
from waymark.engines.writing import list_rows, write_table
from waymark.errors import BadInput, Invalid, TooLarge

ITEMS = Table(source=b"item,skill,a,b\nq1,logic,1,-1\nq2,logic,1,0\nq3,algebra,1,0.5\n", name="items.csv")
ANSWERS = Table(source=b"id,q1,q2,q3\nann,1,1,\nbob,0,,0\ncal,,,\n", name="answers.csv")


def test_the_same_answers_give_the_same_bytes(study: Path, tmp_path: Path) -> None:
    written = []
    for name in ("one.parquet", "two.parquet"):
        calibrate(open_table(study / "complete.csv"), Choices(), out=tmp_path / name)
        written.append((tmp_path / name).read_bytes())
    assert written[0] == written[1]


def test_a_calibration_is_described_with_its_items(study: Path) -> None:
    done = calibrate(open_table(study / "complete.csv"), Choices(model="1pl"))
    told = describe_calibration(done, rows=True)
    assert len(told["rows"]) == told["items"] == 24
    assert len({row["a"] for row in told["rows"]}) == 1
    assert told["variance"] == pytest.approx(told["rows"][0]["a"] ** 2)
    assert "out" not in told


def test_people_without_a_group_are_told_before_anything_is_estimated() -> None:
    table = Table(source=b"id,sex,q1\na,f,1\nb,,0\nc,m,1\nd,,1\n")
    with pytest.raises(BadInput, match="row 2 has no group, nor have 1 others"):
        calibrate(table, Choices(), columns=Columns(group="sex"))


def test_a_place_that_cannot_be_written_is_told_before_the_work(tmp_path: Path) -> None:
    nowhere = Table(source=tmp_path / "none.csv")
    with pytest.raises(Invalid, match="no folder"):
        calibrate(nowhere, Choices(), out=tmp_path / "no" / "items.csv")
    with pytest.raises(Invalid, match="is a folder"):
        predict(nowhere, nowhere, out=tmp_path)
    with pytest.raises(Invalid, match="no kind of table"):
        link(nowhere, nowhere, out=tmp_path / "items.json")


def test_scores_are_laid_out_person_by_person(workspace: Workspace) -> None:
    done = score(workspace, ANSWERS, ITEMS)
    columns = lay_out_scores(done)
    assert list(zip(columns["person"], columns["skill"], list(columns["n"]), strict=True)) == [
        ("ann", "logic", 2),
        ("ann", "algebra", 0),
        ("bob", "logic", 1),
        ("bob", "algebra", 1),
        ("cal", "logic", 0),
        ("cal", "algebra", 0),
    ]
    assert columns["eap"][4:] == pytest.approx([0, 0])
    assert columns["score"][4:] == pytest.approx([150, 150])


def test_the_population_moves_those_of_whom_little_is_known(workspace: Workspace) -> None:
    high = score(workspace, ANSWERS, ITEMS, population=Population(mean=1.0, sd=0.5))
    assert high.scores.estimate[2] == pytest.approx([1, 1])
    assert high.scores.sd[2] == pytest.approx([0.5, 0.5])


def test_a_correlation_lets_one_skill_tell_of_another(workspace: Workspace) -> None:
    alone = score(workspace, ANSWERS, ITEMS)
    together = score(workspace, ANSWERS, ITEMS, population=Population(correlation=0.8))
    assert alone.scores.estimate[0, 1] == pytest.approx(0)
    assert together.scores.estimate[0, 1] > 0.2


def test_a_single_person_is_scored_without_shares(workspace: Workspace) -> None:
    told = describe_scores(score(workspace, Table(source=[{"id": "ann", "q1": 1}]), ITEMS), rows=True)
    assert told["skills"]["logic"]["accuracy"] is None
    assert told["skills"]["logic"]["sd"] is None
    assert len(told["rows"]) == 2


@pytest.mark.parametrize("draws", [-1, 1_001])
def test_plausible_values_are_bounded(workspace: Workspace, draws: int) -> None:
    with pytest.raises(BadInput, match="plausible values"):
        score(workspace, ANSWERS, ITEMS, plausible=draws)


def test_predictions_are_of_the_cells_that_were_not_seen() -> None:
    done = predict(ANSWERS, ITEMS)
    cells = [(done.people[person], done.items.ids[item]) for person, item in zip(done.person, done.item, strict=True)]
    assert cells == [("ann", "q3"), ("bob", "q2"), ("cal", "q1"), ("cal", "q2"), ("cal", "q3")]
    assert done.probability[2] > done.probability[3] == pytest.approx(0.5)


def test_more_cells_than_memory_are_not_predicted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("waymark.actions.assess.abilities.MAX_PREDICTIONS", 4)
    with pytest.raises(TooLarge, match="5 cells to predict"):
        predict(ANSWERS, ITEMS)


def test_groups_must_be_named_to_be_compared() -> None:
    with pytest.raises(BadInput, match="no column of groups"):
        find_dif(ANSWERS, Columns())


def test_the_model_of_items_is_the_simplest_that_has_their_parameters() -> None:
    ids = ("one", "two")
    slopes = np.array([1.0, 1.2])
    found = [
        name_model(make_items(ids)),
        name_model(make_items(ids, a=slopes)),
        name_model(make_items(ids, c=np.array([0.0, 0.2]))),
        name_model(make_items(ids, d=np.array([1.0, 0.9]))),
    ]
    assert found == ["1pl", "2pl", "3pl", "4pl"]


def test_a_link_goes_skill_by_skill_and_leaves_others(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)  # noqa: TID251
    items = make_items(
        tuple(f"q{number}" for number in range(24)),
        a=np.exp(rng.normal(0, 0.2, 24)),
        b=rng.normal(size=24),
        skills=("logic", "algebra", "art"),
        skill=np.arange(24) % 3,
    )
    own, reference = tmp_path / "own.parquet", tmp_path / "reference.csv"
    write_table(own, lay_out_items(ItemTable(items=items, correlation=np.eye(3))))
    moved = pl.DataFrame(list_rows(lay_out_items(ItemTable(items=items, correlation=np.eye(3)))))
    shift = pl.when(pl.col("skill") == "logic").then(0.5).otherwise(-0.25)
    moved.filter(pl.col("skill") != "art").with_columns(pl.col("b") + shift).write_csv(reference)
    done = link(open_table(own), open_table(reference))
    assert {name: round(found.shift, 6) for name, found in done.links.items()} == {"logic": 0.5, "algebra": -0.25}
    assert done.table.items.b[2::3].tolist() == items.b[2::3].tolist()
    assert [note for note in done.notes if note.startswith("art: not in ")]
    other = Table(source=b"item,skill,a,b\nq0,sports,1,0\nq1,music,1,0\n")
    with pytest.raises(BadInput, match="no skill in common"):
        link(open_table(own), other)


def test_the_shipped_bank_covers_every_skill_of_the_edition(workspace: Workspace) -> None:
    bank, notes = open_bank()
    assert set(bank.items.skills) == set(workspace.edition.skills)
    assert len(bank.items) == len(load_templates())
    assert "no item has been calibrated with people yet" in notes[0]
    assert set(open_shipped_bank(skills=("research",)).items.skills) == {"research"}


def test_a_trial_says_all_that_it_was(workspace: Workspace) -> None:
    rows = [{"item": f"q{n}", "a": 1.5, "b": n / 5 - 2} for n in range(20)]
    trial = Trial(people=20, seed=9, bank=Table(source=rows, name="mine"), changes={"most_items_per_skill": 3})
    told = describe_trial(simulate(workspace, trial))
    assert (told["people"], told["seed"], told["bank"]["source"]) == (20, 9, "mine")
    assert told["rules"]["most_items_per_skill"] == 3
    assert told["skills"]["ability"]["items"] == 3
    assert told == describe_trial(simulate(workspace, trial))


@pytest.mark.parametrize(
    ("trial", "said"),
    [
        (Trial(people=0), "0 people"),
        (Trial(seed=-1), "seed -1"),
        (Trial(bank=Table(source=b"item,a,b\nq1,,\n")), "no item with parameters"),
    ],
)
def test_what_cannot_be_tried_is_told(workspace: Workspace, trial: Trial, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        simulate(workspace, trial)
