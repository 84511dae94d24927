"""Predicted learning curves: exact limits, the conservation law, and Monte Carlo on Gaussian features.

Bands: a mean of independent draws is held to 5 standard errors (error probability below 1e-5 for the numbers
of draws used) plus the distance to the limit that finite numbers of eigenfunctions leave, stated where used.
"""

import numpy as np
import pytest

from theory.kernels.learning_curve import Spectrum, effective_ridge, predicted_sample_complexity
from theory.kernels.sampled_spectrum import empirical_spectrum, sampled_spectrum

POWER_LAW: np.ndarray = 1.0 / np.arange(1, 301) ** 1.5
TARGET: np.ndarray = 1.0 / np.arange(1, 301)
ONE = np.ones(1)


@pytest.mark.parametrize("n", [0.5, 3, 40.7, 299])
def test_learnabilities_sum_to_n_without_a_ridge(n):
    curve = Spectrum(eigenvalues=POWER_LAW, powers=TARGET)
    learnt = curve.learnabilities(n)
    assert np.sum(learnt) == pytest.approx(n, rel=1e-10)
    assert np.all((learnt > 0) & (learnt < 1))
    assert curve.prediction(n).learnt == pytest.approx(n, rel=1e-10)


@pytest.mark.parametrize("ridge", [1e-6, 0.1, 30.0])
@pytest.mark.parametrize("n", [1, 60, 5000])
def test_the_effective_ridge_solves_its_equation(n, ridge):
    kappa = effective_ridge(POWER_LAW, n, ridge)
    assert np.sum(POWER_LAW / (POWER_LAW + kappa)) + ridge / kappa == pytest.approx(n, rel=1e-10)


def test_the_ridgeless_limit_is_reached_from_a_small_ridge():
    curve = Spectrum(eigenvalues=POWER_LAW, powers=TARGET, noise=0.2)
    near, at = curve.prediction(50, 1e-12), curve.prediction(50, 0.0)
    assert near.test_mse == pytest.approx(at.test_mse, rel=1e-6)
    assert near.effective_ridge == pytest.approx(at.effective_ridge, rel=1e-6)


def test_equal_eigenvalues_have_closed_forms():
    """Ridgeless: (1 - n/p) |w|^2 + s2 p/(p - n) below p, s2 n/(n - p) above (Hastie et al. 2019)."""
    curve = Spectrum(eigenvalues=np.full(50, 3.0), powers=np.full(50, 0.02), noise=0.3)
    for n in (10, 49):
        expected = (1 - n / 50) + 0.3 * 50 / (50 - n)
        assert curve.prediction(n).test_mse == pytest.approx(expected, rel=1e-9)
    assert curve.prediction(80).test_mse == pytest.approx(0.3 * 80 / 30, rel=1e-12)
    assert curve.prediction(50).test_mse == np.inf
    assert effective_ridge(np.full(50, 3.0), 20) == pytest.approx(3.0 * 30 / 20)
    assert Spectrum(eigenvalues=ONE, powers=ONE).prediction(1).test_mse == 0.0


@pytest.mark.parametrize("ridge", [0.0, 0.3])
def test_multiplicities_stand_for_repeated_eigenvalues(ridge):
    """Powers are summed over the eigenfunctions of one eigenvalue; what repeats is the same eigenvalue."""
    counts = np.array([1.0, 3.0, 20.0, 7.0])
    values, powers = np.array([2.0, 1.0, 0.1, 0.0]), np.array([0.4, 0.9, 0.2, 0.1])
    short = Spectrum(eigenvalues=values, powers=powers, multiplicities=counts, noise=0.05)
    each = counts.astype(int)
    long = Spectrum(eigenvalues=np.repeat(values, each), powers=np.repeat(powers / counts, each), noise=0.05)
    for n in (2.5, 20, 24, 40):
        one, other = short.prediction(n, ridge), long.prediction(n, ridge)
        for field in ("effective_ridge", "learnt", "test_mse", "noise_cost"):
            assert getattr(one, field) == pytest.approx(getattr(other, field), rel=1e-9)
    with pytest.raises(ValueError, match=r"^multiplicities: has shape \(2,\)"):
        Spectrum(eigenvalues=values, powers=powers, multiplicities=ONE.repeat(2))


