"""Patches that no sample has shown."""

import numpy as np
import pytest
from scipy import stats

from theory.coverage import coverage_bound, unseen_fraction


@pytest.mark.parametrize(("k", "n"), [(1, 0), (1, 3), (3, 5), (20, 50)])
def test_unseen_fraction_equals_simulation(k, n):
    """Within the band of 1e-6 of a mean over 20,000 training sets."""
    rng = np.random.default_rng(1)
    patches = rng.integers(k, size=(20_000, n))
    unseen = [1 - np.unique(row).size / k for row in patches]
    band = stats.norm.isf(0.5e-6) * np.std(unseen) / np.sqrt(len(unseen))
    assert abs(np.mean(unseen) - unseen_fraction(k, n)) <= band + 1e-12


@pytest.mark.parametrize("k", [2, 6, 20, 1000])
@pytest.mark.parametrize("risk", [0.9, 0.07, 1e-3])
def test_bound_is_where_the_fraction_falls_to_the_risk(k, risk):
    assert unseen_fraction(k, coverage_bound(k, risk)) == pytest.approx(risk, rel=1e-9)


def test_bound_at_its_ends():
    assert coverage_bound(5, 1.0) == 0
    assert coverage_bound(1, 0.1) == 1
    with pytest.raises(ValueError, match=r"^risk: "):
        coverage_bound(5, 0.0)
    with pytest.raises(ValueError, match=r"^k: "):
        unseen_fraction(0, 3)
