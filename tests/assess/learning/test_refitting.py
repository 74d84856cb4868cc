import numpy as np
import pytest

from waymark.assess.calibration.calibrating import calibrate_skill
from waymark.assess.calibration.calibrations import Priors
from waymark.assess.curves import logistic
from waymark.assess.grouping import sort_groups
from waymark.assess.items import Items, make_items
from waymark.assess.learning.refitting import refit
from waymark.assess.responses import Responses, make_responses


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)  # noqa: TID251  tests make their own chance


def draw(
    *, people: int = 1_500, size: int = 20, impact: float = 0.0, missing: float = 0.0
) -> tuple[Responses, Items, list[str]]:
    """Return answers and the items as they were believed to be: everywhere a = 1, b = 0."""
    own = rng(2)
    truth = make_items(tuple(f"i{row}" for row in range(size)), a=own.lognormal(0, 0.2, size), b=own.normal(size=size))
    focal = own.random(people) < 0.4
    theta = own.standard_normal(people) * np.where(focal, 1.3, 1.0) + impact * focal
    right = own.random((people, size)) < logistic(truth.a * (theta[:, None] - truth.b))
    cells = np.where(own.random(right.shape) < missing, -1, right)
    covariance = np.tile(np.diag([0.25, 2.25]), (size, 1, 1))
    believed = make_items(truth.ids, a=1.0, b=0.0, covariance=covariance)
    return make_responses(cells, items=truth.ids), believed, ["focal" if one else "others" for one in focal]


@pytest.mark.parametrize("missing", [0.0, 0.85])
def test_a_prior_that_is_the_same_for_all_items_gives_the_calibration_with_that_prior(missing: float) -> None:
    responses, believed, _ = draw(missing=missing)
    everybody = sort_groups(None, people=responses.people, reference=None, anchored=False)
    found = refit(responses, believed, everybody)
    priors = Priors(log_slope=0.0, log_slope_sd=0.5, difficulty=0.0, difficulty_sd=1.5, learn=False)
    wanted = calibrate_skill(responses, model="2pl", estimator="map", priors=priors)
    assert found.converged
    assert found.items.a == pytest.approx(wanted.items.a, abs=2e-4)
    assert found.items.b == pytest.approx(wanted.items.b, abs=2e-4)
    assert np.sqrt(found.items.covariance[:, 1, 1]) == pytest.approx(wanted.se_b, rel=0.15)  # other errors, same size


def test_groups_have_their_own_mean_and_sd() -> None:
    responses, believed, names = draw(people=3_000, impact=0.7)
    groups = sort_groups(names, people=responses.people, reference="others", anchored=False)
    found = refit(responses, believed, groups)
    assert found.mean[1] == 0.0
    assert found.sd[1] == 1.0
    assert found.mean[0] == pytest.approx(0.7, abs=0.12)
    assert found.sd[0] == pytest.approx(1.3, abs=0.12)


def test_known_items_stay_to_the_bit_and_hold_the_scale() -> None:
    responses, believed, _ = draw()
    everybody = sort_groups(None, people=responses.people, reference=None, anchored=True)
    known = np.arange(len(believed)) % 2 == 0
    held = make_items(believed.ids, a=1.0, b=0.5, covariance=np.where(known[:, None, None], 0.0, believed.covariance))
    found = refit(responses, held, everybody)
    assert np.array_equal(found.items.b[known], held.b[known])
    assert np.array_equal(found.items.a[known], held.a[known])
    assert not found.items.covariance[known].any()
    assert found.mean[0] > 0.2  # items said to be harder than they are: so people must be abler
    assert np.abs(found.gradient[~known] - 0.0).max() < 60
    assert np.abs(found.gradient[known, 1]).max() > 60  # what the answers say against them is told


def test_other_items_errors_widen_the_posterior() -> None:
    responses, believed, _ = draw(people=400)
    everybody = sort_groups(None, people=responses.people, reference=None, anchored=False)
    found = refit(responses, believed, everybody)
    assert found.joint
    assert (found.shared[:, 1, 1] > 0).all()
    assert (np.linalg.eigvalsh(found.shared) > -1e-9).all()
    assert (found.shared[:, 1, 1] < found.items.covariance[:, 1, 1]).all()


@pytest.mark.parametrize("kind", ["gpcm", "grm"])
def test_items_with_steps_move_as_a_whole(kind: str) -> None:
    own, size, people = rng(5), 8, 2_500
    steps = np.sort(own.normal(size=(size, 2)), axis=1)
    truth = make_items(tuple(f"i{row}" for row in range(size)), kind=kind, steps=steps)
    theta = own.standard_normal(people)
    level = theta[:, None, None] - steps
    if kind == "grm":
        score = (own.random((people, size, 1)) < logistic(level)[..., :]).sum(axis=2)
        u = own.random((people, size))
        score = (u[:, :, None] < logistic(level)).sum(axis=2)
    else:
        weight = np.exp(np.concatenate([np.zeros((people, size, 1)), np.cumsum(level, axis=2)], axis=2))
        share = np.cumsum(weight / weight.sum(axis=2, keepdims=True), axis=2)
        score = (own.random((people, size, 1)) > share[:, :, :-1]).sum(axis=2)
    moved = np.where(np.arange(size) == 3, 0.8, 0.0)
    believed = make_items(
        truth.ids, kind=kind, steps=steps + moved[:, None], covariance=np.tile(np.diag([0.04, 0.25]), (size, 1, 1))
    )
    everybody = sort_groups(None, people=people, reference=None, anchored=False)
    found = refit(make_responses(score, items=truth.ids), believed, everybody)
    assert found.items.b == pytest.approx(truth.b, abs=0.15)
    assert np.diff(found.items.steps, axis=1) == pytest.approx(np.diff(steps, axis=1))
    assert found.items.a == pytest.approx(np.ones(size), abs=0.2)
