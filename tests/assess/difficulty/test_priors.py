from copy import deepcopy
from dataclasses import replace
from typing import Any, cast

import numpy as np
import pytest

from waymark.assess.difficulty.explaining import explain
from waymark.assess.difficulty.priors import (
    BANDS,
    Band,
    Template,
    index_topics,
    list_templates,
    load_blueprint,
    load_difficulty_model,
    plan_items,
    read_blueprint,
    read_difficulty_model,
    set_priors,
)
from waymark.errors import BadData, BadInput
from waymark.framework import load_edition
from waymark.framework.tables import open_data, read_tables

MODEL = load_difficulty_model()
TEXT = open_data("assess/difficulty.toml").read_text(encoding="utf-8")


def spoil(*path: str, value: object) -> dict[str, Any]:
    """Return the plan's tables with one value of mathematics changed."""
    tables = deepcopy(read_tables("assess/blueprint"))
    table = tables["mathematics"]
    for name in path[:-1]:
        table = table[name]
    table[path[-1]] = value
    return tables


def test_the_plan_has_its_templates_topics_and_skills() -> None:
    blueprint = load_blueprint()
    items = plan_items(blueprint, model=MODEL)
    assert len(items) == 1045
    assert len(blueprint.topics) == 156
    assert items.skills == tuple(load_edition().skills)
    assert np.bincount(items.skill).tolist() == [142, 120, 115, 83, 107, 130, 85, 75, 108, 80]
    assert items.ids[:2] == ("ml.problem_framing.beginning.1", "ml.problem_framing.beginning.2")


def test_every_topic_has_its_count_of_every_band() -> None:
    blueprint = load_blueprint()
    items = plan_items(blueprint, model=MODEL)
    topics = index_topics(items, blueprint)
    bands: tuple[str, ...] = BANDS
    band = np.array([bands.index(name.split(".")[2]) for name in items.ids])
    counts = np.zeros((len(blueprint.topics), 3), dtype=int)
    np.add.at(counts, (topics, band), 1)
    assert [tuple(row) for row in counts.tolist()] == [topic.targets for topic in blueprint.topics]
    assert all(
        blueprint.topics[place].skill == items.skills[own] for place, own in zip(topics, items.skill, strict=True)
    )


def test_an_item_of_no_topic_has_none() -> None:
    items = set_priors(
        [Template(id="new.thing.1", skill="research", topic="new.thing", band="developing", format="numeric")],
        model=MODEL,
    )
    assert index_topics(items, load_blueprint()).tolist() == [-1]


def test_priors_are_those_of_the_difficulty_model() -> None:
    blueprint = load_blueprint()
    items = plan_items(blueprint, model=MODEL)
    assert items.b[:6].tolist() == [-1.5, -1.5, -1.5, 0, 0, 0]
    assert items.b[6:8].tolist() == [1.5, 1.5]
    assert items.a == pytest.approx(np.ones(1045))
    assert items.covariance[:, 1, 1] == pytest.approx(np.full(1045, 0.6**2 + 0.25**2))
    assert items.covariance[:, 0, 0] == pytest.approx(np.full(1045, 0.09))
    assert items.covariance[:, 0, 1] == pytest.approx(np.zeros(1045))
    assert items.minutes[0] == pytest.approx(20 / 12)
    formats = [one.format for one in list_templates(blueprint, model=MODEL)]
    assert items.c.tolist() == [MODEL.guessing[name] for name in formats]
    assert formats[:4] == ["mcq_single", "matching", "case_testlet", "mcq_single"]


def test_formats_that_nobody_scores_are_not_planned() -> None:
    formats = {one.format for one in list_templates(load_blueprint(), model=MODEL)}
    assert "written_response" not in formats
    assert formats <= set(MODEL.guessing)


