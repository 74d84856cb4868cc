"""Templates made for tests: one sound template, with parts replaced."""

from typing import Any

from waymark.assess.templates.reading import read_template
from waymark.assess.templates.terms import Template
from waymark.framework.faults import Fault, Page

SHARE: dict[str, Any] = {
    "id": "ml.test.share",
    "skill": "machine_learning",
    "topic": "ml.metrics_classification",
    "title": "Share of flagged rows",
    "format": "numeric",
    "band": "beginning",
    "cognitive": "apply",
    "minutes": 1,
    "params": {"n": {"int": [100, 900, 20]}, "k": {"int": [10, 90, 1]}},
    "derive": "key = k / n\ninverse = n / k",
    "stem": "There are {n} rows and {k} are flagged. What share is flagged? (At least 3 decimals.)",
    "key": {"value": "key", "show": "{:.4f}"},
    "tolerance": {"rel": 0.01},
    "distractors": [{"value": "inverse", "misconception": "ml.metrics_classification.precision_recall_swap"}],
    "verify": "check = sum(1 for _ in range(k)) / len(range(n))",
    "features": {"n_steps": "1", "size": "log10(n)", "closest": "closest_gap"},
    "feedback": {"correct": "Flagged over all.", "by_misconception": {"precision_recall_swap": "{n} over {k}."}},
    "solution": "{k} / {n}.",
}
CHOICE: dict[str, Any] = {
    **{name: SHARE[name] for name in ("skill", "topic", "title", "band", "cognitive")},
    "id": "ml.test.choice",
    "feedback": {"correct": "Mind the word.", "by_misconception": {"precision_recall_swap": "Not {way}."}},
    "format": "mcq_single",
    "params": {"a": {"int": [2, 40, 1]}, "b": {"int": [2, 40, 1]}, "way": {"choice": ["sum", "product", "larger"]}},
    "derive": "values = {'sum': a + b, 'product': a * b, 'larger': max(a, b)}\nkey = values[way]\n"
    "others = [values[name] for name in values if name != way]",
    "constraints": ["len(set(values.values())) == 3", "a != b"],
    "stem": "Take {a} and {b}. What is their {way}?",
    "key": {"value": "key"},
    "options": {"n": 3, "order": "ascend", "design": "siblings"},
    "distractors": [
        {"value": "others[0]", "misconception": "ml.metrics_classification.precision_recall_swap"},
        {"value": "others[1]", "misconception": "ml.metrics_classification.precision_recall_swap"},
    ],
    "verify": "total = a + b\ncheck = total if way == 'sum' else sum(a for _ in range(b)) if way == 'product' "
    "else max(a, b)",
    "features": {"n_steps": "1", "size": "a + b"},
    "solution": "Their {way} is asked.",
}
TASK: dict[str, Any] = {
    **{name: SHARE[name] for name in ("skill", "topic", "title", "band", "cognitive")},
    "id": "ml.test.task",
    "format": "code_write",
    "params": {"times": {"choice": [2, 3, 4]}, "fname": {"choice": ["scale", "stretch"]}},
    "derive": "reference = 'def %s(xs):\\n    return [%d * x for x in xs]' % (fname, times)\n"
    "mutants = {'ac.code_reading.step_ignored': reference.replace('in xs]', 'in xs[:-1]]'),\n"
    "    'ac.code_reading.last_element_dropped': reference.replace('%d *' % times, '%d +' % times),\n"
    "    'ac.code_reading.positions_from_one': reference.replace('in xs]', 'in xs[1:]]')}\n"
    "def hidden_cases(rng, k):\n    return [[[rng.randint(-9, 9) for _ in range(n % 5 + 1)]] for n in range(k)]",
    "stem": "Write `{fname}(xs)`, which returns the list with each number taken {times} times.",
    "key": {"value": "reference"},
    "verify": "def check(xs):\n    return [sum([x] * times) for x in xs]",
    "features": {"n_steps": "2", "times": "times"},
    "feedback": {
        "correct": "Each number times a constant.",
        "by_misconception": {"step_ignored": "a", "last_element_dropped": "b", "positions_from_one": "c"},
    },
    "solution": "Multiply in a list.",
}


def make(base: dict[str, Any], **changes: Any) -> Template:
    """Make a template that must be sound."""
    template, faults = try_to_make(base, **changes)
    assert template is not None, faults
    return template


def try_to_make(base: dict[str, Any], **changes: Any) -> tuple[Template | None, list[Fault]]:
    """Make a template, or find its faults; a change to None takes a key away."""
    row = {name: value for name, value in {**base, **changes}.items() if value is not None}
    return read_template(row, page=Page(file="test"), given={})
