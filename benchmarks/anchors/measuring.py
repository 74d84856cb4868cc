"""Measuring: what the Python programs share, to load an anchor or refuse, to time it, and to judge simulated tests."""

import argparse
import importlib
import importlib.metadata
import json
import sys
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

NOT_INSTALLED = 3
Floats = NDArray[np.float64]
Figures = dict[str, Any]
Result = TypeVar("Result")


def load_anchor(name: str) -> ModuleType:
    """Import a package, or end with code 3 and say how to install it."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        print(
            f"anchor not installed: {name} ({error});"
            " pip install -r benchmarks/anchors/requirements.txt, in an environment of its own;"
            " see benchmarks/anchors/README.md",
            file=sys.stderr,
        )
        raise SystemExit(NOT_INSTALLED) from None


def read_array(path: str) -> NDArray[Any]:
    """Read a .npy file named on the command line."""
    try:
        array: NDArray[Any] = np.load(path)
    except (OSError, ValueError) as error:
        raise argparse.ArgumentTypeError(f"{path}: no .npy file can be read ({error})") from None
    return array


def time_best(work: Callable[[], Result], *, passes: int) -> tuple[Result, Figures]:
    """Return the result of the last pass, and the CPU and wall seconds of the pass that took least CPU."""
    spent = []
    for _ in range(passes):
        wall, cpu = time.perf_counter(), time.process_time()
        result = work()
        spent.append((time.process_time() - cpu, time.perf_counter() - wall))
    cpu, wall = min(spent)
    return result, {"cpu_seconds": cpu, "wall_seconds": wall}


def judge_tests(abilities: Floats, estimates: Floats, errors: Floats, lengths: Floats, *, longest: int) -> Figures:
    """Compare the estimates of adaptive tests with the true abilities.

    `covered` is the share of people whose ability lies within 1.96 of the stated standard errors, `at_longest` the
    share of tests that ended for their length.
    """
    off = estimates - abilities
    return {
        "people": len(abilities),
        "items_administered": int(lengths.sum()),
        "mean_length": float(lengths.mean()),
        "rmse": float(np.sqrt(np.mean(off**2))),
        "bias": float(off.mean()),
        "mean_error": float(errors.mean()),
        "covered": float(np.mean(np.abs(off) <= 1.96 * errors)),
        "at_longest": float(np.mean(lengths >= longest)),
    }


def print_line(anchor: str, package: str, figures: Figures) -> None:
    """Print one line of JSON that begins with the anchor and its version."""
    print(json.dumps({"anchor": anchor, "version": importlib.metadata.version(package), **figures}))
