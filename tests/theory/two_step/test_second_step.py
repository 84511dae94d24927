"""Step 2 from a given alignment: truncated moments, sampling, sums over all counts, limits, and bad input."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import binom, norm

from tests.theory import slow, slow_steps
from theory.two_step.projected_gaussian import cosine_moment
from theory.two_step.second_step import (
    activation_probabilities,
    mean_alignments,
    second_step,
    truncated_moments,
)

ARCHITECTURES = ("fcn", "lcn", "cnn")


@pytest.mark.parametrize(("mean", "bias", "sigma"), [(0.4, 0.3, 0.2), (0.9, 0.1, 0.5), (-0.2, 0.6, 0.3)])
def test_truncated_moments_are_the_integrals_over_both_tails(mean, bias, sigma):
    above, below = (bias - mean) / sigma, (-bias - mean) / sigma
    for power, moment in enumerate(truncated_moments(mean, bias, sigma)):
        tails = [
            quad(lambda z, p=power: z**p * norm.pdf(z), low, high, epsabs=1e-13)[0]
            for low, high in ((above, 12), (-12, below))
        ]
        assert float(moment) == pytest.approx(sum(tails), abs=1e-11)


def test_without_bias_nothing_is_truncated():
    np.testing.assert_allclose([float(m) for m in truncated_moments(0.4, 0.0, 0.3)], [1, 0, 1], atol=1e-15)


def test_activation_probabilities_agree_with_sampling():
    rng = np.random.default_rng(41)
    w = slow_steps.direction(rng, np.eye(5)[0], 0.45)
    noise = 0.3 * rng.normal(size=(200_000, 5))
    probability = activation_probabilities(0.45, 0.5, 0.3, signal=0.8)
    for share, expected in (
        (np.abs((noise + 0.8 * np.eye(5)[0]) @ w) > 0.5, probability.signal),
        (np.abs(noise @ w) > 0.5, probability.noise),
    ):
        assert slow.within(float(expected), share.mean(), share.std() / np.sqrt(len(share)))
    default = activation_probabilities([0.1, 0.9], 0.5, 0.2)
    assert default.signal == pytest.approx(norm.cdf([-2, 2]) + norm.cdf([-3, -7]), rel=1e-12)
    assert default.noise == pytest.approx([2 * norm.cdf(-2.5)] * 2, rel=1e-12)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize(
    ("alignment", "n", "k", "d", "sigma", "bias", "eta"),
    [
        (0.6, 120, 4, 6, 0.25, 0.4, 3.0),
        (0.5, 100, 3, 5, 0.4, 0.0, 1000.0),
        (0.7, 160, 5, 4, 0.5, 0.6, 500.0),
    ],
)
def test_second_step_agrees_with_sampling(architecture, alignment, n, k, d, sigma, bias, eta):
    rng = np.random.default_rng(42)
    signal = np.ones(d) / np.sqrt(d)
    aim = slow_steps.target(architecture, k, signal)
    cosines, squares, alongs = [], [], []
    for _ in range(800):
        w = slow_steps.direction(rng, aim, alignment)[None]
        x, y = slow.sample(rng, n, k, signal, sigma)
        if architecture == "lcn":
            x = x[:, :1]  # one filter sees one patch, which holds the signal in 1 of k samples
        elif architecture == "fcn":
            x = x.reshape(n, 1, k * d)
        after = slow_steps.step("cnn", w, x, y, eta, bias)[0]
        squares.append(after @ after)
        alongs.append(after @ aim)
        cosines.append(alongs[-1] / np.sqrt(squares[-1]))
    step = second_step(architecture, alignment=alignment, n=n, k=k, d=d, sigma=sigma, bias_1=bias, eta_2=eta)
    # FCN: the k responses are normal in theory, on average over the directions drawn here.
    slack = 0.01 if architecture == "fcn" else 0.0
    square, square_error = slow_steps.mean_and_error(squares)
    assert abs(step.norm**2 - square) <= slow.BAND * square_error + slack * square
    along, along_error = slow_steps.mean_and_error(alongs)
    assert abs(step.leading_alignment * step.norm - along) <= slow.BAND * along_error + slack * along
    cosine, cosine_error = slow_steps.mean_and_error(cosines)
    # The sums of zeta are normal in theory; here some 25 to 200 patches pass, which is enough at this error.
    assert abs(step.alignment - cosine) <= slow.BAND * cosine_error
    assert cosine_error < 0.01


def sum_over_counts(architecture, a, n, k, d, sigma, bias, eta):
    """E cos by all numbers of patches that pass, one pair at a time, as the docstring of second_step says."""
    passing, first, second = (float(m) for m in truncated_moments(a, bias, sigma))
    silent, _, silent_second = (float(m) for m in truncated_moments(0.0, bias, sigma))
    mean, variance = first / passing, second / passing - (first / passing) ** 2
    total = 0.0
    for signals in range(n + 1):
        chance = passing / k if architecture == "lcn" else passing
        signal_weight = binom.pmf(signals, n, chance)
        if signal_weight < 1e-11:
            continue
        if architecture == "lcn":
            trials, noise_chance = n - signals, (1 - 1 / k) * silent / (1 - chance)
        else:
            trials, noise_chance = n * (k - 1), silent
        noises = np.arange(trials + 1)
        across, zero = np.sqrt(1 - a**2) * np.ones_like(noises), np.zeros_like(noises)
        length = sigma**2 * (signals + noises)
        zetas = sigma**2 * (signals * variance + noises * silent_second / silent)
        along = (n / eta + signals * (a + sigma * mean)) * np.ones_like(noises)
        cosines = cosine_moment(
            1,
            target=np.stack([a + zero, across, zero], axis=1),
            mean=np.stack([along, signals * across, zero], axis=1),
            variance=np.stack([zetas, length, length], axis=1),
            dimension=[1, 1, d - 2],
        )
        total += signal_weight * (binom.pmf(noises, trials, noise_chance) @ cosines)
    return total


@pytest.mark.parametrize(
    ("architecture", "alignment", "n", "k", "d", "sigma", "bias", "eta", "accuracy"),
    [
        ("lcn", 0.5, 60, 6, 5, 0.2, 0.6, 6000.0, 1e-6),  # 2 of 60 pass
        ("cnn", 0.4, 8, 3, 4, 0.3, 0.8, 20.0, 1e-6),  # less than one passes
        ("lcn", 0.8, 160, 4, 16, 0.3, 0.5, 4000.0, 1e-4),  # the signals by a normal law
    ],
)
def test_mean_alignment_is_the_sum_over_all_counts(
    architecture, alignment, n, k, d, sigma, bias, eta, accuracy
):
    step = second_step(architecture, alignment=alignment, n=n, k=k, d=d, sigma=sigma, bias_1=bias, eta_2=eta)
    expected = sum_over_counts(architecture, alignment, n, k, d, sigma, bias, eta)
    assert step.alignment == pytest.approx(expected, abs=accuracy)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_few_active_patches_agree_with_sampling_where_leading_order_does_not(architecture):
    rng = np.random.default_rng(43)
    n, k, d, sigma, eta = 60, 4, 6, 0.2, 4000.0
    alignment, bias = {"cnn": (0.3, 0.55), "lcn": (0.3, 0.5), "fcn": (0.6, 0.7)}[architecture]
    aim = slow_steps.target(architecture, k, np.eye(d)[0])
    cosines = []
    for _ in range(2500):
        w = slow_steps.direction(rng, aim, alignment)[None]
        if architecture == "fcn":  # equal responses to all patches
            across = slow_steps.direction(rng, np.eye(d)[0], 0.0)
            w[0] = alignment * aim + np.sqrt(1 - alignment**2) * np.tile(across, k) / np.sqrt(k)
        x, y = slow.sample(rng, n, k, np.eye(d)[0], sigma)
        seen = {"cnn": x, "lcn": x[:, :1], "fcn": x.reshape(n, 1, k * d)}[architecture]
        after = slow_steps.normalised(slow_steps.step("cnn", w, seen, y, eta, bias))
        cosines.append(after[0] @ aim)
    step = second_step(
        architecture,
        alignment=alignment,
        n=n,
        k=k,
        d=d,
        sigma=sigma,
        bias_1=bias,
        eta_2=eta,
        signal_share=0.0,
    )
    assert step.active < 10
    mean, error = slow_steps.mean_and_error(cosines)
    assert abs(step.alignment - mean) <= slow.BAND * error + 0.01  # a normal law for one or two zetas
    assert abs(step.leading_alignment - mean) > 0.03


def test_with_one_patch_the_architectures_coincide():
    steps = [
        second_step(a, alignment=0.6, n=40, k=1, d=5, sigma=0.2, bias_1=0.3, eta_2=700.0)
        for a in ARCHITECTURES
    ]
    for step in steps[1:]:
        assert step.alignment == pytest.approx(steps[0].alignment, rel=1e-9)
        assert step.leading_alignment == pytest.approx(steps[0].leading_alignment, rel=1e-9)
        assert step.norm == pytest.approx(steps[0].norm, rel=1e-9)
        assert step.active == pytest.approx(steps[0].active, rel=1e-9)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_bias_that_nothing_passes_leaves_the_filter_where_it_is(architecture):
    step = second_step(architecture, alignment=0.6, n=40, k=4, d=5, sigma=0.1, bias_1=3.0, eta_2=4000.0)
    assert step.alignment == pytest.approx(0.6, abs=1e-5)
    assert step.norm == pytest.approx(1.0)
    assert step.active < 1e-50


@pytest.mark.parametrize("architecture", ["lcn", "cnn"])
def test_many_samples_above_the_noise_align_the_filter_with_the_signal(architecture):
    # At 4 sigma a noise patch passes once in 16,000, and a large step forgets where it came from.
    step = second_step(architecture, alignment=0.8, n=10**6, k=4, d=16, sigma=0.1, bias_1=0.4, eta_2=1e6)
    assert 0.999 < step.alignment <= 1
    assert step.alignment == pytest.approx(step.leading_alignment, abs=1e-4)


def test_many_alignments_at_once():
    arguments = {"n": 50, "k": 3, "d": 4, "sigma": 0.2, "bias_1": 0.3, "eta_2": 3000.0}
    alignments = np.array([0.1, 0.5, 0.9, -0.4])
    for architecture in ARCHITECTURES:
        together = mean_alignments(architecture, alignments, **arguments, signal_share=0.2)
        for a, mean in zip(alignments, together, strict=True):
            alone = second_step(architecture, alignment=a, **arguments, signal_share=0.2)
            assert mean == pytest.approx(alone.alignment, abs=1e-8)


GOOD = {"alignment": 0.5, "n": 10, "k": 2, "d": 3, "sigma": 0.1, "bias_1": 0.1, "eta_2": 1.0}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("alignment", 1.1),
        ("alignment", [0.1, 0.2]),
        ("n", 0),
        ("k", 0),
        ("d", 1),
        ("sigma", -0.1),
        ("bias_1", -0.1),
        ("eta_2", 0.0),
        ("signal_share", 1.5),
    ],
)
def test_bad_arguments_are_named(name, value):
    with pytest.raises(ValueError, match=rf"^{name}: "):
        second_step("fcn", **{**GOOD, name: value})


def test_an_unknown_architecture_is_named():
    with pytest.raises(ValueError, match=r"^architecture: "):
        second_step("gnn", **GOOD)
