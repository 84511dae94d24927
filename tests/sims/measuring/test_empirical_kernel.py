"""Empirical tangent kernels against the whole Jacobian, finite differences and neural-tangents."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from sims.measuring.readings.empirical_kernel import LARGEST_BLOCK, _block_size, empirical_ntk
from sims.models import (
    CNN,
    FCN,
    LCN,
    Linear,
    PooledCNN,
    QuadraticCNN,
    QuadraticFCN,
    QuadraticLCN,
    WideCNN,
    WideFCN,
    WideLCN,
)
from sims.models.base import apply
from tests.twins.full_jacobian import slow_ntk
from theory.kernels.neural_tangents import neural_tangents

K, D = 3, 4
MODELS = [
    LCN(),
    CNN(bias="fixed"),
    FCN(activation="relu"),
    CNN(activation="relu_pair"),
    Linear(),
    PooledCNN(channels=3),
    QuadraticFCN(width=3),
    QuadraticLCN(channels=2),
    QuadraticCNN(channels=2),
    WideFCN(width=5),
    WideLCN(width=5, activation="erf"),
    WideCNN(width=5, activation="lsa", threshold=0.2, output_layer="fixed"),
]


def label(model):
    return f"{model.name}-{getattr(model, 'activation', 'none')}"


def net(model, seed=0):
    """Random parameters, output layers included, as float64 numpy arrays; and 7 + 5 random images."""
    rng = np.random.default_rng(seed)
    params = {
        role: np.asarray(leaf, np.float64) + 0.3 * rng.normal(size=leaf.shape) * (role != "b")
        for role, leaf in model.init(jax.random.key(seed), K, D, std=1.0, bias=0.2).items()
    }
    return params, rng.normal(size=(7, K, D)), rng.normal(size=(5, K, D))


@pytest.mark.parametrize("model", MODELS, ids=label)
def test_it_is_the_jacobian_times_its_transpose(model):
    params, x1, x2 = net(model)
    slow = slow_ntk(model, params, x1, x2)
    assert np.abs(empirical_ntk(model, params, x1, x2) - slow).max() < 1e-12 * np.abs(slow).max()


def test_blocks_of_one_input_and_of_all_inputs_give_the_same_symmetric_matrix():
    model = LCN()
    params, x, _ = net(model)
    slow = slow_ntk(model, params, x, x)
    # 13 parameters: blocks of one, two and all inputs.
    for workspace in (1, 2 * 13 * 8 * 2, 2**26):
        kernel = empirical_ntk(model, params, x, workspace=workspace)
        assert np.array_equal(kernel, kernel.T)
        assert np.abs(kernel - slow).max() < 1e-12 * np.abs(slow).max()
    rectangular = empirical_ntk(model, params, x[:3], x, workspace=1)
    assert np.abs(rectangular - slow[:3]).max() < 1e-12 * np.abs(slow).max()
    assert np.linalg.eigvalsh(kernel).min() > -1e-12 * np.abs(slow).max()


@pytest.mark.parametrize("most", [1, 5, 700])
@pytest.mark.parametrize("workspace", [1, 3000, 10**6, 10**9])
def test_two_blocks_of_gradients_fit_the_workspace(workspace, most):
    size = _block_size({"w": np.zeros((10, 10))}, np.dtype(np.float64), workspace, most=most)
    assert size == 1 or 2 * size * 100 * 8 <= workspace
    assert size == 1 or size < 2 * most
    assert size <= LARGEST_BLOCK
    larger = 2 * 2 * size * 100 * 8 > workspace or size >= most or 2 * size > LARGEST_BLOCK
    assert larger, "the next power of two would fit"


@pytest.mark.parametrize("model", [WideCNN(width=4, activation="erf"), QuadraticLCN(channels=2)], ids=label)
def test_it_is_what_finite_differences_give(model):
    """Central differences of step h are off by h^2/6 times the third derivative, here of order 1."""
    params, x, _ = net(model)
    step, columns = 1e-5, []
    with jax.enable_x64(True):
        outputs = jax.jit(lambda moved: apply(model, moved, jnp.asarray(x)))
        for role, leaf in params.items():
            if role == "b":
                continue
            for place in np.ndindex(leaf.shape):
                ends = []
                for sign in (1, -1):
                    moved = {name: value.copy() for name, value in params.items()}
                    moved[role][place] += sign * step
                    ends.append(np.asarray(outputs(moved)))
                columns.append((ends[0] - ends[1]) / (2 * step))
    gradients = np.stack(columns, axis=1)
    slow = gradients @ gradients.T
    assert np.abs(empirical_ntk(model, params, x) - slow).max() < 1e-7 * np.abs(slow).max()


def test_neural_tangents_finds_the_same():
    package = neural_tangents()
    model = WideCNN(width=6, activation="erf")
    params, x1, x2 = net(model)
    with jax.enable_x64(True):
        found = package.empirical_ntk_fn(
            lambda p, x: apply(model, {**p, "b": jnp.zeros(())}, x)[:, None],
        )
        moved = {role: jnp.asarray(params[role]) for role in ("w", "a")}
        theirs = np.asarray(found(jnp.asarray(x1), jnp.asarray(x2), moved))
    ours = empirical_ntk(model, params, x1, x2)
    assert np.abs(ours - theirs).max() < 1e-12 * np.abs(theirs).max()


def test_a_bias_counts_if_it_is_trained():
    params, x, _ = net(LCN())
    share = empirical_ntk(LCN(), params, x) - empirical_ntk(LCN(bias="fixed"), params, x)
    slope = [-np.sum(np.sign(z) * (np.abs(z) > params["b"])) for z in np.sum(params["w"][0] * x, -1)]
    assert np.allclose(share, np.outer(slope, slope), atol=1e-12)


def test_float32_is_float64_rounded():
    model = WideFCN(width=50, activation="erf")
    params, x, _ = net(model)
    single, double = empirical_ntk(model, params, x, dtype=np.float32), empirical_ntk(model, params, x)
    assert (single.dtype, double.dtype) == (np.float32, np.float64)
    assert np.abs(single - double).max() < 1e-5 * np.abs(double).max()


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("x1", {"x1": np.zeros((0, K, D))}),
        ("x1", {"x1": np.zeros((4, K * D))}),
        ("x1", {"x1": np.full((2, K, D), np.nan)}),
        ("x2", {"x2": np.full((2, K, D), np.inf)}),
        ("x2", {"x2": np.zeros((2, K, D + 1))}),
        ("x2", {"x2": np.zeros((2, K, 0))}),
        ("dtype", {"dtype": np.float16}),
        ("workspace", {"workspace": 0}),
        ("params", {"params": {"w": np.full((1, K, D), np.nan), "b": np.zeros(())}}),
    ],
)
def test_bad_input_is_named(name, change):
    arguments = {"params": net(LCN())[0], "x1": np.ones((2, K, D))} | change
    with pytest.raises(ValueError, match=f"^{name}: "):
        empirical_ntk(LCN(), arguments.pop("params"), arguments.pop("x1"), **arguments)