def test_an_eigenvalue_of_zero_acts_as_noise():
    with_zero = Spectrum(eigenvalues=np.append(POWER_LAW, 0.0), powers=np.append(TARGET, 0.7))
    as_noise = Spectrum(eigenvalues=POWER_LAW, powers=TARGET, noise=0.7)
    assert with_zero.prediction(30).test_mse == pytest.approx(as_noise.prediction(30).test_mse, rel=1e-12)


def measured(rng, eigenvalues, powers, noise, n, ridge, draws):
    """Test errors of ridge regression on Gaussian features, exact over the test law."""
    errors = []
    for _ in range(draws):
        w = np.sqrt(powers) * rng.choice([-1.0, 1.0], size=len(powers))
        features = rng.normal(size=(n, len(eigenvalues)))
        y = features @ w + np.sqrt(noise) * rng.normal(size=n)
        gram = (features * eigenvalues) @ features.T + ridge * np.eye(n)
        learnt = eigenvalues * (features.T @ np.linalg.solve(gram, y))
        errors.append(np.sum((learnt - w) ** 2) + noise)
    return np.mean(errors), np.std(errors, ddof=1) / np.sqrt(draws)


@pytest.mark.parametrize(
    ("n", "ridge", "noise"), [(40, 0.0, 0.0), (100, 0.0, 0.5), (100, 0.3, 0.5), (250, 2.0, 0.1)]
)
def test_predictions_hold_on_gaussian_features(n, ridge, noise):
    """At 300 features; the theory is a limit, its error of order 1/n: 2/n of the prediction is allowed."""
    rng = np.random.default_rng(n)
    mean, error = measured(rng, POWER_LAW, TARGET, noise, n, ridge, draws=30)
    predicted = Spectrum(eigenvalues=POWER_LAW, powers=TARGET, noise=noise).prediction(n, ridge).test_mse
    assert abs(mean - predicted) < 5 * error + 2 / n * predicted
    assert error < 0.05 * predicted


def drawn_spectra(seed, m, noise, spectra=8):
    """Gram matrices of m inputs and their noisy labels, of one target on Gaussian features."""
    rng = np.random.default_rng(seed)
    w = np.sqrt(TARGET)
    for _ in range(spectra):
        features = rng.normal(size=(m, 300))
        y = features @ w + np.sqrt(noise) * rng.normal(size=m)
        yield (features * POWER_LAW) @ features.T, y


@pytest.mark.parametrize("ridge", [0.0, 0.3])
@pytest.mark.parametrize("n", [40, 150])
def test_a_sampled_spectrum_predicts_what_the_true_one_does(n, ridge):
    """From Gram matrices of 200 inputs of 300 features, and from labels alone. A mean of 200 squares has
    a relative error of sqrt(2/200); over 8 spectra 5 of it are 0.18.
    """
    truth = Spectrum(eigenvalues=POWER_LAW, powers=TARGET, noise=0.5).prediction(n, ridge)
    found = [sampled_spectrum(*pair).prediction(n, ridge) for pair in drawn_spectra(1, 200, 0.5)]
    assert np.mean([one.test_mse for one in found]) == pytest.approx(truth.test_mse, rel=0.18)
    # What does not depend on labels is far sharper.
    assert np.mean([one.learnt for one in found]) == pytest.approx(truth.learnt, rel=0.02)
    assert np.mean([one.noise_cost for one in found]) == pytest.approx(truth.noise_cost, rel=0.03)
    assert np.mean([one.effective_ridge for one in found]) == pytest.approx(truth.effective_ridge, rel=0.03)


