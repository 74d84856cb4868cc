import json
import os
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from waymark.demand.parsing import MAX_BYTES, parse
from waymark.demand.postings import Posting
from waymark.engines.confining import Confinement
from waymark.errors import BadInput, TooLarge

TEXT = b"We look for an analyst who writes SQL and builds dashboards."
NESTED = b'<div itemscope itemtype="https://schema.org/JobPosting">'
SLOW = b"<html>" + NESTED * 400 + b"<p itemprop=description>" + b"Python and SQL " * 250_000
"""A page of 400 postings, one inside the other, that all share 3.7 MB of text: it uses up the processor time."""

GREEDY = b"<html>" + NESTED + b"".join(b"<b itemprop=k%d>" % n for n in range(500)) + b"Python and SQL " * 300_000
"""A page of 500 properties that all share 4.5 MB of text: it uses up the memory."""

BOMBS = {
    "deep JSON": b"[" * 200_000,
    "deep JSON with a posting": b'{"a":' * 5_000 + b'{"@type":"JobPosting","description":"x"}' + b"}" * 5_000,
    "a million tags": b"<html>" + b"<p>" * 1_000_000,
    "deep markup": b"<html>" + b"<div>" * 20_000 + TEXT,
    "a tag of a million attributes": b"<html><p " + b"a=b " * 1_000_000 + b">" + TEXT,
    "beyond the limit": b"a" * (MAX_BYTES + 1),
}


@pytest.fixture
def confinement() -> Iterator[Confinement]:
    opened = Confinement()
    yield opened
    opened.close()


def find_children() -> set[int]:
    """Return the parsing children of this process, zombies too."""
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            told = (process / "stat").read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        if int(told.rpartition(")")[2].split()[1]) == os.getpid():
            found.add(int(process.name))
    return found


linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="children are counted in /proc")


@pytest.mark.parametrize(
    "data",
    [
        TEXT,
        b"<html><h1>Analyst</h1><p>" + TEXT + b"</p></html>",
        json.dumps(
            {"@type": "JobPosting", "title": "A", "description": TEXT.decode(), "baseSalary": {"value": 5}}
        ).encode(),
        json.dumps([{"title": n, "description": TEXT.decode()} for n in "ab"]).encode(),
        b'{"title": "\\ud800", "description": "SQL \\ud800 and Python, in a sentence"}',
        "SQL, caf\u00e9 and \U0001f600 in one sentence".encode(),
    ],
)
def test_a_child_parses_what_the_parser_parses(confinement: Confinement, data: bytes) -> None:
    assert confinement.parse(data, name="a name, caf\u00e9") == parse(data, name="a name, caf\u00e9")


@pytest.mark.parametrize("data", [b"", b"\0\1\2\3" * 50, b"too short", b'{"no": json}, whatever it is'])
def test_bad_input_is_refused_as_the_parser_refuses_it(confinement: Confinement, data: bytes) -> None:
    with pytest.raises(BadInput) as here:
        parse(data, name="x")
    with pytest.raises(BadInput) as there:
        confinement.parse(data, name="x")
    assert str(there.value) == str(here.value)


@pytest.mark.parametrize("kind", BOMBS)
def test_a_bomb_is_refused_and_the_next_posting_read(confinement: Confinement, kind: str) -> None:
    with pytest.raises((TooLarge, BadInput)):
        confinement.parse(BOMBS[kind], name="bomb")
    assert confinement.parse(TEXT, name="x") == [Posting(id="x", text=TEXT.decode())]


@linux
@pytest.mark.parametrize("data", [SLOW, GREEDY], ids=["slow", "greedy"])
def test_a_document_that_uses_up_its_limits_costs_only_itself(confinement: Confinement, data: bytes) -> None:
    with pytest.raises(TooLarge):
        confinement.parse(data, name="bomb")
    assert len(confinement.parse(TEXT, name="x")) == 1


@linux
def test_a_child_that_was_killed_is_replaced(confinement: Confinement) -> None:
    before = find_children()
    confinement.parse(TEXT, name="x")
    (child,) = find_children() - before
    os.kill(child, signal.SIGKILL)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    assert len(confinement.parse(TEXT, name="x")) == 1
    assert child not in find_children()


@linux
def test_closing_ends_all_children_and_leaves_no_zombie() -> None:
    before = find_children()
    confinement = Confinement()
    confinement.warm(2)
    assert len(find_children() - before) == 2
    confinement.close()
    assert find_children() == before


@linux
def test_a_closed_confinement_starts_anew_when_asked() -> None:
    confinement = Confinement()
    confinement.close()
    assert len(confinement.parse(TEXT, name="x")) == 1
    confinement.close()


def test_many_threads_each_get_their_own_answer(confinement: Confinement) -> None:
    texts = [f"Posting number {number} asks for SQL and Python." for number in range(60)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda text: confinement.parse(text.encode(), name=text)[0], texts))
    assert [(posting.id, posting.text) for posting in found] == [(text, text) for text in texts]


@linux
def test_a_child_sees_nothing_of_our_environment(confinement: Confinement) -> None:
    before = find_children()
    confinement.parse(TEXT, name="x")
    (child,) = find_children() - before
    told = Path(f"/proc/{child}/environ").read_bytes()
    names = {entry.partition(b"=")[0] for entry in told.split(b"\0") if entry}
    assert names == {b"PATH", b"PYTHONPATH", b"PYTHONSAFEPATH"}
