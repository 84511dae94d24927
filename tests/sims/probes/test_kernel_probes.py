"""Probes of finite width: distances, exponents, and what they refuse."""

import math

import numpy as np
import pytest
from scipy.stats import t as student

from sims.measuring.readings.kernel_comparison import (
    relative_distance,
    relative_operator_distance,
    similarity,
    target_alignment,
)
from sims.pieces.errors import InputError
from sims.probes.kernels.kernel_convergence import KernelConvergence
from sims.probes.kernels.kernel_movement import KernelMovement
from sims.probes.kernels.trained_kernel import TrainedKernel
from sims.probes.series import exponent_quantity, mean_quantity, quadrupled

ENTROPY = 2**100 + 12345


def named(quantities):
    return {(quantity.name, quantity.at): quantity for quantity in quantities}


def test_distances_and_similarities_of_matrices_known_by_hand():
    a, b = np.diag([3.0, 4.0]), np.diag([3.0, 0.0])
    assert relative_distance(a, b) == pytest.approx(4 / 3)
    assert relative_operator_distance(b, a) == pytest.approx(1.0)
    assert relative_distance(b, a) == pytest.approx(4 / 5)
    assert similarity(a, b) == pytest.approx(9 / (5 * 3))
    assert similarity(7 * a, a) == pytest.approx(1.0)
    y = np.array([1.0, -1.0, 1.0])
    assert target_alignment(np.outer(y, y), y) == pytest.approx(1.0)
    assert target_alignment(np.eye(3), y) == pytest.approx(1 / math.sqrt(3))


@pytest.mark.parametrize("function", [relative_distance, relative_operator_distance, similarity])
def test_kernels_of_other_shapes_and_zero_kernels_are_refused(function):
    with pytest.raises(ValueError, match=r"^kernel: has shape"):
        function(np.eye(2), np.eye(3))
    with pytest.raises(ValueError, match=r"^reference: is 0"):
        function(np.eye(2), np.zeros((2, 2)))


def test_ranges_are_quadrupled_up_to_their_end():
    assert quadrupled(64, 1024) == [64, 256, 1024]
    assert quadrupled(64, 1023) == [64, 256]
    assert quadrupled(0.25, 4.0) == [0.25, 1.0, 4.0]


def test_a_planted_power_law_is_found_repetition_by_repetition():
    exponents = [-0.4, -0.5, -0.9]
    series = {x: [5.0 * x**power for power in exponents] for x in (2.0, 8.0, 32.0)}
    found = exponent_quantity("exponent", series, predicted=-0.5)
    assert found.value == pytest.approx(np.mean(exponents))
    assert found.error == pytest.approx(np.std(exponents, ddof=1) / math.sqrt(3))
    assert (found.predicted, found.repetitions, found.at) == (-0.5, 3, None)
    mean = mean_quantity("distance", [1.0, 2.0, 6.0], at=4)
    assert (mean.value, mean.repetitions, mean.at) == (3.0, 3, 4.0)
    assert mean.error == pytest.approx(math.sqrt(7 / 3))


def test_random_nets_converge_as_one_over_the_root_of_the_width():
    """The slope of the mean is -1/2 but for the skew of distances at small widths, below 0.03 from 64 units
    on; t-band of 24 repetitions at error probability 1e-4.
    """
    probe = KernelConvergence(
        model="wide_cnn", k=3, d=3, sigma=0.3, n=10, narrowest=64, widest=1024, repetitions=24
    )
    found = named(probe.measure(ENTROPY))
    for name in ("exponent", "operator_exponent"):
        exponent = found[name, None]
        assert abs(exponent.value + 0.5) < 0.03 + student.isf(5e-5, 23) * exponent.error
        assert exponent.error < 0.1
        assert exponent.predicted == -0.5
    assert [at for name, at in found if name == "distance"] == [64, 256, 1024]
    assert found["distance", 64].value > 2 * found["distance", 1024].value


def movement(**changes):
    fields = {
        "model": "wide_lcn",
        "activation": "erf",
        "k": 3,
        "d": 3,
        "sigma": 0.3,
        "vary": "scale",
        "smallest": 16.0,
        "largest": 64.0,
        "fixed": 32.0,
        "fit_from": None,
        "n": 20,
        "steps": 20,
        "kernel_size": 10,
        "repetitions": 4,
    }
    return KernelMovement(**(fields | changes))


def test_lazy_nets_move_as_one_over_the_scale():
    """Parameters: 1/scale up to 1/scale^2, which is below 1 % from 16 on. Kernel: with a share of 1/scale^2
    that keeps the exponent within 0.15.
    """
    found = named(movement().measure(ENTROPY))
    assert found["displacement_exponent", None].value == pytest.approx(-1, abs=0.01)
    assert found["movement_exponent", None].value == pytest.approx(-1, abs=0.15)
    assert found["movement_exponent", None].predicted == -1
    assert found["alignment_end", 64.0].value == pytest.approx(found["alignment_start", 64.0].value, abs=0.01)
    assert 0 < found["turn", 64.0].value < found["turn", 16.0].value < 1


def test_no_exponent_of_the_kernel_is_predicted_where_the_activation_has_kinks():
    found = named(movement(activation="relu", vary="width", smallest=8.0, largest=32.0, fit_from=None,
                           steps=2, repetitions=2).measure(ENTROPY))  # fmt: skip
    assert found["movement_exponent", None].predicted is None
    assert found["displacement_exponent", None].predicted == -0.5


def test_training_turns_the_kernel_of_a_local_net_towards_the_labels():
    probe = TrainedKernel(
        model="lcn", k=4, d=8, sigma=0.1, n=150, kernel_size=40, test_size=200, repetitions=2
    )
    found = {quantity.name: quantity for quantity in probe.measure(ENTROPY)}
    gain = found["alignment_end"].value - found["alignment_start"].value
    assert found["alignment_gain"].value == pytest.approx(gain)
    assert gain > 0.1
    assert found["turn"].value > 0.2
    assert found["risk"].value < 0.1


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("model", "lcn"),
        ("vary", "depth"),
        ("k", 0),
        ("sigma", 0.0),
        ("fixed", -1.0),
        ("largest", 60.0),
        ("fit_from", 33.0),
        ("steps", 0),
        ("repetitions", 1),
        ("activation", "tanh"),
        ("fixed", 2.5),
    ],
)
def test_a_bad_movement_is_refused_by_name(option, value):
    with pytest.raises(InputError) as caught:
        movement(**{option: value})
    assert caught.value.option == option


@pytest.mark.parametrize(
    ("option", "value"),
    [("model", "cnn"), ("widest", 100), ("narrowest", 0), ("n", 0), ("sigma", math.inf), ("threshold", 0.1)],
)
def test_a_bad_convergence_is_refused_by_name(option, value):
    with pytest.raises(InputError) as caught:
        KernelConvergence(**({"model": "wide_fcn", "k": 2, "d": 2, "sigma": 0.2} | {option: value}))
    assert caught.value.option == option


@pytest.mark.parametrize(
    ("option", "value"), [("model", "transformer"), ("protocol", "direct"), ("n", 4), ("repetitions", 1)]
)
def test_a_bad_trained_kernel_is_refused_by_name(option, value):
    with pytest.raises(InputError) as caught:
        TrainedKernel(**({"model": "lcn", "k": 2, "d": 2, "sigma": 0.2, "n": 10} | {option: value}))
    assert caught.value.option == option
