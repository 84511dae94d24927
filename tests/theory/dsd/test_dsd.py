"""Risks of linear and LSA networks on the DSD task: sampling, exact cases, limits, and bad input."""

import itertools

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from tests.theory import slow
from theory.dsd.risks import (
    bayes_risk,
    free_oracle_risk,
    linear_risk,
    lsa_risk,
    net_risk,
    oracle_risk,
    soft_threshold,
)


def test_soft_threshold_is_the_difference_of_two_relus():
    z = np.linspace(-3, 3, 61)
    np.testing.assert_allclose(soft_threshold(z, 0.7), slow.soft_threshold(z, 0.7), atol=1e-15)
    np.testing.assert_allclose(soft_threshold(z, 0.0), z)


@pytest.mark.parametrize("shared", [False, True], ids=["LCN", "CNN"])
@pytest.mark.parametrize("bias", [0.0, 0.25])
def test_net_risk_agrees_with_sampling_at_arbitrary_weights(shared, bias):
    rng = np.random.default_rng(11)
    k, d, sigma = 4, 5, 0.3
    w = rng.normal(size=d)
    w /= np.linalg.norm(w)
    weights = 0.8 * w + 0.25 * rng.normal(size=(1 if shared else k, d))
    weights = np.broadcast_to(weights, (k, d))
    x, y = slow.sample(rng, 500_000, k, w, sigma)
    _, (square, error) = slow.errors(slow.network(x, weights, bias), y)
    risk = net_risk(weights @ w, np.linalg.norm(weights, axis=1), bias, sigma)
    assert slow.within(float(risk), square, error)
    assert error / square < 0.005  # tight enough to tell a changed constant


def test_net_risk_without_bias_is_that_of_a_linear_map():
    rng = np.random.default_rng(5)
    w, weights = np.eye(6)[2], rng.normal(size=(3, 6))
    expected = np.mean((weights @ w - 1) ** 2) + 0.2**2 * np.sum(weights**2)
    risk = net_risk(weights @ w, np.linalg.norm(weights, axis=1), 0.0, 0.2)
    assert float(risk) == pytest.approx(expected, rel=1e-12)


def test_net_risk_takes_many_networks_at_once():
    rng = np.random.default_rng(6)
    norms = rng.uniform(0.2, 1.5, size=(2, 3, 4))
    alignments = norms * rng.uniform(-1, 1, size=norms.shape)
    bias = rng.uniform(0, 0.4, size=(2, 3))
    together = net_risk(alignments, norms, bias, 0.3)
    assert together.shape == (2, 3)
    for i in np.ndindex(2, 3):
        assert together[i] == pytest.approx(float(net_risk(alignments[i], norms[i], bias[i], 0.3)), rel=1e-13)


def test_net_risk_takes_a_patch_without_weights():
    # The dead patch adds no noise and loses its signal: the mean of 1 and of a one-patch risk with no rival.
    alive = float(net_risk([1.0], [1.0], 0.1, 0.2))
    noise_alone = alive_noise(0.1, 0.2)
    assert float(net_risk([1.0, 0.0], [1.0, 0.0], 0.1, 0.2)) == pytest.approx((alive + 1 + noise_alone) / 2)


def alive_noise(bias, sigma):
    """E phi_b(z)^2 for z ~ N(0, sigma^2), by integration."""
    return (
        2
        * quad(lambda z: (z - bias) ** 2 * norm.pdf(z, scale=sigma), bias, bias + 12 * sigma, epsabs=1e-13)[0]
    )


@pytest.mark.parametrize(("k", "norm_", "bias"), [(1, 1.0, 0.2), (7, 0.8, 0.15), (20, 1.3, 0.4)])
def test_lsa_risk_is_the_net_risk_at_the_true_signal(k, norm_, bias):
    expected = net_risk(np.full(k, norm_), np.full(k, norm_), bias, 0.25)
    assert lsa_risk(k, 0.25, norm_, bias).squared == pytest.approx(float(expected), rel=1e-12)


@pytest.mark.parametrize(
    ("k", "sigma", "bias"), [(20, 0.2, 0.3), (10, 0.4, 0.0), (10, 0.4, 0.6), (50, 0.3, 1.2)]
)
def test_lsa_errors_agree_with_sampling(k, sigma, bias):
    rng = np.random.default_rng(21)
    x, y = slow.sample(rng, 200_000, k, np.array([1.0]), sigma)
    (wrong, wrong_error), (square, square_error) = slow.errors(slow.network(x, np.full((k, 1), 1.1), bias), y)
    risks = lsa_risk(k, sigma, 1.1, bias)
    assert slow.within(risks.zero_one, wrong, wrong_error)
    assert slow.within(risks.squared, square, square_error)


