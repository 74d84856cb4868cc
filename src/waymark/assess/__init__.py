"""Assess: from answers to a profile with honest error.

Items and answers (`make_items`, `make_responses`), calibration (`calibrate`), scoring (`score`, `predict`), adaptive
sittings (`make_bank`, `begin`, `answer`, `replay`), made-up people (`simulate`), and checks (`detect_dif`, `fit_items`,
`fit_model`, `find_dependence`, `fit_people`). Floor 2: pure functions, chance as a required `rng`.
"""

from waymark.assess.ability.classification import judge_levels
from waymark.assess.ability.plausible_values import draw_plausible
from waymark.assess.ability.predicting import predict
from waymark.assess.ability.scores import Scores
from waymark.assess.ability.scoring import score
from waymark.assess.calibration.calibrations import Calibration, Group, Note, Priors
from waymark.assess.calibration.linking import link, rescale
from waymark.assess.calibration.multidimensional import calibrate
from waymark.assess.curves import information, probabilities
from waymark.assess.dif.functioning import detect_dif
from waymark.assess.fit.dependence import find_dependence
from waymark.assess.fit.margins import fit_model
from waymark.assess.fit.misfit import fit_items
from waymark.assess.fit.person_fit import fit_people
from waymark.assess.items import Floats, Ints, Items, make_items, take_items
from waymark.assess.learning.learning import simulate_online
from waymark.assess.responses import Responses, make_responses, make_sparse_responses
from waymark.assess.simulation.controlling import control_exposure
from waymark.assess.simulation.simulating import Simulation, simulate
from waymark.assess.simulation.summaries import summarise
from waymark.assess.sitting.banks import Bank, make_bank
from waymark.assess.sitting.rules import Decision, Rules
from waymark.assess.sitting.sittings import Answer, Evidence, Sitting, Standing, answer, begin, replay
from waymark.assess.sitting.taking import Misfit, draw_takers
from waymark.assess.softening import soften

__all__ = [
    "Answer",
    "Bank",
    "Calibration",
    "Decision",
    "Evidence",
    "Floats",
    "Group",
    "Ints",
    "Items",
    "Misfit",
    "Note",
    "Priors",
    "Responses",
    "Rules",
    "Scores",
    "Simulation",
    "Sitting",
    "Standing",
    "answer",
    "begin",
    "calibrate",
    "control_exposure",
    "detect_dif",
    "draw_plausible",
    "draw_takers",
    "find_dependence",
    "fit_items",
    "fit_model",
    "fit_people",
    "information",
    "judge_levels",
    "link",
    "make_bank",
    "make_items",
    "make_responses",
    "make_sparse_responses",
    "predict",
    "probabilities",
    "replay",
    "rescale",
    "score",
    "simulate",
    "simulate_online",
    "soften",
    "summarise",
    "take_items",
]
