"""Alignment and length after step 1: sampling, exact sums over the counts, limits, and bad input."""

import itertools

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import gammaln, hyp1f1
from scipy.stats import binom, chi, multinomial, norm

from tests.theory import slow, slow_steps
from theory.two_step.first_step import (
    alignment_rule,
    binomial_rule,
    chi_square_rule,
    first_step,
    fraction_above,
    normal_rule,
    signal_share,
)
from theory.two_step.projected_gaussian import cosine_moment

ARCHITECTURES = ("fcn", "lcn", "cnn")
SIGNAL = {d: np.linspace(1, 2, d) / np.linalg.norm(np.linspace(1, 2, d)) for d in (4, 16)}


def kummer(d, mu):
    """E cos and E cos^2 of a projected normal (Presnell, Morrison and Littell 1998; Poisson mixture)."""
    ratio = np.exp(gammaln((d + 1) / 2) - gammaln(d / 2 + 1))
    first = mu / np.sqrt(2) * ratio * hyp1f1(0.5, d / 2 + 1, -(mu**2) / 2)
    return first, 1 - (d - 1) / d * hyp1f1(1, d / 2 + 1, -(mu**2) / 2)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize(
    ("k", "d", "n", "sigma", "eta", "variance"),
    [
        (4, 4, 80, 0.3, 1.0, 0.0),
        (4, 16, 320, 0.5, 1.0, 1e-3),
        (8, 4, 160, 0.5, 0.2, 1e-4),
        (8, 16, 160, 0.2, 1.0, 2e-4),
    ],
)
def test_first_step_agrees_with_sampling(architecture, k, d, n, sigma, eta, variance):
    rng = np.random.default_rng(31)
    cosines, squares = [], []
    aim = slow_steps.target(architecture, k, SIGNAL[d])
    for _ in range(600):
        row = slow_steps.first(rng, architecture, n, k, SIGNAL[d], sigma, eta, variance)[0]
        squares.append(row @ row)
        cosines.append(row @ aim / np.sqrt(row @ row))
    step = first_step(architecture, n=n, k=k, d=d, sigma=sigma, eta_1=eta, init_variance=variance)
    assert slow.within(step.norm**2, *slow_steps.mean_and_error(squares))
    # The predicted deviation is steadier than that of a sample: few counts carry much of it.
    error = step.alignment_deviation / np.sqrt(len(cosines))
    assert slow.within(step.alignment, np.mean(cosines), error)
    assert error < 0.02 * step.alignment
    assert np.std(cosines) == pytest.approx(step.alignment_deviation, rel=0.25)


@pytest.mark.parametrize(("n", "k", "d", "sigma"), [(30, 3, 2, 0.4), (200, 8, 16, 0.3), (640, 32, 5, 0.9)])
def test_lcn_is_the_sum_over_all_counts(n, k, d, sigma):
    counts = np.arange(n + 1)
    weights = binom.pmf(counts, n, 1 / k)
    noise = sigma**2 / n + 1e-4 / 4
    first, second = kummer(d, counts / n / np.sqrt(noise))
    step = first_step("lcn", n=n, k=k, d=d, sigma=sigma, eta_1=2.0, init_variance=1e-4)
    assert step.alignment == pytest.approx(weights @ first, rel=1e-9)
    assert step.alignment_squared == pytest.approx(weights @ second, rel=1e-9)
    assert step.norm == pytest.approx(2 * np.sqrt(weights @ (counts / n) ** 2 + d * noise), rel=1e-12)


@pytest.mark.parametrize(("n", "k", "d", "sigma"), [(30, 3, 2, 0.4), (200, 8, 16, 0.3), (640, 32, 5, 0.9)])
def test_cnn_is_one_projected_normal(n, k, d, sigma):
    noise = k * sigma**2 / n + 1e-3 / 4
    first, second = kummer(d, 1 / np.sqrt(noise))
    step = first_step("cnn", n=n, k=k, d=d, sigma=sigma, eta_1=2.0, init_variance=1e-3)
    assert step.alignment == pytest.approx(first, rel=1e-9)
    assert step.alignment_squared == pytest.approx(second, rel=1e-9)
    assert step.norm == pytest.approx(2 * np.sqrt(1 + d * noise), rel=1e-12)