@pytest.mark.parametrize(("sigma", "bias"), [(0.5, 0.3), (0.5, 1.4), (1.2, 0.4)])
def test_lsa_zero_one_error_of_one_patch_counts_silence_as_half(sigma, bias):
    low, high = norm.cdf((-bias - 1) / sigma), norm.cdf((bias - 1) / sigma)
    assert lsa_risk(1, sigma, 1.0, bias).zero_one == pytest.approx((low + high) / 2, abs=1e-12)


@pytest.mark.parametrize(("sigma", "bias"), [(0.4, 0.3), (0.7, 0.1), (0.3, 1.2)])
def test_lsa_zero_one_error_of_two_patches_is_the_integral(sigma, bias):
    def density(z):  # given the signal patch, what the noise patch must do; silence of both counts half
        f = slow.soft_threshold(z, bias)
        wrong = 0.5 if f == 0 else norm.cdf((-f - np.sign(f) * bias) / sigma)
        return wrong * norm.pdf(z, 1, sigma)

    edges = [1 - 12 * sigma, -bias, bias, 1 + 12 * sigma]
    expected = sum(quad(density, a, b, epsabs=1e-11)[0] for a, b in itertools.pairwise(edges))
    assert lsa_risk(2, sigma, 1.0, bias).zero_one == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    ("k", "sigma"), [(1, 0.3), (10, 0.1), (20, 0.2), (10_000, 0.05), (5, 3.0), (30, 0.01)]
)
def test_without_bias_the_lsa_network_is_linear(k, sigma):
    risks = lsa_risk(k, sigma, 0.7, 0.0)
    assert risks.squared == pytest.approx((0.7 - 1) ** 2 + k * (0.7 * sigma) ** 2, rel=1e-12)
    assert risks.zero_one == pytest.approx(linear_risk(k, sigma).zero_one, abs=1e-12)


def test_a_network_that_is_silent_has_risk_one_and_guesses():
    for risks in (lsa_risk(10, 0.1, 1.0, 5.0), lsa_risk(10, 0.1, 0.0, 0.1)):
        assert risks.squared == pytest.approx(1.0, abs=1e-12)
        assert risks.zero_one == pytest.approx(0.5, abs=1e-12)


def test_small_noise_leaves_the_error_of_norm_and_bias_alone():
    assert lsa_risk(10, 1e-4, 0.9, 0.2).squared == pytest.approx((0.9 - 0.2 - 1) ** 2, abs=1e-6)
    assert lsa_risk(10, 1e-3, 1.0, 0.2).zero_one == pytest.approx(0.0, abs=1e-12)
    assert oracle_risk(10, 1e-3).risk < 1e-5


@pytest.mark.parametrize(
    ("k", "sigma"), [(1, 0.5), (10, 0.1), (20, 0.1), (20, 0.2), (64, 0.3), (8, 1.0), (1000, 0.02)]
)
def test_oracle_risk_is_the_least_over_a_dense_grid_of_biases(k, sigma):
    oracle = oracle_risk(k, sigma)
    grid = np.linspace(0, 2 + 6 * sigma, 20_001)
    ones = np.ones((len(grid), k if k < 100 else 100))
    if k < 100:
        risks = net_risk(ones, ones, grid, sigma)
    else:
        risks = np.array([lsa_risk(k, sigma, 1.0, b).squared for b in grid[::100]])
    assert oracle.risk <= risks.min() + 1e-15
    assert oracle.risk == pytest.approx(risks.min(), rel=1e-6 if k < 100 else 1e-2)
    assert lsa_risk(k, sigma, 1.0, oracle.bias).squared == pytest.approx(oracle.risk, rel=1e-12)


def test_oracle_bias_is_zero_for_one_patch_and_little_noise():
    oracle = oracle_risk(1, 0.1)
    assert oracle.bias == 0.0
    assert oracle.risk == pytest.approx(0.01, rel=1e-10)


def test_oracle_risk_grows_with_patches_and_noise():
    assert np.all(np.diff([oracle_risk(k, 0.2).risk for k in (1, 2, 4, 10, 30, 100)]) > 0)
    assert np.all(np.diff([oracle_risk(20, s).risk for s in (0.01, 0.05, 0.1, 0.2, 0.4, 0.8)]) > 0)


def test_oracle_risk_at_hopeless_noise_is_that_of_silence():
    assert oracle_risk(5, 100.0).risk == 1.0


# Floors computed elsewhere from 1e5 draws, with the bias on a grid of step 0.05. Four standard errors of such
# a run are below 1e-3 for the risks of networks, and 7e-4 for the Bayes errors.
FLOORS = [
    (10, 0.1, 0.0000, 0.0000, 0.0334, 0.10, 0.0008, 0.0909),
    (20, 0.1, 0.0000, 0.0000, 0.0412, 0.15, 0.0127, 0.1667),
    (20, 0.2, 0.0031, 0.0087, 0.1651, 0.30, 0.1318, 0.4444),
]


