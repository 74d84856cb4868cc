"""What a template of questions is made of, as its file says it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, Literal, TypeAlias

Band: TypeAlias = Literal["beginning", "developing", "accomplished"]
Cognitive: TypeAlias = Literal["understand", "apply", "analyze", "evaluate"]
Response: TypeAlias = Literal["choice", "choices", "number", "text", "order", "match", "program", "case"]
"""How a person answers: one option, several, a number, a short text, an order, pairs, a program, or parts of a case."""

RESPONSES: Final[Mapping[str, Response]] = {
    "mcq_single": "choice",
    "mcq_multi": "choices",
    "numeric": "number",
    "code_output": "text",
    "matching": "match",
    "ordering": "order",
    "case_testlet": "case",
    "code_write": "program",
    "code_debug": "program",
    "code_review_choice": "choice",
    "sql_query": "program",
    "dataframe_task": "program",
    "model_build": "program",
    "git_scenario": "choice",
    "api_design": "match",
    "label_task": "match",
    "chart_critique": "choices",
}
"""How each format is answered unless its template says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """The right answer: an expression, how it is shown, and for orders which pairs of steps must hold."""

    value: str
    show: str = "{}"
    before: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Distractor:
    """A wrong answer: an expression, the misconception that leads to it (`<topic>.<name>`), how it is shown."""

    value: str
    misconception: str
    show: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerance:
    """How far an entered number may lie from the key: absolute, and as a share of the key."""

    abs: float = 0.0
    rel: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How many options are shown, in which order, by which design, and for matching what each left side offers."""

    n: int = 4
    order: Literal["ascend", "shuffle", "fixed"] = "shuffle"
    design: Literal["siblings", "categories", "authored", ""] = ""
    choices: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """What is said after an answer: to everybody, and for each misconception."""

    correct: str
    by_misconception: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """A warning of the audit that the author has looked at and keeps, with the reason."""

    rule: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A question of a case: its own stem and answer, in the names of the case."""

    stem: str
    format: str
    key: Key
    tolerance: Tolerance = Tolerance()
    distractors: tuple[Distractor, ...] = ()
    options: Options = Options()
    feedback: Feedback
    verify: str
    response: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """How a program is run: language, libraries, and whether the order of result rows counts."""

    language: Literal["python", "sql"] = "python"
    libraries: tuple[str, ...] = ()
    ordered: bool = False
    tolerance: float = 1e-6
    cases: int = 12
    pass_at: float = 1.0
    cpu_seconds: float = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """What a parameter may be, in the order of its file; `values` is never empty."""

    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A family of questions that differ in their parameters: the unit of calibration and of exposure.

    `version` is a hash of the whole content: any change makes another version. `source` is that content, so that a
    record can keep what it showed.
    """

    id: str
    skill: str
    topic: str
    title: str
    format: str
    band: Band
    cognitive: Cognitive
    stem: str
    version: str
    source: str
    key: Key = Key(value="")
    response: str = ""
    minutes: float = 1.5
    params: Mapping[str, Parameter] = field(default_factory=dict)
    derive: str = ""
    constraints: tuple[str, ...] = ()
    tolerance: Tolerance = Tolerance()
    distractors: tuple[Distractor, ...] = ()
    options: Options = Options()
    verify: str = ""
    given: tuple[str, ...] = ()
    features: Mapping[str, str] = field(default_factory=dict)
    feedback: Feedback = Feedback(correct="")
    solution: str = ""
    parts: tuple[Part, ...] = ()
    program: Program = Program()
    subtasks: tuple[str, ...] = ()
    enemies: tuple[str, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    valid_until: date | None = None
    source_note: str = ""

    @property
    def answered(self) -> str:
        """How a person answers it, by its own word or its format."""
        return self.response or RESPONSES[self.format]
