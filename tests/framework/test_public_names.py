"""The public surface of the floor, and the examples in its docstrings."""

import doctest
from importlib import import_module
from pkgutil import iter_modules

import pytest

import waymark.framework

MODULES = ("covering", "profiles", "scale", "terms")


def test_the_public_names_are_sorted_and_there() -> None:
    names = waymark.framework.__all__
    assert names == sorted(names, key=lambda name: (not name[0].isupper(), name))
    assert all(hasattr(waymark.framework, name) for name in names)


def test_no_function_hides_a_module() -> None:
    modules = {module.name for module in iter_modules(waymark.framework.__path__)}
    assert "reading" in modules
    assert modules.isdisjoint(waymark.framework.__all__)


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_docstrings_hold(name: str) -> None:
    results = doctest.testmod(import_module(f"waymark.framework.{name}"))
    assert results.attempted > 0
    assert results.failed == 0