@pytest.mark.parametrize("row", FLOORS, ids=lambda row: f"k={row[0]}, sigma={row[1]}")
def test_floors_agree_with_the_sampled_table(row):
    k, sigma, bayes_01, bayes_sq, lsa_sq, bias, linear_01, linear_sq = row
    assert bayes_risk(k, sigma).zero_one == pytest.approx(bayes_01, abs=7e-4)
    assert bayes_risk(k, sigma).squared == pytest.approx(bayes_sq, abs=1e-3)
    assert lsa_risk(k, sigma, 1.0, bias).squared == pytest.approx(lsa_sq, abs=1e-3)
    assert linear_risk(k, sigma).zero_one == pytest.approx(linear_01, abs=1e-4)
    assert linear_risk(k, sigma).squared == pytest.approx(linear_sq, abs=1e-4)


def test_linear_risk_is_the_least_over_all_linear_maps_and_what_its_classifier_does():
    rng = np.random.default_rng(9)
    k, sigma = 6, 0.3
    x, y = slow.sample(rng, 200_000, k, np.array([1.0, 0.0]), sigma)
    flat = x.reshape(len(y), -1)
    fit = flat @ np.linalg.lstsq(flat, y, rcond=None)[0]
    (wrong, wrong_error), (square, square_error) = slow.errors(fit, y)
    risks = linear_risk(k, sigma)
    assert slow.within(risks.zero_one, wrong, wrong_error)
    # The 12 fitted weights lower the training risk by about 12 / n, far inside the band.
    assert slow.within(risks.squared, square, square_error)


@pytest.mark.parametrize(("k", "sigma"), [(3, 0.2), (20, 0.1), (20, 0.5), (100, 0.2)])
def test_no_predictor_beats_bayes(k, sigma):
    best = bayes_risk(k, sigma)
    oracle = oracle_risk(k, sigma)
    for risks in (linear_risk(k, sigma), lsa_risk(k, sigma, 1.0, oracle.bias)):
        assert best.squared < risks.squared
        assert best.zero_one < risks.zero_one + 1e-12


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: soft_threshold(1.0, -0.1), "b"),
        (lambda: soft_threshold(np.nan, 0.1), "z"),
        (lambda: linear_risk(0, 0.1), "k"),
        (lambda: linear_risk(2, -1), "sigma"),
        (lambda: oracle_risk(2, float("nan")), "sigma"),
        (lambda: oracle_risk(1.5, 0.1), "k"),
        (lambda: lsa_risk(2, 0.1, -1.0, 0.1), "norm"),
        (lambda: lsa_risk(2, 0.1, 1.0, -0.1), "bias"),
        (lambda: net_risk([1.0], [-1.0], 0.0, 0.1), "norms"),
        (lambda: net_risk([1.0, 0.5], [1.0], 0.0, 0.1), "norms"),
        (lambda: net_risk([1.1], [1.0], 0.0, 0.1), "alignments"),
        (lambda: net_risk(1.0, 1.0, 0.0, 0.1), "alignments"),
        (lambda: net_risk([[1.0], [1.0]], [[1.0], [1.0]], [0.1, 0.1, 0.1], 0.1), "bias"),
        (lambda: net_risk([1.0], [1.0], -0.1, 0.1), "bias"),
        (lambda: net_risk([np.inf], [1.0], 0.1, 0.1), "alignments"),
        (lambda: net_risk([1.0], [1.0], 0.1, 0.0), "sigma"),
    ],
)
def test_bad_arguments_are_named(call, name):
    with pytest.raises(ValueError, match=rf"^{name}: .*allowed: "):
        call()


@pytest.mark.parametrize(("k", "sigma"), [(2, 0.5), (10, 0.1), (20, 0.1), (6, 0.15)])
def test_the_free_oracle_is_the_least_over_norms_and_biases(k, sigma):
    free = free_oracle_risk(k, sigma)
    assert lsa_risk(k, sigma, free.norm, free.bias).squared == pytest.approx(free.risk, rel=1e-9)
    grid = [
        lsa_risk(k, sigma, free.norm * (1 + a), free.bias * (1 + b)).squared
        for a in (-0.1, -0.01, 0.0, 0.01, 0.1)
        for b in (-0.1, -0.01, 0.0, 0.01, 0.1)
    ]
    assert min(grid) >= free.risk * (1 - 1e-12)
    assert free.risk < oracle_risk(k, sigma).risk


def test_the_free_oracle_of_one_patch_is_the_linear_predictor():
    free = free_oracle_risk(1, 0.3)
    assert (free.bias, free.risk) == (0.0, pytest.approx(linear_risk(1, 0.3).squared))