def fcn_over_all_counts(n, k, d, noise):
    """E cos, E cos^2 and E |v|^2 with every vector of counts at its multinomial probability."""
    first = second = square = 0.0
    for head in itertools.product(range(n + 1), repeat=k - 1):
        if sum(head) > n:
            continue
        counts = np.array([*head, n - sum(head)])
        weight = multinomial.pmf(counts, n, np.full(k, 1 / k))
        if weight < 1e-13:
            continue
        across = np.sqrt(max(np.sum((counts / n) ** 2) - 1 / k, 0.0))
        blocks = {
            "target": [1.0, 0.0],
            "mean": [1 / np.sqrt(k), across],
            "variance": noise,
            "dimension": [1, k * d - 1],
        }
        first += weight * float(cosine_moment(1, **blocks, step=0.2))
        second += weight * float(cosine_moment(2, **blocks, step=0.2))
        square += weight * np.sum((counts / n) ** 2)
    return first, second, square


def test_fcn_comes_close_to_the_sum_over_all_counts():
    n, k, d, sigma = 36, 3, 3, 0.5
    noise = sigma**2 / n
    first, second, square = fcn_over_all_counts(n, k, d, noise)
    step = first_step("fcn", n=n, k=k, d=d, sigma=sigma)
    assert step.norm == pytest.approx(np.sqrt(square + k * d * noise), rel=1e-9)
    # What is neglected is (k / n)^2 = .007 of the whole, times a small number.
    assert step.alignment == pytest.approx(first, rel=5e-4)
    assert step.alignment_squared == pytest.approx(second, rel=1e-3)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_leading_order_is_the_papers_and_is_approached_as_n_grows(architecture):
    k, d, sigma = 8, 16, 0.3
    power = {"fcn": 2, "lcn": 2, "cnn": 1}[architecture]
    for n in (10**4, 10**6):
        step = first_step(architecture, n=n, k=k, d=d, sigma=sigma)
        counts = (k - 1) / n if architecture == "fcn" else 0.0
        expected = 1 / (1 + k**power * sigma**2 * d / n + counts)
        assert step.leading_alignment_squared == pytest.approx(expected, rel=1e-12)
    # The noise along the target costs no alignment, and leading order counts it in.
    along = {"fcn": k, "lcn": k**2, "cnn": k}[architecture] * sigma**2 / n
    lost = (1 - step.alignment_squared) / (1 - expected)
    assert lost == pytest.approx(1 - along / (k**power * sigma**2 * d / n + counts), rel=1e-3)


def test_initial_weights_count_as_noise_of_the_leading_order():
    step = first_step("lcn", n=100, k=4, d=8, sigma=0.2, eta_1=0.5, init_variance=1e-3)
    assert step.leading_alignment_squared == pytest.approx(1 / (1 + 16 * 8 * (0.0004 + 0.004)), rel=1e-12)
    step = first_step("cnn", n=100, k=4, d=8, sigma=0.2, eta_1=0.5, init_variance=1e-3)
    assert step.leading_alignment_squared == pytest.approx(1 / (1 + 8 * (0.0016 + 0.004)), rel=1e-12)
    step = first_step("fcn", n=100, k=4, d=8, sigma=0.2, eta_1=0.5, init_variance=1e-3)
    assert step.leading_alignment_squared == pytest.approx(0.25 / (0.25 + 0.0075 + 32 * 0.0044), rel=1e-12)


def test_with_one_patch_the_architectures_coincide():
    steps = [first_step(a, n=50, k=1, d=6, sigma=0.7, init_variance=1e-3) for a in ARCHITECTURES]
    for step in steps[1:]:
        assert step.alignment == pytest.approx(steps[0].alignment, rel=1e-8)
        assert step.alignment_squared == pytest.approx(steps[0].alignment_squared, rel=1e-8)
        assert step.norm == pytest.approx(steps[0].norm, rel=1e-12)


def fraction_by_integration(d, mu, value):
    """P(cos > value) over the length chi_{d-1} across the target."""
    tangent = value / np.sqrt(1 - value**2)
    middle, width = chi.mean(d - 1), chi.std(d - 1)
    low = max(0.0, middle - 12 * width)
    integral, _ = quad(
        lambda r: chi.pdf(r, d - 1) * norm.cdf(mu - tangent * r), low, middle + 12 * width, epsabs=1e-12
    )
    return integral


@pytest.mark.parametrize("value", [0.0, 0.4, 0.9])
def test_fraction_above_is_the_integral_over_the_length_across(value):
    n, k, d, sigma = 60, 4, 6, 0.6
    cnn = fraction_above("cnn", bias=value, n=n, k=k, d=d, sigma=sigma)
    noise = np.sqrt(k / n) * sigma
    assert float(cnn) == pytest.approx(fraction_by_integration(d, 1 / noise, value), abs=1e-9)
    lcn = fraction_above("lcn", bias=value, n=n, k=k, d=d, sigma=sigma, eta_1=2.0, init_variance=0.01)
    noise = np.sqrt(sigma**2 / n + 0.0025)
    weights = binom.pmf(np.arange(n + 1), n, 1 / k)
    each = [fraction_by_integration(d, m / n / noise, value) for m in range(n + 1)]
    assert float(lcn) == pytest.approx(weights @ each, abs=1e-9)


