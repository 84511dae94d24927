"""The weight of a patch beside a coordinate in n* of the CNN: recovery of planted weights, errors."""

import math

import numpy as np
import pytest

from sims.fits import Observation
from sims.fits.patch_weight import patch_weight

SIZES = [(k, d) for k in (8, 16, 32, 64) for d in (8, 16, 32, 64)]


def planted(
    weight: float, *, spread: float, seed: int, seeds: int = 5, step: float = 1.025
) -> list[Observation]:
    """Brackets about a sigma^2 (d + weight k), sigma = 1/sqrt(k), with log-normal seeds."""
    random = np.random.default_rng(seed)
    out = []
    for k, d in SIZES:
        for _ in range(seeds):
            n = 2000 / k * (d + weight * k) * math.exp(spread * random.standard_normal())
            out.append(Observation(k=k, d=d, sigma=k**-0.5, low=n / step, high=n * step))
    return out


@pytest.mark.parametrize("weight", [0.0, 0.3, 1.0, 5.0])
def test_planted_weight_is_found_without_noise(weight: float):
    found = patch_weight(planted(weight, spread=1e-3, seed=1, step=1.001))
    assert found is not None
    assert found.estimate.best == pytest.approx(weight, abs=5e-3, rel=5e-3)
    # sigma is measured against its geometric mean over cells, 1/sqrt(22.6).
    assert found.amplitude == pytest.approx(2000 / math.exp(np.mean(np.log([k for k, _ in SIZES]))), rel=5e-3)


def test_interval_covers_and_its_tests_have_their_level():
    # 40 runs: fewer than 32 covered has probability 2e-4 at 95 %.
    runs = [patch_weight(planted(0.5, spread=0.25, seed=seed)) for seed in range(40)]
    covered = sum(run.estimate.low <= 0.5 <= run.estimate.high for run in runs)
    assert covered >= 32
    # A one-sided test at 5 % rejects more than 8 times in 40 with probability 2e-4.
    assert sum(run.tails(0.5)[0] < 0.05 for run in runs) <= 8
    assert sum(run.tails(0.5)[1] < 0.05 for run in runs) <= 8


def test_zero_and_one_are_told_apart():
    nothing = patch_weight(planted(0.0, spread=0.2, seed=3))
    equal = patch_weight(planted(1.0, spread=0.2, seed=3))
    assert nothing.tails(0.1)[0] < 0.01
    assert equal.tails(0.1)[1] < 0.01
    assert nothing.tails(1.0)[0] < 0.01


def test_growth_with_k_alone_has_no_upper_end():
    rows = [
        Observation(k=k, d=d, sigma=k**-0.5, low=2000 * f / 1.025, high=2000 * f * 1.025)
        for k, d in SIZES
        for f in (0.98, 1.0, 1.02)
    ]
    found = patch_weight(rows)
    assert found.estimate.high is None or found.estimate.best > 100


def test_cells_of_one_shape_tell_nothing():
    rows = [Observation(k=k, d=k, sigma=0.1, low=10 * k, high=11 * k) for k in (4, 8, 16, 32)]
    assert patch_weight(rows) is None
    assert patch_weight([]) is None
