"""The shape of the code: floors, sizes, names."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .trees import MODULES, ROOT, SOURCE, parse_module, read_texts

MODULE_LINES = 400
FUNCTION_LINES = 40
BANNED = {"utils", "helpers", "common", "misc", "base", "manager", "service", "core"}
MACHINES = tuple(f"/{name}/" for name in ("work", "root", "tmp"))
REGISTRIES = ("index-url", "trusted-host", "find-links", *(f"{name}.org" for name in ("pypi", "pythonhosted")))

Function = ast.FunctionDef | ast.AsyncFunctionDef


def list_functions(tree: ast.Module) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def measure(function: Function) -> int:
    """Return the lines of a function without its docstring and decorators."""
    first = function.body[0]
    told = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    docstring = (first.end_lineno or first.lineno) - first.lineno + 1 if told else 0
    return (function.end_lineno or function.lineno) - function.lineno + 1 - docstring


def name_of(path: Path) -> str:
    return path.relative_to(SOURCE).as_posix()


def test_the_floors_hold() -> None:
    command = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([command, "--no-cache"], cwd=ROOT, capture_output=True, check=False)  # noqa: S603  a tool of ours
    shown = done.stdout.decode()
    assert done.returncode == 0, shown
    assert "0 broken" in shown


def test_modules_are_short() -> None:
    sizes = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}
    assert {name: size for name, size in sizes.items() if size > MODULE_LINES} == {}


def test_functions_are_short() -> None:
    sizes = {
        f"{name_of(path)}: {function.name}": measure(function)
        for path in MODULES
        for function in list_functions(parse_module(path))
    }
    assert {name: size for name, size in sizes.items() if size > FUNCTION_LINES} == {}


def test_no_module_has_a_name_that_says_nothing() -> None:
    parts = {part for path in MODULES for part in (*path.relative_to(SOURCE).parts[:-1], path.stem)}
    assert parts & BANNED == set()


def test_no_function_is_named_as_its_module() -> None:
    same = [
        name_of(path)
        for path in MODULES
        for function in list_functions(parse_module(path))
        if function.name == path.stem
    ]
    assert same == []


def test_every_module_says_what_it_is() -> None:
    silent = [name_of(path) for path in MODULES if path.stat().st_size and not ast.get_docstring(parse_module(path))]
    assert silent == []


def test_every_function_is_annotated() -> None:
    bare = [
        f"{name_of(path)}: {function.name}"
        for path in MODULES
        for function in list_functions(parse_module(path))
        if function.returns is None
    ]
    assert bare == []


@pytest.mark.parametrize("words", [MACHINES, REGISTRIES], ids=["paths of a machine", "package hosts"])
def test_nothing_of_the_place_where_it_was_made_is_left(words: tuple[str, ...]) -> None:
    here = Path(__file__)
    found = [
        f"{path.relative_to(ROOT)}: {word}"
        for path, text in read_texts().items()
        for word in words
        if path != here and word in text
    ]
    assert found == []


def test_nothing_is_left_to_do_in_a_comment() -> None:
    marks = ("TODO", "FIXME", "XXX", "HACK")
    code = {path: text for path, text in read_texts().items() if path.suffix == ".py" and path != Path(__file__)}
    assert [str(path.relative_to(ROOT)) for path, text in code.items() if any(f"# {m}" in text for m in marks)] == []
