import pytest

from waymark.demand.labels import COLUMNS, parse_labels, parse_sentence_labels
from waymark.errors import BadData

HEADER = "\t".join(COLUMNS)
LINE = "a:1\tdata_analyst\t-\tclear\tdata_engineering,modeling\t0123012301\t.rpr.rprpr\t-\t?\tstratified"
SECTIONS = ("about", "duties")


def test_a_line_becomes_a_label() -> None:
    (label,) = parse_labels(f"{HEADER}\n{LINE}\n", name="t")
    assert (label.id, label.role, label.second, label.fit) == ("a:1", "data_analyst", None, "clear")
    assert label.tasks == {"data_engineering", "modeling"}
    assert label.skills == (0, 1, 2, 3, 0, 1, 2, 3, 0, 1)
    assert label.flags == frozenset()
    assert label.subtasks is None


def test_marked_subtasks_differ_from_unmarked_ones() -> None:
    marked = LINE.replace("\t?\t", "\tde.query,ba.analyze\t")
    none = LINE.replace("\t?\t", "\t-\t")
    labels = parse_labels(f"{HEADER}\n{marked}\n{none}", name="t")
    assert [label.subtasks for label in labels] == [{"de.query", "ba.analyze"}, frozenset()]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "t: line 1 is not the header"),
        ("id\trole", "t: line 1 is not the header"),
        (f"{HEADER}\na\tb", "t: line 2 has 2 cells"),
        (f"{HEADER}\n{LINE}\n{LINE.replace('clear', 'sure')}", "t: line 3: fit 'sure'"),
        (f"{HEADER}\n{LINE.replace('0123012301', '0123012304')}", "t: line 2: skills"),
        (f"{HEADER}\n{LINE.replace('0123012301', '012')}", "t: line 2: skills"),
    ],
)
def test_a_fault_names_its_line(text: str, says: str) -> None:
    with pytest.raises(BadData, match=says) as caught:
        parse_labels(text, name="t")
    assert caught.value.hint


def test_sentence_labels_are_listed_by_posting() -> None:
    labels = parse_sentence_labels(
        "id\tstart\tend\tsection\na\t0\t5\tabout\na\t6\t9\tduties\nb\t0\t2\tduties",
        name="t",
        sections=SECTIONS,
    )
    assert {key: [(one.start, one.end, one.section) for one in own] for key, own in labels.items()} == {
        "a": [(0, 5, "about"), (6, 9, "duties")],
        "b": [(0, 2, "duties")],
    }


@pytest.mark.parametrize("line", ["a\t0\t5", "a\tx\t5\tabout", "a\t0\t5\tother", "a\t-1\t5\tabout"])
def test_a_faulty_sentence_label_names_its_line(line: str) -> None:
    with pytest.raises(BadData, match="t: line 2"):
        parse_sentence_labels(f"id\tstart\tend\tsection\n{line}", name="t", sections=SECTIONS)
