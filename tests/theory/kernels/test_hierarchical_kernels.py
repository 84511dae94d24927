"""Hierarchical kernels: their slow twin, neural-tangents, one layer, the tree's symmetries, memory."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.twins import sequence_kernels as twin
from theory.kernels.gram import gram, precision_of
from theory.kernels.hierarchical import HierarchicalKernel
from theory.kernels.neural_tangents import stax
from theory.kernels.patches import KINDS, ntk

TREES = [((2,), 4), ((2, 2), 8), ((2, 2, 2), 8), ((3, 2), 12), ((2, 3), 12)]
"""(filters, d)."""


def spheres(rng: np.random.Generator, n: int, patches: int, s: int = 2) -> np.ndarray:
    x = rng.standard_normal((n, patches, s))
    return (x / np.linalg.norm(x, axis=2, keepdims=True)).reshape(n, patches * s)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20220803)


@pytest.mark.parametrize(("filters", "d"), TREES)
def test_equals_the_slow_twin_on_unit_patches(filters, d, rng):
    x, y = (spheres(rng, n, d // filters[0], filters[0]) for n in (6, 5))
    expected = np.array([[twin.hierarchical(filters, a, b) for b in y] for a in x])
    for place, kind in enumerate(("nngp", "ntk")):
        found = gram(HierarchicalKernel(filters, kind), x, y)
        assert np.max(np.abs(found - expected[:, :, place])) <= 1e-13


@pytest.mark.parametrize(("filters", "d"), TREES)
def test_equals_neural_tangents_whatever_the_norms_of_the_patches(filters, d, rng):
    nets, parts = stax(), []
    for layer, size in enumerate(filters):
        # Inputs are divided by no fan-in, hidden layers keep the variance of a ReLU.
        spread = np.sqrt(size) if layer == 0 else np.sqrt(2)
        parts += [nets.Conv(8, (size,), (size,), "VALID", W_std=float(spread)), nets.Relu()]
    function = nets.serial(*parts, nets.Flatten(), nets.Dense(1, W_std=float(np.sqrt(2))))[2]
    x, y = rng.normal(size=(6, d)), rng.normal(size=(5, d))
    with jax.enable_x64(True):
        both = function(x[:, :, None], y[:, :, None], KINDS)
    for kind in KINDS:
        expected = np.asarray(getattr(both, kind))
        found = gram(HierarchicalKernel(filters, kind), x, y)
        assert np.max(np.abs(found - expected)) <= 1e-10 * np.max(np.abs(expected))


def test_one_layer_is_the_locally_connected_net(rng):
    """`ntk` divides by fan-ins and has ReLU's half: a factor 2 in all, with inputs grown by sqrt(s)."""
    x = rng.normal(size=(7, 4, 3))
    expected = 2 * ntk("lcn", np.sqrt(3) * x)
    assert np.max(np.abs(gram(HierarchicalKernel((3,)), x.reshape(7, 12)) - expected)) <= 1e-12


@pytest.mark.parametrize(("filters", "d"), TREES)
def test_equal_inputs_have_a_kernel_of_one_a_layer_and_one(filters, d, rng):
    x = spheres(rng, 20, d // filters[0], filters[0])
    x[5] = x[4]
    found = gram(HierarchicalKernel(filters), x)
    assert np.max(np.abs(np.diagonal(found) - len(filters) - 1)) <= 1e-13
    assert found[4, 5] == pytest.approx(len(filters) + 1, abs=1e-13)
    assert np.linalg.eigvalsh(found)[0] >= -20 * np.finfo(float).eps * np.trace(found)
    assert np.max(np.abs(np.diagonal(gram(HierarchicalKernel(filters, "nngp"), x)) - 1)) <= 1e-13


def test_branches_may_be_exchanged_in_both_inputs_and_not_in_one(rng):
    x, y = spheres(rng, 6, 4), spheres(rng, 6, 4)
    kernel = HierarchicalKernel((2, 2, 2))
    plain = gram(kernel, x, y)
    for order in ([1, 0, 2, 3], [2, 3, 0, 1]):
        a, b = (z.reshape(6, 4, 2)[:, order].reshape(6, 8) for z in (x, y))
        assert np.max(np.abs(gram(kernel, a, b) - plain)) <= 1e-13
        assert np.max(np.abs(gram(kernel, a, y) - plain)) > 1e-2
    a, b = (z.reshape(6, 4, 2)[:, [0, 2, 1, 3]].reshape(6, 8) for z in (x, y))
    assert np.max(np.abs(gram(kernel, a, b) - plain)) > 1e-3, "patches of two branches are not exchangeable"


def test_memory_grows_with_the_depth_and_not_with_the_patches():
    n = 128
    for filters in ((2,), (2, 2), (2, 2, 2)):
        held, given = [], []
        for d in (8, 64):
            kernel = HierarchicalKernel(filters)
            with precision_of(np.float64):
                features = jax.eval_shape(kernel.features, jnp.zeros((n, d)))
                compiled = jax.jit(kernel.block).lower(features, features).compile()
            held.append(compiled.memory_analysis().temp_size_in_bytes)
            given.append(2 * sum(8 * leaf.size for leaf in jax.tree.leaves(features)))
        # Features are put into the order of the tree, a copy of them; nothing else grows with d.
        assert held[1] - held[0] <= 2 * given[1] < 32 * 8 * n * n
        assert held[1] <= (2 * (len(filters) + 1) + 6) * 8 * n * n + 2 * given[1]


def test_gradients_are_finite_at_repeated_antipodal_and_zero_patches(rng):
    x = rng.normal(size=(5, 8))
    x[1], x[2], x[3, :2], x[4] = x[0], -x[0], 0.0, 0.0
    kernel = HierarchicalKernel((2, 2))

    def total(z: jax.Array) -> jax.Array:
        return jnp.sum(gram(kernel, z))

    with precision_of(np.float64):
        assert np.all(np.isfinite(np.asarray(jax.grad(total)(jnp.asarray(x)))))


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda: HierarchicalKernel(()), "filters"),
        (lambda: HierarchicalKernel((2, 0)), "filters"),
        (lambda: HierarchicalKernel("22"), "filters"),
        (lambda: HierarchicalKernel((2,), "ck"), "kind"),
        (lambda: gram(HierarchicalKernel((2, 2)), np.ones((2, 6))), "x1"),
        (lambda: gram(HierarchicalKernel((2,)), np.ones((2, 6, 1))), "x1"),
    ],
)
def test_bad_input_is_named(make, name):
    with pytest.raises(ValueError, match=rf"^{name}: .*allowed"):
        make()
