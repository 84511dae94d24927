"""Learning curves of student kernels on teacher kernels: exact expectations, their limits, the probes."""

import numpy as np
import pytest

from sims.pieces.errors import InputError
from sims.probes.kernels.hierarchical_kernels import HierarchicalKernels
from sims.probes.kernels.kernel_interpolation import Covariances, Interpolation, curve_quantities, doubling
from sims.probes.kernels.overlapping_patches import OverlappingPatches
from theory.kernels import angle_spectrum
from theory.kernels.gram import gram
from theory.kernels.hierarchical import HierarchicalKernel
from theory.kernels.overlapping import LaplacianKernel, OverlappingPatchKernel

TEACHER, STUDENT = OverlappingPatchKernel("convolutional", 2), OverlappingPatchKernel("local", 3)
NS = (10, 20, 40)
OVERLAPPING = {"d": 5, "teacher": "convolutional", "t": 2, "student": "convolutional", "s": 2}
OVERLAPPING |= {"n_min": 16, "n_max": 64, "test_size": 60, "repetitions": 4}
HIERARCHICAL = {"patches": 4, "filter_size": 2, "teacher_depth": 2, "student_depth": 3}
HIERARCHICAL |= {"n_min": 64, "n_max": 256, "test_size": 300, "repetitions": 4}


@pytest.fixture
def coarse_grids(monkeypatch):
    """Exact spectra on grids that are fine enough for a few hundred samples, and quicker."""
    angle_spectrum._sector_of.cache_clear()
    monkeypatch.setattr(angle_spectrum, "LARGEST", {0: 1, 1: 512, 2: 48, 3: 16, 4: 16})
    yield
    angle_spectrum._sector_of.cache_clear()


@pytest.fixture
def inputs() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(5)
    return rng.random((NS[-1], 5)), rng.random((30, 5))


def test_weights_are_those_of_a_training_set_of_each_size_alone(inputs):
    train, test = inputs
    interpolation = Interpolation(Covariances(STUDENT, train, test))
    for n in NS:
        expected = np.linalg.solve(gram(STUDENT, train[:n]), gram(STUDENT, train[:n], test))
        assert np.max(np.abs(interpolation.weights(n) - expected)) <= 1e-10


def test_errors_are_the_means_over_fields_drawn_jointly_on_train_and_test(inputs):
    """20,000 fields: the mean of each n is normal to good approximation, and 5 of its standard errors away
    from the truth with a chance of 6e-7.
    """
    train, test = inputs
    found = Interpolation(Covariances(STUDENT, train, test)).errors(Covariances(TEACHER, train, test), NS)
    covariance = gram(TEACHER, np.concatenate([train, test]))
    root = np.linalg.cholesky(covariance + 1e-12 * np.eye(len(covariance)))
    fields = root @ np.random.default_rng(6).standard_normal((len(root), 20_000))
    variance = np.mean(np.diagonal(covariance)[len(train) :])
    for n, value in zip(NS, found, strict=True):
        weights = np.linalg.solve(gram(STUDENT, train[:n]), fields[:n])
        predictions = gram(STUDENT, test, train[:n]) @ weights
        errors = np.mean((predictions - fields[len(train) :]) ** 2, axis=0) / variance
        assert abs(np.mean(errors) - value) <= 5 * np.std(errors) / np.sqrt(len(errors))
        assert np.std(errors) / np.sqrt(len(errors)) < 0.01 * value


def test_a_student_that_is_the_teacher_has_the_error_of_the_posterior_variance(inputs):
    train, test = inputs
    own = Covariances(TEACHER, train, test)
    found = Interpolation(own).errors(own, NS)
    for n, value in zip(NS, found, strict=True):
        across = gram(TEACHER, train[:n], test)
        left = np.diagonal(gram(TEACHER, test)) - np.sum(
            across * np.linalg.solve(gram(TEACHER, train[:n]), across), axis=0
        )
        assert value == pytest.approx(np.sum(left) / np.trace(gram(TEACHER, test)), abs=1e-12)


