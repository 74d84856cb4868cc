"""The battery over every shipped template: it loads, draws, agrees with its second route, and is what was recorded."""

import pytest

from waymark.actions.assess.bank import RECORDED, audit, load_record
from waymark.actions.workspace import open_workspace
from waymark.assess.audit.auditing import digest_draws
from waymark.assess.difficulty.priors import load_blueprint, load_difficulty_model
from waymark.assess.templates.answering import collide
from waymark.assess.templates.drawing import draw_variant
from waymark.assess.templates.marking import mark
from waymark.assess.templates.questions import Task, tell_key
from waymark.assess.templates.shelves import find_strays, load_template, load_templates
from waymark.assess.templates.stocking import stock_items
from waymark.assess.templates.verifying import verify
from waymark.errors import NotFound
from waymark.framework import load_edition

TEMPLATES = load_templates()
SEEDS = range(1_000, 1_012)  # others than those that are recorded


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_agrees_with_its_second_route_and_marks_its_key_right(name: str) -> None:
    template = TEMPLATES[name]
    for seed in SEEDS:
        variant = draw_variant(template, seed)
        assert not collide(variant.question.answered)
        if not isinstance(variant.question.answered, Task):  # tasks are run in the audit
            assert mark(variant.question, tell_key(variant.question.answered)).right
            for check in verify(template, variant):
                assert check.agrees, (seed, check)


def test_every_template_names_what_the_blueprint_knows() -> None:
    assert list(find_strays(list(TEMPLATES.values()), load_blueprint())) == []


def test_questions_are_still_those_that_were_recorded() -> None:
    record = load_record()
    unchanged = [TEMPLATES[name] for name, row in record.items() if TEMPLATES[name].version == row["version"]]
    draws = digest_draws(unchanged, RECORDED)
    assert [name for name, digest in draws.items() if record[name]["draws"] != digest] == []
    assert len(unchanged) > 0.8 * len(TEMPLATES)


def test_templates_changed_since_they_were_recorded_pass_the_audit_and_so_does_the_bank() -> None:
    workspace = open_workspace()
    try:
        report = audit(workspace, changed=True, variants=500, programs=12)
    finally:
        workspace.jail.close()
        workspace.confinement.close()
    assert [(one.rule, one.subject, one.message) for one in report.findings if one.blocks] == []


def test_one_template_is_found_by_its_id_alone() -> None:
    name = next(iter(TEMPLATES))
    assert load_template(name) == TEMPLATES[name]
    for wrong in ("", "ml", "ml.metrics_classification", "ml.metrics_classification.nothing", "../../x.y.z"):
        with pytest.raises(NotFound, match="no template"):
            load_template(wrong)


def test_the_release_keeps_its_promises() -> None:
    blueprint, templates = load_blueprint(), list(TEMPLATES.values())
    for topic in blueprint.topics:
        assert sum(one.topic == topic.id for one in templates) >= 2, topic.id
    for skill in blueprint.minutes:
        assert sum(one.skill == skill for one in templates) >= 40, skill
    touched = {subtask for topic in blueprint.topics for subtask in topic.subtasks}
    assert touched == set(load_edition().subtasks)


def test_items_of_a_sitting_carry_what_is_believed_before_any_answer() -> None:
    skills = tuple(load_blueprint().minutes)
    items = stock_items(list(TEMPLATES.values()), model=load_difficulty_model(), skills=skills)
    assert set(items.ids) == set(TEMPLATES)
    assert (items.covariance[:, 1, 1] > 0.3).all()
    for row, name in enumerate(items.ids):
        assert items.categories[row] == 1 + max(1, len(TEMPLATES[name].parts))
