"""Assess: from answers to a profile with honest error.

Items and answers (`make_items`, `make_responses`), calibration (`calibrate`), scoring (`score`, `predict`, `stack`),
adaptive sittings (`make_bank`, `begin`, `answer`, `replay`), made-up people (`simulate`), checks (`detect_dif`,
`fit_items`, `fit_model`, `find_dependence`, `fit_people`, `analyse_options`, `fit_times`), explained difficulty
(`explain_items`, `fit_lltm`) and monitors (`foretell`, `begin_watch`, `watch`, `list_alarms`). Floor 2: pure functions,
chance as a required `rng`.
"""

from waymark.assess.ability.classification import judge_levels
from waymark.assess.ability.plausible_values import draw_plausible
from waymark.assess.ability.predicting import predict
from waymark.assess.ability.scores import Scores
from waymark.assess.ability.scoring import score
from waymark.assess.calibration.calibrations import Calibration, Group, Note, Priors
from waymark.assess.calibration.linking import link, rescale
from waymark.assess.calibration.multidimensional import calibrate
from waymark.assess.calibration.stacking import Mixture, predict_mixture, stack
from waymark.assess.calibration.testlets import TestletCalibration, calibrate_testlets
from waymark.assess.curves import information, probabilities
from waymark.assess.dif.functioning import detect_dif
from waymark.assess.difficulty.explaining import explain_items, predict_difficulty
from waymark.assess.difficulty.lltm import fit_lltm
from waymark.assess.fit.dependence import find_dependence
from waymark.assess.fit.margins import fit_model
from waymark.assess.fit.misfit import fit_items
from waymark.assess.fit.options import analyse_options
from waymark.assess.fit.pacing import check_pace
from waymark.assess.fit.person_fit import fit_people
from waymark.assess.fit.reviewing import review_people
from waymark.assess.fit.timing import find_speeds, fit_times, make_sparse_times, make_times
from waymark.assess.items import Floats, Ints, Items, make_items, take_items
from waymark.assess.learning.foretelling import foretell
from waymark.assess.learning.learning import simulate_online
from waymark.assess.learning.monitoring import begin_watch, list_alarms, watch
from waymark.assess.learning.recording import make_record
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
    "Mixture",
    "Note",
    "Priors",
    "Responses",
    "Rules",
    "Scores",
    "Simulation",
    "Sitting",
    "Standing",
    "TestletCalibration",
    "analyse_options",
    "answer",
    "begin",
    "begin_watch",
    "calibrate",
    "calibrate_testlets",
    "check_pace",
    "control_exposure",
    "detect_dif",
    "draw_plausible",
    "draw_takers",
    "explain_items",
    "find_dependence",
    "find_speeds",
    "fit_items",
    "fit_lltm",
    "fit_model",
    "fit_people",
    "fit_times",
    "foretell",
    "information",
    "judge_levels",
    "link",
    "list_alarms",
    "make_bank",
    "make_items",
    "make_record",
    "make_responses",
    "make_sparse_responses",
    "make_sparse_times",
    "make_times",
    "predict",
    "predict_difficulty",
    "predict_mixture",
    "probabilities",
    "replay",
    "rescale",
    "review_people",
    "score",
    "simulate",
    "simulate_online",
    "soften",
    "stack",
    "summarise",
    "take_items",
    "watch",
]
