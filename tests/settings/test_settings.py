import os
from pathlib import Path

import pytest

from waymark.errors import Invalid
from waymark.settings import KNOWN, Settings, read_settings


def test_nothing_set_gives_the_defaults() -> None:
    assert read_settings({}) == Settings(overlays=(), model=None)


def test_an_unknown_setting_is_refused_by_name_with_those_that_exist() -> None:
    with pytest.raises(Invalid) as caught:
        read_settings({"WAYMARK_OVERLAY": "a", "PATH": "/bin"})
    assert "WAYMARK_OVERLAY" in caught.value.message
    assert all(name in caught.value.hint for name in KNOWN)


def test_variables_of_others_and_those_of_the_tests_are_left_alone() -> None:
    others = {"WAYMARKER": "x", "OTHER": "y", "WAYMARK_REQUIRE_BROWSER": "1", "WAYMARK_CORPUS": "z"}
    assert read_settings(others) == Settings()


def test_overlays_are_split_like_a_path_and_empty_parts_dropped() -> None:
    given = os.pathsep.join(["one", "", "two words", ""])
    assert read_settings({"WAYMARK_OVERLAYS": given}).overlays == (Path("one"), Path("two words"))


def test_a_model_is_a_path_and_an_empty_one_is_none() -> None:
    assert read_settings({"WAYMARK_MODEL": "a/model.npz"}).model == Path("a/model.npz")
    assert read_settings({"WAYMARK_MODEL": ""}).model is None


def test_every_setting_says_what_it_is_for() -> None:
    assert all(name.startswith("WAYMARK_") and told for name, told in KNOWN.items())
