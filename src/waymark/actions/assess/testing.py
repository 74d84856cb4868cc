"""Use case: one person sits a test, question by question; nothing is stored."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from waymark.actions.assess.grading import grade
from waymark.actions.assess.rulebooks import load_rules
from waymark.actions.assess.trials import open_shipped_bank
from waymark.actions.workspace import Workspace
from waymark.assess.sitting.banks import Bank
from waymark.assess.sitting.sittings import Answer, Sitting, Standing, answer, begin, replay
from waymark.assess.templates.drawing import Variant, draw_variant
from waymark.assess.templates.marking import Mark
from waymark.assess.templates.shelves import load_templates
from waymark.errors import BadInput
from waymark.framework.scale import probabilities_of_levels, score_of_theta

Z90 = 1.6448536269514722


@dataclass(frozen=True, slots=True, kw_only=True)
class Test:
    """A test under way: the bank, the sitting so far, where it stands, and the question that is asked (None: over)."""

    bank: Bank
    sitting: Sitting
    standing: Standing
    asked: Variant | None


def start(workspace: Workspace, *, skills: Sequence[str] = (), minutes: float | None = None, seed: int) -> Test:
    """Begin a test on the wanted skills (default: all). Raise BadInput for a skill that the bank has not."""
    if minutes is not None and not minutes > 0:
        raise BadInput(f"{minutes:g} minutes", hint="give a number above zero")
    bank = open_shipped_bank()
    rules = load_rules(None, changes={} if minutes is None else {"most_minutes": minutes})
    sitting = begin(bank, rules, rng=workspace.generator(seed), skills=skills)
    return _stand(bank, sitting)


def submit(workspace: Workspace, test: Test, said: Any, *, seconds: float) -> tuple[Test, Mark]:  # noqa: ANN401  any kind
    """Mark an answer to the question that is asked and go on to the next.

    Raise BadInput for an answer of another kind (the question stays), and what `grading.grade` raises.
    """
    if test.asked is None:
        raise BadInput("the test is over", hint="begin another")
    found = grade(workspace, test.asked, said)
    given = Answer(item=test.asked.question.template, score=found.points, seconds=seconds)
    return _stand(test.bank, answer(test.bank, test.sitting, given)), found


def skip(test: Test, *, seconds: float) -> Test:
    """Go on to the next question; the one that is asked counts as not solved."""
    if test.asked is None:
        raise BadInput("the test is over", hint="begin another")
    given = Answer(item=test.asked.question.template, score=0, seconds=seconds)
    return _stand(test.bank, answer(test.bank, test.sitting, given))


def _stand(bank: Bank, sitting: Sitting) -> Test:
    standing = replay(bank, sitting)
    asked = None if standing.next is None else draw_variant(load_templates()[standing.next], _seed(sitting, standing))
    return Test(bank=bank, sitting=sitting, standing=standing, asked=asked)


def _seed(sitting: Sitting, standing: Standing) -> int:
    """Return the seed of the next question: the sitting's own, the template and its place, well mixed."""
    name = f"{sitting.seed}|{standing.next}|{len(sitting.answers)}".encode()
    return int.from_bytes(blake2b(name, digest_size=6).digest(), "big")


def describe_test(test: Test) -> dict[str, Any]:
    """Return the profile so far: by skill that was asked score, 90% interval, level with its probability, answers."""
    profile, answered = test.standing.profile, test.standing.answered
    rows = {}
    for place, skill in enumerate(test.bank.items.skills):
        mean, sd = float(profile.mean[place]), float(profile.sd[place])
        if test.sitting.skills and skill not in test.sitting.skills:
            continue
        chances = probabilities_of_levels(mean=mean, sd=sd)
        level = max(range(len(chances)), key=chances.__getitem__)
        low, middle, high = (score_of_theta(mean + step * sd) for step in (-Z90, 0.0, Z90))
        rows[skill] = {
            "score": round(middle),
            "low": round(low),
            "high": round(high),
            "level": level,
            "probability": chances[level],
            "answers": answered.get(skill, 0),
        }
    return {
        "skills": rows,
        "answers": len(test.sitting.answers),
        "minutes": test.standing.minutes,
        "ended": test.standing.end,
        "seed": test.sitting.seed,
        "bank": test.sitting.bank,
        "calibration": "not yet calibrated with people",
    }
