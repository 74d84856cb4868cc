"""Tasks that are answered by a program: hidden cases, comparison of outputs, marks."""

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isclose, isfinite, isnan
from typing import Any, Final

from waymark.assess.templates.drawing import Variant
from waymark.assess.templates.marking import Mark
from waymark.assess.templates.questions import Task
from waymark.assess.templates.scripting import Unrunnable, call, make_names, run
from waymark.assess.templates.streams import Stream
from waymark.assess.templates.terms import Program, Template
from waymark.assess.templates.verifying import take_shown

_SPECIAL: Final = {"nan": float("nan"), "inf": float("inf"), "-inf": float("-inf")}


@dataclass(frozen=True, slots=True, kw_only=True)
class HiddenCase:
    """One hidden case: what the program is given, and what stays with the grader."""

    arguments: Any
    hidden: Any = None


def list_cases(variant: Variant, *, seed: int | None = None) -> list[HiddenCase]:
    """Return the hidden cases of a drawn task, from its seed or another. Raise Unrunnable where the script fails."""
    task, where = _task_of(variant), f"{variant.question.template}: hidden_cases"
    maker = variant.names.get("hidden_cases")
    if not callable(maker) and callable(variant.names.get("hidden_db")):
        maker = _make_tables(variant.names["hidden_db"])
    if not callable(maker):
        raise Unrunnable(f"{where}: there is no such function", hint="define hidden_cases(rng, k) in derive")
    stream = Stream(variant.question.template, variant.question.seed if seed is None else seed, "hidden")
    found = call(maker, stream, task.program.cases, where=where)
    arity = _count_arguments(task)
    return [_read_case(_wrap(one, arity, task.program)) for one in found]


def _wrap(one: Any, arity: int, program: Program) -> Any:  # noqa: ANN401  as the template's script gives it
    """Make a list of arguments of a case that is the only argument itself, as some templates from elsewhere have it."""
    if arity != 1 or isinstance(one, dict) or (isinstance(one, list) and len(one) == 1):
        return one
    return [{"$array": one}] if "numpy" in program.libraries and isinstance(one, list) else [one]


def _count_arguments(task: Task) -> int:
    """Return how many arguments the reference takes; -1 where that is not plain."""
    try:
        tree = ast.parse(task.reference) if task.program.language == "python" else ast.Module([], [])
    except SyntaxError:
        return -1
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == task.entry:
            plain = not (node.args.vararg or node.args.kwonlyargs or node.args.defaults)
            return len(node.args.args) if plain else -1
    return -1


def _make_tables(hidden_db: Callable[[Stream], Any]) -> Callable[[Stream, int], list[Any]]:
    """Return a maker of cases from one that makes a database a case, as some templates from elsewhere have it."""

    def make(rng: Stream, k: int) -> list[Any]:
        return [_read_database(hidden_db(rng)) for _ in range(k)]

    return make


def _read_database(connection: Any) -> dict[str, Any]:  # noqa: ANN401  a connection of the template's own
    names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    tables = {}
    for name in names:
        found = connection.execute(f'SELECT * FROM "{name}"')  # noqa: S608  a name that the database itself told
        columns = [one[0] for one in found.description]
        tables[str(name)] = {"columns": columns, "rows": [list(row) for row in found]}
    return {"tables": tables}


def _read_case(one: Any) -> HiddenCase:  # noqa: ANN401  as the template's script gives it
    if isinstance(one, dict) and "arguments" in one:
        return HiddenCase(arguments=encode(one["arguments"]), hidden=one.get("hidden"))
    return HiddenCase(arguments=encode(one))


def encode(value: Any) -> Any:  # noqa: ANN401  any plain value
    """Return a value as plain JSON: numbers that JSON lacks become {"$float": ...}, tuples lists."""
    if isinstance(value, float) and not isfinite(value):
        return {"$float": "nan" if isnan(value) else "inf" if value > 0 else "-inf"}
    if isinstance(value, dict):
        return {str(name): encode(own) for name, own in value.items()}
    return [encode(own) for own in value] if isinstance(value, list | tuple) else value


def decode(value: Any) -> Any:  # noqa: ANN401  any plain value
    """Return what `encode` took, arrays and frames as their plain lists and tables."""
    if isinstance(value, dict):
        if set(value) == {"$float"}:
            return _SPECIAL.get(str(value["$float"]), float("nan"))
        if set(value) in ({"$array"}, {"$frame"}):
            return decode(next(iter(value.values())))
        return {name: decode(own) for name, own in value.items()}
    return [decode(own) for own in value] if isinstance(value, list) else value


def find_expected(
    template: Template, variant: Variant, cases: Sequence[HiddenCase], *, openly: bool = False
) -> list[Any] | None:
    """Return what the second route expects of each case, or None where `verify` defines no function `check`.

    The route sees what the stem shows and what is given; `openly` it sees all names, as templates from elsewhere may.
    """
    where = f"{template.id}: verify"
    seen = variant.names if openly else take_shown(variant.names, [template.stem], template.given)
    names = make_names(Stream(where, variant.question.seed), seen)
    run(template.verify, names, where=where)
    check = names.get("check")
    if not callable(check):
        return None
    sql = template.program.language == "sql"
    decoded = [decode(case.arguments) for case in cases]
    return [call(check, *([one["tables"]] if sql else one), where=where) for one in decoded]


