from datetime import date

import pytest

from waymark.assess.audit.plain import audit_items

from .planting import DEFECTS, SOUND

TODAY = date(2026, 11, 22)


def test_sound_items_pass_without_a_word() -> None:
    assert [(one.rule, one.subject, one.message) for one in audit_items(SOUND, today=TODAY)] == []


@pytest.mark.parametrize("name", DEFECTS)
def test_a_planted_defect_is_found(name: str) -> None:
    rule, plant = DEFECTS[name]
    found = audit_items(plant(), today=TODAY)
    assert rule in {one.rule for one in found}, [(one.rule, one.message) for one in found]
