"""Run mirt-py (PyPI `mirt`): calibrate a 2PL, score people, or simulate adaptive tests; print one line of JSON.

RESPONSES  .npy, int8, persons x items: 0, 1, or -1 for missing
BANK       .npy, float64, items x 2: discrimination a and intercept d of P = 1 / (1 + exp(-(a * ability + d)))
ABILITIES  .npy, float64: the true abilities of those who are tested

The number of nodes is mirt-py's own default where none is given. Timed is the call alone, after one small call that
loads what is loaded late. One thread: set RAYON_NUM_THREADS=1 and OPENBLAS_NUM_THREADS=1.
"""

import argparse
from functools import partial
from typing import Any

import numpy as np
from measuring import Figures, Floats, judge_tests, load_anchor, print_line, read_array, time_best


def calibrate(given: argparse.Namespace) -> Figures:
    """Fit a 2PL by EM: marginal maximum likelihood."""
    responses = given.responses.astype(np.int_)
    options = {"n_quadpts": given.nodes} if given.nodes else {}
    fit = partial(
        load_anchor("mirt").fit_mirt,
        model="2PL",
        accelerate="squarem" if given.squarem else "none",
        compute_standard_errors=given.errors,
        **options,
    )
    fit(np.eye(6, dtype=np.int_)[np.arange(60) % 6])
    fitted, spent = time_best(lambda: fit(responses), passes=given.passes)
    discriminations = np.ravel(fitted.model.parameters["discrimination"])
    difficulties = np.ravel(fitted.model.parameters["difficulty"])
    return {
        **spent,
        "persons": len(responses),
        "items": len(discriminations),
        "nodes": given.nodes or "default",
        "iterations": int(fitted.n_iterations),
        "converged": bool(fitted.converged),
        "log_likelihood": float(fitted.log_likelihood),
        "discriminations": discriminations.tolist(),
        "intercepts": (-discriminations * difficulties).tolist(),
    }


def score(given: argparse.Namespace) -> Figures:
    """Score people with known items: the mean and the standard deviation of the posterior (EAP)."""
    responses = given.responses.astype(np.int_)
    score_people = partial(load_anchor("mirt").fscores, _build_bank(given.bank), n_quadpts=given.nodes)
    score_people(responses[:50])
    scores, spent = time_best(lambda: score_people(responses), passes=given.passes)
    if given.estimates:
        np.save(given.estimates, np.column_stack([np.ravel(scores.theta), np.ravel(scores.standard_error)]))
    return {**spent, "persons": len(responses), "items": responses.shape[1], "nodes": given.nodes or "default"}


def adapt(given: argparse.Namespace) -> Figures:
    """Simulate adaptive tests in one batch: most information, EAP, until the error is small or the test long."""
    build_engine = load_anchor("mirt.cat").CATEngine
    bank, abilities = _build_bank(given.bank), given.abilities
    options = {"n_quadpts": given.nodes} if given.nodes else {}

    def simulate(people: Floats) -> Any:  # noqa: ANN401  the anchor's own kind of results
        engine = build_engine(bank, se_threshold=given.target, max_items=given.longest, seed=given.seed, **options)
        return engine.run_batch_simulation(people, use_rust=given.path == "native")

    simulate(abilities[:2])
    tests, spent = time_best(lambda: simulate(abilities), passes=given.passes)
    estimates = np.array([test.theta for test in tests])
    errors = np.array([test.standard_error for test in tests])
    lengths = np.array([test.n_items_administered for test in tests], dtype=np.float64)
    judged = judge_tests(abilities, estimates, errors, lengths, longest=given.longest)
    each = 1e6 * spent["cpu_seconds"] / judged["items_administered"]
    return {**spent, "nodes": given.nodes or "default", "path": given.path, "microseconds_per_item": each, **judged}


def _build_bank(bank: Floats) -> Any:  # noqa: ANN401  the anchor's own kind of model
    model = load_anchor("mirt.models").TwoParameterLogistic(n_items=len(bank))
    model.set_parameters(discrimination=bank[:, 0], difficulty=-bank[:, 1] / bank[:, 0])
    model._is_fitted = True  # noqa: SLF001  it offers no other way to use parameters that it has not fitted itself
    return model


def main() -> None:
    """Do what is asked and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    inputs = {
        calibrate: ("responses",),
        score: ("responses", "bank"),
        adapt: ("bank", "abilities"),
    }
    asked = {}
    for work, files in inputs.items():
        command = asked[work] = commands.add_parser(work.__name__, help=work.__doc__)
        command.set_defaults(work=work)
        for name in files:
            command.add_argument(name, metavar=name.upper(), type=read_array)
        command.add_argument("--nodes", type=int, help="nodes of the grid (default: mirt-py's own)")
        command.add_argument("--passes", type=int, default=1, help="passes, of which the best counts (1)")
    asked[calibrate].add_argument("--squarem", action="store_true", help="accelerate EM by SQUAREM")
    asked[calibrate].add_argument("--errors", action="store_true", help="compute standard errors too")
    asked[score].add_argument("--estimates", help=".npy to write, persons x 2: ability, standard error")
    asked[adapt].add_argument("--target", type=float, default=0.3, help="standard error to reach (0.3)")
    asked[adapt].add_argument("--longest", type=int, default=30, help="items at most (30)")
    asked[adapt].add_argument("--path", choices=("native", "lockstep"), default="native", help="Rust, or numpy")
    asked[adapt].add_argument("--seed", type=int, default=1, help="seed of the simulated answers (1)")
    given = parser.parse_args()
    print_line("mirt-py", "mirt", given.work(given))


if __name__ == "__main__":
    main()
