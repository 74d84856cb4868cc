"""Rules 24 and 25: made-up people through the real bank and rules, whose abilities must come back."""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from waymark.assess.audit.rules import Finding, find
from waymark.assess.simulation.simulating import Simulation
from waymark.assess.simulation.summaries import share_given, summarise

MOST_RMSE: Final = 0.52  # logits, over all skills
MOST_RMSE_ALONE: Final = 0.58  # of one skill, nothing known of its items but their bands
COVER: Final = (0.87, 0.93)
LEAST_LEVELS: Final = 0.78
EXPOSURE_ROOM: Final = 0.05
MOST_UNUSED: Final = 0.25


def check_recovery(simulation: Simulation) -> Iterator[Finding]:
    """Yield what breaks rules 24 and 25 in a simulation through the bank, its items uncertain as before any answer."""
    told = summarise(simulation)
    whole = told["totals"]
    for message in _judge_whole(whole, simulation):
        yield find(24, "bank", message)
    for skill, row in told["skills"].items():
        if row["intervals"]["rmse"][0] > MOST_RMSE_ALONE:
            yield find(25, skill, f"RMSE {row['rmse']:.2f} in {row['items']:.1f} items")
        if row["intervals"]["coverage90"][1] < COVER[0]:
            yield find(25, skill, f"90 per cent intervals hold the truth in {row['coverage90']:.1%}")


def _judge_whole(whole: dict[str, Any], simulation: Simulation) -> Iterator[str]:
    if whole["rmse"] > MOST_RMSE:
        yield f"RMSE {whole['rmse']:.3f} over {whole['items']:.0f} items"
    if not COVER[0] <= whole["coverage90"] <= COVER[1]:
        yield f"90 per cent intervals hold the truth in {whole['coverage90']:.1%}"
    if whole["level_accuracy"] < LEAST_LEVELS:
        yield f"levels are told right in {whole['level_accuracy']:.1%}"
    cap = simulation.rules.exposure_cap
    if cap is not None and whole["max_exposure"] > cap + EXPOSURE_ROOM:
        yield f"an item goes to {whole['max_exposure']:.0%} of sittings (cap {cap:.0%})"
    unused = float(np.mean(share_given(simulation) == 0))
    if unused > MOST_UNUSED:
        yield f"{unused:.0%} of templates go to nobody"
