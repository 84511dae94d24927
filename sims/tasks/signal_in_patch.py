"""What tasks with a signal in one of k patches draw alike: the signal, the labels and where the signal sits.

Compiled apart from the images, whose program depends on k and d: this one does not, and is the slow one to
compile.
"""

import math
from functools import partial

import jax
import jax.numpy as jnp

COMPILED_ONCE = {"xla_backend_optimization_level": 1}
"""Of programs that run once or a few times: less to compile."""
SHARED = 4096
"""Sets of up to so many samples are cut from one of a power of two, so that many sizes share a program."""


@partial(jax.jit, static_argnames="d", compiler_options=COMPILED_ONCE)
def random_direction(key: jax.Array, *, d: int) -> jax.Array:
    """A direction uniform on the sphere of R^d, shape (d,)."""
    direction = jax.random.normal(jax.random.fold_in(key, 0), (d,), jnp.float32)
    return direction / jnp.linalg.norm(direction)


class WithSignal:
    """Mixin of tasks with `k` patches of `d` coordinates, one of which holds the unit vector w*.

    signal: "random" draws w* uniformly on the sphere for every key; "ones" takes (1, ..., 1)/sqrt(d).
    """

    k: int
    d: int
    signal: str

    def signal_vector(self, key: jax.Array) -> jax.Array:
        """The unit signal w* of this key, shape (d,); the same in every stream."""
        if self.signal == "ones":
            return jnp.full((self.d,), 1 / math.sqrt(self.d), jnp.float32)
        return random_direction(key, d=self.d)

    def signals(self, key: jax.Array) -> jax.Array:
        """The means mu_t of the image under y = 1, one for each patch that may hold the signal: (k, k, d)."""
        return jnp.eye(self.k, dtype=jnp.float32)[:, :, None] * self.signal_vector(key)[None, None, :]


def labels_and_patches(
    key: jax.Array, stream: int, k: int, patch: int = -1, *, n: int
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Labels y, signal patches t and keys of the noise of samples 0..n-1 of a stream, each (n,).

    y is uniform on {-1, +1}, t on {0..k-1}, or t = `patch` where that is >= 0. Every sample has a key of its
    own, so that sets are nested.
    """
    size = n if n > SHARED else max(256, 1 << max(n - 1, 0).bit_length())
    drawn = _labels_and_patches(key, stream, k, patch, n=size)
    return drawn if size == n else _first(*drawn, n=n)


@partial(jax.jit, static_argnames="n", compiler_options=COMPILED_ONCE)
def _first(y: jax.Array, t: jax.Array, keys: jax.Array, *, n: int) -> tuple[jax.Array, jax.Array, jax.Array]:
    return y[:n], t[:n], keys[:n]


@partial(jax.jit, static_argnames="n", compiler_options=COMPILED_ONCE)
def _labels_and_patches(
    key: jax.Array, stream: int, k: int, patch: int, *, n: int
) -> tuple[jax.Array, jax.Array, jax.Array]:
    key = jax.random.fold_in(jax.random.fold_in(key, 1), stream)

    def one(index: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
        key_y, key_t, key_x = jax.random.split(jax.random.fold_in(key, index), 3)
        y = jax.random.rademacher(key_y, (), jnp.float32)
        return y, jnp.where(patch < 0, jax.random.randint(key_t, (), 0, k), patch), key_x

    return jax.vmap(one)(jnp.arange(n, dtype=jnp.uint32))
