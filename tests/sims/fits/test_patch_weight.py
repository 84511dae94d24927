"""The weight of a patch beside a coordinate in n* of the CNN: recovery of planted weights, errors."""

import dataclasses
import math

import numpy as np
import pytest
from scipy.stats import binom

from sims.fits.patch_weight import CellSize, patch_weight
from sims.pieces.errors import InputError

SIZES = [(k, d) for k in (6, 12, 24, 40) for d in (6, 12, 24, 40)]
RUNS = 60
ALARM = 1e-6
"""Probability with which a count of errors exceeds its band if every error has its stated probability."""


def planted(
    weight: float, *, offset: float = 5.0, spread: float = 0.0, seed: int = 0, sigma: float = 0.15
) -> list[CellSize]:
    """Cells log-normal about 2.5 (d + weight k) + offset at sigma = 0.15."""
    random = np.random.default_rng(seed)
    return [
        CellSize(
            k=k,
            d=d,
            sigma=sigma,
            n=((sigma / 0.15) ** 2 * 2.5 * (d + weight * k) + offset)
            * math.exp(spread * random.standard_normal()),
        )
        for k, d in SIZES
    ]


@pytest.mark.parametrize("offset", [-12.0, 0.0, 40.0])
@pytest.mark.parametrize("weight", [0.0, 0.3, 1.0, 5.0])
def test_planted_weight_and_offset_are_found_without_noise(weight: float, offset: float):
    found = patch_weight(planted(weight, offset=offset))
    assert found is not None
    assert found.estimate.best == pytest.approx(weight, abs=2e-3, rel=2e-3)
    assert found.estimate.low <= weight <= found.estimate.high
    assert found.offset == pytest.approx(offset, abs=0.05)
    assert found.amplitude == pytest.approx(2.5, rel=5e-3)
    assert found.noise == pytest.approx(0.15)
    assert found.degrees == 13
    assert found.predict(12, 24, 0.15) == pytest.approx(2.5 * (24 + weight * 12) + offset, rel=5e-3)


def test_noise_that_differs_among_cells_enters_as_sigma_squared():
    cells = [*planted(0.5, sigma=0.1), *planted(0.5, sigma=0.3)]
    found = patch_weight(cells)
    assert found.estimate.best == pytest.approx(0.5, abs=5e-3)
    assert found.offset == pytest.approx(5.0, abs=0.05)
    assert found.noise == pytest.approx(math.sqrt(0.03))
    assert found.amplitude == pytest.approx(2.5 * 0.03 / 0.15**2, rel=5e-3)


@pytest.mark.parametrize(("weight", "offset"), [(0.1, -5.0), (0.5, 5.0), (1.0, 20.0)])
def test_interval_covers_and_its_tests_have_their_level(weight: float, offset: float):
    """Cells scatter by 15 %, as the measured ones do about the law."""
    runs = [patch_weight(planted(weight, offset=offset, spread=0.15, seed=seed)) for seed in range(RUNS)]
    missed = sum(
        run.estimate.low > weight or (run.estimate.high is not None and run.estimate.high < weight)
        for run in runs
    )
    assert missed <= binom.isf(ALARM, RUNS, 0.05)
    for side in (0, 1):
        wrong = sum(run.tails(weight)[side] < 0.05 for run in runs)
        assert wrong <= binom.isf(ALARM, RUNS, 0.05)


def test_p_values_on_the_truth_are_spread_evenly():
    """A count of p-values below 1/2 outside [11, 49] of 60 has probability below 1e-6."""
    runs = [patch_weight(planted(0.5, spread=0.15, seed=seed)) for seed in range(RUNS)]
    below = sum(run.tails(0.5)[0] < 0.5 for run in runs)
    assert binom.isf(1 - ALARM / 2, RUNS, 0.5) <= below <= binom.isf(ALARM / 2, RUNS, 0.5)
    for run in runs:
        assert sum(run.tails(0.5)) == pytest.approx(1.0)


def test_tests_and_interval_agree():
    """The ends of the 95 % interval are where a one-sided test has p = 2.5 %."""
    found = patch_weight(planted(0.5, spread=0.1, seed=1))
    assert found.tails(found.estimate.low)[1] == pytest.approx(0.025, rel=0.01)
    assert found.tails(found.estimate.high)[0] == pytest.approx(0.025, rel=0.01)


def test_zero_and_one_are_told_apart():
    """At 5 % scatter the standard error of rho is about 0.04: both are many errors from what is refused."""
    nothing = patch_weight(planted(0.0, spread=0.05, seed=3))
    equal = patch_weight(planted(1.0, spread=0.05, seed=3))
    assert nothing.tails(1.0)[0] < 1e-4
    assert equal.tails(0.1)[1] < 1e-4
    assert nothing.tails(1.0)[1] > 0.99


def test_lack_of_fit_widens_the_interval():
    """A law with an interaction of k and d, without any noise of the seeds."""
    exact = planted(0.3)
    bent = [dataclasses.replace(c, n=c.n * math.exp(0.1 * math.log(c.k) * math.log(c.d))) for c in exact]
    width = [found.estimate.high - found.estimate.low for found in map(patch_weight, (exact, bent))]
    assert width[1] > 10 * width[0]
    assert patch_weight(bent).spread > 0.02


def test_growth_with_k_alone_has_no_upper_end():
    random = np.random.default_rng(2)
    cells = [
        CellSize(k=k, d=d, sigma=0.15, n=20 * k * math.exp(0.05 * random.standard_normal())) for k, d in SIZES
    ]
    found = patch_weight(cells)
    assert found.estimate.high is None or found.estimate.best > 100


def test_noise_that_falls_as_one_over_root_k_hides_the_weight_in_the_offset():
    cells = [dataclasses.replace(cell, sigma=0.7 / math.sqrt(cell.k)) for cell in planted(0.5, spread=0.1)]
    assert patch_weight(cells) is None


def test_what_cannot_be_told_is_not_fitted():
    cells = planted(0.5, spread=0.1)
    assert patch_weight([]) is None
    assert patch_weight(cells[:5]) is None
    assert patch_weight([cell for cell in cells if cell.k == 6] * 2) is None
    assert patch_weight([dataclasses.replace(cell, k=cell.d) for cell in cells]) is None
    assert patch_weight([dataclasses.replace(cell, n=50.0) for cell in cells]) is None
    assert patch_weight([dataclasses.replace(cell, n=1000 / (cell.k + cell.d)) for cell in cells]) is None


def test_bad_input_is_refused_by_name():
    for name, value in (("k", 0), ("d", -1), ("sigma", math.inf), ("n", 0.0)):
        with pytest.raises(InputError, match=f"^{name}"):
            dataclasses.replace(planted(0.5)[0], **{name: value})
    with pytest.raises(InputError, match=r"^level"):
        patch_weight(planted(0.5), level=1.0)
    with pytest.raises(InputError, match=r"^weight"):
        patch_weight(planted(0.5)).tails(-0.1)
