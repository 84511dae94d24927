"""Kernels on patches against neural-tangents, a slow twin, and the symmetries of their architectures."""

import jax
import numpy as np
import pytest

from tests.twins.patch_kernels import image_kernel
from theory.groups import GROUPS
from theory.kernels import ARCHITECTURES, KINDS, LSA, PatchKernel, gram, ntk
from theory.kernels.neural_tangents import stax

RUN_ONCE = {"xla_backend_optimization_level": 0}
"""Of the oracle's programs, which are compiled for a few numbers each."""


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20260411)


def network(arch: str, activation: str, depth: int, *, pooled: bool = True):
    """The kernel function of the architecture's network in neural-tangents."""
    nets = stax()
    nonlinear = {"relu": nets.Relu, "erf": nets.Erf}[activation]
    layer = {
        "fcn": lambda: nets.Dense(8),
        "lcn": lambda: nets.ConvLocal(8, (1,)),
        "cnn": lambda: nets.Conv(8, (1,)),
    }[arch]
    hidden = [part for _ in range(depth) for part in (layer(), nonlinear())]
    before = [nets.Flatten()] if arch == "fcn" else []
    after = {"fcn": [], "lcn": [nets.Flatten()], "cnn": [nets.GlobalAvgPool() if pooled else nets.Flatten()]}
    return nets.serial(*before, *hidden, *after[arch], nets.Dense(1))[2]


def singular_images() -> np.ndarray:
    """Images (6, 4, 3) with repeated, antipodal and zero patches, within an image and between images."""
    x = np.random.default_rng(3).normal(size=(6, 4, 3))
    x[1] = x[0]
    x[2] = -x[0]
    x[3, 1] = 0
    x[3, 2] = x[3, 0]
    x[3, 3] = -x[3, 0]
    x[4] = 0
    x[5, 2] = 3 * x[0, 2]
    return x


@pytest.mark.parametrize("arch", ARCHITECTURES)
@pytest.mark.parametrize("activation", ["relu", "erf"])
@pytest.mark.parametrize("depth", [1, 3])
def test_equals_neural_tangents(arch: str, activation: str, depth: int):
    """At sizes and scales drawn anew for every net. Patches of one coordinate are all parallel, where the
    oracle is off by its own rounding: they have the slow twin.
    """
    rng = np.random.default_rng([20260411, ARCHITECTURES.index(arch), len(activation), depth])
    # Compiled whole: one by one its steps take ten times as long.
    function = jax.jit(network(arch, activation, depth), static_argnums=2, compiler_options=RUN_ONCE)
    for _ in range(4):
        n1, n2, k = rng.integers(1, 9, size=3)
        d, scale = rng.integers(2, 8), 10 ** rng.uniform(-2, 2)
        x1, x2 = scale * rng.normal(size=(n1, k, d)), scale * rng.normal(size=(n2, k, d))
        with jax.enable_x64(True):
            both = function(x1, x2, KINDS)
        for kind in KINDS:
            expected = np.asarray(getattr(both, kind))
            found = ntk(arch, x1, x2, activation=activation, depth=depth, kind=kind)
            assert np.max(np.abs(found - expected)) <= 1e-10 * np.max(np.abs(expected))


@pytest.mark.parametrize("arch", ARCHITECTURES)
@pytest.mark.parametrize("depth", [1, 3])
@pytest.mark.parametrize("kind", KINDS)
def test_equals_the_slow_twin_also_at_repeated_antipodal_and_zero_patches(arch: str, depth: int, kind: str):
    _equals_the_slow_twin(singular_images(), arch, depth, kind)


@pytest.mark.parametrize("arch", ARCHITECTURES)
@pytest.mark.parametrize("kind", KINDS)
def test_equals_the_slow_twin_at_patches_of_one_coordinate(arch: str, kind: str, rng):
    """And for one patch of one coordinate, where all images are parallel."""
    for k in (3, 1):
        _equals_the_slow_twin(rng.normal(size=(5, k, 1)), arch, 2, kind)


def _equals_the_slow_twin(x: np.ndarray, arch: str, depth: int, kind: str):
    expected = np.array([[image_kernel(arch, a, b, depth, kind) for b in x] for a in x])
    found = ntk(arch, x, depth=depth, kind=kind)
    assert np.max(np.abs(found - expected)) <= 1e-12 * expected.max()
    assert np.allclose(found, ntk(arch, x, x.copy(), depth=depth, kind=kind), rtol=0, atol=1e-15)


