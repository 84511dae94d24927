"""Closed forms of the local-signal task: against quadrature, sampling and the exact cases of few patches."""

import numpy as np
import pytest
from scipy import integrate, stats
from scipy.special import ndtr

from theory.related import local_signal


def phi(z, b):
    return np.sign(z) * np.maximum(np.abs(z) - b, 0)


@pytest.mark.parametrize("bias", [0.0, 0.3, 0.9])
@pytest.mark.parametrize("sigma", [0.2, 0.7, 2.0])
def test_one_noise_patch_must_beat_the_signal_whatever_the_bias(sigma, bias):
    """k = 2: f < 0 if and only if z < -1, for every bias below 1."""
    risks = local_signal.lsa_risk(2, sigma, 1.0, bias)
    assert risks.zero_one == pytest.approx(ndtr(-1 / sigma), abs=1e-6)


@pytest.mark.parametrize(("sigma", "bias"), [(0.4, 0.5), (0.8, 0.2), (1.5, 0.7)])
def test_two_noise_patches_by_quadrature(sigma, bias):
    """k = 3: P(phi(z1) + phi(z2) < -s), z1 integrated out; f = 0 has probability zero."""
    signal = 1 - bias

    def given(z):
        # phi(z2) < -s - phi(z): below the atom at zero it is a Gaussian tail, above it the atom is included.
        level = -signal - phi(z, bias)
        below = ndtr((level - bias) / sigma) if level <= 0 else ndtr((level + bias) / sigma)
        return below * stats.norm.pdf(z / sigma) / sigma

    edge = bias + signal
    points = [-12 * sigma, -edge, -bias, bias, 12 * sigma]
    direct = sum(
        integrate.quad(given, low, high, epsabs=1e-10)[0]
        for low, high in zip(sorted(points)[:-1], sorted(points)[1:], strict=True)
    )
    assert local_signal.lsa_risk(3, sigma, 1.0, bias).zero_one == pytest.approx(direct, abs=1e-6)


@pytest.mark.parametrize(("k", "sigma", "bias"), [(40, 0.3, 0.6), (200, 0.25, 0.8), (10, 1.0, 0.4)])
def test_both_errors_of_the_net_by_sampling(k, sigma, bias):
    """Within five standard errors, an error probability below 1e-6 each."""
    rng = np.random.default_rng(3)
    n = 40_000
    f = (1 - bias) + phi(sigma * rng.standard_normal((n, k - 1)), bias).sum(1)
    risks = local_signal.lsa_risk(k, sigma, 1.0, bias)
    wrong = np.where(f == 0, 0.5, f < 0)
    assert abs(wrong.mean() - risks.zero_one) < 5 * np.sqrt(risks.zero_one / n) + 1e-9
    squares = (f - 1) ** 2
    assert abs(squares.mean() - risks.squared) < 5 * squares.std() / np.sqrt(n)


def test_without_a_threshold_the_net_is_the_linear_oracle():
    k, sigma = 30, 0.3
    risks = local_signal.lsa_risk(k, sigma, 1.0, 0.0)
    assert risks.zero_one == pytest.approx(local_signal.linear_risk(k, sigma).zero_one, abs=1e-12)
    assert risks.squared == pytest.approx((k - 1) * sigma**2)


def test_the_fourier_integral_goes_over_into_the_gaussian_one_at_small_bias():
    k, sigma = 30, 0.3
    exact = local_signal.linear_risk(k, sigma).zero_one
    assert local_signal.lsa_risk(k, sigma, 1.0, 1e-7).zero_one == pytest.approx(exact, abs=1e-6)


def test_the_0_1_error_sees_bias_over_norm_alone_and_a_silent_net_guesses():
    one, two = (local_signal.lsa_risk(20, 0.4, norm, 0.5 * norm).zero_one for norm in (1.0, 3.0))
    assert one == pytest.approx(two, abs=1e-12)
    assert local_signal.lsa_risk(20, 0.4, 0.5, 0.5).zero_one == 0.5


def test_the_linear_weights_solve_the_normal_equations():
    """Second moments of the definition, summed by hand: w = E[xx']^{-1} E[yx] and risk 1 - E[yx]' w."""
    k, d, sigma = 5, 3, 0.6
    signal = np.array([1.0, 2.0, -2.0]) / 3
    second = np.kron(np.eye(k), np.outer(signal, signal) / k + (1 - 1 / k) * sigma**2 * np.eye(d))
    cross = np.tile(signal / k, k)
    risk = 1 - cross @ np.linalg.solve(second, cross)
    assert local_signal.linear_risk(k, sigma).squared == pytest.approx(risk, rel=1e-12)


def test_the_oracle_bias_is_the_best_on_a_fine_grid():
    for k, sigma in ((100, 0.2), (1000, 0.218), (5, 3.0)):
        oracle = local_signal.oracle_risk(k, sigma)
        grid = [local_signal.lsa_risk(k, sigma, 1.0, b).squared for b in np.linspace(0.5, 1.0, 101)]
        assert oracle.risk <= min(grid) + 1e-12
        assert local_signal._squared_risk(k, sigma, 1.0, oracle.bias) == pytest.approx(oracle.risk)


def test_a_thousand_patches_at_the_published_noise_need_a_threshold():
    """The point of the task: the best linear classifier errs on 44 % of the images, the net on under 1 %."""
    sigma = local_signal.published_sigma(1000)
    assert sigma == pytest.approx(np.log(1000) / np.sqrt(1000))
    assert local_signal.linear_risk(1000, sigma).zero_one > 0.44
    assert local_signal.lsa_risk(1000, sigma, 1.0, 0.9).zero_one < 0.01


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: local_signal.published_sigma(1), "k"),
        (lambda: local_signal.linear_risk(0, 0.1), "k"),
        (lambda: local_signal.linear_risk(3, 0.0), "sigma"),
        (lambda: local_signal.lsa_risk(3, 0.1, -1.0, 0.0), "norm"),
        (lambda: local_signal.lsa_risk(3, 0.1, 1.0, -0.1), "bias"),
    ],
)
def test_bad_input_is_named(call, name):
    with pytest.raises(ValueError, match=f"^{name}"):
        call()
