"""Predicted exponents of learning curves: numbers by hand, and planted spectra through the formula."""

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.signal import fftconvolve

from theory.kernels.teacher_student import (
    effective_dimensions,
    eigenvalue_decay,
    hierarchical_exponent,
    overlapping_exponent,
    weight_sharing_ratio,
)

BINARY = {1: (2,), 2: (2, 2), 3: (2, 2, 2)}


def learning_curve(eigenvalues, powers, counts, n):
    """Test error of ridgeless regression from grouped spectra (Canatar et al. 2021)."""

    def learnt(log_ridge):
        return eigenvalues / (eigenvalues + np.exp(log_ridge))

    log_ridge = brentq(lambda r: float(counts @ learnt(r)) - n, -120, 20, xtol=1e-12)
    own = learnt(log_ridge)
    return n / (n - counts @ own**2) * float(counts @ ((1 - own) ** 2 * powers))


def local_exponent(eigenvalues, powers, counts, n):
    """Between n and 2 n."""
    return float(np.log2(np.divide(*(learning_curve(eigenvalues, powers, counts, m) for m in (n, 2 * n)))))


@pytest.mark.parametrize(
    ("teacher", "student", "expected"),
    [
        (1, 1, 1.0),
        (1, 2, 0.75),
        (2, 2, 0.5),
        (1, 3, 0.625),
        (2, 3, 0.41667),
        (3, 3, 0.25),
        (2, 1, 0.0),
        (3, 1, 0.0),
        (3, 2, 0.0),
    ],
)
def test_exponents_of_binary_trees(teacher, student, expected):
    """NTK on NTK: numbers worked out by hand from the derived formula; plateaus of deeper teachers."""
    assert hierarchical_exponent(BINARY[teacher], BINARY[student]) == pytest.approx(expected, abs=1e-5)


def test_effective_dimensions_are_those_of_products_of_spheres():
    assert effective_dimensions((2, 2, 2)) == (1, 2, 4)
    assert effective_dimensions((4, 3)) == (3, 9)
    assert [eigenvalue_decay(filters) for filters in BINARY.values()] == [2.0, 1.5, 1.25]
    assert eigenvalue_decay((2, 2), "nngp") == 2.5


@pytest.mark.parametrize("kinds", [("ntk", "ntk"), ("nngp", "ntk"), ("ntk", "nngp")])
@pytest.mark.parametrize(("teacher", "student"), [(1, 1), (1, 2), (2, 2), (1, 3), (3, 3)])
def test_planted_spectra_of_trees_learn_at_the_predicted_rate(teacher, student, kinds):
    """Sectors of depth l have q^(d_eff(l) - 1) modes at wave number q, eigenvalues q^-(d_eff(l) + 2 nu)."""
    nu = {"ntk": 0.5, "nngp": 1.5}
    dimensions = effective_dimensions(BINARY[student])
    q = np.geomspace(1, 1e16, 40_000)
    width = q * np.log(q[1] / q[0])
    values, powers, counts = [], [], []
    for layer, d in enumerate(dimensions, start=1):
        values.append(q ** -(d + 2 * nu[kinds[1]]))
        powers.append(q ** -(d + 2 * nu[kinds[0]]) * (layer <= teacher))
        counts.append(q ** (d - 1) * width)
    spectrum = [np.concatenate(part) for part in (values, powers, counts)]
    expected = hierarchical_exponent(
        BINARY[teacher], BINARY[student], teacher_kind=kinds[0], student_kind=kinds[1]
    )
    # The deepest sector is learnt up to q = 1e5, so that its edge hardly matters, and
    # shallower ones up to less than 1e15.
    n = 1e5 ** dimensions[-1]
    assert local_exponent(*spectrum, n) == pytest.approx(expected, rel=0.02)


@pytest.mark.parametrize(
    ("t", "s", "alpha_t", "alpha_s"), [(3, 3, 1, 1), (1, 3, 1, 1), (2, 2, 1, 3), (2, 2, 3, 1), (1, 1, 9, 1)]
)
@pytest.mark.parametrize("patches", [1, 9])
def test_planted_spectra_of_patches_learn_at_the_predicted_rate(t, s, alpha_t, alpha_s, patches):
    """Modes of at most t coordinates carry the target, q^(t - 1) a wave number; all take samples."""
    q = np.geomspace(1, 1e6, 40_000)
    width = q * np.log(q[1] / q[0]) * patches
    values = np.concatenate([q ** -float(s + alpha_s)] * 2)
    powers = np.concatenate([0 * q, q ** -float(t + alpha_t)])
    counts = np.concatenate([q ** (s - 1.0) * width, q ** (t - 1.0) * width])
    expected = overlapping_exponent("local", t, "local", s, 9, alpha_t=alpha_t, alpha_s=alpha_s)
    assert local_exponent(values, powers, counts, 1e4 * patches) == pytest.approx(expected, rel=0.03)


