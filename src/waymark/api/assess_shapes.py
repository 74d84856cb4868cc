"""The shapes of what assess answers, which the OpenAPI document shows."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from waymark.api.shapes import Shape


class NoteShape(Shape):
    """Something that a reader should know; `item` is empty where it is about people or the table."""

    kind: str
    item: str
    message: str


class GroupShape(Shape):
    """Ability in a group of people, in logits."""

    name: str
    people: int
    mean: float
    sd: float
    se_mean: float | None
    se_sd: float | None


class ItemShape(BaseModel):
    """An item: `a`, `b` (or `steps`), `c`, `d`, their standard errors; null where they were not estimated."""

    model_config = ConfigDict(extra="allow")

    item: str
    skill: str
    a: float | None
    b: float | None
    c: float
    se_a: float | None
    se_b: float | None
    d: float
    kind: Literal["binary", "gpcm", "grm"]


class LikelihoodShape(Shape):
    """Fit of a calibration."""

    log_likelihood: float
    aic: float
    bic: float


class CalibrationShape(Shape):
    """Items estimated from responses."""

    model: str
    estimator: str
    people: int
    answers: int
    items: int
    estimated: int
    skills: dict[str, int]
    log_likelihood: float
    parameters: int
    fit: LikelihoodShape
    converged: bool
    iterations: int
    nodes: int
    grid: str
    errors: str
    groups: list[GroupShape]
    correlation: dict[str, dict[str, float]]
    variance: float | None
    notes: list[NoteShape]
    rows: list[ItemShape]


class ShareShape(Shape):
    """A share with its 95% interval."""

    value: float
    low: float
    high: float


class SkillScoresShape(Shape):
    """Scores in one skill, over the people who have one; `se` is the root mean square of their errors."""

    n: int
    answers: float
    mean: float | None
    sd: float | None
    se: float | None
    reliability: float | None
    levels: dict[str, int]
    accuracy: ShareShape | None
    consistency: ShareShape | None


class PersonScoreShape(BaseModel):
    """One person's score in one skill: `eap` (or `map`, `wle`) and sd in logits, score on the scale of 1 to 300."""

    model_config = ConfigDict(extra="allow")

    person: str
    skill: str
    sd: float | None
    n: int
    level: Literal[0, 1, 2, 3]
    p_beginning: float | None
    p_developing: float | None
    p_accomplished: float | None
    score: float | None


class ScoresShape(Shape):
    """Scores of everybody."""

    method: str
    people: int
    skills: dict[str, SkillScoresShape]
    plausible: int
    notes: list[str]
    rows: list[PersonScoreShape]


class ItemDifShape(BaseModel):
    """One item and focal group: MH D-DIF (or the standardised mean difference), class A, B, C, logistic regression."""

    model_config = ConfigDict(extra="allow")

    item: str
    reference: str
    focal: str
    effect: float | None
    low: float | None
    high: float | None
    p: float | None
    p_adjusted: float | None
    ets_class: Literal["A", "B", "C", ""]
    verdict: str
    logistic: dict[str, Any] | None


class DifShape(Shape):
    """Items compared over groups."""

    reference: str
    groups: dict[str, int]
    without_group: int
    matching: str
    classes: dict[str, int]
    meanings: dict[str, str]
    items: list[ItemDifShape]
    notes: list[str]


class SkillFitShape(Shape):
    """Fit within a skill: S-X2 of items, M2 of the model, Q3 of pairs, lz* of people; null where not testable."""

    items: list[dict[str, Any]] | None
    model: dict[str, Any] | None
    dependence: dict[str, Any] | None
    people: dict[str, Any]


class FitShape(Shape):
    """Fit by skill."""

    people: int
    skills: dict[str, SkillFitShape]
    notes: list[str]


class SittingsShape(BaseModel):
    """What simulated sittings came to: means over people, in logits where they are of ability, with 95% intervals."""

    model_config = ConfigDict(extra="allow")

    items: float
    minutes: float
    se: float
    bias: float
    rmse: float
    coverage90: float
    level_accuracy: float
    max_exposure: float
    intervals: dict[str, list[float | None]]
    n: int


class SimulationShape(Shape):
    """Simulated sittings by skill and on the whole."""

    people: int
    seed: int
    bank: dict[str, Any]
    rules: dict[str, Any]
    misfit: dict[str, Any]
    evidence: float
    control: dict[str, Any] | None
    learning: dict[str, Any] | None
    skills: dict[str, SittingsShape]
    totals: SittingsShape
    detection: dict[str, Any]
    notes: list[str]


class ColumnsQuery(Shape):
    """Which columns of the responses are no items."""

    people: str | None = Field(None, alias="id", max_length=200, description="Column that names people.")
    left_out: list[str] = Field([], alias="leave_out", max_length=200, description="Columns that are no items.")


class CalibrateQuery(ColumnsQuery):
    """How to calibrate."""

    model: str = Field("2pl", max_length=20, description="1pl, 2pl, 3pl, 4pl, gpcm or grm.")
    estimator: str = Field("ml", max_length=20, description="ml, or map with priors learned from all items.")
    group: str | None = Field(None, max_length=200, description="Column with each person's group.")
    reference: str | None = Field(None, max_length=200, description="Group with mean 0 and sd 1.")


class ScoreQuery(ColumnsQuery):
    """How to score."""

    method: str = Field("eap", max_length=20, description="eap, map or wle.")
    plausible: int = Field(0, ge=0, le=20, description="Plausible values to draw for everybody.")
    seed: int = Field(1, ge=0, lt=2**63, description="Seed of the plausible values.")
    mean: float = Field(0.0, ge=-10, le=10, description="Mean ability of the people, in logits.")
    sd: float = Field(1.0, ge=0.01, le=10, description="Standard deviation of their ability.")
    correlation: float | None = Field(None, gt=-1, lt=1, description="Of every two skills; default: of the items.")


class DifQuery(ColumnsQuery):
    """What to compare."""

    group: str = Field(max_length=200, description="Column with each person's group.")
    reference: str | None = Field(None, max_length=200, description="Group to compare with; default: the largest.")


class FitQuery(ColumnsQuery):
    """How to check."""

    known: bool = Field(default=False, description="The items were calibrated with other people.")


class SimulateQuery(Shape):
    """What to simulate."""

    people: int = Field(500, ge=1, le=2_000, description="Made-up people.")
    seed: int = Field(1, ge=0, lt=2**63, description="Seed of all chance.")
    skills: str = Field("", max_length=1_000, description="Skills to measure, by comma; default: all of the bank.")
    correlation: float | None = Field(None, gt=-1, lt=1, description="Of every two skills; default: of the bank.")
    target_se: float | None = Field(None, gt=0, le=10, description="Standard deviation to reach in every skill.")
    most_items: int | None = Field(None, ge=1, le=100, description="Most answers a skill gets.")
    misfit: str = Field("none", max_length=20, description="none, guessing, careless, speeded or preknowledge.")
    rate: float = Field(0.2, ge=0, le=1, description="Share of answers that misfit concerns.")
    evidence: float = Field(0.0, ge=0, lt=1, description="Reliability of a signal about every skill.")
    exposure_cap: float | None = Field(None, gt=0, le=1, description="Most of the sittings an item may go to.")
    explore: str | None = Field(None, max_length=20, description="none, thompson or pilot.")
