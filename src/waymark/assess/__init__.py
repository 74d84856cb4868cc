"""Assess: from answers to a profile with honest error.

Items and answers (`make_items`, `make_responses`), calibration (`calibrate`), scoring (`score`, `predict`), adaptive
sittings (`make_bank`, `begin`, `answer`, `replay`), made-up people (`simulate`), and checks (`detect_dif`, `fit_items`,
`fit_model`, `find_dependence`, `fit_people`). Floor 2: pure functions, chance as a required `rng`.
"""

from waymark.assess.banks import Bank, make_bank
from waymark.assess.calibrations import Calibration, Group, Note, Priors
from waymark.assess.classification import judge_levels
from waymark.assess.controlling import control_exposure
from waymark.assess.curves import information, probabilities
from waymark.assess.dependence import find_dependence
from waymark.assess.functioning import detect_dif
from waymark.assess.items import Floats, Ints, Items, make_items, take_items
from waymark.assess.learning import simulate_online
from waymark.assess.linking import link, rescale
from waymark.assess.margins import fit_model
from waymark.assess.misfit import fit_items
from waymark.assess.multidimensional import calibrate
from waymark.assess.person_fit import fit_people
from waymark.assess.plausible_values import draw_plausible
from waymark.assess.predicting import predict
from waymark.assess.responses import Responses, make_responses, make_sparse_responses
from waymark.assess.rules import Decision, Rules
from waymark.assess.scores import Scores
from waymark.assess.scoring import score
from waymark.assess.simulating import Simulation, simulate
from waymark.assess.sittings import Answer, Evidence, Sitting, Standing, answer, begin, replay
from waymark.assess.softening import soften
from waymark.assess.summaries import summarise
from waymark.assess.taking import Misfit, draw_takers

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
