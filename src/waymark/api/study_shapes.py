"""The shapes of what studies of answers, times, features and streams answer, and of their options."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from waymark.api.assess_shapes import ColumnsQuery
from waymark.api.shapes import Shape


class PredictedShape(Shape):
    """The chance of a full score, and the expected score, of an answer that was not seen."""

    person: str
    item: str
    skill: str
    probability: float | None
    expected: float | None


class PredictionsShape(Shape):
    """Predictions; `mixture` has by skill the models with weights and losses, where there were no items."""

    people: int
    items: int
    predicted: int
    mean_probability: float | None
    mixture: dict[str, dict[str, Any]] | None = None
    notes: list[str]
    rows: list[PredictedShape]


class ItemOptionsShape(Shape):
    """The options of an item: share, ability of the choosers, slope, correlation with the rest score, flags."""

    item: str
    key: str
    n: int
    judged: bool
    options: list[dict[str, Any]]


class OptionsShape(Shape):
    """The options of all items, and how many of each flag there are."""

    people: int
    ability_from: str
    false_discovery_rate: float
    fewest_people: int
    flags: dict[str, int]
    items: list[ItemOptionsShape]
    notes: list[str]


class PersonPaceShape(Shape):
    """A person's speed (log minutes, above zero is fast) and what is odd about the times."""

    person: str
    times: int
    speed: float
    speed_sd: float
    fast: int
    p_times: float | None
    p_rapid: float | None
    p_foreknown: float | None
    p_speeded: float | None
    verdict: Literal["consistent", "look again", "too little evidence"]
    reasons: str


class TimesShape(Shape):
    """The log-normal model of times: items, people, and how many of these are worth a second look."""

    people: int
    times: int
    fewest_times: int
    speed_sd: dict[str, float | None]
    log_likelihood: float
    converged: bool
    judged_by: str
    speed_with_ability: dict[str, Any] | None
    review: dict[str, Any]
    items: list[dict[str, Any]]
    rows: list[PersonPaceShape]
    notes: list[str]


class ExplanationShape(BaseModel):
    """Weights with standard errors, R2, spread of templates and residuals, of one parameter."""

    model_config = ConfigDict(extra="allow")

    items: int
    intercept: dict[str, float]
    weights: list[dict[str, Any]]
    marginal_r2: dict[str, float | None]
    cross_validated_r2: dict[str, float | None]
    template_sd: dict[str, float | None]
    residual_sd: dict[str, float | None]


class ExplainedShape(Shape):
    """Difficulty and log slope by features, the LLTM by answers, and what features say of new items."""

    difficulty: ExplanationShape
    log_slope: ExplanationShape | None
    lltm: dict[str, Any] | None
    new_items: list[dict[str, Any]]
    priors: list[dict[str, Any]]
    notes: list[str]


class WatchShape(Shape):
    """What a stream of answers says of the items and of stated intervals, with the rates of false alarms."""

    answers: int
    people: int
    groups: list[str]
    false_alarms: dict[str, Any]
    alarms: list[dict[str, Any]]
    items: list[dict[str, Any]]
    ledger: list[dict[str, Any]]
    coverage: dict[str, dict[str, Any]]
    signs: list[dict[str, Any]]
    notes: list[str]


class PredictQuery(ColumnsQuery):
    """How to predict."""

    model: str | None = Field(None, max_length=20, description="Without items: stack (the default), 1pl, 2pl or 3pl.")
    seed: int = Field(1, ge=0, lt=2**63, description="Seed of the answers that are held back to weigh models.")
    mean: float = Field(0.0, ge=-10, le=10, description="With items: mean ability of the people, in logits.")
    sd: float = Field(1.0, ge=0.01, le=10, description="With items: standard deviation of their ability.")
    correlation: float | None = Field(None, gt=-1, lt=1, description="With items: of every two skills.")


class OptionsQuery(ColumnsQuery):
    """How to study options."""

    alpha: float = Field(0.05, gt=0, lt=1, description="False discovery rate of the flags.")


class TimesQuery(ColumnsQuery):
    """How to study times."""

    unit: str = Field("minutes", max_length=20, description="minutes, seconds or milliseconds.")
    alpha: float = Field(0.01, gt=0, lt=1, description="Rate of false alarms a person.")


class MonitorQuery(Shape):
    """How to watch a stream."""

    people: str | None = Field(None, alias="id", max_length=200, description="Column that names people.")
    group: str | None = Field(None, max_length=200, description="Column with the person's group: watches DIF.")
    alpha: float = Field(0.01, gt=0, lt=1, description="Rate of false alarms of an item and kind, at all times.")
