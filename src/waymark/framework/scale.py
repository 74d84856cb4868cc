"""The one scale: ability theta in logits, population N(0, 1), spoken as a score and a level.

    score = 150 + 50 * theta, clipped to 1-300

Level 0 means that nothing is asked; Beginning ends at theta -1 (score 100), Developing at +1 (score 200).
"""

from math import erf, inf, isfinite, sqrt

from waymark.errors import BadInput

CENTRE = 150.0
POINTS_PER_LOGIT = 50.0
LOWEST_SCORE = 1
HIGHEST_SCORE = 300
CUTS = (-1.0, 1.0)
LEVEL_NAMES = ("Not required", "Beginning", "Developing", "Accomplished")
BANDS = ((0, 0), (1, 100), (101, 200), (201, 300))


def score_of_theta(theta: float) -> float:
    """Speak an ability as a score of 1 to 300.

    >>> score_of_theta(0.0), score_of_theta(-1.0), score_of_theta(9.0)
    (150.0, 100.0, 300.0)
    """
    return min(max(CENTRE + POINTS_PER_LOGIT * theta, float(LOWEST_SCORE)), float(HIGHEST_SCORE))


def theta_of_score(score: float) -> float:
    """Read a score as an ability in logits; 0, which means that nothing is asked, becomes -3.

    >>> theta_of_score(200)
    1.0

    Raises `BadInput` outside 0-300.
    """
    return (_demand_score(score) - CENTRE) / POINTS_PER_LOGIT


def level_of_score(score: float) -> int:
    """Return the level, 0 to 3, of a score of 0 to 300.

    >>> [level_of_score(score) for score in (0, 1, 100, 101, 200, 201, 300)]
    [0, 1, 1, 2, 2, 3, 3]

    A cut belongs to the level below it: 100 is Beginning, 100.4 Developing. Raises `BadInput` outside 0-300.
    """
    return 0 if _demand_score(score) == 0 else level_of_theta(theta_of_score(score))


def level_of_theta(theta: float) -> int:
    """Return the level, 1 to 3, of an ability.

    >>> level_of_theta(-1.0), level_of_theta(0.0), level_of_theta(1.5)
    (1, 2, 3)
    """
    return 1 + sum(theta > cut for cut in CUTS)


def name_level(level: int) -> str:
    """Name a level of 0 to 3.

    >>> name_level(2)
    'Developing'

    Raises `BadInput` for any other level.
    """
    _demand_level(level)
    return LEVEL_NAMES[level]


def probability_of_level(level: int, *, mean: float, sd: float) -> float:
    """Return the probability that an ability ~ N(mean, sd^2), in logits, lies at a level of 1 to 3.

    P(level) = Phi((upper - mean) / sd) - Phi((lower - mean) / sd), with the cuts of the level; 0 for level 0.

    >>> round(probability_of_level(2, mean=0.0, sd=1.0), 4)
    0.6827
    """
    _demand_level(level)
    if level == 0:
        return 0.0
    edges = (-inf, *CUTS, inf)
    return probability_below(edges[level], mean=mean, sd=sd) - probability_below(edges[level - 1], mean=mean, sd=sd)


def probabilities_of_levels(*, mean: float, sd: float) -> tuple[float, float, float, float]:
    """Return the probabilities of the levels 0 to 3 for an ability ~ N(mean, sd^2) in logits; the first is 0.

    >>> probabilities_of_levels(mean=2.0, sd=0.0)
    (0.0, 0.0, 0.0, 1.0)
    """
    beginning, developing, accomplished = (probability_of_level(level, mean=mean, sd=sd) for level in (1, 2, 3))
    return (0.0, beginning, developing, accomplished)


def probability_below(threshold: float, *, mean: float, sd: float) -> float:
    """Return P(theta <= threshold) for theta ~ N(mean, sd^2), all in logits; sd 0 means known exactly.

    >>> probability_below(0.0, mean=0.0, sd=1.0)
    0.5
    """
    if not isfinite(mean) or not isfinite(sd) or sd < 0:
        raise BadInput(f"no distribution has mean {mean} and sd {sd}", hint="give a finite mean and an sd >= 0")
    if sd == 0:
        return 1.0 if mean <= threshold else 0.0
    return 0.5 * (1.0 + erf((threshold - mean) / (sd * sqrt(2.0))))


def _demand_score(score: float) -> float:
    if not 0 <= score <= HIGHEST_SCORE:
        raise BadInput(f"{score} is not a score", hint=f"give a score of 0 to {HIGHEST_SCORE}")
    return score


def _demand_level(level: int) -> None:
    if level not in range(len(LEVEL_NAMES)):
        raise BadInput(f"{level} is not a level", hint=f"give a level of 0 to {len(LEVEL_NAMES) - 1}")
