from typing import Any

import pytest

from waymark.demand.lexicon import Concept, compile_lexicon, concepts_of, find_members, pluralize
from waymark.demand.phrasing import load_cues
from waymark.demand.scanning import scan
from waymark.errors import BadData


def concepts(family: str = "tools/query", **tables: Any) -> list[Concept]:
    return list(concepts_of(tables, family=family))


def found(text: str, *known: Concept) -> list[tuple[str, str]]:
    """Return the (concept, words) found in a text by a lexicon of these concepts."""
    lexicon = compile_lexicon(known)
    seen = scan([text], lexicon=lexicon, cues=load_cues())
    begin = int(seen.text_start[0])
    return [
        (lexicon.concepts[concept].id, text[start - begin : end - begin])
        for concept, start, end in zip(seen.concept.tolist(), seen.start.tolist(), seen.end.tolist(), strict=True)
    ]


def test_a_skill_file_is_evidence_for_its_own_skill_and_a_tool_for_those_it_names() -> None:
    (skill,) = concepts("skills/mathematics", algebra={"forms": ["linear algebra"]})
    (tool,) = concepts("tools/query", sql={"forms": ["sql"], "skills": ["domain_specific_languages"]})
    (subtask,) = concepts("subtasks/de.query", query={"forms": ["write queries"]})
    assert (skill.kind, skill.skills) == ("skill", ("mathematics",))
    assert (tool.kind, tool.skills) == ("tool", ("domain_specific_languages",))
    assert subtask.subtasks == ("de.query",)


@pytest.mark.parametrize(
    ("family", "table", "says"),
    [
        ("misc/x", {"a": {"forms": ["a"]}}, "no such folder"),
        ("tools/x", {"a": 3}, "a is not a table"),
        ("tools/x", {"a": {"forms": ["a"], "formz": []}}, "unknown key formz"),
        ("tools/x", {"a": {"forms": []}}, "has no forms"),
        ("tools/x", {"a": {"forms": [" "]}}, "has no forms"),
        ("tools/x", {"a": {"forms": [7]}}, "has no forms"),
    ],
)
def test_a_fault_in_a_file_names_the_file_and_the_mend(family: str, table: dict[str, Any], says: str) -> None:
    with pytest.raises(BadData, match=says) as caught:
        list(concepts_of(table, family=family))
    assert family in str(caught.value)
    assert caught.value.hint


def test_a_form_may_stand_in_one_concept_only() -> None:
    with pytest.raises(BadData, match=r"\[b\] claims 'SQL', as does .*\[a\]"):
        compile_lexicon(concepts(a={"forms": ["sql"]}, b={"forms": ["SQL"]}))


def test_a_written_form_beats_the_plural_of_another() -> None:
    known = concepts(one={"forms": ["model"]}, many={"forms": ["models"]})
    assert found("models and a model", *known) == [("many", "models"), ("one", "model")]


@pytest.mark.parametrize(
    ("form", "plural"),
    [
        ("data pipeline", "data pipelines"),
        ("query", "queries"),
        ("survey", "surveys"),
        ("switch", "switches"),
        ("analysis", "analysis"),
        ("c++", "c++"),
        ("R", "R"),
    ],
)
def test_plurals_are_simple_english(form: str, plural: str) -> None:
    assert pluralize(form) == plural


def test_plurals_can_be_turned_off() -> None:
    assert found("two airflows", *concepts(airflow={"forms": ["airflow"], "plural": False})) == []
    assert found("two airflows", *concepts(airflow={"forms": ["airflow"]})) == [("airflow", "airflows")]


def test_case_is_looked_at_where_a_concept_asks_for_it() -> None:
    known = concepts(go={"forms": ["Go"], "case": True})
    assert found("Go, go, GO", *known) == [("go", "Go")]


def test_a_veto_counts_its_blanks_and_its_marks() -> None:
    known = concepts(go={"forms": ["go"], "not_before": ["-", "!", " live"], "not_after": ["(", "to "]})
    assert found("go-to-market", *known) == []
    assert found("Ready, go!", *known) == []
    assert found("We GO\nlive", *known) == []
    assert found("(go) to\ngo", *known) == []
    assert found("in go, or rust", *known) == [("go", "go")]
    assert found("go lively", *known) == []
    assert found("go", *known) == [("go", "go")]


def test_verbs_name_a_concept_with_objects_a_few_words_behind() -> None:
    combine = {"verbs": ["build", "building"], "objects": ["data pipeline"]}
    known = concepts("subtasks/de.pipelines", build={"combine": combine})
    assert found("Build robust, well tested data pipelines.", *known) == [
        ("build", "Build robust, well tested data pipelines")
    ]
    assert found("Build a b c d e data pipeline", *known) == []
    assert found("You build. Data pipelines break.", *known) == []
    assert found("data pipeline", *known) == []


def test_a_name_is_no_verb_of_its_own() -> None:
    combine = {"verbs": ["train"], "objects": ["model"]}
    known = concepts("subtasks/mo.train_ml", train={"forms": ["train models"], "combine": combine})
    assert found("train models", *known) == [("train", "train models")]


def test_an_object_that_holds_a_name_still_mentions_it() -> None:
    aws = concepts("tools/cloud", aws={"forms": ["aws"], "plural": False})
    cloud = concepts("subtasks/dp.cloud", deploy={"combine": {"verbs": ["deploying"], "objects": ["on aws"]}})
    assert found("systems on AWS", *aws, *cloud) == [("aws", "on AWS")]
    assert found("deploying on AWS", *aws, *cloud) == [("deploy", "deploying on AWS"), ("aws", "on AWS")]


def test_the_longer_object_wins() -> None:
    train = concepts("subtasks/mo.train_ml", train={"combine": {"verbs": ["build"], "objects": ["model"]}})
    firm = concepts("skills/x", firm={"combine": {"verbs": ["build"], "objects": ["business model"]}})
    assert found("build business models", *train, *firm) == [("firm", "build business models")]
    assert found("build new models", *train, *firm) == [("train", "build new models")]


def test_members_say_what_each_concept_is_evidence_for() -> None:
    lexicon = compile_lexicon(concepts(sql={"forms": ["sql"], "skills": ["dsl"], "subtasks": ["de.query"]}))
    members = find_members(lexicon, skills=["maths", "dsl"], subtasks=["de.query"])
    assert members.skills.tolist() == [[0, 1]]
    assert members.subtasks.tolist() == [[1]]


def test_evidence_for_what_the_edition_does_not_hold_is_refused() -> None:
    lexicon = compile_lexicon(concepts(sql={"forms": ["sql"], "skills": ["dsl"]}))
    with pytest.raises(BadData, match=r"tools/query.toml: \[sql\] names 'dsl' in skills"):
        find_members(lexicon, skills=["maths"], subtasks=[])
