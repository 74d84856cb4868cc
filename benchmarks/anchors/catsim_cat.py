"""Simulate adaptive tests with catsim: most information, maximum likelihood; print one line of JSON.

BANK       .npy, float64, items x 2: discrimination a and intercept d of P = 1 / (1 + exp(-(a * ability + d)))
ABILITIES  .npy, float64: the true abilities of those who are tested

catsim has no EAP: its estimates are maximum likelihood (with Dodd's step while all answers are alike), its standard
errors 1 / sqrt(information). Timed is `Simulator.simulate` alone.
"""

import argparse
import contextlib
import sys

import numpy as np
from measuring import Figures, Floats, judge_tests, load_anchor, print_line, read_array, time_best


def adapt(bank: Floats, abilities: Floats, given: argparse.Namespace) -> Figures:
    """Simulate one test a person and judge them all."""
    simulation, irt = load_anchor("catsim.simulation"), load_anchor("catsim.irt")
    items = np.column_stack([bank[:, 0], -bank[:, 1] / bank[:, 0], np.zeros(len(bank)), np.ones(len(bank))])
    with contextlib.redirect_stdout(sys.stderr):  # what it finds in a bank, be it nothing, it prints
        simulator = simulation.Simulator(
            items,
            abilities,
            load_anchor("catsim.initialization").FixedPointInitializer(0.0),
            load_anchor("catsim.selection").MaxInfoSelector(),
            load_anchor("catsim.estimation").NumericalSearchEstimator(),
            load_anchor("catsim.stopping").MinErrorStopper(given.target, max_items=given.longest),
            seed=given.seed,
        )
    # One pass: a simulator keeps the answers of those it has tested.
    _, spent = time_best(simulator.simulate, passes=1)
    taken = simulator.administered_items
    estimates = np.array(simulator.latest_estimations)
    errors = np.array([irt.see(estimate, items[own]) for estimate, own in zip(estimates, taken, strict=True)])
    lengths = np.array([len(own) for own in taken], dtype=np.float64)
    judged = judge_tests(abilities, estimates, errors, lengths, longest=given.longest)
    return {**spent, "microseconds_per_item": 1e6 * spent["cpu_seconds"] / judged["items_administered"], **judged}


def main() -> None:
    """Do what is asked and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bank", metavar="BANK", type=read_array)
    parser.add_argument("abilities", metavar="ABILITIES", type=read_array)
    parser.add_argument("--people", type=int, help="test the first so many only (catsim is slow on large banks)")
    parser.add_argument("--target", type=float, default=0.3, help="standard error to reach (0.3)")
    parser.add_argument("--longest", type=int, default=30, help="items at most (30)")
    parser.add_argument("--seed", type=int, default=1, help="seed of the simulated answers (1)")
    given = parser.parse_args()
    print_line("catsim", "catsim", adapt(given.bank, given.abilities[: given.people], given))


if __name__ == "__main__":
    main()
