from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from waymark.web.highlighting import KINDS, SHOWN_BYTES, Span, cut_pieces, cut_window
from waymark.web.wording import replace_controls

TEXTS = st.text(max_size=60)
SPANS = st.lists(st.tuples(st.integers(-5, 70), st.integers(-5, 70), st.sampled_from([*KINDS, "odd"])))


def make_spans(rows: Sequence[tuple[int, int, str]]) -> list[Span]:
    return [
        Span(start=start, end=end, place=place, kind=kind, note=f"note {place}")
        for place, (start, end, kind) in enumerate(rows)
    ]


@given(TEXTS, SPANS)
def test_the_pieces_joined_are_the_text(text: str, rows: list[tuple[int, int, str]]) -> None:
    pieces = cut_pieces(text, make_spans(rows))
    assert "".join(piece.text for piece in pieces) == replace_controls(text)


@given(TEXTS, SPANS)
def test_each_character_bears_exactly_the_kinds_that_cover_it(text: str, rows: list[tuple[int, int, str]]) -> None:
    spans = make_spans(rows)
    place = 0
    for piece in cut_pieces(text, spans):
        covering = {span.kind for span in spans if 0 <= span.start <= place < span.end}
        assert set(piece.kinds) == covering & set(KINDS)
        place += len(piece.text)


@given(TEXTS, SPANS)
def test_each_span_within_the_text_is_an_anchor_once(text: str, rows: list[tuple[int, int, str]]) -> None:
    spans = make_spans(rows)
    anchors = [anchor for piece in cut_pieces(text, spans) for anchor in piece.anchors]
    sound = [span.place for span in spans if 0 <= span.start < span.end and span.start < len(text)]
    assert sorted(anchors) == sound


def test_overlapping_spans_nest_in_a_fixed_order() -> None:
    spans = make_spans([(0, 5, "tool"), (2, 8, "subtask"), (4, 6, "skill")])
    pieces = cut_pieces("abcdefghij", spans)
    assert [(piece.text, piece.kinds) for piece in pieces] == [
        ("ab", ("tool",)),
        ("cd", ("subtask", "tool")),
        ("e", ("subtask", "skill", "tool")),
        ("f", ("subtask", "skill")),
        ("gh", ("subtask",)),
        ("ij", ()),
    ]


def test_a_long_text_is_cut_to_what_a_page_may_hold() -> None:
    for text in ("a" * 100_000, "<" * 100_000, "\U0001f600" * 100_000, '"' * 100_000):
        window = cut_window(text)
        assert 0 < len(window) < len(text)
        assert len(str(escape(window)).encode()) <= SHOWN_BYTES


def test_a_posting_of_usual_length_is_shown_whole() -> None:
    text = "Write SQL & build <dashboards>. " * 200
    assert cut_window(text) == text
