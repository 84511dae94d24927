"""Risks on clustered data: closed forms and quadrature against sampling from the four clusters."""

import math
from typing import Any

import numpy as np
import pytest
from scipy.special import ndtr

from theory.shortcut import clustered_modes
from theory.shortcut.clustered import clustered_risk, linear_accuracy, posterior_mean

MANY = 400_000
PLACES: list[tuple[float, float, float, float]] = [
    (1.0, 1.0, math.sqrt(0.1), 0.95),
    (2.0, 1.0, 0.7, 0.8),
    (0.5, 1.3, 0.9, 0.3),
    (3.0, 1.0, 0.5, 0.99),
]
"""With errors common enough that a sample's own spread is an error bar."""


def draw(a_s, a_c, sigma, rho, *, n, seed=3):
    """x (n, 2), y and s (n,), cluster by cluster."""
    rng = np.random.default_rng(seed)
    y = rng.choice([-1.0, 1.0], n)
    s = np.where(rng.random(n) < rho, y, -y)
    return np.stack([a_s * s, a_c * y], 1) + sigma * rng.standard_normal((n, 2)), y, s


def posterior(x, a_s, a_c, sigma, rho):
    """E[y | x] from the densities of all four clusters: the slow twin."""
    weight = {}
    for y in (-1, 1):
        total = np.zeros(len(x))
        for s in (-1, 1):
            distance = np.sum((x - np.array([a_s * s, a_c * y])) ** 2, 1)
            total += (rho if s == y else 1 - rho) / 2 * np.exp(-distance / (2 * sigma**2))
        weight[y] = total
    return (weight[1] - weight[-1]) / (weight[1] + weight[-1])


@pytest.mark.parametrize("place", PLACES)
def test_the_posterior_mean_is_that_of_four_densities(place):
    x, _, _ = draw(*place, n=2000)
    np.testing.assert_allclose(posterior_mean(x, *place), posterior(x, *place), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("place", PLACES)
def test_risks_are_those_of_samples(place):
    """Five standard errors, 6e-7 for each of four comparisons."""
    x, y, _ = draw(*place, n=MANY)
    modes = clustered_modes(*place)
    predictors = {False: posterior(x, *place), True: x @ (modes[0].weights + modes[1].weights)}
    for linear, f in predictors.items():
        risk = clustered_risk(*place, linear=linear)
        squares, wrong = (f - y) ** 2, (f * y < 0) * 1.0
        assert abs(np.mean(squares) - risk.squared) < 5 * np.std(squares) / math.sqrt(MANY)
        spread = math.sqrt(risk.zero_one * (1 - risk.zero_one))
        assert abs(np.mean(wrong) - risk.zero_one) < 5 * spread / math.sqrt(MANY) + 1e-12
    assert clustered_risk(*place).squared < clustered_risk(*place, linear=True).squared


@pytest.mark.parametrize("place", [(3.0, 1.0, 0.2, 0.99), (0.4, 1.0, 0.25, 0.9)])
def test_rare_errors_are_those_of_an_integral_over_the_plane(place):
    """The trapezoid rule on a fine grid: far better than 1e-4 for smooth densities. Where the decision cuts
    through, the density changes by a_c step/sigma^2 < 0.12 over a step: half of it is 0.06 at the very most.
    """
    a_s, a_c, sigma, rho = place
    axes = [np.linspace(-a - 9 * sigma, a + 9 * sigma, 1201) for a in (a_s, a_c)]
    x = np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, 2)
    cell = np.prod([axis[1] - axis[0] for axis in axes]) / (2 * math.pi * sigma**2)
    mean = posterior_mean(x, *place)
    squared = zero_one = 0.0
    for y in (-1, 1):
        for s in (-1, 1):
            chance = (rho if s == y else 1 - rho) / 2
            density = np.exp(-np.sum((x - np.array([a_s * s, a_c * y])) ** 2, 1) / (2 * sigma**2))
            squared += chance * cell * np.sum(density * (mean - y) ** 2)
            zero_one += chance * cell * np.sum(density * (mean * y < 0))
    risk = clustered_risk(*place)
    assert risk.squared == pytest.approx(squared, rel=1e-4)
    assert risk.zero_one == pytest.approx(zero_one, rel=0.06)


def test_accuracy_of_a_linear_rule_where_the_features_conflict_and_where_they_agree():
    """Five standard errors."""
    a_s, a_c, sigma, rho = 2.0, 1.0, 0.7, 0.5
    x, y, s = draw(a_s, a_c, sigma, rho, n=MANY)
    for weights in ((0.3, 0.7), (0.5, 0.6), (-0.2, 0.4)):
        right = (x @ np.array(weights)) * y > 0
        for conflicting in (True, False):
            own = right[(s != y) == conflicting]
            expected = linear_accuracy(weights, a_s, a_c, sigma, conflicting=conflicting)
            error = math.sqrt(expected * (1 - expected) / len(own))
            assert abs(np.mean(own) - expected) < 5 * error


def test_without_predictivity_the_core_alone_decides_and_with_certainty_both_add_up():
    assert clustered_risk(3.0, 1.0, 0.8, 0.5).zero_one == pytest.approx(ndtr(-1 / 0.8), rel=1e-7)
    for rho in (0.0, 1.0):
        assert clustered_risk(3.0, 1.0, 2.0, rho).zero_one == pytest.approx(
            ndtr(-math.sqrt(10) / 2), rel=1e-6
        )


@pytest.mark.parametrize(
    ("name", "changed"), [("a_s", 0.0), ("a_c", -1.0), ("sigma", 0.0), ("rho", 1.5), ("rho", -0.1)]
)
def test_bad_arguments_are_named(name, changed):
    fields: dict[str, Any] = {"a_s": 1.0, "a_c": 1.0, "sigma": 0.5, "rho": 0.9, name: changed}
    with pytest.raises(ValueError, match=rf"^{name}: "):
        clustered_risk(**fields)
    with pytest.raises(ValueError, match=rf"^{name}: "):
        posterior_mean(np.ones((3, 2)), **fields)


def test_bad_shapes_are_named():
    with pytest.raises(ValueError, match=r"^x: has shape \(2,\)"):
        posterior_mean([1.0, 2.0], 1.0, 1.0, 0.5, 0.9)
    for weights in ((0.0, 0.0), (1.0,), (1.0, math.nan)):
        with pytest.raises(ValueError, match=r"^weights: "):
            linear_accuracy(weights, 1.0, 1.0, 0.5, conflicting=True)
