"""Which names a second route may read: what the stem shows, what is given, and for templates from elsewhere what else.

Our own templates say what they give. A template from elsewhere may read a derived name whose content the stem shows in
another form; what it reads beyond that is found.
"""

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final, TypeAlias

from waymark.assess.audit.rules import Finding, find
from waymark.assess.templates.drawing import Variant
from waymark.assess.templates.filling import list_fields
from waymark.assess.templates.questions import Case
from waymark.assess.templates.scripting import Unrunnable
from waymark.assess.templates.terms import Part, Template
from waymark.assess.templates.verifying import Check, verify, verify_openly

Route: TypeAlias = Callable[[Variant], list[Check]]
_MOST_LEAVES: Final = 400
_SEVERAL: Final = 2
_TRIED: Final = 10


def take_route(template: Template, variants: Sequence[Variant], *, strict: bool) -> tuple[Route | None, list[Finding]]:
    """Return how to run the second route of a template, with what is to be said of what it reads."""
    reads = {name for script in _list_scripts(template) for name in list_reads(script)}
    if not variants:
        return None, []
    hidden = reads & _list_secrets(template)
    if hidden:
        return _take_open_route(template, variants, hidden)
    try:
        verify(template, variants[0])
    except Unrunnable as error:
        if "NameError" not in str(error):
            return (lambda variant: verify(template, variant)), []
        if strict:
            return None, [find(5, template.id, f"{error}; show it in the stem, or list it under given")]
        return (lambda variant: verify_openly(template, variant)), list(_judge_reads(template, variants[0], reads))
    return (lambda variant: verify(template, variant)), []


def _take_open_route(template: Template, variants: Sequence[Variant], hidden: set[str]) -> tuple[Route, list[Finding]]:
    """Judge a route that reads the key: weighing all options is fair, and so is a key that changes nothing."""
    route: Route = lambda variant: verify_openly(template, variant)  # noqa: E731  a route is a function of a variant
    options = {one.value for one in template.distractors} & hidden
    if len(options) >= _SEVERAL or not _follows(template, variants[:_TRIED], hidden):
        return route, []
    message = f"the second route takes its answer from {', '.join(sorted(hidden))}"
    return route, [find(5, template.id, message)]


def _follows(template: Template, variants: Sequence[Variant], hidden: set[str]) -> bool:
    """Tell whether a route loses the key when the names of the key are given other values."""
    for variant in variants:
        others = {name: _spoil(variant.names.get(name)) for name in hidden}
        try:
            checks = verify_openly(template, replace(variant, names={**variant.names, **others}))
        except Unrunnable:
            return True
        if not all(check.agrees or _is_near(check) for check in checks):
            return True
    return False


def _spoil(value: object) -> object:
    return value * 3.0 + 1000.0 if isinstance(value, int | float) else "another"


def _is_near(check: Check) -> bool:
    """Tell whether a route that was kept from rounding to the key comes within a thousandth of it."""
    try:
        return abs(float(check.found) - float(check.key)) <= 1e-3 * max(1.0, abs(float(check.key)))
    except ValueError:
        return False


def _list_scripts(template: Template) -> list[str]:
    return [template.verify, *(part.verify for part in template.parts)]


def list_reads(script: str) -> set[str]:
    """Return the names that a script reads and does not make itself; none where it does not parse."""
    try:
        tree = ast.parse(script)
    except SyntaxError:
        return set()
    made = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    made |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    made |= {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    read = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    return read - made


def _list_secrets(template: Template) -> set[str]:
    """Return the names that stand alone as the value of the key or of a distractor, unless the stem shows them."""
    sheets: list[Template | Part] = [template, *template.parts]
    values = [sheet.key.value for sheet in sheets] + [one.value for sheet in sheets for one in sheet.distractors]
    shown = {name for sheet in sheets for name in list_fields(sheet.stem)} | set(template.given) | set(template.params)
    return {value for value in values if value.isidentifier()} - shown - {"reference"}


def _judge_reads(template: Template, variant: Variant, reads: set[str]) -> Iterator[Finding]:
    text = variant.question.stem
    if isinstance(variant.question.answered, Case):
        text += " ".join(part.stem for part in variant.question.answered.parts)
    for name in sorted(reads):
        value = variant.names.get(name)
        if name.startswith("__") or name not in variant.names or callable(value) or name in template.params:
            continue
        leaves = list(_list_leaves(value))[:_MOST_LEAVES]
        missing = [leaf for leaf in leaves if leaf not in text]
        if len(missing) > 0.2 * len(leaves):
            message = f"the second route reads {name}, which the stem does not show"
            yield find(5, template.id, message, level="warning")


def _list_leaves(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for own in (*value, *value.values()):
            yield from _list_leaves(own)
    elif isinstance(value, list | tuple | set):
        for own in value:
            yield from _list_leaves(own)
    elif isinstance(value, str):
        yield from value.split()
    elif value is not None and not isinstance(value, bool):
        yield f"{value:g}" if isinstance(value, float) else str(value)
