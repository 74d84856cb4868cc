import json
from dataclasses import replace

import pytest

from waymark.demand.readings import Evidence, Finding, Reading, SkillAsked, describe

SPAN = Evidence(0, 3, "SQL", "tool", "sql", "required")
READING = Reading(
    id="x",
    title="Analyst",
    best="data_analyst",
    variant=None,
    probabilities={"data_analyst": 0.876543, "none": 0.123457},
    tasks={"business_analysis": 0.99999},
    subtasks={"ba.analyze": 0.5},
    skills={
        "domain_specific_languages": SkillAsked(2, 149.96, 33.33, required=True),
        "research": SkillAsked(0, 0.0, 40.0, required=False),
    },
    tools=("sql",),
    evidence=(SPAN,),
    findings=(Finding(kind="no_pay", message="Nothing is said of pay.", evidence=(SPAN,)),),
    blind=True,
)


def test_a_reading_is_described_in_plain_values() -> None:
    told = describe(READING)
    assert told == json.loads(json.dumps(told))
    assert told["role"] == {
        "best": "data_analyst",
        "variant": None,
        "probabilities": {"data_analyst": 0.8765, "none": 0.1235},
        "blind": True,
    }
    assert told["tasks"] == {"business_analysis": 1.0}
    assert told["skills"]["domain_specific_languages"] == {
        "level": 2,
        "score": {"mean": 150.0, "sd": 33.3},
        "required": True,
    }
    span = {"start": 0, "end": 3, "text": "SQL", "kind": "tool", "id": "sql", "section": "required"}
    assert told["evidence"] == [span]
    assert told["findings"] == [{"kind": "no_pay", "message": "Nothing is said of pay.", "evidence": [span]}]


def test_the_profile_asked_holds_the_skills_that_are_asked() -> None:
    assert READING.profile.skills == ("domain_specific_languages",)


def test_a_score_below_the_scale_is_lifted_onto_it() -> None:
    low = replace(READING, skills={"research": SkillAsked(1, 0.0, 40.0, required=False)})
    assert low.profile.skills == ("research",)


def test_readings_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        READING.best = "none"  # type: ignore[misc]