def test_what_was_learned_replaces_what_was_believed() -> None:
    rng = np.random.default_rng(1)  # noqa: TID251
    steps = rng.integers(1, 6, 40).astype(float)
    templates = [
        Template(
            id=f"t{place}", skill="research", topic="t", band="developing", format="numeric", features={"steps": step}
        )
        for place, step in enumerate([*steps[:20:2], 5.0])
    ]
    owners = [f"t{place // 4}" for place in range(40)]
    residual = np.repeat(rng.normal(0, 0.3, 10), 4)
    values = 0.5 * steps - 1 + residual + rng.normal(0, 0.1, 40)
    learned = explain(values, np.full(40, 0.1), features=steps[:, None], names=("steps",), templates=owners)
    items = set_priors(templates, model=MODEL, difficulty=learned)
    assert items.b[-1] == pytest.approx(1.5, abs=0.4)
    assert items.covariance[-1, 1, 1] > 2 * items.covariance[0, 1, 1]  # t10 was never seen, t0 was
    assert items.covariance[-1, 1, 1] < 0.4225
    assert items.a == pytest.approx(np.ones(11))
    slopes = explain(0.1 * steps, np.full(40, 0.1), features=steps[:, None], names=("steps",), templates=owners)
    assert set_priors(templates, model=MODEL, discrimination=slopes).a[-1] == pytest.approx(np.exp(0.5), rel=0.05)


def test_a_template_must_be_of_known_kinds() -> None:
    one = Template(id="t", skill="research", topic="t", band="developing", format="numeric")
    wrong = (
        (replace(one, band=cast("Band", "easy")), "'easy' is no band"),
        (replace(one, format="written_response"), "'written_response' is no scored format"),
        (replace(one, skill="juggling"), "'juggling' is no skill"),
    )
    for template, told in wrong:
        with pytest.raises(BadInput, match=f"template 't': {told}"):
            set_priors([template], model=MODEL, skills=("research",))
    learned = explain(np.arange(9.0), np.ones(9), features=np.arange(9.0)[:, None], names=("steps",))
    with pytest.raises(BadInput, match="template 't' has no feature 'steps'"):
        set_priors([one], model=MODEL, difficulty=learned)


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        (("minutes",), 0, "mathematics.toml: minutes: 0.0 is not above zero"),
        (("items_per_test",), 1.5, "items_per_test: this is a number, not a whole number"),
        (("colour",), "red", "colour: this key is not known"),
        (("topics", "information", "targets"), {"beginning": 1}, "information.targets.developing: this key is missing"),
        (("topics", "information", "targets", "beginning"), -1, r"topics.information.targets: \[-1"),
        (("topics", "information", "formats"), ["numerical"], "information.formats: there is no format 'numerical'"),
        (("topics", "information", "formats"), ["written_response"], "information.formats: none of them is scored"),
        (("prefix",), "ml", None),
    ],
)
def test_a_fault_of_the_plan_names_file_and_key(path: tuple[str, ...], value: object, told: str | None) -> None:
    tables = spoil(*path, value=value)
    if told is None:  # another skill's prefix is no fault until an id is taken
        tables["mathematics"]["topics"]["bias_variance"] = tables["mathematics"]["topics"]["information"]
        told = "prefix: ml.bias_variance is a topic of machine_learning already"
    with pytest.raises(BadData, match=told) as caught:
        read_blueprint(tables, model=MODEL)
    assert caught.value.message.startswith("waymark/data/assess/blueprint/")
    assert caught.value.hint


def test_a_plan_must_be_of_a_skill_of_the_edition() -> None:
    tables = {"maths": read_tables("assess/blueprint")["mathematics"]}
    with pytest.raises(BadData, match="there is no skill 'maths'") as caught:
        read_blueprint(tables, model=MODEL)
    assert "mathematics" in caught.value.hint


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("template_sd = 0.6", "template_sd = -0.6", "template_sd: -0.6 is no standard deviation"),
        ("numeric = 0.0", "numeric = 1.0", "guessing.numeric: 1.0 is no chance of guessing"),
        ("developing = 0.0", "", "band.developing: this key is missing"),
        ('["written_response"]', '["numeric"]', "unscored: numeric has a chance of guessing too"),
        ("[band]", "[band", r"\(file\): this is not TOML"),
    ],
)
def test_a_fault_of_the_difficulty_model_names_file_and_key(old: str, new: str, told: str) -> None:
    assert old in TEXT
    with pytest.raises(BadData, match=f"waymark/data/assess/difficulty.toml: {told}"):
        read_difficulty_model(TEXT.replace(old, new, 1))
