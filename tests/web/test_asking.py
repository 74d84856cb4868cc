import pytest
from starlette.datastructures import QueryParams

from waymark.errors import BadInput
from waymark.framework import Edition
from waymark.web.asking import CROWD, SCENE, Question, list_targets, make_crowd, make_scene, read_question


def ask(text: str, edition: Edition, *, crowd: bool = False) -> Question:
    return read_question(QueryParams(text), CROWD if crowd else SCENE, edition=edition)


def test_an_address_without_a_question_asks_for_the_first_three_skills(edition: Edition) -> None:
    scene = make_scene(ask("", edition))
    assert scene.skills == tuple(edition.skills)[:3]
    assert (scene.level, scene.seed, scene.warm_start, scene.guessing) == ("random", 1, False, False)
    assert make_crowd(ask("", edition, crowd=True)).people == 1_000


def test_all_that_is_asked_arrives(edition: Edition) -> None:
    text = (
        "skill=research&skill=mathematics&skill=communication&level=developing&target=0.4&seed=77&warm=yes&guessing=yes"
    )
    scene = make_scene(ask(text, edition))
    assert set(scene.skills) == {"research", "mathematics", "communication"}
    assert (scene.level, scene.target_sd, scene.seed) == ("developing", 0.4, 77)
    assert scene.warm_start
    assert scene.guessing


def test_skills_come_in_the_order_of_the_edition_and_unknown_ones_are_dropped(edition: Edition) -> None:
    question = ask("skill=research&skill=juggling&skill=machine_learning&skill=research", edition)
    assert question.skills == ("machine_learning", "research")


def test_a_crowd_reads_shares_as_percent_and_none_as_no_cap(edition: Edition) -> None:
    crowd = make_crowd(ask("skill=research&cap=none&rate=30&misfit=careless&people=10&items=9", edition, crowd=True))
    assert (crowd.cap, crowd.rate, crowd.misfit, crowd.people, crowd.most_items) == (None, 0.3, "careless", 10, 9)
    assert make_crowd(ask("skill=research&cap=25", edition, crowd=True)).cap == 0.25


@pytest.mark.parametrize("seed", ["", "one", "1.5", "-3", "nan", "inf", "1e999", "9" * 400, "0x10", "1_0_x"])
def test_what_is_no_seed_is_refused(edition: Edition, seed: str) -> None:
    with pytest.raises(BadInput) as caught:
        make_scene(ask(f"skill=research&skill=mathematics&skill=communication&seed={seed}", edition))
    assert caught.value.hint


def test_no_field_is_kept_longer_than_it_can_be(edition: Edition) -> None:
    assert len(ask(f"seed={'9' * 5_000}", edition).texts["seed"]) <= 20


def test_precisions_are_spoken_in_points() -> None:
    assert ("0.5", "± 41 points") in list_targets()
