"""Closed forms of shortcut learning against sampling, high precision and symbols."""

import math

import mpmath
import numpy as np
import pytest
import sympy as sp

from theory.derivations import shortcut as derivation
from theory.shortcut import (
    availability_derivatives,
    class_mean,
    clustered_modes,
    first_nonzero_order,
    leading_term,
    optimal_reliance,
    prediction_alignment,
    reliance_of_weights,
)

ORDERS = {"quadratic": 9, "arc_cosine": 7, "ntk": 3}


@pytest.mark.parametrize(
    ("rho_s", "w_s", "w_c", "signed", "accuracy"),
    [(0.6, -0.806, 1.765, -1.0, 0.924), (0.8, 0.114, 1.213, -0.9385, 0.901), (0.9, 0.801, 0.801, 0.0, 0.924)],
)
def test_optimum_at_three_known_points(rho_s, w_s, w_c, signed, accuracy):
    found = optimal_reliance(rho_s, 0.9, 0.6)
    assert [found.w_s, found.w_c, found.accuracy] == pytest.approx([w_s, w_c, accuracy], abs=6e-4)
    assert found.signed == pytest.approx(signed, abs=6e-5)


@pytest.mark.parametrize("rho_s", [0.51, 0.6, 0.75, 0.8, 0.9, 0.97])
@pytest.mark.parametrize("covariance", [-0.5, 0.0, 0.6, 0.9])
def test_accuracy_and_reliance_are_those_of_samples(rho_s: float, covariance: float):
    """Bands of five standard errors, 6e-7 a comparison, over 200,000 samples and as many probes."""
    rng, n = np.random.default_rng(1), 200_000
    mu = np.array([class_mean(rho_s), class_mean(0.9)])
    found = optimal_reliance(rho_s, 0.9, covariance)
    y = rng.choice([-1.0, 1.0], n)
    root = np.linalg.cholesky([[1, covariance], [covariance, 1]])
    z = y[:, None] * mu + rng.normal(size=(n, 2)) @ root.T
    weights = np.array([found.w_s, found.w_c])
    assert np.mean(np.sign(z @ weights) == y) == pytest.approx(found.accuracy, abs=2.5 / math.sqrt(n))
    probes = rng.uniform(-3, 3, size=(n, 2)) * mu
    decided = np.sign(probes @ weights)
    along = [np.mean(decided * np.sign(probes[:, i])) for i in (0, 1)]
    assert along[0] - along[1] == pytest.approx(found.signed, abs=10 / math.sqrt(n))
    assert abs(along[0]) - abs(along[1]) == pytest.approx(found.absolute, abs=10 / math.sqrt(n))


def test_reliance_changes_sides_with_the_weights():
    one, other = reliance_of_weights(2.0, 0.5, 1.0, 1.5), reliance_of_weights(0.5, 2.0, 1.5, 1.0)
    assert (one.signed, one.absolute) == pytest.approx((-other.signed, -other.absolute))
    assert reliance_of_weights(1.0, 0.0, 1.0, 1.0).signed == 1
    assert reliance_of_weights(-1.0, 0.0, 1.0, 1.0).signed == -1
    assert reliance_of_weights(-1.0, 0.0, 1.0, 1.0).absolute == 1


@pytest.mark.parametrize(
    ("name", "rho_s", "rho_c", "c"),
    [
        ("rho_s", 0.5, 0.9, 0.6),
        ("rho_s", 1.0, 0.9, 0.6),
        ("rho_c", 0.8, math.nan, 0.6),
        ("sigma_sc", 0.8, 0.9, 1.0),
        ("rho_s", "high", 0.9, 0.6),
        ("sigma_sc", 0.8, 0.9, None),
    ],
)
def test_bad_predictivities_are_named(name, rho_s, rho_c, c):
    with pytest.raises(ValueError, match=f"^{name}: "):
        optimal_reliance(rho_s, rho_c, c)


def angular(kernel: str, u):
    """h(u) in high precision."""
    k0 = (mpmath.pi - mpmath.acos(u)) / mpmath.pi
    k1 = (mpmath.sqrt(1 - u**2) + u * (mpmath.pi - mpmath.acos(u))) / mpmath.pi
    return {"quadratic": (1 + u) ** 2 / 4, "arc_cosine": k1, "ntk": u * k0 + k1}[kernel]


def precise_gamma(kernel: str, t):
    """gamma from h alone, by its odd and even parts."""

    def part(u, sign):
        return (angular(kernel, u) + sign * angular(kernel, -u)) / 2

    r = part(mpmath.cos(t), -1) / part(mpmath.mpf(1), -1) * part(mpmath.mpf(1), 1) / part(mpmath.cos(t), 1)
    return (1 + r) / mpmath.sqrt(2 * (1 + r**2))


@pytest.mark.parametrize("kernel", ORDERS)
def test_alignment_is_that_of_the_kernel_in_high_precision(kernel: str):
    angles = np.array([0.0, 1e-3, 0.1, 0.7, 1.3])
    with mpmath.workdps(40):
        expected = [float(precise_gamma(kernel, mpmath.mpf(t))) for t in angles]
    assert np.allclose(prediction_alignment(kernel, angles), expected, rtol=0, atol=1e-14)