def equal(program: Program, got: Any, wanted: Any) -> bool:  # noqa: ANN401  got comes from a stranger's program
    """Compare an output with what is wanted: numbers by tolerance, tables as multisets of rows unless order counts."""
    got, wanted = decode(got), decode(wanted)
    if _is_table(wanted) and _is_table(got):
        return _equal_tables(program, got, wanted)
    return _equal(program.tolerance, got, wanted)


def _is_table(value: object) -> bool:
    return isinstance(value, dict) and set(value) == {"columns", "rows"} and isinstance(value["rows"], list)


def _equal_tables(program: Program, got: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    if program.language != "sql" and sorted(map(str, got["columns"])) != sorted(map(str, wanted["columns"])):
        return False
    rows = _align(got, wanted) if program.language != "sql" else got["rows"]
    if len(rows) != len(wanted["rows"]) or any(not isinstance(row, list) for row in rows):
        return False
    pair = (rows, wanted["rows"])
    left, right = pair if program.ordered else (sorted(pair[0], key=_rank), sorted(pair[1], key=_rank))
    return all(_equal(program.tolerance, one, other) for one, other in zip(left, right, strict=True))


def _align(got: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[Any]:
    """Return the rows with their cells in the order of the wanted columns."""
    order = [got["columns"].index(name) for name in wanted["columns"]]
    return [[row[place] for place in order] for row in got["rows"] if len(row) == len(order)]


def _rank(row: Any) -> list[tuple[int, float, str]]:  # noqa: ANN401  a row of a stranger's table
    """Order rows so that numbers a hair apart do not change places: numbers by 6 digits, then texts."""
    cells = row if isinstance(row, list) else [row]
    return [
        (1, float(f"{cell:.6g}"), "") if isinstance(cell, int | float) and isfinite(cell) else (2, 0.0, repr(cell))
        for cell in cells
    ]


def _equal(tolerance: float, got: Any, wanted: Any) -> bool:  # noqa: ANN401  as `equal`
    if isinstance(wanted, bool) or isinstance(got, bool):
        return isinstance(wanted, bool) and isinstance(got, bool) and got == wanted
    if isinstance(wanted, int | float) and isinstance(got, int | float):
        if isnan(wanted) or isnan(got):
            return isnan(wanted) and isnan(got)
        return got == wanted or isclose(got, wanted, rel_tol=tolerance, abs_tol=tolerance)
    if isinstance(wanted, list | tuple) and isinstance(got, list | tuple):
        pairs = zip(got, wanted, strict=False)
        return len(got) == len(wanted) and all(_equal(tolerance, one, other) for one, other in pairs)
    if isinstance(wanted, dict) and isinstance(got, dict):
        same = {str(name) for name in got} == {str(name) for name in wanted}
        return same and all(_equal(tolerance, got.get(name), own) for name, own in wanted.items())
    return type(got) is type(wanted) and got == wanted


def rate(variant: Variant, case: HiddenCase, value: Any, wanted: Any) -> float:  # noqa: ANN401  as `equal`
    """Return what an output is worth, from 0 to 1: by the template's `judge(case, value)`, or by equality."""
    judge = variant.names.get("judge")
    if not callable(judge):
        return float(equal(_task_of(variant).program, value, wanted))
    own = {"arguments": decode(case.arguments), "hidden": case.hidden}
    try:
        found = float(judge(own, decode(value)))
    except Exception:  # noqa: BLE001  a judge meets whatever a stranger's program gives; what it cannot read is worth 0
        return 0.0
    return min(1.0, max(0.0, found)) if isfinite(found) else 0.0


def mark_outputs(
    variant: Variant,
    cases: Sequence[HiddenCase],
    outputs: Sequence[Mapping[str, Any]],
    wanted: Sequence[Any],
    *,
    likeness: Mapping[str, Sequence[Any]] | None = None,
) -> Mark:
    """Mark what a program gave on the hidden cases; `outputs` hold `value` or `error` each.

    Right when every case is (or, with a judge, when the mean reaches the task's bar). `likeness` holds the outputs of
    the mutants: where the program does just as one of them, its misconception is named.
    """
    task = _task_of(variant)
    rated = [
        rate(variant, case, own["value"], right) if "value" in own else 0.0
        for case, own, right in zip(cases, outputs, wanted, strict=False)
    ]
    credit = sum(rated) / len(cases)
    passed = len(outputs) == len(cases) and credit >= task.program.pass_at - 1e-9
    alike = [] if passed else [name for name, values in (likeness or {}).items() if _alike(task, outputs, values)]
    told = [task.feedback.get(name) or task.feedback.get(name.rpartition(".")[2], "") for name in alike[:1]]
    praise = variant.question.feedback if passed else " ".join(told)
    return Mark(credit=credit, points=int(passed), most=1, misconceptions=tuple(alike[:1]), feedback=praise)


def _alike(task: Task, outputs: Sequence[Mapping[str, Any]], values: Sequence[Any]) -> bool:
    pairs = zip(outputs, values, strict=False)
    return len(outputs) == len(values) and all(equal(task.program, one.get("value"), other) for one, other in pairs)


def _task_of(variant: Variant) -> Task:
    answered = variant.question.answered
    if not isinstance(answered, Task):
        raise Unrunnable(f"{variant.question.template}: this is no task for a program", hint="use marking.mark")
    return answered