def test_an_empirical_spectrum_predicts_too_low_a_risk_near_its_size():
    """Why `sampled_spectrum` exists: with as many samples as inputs the plain one says that all is learnt."""
    truth = Spectrum(eigenvalues=POWER_LAW, powers=TARGET, noise=0.5).prediction(150, 0.3).test_mse
    pairs = list(drawn_spectra(2, 200, 0.5))
    plain = np.mean([empirical_spectrum(*pair).prediction(150, 0.3).test_mse for pair in pairs])
    assert plain < 0.6 * truth


def test_an_empirical_spectrum_comes_close_with_many_inputs():
    gram, _ = next(drawn_spectra(3, 800, 0.0))
    found = empirical_spectrum(gram, np.ones(800))
    # The leading eigenvalue of 800 inputs has a relative standard error of sqrt(2/800): 5 of them.
    assert found.eigenvalues[:3] == pytest.approx(POWER_LAW[:3], rel=0.25)
    assert np.sum(found.powers) == pytest.approx(1.0)
    assert np.count_nonzero(found.eigenvalues) == 300


def test_at_its_own_size_the_prediction_is_generalised_cross_validation():
    gram, y = next(drawn_spectra(4, 100, 0.5))
    hat = gram @ np.linalg.inv(gram + 0.3 * np.eye(100))
    expected = np.mean((y - hat @ y) ** 2) / (1 - np.trace(hat) / 100) ** 2
    assert sampled_spectrum(gram, y).prediction(100, 0.3).test_mse == pytest.approx(expected, rel=1e-9)


def test_several_targets_are_averaged():
    gram, y = next(drawn_spectra(5, 60, 0.5))
    both = sampled_spectrum(gram, np.stack([y, 2 * y], axis=1)).prediction(30, 0.1).test_mse
    assert both == pytest.approx(2.5 * sampled_spectrum(gram, y).prediction(30, 0.1).test_mse)
    assert sampled_spectrum(gram, y, noise=0.25).prediction(30).test_mse > 0.25


def test_the_predicted_sample_complexity_is_the_smallest_n():
    curve = Spectrum(eigenvalues=POWER_LAW, powers=TARGET, noise=0.1)
    ridges = (0.0, 0.1, 1.0)
    n = predicted_sample_complexity(curve, 1.0, ridges)
    assert n is not None

    def best(size):
        return min(curve.prediction(size, ridge).test_mse for ridge in ridges)

    assert best(n) <= 1.0 < best(n - 1)
    assert predicted_sample_complexity(curve, 0.05, ridges, most=10_000) is None  # below the noise


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("n", lambda: effective_ridge([1.0], 0)),
        ("ridge", lambda: effective_ridge([1.0], 1, -0.1)),
        ("eigenvalues", lambda: effective_ridge([-1.0], 1)),
        ("eigenvalues", lambda: Spectrum(eigenvalues=ONE[:0], powers=ONE[:0])),
        ("powers", lambda: Spectrum(eigenvalues=np.ones(2), powers=ONE)),
        ("noise", lambda: Spectrum(eigenvalues=ONE, powers=ONE, noise=-1.0)),
        ("gram", lambda: sampled_spectrum(np.ones((2, 3)), np.ones(2))),
        ("gram", lambda: sampled_spectrum(np.full((2, 2), np.nan), np.ones(2))),
        ("target", lambda: sampled_spectrum(np.eye(2), np.ones(3))),
        ("n", lambda: sampled_spectrum(np.eye(4), np.ones(4)).prediction(5)),
        ("n", lambda: sampled_spectrum(np.diag([1.0, 1, 0, 0]), np.ones(4)).prediction(3)),
        ("ridges", lambda: predicted_sample_complexity(Spectrum(eigenvalues=ONE, powers=ONE), 1.0, ())),
        ("target", lambda: predicted_sample_complexity(Spectrum(eigenvalues=ONE, powers=ONE), 0.0)),
    ],
)
def test_bad_values_are_named(name, call):
    with pytest.raises(ValueError, match=f"^{name}: "):
        call()
