"""Gram matrices in blocks: what does not depend on the blocks, formats, and memory."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from theory.kernels import PatchKernel, gram, ntk
from theory.kernels import gram as package_gram
from theory.kernels.gram import rounding_slack, rows_of_block


@dataclasses.dataclass(frozen=True)
class Inner:
    """The inner product, which counts its pairs."""

    def features(self, x):
        return x.reshape(len(x), -1)

    def block(self, first, second):
        return first @ second.T

    def numbers_a_pair(self, shape):
        return 2**14


def test_blocks_do_not_show():
    """numbers_a_pair is so large that a block has 8 rows: 37 inputs are five blocks, the last one partial."""
    assert rows_of_block(2**14, 8) == 8
    x, y = np.random.default_rng(0).normal(size=(2, 37, 3, 2))
    flat, other = x.reshape(37, 6), y[:21].reshape(21, 6)
    assert np.allclose(gram(Inner(), x), flat @ flat.T, rtol=0, atol=1e-14)
    assert np.allclose(gram(Inner(), x, y[:21]), flat @ other.T, rtol=0, atol=1e-14)
    assert np.array_equal(gram(Inner(), x), gram(Inner(), x).T)


@pytest.mark.parametrize("n", [1, 7, 8, 9, 130])
def test_every_number_of_inputs_works(n: int):
    x = np.random.default_rng(n).normal(size=(n, 4, 3))
    whole = ntk("cnn", x)
    assert whole.shape == (n, n)
    parts = [ntk("cnn", x[:1], x), ntk("cnn", x, x[-1:]).T]
    assert np.allclose(np.concatenate(parts), whole[[0, -1]], rtol=1e-14)


def test_float32_is_computed_where_asked_and_float64_otherwise():
    x = np.random.default_rng(0).normal(size=(5, 4, 3))
    double = ntk("cnn", x)
    assert double.dtype == np.float64
    for single in (ntk("cnn", x.astype(np.float32)), ntk("cnn", x, dtype="float32")):
        assert single.dtype == np.float32
        assert np.allclose(single, double, rtol=2e-6)
        assert np.max(np.abs(single - double)) > 1e-12
    assert ntk("cnn", x.astype(np.float32), dtype=np.float64).dtype == np.float64


def test_state_of_jax_is_left_as_it_was():
    before = jnp.ones(1).dtype
    ntk("fcn", np.ones((2, 1, 2)))
    assert jnp.ones(1).dtype == before == jnp.float32


def test_traced_inputs_give_the_same_matrix():
    x = np.random.default_rng(0).normal(size=(6, 3, 2))
    with jax.enable_x64(True):
        traced = jax.jit(lambda z: ntk("cnn", z))(x)
    assert np.allclose(traced, ntk("cnn", x), rtol=1e-14)


def test_slack_covers_rounding_of_equal_vectors():
    """1 - cos^2 of a vector with itself, as a kernel computes it, over widths and 200 draws."""
    for dtype in (np.float32, np.float64):
        for width in (1, 2, 16, 300, 4096):
            x = np.random.default_rng(width).normal(size=(200, 1, width)).astype(dtype)
            norms = np.linalg.norm(x.astype(np.float64), axis=-1)[:, 0]
            own = np.diag(ntk("fcn", x)) / (norms**2 / width)
            assert np.allclose(own, 1.0, atol=30 * np.finfo(dtype).eps)
            assert rounding_slack(width, dtype) < 1e-4


def test_same_name_is_the_same_function():
    assert package_gram is gram
    assert hash(PatchKernel("cnn")) == hash(PatchKernel("cnn"))
