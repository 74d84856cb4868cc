"""Fitting a reader: the same bytes twice, usable at once, and clear about what it cannot learn from."""

import io
from collections.abc import Iterator, Sequence
from importlib import import_module
from os import environ  # noqa: TID251  where the corpus lies is a setting of the tests alone
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from waymark.actions.demand import Fit, fit_reader, read_posting
from waymark.actions.workspace import SHIPPED_MODEL, Workspace, load_model, open_workspace
from waymark.errors import BadData, BadInput, MissingInput
from waymark.framework.tables import open_data

from .conftest import Lesson, load_cases, write_lesson

CORPUS = Path(environ.get("WAYMARK_CORPUS") or Path(__file__).parents[3] / "shared" / "data" / "postings")
AGAIN = "`waymark demand fit CORPUS --out src/waymark/data/models/reader.npz` makes it anew"


@pytest.fixture(scope="module", autouse=True)
def few_threads() -> Iterator[None]:
    """Keep to one thread: on such small tables others only spin, and the bytes are the same.

    Only what is loaded can be told to, so the learner is loaded first.
    """
    import_module("sklearn.linear_model")
    with threadpool_limits(1):
        yield


@pytest.fixture(scope="module")
def fitted(workspace: Workspace, lesson: Lesson) -> Fit:
    return fit_reader(workspace, [str(lesson.corpus)], labels=lesson.labels)


def test_the_same_postings_in_any_order_give_the_same_bytes(
    workspace: Workspace, lesson: Lesson, fitted: Fit, tmp_path: Path
) -> None:
    told: list[str] = []

    def track(items: Sequence[Any], what: str) -> Sequence[Any]:
        told.append(what)
        return items

    turned = tmp_path / "turned.jsonl"
    lines = lesson.corpus.read_text(encoding="utf-8").splitlines()
    turned.write_text("\n".join(reversed(lines)), encoding="utf-8")
    assert fit_reader(workspace, [str(turned)], labels=lesson.labels, track=track).model == fitted.model
    assert len(set(told)) > 3  # long work says what it is at


def test_a_fitted_reader_can_be_used_at_once(fitted: Fit, tmp_path: Path) -> None:
    path = tmp_path / "reader.npz"
    path.write_bytes(fitted.model)
    workspace = open_workspace(model=path)
    case = next(case for case in load_cases() if case.get("role") == "data_analyst")
    try:
        (read,) = read_posting(workspace, case["text"].encode())
    finally:
        workspace.confinement.close()
    assert read["role"]["best"] == "data_analyst"
    assert sum(read["role"]["probabilities"].values()) == pytest.approx(1, abs=1e-3)


def test_a_fit_says_what_it_was_made_of(workspace: Workspace, lesson: Lesson, fitted: Fit) -> None:
    assert fitted.about["postings"] == fitted.about["labelled"] == lesson.size
    assert (fitted.about["edition"], fitted.about["seed"]) == (workspace.edition.about.id, 1)
    assert len(fitted.about["corpus_sha256"]) == 64
    figures = [figure for own in fitted.figures.values() for figure in own.values()]
    assert figures
    assert all(figure.low <= figure.value <= figure.high for figure in figures)


def test_too_few_labels_are_bad_input(workspace: Workspace, tmp_path: Path) -> None:
    few = write_lesson(tmp_path, load_cases()[:49], workspace.edition)
    with pytest.raises(BadInput, match="49 of 49 postings have a label"):
        fit_reader(workspace, [str(few.corpus)], labels=few.labels)


def test_labels_of_other_postings_do_not_count(workspace: Workspace, lesson: Lesson) -> None:
    with pytest.raises(BadInput, match="0 of"):
        fit_reader(workspace, [str(lesson.corpus)])


def test_a_corpus_that_cannot_be_read_is_bad_input(workspace: Workspace, lesson: Lesson, tmp_path: Path) -> None:
    broken = tmp_path / "broken.jsonl"
    broken.write_text("not json\n", encoding="utf-8")
    for corpus in (broken, tmp_path / "missing.parquet"):
        with pytest.raises(BadInput) as caught:
            fit_reader(workspace, [str(lesson.corpus), str(corpus)], labels=lesson.labels)
        assert corpus.name in caught.value.message


def test_labels_that_cannot_be_read_are_told_with_their_place(
    workspace: Workspace, lesson: Lesson, tmp_path: Path
) -> None:
    table = tmp_path / "labels.tsv"
    with pytest.raises(MissingInput):
        fit_reader(workspace, [str(lesson.corpus)], labels=table)
    table.write_bytes(b"id\trole\xff\xfe")
    with pytest.raises(BadInput, match=r"labels\.tsv"):
        fit_reader(workspace, [str(lesson.corpus)], labels=table)
    table.write_text(lesson.labels.read_text(encoding="utf-8") + "\nx\ty", encoding="utf-8")
    with pytest.raises(BadData, match=f"line {lesson.size + 2}"):
        fit_reader(workspace, [str(lesson.corpus)], labels=table)


def test_a_model_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingInput):
        load_model(tmp_path / "missing.npz")
    for data in (b"", b"no model", _pack()):
        path = tmp_path / "reader.npz"
        path.write_bytes(data)
        with pytest.raises(BadData):
            load_model(path)


def _pack() -> bytes:
    packed = io.BytesIO()
    np.savez(packed, odd=np.arange(3))
    return packed.getvalue()


@pytest.mark.skipif(
    not CORPUS.is_dir(),
    reason=f"the corpus of postings is not ours to publish; {CORPUS.name} or WAYMARK_CORPUS is absent",
)
def test_the_shipped_reader_is_the_one_that_its_corpus_and_labels_give(workspace: Workspace) -> None:
    """Take about a minute: the whole fit."""
    shipped = open_data(SHIPPED_MODEL).read_bytes()
    fitted = fit_reader(workspace, [str(CORPUS)])
    assert fitted.model == shipped, f"the shipped reader is not what the code, data and labels now give: {AGAIN}"
