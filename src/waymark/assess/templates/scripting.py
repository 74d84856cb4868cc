"""Running the small scripts of templates (`derive`, `constraints`, `key`, `verify`) with the names that they may use.

Templates are reviewed like code, so this keeps authors from what would not repeat (clocks, chance of their own, files);
it is no wall against attackers: templates from elsewhere are drawn in the jail.
"""

import builtins
import io
import math
from collections.abc import Callable, Mapping
from functools import cache, partial
from types import CodeType, MappingProxyType
from typing import Any, Final, TypeAlias

from waymark.assess.templates.streams import Stream
from waymark.errors import BadData

Names: TypeAlias = dict[str, Any]

MODULES: Final = frozenset(
    {
        "bisect", "cmath", "collections", "copy", "csv", "datetime", "decimal", "fractions", "functools", "heapq", "io",
        "itertools", "json", "math", "numpy", "operator", "re", "sqlite3", "statistics", "string",
        "textwrap", "warnings",
    }
)  # fmt: skip
"""What a script may import: nothing that knows the time, the machine or chance of its own."""

_BUILTINS: Final = (
    "abs", "all", "any", "ascii", "bin", "bool", "bytearray", "bytes", "callable", "chr", "complex", "dict", "divmod",
    "enumerate", "filter", "float", "format", "frozenset", "getattr", "hasattr", "hex", "int", "isinstance",
    "issubclass", "iter", "len", "list", "map", "max", "min", "next", "object", "oct", "ord", "pow", "range", "repr",
    "reversed", "round", "set", "slice", "sorted", "str", "sum", "super", "tuple", "type", "zip", "True", "False",
    "None", "property", "staticmethod", "classmethod", "__build_class__", "ArithmeticError", "AssertionError",
    "AttributeError", "Exception", "IndexError", "KeyError", "LookupError", "NameError", "OverflowError",
    "RecursionError", "RuntimeError", "StopIteration", "TypeError", "ValueError", "ZeroDivisionError",
)  # fmt: skip
_MATH: Final = (
    "acos", "asin", "atan", "atan2", "ceil", "comb", "cos", "cosh", "dist", "e", "erf", "exp", "expm1", "factorial",
    "floor", "fsum", "gamma", "gcd", "hypot", "inf", "isclose", "isfinite", "isnan", "isqrt", "lcm", "lgamma", "log",
    "log10", "log1p", "log2", "nan", "perm", "pi", "prod", "sin", "sinh", "sqrt", "tan", "tanh", "trunc",
)  # fmt: skip


class Unrunnable(BadData):
    """A script of a template raises, or asks for what it may not have."""


def make_names(stream: Stream, values: Mapping[str, Any]) -> Names:
    """Return the names of a fresh script: safe builtins, the functions of `math`, `rng`, and the values."""
    return {
        **_list_math(),
        "__builtins__": _list_builtins(),
        "__name__": "template",
        "printed": printed,
        "rng": stream,
        **values,
    }


def printed(source: str) -> str:
    """Run source text by itself and return what it prints, for scripts that ask for a program's output."""
    lines = io.StringIO()
    allowed = {**_list_builtins(), "print": partial(print, file=lines)}
    exec(source, {"__builtins__": allowed, "__name__": "__main__"})  # noqa: S102  as in `run`
    return lines.getvalue()


def run(source: str, names: Names, *, where: str) -> None:
    """Run a script in its names. Raise Unrunnable with the place, the line and the reason."""
    try:
        exec(_compile(source, where, "exec"), names)  # noqa: S102  authors' scripts are reviewed; others run in the jail
    except Exception as error:
        raise _explain(error, where, "exec") from error


def evaluate(source: str, names: Names, *, where: str) -> Any:  # noqa: ANN401  a script's value may be anything
    """Return the value of an expression. Raise Unrunnable with the place and the reason."""
    try:
        return eval(_compile(source, where, "eval"), names)  # noqa: S307  as in `run`
    except Exception as error:
        raise _explain(error, where, "eval") from error


def call(function: Callable[..., Any], *arguments: object, where: str) -> Any:  # noqa: ANN401  as in `evaluate`
    """Return what a function of a script gives. Raise Unrunnable with the place and the reason."""
    try:
        return function(*arguments)
    except Exception as error:
        raise _explain(error, where, "exec") from error


@cache
def _compile(source: str, where: str, mode: str) -> CodeType:
    return compile(source, where, mode)


def _explain(error: Exception, where: str, mode: str) -> Unrunnable:
    line, trace = 0, error.__traceback__
    while trace is not None:
        line = trace.tb_lineno if trace.tb_frame.f_code.co_filename == where else line
        trace = trace.tb_next
    if isinstance(error, SyntaxError):
        line = error.lineno or 0
    place = f", line {line}" if line and mode == "exec" else ""
    return Unrunnable(f"{where}{place}: {type(error).__name__}: {error}", hint="mend the template's script")


@cache
def _list_math() -> Mapping[str, Any]:
    return MappingProxyType({name: getattr(math, name) for name in _MATH})


@cache
def _list_builtins() -> dict[str, Any]:
    allowed = {name: getattr(builtins, name) for name in _BUILTINS}
    return {**allowed, "__import__": _import, "exec": _exec, "print": _say_nothing}


def _import(name: str, *others: Any) -> Any:  # noqa: ANN401  the signature of `__import__`
    if name.partition(".")[0] not in MODULES:
        raise ImportError(f"a template may not import {name}")
    return __import__(name, *others)


def _say_nothing(*_: object, **__: object) -> None:
    """Stand in for `print`: a script that prints while it is drawn says it to nobody."""


def _exec(source: str, names: Names | None = None) -> None:
    """Run source text in names of its own, with the same builtins."""
    scope = {} if names is None else names
    scope.setdefault("__builtins__", _list_builtins())
    exec(source, scope)  # noqa: S102  as in `run`
