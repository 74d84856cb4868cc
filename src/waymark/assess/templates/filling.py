"""Filling the texts of a template with the values of its names."""

from collections.abc import Mapping, Sequence
from string import Formatter
from typing import Any

from waymark.assess.templates.scripting import Names, Unrunnable


class _Plain(Formatter):
    """Fill `{name}` and `{name:format}` alone: no attributes, no places, no conversions that show internals."""

    def get_field(self, field_name: str, _: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[Any, str]:
        if not field_name.isidentifier() or field_name.startswith("_"):
            raise KeyError(f"{{{field_name}}} is no name; write {{{{ and }}}} for braces")
        return kwargs[field_name], field_name

    def check_unused_args(self, *_: object) -> None:
        """Let names go unused."""


_PLAIN = _Plain()


def fill(text: str, names: Names, *, where: str) -> str:
    """Fill a text with names. Raise Unrunnable where a name is missing or does not take its format."""
    try:
        return _PLAIN.vformat(text, (), names)
    except (KeyError, ValueError, TypeError, IndexError) as error:
        raise Unrunnable(f"{where}: {type(error).__name__}: {error}", hint="define the name in derive") from error


def list_fields(text: str) -> tuple[str, ...]:
    """Return the names that a text shows, in their order. Raise Unrunnable where its braces do not pair."""
    try:
        return tuple(dict.fromkeys(name for _, name, _, _ in _PLAIN.parse(text) if name))
    except ValueError as error:
        raise Unrunnable(f"the text {text[:40]!r}...: {error}", hint="write {{ and }} for braces") from error


def show(value: object, form: str) -> str:
    """Show a value by a format such as `{:.2f}`; texts stand as they are, -0.00 as 0.00.

    Raise ValueError or TypeError where the format does not fit.
    """
    if isinstance(value, str):
        return value
    shown = form.format(value)
    if shown.startswith("-") and not any(digit in shown for digit in "123456789") and "0" in shown:
        return shown[1:]
    return shown
