"""Run the assessment engine on what a file holds, as the anchors do, and print one line of JSON.

    engine.py calibrate RESPONSES.npy | score RESPONSES.npy BANK.npy | adapt BANK.npy ABILITIES.npy
    engine.py together PEOPLE ITEMS SKILLS | sparse PEOPLE ITEMS ANSWERS | skills ITEMS RHO TARGET

The inputs are those of `anchors/README.md`. Timed is the call alone, in CPU seconds of all threads, best pass, after
one small call that loads the compiled kernels.
"""

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from typing import Any

import numpy as np

from waymark import assess
from waymark.assess import Floats, Items

Figures = dict[str, Any]
SEED = 1
PART = 10_000  # people at a time


def time_best(work: Callable[[], Any], *, passes: int) -> tuple[Any, Figures]:
    """Return the last result and the CPU and wall seconds of the best of some passes."""
    costs = []
    result = None
    for _ in range(passes):
        wall, cpu = time.perf_counter(), time.process_time()
        result = work()
        costs.append((time.process_time() - cpu, time.perf_counter() - wall))
    return result, {"cpu_seconds": min(cost[0] for cost in costs), "wall_seconds": min(cost[1] for cost in costs)}


def calibrate(given: argparse.Namespace) -> Figures:
    """Fit a 2PL by marginal maximum likelihood, without and with standard errors."""
    answers = np.load(given.inputs[0])
    small = assess.make_responses(answers[:400])
    for errors in (False, True):
        assess.calibrate(small, standard_errors=errors)
    fitted, spent = time_best(
        lambda: assess.calibrate(assess.make_responses(answers), standard_errors=False), passes=given.passes
    )
    _, with_errors = time_best(lambda: assess.calibrate(assess.make_responses(answers)), passes=given.passes)
    return spent | {
        "cpu_seconds_with_errors": with_errors["cpu_seconds"],
        "iterations": fitted.iterations,
        "log_likelihood": fitted.log_likelihood,
        "discriminations": fitted.items.a.tolist(),
        "intercepts": (-fitted.items.a * fitted.items.b).tolist(),
    }


def score(given: argparse.Namespace) -> Figures:
    """Score people with known items by EAP; the largest deviation is that from a grid of 401 points."""
    answers, bank = np.load(given.inputs[0]), np.load(given.inputs[1])
    items = _make_items(bank)
    assess.score(answers[:100], items)
    scores, spent = time_best(lambda: assess.score(answers, items), passes=given.passes)
    mean, sd = integrate(answers[:2_000], items)
    return spent | {
        "deviation": float(np.abs(scores.estimate[:2_000, 0] - mean).max()),
        "deviation_of_error": float(np.abs(scores.sd[:2_000, 0] - sd).max()),
    }


def integrate(answers: np.ndarray[Any, Any], items: Items) -> tuple[Floats, Floats]:
    """Return mean and sd of the posterior of a standard normal prior on 401 points from -6 to 6, by plain sums."""
    theta = np.linspace(-6.0, 6.0, 401)
    table = assess.probabilities(items, theta)
    log_weight = answers @ np.log(table[1::2]) + (1 - answers) @ np.log(table[::2]) - theta**2 / 2.0
    weight = np.exp(log_weight - log_weight.max(axis=1, keepdims=True))
    weight /= weight.sum(axis=1, keepdims=True)
    mean = weight @ theta
    return mean, np.sqrt(np.maximum(weight @ theta**2 - mean**2, 0.0))


def adapt(given: argparse.Namespace) -> Figures:
    """Simulate adaptive tests on one skill until the sd is 0.3 or 30 items are spent."""
    bank = assess.make_bank(_make_items(np.load(given.inputs[0])))
    theta = np.load(given.inputs[1])[:, None]
    rules = assess.Rules(target_sd=0.3, most_items=30)
    return _simulate(bank, rules, theta, passes=given.passes)


def skills(given: argparse.Namespace) -> Figures:
    """Simulate adaptive tests on eight correlated skills until every sd is at the target."""
    size, rho, target = int(given.inputs[0]), float(given.inputs[1]), float(given.inputs[2])
    rng = np.random.default_rng(SEED)  # noqa: TID251  the seed of the made-up bank
    items = assess.make_items(
        tuple(f"i{place}" for place in range(size)),
        a=rng.uniform(0.8, 2.1, size),
        b=rng.normal(size=size),
        skills=tuple(f"skill{place}" for place in range(8)),
        skill=np.arange(size) % 8,
    )
    theta = rng.standard_normal((1_000, 8)) @ np.linalg.cholesky(np.eye(8) * (1 - rho) + rho).T
    rules = assess.Rules(target_sd=target, most_items=200, most_items_per_skill=200)
    together = _simulate(assess.make_bank(items, correlation=rho), rules, theta, passes=given.passes)
    alone = _simulate(assess.make_bank(items), rules, theta, passes=1)
    return together | {"length_apart": alone["length"]}


def _simulate(bank: assess.Bank, rules: assess.Rules, theta: Floats, *, passes: int) -> Figures:
    def go(people: Floats) -> assess.Simulation:
        rng = np.random.default_rng(SEED)  # noqa: TID251  the same answers in every pass
        takers = assess.draw_takers(bank, len(people), rng=rng, theta=people)
        return assess.simulate(bank, rules, rng=rng, takers=takers)

    go(theta[:2])
    simulation, spent = time_best(lambda: go(theta), passes=passes)
    course = simulation.course
    error = course.mean - theta
    count = int(course.answers.sum())
    return spent | {
        "microseconds_per_item": 1e6 * spent["cpu_seconds"] / count,
        "length": count / len(theta),
        "rmse": float(np.sqrt((error**2).mean())),
        "mean_error": float(course.sd.mean()),
        "coverage": float((np.abs(error) <= 1.959964 * course.sd).mean()),
    }


