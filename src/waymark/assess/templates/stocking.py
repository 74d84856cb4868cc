"""From templates to the items that a sitting draws: what is believed of each before anybody has answered it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from waymark.assess.difficulty.priors import DifficultyModel, Expected, set_priors
from waymark.assess.items import PARTIAL_CREDIT, Items, check_items
from waymark.assess.templates.terms import Template

_SPREAD: Final = 1.2  # logits between the easiest and the hardest step of a case, until there are answers


def stock_items(templates: Sequence[Template], *, model: DifficultyModel, skills: Sequence[str]) -> Items:
    """Return an item for each template that counts in ability, by its id: b from the band, sd of the residuals.

    A case is scored by how many of its parts are right (generalised partial credit), its steps around the b of its
    band. Raise BadInput for a skill that is not among `skills`.
    """
    counted = [one for one in templates if one.format in model.guessing and one.skill in skills]
    expected = [
        Expected(id=one.id, skill=one.skill, topic=one.topic, band=one.band, format=one.format, minutes=one.minutes)
        for one in counted
    ]
    items = set_priors(expected, model=model, skills=tuple(skills))
    parts = {one.id: len(one.parts) for one in counted if one.parts}
    return _add_steps(items, parts) if parts else items


def _add_steps(items: Items, parts: Mapping[str, int]) -> Items:
    steps = np.full((len(items), max(parts.values())), np.nan)
    for row, name in enumerate(items.ids):
        count = parts.get(name, 0)
        if count:
            steps[row, :count] = items.b[row] + np.linspace(-_SPREAD / 2, _SPREAD / 2, count)
    stepped = np.array([name in parts for name in items.ids])
    found = replace(
        items,
        kind=tuple(PARTIAL_CREDIT if one else kind for one, kind in zip(stepped, items.kind, strict=True)),
        steps=steps,
        c=np.where(stepped, 0.0, items.c),
    )
    check_items(found)
    return found
