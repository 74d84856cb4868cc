"""Rules 18, 19, 22 and 23, over a whole bank: copies, cross-item cues, coverage, features."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from waymark.assess.audit.rules import Finding, Level, find
from waymark.assess.audit.samples import Sample
from waymark.assess.difficulty.priors import BANDS, Blueprint
from waymark.assess.templates.questions import Case, Choice, Question
from waymark.assess.templates.terms import RESPONSES, Template

MOST_ALIKE: Final = 0.85
MOST_CORRELATED: Final = 0.95
_LEAST_WORDS: Final = 5  # shorter keys stand anywhere
_WORD: Final = re.compile(r"[a-z_]{2,}|[^\w\s]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """What a release of the bank promises: templates a topic and a skill, work samples, and the cap of exposure."""

    per_topic: int = 2
    per_skill: int = 40
    work_samples: int = 40


WORK_SAMPLES: Final = frozenset(
    {
        "sql_query",
        "dataframe_task",
        "code_write",
        "code_debug",
        "model_build",
        "api_design",
        "git_scenario",
        "label_task",
    }
)


def describe_text(question: Question) -> str:
    """Return the words of a question by which it is compared: stem and parts, numbers masked."""
    parts = question.answered.parts if isinstance(question.answered, Case) else ()
    return " ".join([question.stem, *(part.stem for part in parts)])


def find_copies(texts: Mapping[str, str], *, bar: float = MOST_ALIKE) -> Iterator[tuple[str, str, float]]:
    """Yield pairs of ids whose texts are alike: cosine of TF-IDF over words and pairs of words, numbers masked."""
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415  a second to load

    ids = list(texts)
    plain = [" ".join(_WORD.findall(re.sub(r"\d+", " ", text.casefold()))) for text in texts.values()]
    if len(ids) < 2 or not any(plain):
        return
    weights = TfidfVectorizer(analyzer=_list_terms, sublinear_tf=True).fit_transform(plain)
    near = (weights @ weights.T).tocoo()
    for first, second, cosine in zip(near.row, near.col, near.data, strict=True):
        if first < second and cosine >= bar:
            yield ids[first], ids[second], float(cosine)


def _list_terms(text: str) -> list[str]:
    words = text.split()
    return [*words, *(f"{first} {second}" for first, second in pairwise(words))]


def check_copies(samples: Sequence[Sample]) -> Iterator[Finding]:
    """Yield what breaks rule 18, an exact copy as an error; templates that declare each other enemies may be alike."""
    texts = {one.template.id: describe_text(one.drawn[0].question) for one in samples if one.drawn}
    foes = {one.template.id: set(one.template.enemies) for one in samples}
    for first, second, cosine in find_copies(texts):
        if second in foes[first] or first in foes[second]:
            continue
        level: Level = "error" if cosine > 0.999 else "warning"
        yield find(18, first, f"its stem is {cosine:.0%} that of {second}", level=level)


def check_cross_cues(samples: Sequence[Sample]) -> Iterator[Finding]:
    """Yield what breaks rule 19: the stem of a template holds a worded key of another of its topic."""
    stems = {one.template.id: describe_text(one.drawn[0].question).casefold() for one in samples if one.drawn}
    topics: dict[str, list[str]] = defaultdict(list)
    foes = {one.template.id: set(one.template.enemies) for one in samples}
    for one in samples:
        topics[one.template.topic].append(one.template.id)
    for one in samples:
        own = one.drawn[0].question.answered if one.drawn else None
        if not isinstance(own, Choice):
            continue
        keys = [option.text.casefold() for option in own.options if option.right and len(option.text.split()) >= 5]
        for other in topics[one.template.topic]:
            given = other != one.template.id and other not in foes[one.template.id]
            if given and any(key in stems.get(other, "") for key in keys):
                yield find(19, one.template.id, f"the stem of {other} holds its key; list it under enemies")


def check_features(sample: Sample) -> Iterator[Finding]:
    """Yield what breaks rule 23 in one template: a feature that never varies besides n_steps, two that say the same."""
    rows = [variant.question.features for variant in sample.drawn]
    if len(rows) < 20:
        return
    if not rows[0]:
        yield find(23, sample.template.id, "it has no features")
        return
    table = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    moving = {name: own for name, own in table.items() if float(own.std()) > 1e-12}
    names = list(moving)
    for place, first in enumerate(names):
        for second in names[place + 1 :]:
            found = abs(float(np.corrcoef(moving[first], moving[second])[0, 1]))
            if found > MOST_CORRELATED:
                yield find(23, sample.template.id, f"features {first} and {second} say the same (|r| = {found:.2f})")


def check_coverage(
    templates: Sequence[Template], blueprint: Blueprint, release: Release, *, subtasks: Sequence[str]
) -> Iterator[Finding]:
    """Yield what breaks rule 22: too few templates of a topic, skill, band or format, subtasks untouched."""
    topics = Counter(one.topic for one in templates)
    skills = Counter(one.skill for one in templates)
    for topic in blueprint.topics:
        if topics[topic.id] < release.per_topic:
            yield find(22, topic.id, f"{topics[topic.id]} templates where the release promises {release.per_topic}")
    for skill in blueprint.minutes:
        if skills[skill] < release.per_skill:
            yield find(22, skill, f"{skills[skill]} templates where the release promises {release.per_skill}")
        bands = Counter[str](one.band for one in templates if one.skill == skill)
        yield from _check_bands(skill, bands, blueprint)
    touched = {one for topic in blueprint.topics if topics[topic.id] for one in topic.subtasks}
    touched |= {one for template in templates for one in template.subtasks}
    missing = sorted(set(subtasks) - touched)
    if missing:
        yield find(22, "bank", f"no template for {', '.join(missing)}")
    samples = sum(one.format in WORK_SAMPLES for one in templates)
    if samples < release.work_samples:
        yield find(22, "bank", f"{samples} work samples where the release promises {release.work_samples}")
    unused = sorted(set(RESPONSES) - {one.format for one in templates})
    if unused:
        yield find(22, "bank", f"no template of format {', '.join(unused)}")


def _check_bands(skill: str, bands: Counter[str], blueprint: Blueprint) -> Iterator[Finding]:
    wanted = np.sum([topic.targets for topic in blueprint.topics if topic.skill == skill], axis=0)
    have = sum(bands.values())
    for band, share in zip(BANDS, wanted / wanted.sum(), strict=True):
        if have and bands[band] < 0.6 * share * have:
            yield find(22, skill, f"{bands[band]} of {have} templates are {band}, the plan has {share:.0%}")
