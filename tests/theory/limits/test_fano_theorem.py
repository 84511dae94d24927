"""The LCN's lower bound in the paper's own terms: printed constants with their place, and what holds."""

import math

import numpy as np
import pytest

from theory.limits.fano_theorem import (
    DELTA,
    PATCH_SAMPLES,
    PRINTED_EXPONENT,
    SAMPLES,
    THRESHOLD,
    largest_inner_product,
    published_expected_risk,
    theorem_bound,
)
from theory.limits.packings import log_gilbert_varshamov
from theory.rates import CLAIMS


def test_the_printed_constants():
    """Appendix "LCN Lower Bound": delta = 0.25e-2; rho < 10^-2; n >= 40k; 0.99 d; n = sigma^2 k d / 6."""
    assert (DELTA, THRESHOLD, PATCH_SAMPLES, PRINTED_EXPONENT) == (0.0025, 0.01, 40, 0.99)
    assert SAMPLES == 1 / 6
    assert CLAIMS["LCN-low"].constant == SAMPLES


def test_a_risk_below_the_printed_threshold_is_a_cosine_above_nine_tenths():
    """Appendix, lemma on the relaxed condition: rho < 10^-2 iff |w| cos > 0.9, then cos(beta) <= 0.7."""
    assert 1 - math.sqrt(THRESHOLD) == pytest.approx(0.9)
    printed = 1 - (math.sqrt(1 - 0.001) - math.sqrt(1 - 0.9)) ** 2
    assert printed <= 0.7
    assert pytest.approx(0.3**2) == (1 - 0.7) ** 2
    assert THRESHOLD < 0.3**2
    assert largest_inner_product() == pytest.approx(0.62)


@pytest.mark.parametrize("threshold", [0.005, THRESHOLD, 0.05])
def test_two_points_of_the_largest_packing_constant_are_never_both_decoded(threshold):
    """For all w of norm at most 1: rho(w, u) < t implies rho(w, v) > t if <u, v> <= c; and not beyond c."""
    c = largest_inner_product(threshold)
    angle = np.arccos(c)
    w = np.linspace(0, 2 * np.pi, 20_001)

    def both(between):
        rho = (1 - np.maximum(np.cos(w), 0)) ** 2, (1 - np.maximum(np.cos(w - between), 0)) ** 2
        return np.any((rho[0] < threshold) & (rho[1] <= threshold))

    assert not both(angle + 1e-6)
    assert both(angle - 0.01)


def test_the_proofs_choice_of_samples_leaves_the_printed_risk():
    for k, d, sigma in ((4, 1000, 1.0), (10, 3, 20.0), (2, 300, 3.0)):
        n = SAMPLES * sigma**2 * k * d
        assert n >= PATCH_SAMPLES * k
        assert published_expected_risk(n, k, d, sigma) >= DELTA
        assert published_expected_risk(3.2 * n, k, d, sigma) < DELTA


def test_forty_samples_a_patch_are_more_than_the_printed_tail_needs():
    """1 - 2 exp(-n / 10k) is 1/2 from n = 10 ln 4 k = 13.9 k on; the proof takes 40k."""
    k, d, sigma = 5, 10**6, 1e3
    at = published_expected_risk(PATCH_SAMPLES * k, k, d, sigma) / THRESHOLD
    assert at == pytest.approx(1 - 2 * math.exp(-4), abs=1e-3)
    assert published_expected_risk(10 * math.log(4) * k, k, d, sigma) / THRESHOLD == pytest.approx(
        0.5, abs=1e-3
    )


def test_the_bound_by_hand():
    k, d, sigma = 8, 50, 0.3
    bound = theorem_bound(k, d, sigma, threshold=THRESHOLD)
    needed = (1 - DELTA / THRESHOLD) * log_gilbert_varshamov(d, 0.62) - math.log(2)
    assert bound.information == pytest.approx(needed)
    assert bound.n == pytest.approx(k * d * sigma**2 * (math.exp(2 * needed / d) - 1))
    assert bound.alignment == pytest.approx(0.9)
    assert any("norm at most 1" in condition for condition in bound.conditions)


@pytest.mark.parametrize("d", [6, 10, 20, 100, 10_000])
def test_the_proofs_choice_stands_with_a_packing_that_exists(d):
    """n_delta >= sigma^2 k d / 6, from c = 0.62: 0.44 sigma^2 k d for large d, and more below."""
    for k, sigma in ((4, 0.05), (30, 0.4)):
        unit = sigma**2 * k * d
        printed, best = theorem_bound(k, d, sigma, threshold=THRESHOLD).n, theorem_bound(k, d, sigma).n
        assert SAMPLES * unit < 0.4 * unit < printed <= best < unit
    assert theorem_bound(1, 10**6, 1.0, threshold=THRESHOLD).n == pytest.approx(0.44 * 10**6, rel=0.01)


def test_the_best_threshold_is_the_best():
    best = theorem_bound(5, 40, 0.2).n
    grid = np.linspace(0.003, 0.08, 60)
    assert best >= max(theorem_bound(5, 40, 0.2, threshold=t).n for t in grid) * (1 - 1e-6)


def test_the_bound_says_nothing_where_no_packing_is_left():
    assert theorem_bound(5, 40, 0.2, 0.1).n == 0
    assert theorem_bound(5, 40, 0.2, 0.9).n == 0
    assert theorem_bound(5, 2, 0.2).n >= 0
    weaker = theorem_bound(5, 40, 0.2, success=0.5).n
    assert 0 < weaker < theorem_bound(5, 40, 0.2).n


def test_the_mean_of_the_samples_errs_by_more_than_delta_below_the_bound():
    """The best unit filter lies along the mean of its samples; rho of it, over draws, at n just below."""
    k, d, sigma = 3, 12, 2.0
    n = math.floor(theorem_bound(k, d, sigma).n)
    assert n > 50
    rng = np.random.default_rng(0)
    seen = rng.binomial(n, 1 / k, size=4000)
    signal = np.zeros(d)
    signal[0] = 1
    means = signal + sigma * rng.normal(size=(4000, d)) / np.sqrt(np.maximum(seen, 1))[:, None]
    cosine = means[:, 0] / np.linalg.norm(means, axis=1)
    rho = (1 - np.maximum(cosine, 0)) ** 2
    assert rho.mean() - 5 * rho.std() / math.sqrt(4000) > DELTA


def test_fano_loses_a_factor_of_about_nineteen():
    """Along the mean of n_1 samples cos^2 = v / (1 + v), v = n_1 / (sigma^2 d), for large d: rho = 0.0025 is
    a cosine of 0.95 and v = 9.26, for which the bound has 0.49."""
    cosine = 1 - math.sqrt(DELTA)
    needed = cosine**2 / (1 - cosine**2)
    assert needed == pytest.approx(9.26, abs=0.01)
    bound = theorem_bound(1, 10**5, 1.0).n / 10**5
    assert bound == pytest.approx(0.49, abs=0.005)
    assert needed / bound == pytest.approx(19, abs=0.2)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: largest_inner_product(1.0), "threshold"),
        (lambda: theorem_bound(5, 5, 0.0), "sigma"),
        (lambda: theorem_bound(5, 5, 0.1, success=1.5), "success"),
        (lambda: published_expected_risk(-1, 5, 5, 0.1), "n"),
    ],
)
def test_bad_arguments_are_named(call, name):
    with pytest.raises(ValueError, match=rf"^{name}: .*allowed: "):
        call()
