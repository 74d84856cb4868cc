import numpy as np
import pytest

from waymark.assess.difficulty.explaining import Explanation, explain, explain_items, predict_difficulty, shrink_values
from waymark.assess.items import Floats, make_items
from waymark.errors import BadInput

NAMES = ("steps", "words", "code")
TEMPLATES = [f"t{place // 3:02d}" for place in range(120)]


def draw(*, seed: int = 1) -> tuple[Floats, Floats, Floats]:
    """Return estimates, errors and features of 40 templates with 3 variants each."""
    rng = np.random.default_rng(seed)  # noqa: TID251
    features = np.column_stack([rng.integers(1, 7, 120), rng.normal(60, 20, 120), rng.random(120) < 0.3]).astype(float)
    fixed = 0.3 * features[:, 0] - 0.01 * features[:, 1] + 0.2 * features[:, 2]
    truth = fixed + np.repeat(rng.normal(0, 0.6, 40), 3) + rng.normal(0, 0.25, 120)
    errors = rng.uniform(0.1, 0.3, 120)
    return truth + rng.normal(0, errors), errors, features


@pytest.fixture(scope="module")
def explanation() -> Explanation:
    values, errors, features = draw()
    return explain(values, errors, features=features, names=NAMES, templates=TEMPLATES)


def test_coefficients_speak_of_the_features_as_given(explanation: Explanation) -> None:
    away = np.abs(explanation.coefficients - [0.3, -0.01, 0.2]) / explanation.coefficients_sd
    assert (away < 2.5).all()
    assert explanation.items == 120
    assert explanation.left_out == 0
    assert explanation.converged


def test_a_variant_of_a_known_template_is_predicted_with_less_doubt(explanation: Explanation) -> None:
    features = np.tile([3.0, 60.0, 0.0], (2, 1))
    found = predict_difficulty(explanation, features=features, templates=["t05", "never seen"])
    assert found.known.tolist() == [True, False]
    assert found.sd[0] < 0.7 * found.sd[1]
    assert found.sd[0] > explanation.residual_sd.value


def test_without_templates_every_item_to_predict_is_of_a_new_one(explanation: Explanation) -> None:
    found = predict_difficulty(explanation, features=np.tile([3.0, 60.0, 0.0], (2, 1)))
    assert not found.known.any()


def test_a_known_template_brings_the_prediction_nearer_to_its_variants(explanation: Explanation) -> None:
    values, _, features = draw()
    known = predict_difficulty(explanation, features=features, templates=TEMPLATES)
    new = predict_difficulty(explanation, features=features)
    assert np.std(values - known.mean) < 0.7 * np.std(values - new.mean)


def test_posteriors_lie_between_estimate_and_prediction_and_are_surer_than_both(explanation: Explanation) -> None:
    _, errors, _ = draw()
    assert (explanation.posterior_sd < errors).all()
    assert (explanation.posterior_sd > 0).all()


def test_posteriors_alone_are_those_of_the_whole_explanation(explanation: Explanation) -> None:
    values, errors, features = draw()
    found = shrink_values(values, errors, features=features, names=NAMES, templates=TEMPLATES)
    assert found.tolist() == explanation.posterior_mean.tolist()


def test_the_units_of_a_feature_do_not_matter() -> None:
    values, errors, features = draw()
    one = explain(values, errors, features=features, names=NAMES, templates=TEMPLATES)
    other = explain(values, errors, features=features * [1, 100, -7] + 5, names=NAMES, templates=TEMPLATES)
    assert other.beta * [1, 1, 1, -1] == pytest.approx(one.beta, abs=1e-6)
    assert other.cross_validated_r2.value == pytest.approx(one.cross_validated_r2.value, abs=1e-6)


def test_the_order_of_the_items_does_not_matter() -> None:
    values, errors, features = draw()
    order = np.random.default_rng(0).permutation(120)  # noqa: TID251
    one = explain(values, errors, features=features, names=NAMES, templates=TEMPLATES)
    names = [TEMPLATES[row] for row in order]
    other = explain(values[order], errors[order], features=features[order], names=NAMES, templates=names)
    assert other.beta == pytest.approx(one.beta, abs=1e-6)
    assert other.posterior_mean == pytest.approx(one.posterior_mean[order], abs=1e-6)


@pytest.mark.parametrize(("value", "error"), [(np.nan, 0.2), (0.5, np.nan), (0.5, np.inf)])
def test_items_without_an_estimate_are_left_out_and_counted(value: float, error: float) -> None:
    values, errors, features = draw()
    one = explain(values[3:], errors[3:], features=features[3:], names=NAMES, templates=TEMPLATES[3:])
    values[:3], errors[:3] = value, error
    other = explain(values, errors, features=features, names=NAMES, templates=TEMPLATES)
    assert other.left_out == 3
    assert other.beta == pytest.approx(one.beta, abs=1e-9)
    assert np.isnan(other.posterior_mean[:3]).all()
    assert "3 items" in other.notes[0]


