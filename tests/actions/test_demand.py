"""Reading: in order, failures in their place, and the same over every door."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from waymark.actions.demand import MAX_CHARACTERS, MAX_TOGETHER, Read, read_all, read_posting
from waymark.actions.workspace import Workspace
from waymark.demand.readings import describe
from waymark.engines.sources import Failure
from waymark.errors import BadInput, MissingInput, TooLarge

TEXT = "Data analyst. You write SQL, build dashboards in Tableau and present them. 3+ years of SQL are required."
SURROGATE = "\ud800"


def write(path: Path, content: str | bytes = TEXT) -> str:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(path)


def test_what_cannot_be_read_fails_in_its_place(workspace: Workspace, tmp_path: Path) -> None:
    rows = [json.dumps({"id": f"row {n}", "title": "", "description": TEXT}) for n in range(3)]
    inputs = [
        write(tmp_path / "b.txt"),
        str(tmp_path / "missing.txt"),
        write(tmp_path / "t.jsonl", "\n".join([rows[0], "not json", rows[1], rows[2]])),
        write(tmp_path / "binary.txt", b"\0\1\2" * 99),
        write(tmp_path / "long.txt", "word " * (MAX_CHARACTERS // 5 + 1)),
        write(tmp_path / "a.txt"),
    ]
    read = list(read_all(workspace, inputs))
    names = [item.posting.id if isinstance(item, Read) else item.name for item in read]
    table = inputs[2]
    assert names == [*inputs[:2], "row 0", f"{table}: line 2", "row 1", "row 2", *inputs[3:]]
    errors = [type(item.error) for item in read if isinstance(item, Failure)]
    assert errors == [MissingInput, BadInput, BadInput, TooLarge]


def test_each_posting_keeps_its_own_reading_over_many_batches(workspace: Workspace, tmp_path: Path) -> None:
    texts = [f"{TEXT} Then {'Python ' * (number % 7)}and more." for number in range(150)]
    rows = [json.dumps({"id": str(number), "title": "", "description": text}) for number, text in enumerate(texts)]
    together = list(read_all(workspace, [write(tmp_path / "t.jsonl", "\n".join(rows))]))
    assert [item.reading.id for item in together if isinstance(item, Read)] == [str(n) for n in range(150)]
    for number in (0, 63, 64, 149):
        (alone,) = read_all(workspace, [write(tmp_path / "one.jsonl", rows[number])])
        assert alone == together[number]


def test_reading_twice_gives_the_same(workspace: Workspace, tmp_path: Path) -> None:
    inputs = [write(tmp_path / "a.txt"), write(tmp_path / "b.html", f"<html><h1>A</h1><p>{TEXT}</p></html>")]
    assert list(read_all(workspace, inputs)) == list(read_all(workspace, inputs))


def test_what_came_over_the_wire_is_read_as_from_a_file_and_brings_its_text(
    workspace: Workspace, tmp_path: Path
) -> None:
    documents = [TEXT, f"<html><h1>Analyst</h1><p>{TEXT}</p></html>", json.dumps({"title": "A", "description": TEXT})]
    for document in documents:
        (there,) = read_posting(workspace, document.encode(), name="x")
        (here,) = read_all(workspace, [write(tmp_path / "x", document)])
        assert isinstance(here, Read)
        described = describe(here.reading)
        assert there == described | {"id": "x", "text": here.posting.text}
        assert list(there) == [*described, "text"]


def test_a_given_title_stands_in_where_the_posting_brings_none(workspace: Workspace) -> None:
    document = json.dumps({"title": "Own", "description": TEXT}).encode()
    assert read_posting(workspace, document, title="Given")[0]["title"] == "Own"
    assert read_posting(workspace, TEXT.encode(), title="Given")[0]["title"] == "Given"


def test_a_blind_reading_does_not_see_title_and_company(workspace: Workspace) -> None:
    def read(title: str) -> dict[str, object]:
        document = json.dumps({"title": title, "company": title, "description": TEXT}).encode()
        (found,) = read_posting(workspace, document, blind=True)
        return {key: value for key, value in found.items() if key != "title"}

    assert read("Data analyst") == read("Head of Robots")


def test_lone_surrogates_are_replaced_wherever_they_stand(workspace: Workspace, tmp_path: Path) -> None:
    keys = ("title", "identifier", "hiringOrganization", "jobLocation", "datePosted", "description")
    for key in keys:
        data = {"@type": "JobPosting", "title": "A", "description": TEXT} | {key: f"{TEXT} {SURROGATE}"}
        document = json.dumps(data)
        (found,) = read_posting(workspace, document.encode())
        assert json.dumps(found, ensure_ascii=False).encode()
        (here,) = read_all(workspace, [write(tmp_path / "x.json", document)])
        assert isinstance(here, Read)
        assert json.dumps(describe(here.reading), ensure_ascii=False).encode()
    (titled,) = read_posting(workspace, TEXT.encode(), title=SURROGATE)
    assert titled["title"] == "\ufffd"


def test_more_text_than_postings_have_is_refused(workspace: Workspace) -> None:
    long = "word " * (MAX_CHARACTERS // 5 - 1)
    assert len(read_posting(workspace, json.dumps([{"description": long}] * 2).encode())) == 2
    with pytest.raises(TooLarge, match="more than a posting has"):
        read_posting(workspace, (long + "and a few words").encode())
    many = MAX_TOGETHER // MAX_CHARACTERS + 2
    with pytest.raises(TooLarge, match="too much at once"):
        read_posting(workspace, json.dumps([{"description": long}] * many).encode())


def test_the_year_comes_from_the_clock_of_the_workspace(workspace: Workspace) -> None:
    text = "You bring 6+ years of PyTorch. You build models, train them and put them into production for our users."

    def find_kinds(year: int) -> set[str]:
        dated = replace(workspace, clock=lambda: datetime(year, 1, 1, tzinfo=UTC))
        return {finding["kind"] for finding in read_posting(dated, text.encode())[0]["findings"]}

    assert "impossible_years" in find_kinds(2020)
    assert "impossible_years" not in find_kinds(2030)
