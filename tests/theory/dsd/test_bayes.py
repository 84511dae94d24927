"""Errors of the Bayes classifier: exact cases, plain double sums, sampling, and limits."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from tests.theory import slow
from theory.dsd.bayes import bayes_squared, bayes_zero_one
from theory.dsd.risks import bayes_posterior_mean, bayes_risk

SIGMAS = [0.15, 0.4, 1.0, 2.5, 6.0]


@pytest.mark.parametrize("sigma", SIGMAS)
def test_one_patch_errs_as_a_gaussian_test_does(sigma):
    assert bayes_zero_one(1, sigma) == pytest.approx(norm.cdf(-1 / sigma), abs=1e-12)
    assert bayes_risk(1, sigma).zero_one == pytest.approx(norm.cdf(-1 / sigma), rel=1e-12)


@pytest.mark.parametrize("sigma", SIGMAS)
def test_one_patch_squared_risk_is_the_integral_of_one_minus_tanh_squared(sigma):
    def integrand(r):  # 1 - tanh^2, written so that it keeps its digits where tanh is close to 1
        return norm.pdf(r) / np.cosh((1 + sigma * r) / sigma**2) ** 2

    expected, _ = quad(
        integrand, -min(30, 2 / sigma + 10), 10, points=[-1 / sigma], epsabs=0, epsrel=1e-11, limit=500
    )
    assert bayes_risk(1, sigma).squared == pytest.approx(expected, rel=1e-8, abs=0)


@pytest.mark.parametrize("sigma", SIGMAS)
def test_two_patches_decide_by_the_sign_of_the_sum(sigma):
    # sinh u_1 + sinh u_2 and u_1 + u_2 have one sign.
    assert bayes_risk(2, sigma).zero_one == pytest.approx(norm.cdf(-1 / (sigma * np.sqrt(2))), abs=1e-12)


def plane(sigma):
    """Points (z_1, z_2) and weights of a plain double sum over N(1, sigma^2) x N(0, sigma^2)."""
    r = np.linspace(-9, 9, 1201)
    weight = norm.pdf(r) * (r[1] - r[0])
    first, second = np.meshgrid(1 + sigma * r, sigma * r, indexing="ij")
    return first, second, np.outer(weight, weight)


@pytest.mark.parametrize("sigma", [0.3, 0.8, 2.5])
def test_squared_risk_of_two_patches_is_the_double_sum(sigma):
    first, second, weight = plane(sigma)
    mean = slow.posterior(np.stack([first.ravel(), second.ravel()], axis=1), sigma)
    expected = np.sum(weight.ravel() * (1 - mean**2))
    assert bayes_risk(2, sigma).squared == pytest.approx(expected, rel=1e-8, abs=0)


@pytest.mark.parametrize("sigma", [0.3, 0.8, 2.5])
def test_zero_one_error_of_three_patches_is_the_double_integral(sigma):
    s = sigma**2

    nodes, weights = np.polynomial.legendre.leggauss(16)

    def inner(first):  # over the second patch, in panels that halve towards where the two cancel
        steps = 18 * sigma * 2.0 ** -np.arange(60)
        edges = np.clip(np.concatenate([-first - steps, -first + steps[::-1]]), -9 * sigma, 9 * sigma)
        half = 0.5 * np.diff(edges)[:, None]
        second = edges[:-1, None] + half * (1 + nodes)
        # Given two patches the third must fall below a threshold.
        below = -s * np.arcsinh(np.sinh(first / s) + np.sinh(second / s))
        return np.sum(half * weights * norm.pdf(second, 0, sigma) * norm.cdf(below, 0, sigma))

    outer = np.linspace(1 - 9 * sigma, 1 + 9 * sigma, 401)
    expected = sum(norm.pdf(z, 1, sigma) * inner(z) for z in outer) * (outer[1] - outer[0])
    assert bayes_risk(3, sigma).zero_one == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize(("k", "sigma"), [(10, 0.2), (20, 0.2), (8, 0.5), (40, 0.25), (5, 1.5)])
def test_errors_agree_with_sampling(k, sigma):
    rng = np.random.default_rng(7)
    x, y = slow.sample(rng, 200_000, k, np.array([1.0]), sigma)
    f = slow.posterior(x[:, :, 0], sigma)
    (wrong, wrong_error), (square, square_error) = slow.errors(f, y)
    risks = bayes_risk(k, sigma)
    assert slow.within(risks.zero_one, wrong, wrong_error)
    assert slow.within(risks.squared, square, square_error)


@pytest.mark.parametrize(("k", "sigma"), [(1, 0.1), (20, 0.1), (10**4, 0.3), (50, 0.05), (7, 1.0), (5, 8.0)])
def test_halving_the_step_changes_nothing(k, sigma):
    assert bayes_squared(k, sigma) == pytest.approx(bayes_squared(k, sigma, step=0.07), rel=1e-11)
    assert bayes_zero_one(k, sigma) == pytest.approx(bayes_zero_one(k, sigma, step=0.07), abs=1e-11)


def test_small_noise_leaves_no_error_and_large_noise_no_information():
    assert bayes_risk(20, 0.005).squared == 0.0
    assert 0 < bayes_risk(20, 0.03).squared < 1e-100
    assert bayes_risk(20, 50.0).squared == pytest.approx(1.0, abs=1e-4)
    assert bayes_risk(20, 50.0).zero_one == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("sigma", [0.03, 0.06, 0.1])
def test_tiny_zero_one_errors_are_right_to_one_percent(sigma):
    risks = bayes_risk(2, sigma)
    assert risks.squared < 1e-10  # where the small-noise limit stands in for the integral
    assert risks.zero_one == pytest.approx(norm.cdf(-1 / (sigma * np.sqrt(2))), rel=0.01, abs=0)


@pytest.mark.parametrize("k", [3, 20, 1000])
def test_the_small_noise_limit_meets_the_integral(k):
    sigma = 0.1 if k < 1000 else 0.095
    assert bayes_zero_one(k, sigma) == pytest.approx(bayes_squared(k, sigma) / np.pi, rel=0.03, abs=0)


def test_errors_grow_with_noise_and_with_the_number_of_patches():
    by_sigma = [bayes_risk(12, s) for s in (0.06, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2)]
    by_k = [bayes_risk(k, 0.25) for k in (1, 2, 3, 5, 10, 1000)]
    for risks in (by_sigma, by_k):
        assert np.all(np.diff([r.squared for r in risks]) > 0)
        assert np.all(np.diff([r.zero_one for r in risks]) > 0)


def test_posterior_mean_is_the_ratio_of_likelihoods():
    rng = np.random.default_rng(3)
    w = np.array([0.6, -0.8, 0.0])
    x, _ = slow.sample(rng, 50, 4, w, 0.5)
    np.testing.assert_allclose(bayes_posterior_mean(x, w, 0.5), slow.posterior(x @ w, 0.5), rtol=1e-11)


def test_posterior_mean_survives_exponents_that_overflow():
    x = np.array([[[1.0], [-0.2]], [[-1.0], [0.3]], [[0.0], [0.0]]])
    np.testing.assert_allclose(bayes_posterior_mean(x, np.array([1.0]), 0.01), [1.0, -1.0, 0.0])


@pytest.mark.parametrize("k", [0, -1, 2.5, True, "3"])
def test_a_bad_k_is_named(k):
    with pytest.raises(ValueError, match=r"^k: "):
        bayes_risk(k, 0.1)


@pytest.mark.parametrize("sigma", [0, -1.0, float("nan"), float("inf"), "x"])
def test_a_bad_sigma_is_named(sigma):
    with pytest.raises(ValueError, match=r"^sigma: "):
        bayes_risk(3, sigma)


def test_more_patches_than_the_quadrature_covers_are_refused():
    with pytest.raises(ValueError, match=r"^k: .*10000"):
        bayes_risk(10**4 + 1, 0.1)


def test_bad_samples_and_signals_are_named():
    x = np.zeros((2, 3, 4))
    with pytest.raises(ValueError, match=r"^x: "):
        bayes_posterior_mean(x[0], np.eye(4)[0], 0.1)
    with pytest.raises(ValueError, match=r"^w: .*\(4,\)"):
        bayes_posterior_mean(x, np.eye(3)[0], 0.1)
    with pytest.raises(ValueError, match=r"^w: .*unit"):
        bayes_posterior_mean(x, np.ones(4), 0.1)