def test_fraction_above_of_the_fcn_agrees_with_sampling():
    rng = np.random.default_rng(33)
    n, k, d, sigma, draws = 120, 6, 4, 0.3, 100_000
    v = np.zeros((draws, k, d))
    v[:, :, 0] = rng.multinomial(n, np.full(k, 1 / k), size=draws) / n
    v += sigma / np.sqrt(n) * rng.normal(size=v.shape)
    cosine = v[:, :, 0].sum(axis=1) / np.sqrt(k) / np.linalg.norm(v, axis=(1, 2))
    bias = np.quantile(cosine, [0.2, 0.5, 0.9])
    above = fraction_above("fcn", bias=bias, n=n, k=k, d=d, sigma=sigma)
    # The counts are normal in theory: allow for (k / n)^2 beside five standard errors.
    np.testing.assert_allclose(above, [0.8, 0.5, 0.1], atol=(k / n) ** 2 + 5 * 0.5 / np.sqrt(draws))


def test_no_alignment_exceeds_one_and_none_of_much_data_stays_low():
    for architecture in ARCHITECTURES:
        above = fraction_above(architecture, bias=[0.0, 0.9, 1.0, 2.0], n=10**6, k=4, d=8, sigma=0.2)
        np.testing.assert_allclose(above, [1, 1, 0, 0], atol=1e-9)
    assert np.shape(fraction_above("cnn", bias=np.zeros((2, 3)), n=9, k=2, d=3, sigma=1.0)) == (2, 3)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_rule_for_averages_has_the_moments_of_the_alignment(architecture):
    arguments = {"n": 400, "k": 8, "d": 6, "sigma": 0.5, "init_variance": 1e-4}
    alignments, weights = alignment_rule(architecture, **arguments)
    step = first_step(architecture, **arguments)
    assert weights.sum() == pytest.approx(1, rel=1e-12)
    assert weights @ alignments == pytest.approx(step.alignment, abs=1e-3)
    assert weights @ alignments**2 == pytest.approx(step.alignment_squared, abs=1e-3)


def test_signal_share_is_that_of_the_step():
    rng = np.random.default_rng(34)
    n, k, d, sigma, draws = 200, 5, 4, 0.4, 40_000
    noise = np.sqrt(sigma**2 / n + 1e-4 / 4)
    v = noise * rng.normal(size=(draws, k, d))
    v[:, :, 0] += rng.multinomial(n, np.full(k, 1 / k), size=draws) / n
    inside = v[:, :, 0].var(axis=1) * k
    predicted = signal_share(n=n, k=k, d=d, sigma=sigma, eta_1=2.0, init_variance=1e-4)
    across = np.sum(v[:, :, 1:] ** 2, axis=(1, 2))
    assert predicted == pytest.approx(inside.mean() / (inside.mean() + across.mean()), rel=0.02)


def test_rules_integrate_polynomials():
    nodes, weights = normal_rule(8)
    np.testing.assert_allclose([weights @ nodes**p for p in (0, 1, 2, 4)], [1, 0, 1, 3], atol=1e-12)
    for degrees in (1, 5, 2000):
        nodes, weights = chi_square_rule(degrees, 10)
        assert weights.sum() == pytest.approx(1, rel=1e-12)
        assert weights @ nodes == pytest.approx(degrees, rel=1e-10)
        assert weights @ nodes**2 == pytest.approx(degrees * (degrees + 2), rel=1e-10)
    for n, p in ((7, 0.3), (10**7, 0.25), (5, 1.0)):
        nodes, weights = binomial_rule(n, p)
        assert weights @ nodes == pytest.approx(n * p, rel=1e-9)
        assert weights @ (nodes - n * p) ** 2 == pytest.approx(n * p * (1 - p), rel=1e-6, abs=1e-12)
        assert len(nodes) < 5000


GOOD = {"n": 10, "k": 2, "d": 3, "sigma": 0.1}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("n", 0),
        ("k", 1.5),
        ("d", 1),
        ("sigma", 0.0),
        ("eta_1", -1.0),
        ("init_variance", -1e-9),
    ],
)
def test_bad_arguments_are_named(name, value):
    with pytest.raises(ValueError, match=rf"^{name}: "):
        first_step("lcn", **{**GOOD, name: value})


def test_an_unknown_architecture_and_a_negative_bias_are_named():
    with pytest.raises(ValueError, match=r"^architecture: .*fcn, lcn, cnn"):
        first_step("rnn", **GOOD)
    with pytest.raises(ValueError, match=r"^bias: "):
        fraction_above("lcn", bias=-0.1, **GOOD)