@pytest.mark.parametrize("kernel", ORDERS)
def test_first_order_and_coefficient_are_those_of_numerical_derivatives(kernel: str):
    """The m-th forward derivative in b_i in 60-digit arithmetic at random amplitudes, and one before."""
    rng = np.random.default_rng(5)
    m = first_nonzero_order(kernel)
    assert m == ORDERS[kernel]
    with mpmath.workdps(60):
        for a_1, a_2 in rng.uniform(0.3, 2.0, size=(3, 2)).tolist():

            def gamma(step, own, other):
                angle = mpmath.atan2(own * other * step, other**2 + (1 + step) * own**2)
                return precise_gamma(kernel, angle)

            def coefficient(own, other, order):
                # Interpolation at m + 4 points gives the coefficients of the series from above.
                h = mpmath.mpf(10) ** -5
                points = [h * j for j in range(1, m + 5)]
                rows = mpmath.matrix([[p**q for q in range(m + 4)] for p in points])
                values = mpmath.matrix([gamma(p, own, other) for p in points])
                return mpmath.lu_solve(rows, values)[order] * mpmath.factorial(order)

            found = [coefficient(mpmath.mpf(x), mpmath.mpf(y), m) for x, y in ((a_1, a_2), (a_2, a_1))]
            assert [float(one) for one in found] == pytest.approx(
                availability_derivatives(kernel, a_1, a_2), rel=1e-2
            )
            value = leading_term(kernel, a_1, a_2).value
            assert float(abs(found[0]) - abs(found[1])) == pytest.approx(value, rel=1e-2)
            before = [coefficient(mpmath.mpf(x), mpmath.mpf(y), m - 1) for x, y in ((a_1, a_2), (a_2, a_1))]
            assert float(before[0] - before[1]) == pytest.approx(0.0, abs=1e-2 * abs(float(before[0])))
            assert math.copysign(1, value) == math.copysign(1, a_1 - a_2)


@pytest.mark.parametrize("kernel", ORDERS)
def test_symbols_give_the_same_coefficients(kernel: str):
    m = ORDERS[kernel]
    first, second = derivation.derivatives(kernel, m)
    at = {derivation.A1: sp.Rational(3, 2), derivation.A2: 1}
    found = (float(first.subs(at)), float(second.subs(at)))
    assert found == pytest.approx(availability_derivatives(kernel, 1.5, 1.0), rel=1e-12)
    before = derivation.derivatives(kernel, m - 1)
    assert sp.simplify(before[0] - before[1]) == 0


def test_linear_kernel_never_turns():
    assert derivation.parts("linear")[1] == 0
    assert derivation.derivatives("linear", 5) == (0, 0)
    assert leading_term("linear", 1.5, 1.0) is None
    assert np.all(prediction_alignment("linear", [0.0, 0.5, 1.5]) == 1)


def test_known_value_of_the_quadratic_kernel():
    assert leading_term("quadratic", 1.5, 1.0).value == pytest.approx(
        5670 * 1.5**8 * (1.5**2 - 1) / (1.5**2 + 1) ** 9, rel=1e-12
    )


def test_modes_at_the_known_instance():
    first, second = clustered_modes(1.0, 1.0, math.sqrt(0.1), 0.95)
    assert [first.eigenvalue, second.eigenvalue] == pytest.approx([2.0, 0.2])
    assert first.weights + second.weights == pytest.approx([0.225, 0.725])
    assert np.allclose(first.weights_at(0.0), 0)
    assert first.weights_at(1.0) == pytest.approx(first.weights * (1 - math.exp(-2.0)))


@pytest.mark.parametrize(("a_s", "sigma", "rho"), [(1.7, 0.4, 0.9), (0.6, 0.2, 0.3), (1.0, 1.0, 0.95)])
def test_modes_are_those_of_a_sampled_second_moment(a_s: float, sigma: float, rho: float):
    """Six standard errors of 400,000 samples: 1e-8 for each of four comparisons."""
    rng, n = np.random.default_rng(2), 400_000
    y = rng.choice([-1.0, 1.0], n)
    s = np.where(rng.random(n) < rho, y, -y)
    x = np.stack([a_s * s, y], 1) + sigma * rng.normal(size=(n, 2))
    modes = clustered_modes(a_s, 1.0, sigma, rho)
    for mode in modes:
        along = x @ mode.direction
        square = np.mean(along**2)
        assert square == pytest.approx(mode.eigenvalue, abs=6 * np.std(along**2) / math.sqrt(n))
    assert abs(np.mean((x @ modes[0].direction) * (x @ modes[1].direction))) < 6 * np.std(
        (x @ modes[0].direction) * (x @ modes[1].direction)
    ) / math.sqrt(n)
    solution = np.linalg.lstsq(x, y, rcond=None)[0]
    assert modes[0].weights + modes[1].weights == pytest.approx(solution, abs=0.02)


@pytest.mark.parametrize("rho", [0.05, 0.4, 0.6, 0.95])
def test_top_mode_leans_to_the_shortcut_above_the_crossover(rho: float):
    """At A_s = A_c the diagonal entries are equal, whatever rho and the noise."""
    above, below = (np.abs(clustered_modes(a_s, 1.0, 0.3, rho)[0].direction) for a_s in (1.01, 0.99))
    assert above[0] > above[1]
    assert below[0] < below[1]
