"""Two calibrations of the same items on known scales: what `link` says of the scales."""

import numpy as np
import pytest

from waymark.assess.calibration.linking import Link, Method, link, rescale
from waymark.assess.items import Items, make_items

SLOPE, SHIFT, NOISE = 1.15, 0.35, 0.1
RUNS = 60


def draw_link(seed: int, *, method: Method, size: int = 30, drifted: int = 0) -> Link:
    rng = np.random.default_rng(seed)  # noqa: TID251
    kinds = tuple(("binary", "binary", "gpcm", "grm")[place % 4] for place in range(size))
    log_a, b = rng.normal(0, 0.25, size), rng.normal(size=size)

    def calibrate(drift: float) -> Items:
        found = b + rng.normal(0, NOISE, size)
        found[:drifted] += drift
        return make_items(
            tuple(f"i{place}" for place in range(size)),
            a=np.exp(log_a + rng.normal(0, 0.6 * NOISE, size)),
            b=found,
            kind=kinds,
            steps=np.where(
                np.array([one == "binary" for one in kinds])[:, None], np.nan, found[:, None] + [-0.7, 0, 0.7]
            ),
            covariance=np.tile(np.diag([0.6 * NOISE, NOISE]) ** 2, (size, 1, 1)),
        )

    own = rescale(calibrate(0.0), slope=1 / SLOPE, shift=-SHIFT / SLOPE)
    return link(own, calibrate(1.0), method=method)


@pytest.mark.parametrize("method", ["stocking_lord", "haebara", "mean_sigma", "mean_mean"])
def test_links_are_recovered_within_their_stated_errors(method: Method) -> None:
    found = [draw_link(seed, method=method) for seed in range(RUNS)]
    links = np.array([[one.slope, one.shift] for one in found])
    stated = np.sqrt(np.mean([[one.slope_se**2, one.shift_se**2] for one in found], axis=0))
    assert links.mean(axis=0) == pytest.approx([SLOPE, SHIFT], abs=0.015)
    assert stated / links.std(axis=0) == pytest.approx([1, 1], abs=0.25)
    held = [(one.intervals[:, 0] < [SLOPE, SHIFT]) & (one.intervals[:, 1] > [SLOPE, SHIFT]) for one in found]
    assert 0.88 < np.mean(held) < 0.99


def test_drifted_anchors_are_found_and_do_not_move_the_link() -> None:
    found = [draw_link(seed, method="stocking_lord", drifted=5) for seed in range(RUNS)]
    planted = {f"i{place}" for place in range(5)}
    assert np.mean([len(planted & set(one.drifted)) for one in found]) > 4.8
    assert np.mean([len(set(one.drifted) - planted) for one in found]) < 0.4
    assert np.mean([[one.slope, one.shift] for one in found], axis=0) == pytest.approx([SLOPE, SHIFT], abs=0.02)