@pytest.mark.parametrize("arch", ARCHITECTURES)
@pytest.mark.parametrize("activation", ["relu", "erf"])
def test_equals_neural_tangents_at_singular_patches_to_its_own_rounding(arch: str, activation: str):
    """There its arccosine of a rounded cosine is off by up to sqrt(epsilon) = 1.5e-8; erf is smooth."""
    x = singular_images()
    with jax.enable_x64(True):
        expected = np.asarray(network(arch, activation, 2)(x, None, "ntk"))
    tolerance = {"relu": 1.5e-8, "erf": 1e-10}[activation] * np.max(expected)
    assert np.allclose(ntk(arch, x, activation=activation, depth=2), expected, rtol=0, atol=tolerance)


@pytest.mark.parametrize("activation", ["relu", "erf"])
def test_without_pooling_a_convolution_has_the_locally_connected_kernel(activation: str, rng):
    x1, x2 = rng.normal(size=(4, 3, 5)), rng.normal(size=(6, 3, 5))
    with jax.enable_x64(True):
        flat = np.asarray(network("cnn", activation, 1, pooled=False)(x1, x2, "ntk"))
    assert np.allclose(flat, ntk("lcn", x1, x2, activation=activation), rtol=1e-10, atol=0)


@pytest.mark.parametrize("arch", ARCHITECTURES)
@pytest.mark.parametrize("activation", ["relu", "lsa"])
def test_lsa_and_relu_kernels_are_what_wide_random_nets_have(arch: str, activation: str, rng):
    """NTK of 40,000 random features a patch; six standard errors over ten draws: 1e-8 a number."""
    x = rng.normal(size=(3, 2, 3)) * 2
    threshold, draws, width = 1.0, 10, 40_000
    patches = x.reshape(3, 1, 6) if arch == "fcn" else x
    n, k, d = patches.shape
    samples = np.empty((draws, n, n))
    for draw in samples:
        w = rng.normal(size=((1 if arch == "cnn" else k), width, d))
        z = np.einsum("nkd,kwd->nkw", patches, np.broadcast_to(w, (k, width, d))) / np.sqrt(d)
        if activation == "relu":
            value, slope = np.maximum(z, 0), (z > 0) * 1.0
        else:
            value, slope = z - np.clip(z, -threshold, threshold), (np.abs(z) > threshold) * 1.0
        if arch == "cnn":
            output = np.einsum("niw,mjw->nm", value, value) / width
            c = np.einsum("nid,mjd->nmij", patches, patches) / d
            inner = np.einsum("niw,mjw,nmij->nm", slope, slope, c) / width
            draw[:] = (output + inner) / k**2
        else:
            c = np.einsum("nid,mid->nmi", patches, patches) / d
            both = np.einsum("niw,miw->nmi", value, value) + np.einsum("niw,miw->nmi", slope, slope) * c
            draw[:] = both.sum(-1) / width / k
    error = samples.std(0, ddof=1) / np.sqrt(draws)
    found = ntk(arch, x, activation=activation)
    assert np.all(np.abs(samples.mean(0) - found) < 12 * error)


@pytest.mark.parametrize("arch", ARCHITECTURES)
@pytest.mark.parametrize("activation", ["relu", "erf", "lsa"])
@pytest.mark.parametrize("kind", KINDS)
def test_matrix_is_positive_semidefinite_to_rounding(arch: str, activation: str, kind: str, rng):
    x = np.concatenate([rng.normal(size=(40, 3, 2)), singular_images()[:, :3, :2]])
    matrix = ntk(arch, x, activation=activation, depth=2, kind=kind)
    values = np.linalg.eigvalsh(matrix)
    assert values[0] > -1e-14 * len(x) * values[-1]
    assert np.array_equal(matrix, matrix.T)


OWN_GROUP = {"fcn": "orthogonal", "lcn": "patchwise_orthogonal", "cnn": "shared_orthogonal"}


@pytest.mark.parametrize("arch", ARCHITECTURES)
@pytest.mark.parametrize("activation", ["relu", "erf", "lsa"])
@pytest.mark.parametrize("group", list(OWN_GROUP.values()))
def test_invariant_under_the_rotations_of_the_architecture_and_no_larger_group_of_them(
    arch, activation, group, rng
):
    k, d = 3, 4
    x = rng.normal(size=(6, k, d)) * 1.5
    turned = (x.reshape(6, k * d) @ GROUPS[group].sample(rng, k, d).T).reshape(x.shape)
    before, after = (ntk(arch, images, activation=activation) for images in (x, turned))
    change = np.max(np.abs(before - after)) / np.max(before)
    from_largest = list(OWN_GROUP.values())
    if from_largest.index(group) >= from_largest.index(OWN_GROUP[arch]):
        assert change < 1e-13
    else:
        assert change > 1e-3


