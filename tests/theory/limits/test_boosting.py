"""The FCN's lower bound: printed numbers with their place, and the steps that close or do not."""

import math

import numpy as np
import pytest
from scipy.stats import norm

from theory.limits.boosting import (
    ERROR,
    LEAST_BIAS,
    SECTIONS,
    SUCCESSES,
    boosted_cosine,
    distance,
    passing_probability,
)


def test_the_printed_constants():
    """Appendix "FCN SSD Lower Bound": b_min = 10^-2, S = 1000 / b_min^2, m = (n + 1) 100 / b_min^2, 1/4."""
    assert (LEAST_BIAS, SECTIONS, SUCCESSES, ERROR) == (0.01, 1000, 100, 0.25)
    # The number of samples printed counts a tenth of the sections that are run.
    assert SECTIONS / SUCCESSES == 10


def test_the_printed_alignment_is_farther_than_the_printed_error():
    """ "expected risk ... <= 1/4" from a cosine of 0.7: it is 0.77."""
    assert distance(0.7) == pytest.approx(0.775, abs=1e-3)
    assert distance(0.7) > 3 * ERROR
    # 0.99 b / (b + 0.4 b) is the 0.7; with b/2, which is what the neurons have, it is 0.55.
    assert 0.99 * LEAST_BIAS / (1.4 * LEAST_BIAS) > 0.7
    assert pytest.approx(0.55) == 0.99 * LEAST_BIAS / 2 / (0.9 * LEAST_BIAS)


def test_an_error_of_a_quarter_would_prove_nothing_and_pythagoras_repairs_it():
    """Fano: error >= 1/4 (1 - (n / 2 sigma^2 + ln 2) / ln M). An error of 1/4 allows every n >= 0."""
    for bias, error in ((LEAST_BIAS / 2, 0.2), (LEAST_BIAS, 0.1)):
        found = distance(boosted_cosine(bias, SUCCESSES / LEAST_BIAS**2))
        assert found < error < ERROR
        assert 1 - found / ERROR > 0.2  # what (n / 2 sigma^2 + ln 2) / ln M has to exceed


@pytest.mark.parametrize(("cosine", "reruns", "dimension"), [(0.1, 400, 3000), (0.05, 900, 2000)])
def test_the_cosine_of_a_mean_of_weakly_aligned_vectors(cosine, reruns, dimension):
    rng = np.random.default_rng(0)
    found = []
    for _ in range(12):
        u = rng.normal(size=(reruns, dimension - 1))
        u /= np.linalg.norm(u, axis=1, keepdims=True)
        rest = math.sqrt(1 - cosine**2) * u.mean(axis=0)
        found.append(cosine / math.hypot(cosine, np.linalg.norm(rest)))
    assert np.mean(found) == pytest.approx(boosted_cosine(cosine, reruns), abs=0.01)


def test_noise_passes_the_bias_no_more_often_than_stated():
    """k neurons of norm 1 whose cosine is just below b/2: P(some passes b)."""
    k, sigma, bias = 6, 0.15, 0.4
    rng = np.random.default_rng(1)
    passed = np.any(bias / 2 + sigma * rng.normal(size=(200_000, k)) > bias, axis=1).mean()
    assert 0.9 * passing_probability(k, sigma, bias) * (1 - 0.3) < passed
    assert passed <= passing_probability(k, sigma, bias)
    assert passing_probability(k, sigma, bias) == pytest.approx(k * norm.sf(bias / (2 * sigma)))


def test_the_least_bias_asks_for_noise_that_no_size_here_has():
    """p <= 0.1 with b = 0.01: sigma <= 0.0024 at k = 6; at sigma = 1/sqrt k, k of about a million."""
    assert passing_probability(6, 0.0023, LEAST_BIAS) < 0.1 < passing_probability(6, 0.0024, LEAST_BIAS)
    assert passing_probability(1_200_000, 1_200_000**-0.5, LEAST_BIAS) < 0.1
    assert passing_probability(900_000, 900_000**-0.5, LEAST_BIAS) > 0.1
    # As printed 1000 p / b_min^2 has to be below 10^-10: p below 10^-17.
    assert pytest.approx(1e-17) == 1e-10 * LEAST_BIAS**2 / SECTIONS
    assert passing_probability(6, 0.00057, LEAST_BIAS) < 1e-17 < passing_probability(6, 0.00058, LEAST_BIAS)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: passing_probability(0, 0.1, 0.2), "k"),
        (lambda: passing_probability(3, 0.1, -0.2), "bias"),
        (lambda: boosted_cosine(1.1, 5), "cosine"),
        (lambda: boosted_cosine(0.1, 0), "reruns"),
    ],
)
def test_bad_arguments_are_named(call, name):
    with pytest.raises(ValueError, match=rf"^{name}: .*allowed: "):
        call()
