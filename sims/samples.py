"""Labelled samples in the layout that training wants: blocks of samples, patch-major, padded."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np

from sims.tasks.base import Batch

SMALL_BLOCK = 32
BLOCK = 128
"""Samples a block on a CPU: the pre-activations of one block and all lanes stay in the second-level cache."""


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True)
class Samples:
    """`n` samples in blocks: x (blocks, k, d, B), y (blocks, B); what lies beyond sample n is padding of
    zeros.

    `n` is a traced integer, so that one compiled program serves every n of a search.
    """

    x: jax.Array
    y: jax.Array
    n: jax.Array

    @property
    def block(self) -> int:
        """Samples a block."""
        return self.y.shape[1]

    def weights(self, index: jax.Array) -> jax.Array:
        """1/n for the samples of block `index` and 0 for padding, shape (B,)."""
        position = index * self.block + jnp.arange(self.block)
        return jnp.where(position < self.n, 1.0, 0.0) / self.n.astype(jnp.float32)

    def used_blocks(self) -> jax.Array:
        """Number of blocks that hold samples."""
        return (self.n + self.block - 1) // self.block


def pack(batch: Batch, *, capacity: int, block: int | None = None) -> Samples:
    """Samples of a task as blocks.

    Room is made for `capacity` samples (so that shapes do not depend on n), except that a set of at most 32
    gets one small block of its own: small nets on small sets would otherwise compute padding. `block`
    overrides the block size; on an accelerator, which wants one large product, it is the capacity.
    """
    n, k, d = batch.x.shape
    if n > capacity:
        raise ValueError(f"capacity: {capacity} is less than the {n} samples given")
    if block is None and jax.default_backend() != "cpu":
        block = capacity
    if block is None:
        block = SMALL_BLOCK if n <= SMALL_BLOCK else BLOCK
        capacity = SMALL_BLOCK if n <= SMALL_BLOCK else capacity
    blocks = -(-capacity // block)
    x = np.zeros((blocks * block, k, d), np.float32)
    y = np.zeros(blocks * block, np.float32)
    x[:n], y[:n] = batch.x, batch.y
    x = np.ascontiguousarray(x.reshape(blocks, block, k, d).transpose(0, 2, 3, 1))
    return Samples(jnp.asarray(x), jnp.asarray(y.reshape(blocks, block)), jnp.asarray(n, jnp.int32))
