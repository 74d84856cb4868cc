"""Use case: marking an answer to a drawn question, with programs run in the jail."""

from typing import Any

from waymark.actions.workspace import Workspace
from waymark.assess.templates.drawing import Variant
from waymark.assess.templates.marking import Mark, mark
from waymark.assess.templates.programs import list_cases, mark_outputs
from waymark.assess.templates.questions import Task
from waymark.engines.auditing import run_task
from waymark.errors import BadInput, Unavailable


def grade(workspace: Workspace, variant: Variant, answer: Any) -> Mark:  # noqa: ANN401  an answer is of any kind
    """Mark an answer. A program is run on hidden cases, its outputs compared with those of the reference.

    Raise BadInput for an answer of another kind, TooLarge for a program that is too long, Unavailable where programs
    cannot be run.
    """
    task = variant.question.answered
    if not isinstance(task, Task):
        return mark(variant.question, answer)
    if not isinstance(answer, str) or not answer.strip():
        raise BadInput("the answer is no program", hint="give its source text")
    cases = list_cases(variant)
    wanted = run_task(workspace.jail, task, task.reference, cases)
    if any("value" not in one for one in wanted):
        raise Unavailable("the task cannot be marked right now", hint="try again")
    values = [one["value"] for one in wanted]
    outputs = run_task(workspace.jail, task, answer, cases)
    found = mark_outputs(variant, cases, outputs, values)
    if found.right:
        return found
    likeness = {
        name: [one.get("value") for one in run_task(workspace.jail, task, source, cases)]
        for name, source in task.mutants.items()
    }
    told = mark_outputs(variant, cases, outputs, values, likeness=likeness)
    error = next((one["error"] for one in outputs if "error" in one), "")
    return told if told.feedback or not error else _explain(told, error)


def _explain(found: Mark, error: str) -> Mark:
    return Mark(
        credit=found.credit,
        points=found.points,
        most=found.most,
        misconceptions=found.misconceptions,
        feedback=f"On a hidden case it fails: {error[:200]}",
    )