@pytest.mark.parametrize("s", [1, 2, 3])
def test_fewer_modes_of_the_same_eigenvalues_lower_the_error_by_the_predicted_ratio(s):
    q = np.geomspace(1, 1e6, 40_000)
    values, width = q ** -(s + 1.0), q * np.log(q[1] / q[0])
    shared = learning_curve(values, values, q ** (s - 1.0) * width, 1e4)
    # The local student's modes: the target's, and patches - 1 times as many without a part of it.
    every = np.concatenate([values, values])
    powers = np.concatenate([values, 0 * values])
    counts = np.concatenate([q ** (s - 1.0) * width, 8 * q ** (s - 1.0) * width])
    local = learning_curve(every, powers, counts, 1e4)
    assert shared / local == pytest.approx(weight_sharing_ratio(9, s), rel=0.01)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("local", 3, "local", 3, 9), 1 / 3),
        (("convolutional", 3, "convolutional", 3, 9), 1 / 3),
        (("convolutional", 3, "local", 3, 12), 1 / 3),
        (("local", 2, "local", 4, 9), 1 / 4),
        (("local", 3, "fully_connected", 9, 9), 1 / 9),
        (("local", 3, "local", 2, 9), 0.0),
        (("convolutional", 3, "convolutional", 2, 9), 0.0),
        (("local", 3, "convolutional", 3, 9), 0.0),
    ],
)
def test_exponents_of_patches_and_their_plateaus(arguments, expected):
    assert overlapping_exponent(*arguments) == pytest.approx(expected)


def test_a_teacher_too_smooth_for_the_student_saturates():
    assert overlapping_exponent("local", 1, "local", 1, 4, alpha_t=3.9, alpha_s=1) == pytest.approx(3.9)
    assert overlapping_exponent("local", 1, "local", 1, 4, alpha_t=9, alpha_s=1) == 4.0


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda: overlapping_exponent("fully_connected", 3, "local", 3, 9), "teacher"),
        (lambda: overlapping_exponent("local", 3, "global", 3, 9), "student"),
        (lambda: overlapping_exponent("local", 10, "local", 3, 9), "t"),
        (lambda: overlapping_exponent("local", 3, "local", 0, 9), "s"),
        (lambda: overlapping_exponent("local", 3, "local", 3, 0), "d"),
        (lambda: overlapping_exponent("local", 3, "local", 3, 9, alpha_t=0), "alpha_t"),
        (lambda: overlapping_exponent("local", 3, "local", 3, 9, alpha_s=-1), "alpha_s"),
        (lambda: weight_sharing_ratio(0, 3), "patches"),
        (lambda: weight_sharing_ratio(9, 0), "s"),
        (lambda: effective_dimensions(()), "filters"),
        (lambda: effective_dimensions((1, 2)), "filters"),
        (lambda: effective_dimensions((2, 0)), "filters"),
        (lambda: eigenvalue_decay((2,), "relu"), "kind"),
        (lambda: hierarchical_exponent((3,), (2, 2)), "teacher"),
        (lambda: hierarchical_exponent((2,), (2,), teacher_kind="x"), "teacher_kind"),
        (lambda: hierarchical_exponent((2,), (2,), student_kind="x"), "student_kind"),
    ],
)
def test_bad_input_is_named(make, name):
    with pytest.raises(ValueError, match=rf"^{name}: .*allowed"):
        make()


def test_a_fully_connected_student_is_far_from_its_limit_at_any_affordable_n():
    """Cosine modes of a box in d = 9, whose eigenvalues and variances are the Fourier transforms of exp(-|x|)
    and, on patches of 3, of exp(-|u| / 3): why the experiment's exponent is above 1/9.
    """
    largest = 60_000
    squares, square = np.zeros(largest + 1), np.arange(int(np.sqrt(largest)) + 1) ** 2

    def together(a, b):
        return np.maximum(fftconvolve(a, b)[: largest + 1], 0.0)

    squares[square] = 1
    one = squares.copy()
    one[0] = 0
    counts = squares
    for _ in range(8):
        counts = together(counts, squares)
    norms = np.arange(largest + 1)
    eigenvalues, variances = (1 + np.pi**2 * norms) ** -5.0, (1 + 9 * np.pi**2 * norms) ** -2.0
    # Of 9 patches 3 hold a given coordinate, 2 a pair of neighbours, 1 the pair next to that, 1 a triple.
    two = together(one, one)
    total = variances * (9 * 3 * one + 9 * (2 + 1) * two + 9 * together(two, one)) / 9
    powers = np.where(counts > 0.5, total / np.maximum(counts, 1), 0.0)
    limit = overlapping_exponent("local", 3, "fully_connected", 9, 9)
    measurable, out_of_reach = (local_exponent(eigenvalues, powers, counts, n) for n in (2**13, 2**32))
    assert limit < 1.15 * limit < out_of_reach < measurable
    assert measurable > 1.5 * limit
