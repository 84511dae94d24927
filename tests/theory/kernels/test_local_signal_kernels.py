"""What pooled kernels see of the local-signal task: closed forms against sampling and linear algebra."""

import itertools
import math

import numpy as np
import pytest
from scipy.special import factorial

from theory.kernels import LSA, PatchKernel, gram
from theory.kernels.local_signal import Contrast, christoffel, contrast, polynomial_risk
from theory.related.local_signal import linear_risk

RANDOM = np.random.default_rng(20211207)


@pytest.mark.parametrize("d", [1, 2, 3])
@pytest.mark.parametrize("degree", [1, 3, 5, 6])
def test_the_christoffel_constant_is_the_sum_over_hermite_polynomials(d, degree):
    """One by one: products of He_a(x_j/sigma)/sqrt(a!) over coordinates, at a unit vector."""
    sigma = 0.7
    w = RANDOM.standard_normal(d)
    w /= np.linalg.norm(w)
    total = 0.0
    for powers in itertools.product(range(degree + 1), repeat=d):
        if sum(powers) % 2 and sum(powers) <= degree:
            values = [
                np.polynomial.hermite_e.hermeval(x / sigma, [0] * a + [1])
                for x, a in zip(w, powers, strict=True)
            ]
            total += math.prod(v**2 / factorial(a) for v, a in zip(values, powers, strict=True))
    assert christoffel(sigma, d, degree) == pytest.approx(total, rel=1e-12)


@pytest.mark.parametrize(("k", "sigma"), [(50, 0.2), (3, 1.0), (1000, 0.218)])
def test_linear_sums_are_the_best_linear_predictor_and_higher_degrees_do_better(k, sigma):
    exact, found = linear_risk(k, sigma), [polynomial_risk(k, sigma, 10, degree) for degree in (1, 2, 3, 5)]
    assert found[0].squared == pytest.approx(exact.squared)
    assert found[0].zero_one == pytest.approx(exact.zero_one)
    assert found[0] == found[1]
    assert found[1].squared > found[2].squared > found[3].squared


def test_cubic_sums_have_their_risk_by_least_squares():
    """In one dimension: f = a sum x + b sum x^3, on 200,000 samples; within 2 %."""
    k, sigma, n = 5, 0.6, 200_000
    x = sigma * RANDOM.standard_normal((n, k))
    x[:, 0] = 1.0
    features = np.stack([x.sum(1), (x**3).sum(1)], axis=1)
    weights = np.linalg.lstsq(features, np.ones(n))[0]
    risk = np.mean((features @ weights - 1) ** 2)
    assert polynomial_risk(k, sigma, 1, 3).squared == pytest.approx(risk, rel=0.02)


def test_the_odd_part_of_the_relu_kernel_is_linear():
    """Of the NTK it is c/2, of the NNGP c/4, at any lengths: nothing remains beyond the linear harmonic."""
    x = RANDOM.standard_normal((20, 1, 5))
    c = (x[:, 0] @ x[:, 0].T) / 5
    for kind, factor in (("ntk", 0.5), ("nngp", 0.25)):
        kernel = PatchKernel("cnn", "relu", 1, kind)
        np.testing.assert_allclose((gram(kernel, x) - gram(kernel, x, -x)) / 2, factor * c, atol=1e-12)
    found = contrast(0.3, 5, "relu")
    assert found.cross == pytest.approx(0.3**2)
    assert found.noise == pytest.approx(0.3**4 * 5)
    assert found.length == pytest.approx(0.3**2 * 5)
    assert found.error(50, math.inf) == pytest.approx(linear_risk(50, 0.3).zero_one)
    deep = PatchKernel("cnn", "relu", 2)
    rest = (gram(deep, x) - gram(deep, x, -x)) / 2
    assert np.max(np.abs(rest - c * np.sum(rest * c) / np.sum(c * c))) > 1e-3


@pytest.mark.parametrize("threshold", [0.1])
def test_the_contrast_is_its_mean_over_noise_patches(threshold):
    """Plain averages over 160 noise patches, within five standard errors (pairs: by blocks of rows)."""
    sigma, d = 0.2, 4
    x = sigma * RANDOM.standard_normal((160, 1, d))
    w = np.full((1, 1, d), 1 / math.sqrt(d))
    kernel = PatchKernel("cnn", LSA(threshold))
    own, matrix = gram(kernel, w)[0, 0], gram(kernel, x)
    pairs = (matrix[:80, 80:] / own) ** 2
    found = contrast(sigma, d, LSA(threshold))
    for value, sample in (
        (found.cross, ((gram(kernel, x, w) / own) ** 2).ravel()),
        (found.noise, pairs.mean(1)),
        (found.noise, pairs.mean(0)),
        (found.length, np.diag(matrix) / own),
    ):
        assert abs(value - sample.mean()) < 5 * sample.std(ddof=1) / math.sqrt(len(sample))


def test_the_mean_classifier_has_the_error_that_its_contrast_says():
    """f = sum_a y_a K(x, x_a) with the linear kernel, 4000 test samples: five standard errors and 0.01 for
    what is left out of the leading order.
    """
    k, d, sigma, n = 20, 8, 0.25, 60
    w = np.full(d, 1 / math.sqrt(d))

    def sums(count):
        y = RANDOM.choice([-1.0, 1.0], count)
        noise = sigma * math.sqrt(k - 1) * RANDOM.standard_normal((count, d))
        return y, y[:, None] * w + noise

    wrong = []
    for _ in range(40):
        (y, x), (labels, inputs) = sums(n), sums(100)
        wrong.append(np.mean((inputs @ (y @ x)) * labels < 0))
    exact = Contrast(cross=sigma**2, noise=sigma**4 * d, length=sigma**2 * d)
    assert abs(np.mean(wrong) - exact.error(k, n)) < 5 * np.std(wrong) / math.sqrt(40) + 0.01


def test_samples_and_error_are_inverse_and_some_ratios_are_out_of_reach():
    one = Contrast(cross=1e-3, noise=1e-4, length=0.2)
    n = one.samples(50, 1.5)
    inverse = 49 * one.cross + 49**2 * one.noise / n
    assert 1 / math.sqrt(inverse) == pytest.approx(1.5)
    assert one.samples(50, 5.0) == math.inf
    assert one.error(1, 10) == 0


def test_a_high_threshold_tells_patches_by_length():
    """The contrast of length falls with b where noise is shorter than the signal, and rises elsewhere."""
    short = [contrast(0.2, 10, LSA(0.2 * b)).length for b in (0.5, 1.0, 2.0)]
    long = [contrast(0.2, 60, LSA(0.2 * b)).length for b in (0.5, 1.0, 2.0)]
    assert short == sorted(short, reverse=True)
    assert short[0] < 0.4
    assert long == sorted(long)
    assert long[0] > 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: polynomial_risk(0, 0.2, 10, 3), "k: got 0"),
        (lambda: polynomial_risk(5, 0.0, 10, 3), "sigma: got 0"),
        (lambda: christoffel(0.2, 0, 3), "d: got 0"),
        (lambda: christoffel(0.2, 3, 0), "degree: got 0"),
        (lambda: contrast(0.2, 1, "relu"), "d: got 1"),
        (lambda: contrast(0.2, 5, "tanh"), "activation: got"),
        (lambda: Contrast(cross=1, noise=1, length=1).samples(5, 0.0), "ratio: got"),
    ],
)
def test_bad_input_is_refused_by_name(call, message):
    with pytest.raises(ValueError, match="^" + message):
        call()
