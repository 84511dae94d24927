"""Caps, normalisers and alignments on the sphere, against multiple precision, quadrature and sampling."""

import doctest
import itertools

import mpmath as mp
import numpy as np
import pytest
from numpy.polynomial import Polynomial
from scipy import stats
from scipy.integrate import quad

from tests.theory.slow import BAND
from theory import sphere
from theory.dsd.alignment_law import alignment_exceeds
from theory.sphere import DEBYE, cap, log_cap, log_vmf_normaliser, mean_cosine, mean_squared_cosine

SNRS = (1e-6, 0.1, 1.0, 5.0, 30.0, 1e4)
DIMENSIONS = (1, 2, 3, 20, 101, 1000)


@pytest.mark.parametrize("dimension", [2, 3, 7, 20, 400])
@pytest.mark.parametrize("cosine", [-0.9, -0.2, 0.0, 1e-3, 0.3, 0.9])
def test_cap_is_the_integral_of_the_density(dimension, cosine):
    def density(angle):
        return np.sin(angle) ** (dimension - 2)

    whole = quad(density, 0, np.pi, points=[np.pi / 2], epsabs=0, epsrel=1e-12, limit=200)[0]
    part = quad(density, 0, np.arccos(cosine), epsabs=1e-14 * whole, epsrel=1e-12, limit=200)[0]
    assert cap(dimension, cosine) == pytest.approx(part / whole, rel=1e-9, abs=1e-13)
    if part / whole > 1e-12:
        assert log_cap(dimension, cosine) == pytest.approx(np.log(part / whole), rel=1e-9)


@pytest.mark.parametrize(
    ("dimension", "cosine"), [(1000, 0.9), (10_000, 0.5), (10_000, 0.999), (1900, 0.69), (1900, 0.711)]
)
def test_log_cap_is_right_where_the_cap_underflows(dimension, cosine):
    with mp.workdps(30):
        x = 1 - mp.mpf(cosine) ** 2
        half = mp.betainc(mp.mpf(dimension - 1) / 2, 0.5, 0, x, regularized=True) / 2
        reference = float(mp.log(half))
    assert cap(dimension, cosine) < 1e-250
    assert log_cap(dimension, cosine) == pytest.approx(reference, rel=1e-12)


def test_caps_of_special_dimensions():
    np.testing.assert_allclose(cap(1, [-1.0, -0.5, 0.5, 1.0]), [1.0, 0.5, 0.5, 0.5])
    np.testing.assert_allclose(cap(2, np.cos([0.3, 1.0, 2.0])), np.array([0.3, 1.0, 2.0]) / np.pi, rtol=1e-12)
    np.testing.assert_allclose(cap(3, [-1.0, -0.5, 0.0, 0.5, 1.0]), [1.0, 0.75, 0.5, 0.25, 0.0], rtol=1e-12)


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_mean_cosine_is_the_confluent_hypergeometric_function(dimension):
    for snr in SNRS:
        with mp.workdps(40):
            s, size = mp.mpf(snr), mp.mpf(dimension)
            ratio = mp.gamma((size + 1) / 2) / mp.gamma(size / 2 + 1)
            first = s / mp.sqrt(2) * ratio * mp.hyp1f1(0.5, size / 2 + 1, -(s**2) / 2)
            second = 1 - (size - 1) / size * mp.hyp1f1(1, size / 2 + 1, -(s**2) / 2)
        assert mean_cosine(dimension, snr) == pytest.approx(float(first), rel=1e-12)
        assert mean_squared_cosine(dimension, snr) == pytest.approx(float(second), rel=1e-12)


def test_mean_squared_cosine_is_the_poisson_mixture():
    for dimension, snr in itertools.product((2, 9, 50), (0.4, 3.0, 9.0)):
        j = np.arange(400)
        mixture = stats.poisson.pmf(j, snr**2 / 2) @ ((1 + 2 * j) / (dimension + 2 * j))
        assert mean_squared_cosine(dimension, snr) == pytest.approx(mixture, rel=1e-10)


@pytest.mark.parametrize(("dimension", "snr"), [(2, 0.7), (5, 2.0), (30, 4.0)])
def test_alignment_of_a_noisy_direction_is_what_sampling_gives(dimension, snr):
    rng = np.random.default_rng(dimension)
    x = rng.normal(size=(40_000, dimension))
    x[:, 0] += snr
    cosine = x[:, 0] / np.linalg.norm(x, axis=1)
    exceeds = cosine[:, None] >= np.array([0.1, 0.4, 0.7])
    expected = alignment_exceeds(dimension, snr, [0.1, 0.4, 0.7])
    for drawn, value in [
        (cosine, mean_cosine(dimension, snr)),
        (cosine**2, mean_squared_cosine(dimension, snr)),
        *zip(exceeds.T.astype(float), expected, strict=True),
    ]:
        assert abs(drawn.mean() - value) <= BAND * max(drawn.std(), 0.01) / np.sqrt(len(drawn))


