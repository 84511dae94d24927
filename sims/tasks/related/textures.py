"""Two local textures on a ring of k pixels: two neighbours lit, or two pixels with one dark between them.

    x = e_i + e_{i+1} with y = -1,  or  x = e_i + e_{i+2} with y = +1

with i uniform on the k pixels and indices modulo k. The task of Theorem 5.5 in Li, Zhang, Arora 2021 (arXiv
2010.08515; their d is our k, and the version under review prints n for it as the last index): a
permutation-equivariant algorithm has an expected error of at least 1/4 until n >= k/10, while empirical risk
minimisation over two-layer convolutional nets has error 0 with probability 1 - delta from log2(1/delta) + 2
samples on. There are 2k images in all, each as likely as the others.
"""

import dataclasses
from functools import partial
from typing import Annotated, ClassVar

import jax
import jax.numpy as jnp

from sims.pieces import register
from sims.pieces.errors import require
from sims.pieces.fields import Checked, Whole
from sims.tasks.base import Batch

MIN_PIXELS, MAX_PIXELS = 5, 1_000_000
"""On fewer than five pixels the two textures are not 2k different images."""


@partial(jax.jit, static_argnames=("n", "k"))
def _draw(key: jax.Array, stream: int, *, n: int, k: int) -> Batch:
    """`n` samples, one key each, so that sets are nested."""
    key = jax.random.fold_in(jax.random.fold_in(key, 1), stream)

    def one(index: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
        key_y, key_position = jax.random.split(jax.random.fold_in(key, index), 2)
        y = jax.random.rademacher(key_y, (), jnp.float32)
        position = jax.random.randint(key_position, (), 0, k)
        step = jnp.where(y > 0, 2, 1)
        pixels = jnp.arange(k)
        lit = (pixels == position) | (pixels == (position + step) % k)
        return lit.astype(jnp.float32)[:, None], y, position

    x, y, position = jax.vmap(one)(jnp.arange(n, dtype=jnp.uint32))
    return Batch(x, y, {"position": position})


@register("task")
@dataclasses.dataclass(frozen=True, kw_only=True)
class Textures(Checked):
    """Two textures on a ring of k pixels; a patch is a pixel, so d is 1. Latent: ``position`` (n,), the i.

    Raises `InputError` unless k is an integer from 5 to 1 000 000 and d is 1.

    >>> import jax
    >>> Textures(k=16).sample(jax.random.key(0), 3).x.shape
    (3, 16, 1)
    """

    k: Annotated[int, Whole(MIN_PIXELS, MAX_PIXELS)]
    d: int = 1
    name: ClassVar[str] = "textures"
    version: ClassVar[int] = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self.d == 1, "d", self.d, "1: a patch is one pixel")

    def sample(self, key: jax.Array, n: int, *, stream: int = 0) -> Batch:
        """Samples 0..n-1 of a stream: x (n, k, 1) and y (n,), float32."""
        require(n >= 0, "n", n, "an integer >= 0")
        return _draw(key, stream, n=n, k=self.k)

    def floor(self, kind: str, metric: str = "squared") -> float:
        """0 for "zero" and "bayes", in both metrics; 1 for "linear" in the squared one: every pixel is lit as
        often under y = 1 as under y = -1, so x and y are uncorrelated and the best linear predictor is 0.
        """
        require(metric in ("squared", "zero_one"), "metric", metric, "squared, zero_one")
        known = ("zero", "bayes", "linear") if metric == "squared" else ("zero", "bayes")
        require(kind in known, "floor", kind, ", ".join(known))
        return 1.0 if kind == "linear" else 0.0
