"""Rule 8: a task's hidden cases accept the reference, agree with the second route, and refuse every mutant."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, TypeAlias

from waymark.assess.audit.rules import Finding, find
from waymark.assess.audit.samples import Sample
from waymark.assess.templates.drawing import Variant
from waymark.assess.templates.programs import HiddenCase, encode, equal, find_expected, list_cases, mark_outputs
from waymark.assess.templates.questions import Task
from waymark.assess.templates.terms import Template
from waymark.errors import WaymarkError

Runner: TypeAlias = Callable[[Task, str, Sequence[HiddenCase]], list[dict[str, Any]]]
"""Runs a source text on cases, away from here, and returns `value` or `error` for each."""

LEAST_MUTANTS: Final = 3
_LEAST_CASES: Final = 5
_MOST_ALIVE: Final = 0.01


def check_program(sample: Sample, *, runner: Runner, size: int, own_bank: bool) -> Iterator[Finding]:
    """Yield what breaks rules 4 and 8 in the first `size` variants of a task."""
    template = sample.template
    alive, seen = Counter[str](), Counter[str]()
    for variant in sample.drawn[:size]:
        task = variant.question.answered
        if not isinstance(task, Task):
            return
        if len(task.mutants) < LEAST_MUTANTS:
            yield find(8, template.id, f"{len(task.mutants)} mutants where {LEAST_MUTANTS} are asked")
            return
        try:
            found = _check_variant(template, variant, runner, (alive, seen), own_bank=own_bank)
        except WaymarkError as error:
            found = find(2, template.id, str(error), seed=variant.question.seed)
        if found is not None:
            yield found
            return
    for name, count in alive.items():
        if count > _MOST_ALIVE * seen[name]:
            yield find(8, template.id, f"the hidden cases let {name} live in {count} of {seen[name]} variants")


def _check_variant(
    template: Template,
    variant: Variant,
    runner: Runner,
    counts: tuple[Counter[str], Counter[str]],
    *,
    own_bank: bool,
) -> Finding | None:
    task, seed = variant.question.answered, variant.question.seed
    assert isinstance(task, Task)  # noqa: S101  its caller looked
    cases = list_cases(variant)
    if len(cases) < _LEAST_CASES:
        return find(8, template.id, f"{len(cases)} hidden cases; at least {_LEAST_CASES}", seed=seed)
    outputs = runner(task, task.reference, cases)
    failed = next((one["error"] for one in outputs if "error" in one), "")
    if failed or len(outputs) != len(cases):
        return find(8, template.id, f"the reference fails: {failed or 'too few outputs'}", seed=seed)
    wanted = [one["value"] for one in outputs]
    message = _compare_routes(template, variant, cases, wanted, own_bank=own_bank)
    if message:
        return find(4, template.id, message, seed=seed)
    if not mark_outputs(variant, cases, outputs, wanted).right:
        return find(8, template.id, "the reference does not pass", seed=seed)
    alive, seen = counts
    for name, source in task.mutants.items():
        seen[name] += 1
        alive[name] += (
            source == task.reference or mark_outputs(variant, cases, runner(task, source, cases), wanted).right
        )
    passing = task.starter and mark_outputs(variant, cases, runner(task, task.starter, cases), wanted).right
    return find(8, template.id, "the starter passes as it is", seed=seed) if passing else None


def _compare_routes(
    template: Template, variant: Variant, cases: Sequence[HiddenCase], wanted: Sequence[Any], *, own_bank: bool
) -> str:
    expected = find_expected(template, variant, cases, openly=not own_bank)
    if expected is None:
        judged = callable(variant.names.get("judge")) or not own_bank
        return "" if judged else "verify defines no function check"
    for case, got, right in zip(cases, wanted, expected, strict=True):
        if not equal(template.program, got, encode(right)):
            told = f"the reference gives {str(got)[:120]}, the second route {str(right)[:120]}"
            return f"{told} on {str(case.arguments)[:120]}"
    return ""
