"""Samples of a template's variants: many seeds, and the corners of its parameters where keys go wrong first."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice, product
from typing import Any, Final

from waymark.assess.audit.rules import Finding, find
from waymark.assess.templates.answering import collide
from waymark.assess.templates.drawing import Variant, draw_variant, try_values
from waymark.assess.templates.streams import Stream
from waymark.assess.templates.terms import Template
from waymark.errors import WaymarkError

MOST_CORNERS: Final = 256
MOST_SWEPT: Final = 40  # values of one parameter
MOST_TRIES: Final = 3.0
MOST_SECONDS: Final = 0.020


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Variants of one template: drawn by seed, and at corners of its parameters (their first and last values)."""

    template: Template
    drawn: tuple[Variant, ...]
    corners: tuple[Variant, ...]

    @property
    def variants(self) -> tuple[Variant, ...]:
        """All of them."""
        return self.drawn + self.corners


def take_sample(template: Template, size: int, *, timer: Callable[[], float]) -> tuple[Sample, list[Finding]]:
    """Draw `size` variants and the corners; find what rule 2 and the raw collisions of rule 6 forbid.

    `timer` returns processor seconds. A template whose script raises has no more than one finding of it.
    """
    findings: list[Finding] = []
    drawn: list[Variant] = []
    before = timer()
    for seed in range(size):
        try:
            drawn.append(draw_variant(template, seed))
        except WaymarkError as error:
            rule = 6 if "their options coincide" in str(error) else 2
            findings.append(find(rule, template.id, str(error), seed=seed))
            break
    spent = timer() - before
    corners, faults = _take_corners(template) if not findings else ([], [])
    findings += [*faults, *_judge_draws(template, drawn, spent)]
    return Sample(template=template, drawn=tuple(drawn), corners=tuple(corners)), findings


def _judge_draws(template: Template, drawn: list[Variant], spent: float) -> Iterator[Finding]:
    if not drawn:
        return
    tries = sum(one.question.tries for one in drawn) / len(drawn)
    if tries >= MOST_TRIES and len(drawn) >= 20:
        yield find(2, template.id, f"{tries:.1f} tries a variant; widen the parameters or drop a constraint")
    if spent / len(drawn) > MOST_SECONDS and len(drawn) >= 20:
        yield find(2, template.id, f"{1000 * spent / len(drawn):.0f} ms a variant")
    raw = [one.question for one in drawn if one.question.collisions]
    if raw:
        message = f"options coincide in {len(raw)} of {len(drawn)} raw draws; state a constraint"
        yield find(6, template.id, message, seed=raw[0].seed)


def _take_corners(template: Template) -> tuple[list[Variant], list[Finding]]:
    variants: list[Variant] = []
    for number, values in enumerate(_list_corners(template)):
        try:
            variant = try_values(template, values, Stream(template.id, "corner", number), seed=number)
        except WaymarkError as error:
            return variants, [find(2, template.id, f"at {_say(values)}: {error}")]
        if variant is not None and collide(variant.question.answered):
            return variants, [find(6, template.id, f"options coincide at {_say(values)}; state a constraint")]
        variants += [variant] if variant is not None else []
    return variants, []


def _list_corners(template: Template) -> Iterator[dict[str, Any]]:
    """Yield the first and last values of all parameters crossed, then every single value among random others."""
    ends = [one.values[:: max(1, len(one.values) - 1)] for one in template.params.values()]
    if not ends:
        return
    for corner in islice(product(*ends), MOST_CORNERS):
        yield dict(zip(template.params, corner, strict=True))
    stream = Stream(template.id, "sweep")
    for name, parameter in template.params.items():
        step = max(1, len(parameter.values) // MOST_SWEPT)
        for value in parameter.values[::step]:
            yield {other: stream.choice(own.values) for other, own in template.params.items()} | {name: value}


def _say(values: dict[str, Any]) -> str:
    return ", ".join(f"{name} = {str(value)[:40]}" for name, value in values.items())
