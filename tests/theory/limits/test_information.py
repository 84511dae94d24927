"""Divergences and mutual informations, against sampling, quadrature and their own derivatives."""

import math

import numpy as np
import pytest
import sympy as sp
from scipy import stats
from scipy.integrate import dblquad, quad
from scipy.special import ive

from tests.theory import slow
from tests.theory.slow import BAND
from theory.derivations import lower_bounds as derivations
from theory.limits.information import (
    binary_divergence,
    gaussian_information,
    sample_information,
    sphere_information,
    static_divergence,
)
from theory.sphere import mean_cosine, mean_squared_cosine


def frame(rng, k, d):
    """k orthonormal vectors of R^{kd}, the images of mu_1, ..., mu_k under a Haar rotation."""
    return np.linalg.qr(rng.normal(size=(k * d, k)))[0].T


@pytest.mark.parametrize(("k", "d", "sigma"), [(2, 3, 0.8), (3, 2, 1.5)])
def test_divergence_of_static_distributions_is_what_sampling_gives(k, d, sigma):
    rng = np.random.default_rng(k)
    u, v = frame(rng, k, d)[0], frame(rng, k, d)[0]
    y = rng.choice([-1.0, 1.0], size=200_000)
    x = y[:, None] * u + sigma * rng.normal(size=(len(y), k * d))
    # Both laws give y = +-1 with probability 1/2, and x given y is Gaussian about y u or y v.
    ratio = (np.sum((x - y[:, None] * v) ** 2, axis=1) - np.sum((x - y[:, None] * u) ** 2, axis=1)) / (
        2 * sigma**2
    )
    assert slow.within(static_divergence(u @ v, sigma), ratio.mean(), ratio.std() / math.sqrt(len(y)))


def test_divergence_is_the_derived_one():
    derived = sp.lambdify((derivations.ANGLE, derivations.SIGMA), derivations.static_divergence())
    for angle, sigma in [(0.3, 0.2), (1.2, 1.0), (3.0, 2.5)]:
        assert static_divergence(math.cos(angle), sigma) == pytest.approx(derived(angle, sigma), rel=1e-12)


def test_alignments_are_the_integrals_of_the_derived_densities():
    symbols = (derivations.DIMENSION, derivations.SNR)
    first = sp.lambdify((derivations.THETA, *symbols), derivations.mean_cosine_integrand())
    second = sp.lambdify((derivations.U, *symbols), derivations.mean_squared_cosine_integrand())
    for dimension, snr in [(1, 0.5), (4, 2.0), (30, 7.0)]:
        one = quad(first, 0, math.pi / 2, args=(dimension, snr), epsabs=1e-13)[0]
        two = quad(second, 0, 1, args=(dimension, snr), epsabs=1e-13)[0]
        assert mean_cosine(dimension, snr) == pytest.approx(one, rel=1e-10)
        assert mean_squared_cosine(dimension, snr) == pytest.approx(two, rel=1e-10)


def test_information_ratio_is_the_derived_one():
    s, r, c = derivations.SNR, sp.Symbol("r", positive=True), derivations.COSINE
    normaliser = sp.Function("Z")
    assert sp.simplify(derivations.log_likelihood_ratio() - (s * r * c - sp.log(normaliser(s * r)))) == 0


@pytest.mark.parametrize("snr", [0.2, 1.0, 2.5])
def test_information_of_one_dimension_is_that_of_a_binary_input(snr):
    """log 2 - E log(1 + exp(-2 snr^2 - 2 snr g)), the binary-input Gaussian channel."""
    loss = quad(
        lambda g: np.logaddexp(0, -2 * snr**2 - 2 * snr * g) * stats.norm.pdf(g), -12, 12, epsabs=1e-13
    )[0]
    assert sphere_information(1, snr) == pytest.approx(math.log(2) - loss, abs=1e-10)


@pytest.mark.parametrize("snr", [0.5, 2.0, 6.0])
def test_information_of_three_dimensions_is_the_integral_with_sinh(snr):
    def integrand(radius, signal):
        kappa = snr * math.hypot(radius, signal)
        log_z = kappa + math.log(-math.expm1(-2 * kappa) / (2 * kappa))
        return log_z * stats.norm.pdf(signal - snr) * radius * math.exp(-(radius**2) / 2)

    mean = dblquad(integrand, snr - 9, snr + 9, 1e-9, 10, epsabs=1e-8, epsrel=1e-8)[0]
    assert sphere_information(3, snr) == pytest.approx(snr**2 - mean, abs=1e-6)


