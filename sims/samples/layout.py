"""Labelled samples in the layout that training wants: blocks of samples, patch-major, padded."""

import dataclasses
from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from sims.tasks.base import Batch

Body = Callable[[Any, jax.Array, jax.Array, Any], Any]

SMALL_BLOCK = 32
BLOCK = 128
"""Samples a block on a CPU: the pre-activations of a block and all lanes stay in the second-level cache."""
UNROLLED = 16
"""Up to so many blocks are arrays of their own, and the program has one copy of its body for each. A loop
over one stacked array copies every block before it is used, but its program does not grow.
"""
SMALL_IMAGE = 256
"""Images of up to so many numbers (k d) are always stacked: of them the copies cost less than compiling."""


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True)
class Samples:
    """`n` samples in blocks, patch-major; what lies beyond sample n is padding of zeros.

    x: a tuple of blocks (k, d, B), or one array (blocks, k, d, B), see `UNROLLED`; y: (blocks, B), or
    (blocks, o, B) for labels of o numbers. `n` is a traced integer, so that one compiled program serves every
    n of a search.
    """

    x: tuple[jax.Array, ...] | jax.Array
    y: jax.Array
    n: jax.Array

    @property
    def block(self) -> int:
        """Samples a block."""
        return self.y.shape[-1]

    @property
    def patches(self) -> tuple[int, int]:
        """(k, d)."""
        return self.x[0].shape[0], self.x[0].shape[1]

    def weights(self, index: int | jax.Array) -> jax.Array:
        """1/n for the samples of block `index` and 0 for padding, shape (B,)."""
        position = index * self.block + jnp.arange(self.block)
        return jnp.where(position < self.n, 1.0, 0.0) / self.n.astype(jnp.float32)

    def fold(self, body: Body, start: Any) -> Any:
        """`body(index, x (k, d, B), y (B,) or (o, B), carry) -> carry` over the blocks that hold samples, in
        order.
        """
        used = (self.n + self.block - 1) // self.block
        if not isinstance(self.x, tuple):
            return jax.lax.fori_loop(0, used, lambda i, carry: body(i, self.x[i], self.y[i], carry), start)
        carry = body(0, self.x[0], self.y[0], start)
        for index in range(1, len(self.x)):
            step = partial(body, index, self.x[index], self.y[index])
            carry = jax.lax.cond(index < used, step, lambda carry: carry, carry)
        return carry

    def stacked(self) -> jax.Array:
        """All blocks as one array (blocks, k, d, B)."""
        return jnp.stack(self.x) if isinstance(self.x, tuple) else self.x

    def images(self) -> np.ndarray:
        """The samples as images (n, k, d), padding dropped; not for traced code."""
        used = max(1, -(-int(self.n) // self.block))
        x = np.asarray(self.x[:used]).transpose(0, 3, 1, 2)
        return x.reshape(-1, *x.shape[2:])[: int(self.n)]

    def labels(self) -> np.ndarray:
        """The labels (n,), or (n, o), padding dropped; not for traced code."""
        return self.unblocked(self.y)

    def unblocked(self, blocks: jax.Array) -> np.ndarray:
        """What each sample has, (n,) or (n, o), of blocks as `y` has them; not for traced code."""
        found = np.moveaxis(np.asarray(blocks), -1, 1)
        return found.reshape(-1, *found.shape[2:])[: int(self.n)]


@dataclasses.dataclass(frozen=True)
class Layout:
    """How `pack` lays samples out: n of them in blocks of so many samples, of images of k patches of d.

    label: shape of one label, see `sims.tasks.base.label_shape`.
    """

    n: int
    block: int
    blocks: int
    k: int
    d: int
    label: tuple[int, ...] = ()

    @staticmethod
    def of(
        n: int, capacity: int, k: int, d: int, label: tuple[int, ...] = (), *, block: int | None = None
    ) -> "Layout":
        """The layout of `n` samples with room for `capacity`, which may be none; see `pack`."""
        if capacity == 0:
            return Layout(0, 1, 0, k, d, label)
        if block is None and jax.default_backend() != "cpu":
            block = capacity
        if block is None:
            block = SMALL_BLOCK if n <= SMALL_BLOCK else BLOCK
            capacity = SMALL_BLOCK if n <= SMALL_BLOCK else capacity
        return Layout(n, block, -(-capacity // block), k, d, label)

    @property
    def unrolled(self) -> bool:
        """Whether the blocks are arrays of their own."""
        return self.blocks == 1 or (self.blocks <= UNROLLED and self.k * self.d > SMALL_IMAGE)

    @property
    def used(self) -> int:
        """Blocks that hold samples."""
        return -(-self.n // self.block)

    @property
    def bytes(self) -> int:
        """Of the images and of labels of several numbers, padding included; a single number is left out."""
        return 4 * self.blocks * self.block * (self.k * self.d + sum(self.label))


def pack(batch: Batch, *, capacity: int, block: int | None = None) -> Samples:
    """Samples of a task as blocks.

    Room is made for `capacity` samples (so that shapes do not depend on n), except that a set of at most 32
    gets one small block of its own: small nets on small sets would otherwise compute padding. `block`
    overrides the block size; on an accelerator, which wants one large product, it is the capacity.
    """
    n, k, d = batch.x.shape
    if n > capacity:
        raise ValueError(f"capacity: {capacity} is less than the {n} samples given")
    label = batch.y.shape[1:]
    layout = Layout.of(n, capacity, k, d, label, block=block)
    blocks, block = layout.blocks, layout.block
    x = np.zeros((blocks * block, k, d), np.float32)
    y = np.zeros((blocks * block, *label), np.float32)
    x[:n], y[:n] = batch.x, batch.y
    x = np.ascontiguousarray(x.reshape(blocks, block, k, d).transpose(0, 2, 3, 1))
    packed = tuple(jnp.asarray(one) for one in x) if layout.unrolled else jnp.asarray(x)
    y = np.ascontiguousarray(np.moveaxis(y.reshape(blocks, block, *label), 1, -1))
    return Samples(packed, jnp.asarray(y), jnp.asarray(n, jnp.int32))
