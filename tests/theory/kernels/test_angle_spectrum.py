"""Exact spectra on angles: sums, a dense transform, their invariants, and the learning curve they give."""

import itertools

import numpy as np
import pytest

from theory.kernels import angle_spectrum as module
from theory.kernels.angle_spectrum import AngleSpectrum, angle_spectrum, predicted_error
from theory.kernels.gram import gram
from theory.kernels.hierarchical import HierarchicalKernel
from theory.kernels.learning_curve import Spectrum

KERNELS = [HierarchicalKernel((2,) * depth) for depth in (1, 2, 3)]


@pytest.fixture(autouse=True)
def coarse_grids(monkeypatch):
    """Small grids: what they leave out is added to what they hold."""
    module._sector_of.cache_clear()
    monkeypatch.setattr(module, "LARGEST", {0: 1, 1: 128, 2: 32, 3: 8, 4: 8})
    yield
    module._sector_of.cache_clear()


def circle(angles: np.ndarray) -> np.ndarray:
    """Inputs (n, 2 patches) of angles (n, patches)."""
    return np.stack([np.cos(angles), np.sin(angles)], axis=2).reshape(len(angles), -1)


def test_eigenvalues_add_up_to_the_kernel_at_equal_inputs():
    """Up to the quadrature over absent angles, and to what folds onto q = 0: half a per cent."""
    spectrum = angle_spectrum(KERNELS, 4)
    assert np.all(spectrum.eigenvalues >= 0)
    assert spectrum.eigenvalues @ spectrum.multiplicities == pytest.approx([2, 3, 4], rel=5e-3)


@pytest.mark.parametrize("depth", [1, 2])
def test_eigenvalues_are_those_of_a_dense_fourier_transform(depth):
    """Both coordinates on a full circle of points: its transform folds the same high waves onto low ones."""
    kernel, points = HierarchicalKernel((2,) * depth), 256
    grid = 2 * np.pi * np.arange(points) / points
    both = np.array(list(itertools.product(grid, grid)))
    values = gram(kernel, circle(np.zeros((1, 2))), circle(both)).reshape(points, points)
    dense = np.fft.fft2(values).real / points**2
    spectrum = angle_spectrum([kernel], 2)
    pairs = dense[1:33, 1:33]
    sectors = {(False, False): dense[:1, :1], (True, False): dense[1:33, :1], (True, True): pairs}
    start = 0
    for active in itertools.product((False, True), repeat=2):
        length = module.LARGEST[sum(active)] ** sum(active)
        own = spectrum.eigenvalues[0, start : start + length]
        start += length
        key = tuple(sorted(active, reverse=True))
        if sum(active) == 2:
            low = own.reshape(32, 32)[:8, :8]
            assert low == pytest.approx(pairs[:8, :8], abs=1e-3 * pairs.max() + 1e-14)
        else:
            first = min(length, 8)
            assert own[:first] == pytest.approx(sectors[key].ravel()[:first], rel=5e-3, abs=1e-7)


def test_the_matrix_of_many_inputs_has_the_exact_eigenvalues():
    """600 points: the constant mode, then 8 equal modes of one angle, whose mean is good to about 4 %."""
    rng = np.random.default_rng(8)
    spectrum = angle_spectrum(KERNELS[2:], 4)
    order = np.argsort(-spectrum.eigenvalues[0])[:5]
    values = np.linalg.eigvalsh(gram(KERNELS[2], circle(rng.uniform(0, 2 * np.pi, (600, 4)))))[::-1] / 600
    assert values[0] == pytest.approx(spectrum.eigenvalues[0, order[0]], rel=0.02)
    assert list(spectrum.multiplicities[order]) == [1, 2, 2, 2, 2]
    assert np.ptp(spectrum.eigenvalues[0, order[1:]]) <= 1e-12
    assert np.mean(values[1:9]) == pytest.approx(spectrum.eigenvalues[0, order[1]], rel=0.08)


def test_a_shallow_kernel_has_no_modes_of_several_branches():
    spectrum = angle_spectrum(KERNELS, 4)
    one_patch, two_patches = spectrum.eigenvalues[0], spectrum.eigenvalues[1]
    assert np.sum(one_patch > 0) <= 1 + 4 * 128
    assert np.all(one_patch[spectrum.multiplicities > 2] == 0)
    assert np.all(two_patches[spectrum.multiplicities > 4] == 0)
    assert np.sum(two_patches[spectrum.multiplicities == 4] > 0) <= 2 * 32**2
    assert np.any(spectrum.eigenvalues[2][spectrum.multiplicities == 16] > 0)


def test_the_learning_curve_is_that_of_the_spectrum_with_every_mode_written_out():
    rng = np.random.default_rng(10)
    values, counts = rng.uniform(0, 1, (2, 6)), np.array([1, 2, 2, 4, 8, 3])
    spectrum = AngleSpectrum(eigenvalues=values, multiplicities=counts.astype(float))
    powers = np.repeat(values[1], counts)
    whole = Spectrum(eigenvalues=np.repeat(values[0], counts), powers=powers)
    for n in (2, 7.5, 15):
        expected = whole.prediction(n).test_mse / np.sum(powers)
        assert predicted_error(spectrum, 0, 1, n) == pytest.approx(expected, rel=1e-9)


def test_a_learning_curve_counts_a_mode_as_often_as_it_occurs():
    """Grouped and written out; by hand for m equal eigenvalues: kappa = m/n - 1, error 1 - n/m."""
    rng = np.random.default_rng(9)
    values, counts = rng.uniform(0.1, 1, (2, 5)), np.array([1.0, 2, 2, 4, 3])
    grouped = AngleSpectrum(eigenvalues=values, multiplicities=counts)
    alone = AngleSpectrum(
        eigenvalues=np.repeat(values, counts.astype(int), axis=1), multiplicities=np.ones(12)
    )
    for n in (1, 5, 11):
        assert predicted_error(grouped, 0, 1, n) == pytest.approx(predicted_error(alone, 0, 1, n), rel=1e-9)
    equal = AngleSpectrum(eigenvalues=np.ones((1, 1)), multiplicities=np.array([20.0]))
    assert predicted_error(equal, 0, 0, 5) == pytest.approx(1 - 5 / 20)


def test_what_the_student_cannot_represent_stays_and_costs_the_noise_factor():
    values = np.array([[1.0, 0.0], [0.0, 1.0]])
    spectrum = AngleSpectrum(eigenvalues=values, multiplicities=np.array([20.0, 20.0]))
    # All of the target is noise to the student: L = n/m, E0 = n / (n - m L^2) = 1 / (1 - n/m).
    assert predicted_error(spectrum, 0, 1, 5) == pytest.approx(1 / (1 - 5 / 20))


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda: angle_spectrum(KERNELS, 5), "patches"),
        (lambda: angle_spectrum(KERNELS, 2), "kernels"),
        (lambda: angle_spectrum([HierarchicalKernel((3,))], 3), "kernels"),
        (lambda: angle_spectrum([], 2), "kernels"),
        (lambda: predicted_error(angle_spectrum(KERNELS[:1], 1), 0, 0, 0), "n"),
        (lambda: predicted_error(angle_spectrum(KERNELS[:1], 1), 0, 0, 10_000), "n"),
    ],
)
def test_bad_input_is_named(make, name):
    with pytest.raises(ValueError, match=rf"^{name}: .*allowed"):
        make()
