from typing import Any

import pytest

from waymark.demand.cues import BIT, CUES, SECTIONS, SENIORITIES, Cues, compile_cues, find_shorter
from waymark.errors import BadData


def tables(**changes: Any) -> dict[str, Any]:
    """Return the least tables that compile, some replaced."""
    least: dict[str, Any] = {
        "sections": {section: {"headings": [f"{section} heading"]} for section in SECTIONS},
        "levels": {f"level_{level}": {"forms": [f"{level}+ years"]} for level in (1, 2, 3)},
        "negation": {side: {"forms": [f"{side} it"]} for side in ("before", "after", "never")},
        "boilerplate": {"legal": {"forms": ["drug test"]}, "case": []},
        "terms": {
            "pay": {"forms": ["salary"]},
            "place": {"forms": ["remote"]},
            "years": {"forms": ["years"]},
            "currency": {"forms": ["eur"]},
        },
        "seniority": {step: {"forms": [f"{step} step"]} for step in SENIORITIES},
    }
    return {**least, **changes}


def said(cues: Cues, phrase: str) -> set[str]:
    bits = int(cues.bits[cues.forms.index(" " + phrase)])
    return {cue for cue in CUES if bits & BIT[cue]}


def test_every_cue_has_a_bit_of_its_own() -> None:
    assert len({BIT[cue] for cue in CUES}) == len(CUES)
    assert sum(BIT.values()) == 2 ** len(CUES) - 1


def test_one_phrase_can_say_several_things() -> None:
    seniority = {step: {"forms": ["1+ years"] if step == "junior" else []} for step in SENIORITIES}
    assert said(compile_cues(tables(seniority=seniority)), "1+ years") == {
        "level 1",
        "seniority junior",
        "terms years",
    }


def test_a_cue_that_holds_the_word_for_years_says_years() -> None:
    sections = {**tables()["sections"], "required": {"headings": ["years of experience"]}}
    assert said(compile_cues(tables(sections=sections)), "years of experience") == {
        "heading required",
        "terms years",
    }


def test_a_cue_that_holds_boilerplate_is_boilerplate() -> None:
    sections = {**tables()["sections"], "legal": {"headings": ["our drug test policy"]}}
    assert said(compile_cues(tables(sections=sections)), "our drug test policy") == {
        "heading legal",
        "boilerplate",
    }


def test_headings_inline_openers_and_preferring_words_are_told_apart() -> None:
    sections = {
        **tables()["sections"],
        "preferred": {"headings": ["nice to have"], "inline": ["bonus:"], "sentence": ["is a plus"]},
    }
    cues = compile_cues(tables(sections=sections))
    assert said(cues, "nice to have") == said(cues, "bonus") == {"heading preferred"}
    assert said(cues, "is a plus") == {"sentence preferred"}


@pytest.mark.parametrize("name", ["sections", "levels", "negation", "terms", "seniority"])
def test_a_missing_file_of_cues_is_named(name: str) -> None:
    with pytest.raises(BadData, match=rf"cues/{name}.toml: \[\w+\] is missing"):
        compile_cues({key: table for key, table in tables().items() if key != name})


def test_a_part_that_is_no_table_is_named() -> None:
    with pytest.raises(BadData, match=r"terms\.toml: pay is not a table"):
        compile_cues(tables(terms={"pay": ["salary"], "place": {}, "years": {}}))


def test_the_form_to_fall_back_on_ends_at_a_blank() -> None:
    forms = [" big data", " big", " big data tool", " bi"]
    index = {form: number for number, form in enumerate(forms)}
    assert find_shorter(" big data tool", index) == 0
    assert find_shorter(" big data", index) == 1
    assert find_shorter(" big", index) == -1