@pytest.mark.parametrize(("dimension", "snr"), [(4, 1.0), (20, 5.0), (60, 12.0)])
def test_derivative_of_information_is_half_the_least_squared_error(dimension, snr):
    """Guo, Shamai and Verdu 2005: |E[v | X]| = I_{nu+1}/I_nu at snr |X|, the error one minus its square."""
    rng = np.random.default_rng(dimension)
    length = np.sqrt(rng.noncentral_chisquare(dimension, snr**2, size=200_000))
    nu = dimension / 2 - 1
    error = 1 - (ive(nu + 1, snr * length) / ive(nu, snr * length)) ** 2
    step = 0.02
    low, high = sphere_information(dimension, np.sqrt([snr**2 - step, snr**2 + step]))
    slope = (high - low) / (2 * step)
    # The third derivative of the information, times step^2 / 6, is below 1e-4 of the slope here.
    assert abs(slope - 0.5 * error.mean()) <= 0.5 * BAND * error.std() / math.sqrt(len(error)) + 1e-4 * slope


def test_information_of_the_sphere_is_below_the_gaussian_bound_and_near_it():
    snr = np.array([0.0, 0.1, 1.0, 5.0, 20.0])
    for dimension in (2, 10, 200):
        exact, bound = sphere_information(dimension, snr), gaussian_information(dimension, snr)
        assert np.all(exact <= bound)
        # They differ by about half a degree of freedom.
        assert np.all(bound - exact <= 0.5 * np.log1p(snr**2 / dimension) + 0.5)
    np.testing.assert_allclose(sphere_information(50, 1e-2), 0.5e-4, rtol=1e-4)


@pytest.mark.parametrize("dimension", [1, 3, 40])
def test_informations_are_concave_in_the_number_of_samples(dimension):
    """What lets the mean over n_t be replaced by n/k."""
    snr = np.sqrt(np.linspace(0.0, 4.0 * dimension, 40))
    for information in (sphere_information, gaussian_information):
        values = information(dimension, snr)
        assert np.all(np.diff(values) > 0)
        assert np.all(np.diff(values, 2) < 1e-9)


def test_gaussian_bound_is_the_entropy_of_a_gaussian_signal():
    dimension, snr = 5, 1.7
    covariance = np.eye(dimension) * (1 + snr**2 / dimension)
    gain = (
        stats.multivariate_normal(cov=covariance).entropy()
        - stats.multivariate_normal(cov=np.eye(dimension)).entropy()
    )
    assert gaussian_information(dimension, snr) == pytest.approx(gain, rel=1e-12)


def test_samples_are_shared_by_patches_as_the_architecture_says():
    n, k, d, sigma = 30.0, 6, 5, 0.7
    alone, shared = math.sqrt(n) / sigma, math.sqrt(n / k) / sigma
    expected = {
        "cnn": sphere_information(d, alone),
        "lcn": k * sphere_information(d, shared),
        "fcn": k * sphere_information(k * d, shared),
    }
    for architecture, value in expected.items():
        assert sample_information(architecture, n, k, d, sigma) == pytest.approx(value, rel=1e-12)
        loose = sample_information(architecture, n, k, d, sigma, uniform=False)
        assert loose >= value
    loose = sample_information("fcn", n, k, d, sigma, uniform=False)
    assert loose == pytest.approx(k * k * d / 2 * math.log(1 + n / (k * k * d * sigma**2)), rel=1e-12)


def test_binary_divergence_is_its_definition_also_for_tiny_chances():
    s, p = 0.5, 0.03
    direct = s * math.log(s / p) + (1 - s) * math.log((1 - s) / (1 - p))
    assert binary_divergence(s, math.log(p)) == pytest.approx(direct, rel=1e-12)
    assert binary_divergence(1.0, -3.0) == pytest.approx(3.0, rel=1e-12)
    assert binary_divergence(0.25, -2000.0) == pytest.approx(500 - 0.56233514461, rel=1e-9)
    assert binary_divergence(0.3, math.log(0.3)) == 0.0
    assert binary_divergence(0.3, 0.0) == 0.0


def test_no_test_tells_two_gaussians_apart_with_more_than_their_divergence():
    """Data processing at an event: d(P(E) || Q(E)) <= KL(P || Q), for thresholds of a Gaussian shift."""
    for shift in (0.5, 2.0):
        for threshold in (-1.0, 0.0, 1.0, 3.0):
            p, q = stats.norm.sf(threshold, shift), stats.norm.logsf(threshold)
            assert binary_divergence(p, q) <= shift**2 / 2


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: static_divergence(2.0, 1.0), "cosine"),
        (lambda: static_divergence(0.5, 0.0), "sigma"),
        (lambda: sphere_information(3, -1.0), "snr"),
        (lambda: gaussian_information(0, 1.0), "dimension"),
        (lambda: sample_information("mlp", 1, 2, 3, 1.0), "architecture"),  # type: ignore[arg-type]
        (lambda: sample_information("cnn", -1, 2, 3, 1.0), "n"),
        (lambda: binary_divergence(1.5, -1.0), "success"),
    ],
)
def test_bad_arguments_are_named(call, name):
    with pytest.raises(ValueError, match=f"^{name}:"):
        call()
