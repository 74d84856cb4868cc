from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from waymark.demand.cues import BIT
from waymark.demand.findings import KINDS, Facts, find_faults
from waymark.demand.lexicon import Concept
from waymark.demand.postings import Posting
from waymark.demand.readings import Evidence, Finding, SkillAsked
from waymark.framework import load_edition

EDITION = load_edition()
NOTHING = SkillAsked(level=0, mean=0.0, sd=40.0, required=False)


def facts(text: str = "", **changes: Any) -> Facts:
    """Return what is read in a plain posting of an analyst, some of it changed."""
    posting = Posting(id="x", text=text, title="Data analyst", location="Lyon", salary_min=1.0)
    plain = Facts(
        posting=posting,
        best="data_analyst",
        probabilities=chances(data_analyst=0.9),
        tasks=tasks("business_analysis"),
        skills=dict.fromkeys(EDITION.skills, NOTHING),
        evidence=(),
        dated=(),
        narrowing=(),
        title_roles=frozenset({"data_analyst"}),
        year_ends=tuple(place + 5 for place in range(len(text)) if text[place:].startswith("years")),
        title=posting.title,
        cues=(),
        title_cues=BIT["seniority mid"],
    )
    return replace(plain, **changes)


def chances(**likely: float) -> Mapping[str, float]:
    return {**dict.fromkeys((*EDITION.roles, "none"), 0.0), **likely}


def tasks(*asked: str) -> Mapping[str, float]:
    return {task: 0.9 if task in asked else 0.1 for task in EDITION.tasks}


def faults(known: Facts) -> dict[str, Finding]:
    return {finding.kind: finding for finding in find_faults(known, edition=EDITION, year=2026)}


def test_a_sound_posting_has_no_findings() -> None:
    assert faults(facts()) == {}


def test_a_title_of_another_role_disagrees_and_shows_why() -> None:
    span = Evidence(0, 12, "train models", "subtask", "mo.train_ml", "duties")
    found = faults(
        facts(
            "train models all day",
            best="data_scientist",
            probabilities=chances(data_scientist=0.9, data_analyst=0.1),
            tasks=tasks("business_analysis", "modeling", "data_engineering"),
            evidence=(span,),
        )
    )
    assert "Data scientist" in found["title_disagrees"].message
    assert found["title_disagrees"].evidence == (span,)


@pytest.mark.parametrize(
    "changes",
    [
        {"probabilities": chances(data_scientist=0.55, data_analyst=0.1)},
        {"probabilities": chances(data_scientist=0.7, data_analyst=0.3)},
        {"title_roles": frozenset(), "probabilities": chances(data_scientist=0.9)},
        {"title_roles": frozenset({"data_scientist"}), "probabilities": chances(data_scientist=0.9)},
    ],
)
def test_a_title_is_not_faulted_on_a_doubt(changes: dict[str, Any]) -> None:
    known = facts(best="data_scientist", tasks=tasks("modeling"), **changes)
    assert "title_disagrees" not in faults(known)


def test_a_title_of_an_ai_team_over_other_work_disagrees() -> None:
    found = faults(facts(best="none", probabilities=chances(none=0.95), tasks=tasks()))
    assert "other work" in found["title_disagrees"].message


def test_more_tasks_than_a_role_has_name_the_smallest_team() -> None:
    found = faults(facts(tasks=tasks(*EDITION.tasks)))["too_many_tasks"]
    assert "smallest team" in found.message
    assert " + " in found.message


def test_what_one_role_does_is_not_too_much() -> None:
    full = {task for task, how in EDITION.roles["data_scientist"].tasks.items() if how == "full"}
    assert "too_many_tasks" not in faults(facts(tasks=tasks(*full)))
    assert "too_many_tasks" not in faults(facts(best="none", tasks=tasks(*EDITION.tasks)))


ENTRY, SENIOR = BIT["seniority entry"], BIT["seniority senior"]


def test_an_entry_level_title_with_many_years_contradicts_itself() -> None:
    found = faults(facts("You have 8 years of practice.", title_cues=ENTRY))["entry_level_with_many_years"]
    assert [one.text for one in found.evidence] == ["8 years"]


def test_an_opening_that_says_entry_level_counts_and_is_quoted() -> None:
    found = faults(facts("Entry level. Needs 5 years.", cues=((ENTRY, 0, 11),)))["entry_level_with_many_years"]
    assert [one.text for one in found.evidence] == ["Entry level", "5 years"]


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("Needs 4 years.", {"title_cues": ENTRY}),
        ("Needs 8 years.", {"title_cues": SENIOR}),
        ("Needs 8 years.", {"cues": ((ENTRY | SENIOR, 0, 5),)}),
        (" " * 500 + "intern; 8 years", {"cues": ((ENTRY, 500, 506),)}),
        ("A degree of 8 years of study.", {"title_cues": ENTRY}),
    ],
)
def test_few_years_or_no_entry_level_are_no_contradiction(text: str, changes: dict[str, Any]) -> None:
    assert "entry_level_with_many_years" not in faults(facts(text, **changes))


