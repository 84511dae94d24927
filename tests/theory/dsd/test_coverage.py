"""Patches that no sample has shown."""

import numpy as np
import pytest
from scipy import stats

from theory.dsd.coverage import (
    chance_of_success,
    coverage_bound,
    coverage_success_bound,
    unseen_fraction,
    unseen_law,
)


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


@pytest.mark.parametrize(("k", "n"), [(1, 0), (1, 2), (4, 6), (9, 20)])
def test_law_of_unseen_patches_is_a_law_with_the_exact_mean(k, n):
    law = unseen_law(k, n)
    assert law.sum() == pytest.approx(1, abs=1e-12)
    assert np.all(law >= 0)
    assert law @ np.arange(k + 1) / k == pytest.approx(float(unseen_fraction(k, n)), abs=1e-12)


def test_law_of_unseen_patches_equals_enumeration():
    """All 3^4 training sets of four samples over three patches."""
    counts = np.zeros(4)
    for code in range(3**4):
        patches = {code // 3**j % 3 for j in range(4)}
        counts[3 - len(patches)] += 1
    assert unseen_law(3, 4) == pytest.approx(counts / 3**4, abs=1e-15)


@pytest.mark.parametrize(("k", "n", "risk"), [(6, 9, 0.09), (10, 12, 0.25), (4, 3, 0.6)])
def test_no_guess_beats_the_chance_of_success(k, n, risk):
    """Learners that know every seen patch and answer c y for an unseen one, with a sign drawn by them."""
    rng = np.random.default_rng(5)
    bound = chance_of_success(unseen_law(k, n), risk)
    draws = 40_000
    patches = rng.integers(k, size=(draws, n))
    unseen = k - np.array([np.unique(row).size for row in patches])
    for c in (0.0, 0.3, 0.7, 1.0):
        wrong = rng.binomial(unseen, 0.5)
        cost = wrong * (1 + c) ** 2 + (unseen - wrong) * (1 - c) ** 2
        reached = np.mean(cost <= k * risk + 1e-9)
        assert reached <= bound + stats.norm.isf(1e-6) * np.sqrt(0.25 / draws)
    # c = 1, the boldest guess, is the learner that attains the bound where one error costs too much anyway.
    if k * risk < 1:
        wrong = rng.binomial(unseen, 0.5)
        attained = np.mean(wrong * 4 <= k * risk)
        assert attained == pytest.approx(bound, abs=stats.norm.isf(1e-6) * np.sqrt(0.25 / draws))


def test_success_bound_is_the_least_number_of_samples():
    for k, risk in ((5, 0.0875), (10, 0.104), (20, 0.07)):
        n = coverage_success_bound(k, risk)
        assert (
            chance_of_success(unseen_law(k, n), risk) >= 0.5 > chance_of_success(unseen_law(k, n - 1), risk)
        )
    assert coverage_success_bound(1, 0.1) == 0
    assert coverage_success_bound(6, 1.0) == 0
    with pytest.raises(ValueError, match=r"^success: "):
        coverage_success_bound(5, 0.1, success=1.0)