def test_a_test_input_among_the_training_inputs_is_predicted_without_error(inputs):
    train, _ = inputs
    student, teacher = (Covariances(kernel, train, train[:7]) for kernel in (STUDENT, TEACHER))
    assert np.max(np.abs(Interpolation(student).errors(teacher, NS))) <= 1e-12


def test_errors_in_float64_are_those_of_a_wider_format(inputs):
    """The numerical floor: a Cholesky factorisation in extended precision gives the same errors to 1e-9."""
    train, test = inputs
    student, teacher = (Covariances(kernel, train, test) for kernel in (LaplacianKernel(), TEACHER))
    found = Interpolation(student).errors(teacher, NS[-1:])
    wide, right = student.train.astype(np.longdouble), student.across.astype(np.longdouble)
    for i in range(len(wide)):  # Gauss elimination: the matrix is positive definite, pivots are positive
        for j in range(i + 1, len(wide)):
            factor = wide[j, i] / wide[i, i]
            wide[j] -= factor * wide[i]
            right[j] -= factor * right[i]
    weights = np.zeros_like(right)
    for i in reversed(range(len(wide))):
        weights[i] = (right[i] - wide[i, i + 1 :] @ weights[i + 1 :]) / wide[i, i]
    own = teacher.test + np.sum(weights * (teacher.train @ weights - 2 * teacher.across), axis=0)
    assert float(np.mean(own) / np.mean(teacher.test)) == pytest.approx(found[0], rel=1e-9)


def test_a_matrix_that_is_singular_to_rounding_is_refused(inputs):
    train, test = inputs
    again = np.concatenate([train, train[:1]])
    with pytest.raises(ValueError, match=r"^student: singular to rounding on 41 inputs"):
        Interpolation(Covariances(STUDENT, again, test))
    smooth = HierarchicalKernel((2,), "nngp")
    angles = np.array([0.0, 1.0, 2.0, 1.0 + 1e-8])
    near = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    with pytest.raises(ValueError, match=r"^student: singular to rounding"):
        Interpolation(Covariances(smooth, near, near[:1]))


def test_exponents_of_planted_power_laws_are_found():
    ns = (8, 16, 32)
    errors = np.array([[2.0 * n**-0.5 for n in ns], [2.2 * n**-0.6 for n in ns]])
    errors[:, -1] /= 2**0.1
    found = {(q.name, q.at): q for q in curve_quantities(errors, ns, 0.5, predicted=[None, 0.4, 0.3])}
    for place, value in ((16.0, 0.55), (32.0, 0.65)):
        assert found["local_exponent", place].value == pytest.approx(value)
        assert found["local_exponent", place].error == pytest.approx(0.05)
        assert found["local_exponent", place].predicted == 0.5
    assert found["last_exponent", None].value == pytest.approx(0.65)
    assert found["test_error", 16.0].predicted == 0.4
    assert found["test_error", 8.0].predicted is None
    assert found["test_error", 8.0].repetitions == 2


def test_sizes_double():
    assert doubling(8, 64) == (8, 16, 32, 64)
    for n_min, n_max, name in ((1, 8, "n_min"), (8, 8, "n_max"), (8, 24, "n_max"), (8, 4, "n_max")):
        with pytest.raises(InputError, match=f"^{name}: "):
            doubling(n_min, n_max)


