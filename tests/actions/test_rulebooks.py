"""Rules of sittings as TOML: the shipped ones, one's own laid over them, and what is wrong with a file."""

from pathlib import Path

import pytest

from waymark.actions.assess.rulebooks import describe_rules, load_rules
from waymark.assess.sitting.rules import Decision
from waymark.errors import BadInput, MissingInput


def write(folder: Path, text: str) -> Path:
    path = folder / "rules.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_shipped_rules_are_those_of_the_first_release() -> None:
    rules = load_rules()
    assert (rules.goal, rules.target_sd, rules.most_items_per_skill) == ("precision", 0.5, 12)
    assert (rules.exposure_cap, rules.per_minute, rules.exploration) == (0.40, True, "none")


def test_a_file_changes_only_what_it_names(tmp_path: Path) -> None:
    rules = load_rules(write(tmp_path, "target_sd = 0.3\nmost_minutes = 45\n"))
    assert (rules.target_sd, rules.most_minutes, rules.exposure_cap) == (0.3, 45, 0.40)


def test_single_changes_go_over_the_file_and_none_changes_nothing(tmp_path: Path) -> None:
    path = write(tmp_path, "target_sd = 0.3\nexposure_cap = 0.2\n")
    rules = load_rules(path, changes={"target_sd": 0.6, "exposure_cap": None})
    assert (rules.target_sd, rules.exposure_cap) == (0.6, 0.2)


def test_decisions_and_targets_by_skill_are_read(tmp_path: Path) -> None:
    decision = '[[decisions]]\nname = "fit"\nweights = {research = 1}\ncut = 1\n'
    text = f'goal = "decisions"\n[target_sd]\nmathematics = 0.3\n{decision}'
    rules = load_rules(write(tmp_path, text))
    assert rules.decisions == (Decision(name="fit", weights={"research": 1}, cut=1.0),)
    assert rules.target_sd == {"mathematics": 0.3}
    assert describe_rules(rules)["decisions"] == [{"name": "fit", "weights": {"research": 1}, "cut": 1.0}]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("target_sd = \n", "line 1"),
        ("target = 0.3", "no rule 'target'"),
        ('target_sd = "low"', "target_sd = 'low'"),
        ("most_items = 2.5", "most_items = 2.5"),
        ("per_minute = 1", "per_minute = 1"),
        ("least_items = true", "least_items = True"),
        ('weights = {research = "much"}', "weights"),
        ("target_sd = 0", "target sd that is not above 0"),
        ('goal = "speed"', "goal 'speed'"),
        ('decisions = [{name = "fit"}]', "a decision of"),
        ('[[decisions]]\nname = "fit"\nweights = {research = "x"}\ncut = 1', "decision 'fit'"),
    ],
)
def test_what_is_no_rule_is_told(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(BadInput) as told:
        load_rules(write(tmp_path, text))
    assert said in told.value.message
    assert told.value.hint


def test_rules_that_are_not_there_are_told(tmp_path: Path) -> None:
    with pytest.raises(MissingInput, match="no such file"):
        load_rules(tmp_path / "none.toml")