@pytest.mark.parametrize("dimension", [2, 5, 20, 400])
def test_law_of_the_alignment_is_the_noncentral_t_law(dimension):
    cosine = np.array([-0.7, -0.1, 0.05, 0.5, 0.72, 0.9, 0.99])
    for snr in (0.3, 3.0, 25.0):
        t = cosine / np.sqrt(1 - cosine**2) * np.sqrt(dimension - 1)
        expected = stats.nct.sf(t, dimension - 1, snr)
        np.testing.assert_allclose(alignment_exceeds(dimension, snr, cosine), expected, atol=1e-10)
    np.testing.assert_allclose(alignment_exceeds(dimension, 0.0, cosine), cap(dimension, cosine), atol=1e-13)


def test_mean_cosine_is_the_integral_of_the_exceedances():
    for dimension, snr in [(3, 1.0), (20, 6.0)]:
        area = quad(lambda c, d=dimension, s=snr: float(alignment_exceeds(d, s, c)), -1, 1, epsabs=1e-11)[0]
        assert mean_cosine(dimension, snr) == pytest.approx(area - 1, abs=1e-9)


@pytest.mark.parametrize("dimension", [1, 2, 3, 20, 101, 102, 103, 500, 3000])
@pytest.mark.parametrize("kappa", [1e-6, 0.1, 3.0, 31.0, 110.0, 1e3, 2e4])
def test_log_normaliser_is_right_in_all_three_ranges(dimension, kappa):
    with mp.workdps(30):
        half, k = mp.mpf(dimension) / 2, mp.mpf(kappa)
        bessel = mp.besseli(half - 1, k, maxterms=10**6)
        reference = mp.log(mp.gamma(half) * (2 / k) ** (half - 1) * bessel)
    assert log_vmf_normaliser(dimension, kappa) == pytest.approx(float(reference), rel=1e-10)


def test_polynomials_of_the_uniform_expansion_follow_their_recurrence():
    """DLMF 10.41.9: U_{k+1} = p^2 (1 - p^2) U_k' / 2 + (1/8) int_0^p (1 - 5 t^2) U_k dt, U_0 = 1."""
    previous = Polynomial([1.0])
    for u in DEBYE:
        integral = (Polynomial([1, 0, -5]) * previous).integ() / 8
        expected = Polynomial([0, 0, 1, 0, -1]) * previous.deriv() / 2 + integral
        width = len(expected.coef)
        np.testing.assert_allclose(np.pad(u.coef, (0, width - len(u.coef))), expected.coef, atol=1e-13)
        previous = u


@pytest.mark.parametrize("dimension", [2, 20, 104, 1001])
def test_log_normaliser_at_the_largest_concentration_is_the_laplace_series(dimension):
    """log I_nu(k) ~ k - log(2 pi k)/2 + log(1 - (4 nu^2 - 1)/8k + ...) (DLMF 10.40.1)."""
    k, nu = 1e7, dimension / 2 - 1
    m = 4 * nu**2
    series = 1 - (m - 1) / (8 * k) + (m - 1) * (m - 9) / (2 * (8 * k) ** 2)
    series -= (m - 1) * (m - 9) * (m - 25) / (6 * (8 * k) ** 3)
    with mp.workdps(30):
        front = float(mp.log(mp.gamma(nu + 1)) + nu * mp.log(2 / mp.mpf(k)))
    expected = front + k - 0.5 * np.log(2 * np.pi * k) + np.log(series)
    assert log_vmf_normaliser(dimension, k) == pytest.approx(expected, rel=1e-10)


def test_log_normaliser_of_a_hundred_thousand_dimensions_is_smooth_across_its_ranges():
    """The second derivative is the variance of u_1: between 0 and 1/D everywhere."""
    kappa = np.linspace(2500.0, 4000.0, 301)
    values = log_vmf_normaliser(100_000, kappa)
    variance = np.diff(values, 2) / (kappa[1] - kappa[0]) ** 2
    assert np.all(variance > 0)
    assert np.all(variance < 1.001 / 100_000)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: cap(0, 0.5), "dimension"),
        (lambda: cap(3, 1.5), "cosine"),
        (lambda: log_cap(3, np.nan), "cosine"),
        (lambda: mean_cosine(3, -1.0), "snr"),
        (lambda: mean_squared_cosine(2.5, 1.0), "dimension"),
        (lambda: log_vmf_normaliser(3, -1.0), "kappa"),
        (lambda: alignment_exceeds(3, 1.0, 2.0), "cosine"),
    ],
)
def test_bad_arguments_are_named(call, name):
    with pytest.raises(ValueError, match=f"^{name}:"):
        call()


def test_examples_print_what_they_say():
    result = doctest.testmod(sphere)
    assert result.attempted > 0
    assert result.failed == 0
