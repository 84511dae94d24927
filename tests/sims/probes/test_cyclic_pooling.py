"""The probe of cyclic kernels: its pieces against plain code, its curve against the spectrum, settings."""

import math
from typing import Any

import numpy as np
import pytest

from sims.experiments import EXPERIMENTS
from sims.pieces.errors import InputError
from sims.probes.kernels.cyclic_pooling import (
    LEARNT,
    CyclicPooling,
    crossing,
    errors_of_nested_sets,
    polynomial,
)
from theory.kernels.gram import gram

SMALL: dict[str, Any] = {
    "d": 12,
    "patch": 5,
    "window": 3,
    "smallest": 10,
    "largest": 200,
    "sizes": 6,
    "test_size": 400,
}


def test_the_target_has_variance_one_and_its_high_frequency_no_cyclic_part():
    x = np.random.default_rng(1).choice([-1.0, 1.0], size=(20_000, 12))
    low, high = polynomial(x, "low"), polynomial(x, "high")
    by_hand = sum(x[:, i] * x[:, (i + 1) % 12] * x[:, (i + 2) % 12] for i in range(12)) / math.sqrt(12)
    np.testing.assert_allclose(low, by_hand)
    # f^2 has a standard deviation below 2: five standard errors are 0.07.
    assert abs(np.mean(low**2) - 1) < 0.07
    assert abs(np.mean(high**2) - 1) < 0.07
    np.testing.assert_allclose(polynomial(np.roll(x, 1, axis=1), "low"), low, atol=1e-12)
    np.testing.assert_allclose(polynomial(np.roll(x, 1, axis=1), "high"), -high, atol=1e-12)


def test_nested_sets_share_one_factor_and_give_what_solving_each_does():
    probe = CyclicPooling(kernel="ck", **SMALL)
    x = np.random.default_rng(2).choice([-1.0, 1.0], size=(90, 12))
    y, ns = polynomial(x, "low"), np.array([7, 30, 50])
    matrix, cross = gram(probe.built(), x[:50]), gram(probe.built(), x[50:], x[:50])
    found = errors_of_nested_sets(matrix, cross, y[:50], y[50:], ns, 1e-3)
    for n, error in zip(ns, found, strict=True):
        dual = np.linalg.solve(matrix[:n, :n] + 1e-3 * np.eye(n), y[:n])
        assert error == pytest.approx(np.mean((cross[:, :n] @ dual - y[50:]) ** 2), rel=1e-9)


def test_a_crossing_is_interpolated_and_none_outside_the_sizes():
    ns = np.array([10, 100, 1000])
    assert crossing(ns, np.array([0.9, 0.7, 0.3])) == pytest.approx(100 * math.sqrt(10))
    assert crossing(ns, np.array([0.9, 0.5, 0.6])) == pytest.approx(100)
    assert crossing(ns, np.array([0.9, 0.7, 0.6])) is None
    assert crossing(ns, np.array([0.4, 0.3, 0.2])) is None


def quantities(probe, entropy=5):
    found = probe.measure(entropy)
    return {(quantity.name, quantity.at): quantity for quantity in found}


def test_a_measured_curve_is_the_predicted_one():
    """Mean of 12 draws at n >= 20: five standard errors, and 10 % for the prediction, an asymptotic one."""
    found = quantities(CyclicPooling(kernel="ck_lp", repetitions=12, **SMALL))
    curve = [quantity for (name, _), quantity in found.items() if name == "test_error"]
    assert [quantity.predicted is None for quantity in curve] == [
        (quantity.at or 0) < LEARNT for quantity in curve
    ]
    half = found["n_half", None]
    for quantity in [*curve, half]:
        if quantity.predicted is not None:
            near = 5 * (quantity.error or 0) + 0.1 * quantity.predicted
            assert abs(quantity.value - quantity.predicted) < near
    assert half.predicted is not None
    assert found["reaches_half", None].value == 1
    order = 12 * 5**2 / 3
    assert found["half_over_order", None].value == pytest.approx(half.value / order)


def test_global_pooling_never_learns_the_high_frequency():
    found = quantities(CyclicPooling(kernel="ck_gp", frequency="high", repetitions=3, **SMALL))
    assert found["reaches_half", None].value == 0
    assert ("n_half", None) not in found
    assert min(quantity.value for (name, _), quantity in found.items() if name == "test_error") > 0.8


def test_the_same_entropy_gives_the_same_numbers_and_another_one_others():
    probe = CyclicPooling(kernel="ck_gp", repetitions=2, **SMALL)
    assert probe.measure(1) == probe.measure(1)
    assert probe.measure(1) != probe.measure(2)


def test_sizes_are_all_different_also_where_rounding_joins_them():
    probe = CyclicPooling(kernel="ck", **{**SMALL, "smallest": 1, "largest": 8, "sizes": 8})
    assert probe.ns.tolist() == list(range(1, 9))


def test_every_preset_has_the_papers_sizes_and_all_five_kernels():
    for preset in ("quick", "paper", "full"):
        probes = [cell.probe for cell in EXPERIMENTS["cyclic-pooling"].probes(preset)]
        assert {(p.d, p.patch, p.window, p.ridge, p.profile) for p in probes} == {
            (30, 10, 5, 1e-6, "polynomial")
        }
        assert {p.kernel for p in probes if p.frequency == "low"} == {"fc", "fc_gp", "ck", "ck_lp", "ck_gp"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kernel", "cnn"),
        ("profile", "cubic"),
        ("frequency", "middle"),
        ("patch", 7),
        ("patch", 2),
        ("window", 13),
        ("ridge", 0.0),
        ("ridge", math.nan),
        ("sizes", 1),
        ("largest", 12),
        ("repetitions", 1),
        ("d", 5),
    ],
)
def test_bad_settings_are_refused_by_name(field, value):
    with pytest.raises(InputError, match=f"^{field}: got"):
        CyclicPooling(**{"kernel": "ck", **SMALL, field: value})


def test_the_high_frequency_needs_an_even_ring():
    with pytest.raises(InputError, match=r"^d: got 13"):
        CyclicPooling(**{"kernel": "ck", **SMALL, "d": 13, "frequency": "high"})
