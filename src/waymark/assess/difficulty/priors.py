"""Priors: what is believed of an item before anybody has answered it, and the blueprint of the bank they are for."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import chain
from math import hypot
from typing import Final, Literal, TypeAlias

import numpy as np

from waymark.assess.difficulty.explaining import Explanation, predict_difficulty
from waymark.assess.items import Floats, Items, make_items
from waymark.errors import BadInput
from waymark.framework.decoding import Ledger, decode
from waymark.framework.faults import Fault, Page, describe_faults
from waymark.framework.reading import load_edition
from waymark.framework.tables import open_data, read_tables

Band: TypeAlias = Literal["beginning", "developing", "accomplished"]
BANDS: Final[tuple[Band, ...]] = ("beginning", "developing", "accomplished")

_FOLDER: Final = "assess/blueprint"
_MODEL: Final = "assess/difficulty.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class ByBand:
    """A number for each band of difficulty."""

    beginning: float
    developing: float
    accomplished: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LogNormal:
    """A log-normal distribution by mean and standard deviation of the logarithm."""

    log_mean: float
    log_sd: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DifficultyModel:
    """b = band + residuals of template and variant, log a normal, c by format; `unscored` formats never count."""

    template_sd: float
    variant_sd: float
    band: ByBand
    discrimination: LogNormal
    guessing: Mapping[str, float]
    unscored: tuple[str, ...] = ()

    @property
    def b_sd(self) -> float:
        """Standard deviation of b of a variant of a template that is not known yet."""
        return hypot(self.template_sd, self.variant_sd)


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A topic of a skill: how it is asked, how many templates it needs by band (3,), and what people get wrong in it.

    `subtasks` and `prerequisites` are ids; `misconceptions` are said in words by `<topic>.<name>`.
    """

    id: str
    skill: str
    title: str
    formats: tuple[str, ...]
    targets: tuple[int, ...]
    levels: tuple[str, ...] = ()
    subtasks: tuple[str, ...] = ()
    prerequisites: tuple[str, ...] = ()
    misconceptions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Blueprint:
    """The plan of the bank: topics in the order of their skills, and the minutes of an item by skill."""

    topics: tuple[Topic, ...]
    minutes: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What is known of the items of a template without any answer."""

    id: str
    skill: str
    topic: str
    band: Band
    format: str
    minutes: float = 1.0
    features: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Targets:
    beginning: int
    developing: int
    accomplished: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Topic:
    title: str
    formats: tuple[str, ...]
    targets: _Targets
    levels: tuple[Literal["understand", "apply", "analyze", "evaluate"], ...] = ()
    subtasks: tuple[str, ...] = ()
    prerequisites: tuple[str, ...] = ()
    misconceptions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    prefix: str
    minutes: float
    items_per_test: int
    topics: Mapping[str, _Topic]


@cache
def load_difficulty_model() -> DifficultyModel:
    """Load the shipped difficulty model. Raise BadData with file, key and mend of the first fault."""
    return read_difficulty_model(open_data(_MODEL).read_text(encoding="utf-8"))


def read_difficulty_model(text: str) -> DifficultyModel:
    """Read the text of the difficulty model. Raise BadData with file, key and mend of the first fault."""
    page = Page(file=f"waymark/data/{_MODEL}")
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise describe_faults([page.fault("(file)", f"this is not TOML: {error}", "see https://toml.io")]) from error
    ledger = Ledger(page=page, faults=[])
    model = decode(DifficultyModel, table, given={}, ledger=ledger)
    faults = ledger.faults if model is None else list(_check_model(model, page))
    if model is None or faults:
        raise describe_faults(faults)
    return model


def _check_model(model: DifficultyModel, page: Page) -> Iterator[Fault]:
    sds = {
        "template_sd": model.template_sd,
        "variant_sd": model.variant_sd,
        "discrimination.log_sd": model.discrimination.log_sd,
    }
    for key, value in sds.items():
        if value < 0:
            yield page.fault(key, f"{value} is no standard deviation", "give a number of zero or more")
    for name, chance in model.guessing.items():
        if not 0 <= chance < 1:
            yield page.fault(
                f"guessing.{name}", f"{chance} is no chance of guessing", "give a number from 0 to below 1"
            )
        if name in model.unscored:
            yield page.fault("unscored", f"{name} has a chance of guessing too", "list the format once")


@cache
def load_blueprint() -> Blueprint:
    """Load the shipped plan, a file a skill. Raise BadData with file, key and mend of the first fault."""
    return read_blueprint(read_tables(_FOLDER), model=load_difficulty_model())


def read_blueprint(tables: Mapping[str, Mapping[str, object]], *, model: DifficultyModel) -> Blueprint:
    """Read the tables of a plan by skill. Raise BadData with file, key and mend of the first fault.

    A file must name a skill of the edition, and every format must be in the difficulty model.
    """
    skills = list(load_edition().skills)
    topics: dict[str, list[Topic]] = {}
    minutes: dict[str, float] = {}
    for skill, table in tables.items():
        page = Page(file=f"waymark/data/{_FOLDER}/{skill}.toml")
        ledger = Ledger(page=page, faults=list(page.find_unknown("(file)", [skill], known=skills, what="skill")))
        read = decode(_File, table, given={}, ledger=ledger)
        faults = [*ledger.faults, *(_check_file(read, page, model) if read else ())]
        if read is None or faults:
            raise describe_faults(faults)
        topics[skill] = [_make_topic(skill, read.prefix, name, own) for name, own in read.topics.items()]
        minutes[skill] = read.minutes / read.items_per_test
    _check_ids(topics)
    _check_links(topics)
    order = sorted(topics, key=skills.index)
    return Blueprint(
        topics=tuple(chain.from_iterable(topics[skill] for skill in order)),
        minutes={skill: minutes[skill] for skill in order},
    )


def _make_topic(skill: str, prefix: str, name: str, own: _Topic) -> Topic:
    targets = tuple(getattr(own.targets, band) for band in BANDS)
    return Topic(
        id=f"{prefix}.{name}",
        skill=skill,
        title=own.title,
        formats=own.formats,
        targets=targets,
        levels=own.levels,
        subtasks=own.subtasks,
        prerequisites=own.prerequisites,
        misconceptions={f"{prefix}.{name}.{one}": told for one, told in own.misconceptions.items()},
    )


def _check_file(read: _File, page: Page, model: DifficultyModel) -> Iterator[Fault]:
    for key, value in (("minutes", read.minutes), ("items_per_test", read.items_per_test)):
        if value <= 0:
            yield page.fault(key, f"{value} is not above zero", "give a number above zero")
    known = [*model.guessing, *model.unscored]
    for name, topic in read.topics.items():
        key = f"topics.{name}"
        yield from page.find_unknown(f"{key}.formats", topic.formats, known=known, what="format")
        if not set(topic.formats) - set(model.unscored):
            yield page.fault(f"{key}.formats", "none of them is scored", "add a format that counts in ability")
        counts = [getattr(topic.targets, band) for band in BANDS]
        if min(counts) < 0 or sum(counts) == 0:
            yield page.fault(f"{key}.targets", f"{counts} are no counts of templates", "give one template or more")


def _check_ids(topics: Mapping[str, Sequence[Topic]]) -> None:
    taken: dict[str, str] = {}
    for skill, own in topics.items():
        for topic in own:
            if topic.id in taken:
                page = Page(file=f"waymark/data/{_FOLDER}/{skill}.toml")
                message = f"{topic.id} is a topic of {taken[topic.id]} already"
                raise describe_faults([page.fault("prefix", message, "give every skill a prefix of its own")])
            taken[topic.id] = skill


def _check_links(topics: Mapping[str, Sequence[Topic]]) -> None:
    taken = {topic.id for own in topics.values() for topic in own}
    for skill, own in topics.items():
        page = Page(file=f"waymark/data/{_FOLDER}/{skill}.toml")
        for topic in own:
            key = f"topics.{topic.id.partition('.')[2]}"
            loose = [
                *page.find_unknown(f"{key}.prerequisites", topic.prerequisites, known=taken, what="topic"),
                *page.find_unknown(f"{key}.subtasks", topic.subtasks, known=load_edition().subtasks, what="subtask"),
            ]
            if loose:
                raise describe_faults(loose)


def set_priors(
    templates: Sequence[Expected],
    *,
    model: DifficultyModel,
    skills: Sequence[str] | None = None,
    difficulty: Explanation | None = None,
    discrimination: Explanation | None = None,
) -> Items:
    """Return an item a template with what is believed of it: mean of b, exp of the mean of log a, c, and covariance.

    Without an explanation b is normal with the mean of its band and the sd of a variant of an unknown template; with
    one, b or log a is predicted from the template's features and, where its id was seen, from the template itself.
    Items are in the order given; `skills` is the order of the skills, by default that of first appearance. Raise
    BadInput for a skill or band that is not there, a format that the model does not score, or a missing feature.
    """
    order = tuple(dict.fromkeys(one.skill for one in templates)) if skills is None else tuple(skills)
    size = len(templates)
    for one in templates:
        for what, name, known in (
            ("skill", one.skill, order),
            ("band", one.band, BANDS),
            ("scored format", one.format, tuple(model.guessing)),
        ):
            if name not in known:
                raise BadInput(f"template {one.id!r}: {name!r} is no {what}", hint=f"use one of {', '.join(known)}")
    place, place_sd = np.array([getattr(model.band, one.band) for one in templates]), np.full(size, model.b_sd)
    log_a, log_sd = np.full(size, model.discrimination.log_mean), np.full(size, model.discrimination.log_sd)
    if difficulty is not None:
        place, place_sd = _predict(templates, difficulty)
    if discrimination is not None:
        log_a, log_sd = _predict(templates, discrimination)
    covariance = np.zeros((size, 2, 2))
    covariance[:, 0, 0], covariance[:, 1, 1] = log_sd**2, place_sd**2
    return make_items(
        tuple(one.id for one in templates),
        a=np.exp(log_a),
        b=place,
        c=np.array([model.guessing[one.format] for one in templates]),
        skills=order,
        skill=np.array([order.index(one.skill) for one in templates], dtype=np.int64),
        covariance=covariance,
        minutes=np.array([one.minutes for one in templates]),
    )


def _predict(templates: Sequence[Expected], explanation: Explanation) -> tuple[Floats, Floats]:
    for one in templates:
        for name in explanation.features:
            if name not in one.features:
                raise BadInput(f"template {one.id!r} has no feature {name!r}", hint="give every feature a number")
    features = np.array([[one.features[name] for name in explanation.features] for one in templates], dtype=float)
    shaped = features.reshape(len(templates), len(explanation.features))
    found = predict_difficulty(explanation, features=shaped, templates=[one.id for one in templates])
    return found.mean, found.sd
