"""Step 2 with the squared loss: its moments, sampling, limits, where it stops working, and bad input."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from tests.theory import slow, slow_steps
from theory.two_step.noise_road import limit_alignment, road_alignment, stopping_scale
from theory.two_step.squared_step import active_moments, mean_step, squared_alignments, step_law
from theory.two_step.upper_bounds import largest_noise, published_constants

NETS = ("lcn", "cnn")


def filters(rng, architecture, k, d, alignment):
    """One row a patch, each at `alignment` to the first axis; the CNN's are one and the same."""
    rows = [slow_steps.direction(rng, np.eye(d)[0], alignment) for _ in range(k)]
    return np.array(rows if architecture == "lcn" else rows[:1] * k)


def gradients(architecture, rows, x, y, bias):
    """(1 - F) 1{passes} y x of each sample for the first filter, by the definition of the squared loss.

    -d/dw (y - f)^2 / 2, f = sum of soft thresholds.
    """
    z = np.einsum("nkd,kd->nk", x, rows)
    f = np.sign(z) * np.maximum(np.abs(z) - bias, 0.0)
    passes = np.abs(z) > bias
    per_patch = (y - f.sum(1))[:, None, None] * passes[:, :, None] * x
    return per_patch[:, 0] if architecture == "lcn" else per_patch.sum(1)


@pytest.mark.parametrize(("mean", "bias", "sigma"), [(0.4, 0.3, 0.2), (0.0, 0.2, 0.3), (-0.3, 0.1, 0.5)])
def test_moments_of_what_passes_are_the_integrals_over_both_tails(mean, bias, sigma):
    for (p, q), moment in active_moments(np.array(mean), bias, sigma).items():

        def integrand(u, p=p, q=q):
            return float(slow.soft_threshold(u, bias)) ** p * u**q * norm.pdf(u, mean, sigma)

        tails = [quad(integrand, low, high, epsabs=1e-13)[0] for low, high in ((bias, 6), (-6, -bias))]
        assert float(moment) == pytest.approx(sum(tails), abs=1e-10)


@pytest.mark.parametrize("architecture", NETS)
@pytest.mark.parametrize(("alignment", "k", "sigma", "bias"), [(0.7, 3, 0.4, 0.2), (0.5, 5, 0.3, 0.0)])
def test_mean_and_covariance_of_a_step_agree_with_sampling(architecture, alignment, k, sigma, bias):
    rng, d, n = np.random.default_rng(61), 4, 150_000
    rows = filters(rng, architecture, k, d, alignment)
    signal, w = np.eye(d)[0], rows[0]
    x, y = slow.sample(rng, n, k, signal, sigma)
    g = gradients(architecture, rows, x, y, bias)
    across = (signal - alignment * w) / np.sqrt(1 - alignment**2)
    rest = np.linalg.svd(np.stack([w, across]))[2][2]
    law = step_law(architecture, np.array([alignment]), k=k, sigma=sigma, bias_1=bias)
    along_w, along_across, along_rest = g @ w, g @ across, g @ rest
    for mean, values in ((law.mean_w, along_w), (law.mean_across, along_across)):
        average, error = slow_steps.mean_and_error(values)
        assert slow.within(float(mean[0]), average, error)
    products = (
        (law.variance_w, along_w, along_w),
        (law.variance_across, along_across, along_across),
        (law.covariance, along_w, along_across),
        (law.variance_rest, along_rest, along_rest),
    )
    for moment, one, other in products:
        average, error = slow_steps.mean_and_error((one - one.mean()) * (other - other.mean()))
        assert slow.within(float(moment[0]), average, error)
    step = mean_step(alignment, k=k, sigma=sigma, bias_1=bias)
    scale = k if architecture == "lcn" else 1
    along = scale * law.mean_w[0]
    assert along == pytest.approx(alignment * step.towards_signal + step.along_filter, rel=1e-12)