def together(given: argparse.Namespace) -> Figures:
    """Calibrate several correlated skills (correlation 0.6) from complete answers."""
    people, size, count = map(int, given.inputs)
    rng = np.random.default_rng(SEED)  # noqa: TID251  the seed of the made-up answers
    theta = rng.standard_normal((people, count)) @ np.linalg.cholesky(np.eye(count) * 0.4 + 0.6).T
    a, b, skill = rng.lognormal(0.0, 0.3, size), rng.normal(size=size), np.arange(size) % count
    answers = (rng.random((people, size)) < 1 / (1 + np.exp(-a * (theta[:, skill] - b)))).astype(np.int8)
    names = tuple(f"i{place}" for place in range(size))
    owner = {name: f"skill{number}" for name, number in zip(names, skill.tolist(), strict=True)}
    assess.calibrate(assess.make_responses(answers[:300], items=names), skills=owner)
    fitted, spent = time_best(
        lambda: assess.calibrate(assess.make_responses(answers, items=names), skills=owner), passes=given.passes
    )
    pairs = fitted.correlation[np.triu_indices(count, 1)]
    return spent | {
        "rmse_of_a": float(np.sqrt(((fitted.items.a - a) ** 2).mean())),
        "rmse_of_correlations": float(np.sqrt(((pairs - 0.6) ** 2).mean())),
        "peak_mib": getrusage(RUSAGE_SELF).ru_maxrss / 1024,
    }


def sparse(given: argparse.Namespace) -> Figures:
    """Calibrate many items from a few answers a person, by empirical Bayes with a feature of difficulty.

    A third of the items is drawn at random, the others near what the first answers say of the person.
    """
    answers, feature, b = _draw_sparse(*map(int, given.inputs))
    fitted, spent = time_best(lambda: assess.calibrate(answers, estimator="map", features=feature, nodes=31), passes=1)
    return spent | {
        "iterations": fitted.iterations,
        "rmse_of_b": float(np.sqrt(np.nanmean((fitted.items.b - b) ** 2))),
        "correlation_of_b": float(np.corrcoef(np.nan_to_num(fitted.items.b), b)[0, 1]),
        "peak_mib": getrusage(RUSAGE_SELF).ru_maxrss / 1024,
    }


def _draw_sparse(people: int, size: int, each: int) -> tuple[assess.Responses, Floats, Floats]:
    """Return answers, the feature (J, 1) and difficulties (J,), in steps that hold little at a time."""
    rng = np.random.default_rng(SEED)  # noqa: TID251  the seed of the made-up answers
    theta, b, a = rng.normal(size=people), rng.normal(size=size), rng.lognormal(0.0, 0.3, size)
    feature = (b + rng.normal(size=size))[:, None]  # half of the variance of difficulty
    order, ranked, few = np.argsort(b).astype(np.int32), np.sort(b), each // 3

    def answer(item: Any) -> Any:  # noqa: ANN401  whole numbers (N, n) to truths (N, n)
        parts = [slice(first, first + PART) for first in range(0, people, PART)]
        return np.concatenate(
            [rng.random(item[p].shape) < 1 / (1 + np.exp(-a[item[p]] * (theta[p, None] - b[item[p]]))) for p in parts]
        )

    start = (np.sort(rng.integers(0, size - each, size=(people, few)), axis=1) + np.arange(few)).astype(np.int32)
    began = answer(start)
    rough = b[start].mean(axis=1) + 1.2 * (2 * began.mean(axis=1) - 1) * 1.6  # what the first answers say of the person
    near, then = np.searchsorted(ranked, rough), np.empty((people, each), dtype=np.int32)
    for first in range(0, people, PART):
        p = slice(first, min(first + PART, people))
        about = np.sort(rng.integers(-900, 900, (p.stop - first, each)), axis=1)
        then[p] = order[(near[p, None] + about + np.arange(each)) % size]
    right = np.concatenate([began, answer(then)[:, : each - few]], axis=1).astype(np.int8)
    item = np.concatenate([start, then[:, : each - few]], axis=1)
    keep = np.ones(item.shape, dtype=bool)
    for place in range(few):
        keep[:, few:] &= item[:, few:] != start[:, place, None]
    person = np.repeat(np.arange(people, dtype=np.int32), keep.sum(axis=1))
    names = tuple(f"i{place}" for place in range(size))
    return assess.make_sparse_responses(person, item[keep], right[keep], items=names, people=people), feature, b


def _make_items(bank: Floats) -> Items:
    names = tuple(f"item{place + 1}" for place in range(len(bank)))
    return assess.make_items(names, a=bank[:, 0], b=-bank[:, 1] / bank[:, 0])


def main() -> None:
    """Do what is asked and print its figures."""
    works = {work.__name__: work for work in (calibrate, score, adapt, skills, together, sparse)}
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", choices=works)
    parser.add_argument("inputs", nargs="+")
    parser.add_argument("--passes", type=int, default=1)
    given = parser.parse_args()
    print(json.dumps({"anchor": "Waymark", "name": Path(__file__).stem, **works[given.work](given)}))


if __name__ == "__main__":
    main()