def dated(text: str, name: str, since: int) -> Facts:
    start = text.index(name)
    return facts(text, dated=((since, (start, start + len(name), name)),))


@pytest.mark.parametrize("text", ["12 years of dbt", "at least 12 years with dbt", "dbt (12+ years)"])
def test_more_years_than_a_tool_is_old_are_impossible(text: str) -> None:
    found = faults(dated(text, "dbt", 2016))["impossible_years"]
    assert "12 years of dbt are asked; it came out in 2016, 10 years before 2026." in found.message
    assert "dbt" in [one.text for one in found.evidence]


@pytest.mark.parametrize(
    "text",
    [
        "10 years of dbt",
        "12 years of work. We use dbt",
        "12 years of work, some dbt",
        "12 years of work\ndbt",
        "dbt and 12 years of work",
        "12 years of work and 3 years of dbt",
    ],
)
def test_years_of_something_else_are_possible(text: str) -> None:
    assert "impossible_years" not in faults(dated(text, "dbt", 2016))


def test_years_are_counted_to_the_day_of_posting() -> None:
    known = dated("8 years of dbt", "dbt", 2016)
    assert "impossible_years" not in faults(known)
    odd = replace(known, posting=replace(known.posting, posted="\u00b9"))
    assert "impossible_years" not in faults(odd)
    old = replace(known, posting=replace(known.posting, posted="2020-01-31"))
    assert "before 2020" in faults(old)["impossible_years"].message


def test_silence_on_level_pay_and_place_is_reported() -> None:
    posting = Posting(id="x", text="We look for an analyst.")
    assert set(faults(facts(posting=posting, title_cues=0))) == {"no_level", "no_pay", "no_place"}


@pytest.mark.parametrize(
    ("text", "cues", "said"),
    [
        ("Three years, please", (), "no_level"),
        ("a senior", ((SENIOR, 2, 8),), "no_level"),
        ("for $90,000", (), "no_pay"),
        ("salary", ((BIT["terms pay"], 0, 6),), "no_pay"),
        ("remote", ((BIT["terms place"], 0, 6),), "no_place"),
        ("Austin, TX", (), "no_place"),
    ],
)
def test_what_is_said_is_not_missed(text: str, cues: tuple[tuple[int, int, int], ...], said: str) -> None:
    posting = Posting(id="x", text=text)
    ends = (11,) if text.startswith("Three") else ()
    found = faults(facts(posting=posting, title_cues=0, cues=cues, year_ends=ends))
    assert set(found) == {"no_level", "no_pay", "no_place"} - {said}


def test_a_skill_of_another_role_is_named_with_its_owners() -> None:
    asked = SkillAsked(level=3, mean=290.0, sd=10.0, required=True)
    found = faults(facts(skills={**dict.fromkeys(EDITION.skills, NOTHING), "research": asked}))["foreign_skill"]
    assert "Data analyst" in found.message
    assert "researcher" in found.message


@pytest.mark.parametrize(
    "asked",
    [
        SkillAsked(level=1, mean=290.0, sd=10.0, required=True),
        SkillAsked(level=3, mean=290.0, sd=10.0, required=False),
        SkillAsked(level=3, mean=290.0, sd=280.0, required=True),
    ],
)
def test_a_skill_lightly_preferably_or_unsurely_asked_is_not_foreign(asked: SkillAsked) -> None:
    assert "foreign_skill" not in faults(facts(skills={**dict.fromkeys(EDITION.skills, NOTHING), "research": asked}))


def test_narrowing_language_says_why_and_what_instead() -> None:
    concept = Concept(
        id="ninja",
        kind="cue",
        family="cues/narrowing",
        name="Ninja",
        forms=("ninja",),
        reason="Why.",
        instead="So.",
    )
    span = Evidence(0, 5, "ninja", "finding", "narrowing_language", "other")
    found = faults(facts("ninja", narrowing=((concept, span),)))["narrowing_language"]
    assert found.evidence == (span,)
    assert "Why. Better: So." in found.message


def test_findings_come_in_the_order_of_their_kinds() -> None:
    asked = SkillAsked(level=3, mean=290.0, sd=10.0, required=True)
    known = facts(
        "8 years",
        posting=Posting(id="x", text="8 years"),
        title_cues=ENTRY,
        tasks=tasks(*EDITION.tasks),
        skills={**dict.fromkeys(EDITION.skills, NOTHING), "research": asked},
    )
    order = [finding.kind for finding in find_faults(known, edition=EDITION, year=2026)]
    assert len(order) >= 5
    assert order == sorted(order, key=KINDS.index)
