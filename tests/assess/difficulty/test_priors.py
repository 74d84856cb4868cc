from copy import deepcopy
from dataclasses import replace
from typing import Any, cast

import numpy as np
import pytest

from waymark.assess.difficulty.explaining import explain
from waymark.assess.difficulty.priors import (
    BANDS,
    Band,
    Expected,
    load_blueprint,
    load_difficulty_model,
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


def test_the_blueprint_has_its_topics_skills_and_targets() -> None:
    blueprint = load_blueprint()
    assert len(blueprint.topics) == 156
    assert tuple(blueprint.minutes) == tuple(load_edition().skills)
    assert sum(sum(topic.targets) for topic in blueprint.topics) == 1045
    assert len({name for topic in blueprint.topics for name in topic.misconceptions}) >= 584


def test_priors_are_those_of_the_difficulty_model() -> None:
    formats = ["mcq_single", "matching", "numeric"]
    rows = [
        Expected(id=f"t.{band}", skill="research", topic="t", band=band, format=own, minutes=2.5)
        for band, own in zip(BANDS, formats, strict=True)
    ]
    items = set_priors(rows, model=MODEL)
    assert items.b.tolist() == [-1.5, 0.0, 1.5]
    assert items.a == pytest.approx(np.ones(3))
    assert items.covariance[:, 1, 1] == pytest.approx(np.full(3, 0.6**2 + 0.25**2))
    assert items.covariance[:, 0, 0] == pytest.approx(np.full(3, 0.09))
    assert items.covariance[:, 0, 1] == pytest.approx(np.zeros(3))
    assert items.minutes.tolist() == [2.5] * 3
    assert items.c.tolist() == [MODEL.guessing[name] for name in formats]


def test_what_was_learned_replaces_what_was_believed() -> None:
    rng = np.random.default_rng(1)  # noqa: TID251
    steps = rng.integers(1, 6, 40).astype(float)
    templates = [
        Expected(
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
    one = Expected(id="t", skill="research", topic="t", band="developing", format="numeric")
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
