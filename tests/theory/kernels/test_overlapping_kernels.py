"""Kernels of overlapping patches: their slow twin, exact diagonals, symmetries, bad input."""

import numpy as np
import pytest

from tests.twins import sequence_kernels as twin
from theory.kernels.gram import gram
from theory.kernels.overlapping import CONSTITUENTS, STRUCTURES, LaplacianKernel, OverlappingPatchKernel
from theory.kernels.patches import PatchKernel

EVERY = [
    OverlappingPatchKernel(structure, 3, constituent)
    for structure in STRUCTURES
    for constituent in CONSTITUENTS
]


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20210617)


@pytest.mark.parametrize("structure", STRUCTURES)
@pytest.mark.parametrize(("t", "d", "scale"), [(1, 4, None), (3, 7, None), (3, 3, 0.5)])
def test_equals_the_slow_twin(structure, t, d, scale, rng):
    x, y = rng.random((5, d)), rng.random((4, d))
    kernel = OverlappingPatchKernel(structure, t, scale=scale)
    expected = [[twin.overlapping(structure, t, scale or t, a, b) for b in y] for a in x]
    assert np.max(np.abs(gram(kernel, x, y) - expected)) <= 1e-14


@pytest.mark.parametrize("kind", ["ntk", "nngp"])
def test_a_relu_constituent_is_the_kernel_of_the_net_on_one_patch(kind, rng):
    x, t = rng.normal(size=(6, 5)), 2
    patches = np.stack([np.roll(x, -i, axis=1)[:, :t] for i in range(5)], axis=1).reshape(-1, t)
    pairs = gram(PatchKernel("fcn", "relu", 1, kind), patches).reshape(6, 5, 6, 5)
    found = gram(OverlappingPatchKernel("convolutional", t, kind), x)
    assert np.max(np.abs(found - pairs.mean((1, 3)))) <= 1e-14
    found = gram(OverlappingPatchKernel("local", t, kind), x)
    assert np.max(np.abs(found - np.einsum("aibi->ab", pairs) / 5)) <= 1e-14


@pytest.mark.parametrize("kernel", [LaplacianKernel(), OverlappingPatchKernel("local", 3)])
def test_equal_inputs_have_a_kernel_of_exactly_one_also_far_from_the_origin(kernel, rng):
    x = 1e8 + rng.random((40, 6))
    x[7] = x[3]
    found = gram(kernel, x)
    assert np.array_equal(np.diagonal(found), np.ones(40))
    assert found[3, 7] == 1


def test_small_distances_are_not_lost_to_cancellation(rng):
    """1 - K = 1e-9 / 3 to first order; |x|^2 + |y|^2 - 2 x y would lose all of its digits."""
    x = rng.random((1, 9))
    y = x.copy()
    y[0, 4] += 1e-9
    found = gram(OverlappingPatchKernel("local", 3), x, y)[0, 0]
    assert 1 - found == pytest.approx(3 / 9 * 1e-9 / 3, rel=1e-5)


@pytest.mark.parametrize("kernel", EVERY, ids=str)
def test_is_positive_semidefinite_and_symmetric(kernel, rng):
    x = rng.random((60, 6))
    x[1], x[2], x[3] = x[0], -x[0], 0.0
    found = gram(kernel, x)
    assert np.array_equal(found, found.T)
    assert np.linalg.eigvalsh(found)[0] >= -60 * np.finfo(float).eps * np.trace(found)


@pytest.mark.parametrize("constituent", CONSTITUENTS)
def test_sharing_makes_a_shift_of_one_input_invisible_and_locality_does_not(constituent, rng):
    x, y = rng.random((8, 6)), rng.random((8, 6))
    local, shared = (OverlappingPatchKernel(structure, 3, constituent) for structure in STRUCTURES)
    shifted = np.roll(x, 2, axis=1)
    assert np.max(np.abs(gram(shared, shifted, y) - gram(shared, x, y))) <= 1e-14
    assert np.max(np.abs(gram(local, shifted, y) - gram(local, x, y))) > 1e-3
    both = gram(local, shifted, np.roll(y, 2, axis=1))
    assert np.max(np.abs(both - gram(local, x, y))) <= 1e-14


def test_the_mean_over_all_shifts_of_the_local_kernel_is_the_convolutional_one(rng):
    x, y = rng.random((5, 7)), rng.random((4, 7))
    shifts = [gram(OverlappingPatchKernel("local", 3), x, np.roll(y, shift, axis=1)) for shift in range(7)]
    found = gram(OverlappingPatchKernel("convolutional", 3), x, y)
    assert np.max(np.abs(np.mean(shifts, axis=0) - found)) <= 1e-14


def test_the_laplacian_is_a_function_of_the_distance(rng):
    x, y = rng.random((5, 4)), rng.random((3, 4))
    distances = np.linalg.norm(x[:, None] - y[None], axis=2)
    assert np.max(np.abs(gram(LaplacianKernel(0.7), x, y) - np.exp(-distances / 0.7))) <= 1e-15


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda: OverlappingPatchKernel("global", 3), "structure"),
        (lambda: OverlappingPatchKernel("local", 0), "t"),
        (lambda: OverlappingPatchKernel("local", 3, "gaussian"), "constituent"),
        (lambda: OverlappingPatchKernel("local", 3, scale=0), "scale"),
        (lambda: OverlappingPatchKernel("local", 3, "ntk", scale=1.0), "scale"),
        (lambda: LaplacianKernel(-1.0), "scale"),
        (lambda: gram(OverlappingPatchKernel("local", 5), np.ones((2, 4))), "t"),
        (lambda: gram(OverlappingPatchKernel("local", 2), np.ones((2, 4, 1))), "x1"),
        (lambda: gram(LaplacianKernel(), np.ones((2, 4, 1))), "x1"),
        (lambda: gram(LaplacianKernel(), [[np.nan]]), "x1"),
    ],
)
def test_bad_input_is_named(make, name):
    with pytest.raises(ValueError, match=rf"^{name}: .*(allowed|holds)"):
        make()
