"""Moments and characteristic function of a soft-thresholded Gaussian, against numerical integration."""

import itertools

import numpy as np
import pytest
from scipy import stats
from scipy.integrate import quad

from tests.theory import slow
from theory.gaussian import rectified_moments, soft_threshold_cf, soft_threshold_moments

CASES = [
    (0.0, 0.2, 0.0),
    (0.0, 0.2, 0.3),
    (1.0, 0.2, 0.3),
    (-0.7, 0.5, 0.1),
    (0.4, 1.5, 2.0),
    (1.0, 0.1, 1.0),
]


def integral(function, mean, std, bias):
    """E function(phi_b(z)), one smooth piece at a time."""
    edges = np.unique(
        np.clip([mean - 12 * std, -bias, mean, bias, mean + 12 * std], mean - 12 * std, mean + 12 * std)
    )

    def density(z):
        return function(slow.soft_threshold(z, bias)) * stats.norm.pdf(z, mean, std)

    pieces = [quad(density, a, b, epsabs=1e-12, epsrel=1e-12)[0] for a, b in itertools.pairwise(edges)]
    return sum(pieces)


@pytest.mark.parametrize(("mean", "std", "bias"), CASES)
def test_moments_are_the_integrals(mean, std, bias):
    first, second = soft_threshold_moments(mean, std, bias)
    assert first == pytest.approx(integral(lambda f: f, mean, std, bias), abs=1e-10)
    assert second == pytest.approx(integral(lambda f: f**2, mean, std, bias), abs=1e-10)


@pytest.mark.parametrize(("mean", "std", "bias"), CASES)
def test_characteristic_function_is_the_integral(mean, std, bias):
    for t in (0.01, 1.0, 7.0):
        value = soft_threshold_cf(np.array(t), mean, std, bias)
        assert value.real == pytest.approx(integral(lambda f, t=t: np.cos(t * f), mean, std, bias), abs=1e-10)
        assert value.imag == pytest.approx(integral(lambda f, t=t: np.sin(t * f), mean, std, bias), abs=1e-10)


def test_characteristic_function_does_not_overflow_far_below_the_signal():
    t = np.linspace(0.0, 3000.0, 50)
    assert np.all(np.abs(soft_threshold_cf(t, 1.0, 0.005, 0.0)) <= 1 + 1e-12)


def test_moments_of_a_point_mass_are_its_value():
    first, second = soft_threshold_moments([1.0, -1.0, 0.2, 0.3], 0.0, 0.3)
    np.testing.assert_allclose(first, [0.7, -0.7, 0.0, 0.0], atol=1e-15)
    np.testing.assert_allclose(second, [0.49, 0.49, 0.0, 0.0], atol=1e-15)


def test_moments_far_below_the_threshold_are_tiny_and_not_negative():
    first, second = rectified_moments(-np.linspace(1, 50, 500), 1.0)
    assert np.all(first >= 0)
    assert np.all(second >= 0)
    # The Mills ratio: E ReLU(u) ~ phi(r) / r^2 and E ReLU(u)^2 ~ 2 phi(r) / r^3 at u ~ N(-r, 1).
    assert rectified_moments(-30.0, 1.0)[0] == pytest.approx(stats.norm.pdf(30) / 900, rel=0.01)
    assert rectified_moments(-30.0, 1.0)[1] == pytest.approx(2 * stats.norm.pdf(30) / 27000, rel=0.02)
