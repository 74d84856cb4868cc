import doctest
from types import ModuleType

import pytest

from waymark.web import drawing, forms, highlighting, wording


@pytest.mark.parametrize("module", [wording, forms, drawing, highlighting])
def test_the_examples_in_the_docstrings_hold(module: ModuleType) -> None:
    assert doctest.testmod(module).attempted > 0
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize("share", [0.0, 0.0049, 0.9951, 1.0])
def test_no_probability_is_spoken_as_certain(share: float) -> None:
    assert wording.speak_percent(share) not in {"0%", "100%"}


def test_replacing_control_characters_keeps_the_length() -> None:
    text = "".join(map(chr, range(0x300))) + "\ud800\udfff"
    clean = wording.replace_controls(text)
    assert len(clean) == len(text)
    assert "\x00" not in clean
    assert clean.encode("utf-8")