def test_shares_of_variance_are_ordered_and_within_their_intervals(explanation: Explanation) -> None:
    for share in (explanation.marginal_r2, explanation.conditional_r2, explanation.cross_validated_r2):
        assert share.low <= share.value <= share.high <= 1
    assert explanation.marginal_r2.value < explanation.conditional_r2.value


def test_features_that_say_nothing_are_found_worthless() -> None:
    values, errors, _ = draw()
    noise = np.random.default_rng(5).normal(size=(120, 3))  # noqa: TID251
    found = explain(values, errors, features=noise, names=NAMES, templates=TEMPLATES)
    assert found.cross_validated_r2.low < 0 < found.cross_validated_r2.high
    assert found.marginal_r2.low == 0


def test_templates_with_one_variant_leave_their_residual_untold() -> None:
    values, errors, features = draw()
    found = explain(values, errors, features=features, names=NAMES)
    assert np.isnan(found.template_sd.value)
    assert found.residual_sd.value == pytest.approx(0.65, abs=0.15)
    assert any("cannot be told" in note for note in found.notes)


def test_a_model_without_features_is_a_mean_with_residuals() -> None:
    values, errors, _ = draw()
    found = explain(values, errors, features=np.zeros((120, 0)), names=(), templates=TEMPLATES)
    assert found.beta.shape == (1,)
    assert found.marginal_r2.value == 0
    assert predict_difficulty(found, features=np.zeros((2, 0))).mean == pytest.approx([found.beta[0]] * 2)


def test_more_features_than_items_are_shrunk() -> None:
    rng = np.random.default_rng(2)  # noqa: TID251
    names = [f"f{place}" for place in range(40)]
    found = explain(rng.normal(size=20), np.full(20, 0.2), features=rng.normal(size=(20, 40)), names=names)
    assert np.isfinite(found.beta).all()
    assert found.converged


def test_a_feature_that_does_not_vary_is_named() -> None:
    values, errors, features = draw()
    features[:, 2] = 1
    found = explain(values, errors, features=features, names=NAMES, templates=TEMPLATES)
    assert found.beta[3] == 0
    assert "features that do not vary: code" in found.notes


def test_estimates_without_error_are_their_own_posterior() -> None:
    values, _, features = draw()
    found = explain(values, np.zeros(120), features=features, names=NAMES, templates=TEMPLATES)
    assert found.posterior_mean == pytest.approx(values)
    assert found.posterior_sd == pytest.approx(np.zeros(120))


def test_items_are_explained_in_difficulty_and_discrimination() -> None:
    values, errors, features = draw()
    covariance = np.zeros((120, 2, 2))
    covariance[:, 0, 0], covariance[:, 1, 1] = 0.01, errors**2
    slopes = np.exp(0.05 * features[:, 0])
    slopes[7] = -0.2
    items = make_items(tuple(f"i{place}" for place in range(120)), a=slopes, b=values, covariance=covariance)
    difficulty, discrimination = explain_items(items, features=features, names=NAMES, templates=TEMPLATES)
    direct = explain(values, errors, features=features, names=NAMES, templates=TEMPLATES)
    assert difficulty.beta == pytest.approx(direct.beta, abs=1e-9)
    assert discrimination.left_out == 1
    assert discrimination.coefficients[0] == pytest.approx(0.05, abs=0.01)


def test_input_that_cannot_be_used_is_refused_by_name() -> None:
    values, errors, features = draw()
    with pytest.raises(BadInput, match="one of each an item"):
        explain(values, errors[1:], features=features, names=NAMES)
    with pytest.raises(BadInput, match="the standard error of item 5 is -1"):
        explain(values, np.where(np.arange(120) == 4, -1.0, errors), features=features, names=NAMES)
    with pytest.raises(BadInput, match="estimates of 2 templates"):
        explain(values[:6], errors[:6], features=features[:6], names=NAMES, templates=TEMPLATES[:6])
    with pytest.raises(BadInput, match="every estimate is the same"):
        explain(np.ones(120), errors, features=features, names=NAMES)
    features[9, 1] = np.nan
    with pytest.raises(BadInput, match="feature 'words' of item 10 is nan"):
        explain(values, errors, features=features, names=NAMES)


def test_a_prediction_wants_the_features_that_were_learned(explanation: Explanation) -> None:
    with pytest.raises(BadInput, match=r"one finite number for each of steps, words, code"):
        predict_difficulty(explanation, features=np.ones((2, 2)))
    with pytest.raises(BadInput, match="1 templates for 2 items"):
        predict_difficulty(explanation, features=np.ones((2, 3)), templates=["t00"])