def test_two_overlapping_students_are_measured_on_the_same_inputs():
    found = {(q.name, q.at): q for q in OverlappingPatches(**OVERLAPPING, beside="local").measure(7)}
    assert found == {(q.name, q.at): q for q in OverlappingPatches(**OVERLAPPING, beside="local").measure(7)}
    alone = {(q.name, q.at): q for q in OverlappingPatches(**OVERLAPPING).measure(7)}
    for n in (16.0, 32.0, 64.0):
        assert found["test_error", n] == alone["test_error", n]
        assert found["ratio", n].predicted == pytest.approx(5**-0.5)
        ratio = found["test_error", n].value / found["beside_test_error", n].value
        assert found["ratio", n].value == pytest.approx(ratio, rel=0.05)
        assert 0 < ratio < 1, "sharing helps where the teacher shares"
    assert found["last_exponent", None].predicted == found["beside_last_exponent", None].predicted == 0.5
    assert found["least_pivot", None].value > 1e-6


def test_a_student_that_cannot_represent_its_teacher_has_a_plateau_and_no_predicted_ratio():
    fields = OVERLAPPING | {"teacher": "local", "n_max": 128, "beside": "local"}
    found = {(q.name, q.at): q for q in OverlappingPatches(**fields).measure(7)}
    assert found["last_exponent", None].predicted == 0
    assert found["beside_last_exponent", None].value > 0.3
    assert abs(found["last_exponent", None].value) < 0.1
    assert found["ratio", 128.0].predicted is None


def test_hierarchical_curves_and_spectra_are_those_of_the_exact_spectra(coarse_grids):
    """The learning-curve formula is good to a few per cent where tens of modes are learnt."""
    probe = HierarchicalKernels(**HIERARCHICAL, spectrum_size=256)
    found = {(q.name, q.at): q for q in probe.measure(3)}
    for n in (64.0, 128.0, 256.0):
        assert found["test_error", n].value == pytest.approx(found["test_error", n].predicted, rel=0.06)
    assert found["local_exponent", 256.0].predicted == pytest.approx(5 / 12)
    slope = np.log2(found["test_error", 128.0].predicted / found["test_error", 256.0].predicted)
    assert found["spectral_exponent", 256.0].value == pytest.approx(slope)
    for rank in (1.0, 8.0):
        assert found["eigenvalue", rank].value == pytest.approx(found["eigenvalue", rank].predicted, rel=0.25)
    assert found["decay", None].predicted == 1.25
    assert found["exact_decay", None].error is None


def test_without_exact_spectra_nothing_is_predicted_of_the_errors():
    fields = HIERARCHICAL | {"filter_size": 3, "patches": 3, "student_depth": 2, "n_max": 128}
    found = {(q.name, q.at): q for q in HierarchicalKernels(**fields).measure(3)}
    assert found["test_error", 128.0].predicted is None
    assert "spectral_exponent" not in {name for name, _ in found}


@pytest.mark.parametrize(
    ("probe", "change", "name"),
    [
        (OverlappingPatches, {"teacher": "fully_connected"}, "teacher"),
        (OverlappingPatches, {"student": "global"}, "student"),
        (OverlappingPatches, {"beside": "global"}, "beside"),
        (OverlappingPatches, {"student": "fully_connected"}, "s"),
        (OverlappingPatches, {"t": 6}, "t"),
        (OverlappingPatches, {"s": 0}, "s"),
        (OverlappingPatches, {"n_max": 65}, "n_max"),
        (OverlappingPatches, {"repetitions": 1}, "repetitions"),
        (OverlappingPatches, {"test_size": 0}, "test_size"),
        (HierarchicalKernels, {"patches": 6}, "patches"),
        (HierarchicalKernels, {"filter_size": 1}, "filter_size"),
        (HierarchicalKernels, {"student_depth": 0}, "student_depth"),
        (HierarchicalKernels, {"student_kind": "relu"}, "student_kind"),
        (HierarchicalKernels, {"spectrum_size": 100}, "spectrum_size"),
        (HierarchicalKernels, {"n_min": 1}, "n_min"),
    ],
)
def test_bad_fields_are_named(probe, change, name):
    fields = OVERLAPPING if probe is OverlappingPatches else HIERARCHICAL
    with pytest.raises(InputError, match=f"^{name}: .*allowed: ."):
        probe(**fields | change)
