"""Section 6 of Hermann et al. 2024: spectra and sensitivities as printed, against what defines them."""

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy as sp

from theory.derivations import shortcut as derivation
from theory.shortcut import (
    ANGULAR_FUNCTIONS,
    differences,
    leading_term,
    limit_operator,
    prediction_alignment,
    printed_difference,
    printed_eigenfunctions,
    printed_eigenvalues,
    printed_kernel,
)
from theory.shortcut.sensitivity import COEFFICIENT, FIRST_ORDER, FIT

PLACES = (((1.25, 1.0), (1.0, 0.5)), ((0.5, 1.5), (1.0, 2.0)), ((3.0, 0.7), (1.0, 1.0)))


def test_the_numbers_of_section_6():
    """815/3072: "ReLU kernel function"; 5670 and m = 9: the last theorem of "Sensitivity Analysis"."""
    assert Fraction(815, 3072) == FIT
    assert (COEFFICIENT, FIRST_ORDER) == (5670, 9)
    quadratic = ANGULAR_FUNCTIONS["quadratic"]
    assert quadratic.coefficient is not None
    assert quadratic.order is not None
    p = quadratic.order
    assert quadratic.coefficient * p * math.factorial(p + 1) == 8 * math.factorial(9) / 512 == 5670


def test_the_fit_is_that_of_least_squares():
    assert derivation.least_squares_fit() == sp.Rational(815, 3072)


@pytest.mark.parametrize(("a", "mu"), PLACES)
def test_the_closed_form_is_the_series_exactly(a, mu):
    found = differences("relu", a, mu, FIRST_ORDER)
    assert found[:-1] == [0] * 8
    assert found[-1] == printed_difference(a, mu) != 0
    term = leading_term("quadratic", a[0] * mu[0], a[1] * mu[1])
    assert term is not None
    assert float(found[-1]) == pytest.approx(term.value, rel=1e-12)
    assert differences("linear", a, mu, 12) == [0] * 12


def precise_alignment(v, b):
    """gamma by the two-point integrals of section 6, from the printed phi, in mpmath's precision."""

    def phi(x):
        size, length = mpmath.hypot(*v), mpmath.hypot(*x)
        odd = (x[0] * v[0] + x[1] * v[1]) / size**2
        return [length / size * (1 + (odd * size / length) ** 2) / 2, odd]

    means = [v, [-one for one in v]]
    moved = [b[0] * v[0], b[1] * v[1]]

    def f(x, of):
        return sum(one * other for one, other in zip(phi(x), phi(of), strict=True)) / 2

    def inner(first, second):
        return sum(f(x, first) * f(x, second) for x in means) / 2

    return inner(v, moved) / mpmath.sqrt(inner(v, v) * inner(moved, moved))


@pytest.mark.parametrize(("a", "mu"), PLACES)
def test_the_closed_form_is_the_derivative_in_high_precision(a, mu):
    """The ninth derivatives of gamma as defined, in 60 digits: within 1e-12 of the printed form."""
    with mpmath.workdps(60):
        v = [mpmath.mpf(one) * mpmath.mpf(other) for one, other in zip(a, mu, strict=True)]
        zeta = [
            mpmath.diff(lambda b: precise_alignment(v, (b, 1)), 1, FIRST_ORDER),
            mpmath.diff(lambda b: precise_alignment(v, (1, b)), 1, FIRST_ORDER),
        ]
        printed = printed_difference(a, mu)
        known = mpmath.mpf(printed.numerator) / printed.denominator
        assert abs((abs(zeta[0]) - abs(zeta[1])) / known - 1) < 1e-12


@pytest.mark.parametrize("kernel", ["linear", "relu"])
def test_printed_spectra_are_those_of_the_operator(kernel):
    v = np.array([1.5, 0.7])
    x = np.random.default_rng(3).normal(size=(40, 2)) * 3

    def phi(points):
        return printed_eigenfunctions(kernel, points, v)

    values = printed_eigenvalues(kernel, v)
    assert limit_operator(kernel, phi, x, v) == pytest.approx(values * phi(x), rel=1e-12, abs=1e-12)
    means = np.stack([v, -v])
    assert phi(means).T @ phi(means) / 2 == pytest.approx(np.eye(len(values)), abs=1e-14)
    every = np.linalg.eigvalsh(printed_kernel(kernel, means, means) / 2)[::-1]
    assert every[: len(values)] == pytest.approx(values, rel=1e-12)
    assert every[len(values) :] == pytest.approx(0, abs=1e-12)


def test_the_limit_is_that_of_sampled_inputs_at_small_covariance():
    """200 inputs a class at a spread of 1e-3: eigenvalues within five times the spread, relatively."""
    rng, v, spread = np.random.default_rng(4), np.array([1.5, 0.7]), 1e-3
    x = np.concatenate([sign * v + spread * rng.normal(size=(200, 2)) for sign in (1, -1)])
    found = np.linalg.eigvalsh(printed_kernel("relu", x, x) / len(x))[::-1]
    assert found[:2] == pytest.approx(printed_eigenvalues("relu", v), rel=5 * spread)
    assert found[2] < 5 * spread


def test_the_alignment_of_the_printed_functions_is_that_of_the_angular_function():
    with mpmath.workdps(30):
        found = float(precise_alignment([mpmath.mpf("1.5"), mpmath.mpf(1)], (mpmath.mpf("0.4"), 1)))
    angle = math.atan2(1.0, 1.5 * 0.4) - math.atan2(1.0, 1.5)
    assert found == pytest.approx(float(prediction_alignment("quadratic", angle)), rel=1e-14)


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match=r"^kernel: got 'tanh'"):
        differences("tanh", (1.0, 1.0), (1.0, 1.0), 3)
    with pytest.raises(ValueError, match=r"^a: "):
        printed_difference((0.0, 1.0), (1.0, 1.0))
