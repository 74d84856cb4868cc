import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit

from waymark.assess.difficulty.lltm import Lltm, fit_lltm
from waymark.assess.items import Floats
from waymark.assess.responses import Responses, make_responses
from waymark.errors import BadInput

NAMES = ("steps", "code")
ITEMS, PEOPLE = 16, 400


def draw(*, residual: float) -> tuple[Floats, Floats]:
    rng = np.random.default_rng(6)  # noqa: TID251
    features = rng.normal(size=(ITEMS, 2))
    b = 0.2 + features @ [0.7, -0.4] + residual * rng.normal(size=ITEMS)
    theta = rng.normal(size=(PEOPLE, 1))
    return (rng.random((PEOPLE, ITEMS)) < expit(1.2 * (theta - b))).astype(float), features


def responses_of(right: Floats) -> Responses:
    return make_responses(right)


@pytest.fixture(scope="module")
def exact() -> Lltm:
    right, features = draw(residual=0.0)
    return fit_lltm(responses_of(right), features=features, names=NAMES)


@pytest.fixture(scope="module")
def rough() -> Lltm:
    right, features = draw(residual=0.5)
    return fit_lltm(responses_of(right), features=features, names=NAMES)


def test_the_plain_model_is_the_maximum_of_its_likelihood(exact: Lltm) -> None:
    right, features = draw(residual=0.0)
    nodes, weights = np.polynomial.hermite_e.hermegauss(50)
    design = np.column_stack([np.ones(ITEMS), features])

    def measure(aim: Floats) -> float:
        chance = expit(np.exp(aim[0]) * (nodes - (design @ aim[1:])[:, None]))
        logs = right @ np.log(chance) + (1 - right) @ np.log1p(-chance)
        return -float(np.sum(np.log(np.exp(logs) @ (weights / np.sqrt(2 * np.pi)))))

    best = minimize(measure, np.zeros(4), method="BFGS", options={"gtol": 1e-3})
    assert exact.log_likelihood == pytest.approx(-best.fun, abs=1e-3)
    assert exact.beta[1:] / exact.scale == pytest.approx(best.x[2:], abs=1e-3)
    assert exact.slope == pytest.approx(np.exp(best.x[0]), abs=1e-3)
    assert exact.sd[1:] / exact.scale == pytest.approx(np.sqrt(np.diag(best.hess_inv))[2:], rel=0.25)


def test_without_residuals_both_models_agree(exact: Lltm) -> None:
    assert exact.converged
    assert exact.p > 0.01
    assert exact.df == ITEMS - 3
    assert exact.residual.beta == pytest.approx(exact.beta, abs=0.03)
    assert exact.inflation == pytest.approx(np.ones(3), abs=0.35)


def test_with_residuals_the_plain_model_is_rejected_and_far_too_sure(rough: Lltm) -> None:
    assert rough.p < 1e-10
    assert (rough.inflation[1:] > 2.5).all()
    assert rough.residual.residual_sd.low <= 0.5 <= rough.residual.residual_sd.high


def test_free_items_come_with_their_errors(rough: Lltm) -> None:
    errors = np.sqrt(rough.items.covariance[:, 1, 1])
    assert ((errors > 0.05) & (errors < 0.4)).all()
    assert np.ptp(rough.items.a) == 0
    assert rough.free_log_likelihood > rough.log_likelihood
    assert rough.statistic == pytest.approx(2 * (rough.free_log_likelihood - rough.log_likelihood))


def test_the_2pl_keeps_a_slope_an_item() -> None:
    right, features = draw(residual=0.0)
    found = fit_lltm(responses_of(right), features=features, names=NAMES, model="2pl")
    assert np.isnan(found.slope)
    assert np.ptp(found.items.a) > 0.1
    assert (found.items.covariance[:, 0, 0] > 0).all()
    assert found.residual.beta == pytest.approx(found.beta, abs=0.05)


def test_sparse_answers_and_templates_are_taken() -> None:
    right, features = draw(residual=0.4)
    right[np.random.default_rng(1).random(right.shape) < 0.8] = np.nan  # noqa: TID251
    templates = [f"t{place // 2}" for place in range(ITEMS)]
    found = fit_lltm(responses_of(right), features=features, names=NAMES, templates=templates)
    assert found.answers == np.isfinite(right).sum()
    assert found.residual.seen.templates == tuple(sorted(set(templates)))


def test_items_that_everybody_had_right_are_left_out_by_name() -> None:
    right, features = draw(residual=0.0)
    right[:, 2], right[:, 5] = 1, np.nan
    found = fit_lltm(responses_of(right), features=features, names=NAMES)
    assert len(found.items) == ITEMS - 2
    assert found.notes[0].endswith("item3, item6")


def test_input_that_cannot_be_used_is_refused_by_name() -> None:
    right, features = draw(residual=0.0)
    with pytest.raises(BadInput, match="item 'item4' has scores above 1"):
        fit_lltm(responses_of(right + np.eye(ITEMS)[3] * 1.0), features=features, names=NAMES)
    with pytest.raises(BadInput, match="feature 'twice' is collinear"):
        fit_lltm(responses_of(right), features=np.column_stack([features, 2 * features[:, 0]]), names=(*NAMES, "twice"))
    with pytest.raises(BadInput, match=r"features of shape \(15, 2\)"):
        fit_lltm(responses_of(right), features=features[1:], names=NAMES)
    with pytest.raises(BadInput, match="4 items with varying answers for 2 features"):
        fit_lltm(responses_of(right[:, :4]), features=features[:4], names=NAMES)
