"""Kernels on the latents' plane, and their decisions where classes are nearly points."""

import numpy as np
import pytest

from theory.kernels import ntk
from theory.shortcut import (
    ANGULAR_FUNCTIONS,
    class_mean,
    reliance_of_weights,
    rotation_kernel,
    small_covariance_reliance,
)

FORMULAS = {
    "linear": lambda u: u,
    "quadratic": lambda u: (1 + u) ** 2 / 4,
    "arc_cosine": lambda u: (np.sqrt(1 - u**2) + u * (np.pi - np.arccos(u))) / np.pi,
    "ntk": lambda u: (np.sqrt(1 - u**2) + 2 * u * (np.pi - np.arccos(u))) / (2 * np.pi),
}


@pytest.mark.parametrize("kernel", FORMULAS)
def test_kernels_are_their_formulas_at_all_angles_and_lengths(kernel):
    rng = np.random.default_rng(0)
    x, other = rng.normal(size=(30, 3)), rng.normal(size=(20, 3)) * rng.exponential(size=(20, 1)) * 100
    lengths = np.linalg.norm(x, axis=1)[:, None] * np.linalg.norm(other, axis=1)
    cosine = np.clip(x @ other.T / lengths, -1, 1)
    found = rotation_kernel(kernel, x, other)
    assert found == pytest.approx(lengths * FORMULAS[kernel](cosine), rel=1e-9, abs=1e-9 * lengths.max())
    assert np.linalg.eigvalsh(rotation_kernel(kernel, x, x)).min() > -1e-9
    twins = rotation_kernel(kernel, x, np.concatenate([x, -x, np.zeros((1, 3))]))
    assert np.diag(twins[:, :30]) == pytest.approx(np.sum(x**2, 1), rel=1e-7)
    assert np.diag(twins[:, 30:]) == pytest.approx((-np.sum(x**2, 1)) if kernel == "linear" else 0, abs=1e-6)
    assert not twins[:, -1].any()


def test_the_tangent_kernel_is_that_of_the_infinitely_wide_net():
    x = np.random.default_rng(1).normal(size=(6, 1, 5))
    ours, net = (
        rotation_kernel("ntk", x[:, 0], x[:, 0]),
        np.asarray(ntk("fcn", x, activation="relu", depth=1)),
    )
    assert ours / ours[0, 0] == pytest.approx(net / net[0, 0], rel=1e-6)


@pytest.mark.parametrize("kernel", ANGULAR_FUNCTIONS)
@pytest.mark.parametrize("ratio", [0.2, 1.0, 3.0])
def test_on_two_points_all_kernels_decide_as_the_closed_form(kernel, ratio):
    """Least squares on +-v, solved for each kernel, at random inputs."""
    mu_s, mu_c = class_mean(0.85), class_mean(0.9)
    v = np.array([[ratio * mu_s, mu_c]])
    points = np.concatenate([v, -v])
    dual = np.linalg.solve(rotation_kernel(kernel, points, points) + 0.1 * np.eye(2), [1.0, -1.0])
    z = np.random.default_rng(2).uniform(-3, 3, size=(20_000, 2)) * [mu_s, mu_c]
    decided = np.sign(rotation_kernel(kernel, z * [ratio, 1.0], points) @ dual)
    assert np.array_equal(decided, np.sign(z @ [ratio**2 * mu_s, mu_c]))
    found = small_covariance_reliance(0.85, 0.9, ratio)
    along = [np.mean(decided * np.sign(z[:, side])) for side in (0, 1)]
    # Five standard errors of a difference of two means of +-1.
    assert along[0] - along[1] == pytest.approx(found.signed, abs=10 / np.sqrt(len(z)))
    assert found == reliance_of_weights(ratio**2 * mu_s, mu_c, mu_s, mu_c)


def test_bad_input_is_named():
    with pytest.raises(ValueError, match=r"^kernel:"):
        rotation_kernel("cubic", np.ones((1, 2)), np.ones((1, 2)))
    with pytest.raises(ValueError, match=r"^x:"):
        rotation_kernel("ntk", np.ones((1, 2)), np.ones((1, 3)))
    with pytest.raises(ValueError, match=r"^ratio:"):
        small_covariance_reliance(0.8, 0.9, 0.0)