@pytest.mark.parametrize("architecture", NETS)
@pytest.mark.parametrize(
    ("alignment", "n", "k", "d", "sigma", "bias"),
    [(0.8, 300, 4, 6, 0.3, 0.2), (0.9, 400, 6, 10, 0.15, 0.05), (0.9, 400, 4, 10, 0.4, 0.0)],
)
def test_alignment_after_a_step_agrees_with_sampling(architecture, alignment, n, k, d, sigma, bias):
    rng, signal, eta = np.random.default_rng(62), np.eye(d)[0], 500.0
    cosines = []
    for _ in range(400):
        rows = filters(rng, architecture, k, d, alignment)
        x, y = slow.sample(rng, n, k, signal, sigma)
        after = rows[0] + 2 * eta * gradients(architecture, rows, x, y, bias).mean(0)
        cosines.append(after[0] / np.linalg.norm(after))
    predicted = squared_alignments(
        architecture, [alignment], n=n, k=k, d=d, sigma=sigma, bias_1=bias, eta_2=eta
    )
    mean, error = slow_steps.mean_and_error(cosines)
    assert abs(predicted[0] - mean) <= slow.BAND * error
    assert error < 0.03


def test_without_a_threshold_the_mean_step_is_signal_less_k_sigma_squared_of_the_filter():
    step = mean_step([0.2, 0.9], k=7, sigma=0.3, bias_1=0.0)
    assert step.towards_signal == pytest.approx([0.8, 0.1], abs=1e-12)
    assert step.along_filter == pytest.approx(-7 * 0.09, abs=1e-12)


def test_a_threshold_that_noise_does_not_pass_leaves_sigma_squared_and_gains_b():
    step = mean_step(0.9, k=7, sigma=0.01, bias_1=0.1)
    assert float(step.towards_signal) == pytest.approx(0.1 + 0.1, abs=1e-12)
    assert float(step.along_filter) == pytest.approx(-(0.01**2), rel=1e-9)


@pytest.mark.parametrize("architecture", NETS)
def test_many_samples_give_the_cosine_of_the_mean_step(architecture):
    k, d, sigma = 6, 30, 0.2
    constants = published_constants(architecture, k, d)
    many = squared_alignments(
        architecture,
        [0.3, 0.95],
        n=10**9,
        k=k,
        d=d,
        sigma=sigma,
        bias_1=constants.bias_1,
        eta_2=constants.eta_2,
    )
    assert many == pytest.approx(limit_alignment(architecture, [0.3, 0.95], k=k, d=d, sigma=sigma), abs=1e-4)
    assert many[1] < 0 < many[0]  # k sigma^2 = .24: it turns from about 1 / 1.24 on


@pytest.mark.parametrize("architecture", NETS)
def test_the_published_algorithm_works_at_the_theorems_noise_and_not_at_one_over_root_k(architecture):
    """Appendices LCN and CNN Upper Bound: an alignment of 0.96 after step 2, at their n and noise."""
    k, d = 8, 832
    assert road_alignment(architecture, largest_noise(k, d) * np.sqrt(k), k=k, d=d) > 0.999
    assert road_alignment(architecture, 1.0, k=k, d=d) < 0
    falls, turns = (stopping_scale(architecture, level=level, k=k, d=d) for level in (0.96, 0.0))
    assert falls < turns < 1
    for scale, level in ((falls, 0.96), (turns, 0.0)):
        assert road_alignment(architecture, scale, k=k, d=d) == pytest.approx(level, abs=2e-3)


def test_at_one_over_root_k_more_samples_turn_the_filters_further():
    aligned = [road_alignment("lcn", 1.0, k=20, d=20, n=n) for n in (10**3, 10**4, 10**5)]
    assert np.all(np.diff(aligned) < 0)
    assert aligned[-1] < -0.99


def test_bad_arguments_are_named():
    good = {"n": 10, "k": 2, "d": 3, "sigma": 0.1, "bias_1": 0.1, "eta_2": 1.0}
    for name, value in (("n", 0), ("k", 0), ("d", 1), ("sigma", 0.0), ("bias_1", -0.1), ("eta_2", 0.0)):
        with pytest.raises(ValueError, match=rf"^{name}: "):
            squared_alignments("lcn", [0.5], **{**good, name: value})
    with pytest.raises(ValueError, match=r"^architecture: "):
        squared_alignments("fcn", [0.5], **good)
    for call in (
        lambda a: squared_alignments("cnn", a, **good),
        lambda a: mean_step(a, k=2, sigma=1, bias_1=0),
    ):
        with pytest.raises(ValueError, match=r"^alignment: "):
            call([1.5])
