"""Errors of saying which patch holds the signal: against sampling, numerical integration and limits."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from theory.dsd.location import top_one_error
from theory.dsd.risks import net_risk, oracle_risk, soft_threshold

SIZES = [(4, 0.3, 0.0), (4, 0.3, 0.4), (10, 1.0, 0.5), (3, 0.15, 1.1), (200, 0.2, 0.6)]


def labels_and_images(rng, n, k, d, sigma):
    """(n, k) and (n, k, d), with the signal along the first coordinate."""
    y = np.zeros((n, k))
    y[np.arange(n), rng.integers(k, size=n)] = rng.choice([-1.0, 1.0], n)
    x = sigma * rng.standard_normal((n, k, d))
    x[..., 0] += y
    return y, x


@pytest.mark.parametrize(("k", "sigma", "bias"), [(4, 0.3, 0.25), (6, 0.8, 0.0), (3, 0.5, 0.7)])
def test_the_risk_a_patch_is_the_risk_of_the_sum_over_k_whatever_the_filters(k, sigma, bias):
    """Sampled, of filters of any norm and direction."""
    rng = np.random.default_rng(k)
    d, n = 3, 400_000
    w = rng.standard_normal((k, d))
    y, x = labels_and_images(rng, n, k, d, sigma)
    errors = ((soft_threshold(np.einsum("nkd,kd->nk", x, w), bias) - y) ** 2).mean(axis=1)
    expected = float(net_risk(w[:, 0], np.linalg.norm(w, axis=1), bias, sigma)) / k
    assert abs(errors.mean() - expected) < 5 * errors.std() / np.sqrt(n)


@pytest.mark.parametrize(("k", "sigma"), [(4, 0.3), (10, 0.15)])
def test_the_oracles_risk_a_patch_by_numerical_integration_over_each_patch(k, sigma):
    found = oracle_risk(k, sigma)

    def squared(mean):
        def integrand(z):
            f = max(z - found.bias, 0) - max(-z - found.bias, 0)
            return (f - mean) ** 2 * norm.pdf(z, mean, sigma)

        ends = (mean - 12 * sigma, mean + 12 * sigma)
        return quad(integrand, *ends, points=(-found.bias, found.bias), epsabs=1e-13, limit=200)[0]

    assert (squared(1.0) + (k - 1) * squared(0.0)) / k == pytest.approx(found.risk / k, rel=1e-9)


@pytest.mark.parametrize(("k", "sigma", "bias"), SIZES)
def test_the_top_one_error_is_that_of_a_sample(k, sigma, bias):
    n = 100_000
    y, x = labels_and_images(np.random.default_rng(k), n, k, 1, sigma)
    size = np.abs(soft_threshold(x[..., 0], bias))
    top = size == size.max(axis=1, keepdims=True)
    error = 1 - (top & (y != 0)).sum(axis=1) / top.sum(axis=1)
    assert abs(error.mean() - top_one_error(k, sigma, bias)) < 5 * error.std() / np.sqrt(n) + 1e-4


@pytest.mark.parametrize(("k", "sigma", "bias"), [*SIZES, (2, 0.05, 0.0), (5, 0.013, 0.5)])
def test_the_top_one_error_by_another_integration(k, sigma, bias):
    mean, least = 1 / sigma, bias / sigma

    def integrand(v):
        density = norm.pdf(v - mean) + norm.pdf(v + mean)
        return density * -np.expm1((k - 1) * np.log1p(-2 * norm.cdf(-v)))

    places = [place for place in (mean / 2, mean) if place > least]
    ends = (least, max(least, mean) + 40)
    louder = quad(integrand, *ends, points=places or None, limit=500, epsabs=0, epsrel=1e-11)[0]
    silent = norm.cdf(least - mean) - norm.cdf(-least - mean)
    expected = louder + silent * (1 - (2 * norm.cdf(least) - 1) ** (k - 1) / k)
    assert top_one_error(k, sigma, bias) == pytest.approx(expected, rel=1e-9, abs=1e-300)


def test_limits_of_the_top_one_error():
    assert top_one_error(5, 1e4, 0.0) == pytest.approx(0.8, abs=1e-6)
    assert top_one_error(5, 1e-4, 0.5) == 0.0
    assert top_one_error(5, 0.1, 100.0) == pytest.approx(0.8, abs=1e-12)
    assert top_one_error(1, 0.7, 0.3) == pytest.approx(0.0, abs=1e-15)


def test_a_threshold_only_adds_errors():
    errors = [top_one_error(6, 0.4, bias) for bias in (0.0, 0.3, 0.6, 1.0, 2.0)]
    assert errors == sorted(errors)
    assert errors[0] < errors[-1]


@pytest.mark.parametrize(
    ("name", "arguments"), [("k", (0, 1, 0)), ("sigma", (2, 0, 0)), ("bias", (2, 1, -1))]
)
def test_a_value_out_of_range_is_named(name, arguments):
    with pytest.raises(ValueError, match=f"^{name}: "):
        top_one_error(*arguments)