def test_pooling_sees_no_order_of_patches_in_one_image_and_the_others_do(rng):
    x1, x2 = rng.normal(size=(2, 4, 3, 4))
    for arch, changes in (("fcn", True), ("lcn", True), ("cnn", False)):
        moved = np.max(np.abs(ntk(arch, x1, x2) - ntk(arch, x1[:, [1, 2, 0]], x2)))
        assert (moved > 1e-3) == changes
        assert changes or moved < 1e-14


@pytest.mark.parametrize(
    ("arch", "activation", "depth"),
    # LSA takes its time to compile.
    [*((arch, activation, 2) for arch in ARCHITECTURES for activation in ("relu", "erf")), ("cnn", "lsa", 1)],
)
def test_gradients_are_finite_and_right(arch: str, activation: str, depth: int, rng):
    x, y = rng.normal(size=(2, 6, 4, 3))

    @jax.jit
    @jax.grad
    def gradient_of(z: jax.Array, other: jax.Array) -> jax.Array:
        return ntk(arch, z, other, activation=activation, depth=depth).sum()

    with jax.enable_x64(True):
        gradient = np.asarray(gradient_of(x, y))
        singular = gradient_of(singular_images(), singular_images())
    step = np.zeros_like(x)
    step[1, 2, 0] = 1e-6
    difference = ntk(arch, x + step, y, activation=activation, depth=depth).sum()
    difference -= ntk(arch, x - step, y, activation=activation, depth=depth).sum()
    assert gradient[1, 2, 0] == pytest.approx(difference / 2e-6, abs=1e-8)
    assert np.all(np.isfinite(singular))


def test_a_single_patch_makes_all_architectures_one(rng):
    x = rng.normal(size=(5, 1, 4))
    fcn, lcn, cnn = (ntk(arch, x, depth=2) for arch in ARCHITECTURES)
    assert np.allclose(fcn, lcn, rtol=1e-15)
    assert np.allclose(fcn, cnn, rtol=1e-15)


def test_fully_connected_takes_flat_inputs(rng):
    x = rng.normal(size=(5, 2, 3))
    assert np.array_equal(ntk("fcn", x), ntk("fcn", x.reshape(5, 6)))


def test_activation_may_be_a_dual_with_its_own_threshold(rng):
    x = rng.normal(size=(4, 2, 3))
    assert np.array_equal(ntk("cnn", x, activation=LSA(1.0)), ntk("cnn", x, activation="lsa"))
    assert not np.allclose(ntk("cnn", x, activation=LSA(0.5)), ntk("cnn", x, activation="lsa"))


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("arch", {"arch": "rnn"}),
        ("activation", {"activation": "gelu"}),
        ("depth", {"depth": 0}),
        ("depth", {"depth": 1.5}),
        ("kind", {"kind": "ck"}),
        ("dtype", {"dtype": "float16"}),
        ("x1", {"x1": np.ones((0, 2, 3))}),
        ("x1", {"x1": np.ones((2, 0, 3))}),
        ("x1", {"x1": np.ones((2, 2, 0))}),
        ("x1", {"x1": np.ones((2, 6))}),
        ("x1", {"x1": np.ones(3)}),
        ("x1", {"x1": np.full((2, 2, 3), np.nan)}),
        ("x1", {"x1": "images"}),
        ("x1", {"x1": np.ones((2, 2, 3), complex)}),
        ("x2", {"x2": np.full((2, 2, 3), np.inf)}),
        ("x2", {"x2": np.ones((2, 3, 2))}),
        ("x2", {"x2": np.ones((2, 3, 3))}),
        ("x2", {"x2": np.ones((0, 2, 3))}),
    ],
)
def test_bad_input_is_named(field: str, change: dict):
    arguments = {"arch": "cnn", "x1": np.ones((2, 2, 3)), "x2": None, **change}
    with pytest.raises(ValueError, match=f"^{field}: "):
        ntk(arguments.pop("arch"), arguments.pop("x1"), arguments.pop("x2"), **arguments)


def test_any_kernel_object_gives_the_same_matrix(rng):
    x = rng.normal(size=(4, 2, 3))
    assert np.array_equal(gram(PatchKernel("lcn"), x), ntk("lcn", x))
