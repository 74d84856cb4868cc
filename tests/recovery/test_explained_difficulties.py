"""Difficulties drawn from known features and residuals: what `explain` says of them and of items to come."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest

from waymark.assess.difficulty.explaining import Explanation, Prediction, explain, predict_difficulty
from waymark.assess.items import Floats

TEMPLATES, VARIANTS, FEATURES, NEW = 60, 3, 6, 400
EFFECT, TEMPLATE_SD, RESIDUAL_SD = 0.3, 0.6, 0.25
RUNS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    beta: Floats
    explanation: Explanation
    variants: Prediction
    variant_truth: Floats
    news: Prediction
    new_truth: Floats


def make_run(seed: int) -> Run:
    rng = np.random.default_rng(seed)  # noqa: TID251
    size, half = TEMPLATES * VARIANTS, FEATURES // 2
    features = rng.normal(size=(size, FEATURES))
    features[:, :half] = np.repeat(rng.normal(size=(TEMPLATES, half)), VARIANTS, axis=0)  # those of the template
    beta, own = rng.normal(0, EFFECT, FEATURES), rng.normal(0, TEMPLATE_SD, TEMPLATES)
    owner = np.repeat(np.arange(TEMPLATES), VARIANTS)
    errors = 0.2 * np.exp(rng.normal(0, 0.3, size))
    estimates = features @ beta + own[owner] + rng.normal(0, RESIDUAL_SD, size) + rng.normal(0, errors)
    names = [f"f{place}" for place in range(FEATURES)]
    ids = [f"t{place}" for place in range(TEMPLATES)]
    found = explain(estimates, errors, features=features, names=names, templates=[ids[place] for place in owner])
    variant = rng.normal(size=(TEMPLATES, FEATURES))
    variant[:, :half] = features[::VARIANTS, :half]
    new = rng.normal(size=(NEW, FEATURES))
    residual = rng.normal(0, RESIDUAL_SD, TEMPLATES + NEW)
    return Run(
        beta=beta,
        explanation=found,
        variants=predict_difficulty(found, features=variant, templates=ids),
        variant_truth=variant @ beta + own + residual[:TEMPLATES],
        news=predict_difficulty(found, features=new),
        new_truth=new @ beta + rng.normal(0, TEMPLATE_SD, NEW) + residual[TEMPLATES:],
    )


@cache
def make_runs() -> tuple[Run, ...]:
    return tuple(make_run(seed) for seed in range(RUNS))


def coverage(pairs: Iterator[tuple[Prediction, Floats]]) -> float:
    return float(np.mean([np.abs(truth - found.mean) < 1.96 * found.sd for found, truth in pairs]))


def test_intervals_for_variants_of_known_templates_cover() -> None:
    assert 0.935 < coverage((run.variants, run.variant_truth) for run in make_runs()) < 0.965


def test_intervals_for_new_templates_cover() -> None:
    assert 0.94 < coverage((run.news, run.new_truth) for run in make_runs()) < 0.96


def test_a_known_template_halves_the_error() -> None:
    known = np.mean([np.square(run.variant_truth - run.variants.mean) for run in make_runs()])
    new = np.mean([np.square(run.new_truth - run.news.mean) for run in make_runs()])
    assert known < 0.4 * new


def test_intervals_for_coefficients_cover() -> None:
    held = [
        np.abs(run.explanation.coefficients - run.beta) < 1.96 * run.explanation.coefficients_sd for run in make_runs()
    ]
    assert 0.91 < np.mean(held) < 0.985


@pytest.mark.parametrize(
    ("name", "truth"), [("template_sd", TEMPLATE_SD), ("residual_sd", RESIDUAL_SD), ("feature_sd", EFFECT)]
)
def test_standard_deviations_are_recovered(name: str, truth: float) -> None:
    found = [getattr(run.explanation, name) for run in make_runs()]
    assert np.mean([one.value for one in found]) == pytest.approx(truth, rel=0.1)
    assert np.mean([one.low <= truth <= one.high for one in found]) >= 0.86


def test_the_cross_validated_share_is_that_of_new_templates() -> None:
    def share(run: Run) -> float:
        missed = np.mean((run.new_truth - run.news.mean) ** 2)
        return float(1 - missed / np.var(run.new_truth))

    found = [run.explanation.cross_validated_r2 for run in make_runs()]
    truth = [share(run) for run in make_runs()]
    assert np.mean([one.value for one in found]) == pytest.approx(np.mean(truth), abs=0.04)
    assert np.mean([one.low <= value <= one.high for one, value in zip(found, truth, strict=True)]) >= 0.84


def test_posteriors_are_nearer_the_truth_than_estimates_alone() -> None:
    rng = np.random.default_rng(1)  # noqa: TID251
    owner = np.repeat(np.arange(200), 3)
    truth = rng.normal(0, 0.6, 200)[owner] + rng.normal(0, 0.25, 600)
    estimates = truth + rng.normal(0, 0.5, 600)
    names = [f"t{place}" for place in owner]
    found = explain(estimates, np.full(600, 0.5), features=np.zeros((600, 0)), names=(), templates=names)
    assert np.std(found.posterior_mean - truth) < 0.75 * np.std(estimates - truth)
    assert np.mean(np.abs(found.posterior_mean - truth) < 1.96 * found.posterior_sd) == pytest.approx(0.95, abs=0.025)
