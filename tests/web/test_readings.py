from waymark.framework import Edition
from waymark.web.readings import LISTED, MARKED, view_reading
from waymark.web.shapes import Reading


def test_tasks_stand_in_the_order_of_the_life_cycle_with_what_is_asked(reading: Reading, edition: Edition) -> None:
    view = view_reading(reading, edition=edition, blind=False)
    assert [row.task for row in view.tasks] == list(edition.tasks)
    asked = next(row for row in view.tasks if row.task == "business_analysis")
    assert asked.asked
    assert [subtask for subtask, _ in asked.subtasks] == ["ba.dashboards", "ba.ab_tests"]
    assert not next(row for row in view.tasks if row.task == "data_engineering").subtasks


def test_skills_stand_strongest_first_with_a_place_in_the_text(reading: Reading, edition: Edition) -> None:
    rows = view_reading(reading, edition=edition, blind=False).skills
    assert [row.skill for row in rows] == [
        "domain_specific_languages",
        "algorithmic_coding",
        "communication",
    ]
    assert [row.level_name for row in rows] == ["Accomplished", "Beginning", "Not required"]
    assert [row.place for row in rows] == [0, 4, None]
    assert rows[0].score.low < 250 < rows[0].score.high


def test_a_tool_leads_to_the_words_that_name_it(reading: Reading, edition: Edition) -> None:
    tools = dict(view_reading(reading, edition=edition, blind=False).tools)
    assert tools == {"SQL": 1, "Tableau": 3, "excel": None}


def test_a_finding_quotes_the_text_and_links_what_is_marked(reading: Reading, edition: Edition) -> None:
    quotes = view_reading(reading, edition=edition, blind=False).findings[0].quotes
    assert [(quote.text, quote.place) for quote in quotes] == [("Python", 4), ("Some", 5)]


def test_words_that_only_a_finding_quotes_are_marked_as_such(reading: Reading, edition: Edition) -> None:
    pieces = view_reading(reading, edition=edition, blind=False).pieces
    assert next(piece.kinds for piece in pieces if piece.text == "Some") == ("finding",)


def test_evidence_is_named_by_the_terms_of_the_edition(reading: Reading, edition: Edition) -> None:
    rows = view_reading(reading, edition=edition, blind=False).evidence
    assert [row.term for row in rows][:3] == [
        edition.skills["domain_specific_languages"].name,
        "sql",
        edition.subtasks["ba.dashboards"].name,
    ]


def test_the_text_is_marked_where_the_evidence_lies(reading: Reading, edition: Edition) -> None:
    pieces = view_reading(reading, edition=edition, blind=False).pieces
    marked = {piece.text: piece.kinds for piece in pieces if piece.kinds}
    assert marked["SQL"] == ("skill", "tool")
    assert marked["Tableau"] == ("subtask", "tool")
    assert marked["build dashboards in "] == ("subtask",)


def test_a_very_long_text_is_shown_in_part_and_says_how_much(reading: Reading, edition: Edition) -> None:
    long: Reading = {**reading, "text": reading["text"] + " x" * 50_000}
    view = view_reading(long, edition=edition, blind=False)
    assert view.hidden > 0
    assert view.shown + view.hidden == len(long["text"])
    assert sum(len(piece.text) for piece in view.pieces) == view.shown


def test_evidence_beyond_what_a_page_can_mark_is_left_to_the_json(reading: Reading, edition: Edition) -> None:
    many: Reading = {**reading, "evidence": reading["evidence"] * 100}
    view = view_reading(many, edition=edition, blind=False)
    assert sum(len(piece.anchors) for piece in view.pieces) == MARKED
    assert len(view.evidence) == LISTED


def test_an_unknown_term_is_shown_by_its_id(reading: Reading, edition: Edition) -> None:
    reading["evidence"][0]["id"] = "prompting"
    assert view_reading(reading, edition=edition, blind=False).evidence[0].term == "prompting"


def test_a_task_lists_what_the_text_names_even_below_even_chances(reading: Reading, edition: Edition) -> None:
    reading["evidence"].append({**reading["evidence"][0], "kind": "subtask", "id": "de.query"})
    view = view_reading(reading, edition=edition, blind=False)
    row = next(row for row in view.tasks if row.task == "data_engineering")
    assert row.subtasks == (("de.query", 0.4),)


def test_a_quote_within_another_is_left_out(reading: Reading, edition: Edition) -> None:
    reading["findings"][0]["evidence"] = reading["evidence"][2:4]
    quotes = view_reading(reading, edition=edition, blind=False).findings[0].quotes
    assert [quote.text for quote in quotes] == ["build dashboards in Tableau"]


def test_the_legend_names_only_kinds_that_are_there(reading: Reading, edition: Edition) -> None:
    assert view_reading(reading, edition=edition, blind=False).kinds == ("subtask", "skill", "tool", "finding")
